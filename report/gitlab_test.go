package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/buttress/buttress/internal/golden"
	"github.com/buttress/buttress/report"
)

// TestGitLabFollowsTheSchema validates every output, and sees that the schema
// refuses something.
func TestGitLabFollowsTheSchema(t *testing.T) {
	const schema = "testdata/schemas/gitlab/code-quality.schema.json"
	for name, r := range inputs(t) {
		good := output(t, "gitlab", r)
		if err := golden.Validate(t, schema, good); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		seen := map[string]bool{} // GitLab shows one finding for each
		for _, f := range decode[[]struct{ Fingerprint string }](t, good) {
			if seen[f.Fingerprint] {
				t.Errorf("%s: the fingerprint %s stands twice", name, f.Fingerprint)
			}
			seen[f.Fingerprint] = true
		}
		if strings.HasSuffix(name, "tipster-after") {
			continue // nothing failed
		}
		for _, bad := range []string{
			strings.Replace(good, `"major"`, `"medium"`, 1), strings.Replace(good, `"begin": `, `"begin": -`, 1),
			strings.Replace(good, `"path": "`, `"path": "./`, 1), strings.Replace(good, `"check_name"`, `"check"`, 1),
		} {
			if golden.Validate(t, schema, bad) == nil {
				t.Errorf("%s: the schema accepts what it should refuse", name)
			}
		}
	}
}

// TestGitLabSaysWhatIsAccepted keeps accepted failures as info.
func TestGitLabSaysWhatIsAccepted(t *testing.T) {
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
	for _, f := range decode[[]struct{ Description, Severity string }](t, output(t, "gitlab", r)) {
		if f.Severity == "info" {
			got = append(got, f.Description)
		}
	}
	want := []string{
		"Accepted: tipster-db in eu-west-1 has no automated backups (waived until 2027-01-01 by alice: a test)",
		"Accepted: sg-0e5b72a9d41c83f60 (tipster-db) in eu-west-1 admits the whole internet to the port of a database (stands in the baseline)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
