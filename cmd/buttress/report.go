package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/buttress/buttress/report"
)

const reportHelp = `Write saved results in other formats, without the recording.

RESULTS.json is what "buttress scan --format json" wrote, or - for standard
input. The bytes are those that the scan itself would have written.`

const reportExamples = `  buttress report results.json
  buttress report results.json --format json=copy.json --format text
  buttress scan today --format json | buttress report -`

// reportOptions are the flags of report.
type reportOptions struct {
	env     *env
	formats []string
}

func newReportCmd(e *env) *cobra.Command {
	o := &reportOptions{env: e}
	cmd := &cobra.Command{
		Use:     "report RESULTS.json",
		Short:   "Write saved results in other formats",
		Long:    reportHelp,
		Example: reportExamples,
		Args:    exactly("RESULTS.json"),
		RunE:    func(_ *cobra.Command, args []string) error { return o.run(args[0]) },
	}
	addFormatFlag(cmd.Flags(), &o.formats)
	return cmd
}

func (o *reportOptions) run(file string) error {
	outputs, err := outputs(o.env, o.formats, report.FormatNamed, source{"the report", file}, source{"the configuration", o.env.configuration})
	if err != nil {
		return err
	}
	r, err := readResults(o.env, file)
	if err != nil {
		abandon(outputs)
		return err
	}
	if err := writeAll(o.env, outputs, r); err != nil {
		return err
	}
	sayLeftOut(o.env, outputs, r)
	return nil
}

// readResults reads a file of results, or standard input for "-".
func readResults(e *env, file string) (*report.Results, error) {
	from := e.stdin
	if file != "-" {
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			return nil, fmt.Errorf("%s: is a folder, and no file of results: buttress scan judges a recording", file)
		}
		f, err := os.Open(file) //nolint:gosec // the user names the file
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	r, err := report.Read(from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// exactly takes one argument for each name, and says which is missing.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return fmt.Errorf("%s is missing: %s", names[len(args)], cmd.UseLine())
		}
		return atMost(len(names))(cmd, args)
	}
}

// atMost takes so many arguments, and says which is one too many.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return fmt.Errorf("unexpected argument %q: %s", args[n], cmd.UseLine())
		}
		return nil
	}
}
