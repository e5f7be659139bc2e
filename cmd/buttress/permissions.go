package main

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/collect"
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

func newPermissionsCmd(e *env) *cobra.Command {
	var s selection
	cmd := &cobra.Command{
		Use:   "permissions",
		Short: "Print the IAM policy that a scan needs",
		Long: `Print the smallest IAM policy that lets a scan make all its calls: every action
written out, nothing that changes anything.`,
		Example: `  buttress permissions > policy.json
  buttress permissions --rule rds-instance-multi-az`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rules, err := s.rules()
			if err != nil {
				return err
			}
			p := policy{"2012-10-17", []statement{{
				Sid: "ButtressRead", Effect: "Allow", Resource: "*",
				Action: collect.Actions(snapshot.Operations(checks.Kinds(rules))),
			}}}
			text, err := json.Marshal(p, jsontext.WithIndent("  "))
			if err != nil {
				return err
			}
			_, err = e.stdout.Write(append(text, '\n'))
			return err
		},
	}
	s.addFlags(cmd.Flags())
	return cmd
}
