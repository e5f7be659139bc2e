package elb

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// spread is where the targets of a load balancer are that it can send to.
type spread struct {
	zones []string          // the Availability Zones of those that are healthy
	first []checks.Evidence // one that is healthy for each zone
	all   []checks.Evidence // all that are healthy
	rest  []checks.Evidence // all others

	// doubts are those of which it is open whether or where they are healthy. The
	// zones are all that may come of it; one that is nowhere may be in any.
	doubts   []checks.Evidence
	possible []string
	nowhere  bool
}

// healthy adds a target that is healthy, in a zone that may be unknown.
func (s *spread) healthy(z snapshot.Zone, evidence ...checks.Evidence) {
	s.all = append(s.all, evidence...)
	if z.Counts() && !slices.Contains(s.zones, z.ID) {
		s.zones = append(s.zones, z.ID)
		s.first = append(s.first, evidence...)
	}
	if !z.Known() {
		s.doubts = append(s.doubts, evidence...)
	}
	s.mayBeIn(z)
}

// doubtful adds a target of which nobody can tell whether it is healthy.
func (s *spread) doubtful(z snapshot.Zone, evidence ...checks.Evidence) {
	s.rest = append(s.rest, evidence...)
	s.doubts = append(s.doubts, evidence...)
	s.mayBeIn(z)
}

// unhealthy adds a target that is not healthy.
func (s *spread) unhealthy(evidence ...checks.Evidence) {
	s.rest = append(s.rest, evidence...)
}

func (s *spread) mayBeIn(z snapshot.Zone) {
	if z.Counts() && !slices.Contains(s.possible, z.ID) {
		s.possible = append(s.possible, z.ID)
	}
	s.nowhere = s.nowhere || !z.Known()
}

// open reports whether healthy targets may be in two zones, though they are not
// in two that are known.
func (s *spread) open() bool { return s.nowhere || len(s.possible) >= 2 }

// none reports whether it is certain that nothing is healthy.
func (s *spread) none() bool { return len(s.all) == 0 && len(s.doubts) == 0 }
