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

	// maybe are the zones that come to it if all are healthy that may be, and
	// doubts those of which it is open whether or where they are healthy.
	maybe  []string
	doubts []checks.Evidence
}

// healthy adds a target that is healthy, in a zone that may be unknown.
func (s *spread) healthy(z snapshot.Zone, evidence ...checks.Evidence) {
	s.all = append(s.all, evidence...)
	switch {
	case z.Type == "":
		s.doubts = append(s.doubts, evidence...)
	case z.Counts() && !slices.Contains(s.zones, z.ID):
		s.zones = append(s.zones, z.ID)
		s.first = append(s.first, evidence...)
		s.possible(z)
	}
}

// doubtful adds a target of which nobody can tell whether it is healthy.
func (s *spread) doubtful(z snapshot.Zone, evidence ...checks.Evidence) {
	s.rest = append(s.rest, evidence...)
	s.possible(z)
	s.doubts = append(s.doubts, evidence...)
}

// unhealthy adds a target that is not healthy.
func (s *spread) unhealthy(evidence ...checks.Evidence) {
	s.rest = append(s.rest, evidence...)
}

func (s *spread) possible(z snapshot.Zone) {
	switch {
	case z.Type == "": // it might be anywhere
		s.maybe = append(s.maybe, "")
	case z.Counts() && !slices.Contains(s.maybe, z.ID):
		s.maybe = append(s.maybe, z.ID)
	}
}
