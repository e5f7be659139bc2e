package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/diff"
	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
	"github.com/buttress/buttress/report"
)

const diffHelp = `Say what changed from A to B: what began to fail, what was mended, what appeared
and went, and which recorded fields changed a verdict.

A and B are two recordings (folders, .tar.zst or .zip files) or two files of
results, which "buttress scan --format json" wrote. One of them may be -, for
standard input. Two recordings are judged by the same version and the same
rules, so that only the account can have changed.

A failure is new if the same resource did not fail that rule before: because it
passed, was not there, or could not be judged. Failures that are waived, or
known to a baseline, are not new; result files say so.

Exit codes:
  0  nothing is new, and nothing that was judged is unknown now
  1  something at or above --fail-on is new, or rose to it
  2  the command did not run: bad usage, unreadable recording or results
  3  nothing is new, but something that was judged before is unknown now
     (--allow-unknown makes this 0), or the scan of B was interrupted`

const diffExamples = `  buttress diff monday tuesday                     two recordings
  buttress diff monday.json tuesday.json           two files of results
  buttress diff monday tuesday --rule rds-instance-multi-az --format json
  buttress diff monday tuesday --fail-on high --format markdown=notes.md`

// diffOptions are the flags of diff.
type diffOptions struct {
	env *env
	// given reports whether a flag stands on the command line.
	given        func(flag string) bool
	selection    selection
	failOn       string
	formats      []string
	allowUnknown bool
	limits       recording.Limits

	result *diff.Diff // for the outputs
}

func newDiffCmd(e *env) *cobra.Command {
	o := &diffOptions{env: e, limits: recording.DefaultLimits}
	cmd := &cobra.Command{
		Use:     "diff A B",
		Short:   "Say what changed between two recordings or two results",
		Long:    diffHelp,
		Example: diffExamples,
		Args:    exactly("A", "B"),
		RunE:    func(_ *cobra.Command, args []string) error { return o.run(args[0], args[1]) },
	}
	f := cmd.Flags()
	o.given = f.Changed
	o.selection.addFlags(f)
	f.StringVar(&o.failOn, "fail-on", "low", "exit with 1 if a failure at or above this `severity` is new; none: never")
	f.StringArrayVar(&o.formats, "format", []string{"text"}, "write what changed as `F[=FILE]`: "+strings.Join(diff.Formats(), ", ")+"; may be repeated")
	f.BoolVar(&o.allowUnknown, "allow-unknown", false, "do not mind what cannot be judged any more")
	addLimitFlags(f, &o.limits)
	return cmd
}

func (o *diffOptions) run(a, b string) error {
	rules, err := o.selection.rules()
	if err != nil {
		return err
	}
	policy := gate.Policy{AllowUnknown: o.allowUnknown}
	if policy.FailOn, err = failOn(o.failOn); err != nil {
		return err
	}
	outputs, err := outputs(o.env, o.formats, o.format, source{"A", a}, source{"B", b}, source{"the configuration", o.env.configuration})
	if err != nil {
		return err
	}
	before, after, err := o.read(a, b, rules)
	if err != nil {
		abandon(outputs)
		return err
	}
	o.result = diff.Of(report.Tool{Name: "buttress", Version: version}, before, after)
	if err := writeAll(o.env, outputs, nil); err != nil {
		return err
	}
	if code := exitOf(o.result.Decide(policy)); code != exitMet {
		return code
	}
	return nil
}

// format is a format by its name, for an output of what changed.
func (o *diffOptions) format(name string) (report.Format, error) {
	write, err := diff.FormatNamed(name)
	return func(w io.Writer, _ *report.Results, options report.Options) error {
		return write(w, o.result, options.Width)
	}, err
}

// read reads both sides, which have to be of one kind.
func (o *diffOptions) read(a, b string, rules []*checks.Rule) (before, after *report.Results, err error) {
	if a == "-" && b == "-" {
		return nil, nil, errors.New("standard input can be one of the two, and both are -")
	}
	first, err := o.open(a)
	if err != nil {
		return nil, nil, err
	}
	second, err := o.open(b)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case first.results != second.results:
		return nil, nil, fmt.Errorf("%s is %s and %s is %s: two recordings or two files of results can be compared", a, first, b, second)
	case first.results && (o.given("rule") || o.given("pillar")):
		return nil, nil, errors.New("--rule and --pillar are for recordings: results are compared as they are")
	}
	if before, err = o.results(first, rules); err != nil {
		return nil, nil, err
	}
	after, err = o.results(second, rules)
	return before, after, err
}

// compared is an argument, and what it was found to be.
type compared struct {
	name    string
	results bool
	stdin   io.Reader
}

func (c *compared) String() string {
	if c.results {
		return "a file of results"
	}
	return "a recording"
}

// open tells results from a recording: by their first byte, since neither JSON
// nor a page is an archive.
func (o *diffOptions) open(name string) (*compared, error) {
	c := &compared{name: name}
	var head *bufio.Reader
	if name == "-" {
		head = bufio.NewReader(o.env.stdin)
		c.stdin = head
	} else {
		info, err := os.Stat(name)
		if err != nil || info.IsDir() {
			return c, err
		}
		f, err := os.Open(name) //nolint:gosec // the user names the file
		if err != nil {
			return nil, err
		}
		defer f.Close()
		head = bufio.NewReader(f)
	}
	start, err := head.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	c.results = beginsAsResults(start)
	return c, nil
}

func (o *diffOptions) results(c *compared, rules []*checks.Rule) (*report.Results, error) {
	if !c.results {
		return o.judge(c, rules)
	}
	e := *o.env
	if c.stdin != nil {
		e.stdin = c.stdin
	}
	r, err := readResults(&e, c.name)
	if err != nil {
		return nil, err
	}
	if n := r.Hidden(); n > 0 {
		return nil, fmt.Errorf("%s lacks %d results, which --severity left out: results to be compared need all of them", c.name, n)
	}
	return r, nil
}

// judge judges a recording.
func (o *diffOptions) judge(c *compared, rules []*checks.Rule) (*report.Results, error) {
	r, err := openRecording(o.env, c.name, c.stdin, o.limits)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	kinds := checks.Kinds(rules)
	s, err := snapshot.Load(r, kinds)
	if err != nil {
		return nil, err
	}
	outcomes := checks.Run(s, rules)
	results := newResults(s, kinds, outcomes)
	results.Judged(outcomes, nil, checks.Info)
	return results, nil
}
