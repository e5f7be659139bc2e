// Package report writes results to an io.Writer: as text for people, as JSON for
// programs. It knows no flags, no files and no snapshot.
package report

import (
	"fmt"
	"iter"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/internal/topology"
)

// SchemaVersion is the version of the JSON that Results is written as.
const SchemaVersion = "1"

// Results is what a scan found: the public contract of docs/results.schema.json.
// Every key is always there; what is not known is an empty string or list.
type Results struct {
	SchemaVersion string   `json:"schemaVersion"`
	Tool          Tool     `json:"tool"`
	Account       string   `json:"account"` // empty where there are several
	Partition     string   `json:"partition"`
	CapturedAt    string   `json:"capturedAt"` // RFC 3339, or empty
	Accounts      []string `json:"accounts"`
	Regions       []string `json:"regions"`
	// Endpoint is where the calls went if that was not AWS.
	Endpoint string `json:"endpoint"`
	// Interrupted says that the scan was ended before all calls were made.
	Interrupted bool    `json:"interrupted"`
	Summary     Summary `json:"summary"`
	Results     Seq     `json:"results"`
	Rules       []Rule  `json:"rules"`
	Gaps        []Gap   `json:"gaps"`
	// Waivers are those that the scan was given, and what came of them.
	Waivers []gate.Use `json:"waivers"`
	// Baseline is there where the scan was given one.
	Baseline *Baseline `json:"baseline,omitzero"`
	// Topology is what the diagram draws. Files from before that key have none.
	Topology *topology.Topology `json:"topology,omitzero"`

	// only judges anew the results of one status and severity; nil for results
	// that were read.
	only func(status, severity string) Seq
	// whole says that nothing was left out of the list, which saves counting.
	whole bool
}

// Only are the results of one status and, unless that is empty, one severity.
func (r *Results) Only(status, severity string) Seq {
	if r.only != nil {
		return r.only(status, severity)
	}
	return func(yield func(Result) bool) {
		for v := range r.Results {
			if v.Status == status && (severity == "" || v.Severity == severity) && !yield(v) {
				return
			}
		}
	}
}

// LeftOut says how many results were left out of the list by severity, and how
// many of them failed. It is empty where none was.
func (r *Results) LeftOut() string { return r.leftOut().String() }

// Hidden is the number of results that were left out of the list by severity.
func (r *Results) Hidden() int { return r.leftOut().results }

// leftOut are results that are not in the list.
type leftOut struct{ results, failures int }

// leftOut counts what was left out of the list by severity.
func (r *Results) leftOut() leftOut {
	if r.whole {
		return leftOut{}
	}
	s := &r.Summary
	l := leftOut{s.Pass + s.Fail + s.Unknown + s.NotApplicable, s.Fail}
	for v := range r.Results {
		l.results--
		if v.Status == "fail" {
			l.failures--
		}
	}
	return leftOut{max(l.results, 0), max(l.failures, 0)}
}

// String says what is left out. It is empty where nothing is.
func (l leftOut) String() string {
	if l.results == 0 {
		return ""
	}
	return fmt.Sprintf("Left out by severity: %s, of which %s.", plural(l.results, "result", "results"), plural(l.failures, "failure", "failures"))
}

// known is the number of failures that stand in the baseline and are not waived,
// listed or not.
func (r *Results) known() int {
	n := 0
	for i := range r.Rules {
		n += r.Rules[i].Known
	}
	return n
}

// accepted is the number of failures that do not count, listed or not.
func (r *Results) accepted() int { return r.Summary.Waived + r.known() }

// failures says in words how many results failed, listed or not, and how many of
// them do not count. Every format that has such a sentence has this one.
func (r *Results) failures() string {
	s := plural(r.Summary.Fail, "failure", "failures") + r.Summary.bySeverity()
	switch n := r.accepted(); n {
	case 0:
		return s
	case r.Summary.Fail:
		return s + ", all accepted"
	default:
		return s + ", " + number(n) + " of them accepted"
	}
}

// Seq yields the results one after the other, by rule, account, Region and id.
// Some may have been left out by severity; the counts are those of all.
type Seq iter.Seq[Result]

// Tool is the program that judged.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Summary counts the verdicts. Fail counts waived and known failures too.
type Summary struct {
	Pass          int `json:"pass"`
	Fail          int `json:"fail"`
	Unknown       int `json:"unknown"`
	NotApplicable int `json:"not_applicable"`
	Waived        int `json:"waived"`
	// Failures counts all failures by severity: waived and known ones, and those
	// that were left out of the list, too.
	Failures Severities `json:"failures"`
}

// Severities are numbers by severity.
type Severities struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	Info     int `json:"info"`
}

// At is the number at one severity.
func (s *Severities) At(severity string) int {
	switch severity {
	case "critical":
		return s.Critical
	case "high":
		return s.High
	case "medium":
		return s.Medium
	case "low":
		return s.Low
	default:
		return s.Info
	}
}

// Result is the verdict of a rule on a resource.
type Result struct {
	Rule     string     `json:"rule"`
	Status   string     `json:"status"`   // pass, fail, unknown, not_applicable
	Severity string     `json:"severity"` // critical, high, medium, low, info
	Resource Resource   `json:"resource"`
	Message  string     `json:"message"` // completes a sentence that starts with the resource
	Evidence []Evidence `json:"evidence"`
	Missing  []Missing  `json:"missing"` // the calls on which an unknown hangs
	// Fingerprint is the same in every scan and every version: made of rule,
	// account, Region, type and id.
	Fingerprint string `json:"fingerprint"`
	// Waiver is there for a failure that somebody accepted. It does not count.
	Waiver *Waiver `json:"waiver,omitzero"`
	// Known says that the failure stands in the baseline, and that nobody waived
	// it. It does not count.
	Known bool `json:"known,omitzero"`
}

// Waiver says why a failure is accepted, by whom, and until when.
type Waiver struct {
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	Expires string `json:"expires"` // the last day on which it holds, as 2006-01-02
}

// Counts reports whether the result is a failure that nobody accepted: neither
// waived nor in the baseline.
func (r *Result) Counts() bool { return r.Status == "fail" && r.Waiver == nil && !r.Known }

// Baseline says what came of the baseline that the scan was given.
type Baseline struct {
	Known int `json:"known"` // failures that stand in it and are not waived
	// Gone are the entries that fail no more.
	Gone []gate.Failure `json:"gone"`
	// NotJudged counts the entries of which the scan cannot tell: their
	// rule, Region or account was not asked for, or the verdict is unknown.
	NotJudged int `json:"notJudged"`
	// Elsewhere names the accounts and Regions of such entries that are not in the
	// scan, each with what was perhaps meant.
	Elsewhere []string `json:"elsewhere,omitzero"`
}

// Resource is what was judged.
type Resource struct {
	Type    string `json:"type"` // CloudFormation's
	ID      string `json:"id"`   // "*" where the resources of a Region could not be listed
	ARN     string `json:"arn"`
	Account string `json:"account"`
	Region  string `json:"region"`
	Name    string `json:"name"`
}

// Evidence is a fact that a verdict rests on.
type Evidence struct {
	Resource string         `json:"resource"` // an ARN
	Field    string         `json:"field"`
	Value    jsontext.Value `json:"value"` // null where the field is absent
	// Source is the file and the JSON pointer where the fact is recorded.
	Source string `json:"source"`
	// Line is the line of that file on which the resource begins, from 1 on. It is
	// there for the facts of failures and unknowns; files from before that key
	// have none.
	Line int `json:"line,omitzero" jsonschema:"minimum=1"`
}

// Missing is a call that has no answer.
type Missing struct {
	Operation string `json:"operation"`
	Region    string `json:"region"`
	Resource  string `json:"resource"`
}

// Rule is a rule that judged, and what came of it.
type Rule struct {
	ID            string   `json:"id"`
	Title         string   `json:"title"`
	Why           string   `json:"why"`
	Fix           string   `json:"fix"`
	Severity      string   `json:"severity"`
	Pillars       []string `json:"pillars"`
	Practices     []string `json:"practices"`
	Controls      []string `json:"controls"`
	Links         []string `json:"links"`
	Status        string   `json:"status"`
	Pass          int      `json:"pass"`
	Fail          int      `json:"fail"`
	Unknown       int      `json:"unknown"`
	NotApplicable int      `json:"not_applicable"`
	Waived        int      `json:"waived"` // of those that failed
	Known         int      `json:"known"`  // of those that failed
}

// Gap is a call that has no answer, and why.
type Gap struct {
	Account   string `json:"account"`
	Region    string `json:"region"`
	Operation string `json:"operation"`
	Resource  string `json:"resource"`
	Code      string `json:"code"`
	Message   string `json:"message"`
}

// Judged fills in what follows from the outcomes and their review, which may be
// nil: summary, results, rules, waivers and baseline. Results below a severity
// are left out of the list.
func (r *Results) Judged(outcomes []*checks.Outcome, review *gate.Review, from checks.Severity) {
	r.Rules, r.Waivers = []Rule{}, []gate.Use{}
	if review != nil {
		r.Summary.Waived = review.Waived
		r.Waivers = append(r.Waivers, review.Uses...)
		if review.Baseline {
			r.Baseline = &Baseline{Known: review.Known, Gone: review.Gone, NotJudged: review.NotJudged, Elsewhere: review.Elsewhere}
		}
	}
	for _, o := range outcomes {
		r.Summary.Pass += o.Counts.Pass
		r.Summary.Fail += o.Counts.Fail
		r.Summary.Unknown += o.Counts.Unknown
		r.Summary.NotApplicable += o.Counts.NotApplicable
		r.Summary.Failures.add(&o.Counts)
		r.Rules = append(r.Rules, newRule(o, review.Excused(o.Rule.ID)))
	}
	r.whole = from <= checks.Info
	r.Results = seq(outcomes, review, func(v *checks.Result) bool { return v.Severity >= from })
	r.only = func(status, severity string) Seq {
		return seq(outcomes, review, func(v *checks.Result) bool {
			return v.Severity >= from && v.Status.String() == status && (severity == "" || v.Severity.String() == severity)
		})
	}
}

func (s *Severities) add(c *checks.Counts) {
	s.Critical += c.FailAt[checks.Critical]
	s.High += c.FailAt[checks.High]
	s.Medium += c.FailAt[checks.Medium]
	s.Low += c.FailAt[checks.Low]
	s.Info += c.FailAt[checks.Info]
}

// seq judges anew and yields those verdicts that are wanted.
func seq(outcomes []*checks.Outcome, review *gate.Review, wanted func(*checks.Result) bool) Seq {
	return func(yield func(Result) bool) {
		for _, o := range outcomes {
			for v := range o.Results() {
				if wanted(&v) && !yield(newResult(o.Rule, &v, review)) {
					return
				}
			}
		}
	}
}

func newRule(o *checks.Outcome, excused gate.Excused) Rule {
	r := Rule{
		ID: o.Rule.ID, Title: o.Rule.Title, Why: o.Rule.Why, Fix: o.Rule.Fix, Severity: o.Rule.Severity.String(),
		Pillars: []string{}, Practices: orEmpty(o.Rule.Practices), Controls: orEmpty(o.Rule.Controls), Links: orEmpty(o.Rule.Links),
		Status: o.Counts.Status().String(), Pass: o.Counts.Pass, Fail: o.Counts.Fail, Unknown: o.Counts.Unknown, NotApplicable: o.Counts.NotApplicable,
		Waived: excused.Waived, Known: excused.Known,
	}
	for _, p := range o.Rule.Pillars {
		r.Pillars = append(r.Pillars, string(p))
	}
	return r
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func newResult(rule *checks.Rule, v *checks.Result, review *gate.Review) Result {
	scope := v.Subject.Scope()
	r := Result{
		Rule: rule.ID, Status: v.Status.String(), Severity: v.Severity.String(), Message: v.Message,
		Resource: Resource{
			Type: v.Subject.ResourceType(), ID: v.Subject.ID(), ARN: v.Subject.ARN(),
			Account: scope.Account, Region: scope.Region, Name: v.Subject.Name(),
		},
		Evidence: []Evidence{}, Missing: []Missing{},
	}
	for _, e := range v.Evidence {
		value, source := e.Lookup()
		fact := Evidence{Resource: e.Resource.ARN(), Field: e.Field, Value: canonical(value), Source: source}
		if v.Status == checks.StatusFail || v.Status == checks.StatusUnknown {
			fact.Line = e.Resource.Line()
		}
		r.Evidence = append(r.Evidence, fact)
	}
	for _, g := range v.Missing {
		r.Missing = append(r.Missing, Missing{Operation: string(g.Operation), Region: g.Region, Resource: g.Resource})
	}
	r.Fingerprint = checks.Fingerprint(r.Rule, r.Resource.Account, r.Resource.Region, r.Resource.Type, r.Resource.ID)
	if v.Status == checks.StatusFail {
		var w *gate.Waiver
		if w, r.Known = review.Of(rule.ID, v); w != nil {
			r.Waiver = &Waiver{Reason: w.Reason, Owner: w.Owner, Expires: w.Expires}
		}
	}
	return r
}
