// Package gate turns what the rules say into a decision: does the account hold
// up, by the standard that was asked for? It prints nothing.
package gate

import "github.com/buttress/buttress/checks"

// Policy is the standard that was asked for.
type Policy struct {
	// FailOn is the lowest severity at which a failure counts. Zero means that
	// none does.
	FailOn checks.Severity
	// AllowUnknown says that what could not be judged does not matter.
	AllowUnknown bool
}

// Decision is what follows from the outcomes.
type Decision int

// The decisions.
const (
	Met     Decision = iota // nothing that counts failed, nothing is unknown
	Broken                  // something that counts failed
	Unclear                 // nothing that counts failed, but something is unknown
)

// Decide applies the policy to the outcomes of all rules. Failures that the
// review excuses do not count; a nil review excuses none.
func (p Policy) Decide(outcomes []*checks.Outcome, review *Review) Decision {
	decision := Met
	for _, o := range outcomes {
		if p.FailOn > 0 && o.Counts.FailFrom(p.FailOn) > review.Excused(o.Rule.ID).from(p.FailOn) {
			return Broken
		}
		if o.Counts.Unknown > 0 && !p.AllowUnknown {
			decision = Unclear
		}
	}
	return decision
}
