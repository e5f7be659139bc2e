// Package checks is the contract of a rule and the engine that runs rules. A
// rule is a value: metadata and one pure function over one resource. The engine,
// not the rule, turns missing data into unknown verdicts.
package checks

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// Rule is one requirement that an architecture has to meet.
type Rule struct {
	ID    string // kebab-case, starts with what is judged, never reused
	Title string // the requirement, as a sentence that is true when met
	Why   string // what goes wrong when it is not met
	// Fix says what to change. Its first line is the one thing to do; the forms
	// for the AWS CLI and Terraform follow.
	Fix       string
	Severity  Severity
	Pillars   []Pillar // the first is the one it belongs to
	Practices []string // best practices of the Well-Architected Framework
	Controls  []string // the same requirement in other catalogues
	Links     []string // AWS documentation

	Reads   []snapshot.Kind // read besides the subject; unknown without them
	Refines []snapshot.Kind // move severity or message only, never to unknown
	// Follows says that the rule follows traffic, by reach: it looks at reach.Kinds
	// too, and is unknown only where the answer hangs on what is missing of them.
	Follows bool
	Judge   Judge
}

// Kinds are all kinds of data that the rule looks at: its subject, what it
// reads, what refines its verdicts, and what traffic is followed by.
func (r *Rule) Kinds() []snapshot.Kind {
	kinds := slices.Concat([]snapshot.Kind{r.Judge.kind}, r.Reads, r.Refines)
	if r.Follows {
		kinds = append(kinds, reach.Kinds()...)
	}
	return kinds
}

// Subject is the kind of resource that the rule judges.
func (r *Rule) Subject() snapshot.Kind { return r.Judge.kind }

// Evidence is a field of a resource on which a verdict rests. Its value is not
// repeated here, so it cannot differ from what is recorded.
type Evidence = snapshot.Place

// Verdict is what a rule says about one subject.
type Verdict struct {
	Status   Status
	Message  string   // completes a sentence that starts with the subject
	Severity Severity // zero means that of the rule
	Evidence []Evidence
	Missing  []*snapshot.Gap // why a verdict is unknown, if a call is to blame
}

// Pass says that the subject meets the requirement.
func Pass(message string, evidence ...Evidence) Verdict {
	return Verdict{Status: StatusPass, Message: message, Evidence: evidence}
}

// Fail says that the subject does not meet the requirement.
func Fail(message string, evidence ...Evidence) Verdict {
	return Verdict{Status: StatusFail, Message: message, Evidence: evidence}
}

// NotApplicable says that the requirement is none for this subject.
func NotApplicable(message string, evidence ...Evidence) Verdict {
	return Verdict{Status: StatusNotApplicable, Message: message, Evidence: evidence}
}

// Unknown says that what is recorded does not decide.
func Unknown(message string, evidence ...Evidence) Verdict {
	return Verdict{Status: StatusUnknown, Message: message, Evidence: evidence}
}

// Missing says that the verdict hangs on calls that have no answer. The message
// names the first of them.
func Missing(gaps ...*snapshot.Gap) Verdict {
	g := gaps[0]
	what := string(g.Operation)
	if g.Resource != "" {
		what += " of " + g.Resource
	}
	return Verdict{
		Status:  StatusUnknown,
		Message: fmt.Sprintf("cannot be judged without %s (%s)", what, g.Code),
		Missing: gaps,
	}
}

// At gives a verdict a severity of its own.
func (v Verdict) At(s Severity) Verdict {
	v.Severity = s
	return v
}

// Field is a fact of a resource. The field is a JSON pointer below the resource
// without its first slash: "Routes/1/GatewayId". Further parts are joined to it.
func Field(r snapshot.Resource, field string, more ...any) Evidence {
	for _, m := range more {
		switch part := m.(type) {
		case string:
			field += "/" + part
		case int: // the common case, and ten times as fast as Sprint
			field += "/" + strconv.Itoa(part)
		default:
			field += "/" + fmt.Sprint(part)
		}
	}
	return Evidence{Resource: r, Field: field}
}
