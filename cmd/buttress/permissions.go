package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/collect"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// policy is an IAM policy document.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid      string
	Effect   string
	Action   []string
	Resource string
}

const permissionsHelp = `Print the smallest IAM policy that lets a command make all its calls: every
action written out, nothing that changes anything. That is the policy of scan,
for all rules or for some; --for trace prints that of trace, which follows
traffic, and --for record that of record, which makes the calls of both.`

const permissionsExamples = `  buttress permissions > policy.json
  buttress permissions --rule rds-instance-multi-az
  buttress permissions --for record`

// permissionsOptions are the flags of permissions.
type permissionsOptions struct {
	selection selection
	command   string
	// given reports whether a flag stands on the command line.
	given func(flag string) bool
}

func newPermissionsCmd(e *env) *cobra.Command {
	o := &permissionsOptions{}
	cmd := &cobra.Command{
		Use:     "permissions",
		Short:   "Print the IAM policy that a scan needs",
		Long:    permissionsHelp,
		Example: permissionsExamples,
		Args:    atMost(0),
		RunE: func(*cobra.Command, []string) error {
			ops, err := o.operations()
			if err != nil {
				return err
			}
			p := policy{"2012-10-17", []statement{{
				Sid: "ButtressRead", Effect: "Allow", Resource: "*", Action: collect.Actions(ops),
			}}}
			text, err := json.Marshal(p, jsontext.WithIndent("  "))
			if err != nil {
				return err
			}
			_, err = e.stdout.Write(append(text, '\n'))
			return err
		},
	}
	o.given = cmd.Flags().Changed
	o.selection.addFlags(cmd.Flags())
	cmd.Flags().StringVar(&o.command, "for", "scan", "print the policy for this `command`: scan, trace or record")
	return cmd
}

// operations are those that the command calls. Rules that are configured for
// scan are no matter to the others.
func (o *permissionsOptions) operations() ([]recording.Operation, error) {
	if err := checkReader(o.command); err != nil {
		return nil, fmt.Errorf("--for: %w", err)
	}
	if o.command != "scan" && (o.given("rule") || o.given("pillar")) {
		return nil, fmt.Errorf("--rule and --pillar choose what scan calls: %s calls the same whatever the rules", o.command)
	}
	switch o.command {
	case "trace":
		return snapshot.Operations(reach.Kinds()), nil
	case "record":
		return everything(), nil
	}
	rules, err := o.selection.rules()
	if err != nil {
		return nil, err
	}
	return snapshot.Operations(checks.Kinds(rules)), nil
}

// readers are the commands that read a live account.
var readers = []string{"scan", "trace", "record"}

func checkReader(command string) error {
	if !slices.Contains(readers, command) {
		return fmt.Errorf("%q reads no account: it is one of %s", command, strings.Join(readers, ", "))
	}
	return nil
}

// everything is what a whole recording holds the answers to: the operations of
// every rule and of trace.
func everything() []recording.Operation {
	return snapshot.Operations(slices.Concat(checks.Kinds(catalog.All), reach.Kinds()))
}
