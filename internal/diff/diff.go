// Package diff says what changed between two results of scans: what began to
// fail, what was mended, what came and went, and which recorded fields changed a
// verdict. It knows no flags, no files and no snapshot.
package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/report"
)

// SchemaVersion is the version of the JSON that a Diff is written as.
const SchemaVersion = "1"

// Diff is what changed: the public contract of docs/diff.schema.json. Every key
// is always there; what is not known is an empty string or list.
type Diff struct {
	SchemaVersion string      `json:"schemaVersion"`
	Tool          report.Tool `json:"tool"` // that compared
	Before        Side        `json:"before"`
	After         Side        `json:"after"`
	// OtherAccount says that the sides are one account each, and not the same: a
	// resource is the same where Region, type and id are.
	OtherAccount bool    `json:"otherAccount"`
	Summary      Summary `json:"summary"`
	// Changes are sorted by kind, severity, rule and resource.
	Changes []Change `json:"changes"`
	// Appeared and Went are resources that some rule judges, whatever it says.
	Appeared []report.Resource `json:"appeared"`
	Went     []report.Resource `json:"went"`
}

// Side is one of the two.
type Side struct {
	Tool       report.Tool `json:"tool"`
	Accounts   []string    `json:"accounts"`
	Regions    []string    `json:"regions"`
	CapturedAt string      `json:"capturedAt"` // RFC 3339, or empty
	// Interrupted says that the scan was ended before all calls were made.
	Interrupted bool `json:"interrupted"`
	Fail        int  `json:"fail"`
	Unknown     int  `json:"unknown"`
	// OnlyRules are rules that judged on this side and not on the other.
	OnlyRules []string `json:"onlyRules"`
}

// Summary counts the changes.
type Summary struct {
	// New counts by severity the failures that were none before, and that nobody
	// waived and no baseline knows.
	New             report.Severities `json:"new"`
	BeganToFail     int               `json:"began_to_fail"`
	AppearedFailing int               `json:"appeared_failing"`
	SeverityChanged int               `json:"severity_changed"`
	BecameUnknown   int               `json:"became_unknown"`
	JudgedAgain     int               `json:"judged_again"`
	Mended          int               `json:"mended"`
	Went            int               `json:"went"`
	StillFailing    int               `json:"still_failing"` // at the same severity
}

// Kind says how a verdict changed.
type Kind string

// The kinds, in the order in which changes are told.
const (
	BeganToFail     Kind = "began_to_fail"    // it did not fail before
	AppearedFailing Kind = "appeared_failing" // the resource was not there before
	SeverityChanged Kind = "severity_changed" // it failed before, and fails
	BecameUnknown   Kind = "became_unknown"   // it was judged before
	JudgedAgain     Kind = "judged_again"     // it was not judged before
	Mended          Kind = "mended"           // it failed before
	Went            Kind = "went"             // it failed before, and the resource is there no more
)

var kinds = []Kind{BeganToFail, AppearedFailing, SeverityChanged, BecameUnknown, JudgedAgain, Mended, Went}

// What a verdict may be besides the statuses of a result.
const (
	absent    = "absent"     // the resource is not there
	notJudged = "not_judged" // its rule or its Region was not asked for
)

// Change is a verdict that changed.
type Change struct {
	Kind     Kind            `json:"kind"`
	Rule     string          `json:"rule"`
	Title    string          `json:"title"`
	Severity string          `json:"severity"` // of the later failure, or else of the earlier one
	Resource report.Resource `json:"resource"`
	Before   Verdict         `json:"before"`
	After    Verdict         `json:"after"`
	// New says that it is a failure that was none before, and that nobody waived
	// and no baseline knows.
	New bool `json:"new"`
	// Fields are the facts that differ between what the two verdicts rest on.
	Fields []Field `json:"fields"`
	// Missing are the calls on which an unknown verdict hangs, the later one if
	// both are.
	Missing []report.Missing `json:"missing"`
}

// Verdict is one side of a change.
type Verdict struct {
	Status   string `json:"status"` // pass, fail, unknown, not_applicable, absent, not_judged
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

// Field is a recorded fact that differs, or that only one side rests on. The
// source of a side that does not rest on it is empty.
type Field struct {
	Resource     string         `json:"resource"` // an ARN
	Field        string         `json:"field"`
	From         jsontext.Value `json:"from"` // null where the field is absent
	To           jsontext.Value `json:"to"`
	SourceBefore string         `json:"sourceBefore"`
	SourceAfter  string         `json:"sourceAfter"`
}

// Of compares two results, both of which have to hold all verdicts.
func Of(tool report.Tool, before, after *report.Results) *Diff {
	d := &Diff{
		SchemaVersion: SchemaVersion, Tool: tool, Changes: []Change{}, Appeared: []report.Resource{}, Went: []report.Resource{},
		OtherAccount: len(before.Accounts) == 1 && len(after.Accounts) == 1 && before.Accounts[0] != after.Accounts[0],
	}
	a, b := newSide(before, d.OtherAccount), newSide(after, d.OtherAccount)
	d.Before, d.After = a.describe(b), b.describe(a)
	c := &comparison{Diff: d, before: a, after: b, began: map[string]int{}}
	c.later()
	c.earlier()
	slices.SortStableFunc(d.Changes, compareChanges)
	slices.SortFunc(d.Appeared, compareResources)
	slices.SortFunc(d.Went, compareResources)
	d.count()
	return d
}

// Decide says whether something at or above the severity is new, or else whether
// something that was judged is unknown now. After a scan that was interrupted
// nobody knows, whatever the policy allows.
func (d *Diff) Decide(p gate.Policy) gate.Decision {
	if p.FailOn > 0 {
		for _, c := range d.Changes {
			if rank(c.After.Severity) >= p.FailOn && (c.New || c.Kind == SeverityChanged && rank(c.Before.Severity) < p.FailOn) {
				return gate.Broken
			}
		}
	}
	if d.Summary.BecameUnknown > 0 && !p.AllowUnknown || d.After.Interrupted {
		return gate.Unclear
	}
	return gate.Met
}

func rank(severity string) checks.Severity {
	s, err := checks.ParseSeverity(severity)
	if err != nil {
		return checks.Critical // a word of a later version counts
	}
	return s
}

// comparison is a Diff while it is made.
type comparison struct {
	*Diff
	before, after *side
	began         map[string]int // changes that have an earlier verdict, by its key
}

// later goes through what the later side says.
func (d *comparison) later() {
	seen := map[string]bool{}
	for v := range d.after.listed() {
		was := d.before.state(v.Rule, &v.Resource)
		if key := d.after.resource(&v.Resource); was.status == absent && !d.before.resources[key] && !seen[key] {
			seen[key] = true
			d.Appeared = append(d.Appeared, v.Resource)
		}
		switch kind := kindOf(was, state{v.Status, v.Severity}); {
		case kind != "":
			d.began[d.after.verdict(v.Rule, &v.Resource)] = len(d.Changes)
			c := d.after.later(kind, was, &v)
			if u := d.before.unlisted[d.after.list(v.Rule, &v.Resource)]; kind == JudgedAgain && u != nil {
				c.Before.Message, c.Missing = u.Message, append(c.Missing, u.Missing...)
			}
			d.Changes = append(d.Changes, c)
		case v.Status == "fail":
			d.Summary.StillFailing++
		}
	}
}

// earlier goes through what the earlier side says: of what changed, and of what
// the later side says nothing about.
func (d *comparison) earlier() {
	seen := map[string]bool{}
	for v := range d.before.listed() {
		key := d.before.verdict(v.Rule, &v.Resource)
		if i, ok := d.began[key]; ok {
			d.Changes[i].earlier(&v, d.OtherAccount)
		}
		if _, ok := d.after.verdicts[key]; ok {
			continue
		}
		is := d.after.state(v.Rule, &v.Resource)
		if key := d.before.resource(&v.Resource); is.status == absent && !d.after.resources[key] && !seen[key] {
			seen[key] = true
			d.Went = append(d.Went, v.Resource)
		}
		if kind := kindOf(state{v.Status, v.Severity}, is); kind != "" {
			d.Changes = append(d.Changes, d.before.last(kind, &v, is, d.after.unlisted[d.before.list(v.Rule, &v.Resource)]))
		}
	}
}

// kindOf says how a verdict changed; empty means not in a way that is told.
func kindOf(was, is state) Kind {
	judged := was.status == "pass" || was.status == "fail" || was.status == "not_applicable"
	switch is.status {
	case "fail":
		switch {
		case was.status == "fail" && was.severity != is.severity:
			return SeverityChanged
		case was.status == "fail":
			return ""
		case was.status == absent:
			return AppearedFailing
		case judged:
			return BeganToFail
		default:
			return JudgedAgain
		}
	case "unknown", notJudged:
		if judged {
			return BecameUnknown
		}
	case absent:
		if was.status == "fail" {
			return Went
		}
	default:
		switch was.status {
		case "fail":
			return Mended
		case "unknown":
			return JudgedAgain
		}
	}
	return ""
}

// later is a change as its later verdict shows it.
func (s *side) later(kind Kind, was state, v *report.Result) Change {
	c := Change{
		Kind: kind, Rule: v.Rule, Title: s.titles[v.Rule], Severity: v.Severity, Resource: v.Resource,
		Before: Verdict{Status: was.status, Severity: was.severity},
		After:  Verdict{v.Status, v.Severity, v.Message},
		New:    v.Counts() && was.status != "fail",
		Fields: []Field{}, Missing: append([]report.Missing{}, v.Missing...),
	}
	for _, e := range v.Evidence {
		c.Fields = append(c.Fields, Field{Resource: e.Resource, Field: e.Field, From: null, To: e.Value, SourceAfter: e.Source})
	}
	return c
}

// earlier adds the earlier verdict to a change. Facts that both verdicts rest on
// and that did not change are no reason for it.
func (c *Change) earlier(v *report.Result, otherAccount bool) {
	c.Before = Verdict{v.Status, v.Severity, v.Message}
	if v.Status == "fail" && c.After.Status != "fail" {
		c.Severity = v.Severity
	}
	if v.Status == "unknown" {
		c.Missing = append(c.Missing, v.Missing...)
	}
	c.Fields = merged(c.Fields, v.Evidence, func(arn string) string {
		if otherAccount {
			arn = strings.NewReplacer(":"+v.Resource.Account+":", "::", ":"+c.Resource.Account+":", "::").Replace(arn)
		}
		return arn
	})
}

// merged joins the facts of the later verdict with those of the earlier one, and
// leaves out those that are the same. Those on which both rest come first.
func merged(later []Field, earlier []report.Evidence, same func(arn string) string) []Field {
	at := map[[2]string]int{}
	for i, f := range later {
		at[[2]string{same(f.Resource), f.Field}] = i
	}
	var only []Field
	for _, e := range earlier {
		if i, ok := at[[2]string{same(e.Resource), e.Field}]; ok {
			later[i].From, later[i].SourceBefore = e.Value, e.Source
			continue
		}
		only = append(only, was(e))
	}
	fields := slices.DeleteFunc(append(later, only...), func(f Field) bool { return f.both() && string(f.From) == string(f.To) })
	slices.SortStableFunc(fields, func(a, b Field) int { return cmp.Compare(a.order(), b.order()) })
	return fields
}

// was is a fact on which only the earlier verdict rests.
func was(e report.Evidence) Field {
	return Field{Resource: e.Resource, Field: e.Field, From: e.Value, To: null, SourceBefore: e.Source}
}

var null = jsontext.Value("null")

func (f *Field) both() bool { return f.SourceBefore != "" && f.SourceAfter != "" }

// order puts what both sides rest on first.
func (f *Field) order() int {
	if f.both() {
		return 0
	}
	return 1
}

// last is a change of a verdict that has no later one of its own.
func (s *side) last(kind Kind, v *report.Result, is state, unlisted *report.Result) Change {
	c := Change{
		Kind: kind, Rule: v.Rule, Title: s.titles[v.Rule], Severity: v.Severity, Resource: v.Resource,
		Before: Verdict{v.Status, v.Severity, v.Message},
		After:  Verdict{Status: is.status, Severity: is.severity},
		Fields: []Field{}, Missing: []report.Missing{},
	}
	if unlisted != nil {
		c.After.Message = unlisted.Message
		c.Missing = append(c.Missing, unlisted.Missing...)
	}
	for _, e := range v.Evidence {
		c.Fields = append(c.Fields, was(e))
	}
	return c
}

func compareChanges(a, b Change) int {
	return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
		-cmp.Compare(rank(a.Severity), rank(b.Severity)), cmp.Compare(a.Rule, b.Rule), compareResources(a.Resource, b.Resource))
}

func compareResources(a, b report.Resource) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.ID, b.ID))
}

func (d *Diff) count() {
	s := &d.Summary
	counts := map[Kind]*int{
		BeganToFail: &s.BeganToFail, AppearedFailing: &s.AppearedFailing, SeverityChanged: &s.SeverityChanged, BecameUnknown: &s.BecameUnknown,
		JudgedAgain: &s.JudgedAgain, Mended: &s.Mended, Went: &s.Went,
	}
	for _, c := range d.Changes {
		*counts[c.Kind]++
		if c.New {
			s.New.Count(c.Severity)
		}
	}
}
