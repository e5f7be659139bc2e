package snapshot

import (
	"cmp"
	"regexp"
)

// Zone is where something stands.
type Zone struct {
	// ID is the zone's id ("euw1-az1"), which is the same in every account. Where
	// it was not recorded it is the zone's name, which is an alias of the account.
	ID string
	// Type is availability-zone, local-zone, wavelength-zone or outpost, a word of
	// AWS that is none of these, or empty where it cannot be told.
	Type string
}

// The types of zones.
const (
	TypeAvailabilityZone = "availability-zone"
	TypeLocalZone        = "local-zone"
	TypeWavelengthZone   = "wavelength-zone"
	TypeOutpost          = "outpost" // not AWS's word: racks in a building of the customer
)

// Counts reports whether the zone is an Availability Zone. Local Zones,
// Wavelength Zones and Outposts are no second zone of the Region.
func (z Zone) Counts() bool { return z.Type == TypeAvailabilityZone }

// Known reports whether it is known which zone it is and of which type.
func (z Zone) Known() bool {
	switch z.Type {
	case TypeAvailabilityZone, TypeLocalZone, TypeWavelengthZone, TypeOutpost:
		return z.ID != ""
	default:
		return false
	}
}

// The forms of zone names: a Region with a letter is an Availability Zone, a
// Region with a place is a Local Zone, or a Wavelength Zone where a carrier is
// named ("us-west-2-lax-1a", "us-east-1-wl1-bos-wlz-1").
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
var (
	zoneName       = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+[a-z]$`)
	localName      = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+-[a-z]+-[0-9]+[a-z]$`)
	wavelengthName = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+-(foe-)?wl[0-9]+-`)
)

func typeByName(name string) string {
	switch {
	case zoneName.MatchString(name):
		return TypeAvailabilityZone
	case wavelengthName.MatchString(name):
		return TypeWavelengthZone
	case localName.MatchString(name):
		return TypeLocalZone
	default:
		return ""
	}
}

func (s *Snapshot) zonesByName() map[key]*AvailabilityZone {
	m := map[key]*AvailabilityZone{}
	zones := AvailabilityZones.In(s)
	for i := range zones {
		z := &zones[i]
		scope := z.Scope()
		m[key{scope.Account, scope.Region, z.ZoneName}] = z
		if z.ZoneID != "" {
			m[key{scope.Account, scope.Region, z.ZoneID}] = z
		}
	}
	return m
}

// ZoneNamed returns the zone with a name, as the account of the scope uses it.
func (s *Snapshot) ZoneNamed(from Scope, name string) Zone {
	if name == "" {
		return Zone{}
	}
	if z, ok := s.indexes.zones()[key{from.Account, from.Region, name}]; ok {
		zone := Zone{ID: z.ZoneID, Type: z.ZoneType}
		if zone.ID == "" {
			zone.ID = name
		}
		if zone.Type == "" { // emulators and old versions of the CLI
			zone.Type = typeByName(z.ZoneName)
		}
		return zone
	}
	return Zone{ID: name, Type: typeByName(name)}
}

// ZoneOf returns the zone of a subnet. The id counts, not the name: names are
// aliases that differ between the accounts that share a subnet. What stands on an
// Outpost depends on that Outpost besides its zone.
func (s *Snapshot) ZoneOf(n *Subnet) Zone {
	zone := s.ZoneNamed(n.Scope(), cmp.Or(n.AvailabilityZone, n.AvailabilityZoneID))
	zone.ID = cmp.Or(n.AvailabilityZoneID, zone.ID)
	if n.OutpostARN != "" {
		zone.Type = TypeOutpost
	}
	return zone
}

// ZoneField is the field of the subnet that says in which zone it is.
func (s *Subnet) ZoneField() string {
	if s.AvailabilityZoneID == "" {
		return "AvailabilityZone"
	}
	return "AvailabilityZoneId"
}

// ZonesOf are the distinct Availability Zones of some subnets, in the order in
// which they first appear.
func (s *Snapshot) ZonesOf(subnets []*Subnet) []string {
	var ids []string
	seen := map[string]bool{}
	for _, n := range subnets {
		if z := s.ZoneOf(n); z.Counts() && !seen[z.ID] {
			seen[z.ID] = true
			ids = append(ids, z.ID)
		}
	}
	return ids
}

// SameZone reports whether two subnets are in the same zone, and whether they
// say so. Names are compared only where an id is missing and both are those of
// one account.
func (*Snapshot) SameZone(a, b *Subnet) (same, known bool) {
	switch {
	case a.AvailabilityZoneID != "" && b.AvailabilityZoneID != "":
		return a.AvailabilityZoneID == b.AvailabilityZoneID, true
	case a.AvailabilityZone != "" && b.AvailabilityZone != "" && a.Account() == b.Account():
		return a.AvailabilityZone == b.AvailabilityZone, true
	default:
		return false, false
	}
}

// SameZone reports whether the address is in the zone of a subnet, and whether
// both say so.
func (a *NATGatewayAddress) SameZone(n *Subnet) (same, known bool) {
	switch {
	case a.AvailabilityZoneID != "" && n.AvailabilityZoneID != "":
		return a.AvailabilityZoneID == n.AvailabilityZoneID, true
	case a.AvailabilityZone != "" && n.AvailabilityZone != "":
		return a.AvailabilityZone == n.AvailabilityZone, true
	default:
		return false, false
	}
}

// ZoneField is the field of the address that says in which zone it is.
func (a *NATGatewayAddress) ZoneField() string {
	if a.AvailabilityZoneID == "" {
		return "AvailabilityZone"
	}
	return "AvailabilityZoneId"
}
