package rds

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// SubnetGroupMultiAZ is the rule rds-subnet-group-multi-az.
var SubnetGroupMultiAZ = checks.Rule{
	ID:    "rds-subnet-group-multi-az",
	Title: "A DB subnet group has room in as many Availability Zones as its databases need",
	Why: `A standby, a reader or a replacement can only be put where the group has a subnet with free addresses.
Where there is none in a second zone, the database stays down with its zone; a Multi-AZ DB cluster needs three
zones, and Aurora should have as many, so that it still has two when one is gone.`,
	Fix: `Add a private subnet in another Availability Zone to the group.

    aws rds modify-db-subnet-group --db-subnet-group-name NAME --subnet-ids SUBNET-1 SUBNET-2 SUBNET-3

In Terraform, add the subnet to subnet_ids of the aws_db_subnet_group. Where addresses are short, add a larger
subnet in the same zone.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL10-BP01", "REL02-BP03"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
		"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.html",
	},
	Reads:   []snapshot.Kind{snapshot.Subnets, snapshot.DBClusters},
	Refines: []snapshot.Kind{snapshot.AvailabilityZones},
	Judge:   checks.Each(snapshot.DBSubnetGroups, subnetGroupMultiAZ),
}

// fewAddresses is the number of free addresses in a zone below which a failover
// or a change of class may find none.
const fewAddresses = 5

func subnetGroupMultiAZ(s *snapshot.Snapshot, g *snapshot.DBSubnetGroup) checks.Verdict {
	if len(g.Subnets) == 0 {
		return checks.Unknown("does not say which subnets it has", checks.Field(g, "Subnets"))
	}
	room := roomOf(s, g)
	if room.outposts != nil && len(room.zones) == 0 && len(room.unsure) == 0 {
		return checks.NotApplicable("is on an Outpost, which is in one zone", room.outposts...)
	}
	needed := zonesNeeded(s, g)
	short, uncounted := room.few()
	switch {
	case len(room.zones)+len(room.unsure) < needed.must:
		return checks.Fail(needed.failure, append(room.places, needed.evidence...)...)
	case short != nil:
		return checks.Fail("has fewer than five free addresses in a zone", short...)
	case len(room.zones) < needed.must:
		return checks.Unknown("has subnets of which zone and status are not recorded", room.unsure...)
	case uncounted != nil:
		return checks.Unknown("has subnets of which the free addresses are not recorded", uncounted...)
	case len(room.zones)+len(room.unsure) < needed.should:
		return checks.Fail("has subnets in fewer than the three zones that Aurora should have", append(room.places, needed.evidence...)...).At(checks.Low)
	case len(room.zones) < needed.should:
		return checks.Unknown("has subnets of which zone and status are not recorded", room.unsure...)
	default:
		return checks.Pass("has room in enough zones", append(room.places, room.counts...)...)
	}
}

// need is in how many zones a group must have subnets, and should have them.
type need struct {
	must, should int
	failure      string
	evidence     []checks.Evidence // the cluster that asks for three
}

// zonesNeeded says what the clusters in a group ask of it.
func zonesNeeded(s *snapshot.Snapshot, g *snapshot.DBSubnetGroup) need {
	n := need{2, 2, "has subnets in fewer than two zones", nil}
	for _, c := range s.DBClustersOf(g) {
		asks := []checks.Evidence{checks.Field(c, "DBSubnetGroup"), checks.Field(c, "Engine")}
		switch {
		case c.IsMultiAZCluster():
			return need{3, 3, "has subnets in fewer than the three zones that a Multi-AZ DB cluster needs", asks}
		case c.IsAurora():
			n.should, n.evidence = 3, asks
		}
	}
	return n
}

// room is what a group has in each Availability Zone.
type room struct {
	zones    []zoneRoom
	unsure   []checks.Evidence // subnets of which zone or status is not recorded
	outposts []checks.Evidence // subnets on Outposts, which add no zone
	places   []checks.Evidence // of zones and statuses
	counts   []checks.Evidence // of free addresses
}

// zoneRoom is the room in one zone.
type zoneRoom struct {
	id        string
	free      int
	uncounted bool // one of the subnets does not say how many addresses are free
	evidence  []checks.Evidence
}

func roomOf(s *snapshot.Snapshot, g *snapshot.DBSubnetGroup) *room {
	r := &room{}
	for i := range g.Subnets {
		member := &g.Subnets[i]
		name := checks.Field(g, "Subnets", i, "SubnetAvailabilityZone/Name")
		status := checks.Field(g, "Subnets", i, "SubnetStatus")
		zone := s.ZoneNamed(g.Scope(), member.SubnetAvailabilityZone.Name)
		r.places = append(r.places, name, status)
		switch {
		case member.SubnetOutpost.ARN != "":
			outpost := checks.Field(g, "Subnets", i, "SubnetOutpost/Arn")
			r.outposts, r.places = append(r.outposts, outpost), append(r.places, outpost)
		case member.SubnetStatus == "":
			r.unsure = append(r.unsure, status)
		case !zone.Known():
			r.unsure = append(r.unsure, name)
		case zone.Counts() && member.SubnetStatus == "Active":
			r.add(s, g, i, zone.ID)
		}
	}
	return r
}

// add counts a subnet of the group to its zone.
func (r *room) add(s *snapshot.Snapshot, g *snapshot.DBSubnetGroup, i int, zone string) {
	z := r.zone(zone)
	var place checks.Evidence
	if subnet, ok := s.Subnet(g.Scope(), g.Subnets[i].SubnetIdentifier); ok {
		free, recorded := subnet.AvailableIPAddressCount.Value()
		z.free += free
		z.uncounted = z.uncounted || !recorded
		place = checks.Field(subnet, "AvailableIpAddressCount")
	} else {
		z.uncounted = true
		place = checks.Field(g, "Subnets", i, "SubnetIdentifier")
	}
	z.evidence = append(z.evidence, place)
	r.counts = append(r.counts, place)
}

func (r *room) zone(id string) *zoneRoom {
	for i := range r.zones {
		if r.zones[i].id == id {
			return &r.zones[i]
		}
	}
	r.zones = append(r.zones, zoneRoom{id: id})
	return &r.zones[len(r.zones)-1]
}

// few are where zones have too few addresses for certain, and where they may.
func (r *room) few() (short, uncounted []checks.Evidence) {
	for i := range r.zones {
		switch z := &r.zones[i]; {
		case z.free >= fewAddresses:
		case z.uncounted:
			uncounted = append(uncounted, z.evidence...)
		default:
			short = append(short, z.evidence...)
		}
	}
	return short, uncounted
}
