package collect

import (
	"slices"
	"testing"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// judged is what all rules say about a recording.
type judged struct {
	snapshot *snapshot.Snapshot
	outcomes []*checks.Outcome
}

// judge loads a recording and judges it by all rules.
func judge(t *testing.T, from *sink, m recording.Manifest) judged {
	t.Helper()
	to := recording.NewMemory()
	for path, text := range from.bodies {
		body, err := to.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := body.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := body.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Finish(m); err != nil {
		t.Fatal(err)
	}
	r, err := to.Recording(recording.Options{Limits: recording.DefaultLimits, Known: Operations()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Load(r, checks.Kinds(catalog.All))
	if err != nil {
		t.Fatal(err)
	}
	return judged{s, checks.Run(s, catalog.All)}
}

// told is a verdict without the places that it rests on.
type told struct {
	status   checks.Status
	severity checks.Severity
	message  string
}

// compareVerdicts makes sure that what a rule says is what it says of the calm
// recording, or that the difference is listed among the gaps.
func compareVerdicts(t *testing.T, calm, got judged) {
	t.Helper()
	for i, rule := range catalog.All {
		want := map[string]told{}
		for r := range calm.outcomes[i].Results() {
			want[r.Subject.ARN()] = told{r.Status, r.Severity, r.Message}
		}
		gaps := append(got.snapshot.Gaps(rule.Kinds()), got.outcomes[i].Missing...)
		for r := range got.outcomes[i].Results() {
			now, before := told{r.Status, r.Severity, r.Message}, want[r.Subject.ARN()]
			delete(want, r.Subject.ARN())
			if now != before && !explained(rule, before, r, gaps) {
				t.Errorf("%s: %s is %v, and in the calm %v, with the gaps %v", rule.ID, r.Subject.ID(), now, before, gaps)
			}
		}
		if len(want) > 0 && !slices.ContainsFunc(gaps, lists(rule.Subject())) {
			t.Errorf("%s: says nothing of %v, and no list is missing: %v", rule.ID, want, gaps)
		}
	}
}

// explained reports whether gaps say why a verdict is another one: it is unknown
// for want of calls that all are gaps, or the status is the same whatever is missing
// would say, or what is missing is an option that counts as off.
func explained(rule *checks.Rule, before told, now checks.Result, gaps []snapshot.Gap) bool {
	if now.Status == checks.StatusUnknown && len(now.Missing) > 0 {
		return !slices.ContainsFunc(now.Missing, func(g *snapshot.Gap) bool { return !slices.Contains(gaps, *g) })
	}
	for _, kind := range append(slices.Clone(rule.Reads), rule.Refines...) {
		moves := !kind.Optional() && now.Status != before.status
		if !moves && slices.ContainsFunc(gaps, lists(kind)) {
			return true
		}
	}
	return false
}

// lists tells the gaps of a kind.
func lists(kind snapshot.Kind) func(snapshot.Gap) bool {
	return func(g snapshot.Gap) bool { return g.Operation == kind.Operation() }
}
