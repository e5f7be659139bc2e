package diff

import (
	"iter"
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/report"
)

// side is one of the results, with what is looked up in it.
type side struct {
	r            *report.Results
	otherAccount bool // accounts do not tell resources apart
	titles       map[string]string
	verdicts     map[string]state
	resources    map[string]bool
	// unlisted are the verdicts that stand for all resources of a Region.
	unlisted map[string]*report.Result
}

// state is a verdict in short.
type state struct{ status, severity string }

func newSide(r *report.Results, otherAccount bool) *side {
	s := &side{
		r: r, otherAccount: otherAccount, titles: map[string]string{}, verdicts: map[string]state{},
		resources: map[string]bool{}, unlisted: map[string]*report.Result{},
	}
	for _, rule := range r.Rules {
		s.titles[rule.ID] = rule.Title
	}
	for v := range r.Results {
		if v.Resource.ID == checks.Unlisted {
			s.unlisted[s.list(v.Rule, &v.Resource)] = &v
			continue
		}
		s.verdicts[s.verdict(v.Rule, &v.Resource)] = state{v.Status, v.Severity}
		s.resources[s.resource(&v.Resource)] = true
	}
	return s
}

// resource is the key of a resource.
func (s *side) resource(r *report.Resource) string {
	account := r.Account
	if s.otherAccount {
		account = ""
	}
	return strings.Join([]string{r.Type, account, r.Region, r.ID}, "\x00")
}

// verdict is the key of a verdict.
func (s *side) verdict(rule string, r *report.Resource) string {
	return rule + "\x00" + s.resource(r)
}

// list is the key of all resources of a Region that a rule judges.
func (s *side) list(rule string, r *report.Resource) string {
	return s.verdict(rule, &report.Resource{Type: r.Type, Account: r.Account, Region: r.Region, ID: checks.Unlisted})
}

// listed are the results on resources: all but those that stand for a Region.
func (s *side) listed() iter.Seq[report.Result] {
	return func(yield func(report.Result) bool) {
		for v := range s.r.Results {
			if v.Resource.ID != checks.Unlisted && !yield(v) {
				return
			}
		}
	}
}

// state is what this side says of a resource. Where it says nothing, that means
// something only if it looked.
func (s *side) state(rule string, r *report.Resource) state {
	if v, ok := s.verdicts[s.verdict(rule, r)]; ok {
		return v
	}
	if _, ok := s.titles[rule]; !ok || !slices.Contains(s.r.Regions, r.Region) || !s.otherAccount && !slices.Contains(s.r.Accounts, r.Account) {
		return state{status: notJudged}
	}
	if v := s.unlisted[s.list(rule, r)]; v != nil {
		return state{v.Status, v.Severity}
	}
	return state{status: absent}
}

// describe says what this side is, and what it has that the other has not.
func (s *side) describe(other *side) Side {
	d := Side{
		Tool: s.r.Tool, Accounts: append([]string{}, s.r.Accounts...), Regions: append([]string{}, s.r.Regions...),
		CapturedAt: s.r.CapturedAt, Interrupted: s.r.Interrupted, Fail: s.r.Summary.Fail, Unknown: s.r.Summary.Unknown, OnlyRules: []string{},
	}
	for _, rule := range s.r.Rules {
		if _, ok := other.titles[rule.ID]; !ok {
			d.OnlyRules = append(d.OnlyRules, rule.ID)
		}
	}
	return d
}
