package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/snapshot"
	"github.com/buttress/buttress/report"
)

func newRulesCmd(e *env) *cobra.Command {
	var s selection
	cmd := &cobra.Command{
		Use:   "rules [ID]",
		Short: "List the rules, or explain one",
		Example: `  buttress rules
  buttress rules --pillar reliability
  buttress rules rds-instance-not-public`,
		Args:              atMost(1),
		ValidArgsFunction: completeRule,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				rules, err := checks.Select(catalog.All, args, nil)
				if err != nil {
					return err
				}
				return explain(e.stdout, rules[0])
			}
			rules, err := s.rules()
			if err != nil {
				return err
			}
			return list(e.stdout, rules)
		},
	}
	cmd.Flags().StringSliceVar(&s.pillars, "pillar", nil, "only the rules of these `pillars`")
	return cmd
}

func list(w io.Writer, rules []*checks.Rule) error {
	for _, r := range rules {
		if _, err := fmt.Fprintf(w, "%-8s  %s\n          %s\n", r.Severity, r.ID, r.Title); err != nil {
			return err
		}
	}
	return nil
}

func explain(w io.Writer, r *checks.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s.\n\n", r.ID, r.Title)
	fmt.Fprintf(&b, "Severity   %s\n", r.Severity)
	fmt.Fprintf(&b, "Pillars    %s\n", join(r.Pillars))
	fmt.Fprintf(&b, "Practices  %s\n", strings.Join(r.Practices, ", "))
	if len(r.Controls) > 0 {
		fmt.Fprintf(&b, "Controls   %s\n", strings.Join(r.Controls, "\n           "))
	}
	fmt.Fprintf(&b, "Judges     %s\n", r.Subject().Type())
	fmt.Fprintf(&b, "Calls      %s\n", strings.Join(texts(snapshot.Operations(r.Kinds())), "\n           "))
	const width = 80
	fmt.Fprintf(&b, "\nWhy\n\n%s\nWhat to do\n\n%s", report.Paragraphs(r.Why, width), report.Paragraphs(r.Fix, width))
	if len(r.Links) > 0 {
		fmt.Fprintf(&b, "\nRead more\n\n%s\n", strings.Join(r.Links, "\n"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
