package diff_test

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/diff"
	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/internal/golden"
	"github.com/buttress/buttress/report"
)

// of are results, each written as "rule id status severity field=value …". The
// id * stands for a Region that could not be listed.
func of(rules string, lines ...string) *report.Results {
	r := &report.Results{
		SchemaVersion: "1", Tool: report.Tool{Name: "buttress", Version: "1.2.3"}, Account: "111122223333",
		Accounts: []string{"111122223333"}, Regions: []string{"eu-west-1"}, CapturedAt: "2026-11-23T10:00:00Z",
	}
	for rule := range strings.FieldsSeq(rules) {
		r.Rules = append(r.Rules, report.Rule{ID: rule, Title: "The title of " + rule})
	}
	var all []report.Result
	for _, line := range lines {
		all = append(all, result(line))
		switch all[len(all)-1].Status {
		case "fail":
			r.Summary.Fail++
		case "unknown":
			r.Summary.Unknown++
		}
	}
	r.Results = func(yield func(report.Result) bool) {
		for _, v := range all {
			if !yield(v) {
				return
			}
		}
	}
	return r
}

func result(line string) report.Result {
	w := strings.Fields(line)
	v := report.Result{
		Rule: w[0], Status: w[2], Severity: w[3], Message: "says " + w[2],
		Resource: report.Resource{Type: "AWS::X::Y", ID: w[1], ARN: "arn:aws:x:eu-west-1:111122223333:y/" + w[1], Account: "111122223333", Region: "eu-west-1"},
	}
	for _, fact := range w[4:] {
		field, value, _ := strings.Cut(fact, "=")
		switch field {
		case "waived":
			v.Waiver = &report.Waiver{Reason: "a test", Owner: "alice", Expires: "2027-01-31"}
		case "known":
			v.Known = true
		case "missing":
			v.Missing = append(v.Missing, report.Missing{Operation: value, Region: "eu-west-1"})
		default:
			v.Evidence = append(v.Evidence, report.Evidence{
				Resource: v.Resource.ARN, Field: field, Value: jsontext.Value(value), Source: "eu-west-1/x.json#/" + w[1] + "/" + field,
			})
		}
	}
	return v
}

func compare(before, after *report.Results) *diff.Diff {
	return diff.Of(report.Tool{Name: "buttress", Version: "1.2.3"}, before, after)
}

// TestKinds walks through everything that may become of a verdict.
func TestKinds(t *testing.T) {
	low := gate.Policy{FailOn: checks.Low}
	for _, c := range []struct {
		before, after string // statuses with severity; absent: another resource; "": nothing was asked
		want          string
		decision      gate.Decision
	}{
		{"pass high", "pass high", "", gate.Met},
		{"pass high", "not_applicable high", "", gate.Met},
		{"fail high", "fail high", "", gate.Met},
		{"unknown high", "unknown high", "", gate.Met},
		{"pass high", "fail high", "began_to_fail new", gate.Broken},
		{"not_applicable high", "fail high", "began_to_fail new", gate.Broken},
		{"pass high", "fail info", "began_to_fail new", gate.Met},
		{"pass high", "fail high waived", "began_to_fail", gate.Met},
		{"pass high", "fail high known", "began_to_fail", gate.Met},
		{"unknown high", "fail high", "judged_again new", gate.Broken},
		{"* unknown high", "fail high", "judged_again new", gate.Broken},
		{"", "fail high", "judged_again new", gate.Broken},
		{"absent", "fail high", "appeared_failing new", gate.Broken},
		{"absent", "pass high", "", gate.Met},
		{"absent", "unknown high", "", gate.Met},
		{"unknown high", "pass high", "judged_again", gate.Met},
		{"", "pass high", "", gate.Met},
		{"fail info", "fail high", "severity_changed", gate.Broken},
		{"fail low", "fail high", "severity_changed", gate.Met},
		{"fail high", "fail info", "severity_changed", gate.Met},
		{"fail high", "pass high", "mended", gate.Met},
		{"fail high", "not_applicable high", "mended", gate.Met},
		{"fail high", "absent", "went", gate.Met},
		{"pass high", "absent", "", gate.Met},
		{"fail high", "unknown high", "became_unknown", gate.Unclear},
		{"fail high", "* unknown high", "became_unknown", gate.Unclear},
		{"pass high", "* unknown high", "became_unknown", gate.Unclear},
		{"pass high", "", "became_unknown", gate.Unclear},
		{"not_applicable high", "unknown high", "became_unknown", gate.Unclear},
	} {
		d := compare(side(c.before), side(c.after))
		var got string
		for _, change := range d.Changes {
			got = string(change.Kind)
			if change.New {
				got += " new"
			}
		}
		if got != c.want || len(d.Changes) > 1 {
			t.Errorf("%q to %q: %d changes, %q, want %q", c.before, c.after, len(d.Changes), got, c.want)
		}
		if got := d.Decide(low); got != c.decision {
			t.Errorf("%q to %q: decision %d, want %d", c.before, c.after, got, c.decision)
		}
		if got := d.Decide(gate.Policy{AllowUnknown: true}); got != gate.Met {
			t.Errorf("%q to %q: decision %d, though nothing counts", c.before, c.after, got)
		}
	}
}

func side(state string) *report.Results {
	switch {
	case state == "":
		return of("other")
	case state == "absent":
		return of("rule")
	case strings.HasPrefix(state, "*"):
		return of("rule", "rule "+state)
	default:
		return of("rule", "rule db "+state)
	}
}

// TestFields compares what two verdicts rest on: changed facts first, then those
// of one side; what is the same is no reason.
func TestFields(t *testing.T) {
	d := compare(of("rule", `rule db pass high Gone=1 MultiAZ=true Same=[1,2]`), of("rule", `rule db fail high New="x" Same=[1,2] MultiAZ=false`))
	var got []string
	for _, f := range d.Changes[0].Fields {
		got = append(got, fmt.Sprintf("%s %s %s %q %q", f.Field, f.From, f.To, f.SourceBefore, f.SourceAfter))
	}
	want := []string{
		`MultiAZ true false "eu-west-1/x.json#/db/MultiAZ" "eu-west-1/x.json#/db/MultiAZ"`,
		`New null "x" "" "eu-west-1/x.json#/db/New"`,
		`Gone 1 null "eu-west-1/x.json#/db/Gone" ""`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestOtherAccount compares one account with another: resources are the same
// without their account.
func TestOtherAccount(t *testing.T) {
	before, after := of("rule", `rule db fail high MultiAZ=false`), of("rule", `rule db pass high MultiAZ=true`)
	after.Account, after.Accounts = "444455556666", []string{"444455556666"}
	after.Results = func(yield func(report.Result) bool) {
		v := result("rule db pass high MultiAZ=true")
		v.Resource.Account = "444455556666"
		v.Evidence[0].Resource = strings.Replace(v.Evidence[0].Resource, "111122223333", "444455556666", 1)
		yield(v)
	}
	d := compare(before, after)
	if !d.OtherAccount || d.Summary.Mended != 1 || len(d.Appeared)+len(d.Went) != 0 || len(d.Changes[0].Fields) != 1 {
		t.Errorf("%+v", d)
	}
}

// everything has a change of each kind, and strings that a stranger may choose.
func everything() *diff.Diff {
	before := of("alpha beta old",
		"alpha began pass critical Open=false Note=\"\u202e<script>\"", "alpha mended fail critical Open=true", "alpha went fail high", "alpha moved fail low Port=22",
		"alpha still fail low", "alpha unread pass high", "alpha waived pass high", "beta * unknown high missing=x:Describe",
		"old began fail low")
	after := of("alpha beta",
		"alpha began fail critical Open=true Zone=\"`a``\"", "alpha mended pass critical Open=false", "alpha moved fail high Port=22 Wide=true",
		"alpha still fail low", "alpha unread unknown high missing=x:Describe", "alpha waived fail high waived",
		"alpha new\x1b[31m@everyone fail medium", "beta began fail high", "beta mended pass high")
	return compare(before, after)
}

// TestFormats holds every format to its golden file, twice.
func TestFormats(t *testing.T) {
	for _, name := range diff.Formats() {
		format, err := diff.FormatNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		var once, twice bytes.Buffer
		for _, b := range []*bytes.Buffer{&once, &twice} {
			if err := format(b, everything(), 0); err != nil {
				t.Fatal(err)
			}
		}
		if once.String() != twice.String() {
			t.Errorf("%s: two runs differ", name)
		}
		golden.Compare(t, "testdata/"+name+".golden", once.String())
		if strings.ContainsAny(once.String(), "\x1b\u202e") && name != "json" {
			t.Errorf("%s: what a terminal obeys is not escaped", name)
		}
	}
	if _, err := diff.FormatNamed("html"); err == nil || err.Error() != `unknown format "html": it is one of json, markdown, text` {
		t.Errorf("%v", err)
	}
}

const schemaFile = "../../docs/diff.schema.json"

// TestSchema generates docs/diff.schema.json from the types, and validates what
// is written.
func TestSchema(t *testing.T) {
	reflector := jsonschema.Reflector{Mapper: func(typ reflect.Type) *jsonschema.Schema {
		if typ == reflect.TypeFor[jsontext.Value]() {
			return jsonschema.TrueSchema
		}
		return nil
	}}
	words := map[string][]any{
		"kind":   {"began_to_fail", "appeared_failing", "severity_changed", "became_unknown", "judged_again", "mended", "went"},
		"status": {"pass", "fail", "unknown", "not_applicable", "absent", "not_judged"},
	}
	golden.Schema(t, schemaFile, "What changed between two scans of Buttress, version 1", reflector, words, &diff.Diff{})
	var b bytes.Buffer
	if err := diff.JSON(&b, everything(), 0); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	if err := golden.Validate(t, schemaFile, good); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		strings.Replace(good, `"mended"`, `"repaired"`, 2),
		strings.Replace(good, `"sourceBefore"`, `"source"`, 1),
		strings.Replace(good, `"missing": []`, `"missing": null`, 1),
	} {
		if golden.Validate(t, schemaFile, bad) == nil {
			t.Error("the schema accepts what it should refuse")
		}
	}
}

// TestMarkdownFitsAComment compares results in which thousands began to fail.
func TestMarkdownFitsAComment(t *testing.T) {
	var verdicts []string
	for i := range 5_000 {
		verdicts = append(verdicts, fmt.Sprintf("rule db-%d fail high MultiAZ=false", i))
	}
	var b bytes.Buffer
	d := compare(of("rule"), of("rule", verdicts...))
	if err := diff.Markdown(&b, d, 0); err != nil {
		t.Fatal(err)
	}
	cut := regexp.MustCompile(`\n\*\*Cut to 65536 bytes\.\*\* Left out: (\d+) more lines of what changed\.\n$`).FindStringSubmatch(b.String())
	if b.Len() > report.MaxComment || cut == nil {
		t.Fatalf("%d bytes, %v", b.Len(), cut)
	}
	lines := strings.Count(b.String(), "\n- ") - 2 // before and after
	if left, err := strconv.Atoi(cut[1]); err != nil || lines+left != 5_000+1 {
		t.Errorf("%d lines and %d left out: %v", lines, left, err)
	}
}
