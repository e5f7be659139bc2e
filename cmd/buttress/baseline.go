package main

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/report"
)

const baselineHelp = `Make a baseline of what fails today: with scan --baseline only failures that are
not in it count. It is printed to standard output.

RESULTS.json is what "buttress scan --format json" wrote, or - for standard
input. Waived failures stay out: their waivers hold them. A failure is
recognised by its rule and its resource, whatever the message says.`

const baselineExamples = `  buttress scan --format json=results.json
  buttress baseline results.json > baseline.json
  buttress scan --baseline baseline.json
  buttress scan --baseline baseline.json --prune-baseline`

func newBaselineCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "baseline RESULTS.json",
		Short:   "Make a baseline of what fails today",
		Long:    baselineHelp,
		Example: baselineExamples,
		Args:    exactly("RESULTS.json"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := readResults(e, args[0])
			if err != nil {
				return err
			}
			if r.Interrupted {
				return fmt.Errorf("%s: the scan was interrupted: a baseline needs one that read everything", args[0])
			}
			if n := r.Hidden(); n > 0 {
				fmt.Fprintf(e.stderr, "buttress: %s lacks %d results, which --severity left out: those that failed will count\n", report.Escape(args[0]), n)
			}
			w := bufio.NewWriter(report.JSONForLog(e.stdout))
			if err := newBaseline(r).Write(w); err != nil {
				return err
			}
			return w.Flush()
		},
	}
}

// newBaseline has the failures that nobody waived.
func newBaseline(r *report.Results) *gate.Baseline {
	b := &gate.Baseline{
		SchemaVersion: gate.BaselineVersion, Tool: gate.Tool(r.Tool), Account: r.Account, CapturedAt: r.CapturedAt,
	}
	for v := range r.Only("fail", "") {
		if v.Waiver == nil {
			b.Failures = append(b.Failures, gate.Failure{
				Fingerprint: v.Fingerprint, Rule: v.Rule, Severity: v.Severity,
				Resource: gate.Subject{Type: v.Resource.Type, ID: v.Resource.ID, ARN: v.Resource.ARN, Account: v.Resource.Account, Region: v.Resource.Region},
			})
		}
	}
	return b
}
