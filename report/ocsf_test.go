package report_test

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/buttress/buttress/report"
)

func lines(out string) []string { return strings.Split(strings.TrimSuffix(out, "\n"), "\n") }

// TestOCSFFollowsTheSchema validates every event of every output, and sees that
// the schema refuses something.
func TestOCSFFollowsTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("testdata/schemas/ocsf/compliance_finding-1.6.0.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	validate := func(text string) error {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			return err
		}
		return schema.Validate(v)
	}
	for name, r := range ocsfInputs(t) {
		all := lines(output(t, "ocsf", r))
		if n := r.Summary.Pass + r.Summary.Fail + r.Summary.Unknown + r.Summary.NotApplicable; len(all) != n {
			t.Errorf("%s: %d events of %d results", name, len(all), n)
		}
		for _, good := range all {
			if err := validate(good); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, good)
			}
		}
		for _, bad := range []string{
			strings.Replace(all[0], `"class_uid":2003`, `"class_uid":2004`, 1), strings.Replace(all[0], `"severity_id":`, `"severity_id":1`, 1),
			strings.Replace(all[0], `"time":`, `"time":"`, 1), strings.Replace(all[0], `"meta`, `"beta`, 1),
			strings.Replace(all[0], `"provider":"AWS"`, `"supplier":"AWS"`, 1), strings.Replace(all[0], `"control":`, `"controls":`, 1),
		} {
			if validate(bad) == nil {
				t.Errorf("%s: the schema accepts what it should refuse: %s", name, bad)
			}
		}
	}
}

// ocsfInputs are all inputs, and one of which little is known.
func ocsfInputs(t *testing.T) map[string]*report.Results {
	t.Helper()
	all := inputs(t)
	all["bare"] = bare()
	return all
}

// bare are results of which little is known: no account, no time, no rule.
func bare() *report.Results {
	return &report.Results{
		Summary: report.Summary{Fail: 1},
		Results: func(yield func(report.Result) bool) {
			yield(report.Result{Rule: "some-rule", Status: "fail", Severity: "high", Resource: report.Resource{ID: "*"}})
		},
	}
}

type ocsfEvent struct {
	Time     int64
	StatusID int `json:"status_id"`
	Comment  string
	Metadata struct {
		IsTruncated bool `json:"is_truncated"`
	}
}

// TestOCSFSaysWhatIsAccepted suppresses waived and known failures, and says why.
func TestOCSFSaysWhatIsAccepted(t *testing.T) {
	r := read(t, "testdata/v1/tipster-before.json")
	acceptTwo(r)
	var got []string
	for _, line := range lines(output(t, "ocsf", r)) {
		if e := decode[ocsfEvent](t, line); e.StatusID == 3 {
			got = append(got, e.Comment)
		}
	}
	if want := "waived until 2027-01-01 by alice: a test, stands in the baseline"; strings.Join(got, ", ") != want {
		t.Errorf("%q", got)
	}
}

// TestOCSFSaysThatItIsCut bounds the size of an event.
func TestOCSFSaysThatItIsCut(t *testing.T) {
	cut := 0
	for _, line := range lines(output(t, "ocsf", inputs(t)["hostile"])) {
		if len(line) > 64_000 {
			t.Errorf("an event of %d bytes", len(line))
		}
		if decode[ocsfEvent](t, line).Metadata.IsTruncated {
			cut++
		}
	}
	if cut == 0 {
		t.Error("no event says that it was cut")
	}
	for _, line := range lines(output(t, "ocsf", saved(t))) {
		if decode[ocsfEvent](t, line).Metadata.IsTruncated {
			t.Errorf("says that it was cut: %s", line)
		}
	}
}
