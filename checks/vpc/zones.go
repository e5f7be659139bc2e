package vpc

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// zoneCount counts the Availability Zones in which subnets are.
type zoneCount struct {
	surely, maybe []string
	// evidence are the zones that surely count, unclear those that may, and
	// against why other subnets add none: they are in a zone that counts already,
	// or in none that does.
	evidence, unclear, against []checks.Evidence
	missing                    *snapshot.Gap
}

// add counts the zone of a subnet. The evidence is its zone and what else it
// counts for.
func (c *zoneCount) add(s *snapshot.Snapshot, n *snapshot.Subnet, because ...checks.Evidence) {
	zone := s.ZoneOf(n)
	at := field(n, n.ZoneField())
	switch usable, known := n.Usable(); {
	case known && !usable:
		c.against = append(c.against, field(n, "State"))
	case zone.Known() && !zone.Counts():
		c.against = append(c.against, at)
	case !known:
		c.doubt(zone.ID, field(n, "State"))
	case !zone.Known():
		c.doubt(zone.ID, at)
	case slices.Contains(c.surely, zone.ID):
		c.against = append(append(c.against, at), because...)
	default:
		c.surely = append(c.surely, zone.ID)
		c.evidence = append(append(c.evidence, at), because...)
	}
}

// doubt counts a zone that may or may not count.
func (c *zoneCount) doubt(id string, because ...checks.Evidence) {
	if id == "" || !slices.Contains(c.maybe, id) {
		c.maybe = append(c.maybe, id)
	}
	c.unclear = append(c.unclear, because...)
}

// atLeastTwo is StatusPass for two zones or more, StatusFail for fewer, and
// StatusUnknown where it hangs on what may count.
func (c *zoneCount) atLeastTwo() checks.Status {
	sure, all := len(c.surely), len(c.surely)
	for _, id := range c.maybe {
		if !slices.Contains(c.surely, id) {
			all++
		}
	}
	switch {
	case sure >= 2:
		return checks.StatusPass
	case all >= 2:
		return checks.StatusUnknown
	default:
		return checks.StatusFail
	}
}
