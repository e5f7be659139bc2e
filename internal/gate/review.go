package gate

import (
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/nearest"
)

// Exceptions are the failures that do not count.
type Exceptions struct {
	Waivers []Waiver
	// Baseline has the failures that were known before. It may be nil.
	Baseline *Baseline
	// Today is the day on which waivers have to hold, as 2006-01-02.
	Today string
}

// State says what came of a waiver.
type State string

// The states.
const (
	Used      State = "used"       // it waives a failure
	Expired   State = "expired"    // its day has gone; it waives nothing
	Unmatched State = "unmatched"  // there is no such failure
	NotJudged State = "not_judged" // whether there is such a failure was not asked, or is unknown
)

// Use is a waiver and what came of it.
type Use struct {
	Waiver
	State   State `json:"state"`
	Results int   `json:"results"` // the failures that it matches
	// Elsewhere names the account or Region of a waiver that is not judged because
	// the scan has no such account or Region, and what was perhaps meant.
	Elsewhere string `json:"elsewhere,omitzero"`
}

// Excused counts the failures of a rule that do not count.
type Excused struct {
	Waived, Known int
	at            [checks.Critical + 1]int
}

func (e Excused) from(s checks.Severity) int {
	n := 0
	for _, k := range e.at[s:] {
		n += k
	}
	return n
}

// Review is what the exceptions mean for the outcomes of one scan. A nil Review
// excuses nothing.
type Review struct {
	// Uses are the waivers in the order of the file.
	Uses []Use
	// Waived and Known count the failures that are waived, and those that stand in
	// the baseline and are not waived.
	Waived, Known int
	// Baseline says that there is one.
	Baseline bool
	// Gone are the entries of the baseline that fail no more.
	Gone []Failure
	// NotJudged counts the entries of the baseline of which the scan cannot tell.
	NotJudged int
	// Elsewhere names the accounts and Regions of those entries that the scan does
	// not have.
	Elsewhere []string

	today   string
	byRule  map[string]*candidates
	excused map[string]Excused
}

// candidates are the exceptions that may concern a rule.
type candidates struct {
	exact    map[string][]int // waivers by resource
	patterns []int            // waivers with a wildcard in the resource
	known    map[string]*entry
}

// entry is a failure of the baseline while it is looked for.
type entry struct {
	*Failure
	found, unknown bool
}

// NewReview looks at the failures of the outcomes, and at what is unknown, in
// one pass. It is nil where there are no exceptions.
func NewReview(outcomes []*checks.Outcome, x Exceptions) *Review {
	if len(x.Waivers) == 0 && x.Baseline == nil {
		return nil
	}
	r := &Review{Baseline: x.Baseline != nil, today: x.Today, byRule: map[string]*candidates{}, excused: map[string]Excused{}, Gone: []Failure{}}
	for _, w := range x.Waivers {
		r.Uses = append(r.Uses, Use{Waiver: w, State: NotJudged})
	}
	for _, o := range outcomes {
		r.byRule[o.Rule.ID] = r.candidates(o.Rule.ID)
	}
	if x.Baseline != nil {
		for i := range x.Baseline.Failures {
			f := &x.Baseline.Failures[i]
			if c := r.byRule[f.Rule]; c != nil {
				c.known[f.Fingerprint] = &entry{Failure: f}
			}
		}
	}
	for _, o := range outcomes {
		r.reached(o)
	}
	for _, o := range outcomes {
		r.look(o)
	}
	at := placesOf(outcomes)
	r.settle(at)
	r.gone(at, x.Baseline)
	return r
}

// settle says of each waiver what it comes to, once all is looked at.
func (r *Review) settle(at *places) {
	for i := range r.Uses {
		w := &r.Uses[i]
		if w.Expires < r.today {
			w.State = Expired
		}
		if w.State == NotJudged {
			w.Elsewhere = at.lack(w.Account, w.Region)
		}
	}
}

// places are the accounts and Regions of a scan.
type places struct {
	accounts, regions []string
	both              map[[2]string]bool
}

func placesOf(outcomes []*checks.Outcome) *places {
	p := &places{both: map[[2]string]bool{}}
	for _, o := range outcomes {
		for _, scope := range o.Scopes() {
			if at := [2]string{scope.Account, scope.Region}; !p.both[at] {
				p.both[at] = true
				p.accounts = append(p.accounts, scope.Account)
				p.regions = append(p.regions, scope.Region)
			}
		}
	}
	slices.Sort(p.accounts)
	slices.Sort(p.regions)
	p.accounts, p.regions = slices.Compact(p.accounts), slices.Compact(p.regions)
	return p
}

// lack names the account or the Region that the places do not have, where one or
// the other is not among them.
func (p *places) lack(account, region string) string {
	if !slices.ContainsFunc(p.accounts, func(a string) bool { return matches(account, a) }) {
		return "account " + account + nearest.Hint(account, p.accounts)
	}
	if !slices.ContainsFunc(p.regions, func(r string) bool { return matches(region, r) }) {
		return "Region " + region + nearest.Hint(region, p.regions)
	}
	return ""
}

func (r *Review) candidates(rule string) *candidates {
	c := &candidates{exact: map[string][]int{}, known: map[string]*entry{}}
	for i, w := range r.Uses {
		switch {
		case !matches(w.Rule, rule):
		case strings.Contains(w.Resource, "*"):
			c.patterns = append(c.patterns, i)
		default:
			c.exact[w.Resource] = append(c.exact[w.Resource], i)
		}
	}
	return c
}

// reached takes the waivers that an outcome could have something for as matching
// nothing, until something is found.
func (r *Review) reached(o *checks.Outcome) {
	for i := range r.Uses {
		w := &r.Uses[i]
		if w.State != NotJudged || !matches(w.Rule, o.Rule.ID) {
			continue
		}
		for _, scope := range o.Scopes() {
			if matches(w.Region, scope.Region) && matches(w.Account, scope.Account) {
				w.State = Unmatched
			}
		}
	}
}

// look goes through what failed and what is unknown of one outcome, if any
// exception may concern it.
func (r *Review) look(o *checks.Outcome) {
	c := r.byRule[o.Rule.ID]
	if len(c.exact)+len(c.patterns)+len(c.known) == 0 || o.Counts.Fail+o.Counts.Unknown == 0 {
		return
	}
	for v := range o.Results() {
		switch v.Status {
		case checks.StatusFail:
			r.failed(o.Rule.ID, &v)
		case checks.StatusUnknown:
			r.unknown(o.Rule.ID, &v)
		case checks.StatusPass, checks.StatusNotApplicable:
		}
	}
}

func (r *Review) failed(rule string, v *checks.Result) {
	for _, i := range r.waivers(rule, v) {
		r.Uses[i].Results++
		r.Uses[i].State = Used
	}
	e := r.byRule[rule].known[fingerprint(rule, v)]
	if e != nil {
		e.found = true
	}
	excused := r.excused[rule]
	switch w, known := r.Of(rule, v); {
	case w != nil:
		r.Waived++
		excused.Waived++
	case known:
		r.Known++
		excused.Known++
	default:
		return
	}
	excused.at[v.Severity]++
	r.excused[rule] = excused
}

// unknown keeps what cannot be judged from being called gone or unmatched.
func (r *Review) unknown(rule string, v *checks.Result) {
	c := r.byRule[rule]
	if v.Subject.ID() != checks.Unlisted {
		for _, i := range r.waivers(rule, v) {
			r.undecided(i)
		}
		if e := c.known[fingerprint(rule, v)]; e != nil {
			e.unknown = true
		}
		return
	}
	scope := v.Subject.Scope()
	for i, w := range r.Uses {
		if matches(w.Rule, rule) && matches(w.Region, scope.Region) && matches(w.Account, scope.Account) {
			r.undecided(i)
		}
	}
	for _, e := range c.known {
		if e.Resource.Account == scope.Account && e.Resource.Region == scope.Region {
			e.unknown = true
		}
	}
}

func (r *Review) undecided(i int) {
	if r.Uses[i].State == Unmatched {
		r.Uses[i].State = NotJudged
	}
}

// gone sorts out which entries of the baseline fail no more. An entry tells
// nothing where its rule, Region or account was not asked for, or where it is unknown.
func (r *Review) gone(at *places, b *Baseline) {
	if b == nil {
		return
	}
	for _, f := range b.Failures {
		var e *entry
		if c := r.byRule[f.Rule]; c != nil {
			e = c.known[f.Fingerprint]
		}
		switch {
		case e != nil && e.found:
		case e == nil || e.unknown || !at.both[[2]string{f.Resource.Account, f.Resource.Region}]:
			r.NotJudged++
			if lack := at.lack(f.Resource.Account, f.Resource.Region); lack != "" && !slices.Contains(r.Elsewhere, lack) {
				r.Elsewhere = append(r.Elsewhere, lack)
			}
		default:
			f.More = nil // no part of a report
			r.Gone = append(r.Gone, f)
		}
	}
}

// waivers are the numbers of all waivers that match a verdict, in order, expired
// ones too.
func (r *Review) waivers(rule string, v *checks.Result) []int {
	c := r.byRule[rule]
	id, arn, scope := v.Subject.ID(), v.Subject.ARN(), v.Subject.Scope()
	all := slices.Concat(c.exact[id], c.exact[arn])
	for _, i := range c.patterns {
		if matches(r.Uses[i].Resource, id) || matches(r.Uses[i].Resource, arn) {
			all = append(all, i)
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(i int) bool {
		return !matches(r.Uses[i].Region, scope.Region) || !matches(r.Uses[i].Account, scope.Account)
	})
}

// Of says why a failure does not count: the first waiver that holds for it, or
// else that the baseline knows it.
func (r *Review) Of(rule string, v *checks.Result) (*Waiver, bool) {
	if r == nil || r.byRule[rule] == nil {
		return nil, false
	}
	for _, i := range r.waivers(rule, v) {
		if r.Uses[i].Expires >= r.today {
			return &r.Uses[i].Waiver, false
		}
	}
	return nil, r.byRule[rule].known[fingerprint(rule, v)] != nil
}

// Excused counts the failures of a rule that do not count.
func (r *Review) Excused(rule string) Excused {
	if r == nil {
		return Excused{}
	}
	return r.excused[rule]
}

func fingerprint(rule string, v *checks.Result) string {
	scope := v.Subject.Scope()
	return checks.Fingerprint(rule, scope.Account, scope.Region, v.Subject.ResourceType(), v.Subject.ID())
}
