package report_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/buttress/buttress/report"
)

type asffFinding struct {
	SchemaVersion, ID, ProductArn, GeneratorID, AwsAccountID, CreatedAt, UpdatedAt, Title, Description, RecordState string
	Types                                                                                                           []string
	Severity                                                                                                        struct{ Label, Original string }
	Remediation                                                                                                     *struct {
		Recommendation struct{ Text, URL string }
	}
	ProductFields map[string]string
	Resources     []struct{ Type, ID, Partition, Region string }
	Compliance    struct {
		Status              string
		RelatedRequirements []string
	}
	Workflow struct{ Status string }
	Note     *struct{ Text, UpdatedBy, UpdatedAt string }
}

// productARN is the one of an account's own findings.
var productARN = regexp.MustCompile(`^arn:aws[a-z-]*:securityhub:[a-z]+(?:-[a-z]+)+-[0-9]+:([0-9]{12}):product/([0-9]{12})/default$`)

// TestASFFKeepsTheLimits holds every finding to what botocore does not look at:
// the words of an enumeration, the lengths, the form of an ARN and of a time.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html
func TestASFFKeepsTheLimits(t *testing.T) {
	all := inputs(t)
	all["bare"] = bare()
	for name, r := range all {
		ids := map[string]bool{}
		for _, f := range decode[[]asffFinding](t, output(t, "asff", r)) {
			if ids[f.ID] {
				t.Errorf("%s: %s stands twice", name, f.ID)
			}
			ids[f.ID] = true
			for _, problem := range f.problems() {
				t.Errorf("%s: %s: %s", name, f.ID, problem)
			}
		}
		if n := r.Summary.Pass + r.Summary.Fail + r.Summary.Unknown + r.Summary.NotApplicable; len(ids) != n {
			t.Errorf("%s: %d findings of %d results", name, len(ids), n)
		}
	}
}

func (f *asffFinding) problems() (all []string) {
	texts := func(place string, limit int, texts ...string) {
		for _, s := range texts {
			if len(s) > limit || strings.TrimSpace(s) == "" {
				all = append(all, place+": "+s)
			}
		}
	}
	word := func(place, s string, words ...string) {
		if !slices.Contains(words, s) {
			all = append(all, place+": "+s)
		}
	}
	word("SchemaVersion", f.SchemaVersion, "2018-10-08")
	word("Severity", f.Severity.Label, "INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")
	word("Compliance", f.Compliance.Status, "PASSED", "WARNING", "FAILED", "NOT_AVAILABLE")
	word("Workflow", f.Workflow.Status, "NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED")
	word("RecordState", f.RecordState, "ACTIVE", "ARCHIVED")
	texts("an id", 512, f.ID, f.GeneratorID, f.Resources[0].ID)
	texts("Title", 256, f.Title, f.Resources[0].Type)
	texts("Description", 1024, f.Description)
	texts("RelatedRequirements", 64, f.Compliance.RelatedRequirements...)
	if f.Remediation != nil && f.Remediation.Recommendation.Text != "" {
		texts("Recommendation", 512, f.Remediation.Recommendation.Text)
	}
	if f.Note != nil {
		texts("Note", 512, f.Note.Text, f.Note.UpdatedBy)
	}
	for key, value := range f.ProductFields {
		texts("ProductFields", 128, key)
		texts(key, 2048, value)
	}
	if len(f.ProductFields) > 50 || len(f.Resources) != 1 || len(f.Compliance.RelatedRequirements) > 32 || len(f.Types) > 50 {
		all = append(all, "too many items")
	}
	for _, s := range f.Types {
		namespace, _, _ := strings.Cut(s, "/")
		word("Types", namespace, "Software and Configuration Checks")
	}
	if m := productARN.FindStringSubmatch(f.ProductArn); m == nil || m[1] != f.AwsAccountID || m[2] != f.AwsAccountID {
		all = append(all, "ProductArn: "+f.ProductArn)
	}
	for _, s := range []string{f.CreatedAt, f.UpdatedAt} {
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			all = append(all, err.Error())
		}
	}
	return all
}

// TestASFFStatuses shows what becomes of each status.
func TestASFFStatuses(t *testing.T) {
	r := saved(t)
	acceptTwo(r)
	var got []string
	for _, f := range decode[[]asffFinding](t, output(t, "asff", r)) {
		line := strings.Join([]string{f.ProductFields["buttress/Status"], f.Compliance.Status, f.Severity.Label, f.Workflow.Status, f.RecordState}, " ")
		if f.Note != nil {
			line += ": " + f.Note.Text
		}
		got = append(got, line)
	}
	want := []string{
		"fail FAILED CRITICAL SUPPRESSED ACTIVE: waived until 2027-01-01 by alice: a test",
		"pass PASSED INFORMATIONAL RESOLVED ACTIVE",
		"not_applicable NOT_AVAILABLE INFORMATIONAL RESOLVED ARCHIVED",
		"fail FAILED MEDIUM SUPPRESSED ACTIVE: stands in the baseline",
		"fail FAILED INFORMATIONAL NEW ACTIVE",
		"unknown WARNING MEDIUM NEW ACTIVE",
		`fail FAILED MEDIUM SUPPRESSED ACTIVE: waived until 2027-01-31 by platform team \u202egnp: nothing runs here until the move, see https://example.com/move \x1b[1m`,
		"fail FAILED MEDIUM SUPPRESSED ACTIVE: stands in the baseline",
		"unknown WARNING HIGH NEW ACTIVE",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

// TestASFFWithoutAnARN names the account where the resources of a Region could
// not be listed, as Security Hub does.
func TestASFFWithoutAnARN(t *testing.T) {
	for name, want := range map[string]struct {
		r                      *report.Results
		kind, id, arn, created string
	}{
		"a Region": {saved(t), "AwsAccount", "AWS::::Account:111122223333", "arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default", "2026-11-23T10:00:00Z"},
		"bare":     {bare(), "AwsAccount", "AWS::::Account:000000000000", "arn:aws:securityhub:us-east-1:000000000000:product/000000000000/default", "1970-01-01T00:00:00Z"},
	} {
		all := decode[[]asffFinding](t, output(t, "asff", want.r))
		f := all[len(all)-1]
		if f.Resources[0].Type != want.kind || f.Resources[0].ID != want.id || f.ProductArn != want.arn || f.CreatedAt != want.created {
			t.Errorf("%s: %+v", name, f)
		}
	}
}
