package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/buttress/buttress/internal/topology"
	"github.com/buttress/buttress/report"
)

// inputs are the results that every format is tried on: the saved files, and a
// hostile copy of the worse account.
func inputs(tb testing.TB) map[string]*report.Results {
	tb.Helper()
	all := map[string]*report.Results{}
	files, err := filepath.Glob("testdata/v1/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no saved results: %v", err)
	}
	for _, file := range append(files, "testdata/results.json") {
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = read(tb, file)
	}
	all["hostile"] = hostile(read(tb, "testdata/v1/tipster-before.json"))
	return all
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
}
