package report_test

import (
	"fmt"

	"github.com/buttress/buttress/report"
)

// many are n results of 50 rules: a third failed, of all severities in turn, and
// a sixth are unknown.
func many(n int) *report.Results {
	const rules = 50
	severities := []string{"info", "low", "medium", "high", "critical"}
	r := &report.Results{
		SchemaVersion: report.SchemaVersion, Tool: report.Tool{Name: "buttress", Version: "1.2.3"}, Partition: "aws",
		Account: "111122223333", Accounts: []string{"111122223333"}, CapturedAt: "2026-11-23T10:00:00Z", Regions: []string{"eu-west-1"},
	}
	for i := range rules {
		r.Rules = append(r.Rules, report.Rule{
			ID: fmt.Sprintf("rule-%02d", i), Title: "Something holds", Why: "It matters.", Fix: "Change it.\n\n    aws change it",
			Severity: severities[i%5], Pillars: []string{"security"}, Status: "fail",
		})
	}
	facts := make([][]report.Evidence, 1000) // shared, so that a large account can be held
	for i := range facts {
		facts[i] = evidence(i)
	}
	all := make([]report.Result, n)
	for i := range all {
		id := fmt.Sprintf("i-%017x", i)
		all[i] = report.Result{
			Rule: r.Rules[i*rules/n].ID, Status: []string{"fail", "pass", "unknown", "pass", "fail", "not_applicable"}[i%6], Severity: severities[i/6%5],
			Resource: report.Resource{
				Type: "AWS::EC2::Instance", ID: id, ARN: "arn:aws:ec2:eu-west-1:111122223333:instance/" + id,
				Account: r.Account, Region: "eu-west-1", Name: "server " + id,
			},
			Message:  "does not do what it should, and says so at a length that is usual",
			Evidence: facts[i%len(facts)], Missing: []report.Missing{}, Fingerprint: fmt.Sprintf("%032x", i),
		}
		count(&r.Summary, &all[i])
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

// evidence are the facts of one instance.
func evidence(i int) (all []report.Evidence) {
	for _, field := range []string{"MetadataOptions/HttpTokens", "State/Name", "Placement/AvailabilityZone"} {
		all = append(all, report.Evidence{
			Resource: fmt.Sprintf("arn:aws:ec2:eu-west-1:111122223333:instance/i-%017x", i), Field: field, Value: []byte(`"some value"`),
			Source: fmt.Sprintf("eu-west-1/ec2-describe-instances.json#/Reservations/%d/Instances/0/%s", i, field),
		})
	}
	return all
}

func count(s *report.Summary, v *report.Result) {
	switch v.Status {
	case "pass":
		s.Pass++
	case "fail":
		s.Fail++
	case "unknown":
		s.Unknown++
	default:
		s.NotApplicable++
	}
}
