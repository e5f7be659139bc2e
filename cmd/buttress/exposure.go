package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
	"github.com/buttress/buttress/report"
)

const exposureHelp = `Say what the internet reaches in the account, or a recording of one: by
resource, protocol and ports, from which sources, directly or through which load
balancer; and which security groups' members reach which, on what.

What is reached is proven: the packets get there, and the replies return. What
hangs on data that is not recorded is listed as such.

Exit codes:
  0  the answer is whole, whatever is exposed
  2  the command did not run: bad usage, unreadable recording
  3  of some resource it cannot be told what reaches it`

const exposureExamples = `  buttress exposure fixtures/accounts/tipster-after
  buttress exposure --region eu-west-1
  buttress exposure my-account --format json=all.json --format svg=tiers.svg`

// exposureOptions are the flags of exposure.
type exposureOptions struct {
	accountOptions

	formats []string
	result  *report.Exposure
}

func newExposureCmd(e *env) *cobra.Command {
	o := &exposureOptions{accountOptions: newAccountOptions(e)}
	cmd := &cobra.Command{
		Use:     "exposure [RECORDING]",
		Short:   "Say what the internet reaches",
		Long:    exposureHelp,
		Example: exposureExamples,
		Args:    atMost(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	o.addFlags(f)
	f.StringArrayVar(&o.formats, "format", []string{"text"}, "write it as `F[=FILE]`: "+strings.Join(report.ExposureFormats(), ", ")+"; may be repeated")
	return cmd
}

func (o *exposureOptions) run(ctx context.Context, args []string) error {
	if err := o.check(args); err != nil {
		return err
	}
	outputs, err := outputs(o.env, o.formats, o.format, o.env.sources(args)...)
	if err != nil {
		return err
	}
	in, err := o.open(ctx, args, snapshot.Operations(reach.Kinds()))
	if err != nil {
		abandon(outputs)
		return err
	}
	defer in.close()
	s, err := snapshot.Load(in.recording, reach.Kinds())
	if err != nil {
		abandon(outputs)
		return err
	}
	o.result = newExposure(s)
	if err := writeAll(o.env, outputs, nil); err != nil {
		return err
	}
	if in.interrupted || len(o.result.Undecided)+len(o.result.Gaps) > 0 || slices.ContainsFunc(o.result.Matrix, func(p report.GroupPair) bool { return p.Unknown }) {
		return exitCode(exitUnclear)
	}
	return nil
}

// format is a format by its name, for an output of what is exposed.
func (o *exposureOptions) format(name string) (report.Format, error) {
	write, err := report.ExposureFormatNamed(name)
	return func(w io.Writer, _ *report.Results, options report.Options) error { return write(w, o.result, options) }, err
}

// newExposure is what is exposed in a snapshot, in the words of a report.
func newExposure(s *snapshot.Snapshot) *report.Exposure {
	n := reach.Of(s)
	e := &report.Exposure{
		SchemaVersion: "1", Accounts: s.Accounts, Regions: []string{},
		Exposed: []report.Exposed{}, Undecided: []report.Undecided{}, Gaps: []report.Gap{}, Matrix: []report.GroupPair{},
	}
	if !s.CapturedAt.IsZero() {
		e.CapturedAt = s.CapturedAt.UTC().Format(time.RFC3339)
	}
	for _, scope := range s.Scopes {
		e.Regions = append(e.Regions, scope.Region)
	}
	slices.Sort(e.Regions)
	e.Regions = slices.Compact(e.Regions)
	for _, m := range n.Unmapped() {
		e.Gaps = append(e.Gaps, newGap(s.GapOf(m.Operation, snapshot.Scope{Account: m.Account, Region: m.Region}, "")))
	}
	names := groupNames(s)
	for _, x := range n.Exposures() {
		addExposed(e, x, names)
	}
	for _, p := range n.Matrix() {
		e.Matrix = append(e.Matrix, report.GroupPair{From: names(p.From), To: names(p.To), Protocol: p.Protocol.String(), Ports: p.Protocol.Words(p.Ports), Unknown: p.Unknown})
	}
	return e
}

func addExposed(e *report.Exposure, x *reach.Exposure, names func(string) report.Group) {
	r := x.Resource
	resource := report.Resource{
		Type: r.ResourceType(), ID: r.ID(), ARN: r.ARN(), Account: r.Scope().Account, Region: r.Scope().Region, Name: r.Name(),
	}
	groups := []report.Group{}
	for _, id := range x.Groups {
		groups = append(groups, names(id))
	}
	for _, o := range x.Openings {
		via := "direct"
		if o.Balancer != "" {
			via = "load-balancer"
		}
		e.Exposed = append(e.Exposed, report.Exposed{
			Resource: resource, Interface: x.Interface.NetworkInterfaceID, Protocol: o.Protocol.String(), Ports: o.Protocol.Words(o.Ports),
			Sources: o.Sources, Via: via, Through: o.Balancer, Groups: groups,
		})
	}
	if !x.Unknown {
		return
	}
	u := report.Undecided{Resource: resource, Interface: x.Interface.NetworkInterfaceID, Missing: []report.Missing{}}
	for _, m := range x.Missing {
		u.Missing = append(u.Missing, report.Missing{Operation: m.Operation, Region: m.Region, Resource: m.Resource})
	}
	e.Undecided = append(e.Undecided, u)
}

// groupNames finds the names of security groups.
func groupNames(s *snapshot.Snapshot) func(id string) report.Group {
	names := map[string]string{}
	groups := snapshot.SecurityGroups.In(s)
	for i := range groups {
		names[groups[i].GroupID] = groups[i].GroupName
	}
	return func(id string) report.Group { return report.Group{ID: id, Name: names[id]} }
}
