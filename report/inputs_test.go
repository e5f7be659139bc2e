package report_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/fixtures"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
	"github.com/buttress/buttress/internal/topology"
	"github.com/buttress/buttress/report"
)

// inputs are the results that every format is tried on: the saved files, what a
// scan of both accounts gives, and a hostile copy of the worse one.
func inputs(tb testing.TB) map[string]*report.Results {
	tb.Helper()
	all := map[string]*report.Results{}
	files, err := filepath.Glob("testdata/v1/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no saved results: %v", err)
	}
	for _, file := range append(files, "testdata/results.json") {
		all["saved-"+strings.TrimSuffix(filepath.Base(file), ".json")] = read(tb, file)
	}
	for _, name := range []string{"tipster-before", "tipster-after"} {
		all[name] = scanned(tb, name)
	}
	all["hostile"] = hostile(scanned(tb, "tipster-before"))
	return all
}

// scanned is what a scan of a bundled account by all rules gives.
func scanned(tb testing.TB, name string) *report.Results {
	tb.Helper()
	files, err := fs.Sub(fixtures.Accounts, "accounts/"+name)
	if err != nil {
		tb.Fatal(err)
	}
	recorded, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := snapshot.Load(recorded, checks.Kinds(catalog.All))
	if err != nil {
		tb.Fatal(err)
	}
	r := &report.Results{
		SchemaVersion: report.SchemaVersion, Tool: report.Tool{Name: "buttress", Version: "1.2.3"},
		Account: s.Accounts[0], Accounts: s.Accounts, Partition: s.Partition, CapturedAt: s.CapturedAt.Format(time.RFC3339),
		Regions: []string{s.Scopes[0].Region}, Gaps: []report.Gap{}, Topology: topology.Of(s),
	}
	r.Judged(checks.Run(s, catalog.All), nil, checks.Info)
	again, err := report.Read(strings.NewReader(output(tb, "json", r)))
	if err != nil {
		tb.Fatal(err)
	}
	return again
}

// saved is a result file with a result of each status and the awkward strings.
func saved(tb testing.TB) *report.Results {
	tb.Helper()
	return read(tb, "testdata/results.json")
}

func read(tb testing.TB, file string) *report.Results {
	tb.Helper()
	f, err := os.Open(file)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
	return r
}

// nasty is what a stranger may write into a tag, a name or a description, so
// that some format, or the program that reads it, obeys.
var nasty = []string{
	`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `]]>`, `<!--`, `-->`, `&lt;b&gt;`, `{{.}}`,
	`=cmd|' /C calc'!A0`, `+1+1`, `-1`, `@SUM(A1)`, "\t=1", "a\rb", "a,\"b\";c\n=d",
	"::error::forged", "x\n::error file=a::forged", "%0A::error::forged", "##[error]forged", "###[add-mask]forged",
	"::stop-commands::forged", strings.Repeat("::error::forged ", 40),
	"| a | b |\n|---|", "[x](javascript:alert(1))", "`code`", "# heading", "<details>", "@everyone", "#1",
	"\x1b[31mred\x1b[0m", "\a\b", "\u202egnirts", "\u200e\u2066\u2069", "a\u0000b", "\ufeff", "\xff\xfe", "\u2028", "💥",
	strings.Repeat("long ", 200_000), // a megabyte
}

// hostile replaces all that a stranger can choose.
func hostile(r *report.Results) *report.Results {
	i := 0
	rules := map[string]*report.Rule{}
	for i := range r.Rules {
		rules[r.Rules[i].ID] = &r.Rules[i]
	}
	next := func() string { i++; return nasty[i%len(nasty)] }
	var all []report.Result
	for v := range r.Results {
		v.Resource.Name = next()
		if v.Status == "fail" || v.Status == "unknown" {
			v.Resource.ID += next()
			v.Resource.ARN += next()
			v.Message += next()
		}
		v.Evidence = append([]report.Evidence{}, v.Evidence...)
		for j := range v.Evidence {
			v.Evidence[j].Source += next()
			v.Evidence[j].Resource += next()
		}
		if len(all)%3 == 0 && v.Status == "fail" {
			v.Waiver = &report.Waiver{Reason: next(), Owner: next(), Expires: "2027-01-01"}
			r.Summary.Waived++
			rules[v.Rule].Waived++
		}
		v.Known = len(all)%3 == 1 && v.Status == "fail"
		if v.Known {
			rules[v.Rule].Known++
		}
		all = append(all, v)
	}
	r.Results = func(yield func(report.Result) bool) {
		for _, v := range all {
			if !yield(v) {
				return
			}
		}
	}
	for i := range r.Rules {
		r.Rules[i].Title += next()
		r.Rules[i].Why = next() + r.Rules[i].Why
		r.Rules[i].Fix = next() + "\n\n    " + next() + r.Rules[i].Fix
	}
	soil(r.Topology, next)
	r.Gaps = append(r.Gaps, report.Gap{Account: r.Account, Region: "eu-west-1", Operation: "ec2:DescribeVpcs", Code: next(), Message: next()})
	r.Endpoint = next()
	return r
}

// soil replaces names and ids of what a diagram draws.
func soil(t *topology.Topology, next func() string) {
	for i := range t.Regions {
		for j := range t.Regions[i].VPCs {
			v := &t.Regions[i].VPCs[j]
			v.Name, v.CIDRs = next(), append(v.CIDRs, next())
			for k := range v.Subnets {
				n := &v.Subnets[k]
				n.Name, n.Egress = next(), next()
				for l := range n.Items {
					n.Items[l].ID, n.Items[l].Name, n.Items[l].Kind, n.Items[l].Detail = next(), next(), next(), next()
					n.Items[l].Open = &topology.Open{Count: 1, On: []string{next(), next()}}
				}
			}
			for k := range v.Databases {
				d := &v.Databases[k]
				d.Engine, d.Nodes[0].ID, d.Nodes[0].Role, d.Nodes[0].Detail = next(), next(), next(), next()
			}
			v.Zones[0].Name, v.Gateways[0].Name = next(), next()
		}
	}
	t.Cut = append(t.Cut, next())
	soilExposure(t.Exposure, next)
}

func soilExposure(e *topology.Exposure, next func() string) {
	for i := range e.WaysIn {
		w := &e.WaysIn[i]
		w.ID, w.Name, w.Type, w.Region, w.VPC, w.Entry = next(), next(), next(), next(), next(), next()
		w.Protocol, w.Ports, w.Sources = next(), next(), []string{next(), next()}
	}
	for i := range e.Matrix {
		p := &e.Matrix[i]
		p.From.ID, p.From.Name, p.To.ID, p.To.Name, p.Protocol, p.Ports = next(), next(), next(), next(), next(), next()
	}
	e.Undecided = append(e.Undecided, topology.Undecided{
		Place:   topology.Place{Resource: topology.Resource{ID: next(), Name: next()}, Region: next()},
		Missing: []topology.Call{{Operation: next(), Region: next(), Resource: next()}},
	})
	e.Missing = append(e.Missing, topology.Call{Operation: next(), Account: next(), Region: next()})
}
