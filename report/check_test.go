package report_test

import (
	"iter"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/buttress/buttress/report"
)

// TestReadChecksWhatItReads spoils a saved file: whatever some format would
// believe and another would not is an error that names the place.
func TestReadChecksWhatItReads(t *testing.T) {
	text, err := os.ReadFile("testdata/results.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ from, to, want string }{
		{`"status": "fail",` + "\n      \"severity\": \"critical\"", `"status": "FAIL", "severity": "critical"`, `/results/0/status: is "FAIL", and is one of pass, fail, unknown, not_applicable`},
		{`"status": "fail",` + "\n      \"severity\": \"critical\"", `"status": "fail", "severity": "HIGH"`, `/results/0/severity: is "HIGH", and is one of critical, high, medium, low, info`},
		{`"capturedAt": "2026-11-23T10:00:00Z"`, `"capturedAt": "\u001b[2J\n::error::x"`, `/capturedAt: is "\x1b[2J\n::error::x", which is no time (RFC 3339)`},
		{`"results": [`, `"results": null, "was": [`, `/results: is null where a list belongs`},
		{`"results": [`, `"results": [null, `, `/results/0: is null where an object belongs`},
		{`"results": [`, `"results": [3, `, `/results/0: is a number where an object belongs`},
		{`"results": [`, `"results": {}, "was": [`, `/results: is an object where a list belongs`},
		{`"results": [`, `"was": [`, `/results: is missing`},
		{`"rules": [`, `"was": [`, `/rules: is missing`},
		{`"rules": [`, `"rules": [], "was": [`, `/results/0/rule: "rds-instance-not-public" is not among /rules`},
		{`"rules": [`, `"rules": [{"id": "rds-instance-not-public", "status": "pass", "severity": "low"},`, `/rules/1/id: "rds-instance-not-public" stands there twice`},
		{`"rules": [`, `"rules": [null,`, `/rules/0/status: is "", and is one of pass, fail, unknown, not_applicable`},
		{`"fail": 5,`, `"fail": 0,`, `/summary/fail: is 0, and /results has 5`},
		{`"fail": 5,`, `"fail": 6,`, `/summary/fail: is 6, and /rules have 5`},
		{`"pass": 1,`, `"pass": -1,`, `/summary/pass: is -1, and /results has 1`},
		{`"critical": 1,`, `"critical": 0,`, `/summary/failures/critical: is 0, and /results has 1`},
		{`"critical": 1,`, `"critical": 2,`, `/summary/failures: has 6, and /summary/fail is 5`},
		{`"waived": 1,`, `"waived": 5,`, `/summary/waived: is 5, and /results has 1`},
		{`"waived": 1,`, `"waived": 0,`, `/summary/waived: is 0, and /results has 1`},
		{`"known": true`, `"known": false`, `/known: is 1, and /results has 0`},
	} {
		spoilt := strings.Replace(string(text), test.from, test.to, 1)
		if spoilt == string(text) {
			t.Errorf("%s is not in the file", test.from)
		}
		if _, err := report.Read(strings.NewReader(spoilt)); err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%s: %v\nwant %s", test.to, err, test.want)
		}
	}
	doubled := strings.Replace(string(text), `"fingerprint": "`, `"fingerprint": "", "was": "`, 1)
	if _, err := report.Read(strings.NewReader(doubled)); err == nil || err.Error() != "/results/0/fingerprint: is empty" {
		t.Error(err)
	}
}

// TestReadRefusesDoubles reads a file in which the first result stands twice.
func TestReadRefusesDoubles(t *testing.T) {
	r := saved(t)
	all := r.Results
	r.Results = func(yield func(report.Result) bool) {
		for v := range all {
			for range 2 {
				if !yield(v) {
					return
				}
			}
			return
		}
	}
	if _, err := report.Read(strings.NewReader(output(t, "json", r))); err == nil || err.Error() != "/results/1/fingerprint: stands there twice: /results/0 has it too" {
		t.Error(err)
	}
}

// TestReadTakesWhatSeverityLeaves reads results of which some are left out.
func TestReadTakesWhatSeverityLeaves(t *testing.T) {
	for _, severities := range [][]string{{"critical"}, {"info"}, {}} {
		r, err := report.Read(strings.NewReader(output(t, "json", atSeverity(saved(t), severities...))))
		if err != nil || r.Summary.Fail != 5 {
			t.Errorf("%v: %v", severities, err)
		}
	}
}

// TestValuesAreTheSame reads a page and results that another program wrote: a
// value has the bytes that the scan gave it.
func TestValuesAreTheSame(t *testing.T) {
	set := func(r *report.Results, value string) *report.Results {
		all := r.Results
		r.Results = func(yield func(report.Result) bool) {
			for v := range all {
				for i := range v.Evidence {
					v.Evidence[i].Value = []byte(value)
				}
				if !yield(v) {
					return
				}
			}
		}
		return r
	}
	const value = `{"a":["<b> & \"é\"",{"##[x]":1.50}]}`
	want := output(t, "csv", set(saved(t), value))
	for _, format := range []string{"html", "json"} {
		back, err := report.Read(strings.NewReader(output(t, format, set(saved(t), value))))
		if err != nil {
			t.Fatal(err)
		}
		if got := output(t, "csv", back); got != want {
			t.Errorf("%s: %s\nwant %s", format, got, want)
		}
	}
	written := strings.ReplaceAll(output(t, "json", set(saved(t), value)), `"<b> & \"é\""`, `"\u003cb\u003e \u0026 \"\u00e9\""`)
	back, err := report.Read(strings.NewReader(written))
	if err != nil {
		t.Fatal(err)
	}
	if got := output(t, "csv", back); got != want || !strings.Contains(written, `\u00e9`) {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestReadGroupsByRule reads a file in which the results of the rules are mixed:
// the reports are those of the file in order, but for the order within a rule.
func TestReadGroupsByRule(t *testing.T) {
	r := read(t, "testdata/v1/tipster-before.json")
	all := slices.Collect(iter.Seq[report.Result](r.Results))
	slices.SortStableFunc(all, func(a, b report.Result) int { return strings.Compare(a.Resource.ID, b.Resource.ID) })
	r.Results = report.Seq(slices.Values(all))
	mixed, err := report.Read(strings.NewReader(output(t, "json", r)))
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"github", "markdown", "text"} {
		got, want := output(t, format, mixed), output(t, format, read(t, "testdata/v1/tipster-before.json"))
		if strings.Count(got, "\n") != strings.Count(want, "\n") || len(got) != len(want) {
			t.Errorf("%s: %d and %d bytes", format, len(got), len(want))
		}
	}
}
