package report_test

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/buttress/buttress/internal/golden"
	"github.com/buttress/buttress/report"
)

// sarifRun is what the tests look at.
type sarifRun struct {
	Tool struct {
		Driver struct {
			Version string
			Rules   []struct {
				ID               string
				ShortDescription struct{ Text string } `json:"shortDescription"`
				FullDescription  struct{ Text string } `json:"fullDescription"`
				Help             struct{ Text string }
				Properties       struct{ Tags []string }
			}
		}
	}
	Results []struct {
		RuleID              string `json:"ruleId"`
		RuleIndex           int    `json:"ruleIndex"`
		Kind                string
		Level               string
		Message             struct{ Text string }
		Locations           []sarifLocation
		Related             []sarifLocation   `json:"relatedLocations"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
		Suppressions        []struct{ Justification string }
		Properties          struct{ Severity string }
	}
	Invocations []struct {
		Notifications []struct{ Message struct{ Text string } } `json:"toolExecutionNotifications"`
	}
}

type sarifLocation struct {
	PhysicalLocation struct {
		ArtifactLocation struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region *struct {
			StartLine int `json:"startLine"`
		}
	} `json:"physicalLocation"`
}

// line is the line that is claimed, or 0.
func (l *sarifLocation) line() int {
	if l.PhysicalLocation.Region == nil {
		return 0
	}
	return l.PhysicalLocation.Region.StartLine
}

func decodeSARIF(t *testing.T, out string) *sarifRun {
	t.Helper()
	runs := decode[struct{ Runs []sarifRun }](t, out).Runs
	if len(runs) != 1 {
		t.Fatalf("%d runs", len(runs))
	}
	return &runs[0]
}

// TestSARIFFollowsTheSchema validates every output, and sees that the schema
// refuses something.
func TestSARIFFollowsTheSchema(t *testing.T) {
	const schema = "testdata/schemas/sarif/sarif-schema-2.1.0.json"
	for name, r := range inputs(t) {
		good := output(t, "sarif", r)
		if err := golden.Validate(t, schema, good); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, bad := range []string{
			strings.Replace(good, `"level": "error"`, `"level": "fatal"`, 1), strings.Replace(good, `"tool"`, `"tools"`, 1),
		} {
			if golden.Validate(t, schema, bad) == nil {
				t.Errorf("%s: the schema accepts what it should refuse", name)
			}
		}
	}
}

// TestSARIFMeansWhatItSays looks at what no schema sees.
func TestSARIFMeansWhatItSays(t *testing.T) {
	for name, r := range inputs(t) {
		run := decodeSARIF(t, output(t, "sarif", r))
		for _, rule := range run.Tool.Driver.Rules {
			if n := len(rule.Properties.Tags); n == 0 || n > 20 {
				t.Errorf("%s: %s has %d tags", name, rule.ID, n)
			}
			if n := len(rule.FullDescription.Text); n == 0 || n > 1024 || rule.ShortDescription.Text == "" || rule.Help.Text == "" {
				t.Errorf("%s: %s is not described: %d bytes", name, rule.ID, n)
			}
		}
		seen := map[string]bool{}
		for i, v := range run.Results {
			place := fmt.Sprintf("%s: result %d", name, i)
			if run.Tool.Driver.Rules[v.RuleIndex].ID != v.RuleID {
				t.Errorf("%s: the index of %s is that of another rule", place, v.RuleID)
			}
			if (v.Kind == "fail") == (v.Level == "none") || v.Kind == "open" && v.Suppressions != nil {
				t.Errorf("%s: kind %s, level %s, %d suppressions", place, v.Kind, v.Level, len(v.Suppressions))
			}
			if len(v.Locations) != 1 || !staysBelow(v.Locations[0].PhysicalLocation.ArtifactLocation.URI) {
				t.Errorf("%s: %v", place, v.Locations)
			}
			if strings.Contains(v.Message.Text, "](") || strings.Contains(strings.NewReplacer("{{", "", "}}", "").Replace(v.Message.Text), "{") {
				t.Errorf("%s: a link or a placeholder: %s", place, v.Message.Text)
			}
			line := v.PartialFingerprints["primaryLocationLineHash"]
			if line == "" || seen[line] {
				t.Errorf("%s: fingerprint %q", place, line)
			}
			seen[line] = true
		}
	}
}

func staysBelow(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.Scheme == "" && u.Host == "" && u.Path != "" && u.Path[0] != '/' && !slices.Contains(strings.Split(u.Path, "/"), "..")
}

// TestSARIFClaimsNoLineThatIsNotKnown writes results with lines and without.
// GitHub wants one of every result, though not of the facts.
func TestSARIFClaimsNoLineThatIsNotKnown(t *testing.T) {
	var got [][]int
	for _, v := range decodeSARIF(t, output(t, "sarif", saved(t))).Results {
		lines := []int{v.Locations[0].line()}
		for _, fact := range v.Related {
			lines = append(lines, fact.line())
		}
		got = append(got, lines)
	}
	want := [][]int{{4, 4}, {4, 4, 112}, {1, 0}, {1, 0}, {1}, {1, 0}, {1, 0}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("lines %d, want %d", got, want)
	}
}

// TestSARIFSuppressesWhatIsAccepted reads waivers and the baseline back.
func TestSARIFSuppressesWhatIsAccepted(t *testing.T) {
	r := read(t, "testdata/v1/tipster-before.json")
	setFailures(r, func(i int, v *report.Result) {
		switch i {
		case 0:
			v.Waiver = &report.Waiver{Reason: "a test", Owner: "alice", Expires: "2027-01-01"}
		case 1:
			v.Known = true
		}
	})
	var got []string
	for _, v := range decodeSARIF(t, output(t, "sarif", r)).Results {
		for _, s := range v.Suppressions {
			got = append(got, s.Justification)
		}
	}
	if want := []string{"waived until 2027-01-01 by alice: a test", "stands in the baseline"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// setFailures changes the failures, which it counts.
func setFailures(r *report.Results, change func(i int, v *report.Result)) {
	var all []report.Result
	i := 0
	for v := range r.Results {
		if v.Status == "fail" {
			change(i, &v)
			i++
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
}

// TestSARIFKeepsTheWorst writes more results than GitHub takes.
func TestSARIFKeepsTheWorst(t *testing.T) {
	r := many(60_000) // of which 20,000 failed and 10,000 are unknown
	run := decodeSARIF(t, output(t, "sarif", r))
	if len(run.Results) != 25_000 {
		t.Fatalf("%d results", len(run.Results))
	}
	order := []string{"fail critical", "fail high", "fail medium", "fail low", "fail info", "open"}
	last := 0
	for _, v := range run.Results {
		what := v.Kind
		if v.Kind == "fail" {
			what += " " + v.Properties.Severity
		}
		at := slices.Index(order, what)
		if at < last {
			t.Fatalf("%s comes after %s", what, order[last])
		}
		last = at
	}
	const want = "30000 results were found, and the worst 25000 of them are here, which is as many as GitHub takes."
	if n := run.Invocations[0].Notifications; len(n) != 1 || n[0].Message.Text != want {
		t.Errorf("%+v", n)
	}
}

// TestSARIFIsSafe writes what names lead elsewhere, and what no rule is known of.
func TestSARIFIsSafe(t *testing.T) {
	for source, want := range map[string]string{
		"eu-west-1/a.json#/b":            "eu-west-1/a.json",
		"../../etc/passwd#/b":            "etc/passwd",
		"/etc/passwd":                    "etc/passwd",
		"https://example.com/a.json#":    "https%3A/example.com/a.json",
		"eu-west-1/x/arn%3Aaws.json#/b":  "eu-west-1/x/arn%253Aaws.json",
		"eu-west-1/a b\xff?c\\.json#/b":  "eu-west-1/a%20b%FF%3Fc%5C.json",
		"":                               "recording.json",
		"#/b":                            "recording.json",
		"javascript:alert(1)/../..//#/b": "recording.json",
	} {
		r := &report.Results{Results: func(yield func(report.Result) bool) {
			yield(report.Result{Rule: "gone", Status: "fail", Severity: "high", Evidence: []report.Evidence{{Source: source}}})
		}}
		run := decodeSARIF(t, output(t, "sarif", r))
		if got := run.Results[0].Locations[0].PhysicalLocation.ArtifactLocation.URI; got != want {
			t.Errorf("%q: %q, want %q", source, got, want)
		}
		if run.Results[0].RuleIndex != -1 {
			t.Errorf("index %d", run.Results[0].RuleIndex)
		}
	}
}

func TestSARIFVersion(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "1.2.3": "1.2.3", "v1.2.3-4-gabc": "1.2.3-4-gabc", "development": "0.0.0-development", "b489822": "0.0.0-b489822",
	} {
		r := &report.Results{Tool: report.Tool{Version: in}, Results: func(func(report.Result) bool) {}}
		if got := decodeSARIF(t, output(t, "sarif", r)).Tool.Driver.Version; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// hidden is what no output may hold: what a terminal obeys, and what changes how
// text looks.
const hidden = "\x00\x07\x08\x1b\r\u202e\u200e\u2066\u2069\ufeff\u2028"

// TestOutputsHoldNothingHidden looks for it in what these formats make of the
// hostile copy.
func TestOutputsHoldNothingHidden(t *testing.T) {
	for _, format := range []string{"csv", "github", "gitlab", "sarif"} {
		out := output(t, format, inputs(t)["hostile"])
		if i := strings.IndexAny(strings.ReplaceAll(out, "\r\n", "\n"), hidden); i >= 0 {
			t.Errorf("%s: %q", format, out[max(0, i-80):i+10])
		}
		if out != strings.ToValidUTF8(out, "?") {
			t.Errorf("%s is no UTF-8", format)
		}
		for _, escape := range []string{`\u001b`, `\u202e`, `\u0000`} { // of JSON, one backslash
			if i := strings.Index(strings.ReplaceAll(out, `\\`, ""), escape); i >= 0 && format != "csv" && format != "github" {
				t.Errorf("%s: %q", format, out[max(0, i-80):i+10])
			}
		}
	}
}
