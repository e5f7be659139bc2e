package collect

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/fakeaws"
	"github.com/buttress/buttress/internal/recording"
)

// chaosCalls is how many calls the server of TestChaos sees at least.
const chaosCalls = 2000

// A server that throttles, cuts, delays and refuses as it likes: what is
// recorded is what a calm server would have answered, and the rest is a gap. The
// verdicts are those of a calm scan, or hang on a gap.
func TestChaos(t *testing.T) {
	s := start(t)
	s.PageSize = 1
	calm, manifest := run(t, site())
	verdicts := judge(t, calm, manifest)
	c := &chaos{random: rand.New(rand.NewPCG(1, 2))}
	s.Intercept(c.intercept)
	for seed := uint64(1); len(s.Calls()) < chaosCalls; seed++ {
		to, m := run(t, site())
		compare(t, calm, to, m)
		compareVerdicts(t, verdicts, judge(t, to, m))
	}
	if c.harmless == 0 || c.done == 0 {
		t.Errorf("%d calls disturbed, %d not", c.done, c.harmless)
	}
}

// compare makes sure that a recording holds what the calm one does, or a gap.
// What the calls about single resources needed and did not get is no gap of its
// own: the gap is that of the list.
func compare(t *testing.T, calm, got *sink, m recording.Manifest) {
	t.Helper()
	gaps := map[string]recording.Gap{}
	refused := map[recording.Operation]bool{}
	for _, g := range m.Gaps {
		gaps[g.Call().Path()] = g
		refused[g.Operation] = true
	}
	for path, want := range calm.bodies {
		body, ok := got.bodies[path]
		_, isGap := gaps[path]
		switch {
		case ok && isGap:
			t.Errorf("%s: is there, and a gap", path)
		case ok:
			if diff := cmp.Diff(want, body); diff != "" {
				t.Errorf("%s: -calm +got\n%s", path, diff)
			}
		case !isGap && !listRefused(path, refused):
			t.Errorf("%s: is not there and no gap", path)
		}
	}
	for path := range got.bodies {
		if _, ok := calm.bodies[path]; !ok {
			t.Errorf("%s: nobody answered that", path)
		}
	}
}

// listRefused says whether a list that leads to the call of a path is missing.
func listRefused(path string, refused map[recording.Operation]bool) bool {
	for _, op := range operations {
		if op.resources != nil && strings.HasPrefix(path, fakeaws.Region+"/"+op.name.File()+"/") {
			return refused["autoscaling:DescribeAutoScalingGroups"] || leadRefused(op, refused)
		}
	}
	return false
}

// leadRefused says whether an answer is missing that leads to the calls of an
// operation, at once or by way of others.
func leadRefused(op *operation, refused map[recording.Operation]bool) bool {
	return slices.ContainsFunc(op.from, func(in printed) bool {
		return refused[in.list] || leadRefused(named(in.list), refused)
	})
}

// chaos disturbs two calls in five.
type chaos struct {
	mu             sync.Mutex // calls come side by side
	random         *rand.Rand
	done, harmless int
}

func (c *chaos) intercept(w http.ResponseWriter, r fakeaws.Request) bool {
	if r.Op == "sts:GetCallerIdentity" || r.Op == "ec2:DescribeRegions" {
		return false
	}
	c.mu.Lock()
	n := c.random.IntN(100)
	if n < 40 {
		c.done++
	} else {
		c.harmless++
	}
	c.mu.Unlock()
	return disturb(w, r, n)
}

// disturb does what the number says and says whether it answered.
func disturb(w http.ResponseWriter, r fakeaws.Request, n int) bool {
	switch {
	case n < 10:
		refusal("RequestLimitExceeded", "Request limit exceeded.")(w, r)
	case n < 15:
		refusal("Throttling", "Rate exceeded")(w, r)
	case n < 20:
		text(http.StatusInternalServerError, "text/html", html)(w, r)
	case n < 23:
		text(http.StatusOK, "text/html", html)(w, r)
	case n < 27:
		cut(w, r)
	case n < 31:
		drop(w, r)
	case n < 33:
		refusal("UnauthorizedOperation", "You are not authorized to perform this operation.")(w, r)
	case n < 40:
		time.Sleep(time.Duration(n-32) * time.Millisecond)
		return false
	default:
		return false
	}
	return true
}
