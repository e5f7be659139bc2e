package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
	"github.com/buttress/buttress/internal/topology"
	"github.com/buttress/buttress/report"
)

const scanHelp = `Judge an account, or a recording of one, by the rules.

RECORDING is a folder, a .tar.zst or a .zip file, or - for standard input.
Without it the account that the AWS credentials lead to is read, and nothing
is changed there.`

const scanExamples = `  buttress scan                                       the live account, every enabled Region
  buttress scan --profile audit --region eu-west-1    one Region, by a profile
  buttress scan --record today                        keep what was read
  buttress scan fixtures/accounts/tipster-before      a recording
  buttress scan account.tar.zst --format json=results.json --format text
  buttress scan today --rule rds-instance-multi-az --fail-on high`

// scanOptions are the flags of scan.
type scanOptions struct {
	env  *env
	live liveOptions
	// given reports whether a flag stands on the command line.
	given func(flag string) bool

	selection selection
	severity  string
	failOn    string
	formats   []string
	record    string

	allowUnknown bool
	limits       recording.Limits
}

func newScanCmd(e *env) *cobra.Command {
	o := &scanOptions{env: e, limits: recording.DefaultLimits}
	cmd := &cobra.Command{
		Use:     "scan [RECORDING]",
		Short:   "Judge an account, or a recording of one, by the rules",
		Long:    scanHelp + "\n" + exitHelp,
		Example: scanExamples,
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	o.given = f.Changed
	o.live.addFlags(f)
	o.selection.addFlags(f)
	f.StringVar(&o.severity, "severity", "info", "show results at or above this `severity`; counts and exit code stay those of all")
	f.StringVar(&o.failOn, "fail-on", "low", "exit with 1 if something at or above this `severity` failed; none: never")
	addFormatFlag(f, &o.formats)
	f.StringVar(&o.record, "record", "", "keep what a live scan reads in the folder `DIR`")
	f.BoolVar(&o.allowUnknown, "allow-unknown", false, "do not mind what could not be judged")
	f.Int64Var(&o.limits.Total, "max-size", o.limits.Total, "refuse recordings with more `bytes` of JSON than this")
	f.Int64Var(&o.limits.Body, "max-body", o.limits.Body, "refuse recordings with a file of more `bytes` than this")
	f.IntVar(&o.limits.Files, "max-files", o.limits.Files, "refuse recordings with more `files` than this")
	return cmd
}

// plan is what the flags of a scan mean, once they are known to be right.
type plan struct {
	rules    []*checks.Rule
	severity checks.Severity
	policy   gate.Policy
	outputs  []*output
}

// plan reads the flags, so that all that is wrong with them is said before
// anything is scanned.
func (o *scanOptions) plan(args []string) (*plan, error) {
	if len(args) > 0 {
		if err := o.offline(); err != nil {
			return nil, err
		}
	}
	p := &plan{policy: gate.Policy{AllowUnknown: o.allowUnknown}}
	var err error
	if p.rules, err = o.selection.rules(); err != nil {
		return nil, err
	}
	if p.severity, err = checks.ParseSeverity(o.severity); err != nil {
		return nil, fmt.Errorf("--severity: %w", err)
	}
	if o.failOn != "none" {
		if p.policy.FailOn, err = checks.ParseSeverity(o.failOn); err != nil {
			return nil, fmt.Errorf("--fail-on: %w, or none", err)
		}
	}
	p.outputs, err = outputs(o.env, o.formats)
	return p, err
}

// offline refuses flags that mean nothing with a recording. In a configuration
// file they may stand: it serves live scans too.
func (o *scanOptions) offline() error {
	for _, flag := range []string{"profile", "assume-role", "record"} {
		if o.given(flag) {
			return fmt.Errorf("--%s is for live scans, and a recording was named", flag)
		}
	}
	return nil
}

func (o *scanOptions) run(ctx context.Context, args []string) error {
	p, err := o.plan(args)
	if err != nil {
		return err
	}
	kinds := checks.Kinds(p.rules)
	in, err := o.open(ctx, args, snapshot.Operations(kinds))
	if err != nil {
		abandon(p.outputs)
		return err
	}
	defer in.close()
	s, err := snapshot.Load(in.recording, kinds)
	if err != nil {
		abandon(p.outputs)
		return err
	}
	outcomes := checks.Run(s, p.rules)
	results := newResults(s, kinds, outcomes)
	results.Interrupted = in.interrupted
	results.Judged(outcomes, p.severity)
	code := exitOf(p.policy.Decide(outcomes))
	if err := writeAll(o.env, p.outputs, results); err != nil {
		return err
	}
	if code == exitMet {
		return nil
	}
	return code
}

func exitOf(d gate.Decision) exitCode {
	switch d {
	case gate.Broken:
		return exitBroken
	case gate.Unclear:
		return exitUnclear
	default:
		return exitMet
	}
}

// input is a recording that was opened or made.
type input struct {
	recording   *recording.Recording
	interrupted bool
	close       func()
}

func (o *scanOptions) open(ctx context.Context, args []string, ops []recording.Operation) (*input, error) {
	options := recording.Options{Limits: o.limits, Known: snapshot.Operations(snapshot.Kinds())}
	if len(args) == 0 {
		return o.openLive(ctx, ops, options)
	}
	r, err := recording.Open(args[0], o.env.stdin, options)
	if err != nil {
		return nil, err
	}
	for _, name := range r.Ignored {
		o.env.log().Debug("ignored file", "file", name)
	}
	if err := restrict(r, o.live.regions); err != nil {
		_ = r.Close()
		return nil, err
	}
	return &input{recording: r, close: func() { _ = r.Close() }}, nil
}

// restrict leaves only some Regions of a recording.
func restrict(r *recording.Recording, regions []string) error {
	if len(regions) == 0 {
		return nil
	}
	var known []string
	for _, a := range r.Accounts {
		known = append(known, a.Regions...)
		a.Regions = slices.DeleteFunc(slices.Clone(a.Regions), func(name string) bool { return !slices.Contains(regions, name) })
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, name := range regions {
		if !slices.Contains(known, name) {
			return fmt.Errorf("--region: the recording does not have %q: it has %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// openLive records the live account, into a folder if that is to be kept, and
// opens the recording: there is no other way in.
func (o *scanOptions) openLive(ctx context.Context, ops []recording.Operation, options recording.Options) (*input, error) {
	var sink recording.Sink = recording.NewMemory()
	var dir *recording.Dir
	if o.record != "" {
		var err error
		if dir, err = recording.CreateDir(o.record); err != nil {
			return nil, fmt.Errorf("--record: %w", err)
		}
		sink = dir
	}
	abandon := func() {
		if dir != nil {
			dir.Abandon()
		}
	}
	_, err := o.live.collect(ctx, o.env, ops, sink)
	if err != nil && !interrupted(err) {
		abandon()
		return nil, err
	}
	in := &input{interrupted: err != nil, close: func() {}}
	if dir != nil && in.interrupted {
		in.close = abandon
		fmt.Fprintf(o.env.stderr, "buttress: interrupted: nothing is kept in %s\n", report.Escape(o.record))
	}
	if dir != nil && !in.interrupted {
		if err := dir.Keep(); err != nil {
			return nil, err
		}
	}
	if in.recording, err = sink.Recording(options); err != nil {
		abandon()
		return nil, err
	}
	return in, nil
}

// newResults are results with all that holds for the account as a whole.
func newResults(s *snapshot.Snapshot, kinds []snapshot.Kind, outcomes []*checks.Outcome) *report.Results {
	r := &report.Results{
		SchemaVersion: report.SchemaVersion, Tool: report.Tool{Name: "buttress", Version: version},
		Partition: s.Partition, Accounts: s.Accounts, Regions: []string{}, Endpoint: s.Endpoint, Gaps: []report.Gap{},
		Topology: topology.Of(s),
	}
	if len(s.Accounts) == 1 {
		r.Account = s.Accounts[0]
	}
	if !s.CapturedAt.IsZero() {
		r.CapturedAt = s.CapturedAt.UTC().Format(time.RFC3339)
	}
	for _, scope := range s.Scopes {
		r.Regions = append(r.Regions, scope.Region)
	}
	slices.Sort(r.Regions)
	r.Regions = slices.Compact(r.Regions)
	for _, g := range gaps(s, kinds, outcomes) {
		r.Gaps = append(r.Gaps, report.Gap{
			Account: g.Account, Region: g.Region, Operation: string(g.Operation), Resource: g.Resource, Code: g.Code, Message: g.Message,
		})
	}
	return r
}

// gaps are those of the kinds, and the calls about one resource that a verdict
// hangs on though the recording does not say that they are missing.
func gaps(s *snapshot.Snapshot, kinds []snapshot.Kind, outcomes []*checks.Outcome) []snapshot.Gap {
	all := s.Gaps(kinds)
	for _, o := range outcomes {
		all = append(all, o.Missing...)
	}
	slices.SortFunc(all, recording.CompareGaps)
	return slices.Compact(all)
}
