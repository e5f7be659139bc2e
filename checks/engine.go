package checks

import (
	"iter"
	"runtime"
	"slices"
	"sync"

	"github.com/buttress/buttress/internal/snapshot"
)

// Judge joins a kind of resource with a function that judges one of them.
type Judge struct {
	kind snapshot.Kind
	run  func(*snapshot.Snapshot, scopes) iter.Seq[Result]
}

// scopes says for which scopes a rule misses what it reads.
type scopes map[snapshot.Scope][]*snapshot.Gap

// Result is a verdict on one subject.
type Result struct {
	Subject snapshot.Resource
	Verdict
}

// Each returns a Judge that asks for a verdict on every resource of one kind.
// The function it is given does no I/O, reads no clock and changes nothing.
func Each[T any](kind *snapshot.KindOf[T], judge func(*snapshot.Snapshot, *T) Verdict) Judge {
	return Judge{kind, func(s *snapshot.Snapshot, missing scopes) iter.Seq[Result] {
		return func(yield func(Result) bool) {
			rows := kind.In(s)
			for i := range rows {
				r := Result{Subject: kind.Resource(&rows[i])}
				if gaps := missing[r.Subject.Scope()]; gaps != nil {
					r.Verdict = Missing(gaps...)
				} else {
					r.Verdict = judge(s, &rows[i])
				}
				if !yield(r) {
					return
				}
			}
		}
	}}
}

// Outcome is what one rule says about all its subjects. The results are not
// kept: they are judged anew whenever somebody ranges over them, which a pure
// function allows. Keeping each costs more than judging it again.
type Outcome struct {
	Rule   *Rule
	Counts Counts
	// Missing are the calls that a verdict hangs on, each once. The recording
	// need not say that they are missing: it may not know of them.
	Missing []snapshot.Gap

	snapshot *snapshot.Snapshot
	missing  scopes
}

// Scopes are the Regions of all accounts that were judged.
func (o *Outcome) Scopes() []snapshot.Scope { return o.snapshot.Scopes }

// Counts are the numbers of verdicts.
type Counts struct {
	Pass, Fail, Unknown, NotApplicable int
	// FailAt counts the failures by severity.
	FailAt [Critical + 1]int
}

// FailFrom is the number of failures at or above a severity.
func (c *Counts) FailFrom(s Severity) int {
	n := 0
	for _, k := range c.FailAt[s:] {
		n += k
	}
	return n
}

// Status sums a rule up: fail if anything failed, else unknown if anything is,
// else pass if anything passed, else not applicable.
func (c *Counts) Status() Status {
	switch {
	case c.Fail > 0:
		return StatusFail
	case c.Unknown > 0:
		return StatusUnknown
	case c.Pass > 0:
		return StatusPass
	default:
		return StatusNotApplicable
	}
}

func (c *Counts) add(v *Verdict) {
	switch v.Status {
	case StatusPass:
		c.Pass++
	case StatusFail:
		c.Fail++
		c.FailAt[v.Severity]++
	case StatusUnknown:
		c.Unknown++
	case StatusNotApplicable:
		c.NotApplicable++
	}
}

// Run judges a snapshot by rules, side by side. The outcomes are in the order of
// the rules.
func Run(s *snapshot.Snapshot, rules []*Rule) []*Outcome {
	outcomes := make([]*Outcome, len(rules)) // each rule has its own slot
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, rule := range rules {
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			outcomes[i] = judge(s, rule)
		})
	}
	wg.Wait()
	return outcomes
}

func judge(s *snapshot.Snapshot, rule *Rule) *Outcome {
	o := &Outcome{Rule: rule, snapshot: s, missing: scopes{}}
	for _, scope := range s.Scopes {
		for _, kind := range rule.Reads {
			if gap := s.Gap(kind, scope); gap != nil && !slices.ContainsFunc(o.missing[scope], func(g *snapshot.Gap) bool { return g.Operation == gap.Operation }) {
				o.missing[scope] = append(o.missing[scope], gap)
			}
		}
	}
	missed := map[snapshot.Gap]bool{}
	for r := range o.verdicts() {
		o.Counts.add(&r.Verdict)
		for _, g := range r.Missing {
			if !missed[*g] {
				missed[*g] = true
				o.Missing = append(o.Missing, *g)
			}
		}
	}
	return o
}

// Results yields the verdicts on all subjects by account, Region and id. Where
// the subjects of a Region could not be listed there is one unknown, after all
// others, with a subject whose id is Unlisted.
func (o *Outcome) Results() iter.Seq[Result] {
	return func(yield func(Result) bool) {
		for r := range o.verdicts() {
			r.Evidence = distinct(r.Evidence)
			if !yield(r) {
				return
			}
		}
	}
}

// verdicts are the results as the rule gives them, evidence that stands twice
// included: counting needs no more.
func (o *Outcome) verdicts() iter.Seq[Result] {
	return func(yield func(Result) bool) {
		for r := range o.Rule.Judge.run(o.snapshot, o.missing) {
			if r.Severity == 0 {
				r.Severity = o.Rule.Severity
			}
			if !yield(r) {
				return
			}
		}
		for _, r := range o.unlisted() {
			if !yield(r) {
				return
			}
		}
	}
}

// unlisted are the unknowns of the Regions whose subjects could not be listed.
func (o *Outcome) unlisted() []Result {
	var all []Result
	for _, scope := range o.snapshot.Scopes {
		if gap := o.snapshot.Gap(o.Rule.Judge.kind, scope); gap != nil {
			v := Missing(append([]*snapshot.Gap{gap}, o.missing[scope]...)...)
			all = append(all, Result{Subject: unlisted{o.Rule.Judge.kind, scope}, Verdict: v.At(o.Rule.Severity)})
		}
	}
	return all
}

// distinct drops evidence that stands twice. Verdicts rest on a handful of
// facts, or on long lists of different ones that are left as they are.
func distinct(all []Evidence) []Evidence {
	if len(all) < 2 || len(all) > 64 {
		return all
	}
	out := make([]Evidence, 0, len(all))
	for _, e := range all {
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// Unlisted is the id of the subject that stands for all resources of a Region
// that could not be listed.
const Unlisted = "*"

// unlisted stands for the resources of a Region that could not be listed.
type unlisted struct {
	kind  snapshot.Kind
	scope snapshot.Scope
}

func (u unlisted) ResourceType() string  { return u.kind.Type() }
func (unlisted) ID() string              { return Unlisted }
func (unlisted) ARN() string             { return "" }
func (unlisted) Name() string            { return "" }
func (u unlisted) Scope() snapshot.Scope { return u.scope }
func (unlisted) Source(string) string    { return "" }
func (unlisted) Line() int               { return 0 }

// Kinds are the kinds of data that some rules look at, each once, in the order
// in which snapshot declares them.
func Kinds(rules []*Rule) []snapshot.Kind {
	return slices.DeleteFunc(snapshot.Kinds(), func(k snapshot.Kind) bool {
		return !slices.ContainsFunc(rules, func(r *Rule) bool { return slices.Contains(r.Kinds(), k) })
	})
}
