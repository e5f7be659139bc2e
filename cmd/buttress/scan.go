package main

import (
	"context"
	"fmt"
	"slices"
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

const scanExamples = `  buttress scan                                     the live account
  buttress scan --profile audit --region eu-west-1  one Region, by a profile
  buttress scan --record today                      keep what was read
  buttress scan fixtures/accounts/tipster-before    a recording
  buttress scan account.tar.zst --format json=results.json --format text
  buttress scan today --rule rds-instance-multi-az --fail-on high
  buttress scan --waivers waivers.yaml --baseline baseline.json`

// scanOptions are the flags of scan.
type scanOptions struct {
	accountOptions

	selection  selection
	exceptions exceptions

	severity string
	failOn   string
	formats  []string

	allowUnknown bool
}

func newScanCmd(e *env) *cobra.Command {
	o := &scanOptions{accountOptions: newAccountOptions(e)}
	cmd := &cobra.Command{
		Use:     "scan [RECORDING]",
		Short:   "Judge an account, or a recording of one, by the rules",
		Long:    scanHelp + "\n" + exitHelp,
		Example: scanExamples,
		Args:    atMost(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	o.addFlags(f)
	o.selection.addFlags(f)
	f.StringVar(&o.severity, "severity", "info", "show results at or above this `severity`; counts and exit code stay those of all")
	f.StringVar(&o.failOn, "fail-on", "low", "exit with 1 if something at or above this `severity` failed; none: never")
	addFormatFlag(f, &o.formats)
	f.BoolVar(&o.allowUnknown, "allow-unknown", false, "do not mind what could not be judged")
	o.exceptions.addFlags(f)
	return cmd
}

// plan is what the flags of a scan mean, once they are known to be right.
type plan struct {
	rules      []*checks.Rule
	severity   checks.Severity
	policy     gate.Policy
	exceptions gate.Exceptions
	outputs    []*output
	pruning    *pruning
}

// abandon removes the files that were opened for nothing.
func (p *plan) abandon() {
	abandon(p.outputs)
	p.pruning.abandon()
}

// plan reads the flags, so that all that is wrong with them is said before
// anything is scanned.
func (o *scanOptions) plan(args []string) (*plan, error) {
	if err := o.check(args); err != nil {
		return nil, err
	}
	p := &plan{policy: gate.Policy{AllowUnknown: o.allowUnknown}}
	var err error
	if p.rules, err = o.selection.rules(); err != nil {
		return nil, err
	}
	if p.severity, err = checks.ParseSeverity(o.severity); err != nil {
		return nil, fmt.Errorf("--severity: %w", err)
	}
	if p.policy.FailOn, err = failOn(o.failOn); err != nil {
		return nil, err
	}
	if p.exceptions, err = o.exceptions.read(o.env); err != nil {
		return nil, err
	}
	if p.pruning, err = o.exceptions.pruning(o.env.signals); err != nil {
		return nil, err
	}
	if p.outputs, err = outputs(o.env, o.formats, report.FormatNamed, o.sources(args)...); err != nil {
		p.abandon()
	}
	return p, err
}

// sources are the files that a scan reads.
func (o *scanOptions) sources(args []string) []source {
	return append(o.env.sources(args), source{"--waivers", o.exceptions.waivers}, source{"--baseline", o.exceptions.baseline})
}

// failOn reads the flag --fail-on; zero means none.
func failOn(name string) (checks.Severity, error) {
	if name == "none" {
		return 0, nil
	}
	s, err := checks.ParseSeverity(name)
	if err != nil {
		return 0, fmt.Errorf("--fail-on: %w, or none", err)
	}
	return s, nil
}

func (o *scanOptions) run(ctx context.Context, args []string) error {
	p, err := o.plan(args)
	if err != nil {
		return err
	}
	kinds := checks.Kinds(p.rules)
	in, err := o.open(ctx, args, snapshot.Operations(kinds))
	if err != nil {
		p.abandon()
		return err
	}
	defer in.close()
	s, err := snapshot.Load(in.recording, kinds)
	if err != nil {
		p.abandon()
		return err
	}
	outcomes := checks.Run(s, p.rules)
	p.exceptions.Today = day(s.CapturedAt)
	review := gate.NewReview(outcomes, p.exceptions)
	results := newResults(s, kinds, outcomes)
	results.Interrupted = in.interrupted
	results.Judged(outcomes, review, p.severity)
	code := exitOf(p.policy.Decide(outcomes, review))
	if in.interrupted && code == exitMet {
		code = exitUnclear // --allow-unknown is about what cannot be read, not about what nobody tried to
	}
	defer p.pruning.abandon()
	if err := writeAll(o.env, p.outputs, results); err != nil {
		return err
	}
	sayLeftOut(o.env, p.outputs, results)
	sayElsewhere(o.env, o.exceptions.baseline, results.Baseline)
	if err := p.pruning.prune(o.env, p.exceptions.Baseline, review, in.interrupted); err != nil {
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
		r.Gaps = append(r.Gaps, newGap(&g))
	}
	return r
}

func newGap(g *snapshot.Gap) report.Gap {
	return report.Gap{Account: g.Account, Region: g.Region, Operation: string(g.Operation), Resource: g.Resource, Code: g.Code, Message: g.Message}
}

// gaps are those of the kinds, and the calls that a verdict hangs on though the
// recording does not say that they are missing.
func gaps(s *snapshot.Snapshot, kinds []snapshot.Kind, outcomes []*checks.Outcome) []snapshot.Gap {
	all := s.Gaps(kinds)
	for _, o := range outcomes {
		all = append(all, o.Missing...)
	}
	slices.SortFunc(all, recording.CompareGaps)
	return slices.Compact(all)
}
