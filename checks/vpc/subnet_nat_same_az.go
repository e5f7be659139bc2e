package vpc

import (
	"net/netip"
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// SubnetNATSameAZ is the rule subnet-nat-same-az.
var SubnetNATSameAZ = checks.Rule{
	ID:    "subnet-nat-same-az",
	Title: "A private subnet reaches the internet through a NAT gateway in its own zone",
	Why: `A zonal NAT gateway stands in one Availability Zone. When that zone fails, every subnet that sends
its traffic there is cut off, the healthy ones too; and until then each gigabyte pays for crossing zones.`,
	Fix: `Create a NAT gateway in each zone with a route table for that zone's private subnets, or one regional NAT gateway for all.

    aws ec2 create-nat-gateway --subnet-id PUBLIC-SUBNET-OF-THE-ZONE --allocation-id EIP
    aws ec2 replace-route --route-table-id TABLE-OF-THE-ZONE --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT

In Terraform, make the aws_nat_gateway, the aws_route_table and its aws_route once for each zone.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL10-BP01", "REL11-BP05", "REL02-BP01"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html",
	},
	Reads: []snapshot.Kind{
		snapshot.NATGateways, snapshot.RouteTables, snapshot.NetworkInterfaces, snapshot.InternetGateways,
		snapshot.PrefixListEntries,
	},
	Refines: []snapshot.Kind{snapshot.AvailabilityZones},
	Judge:   checks.Each(snapshot.Subnets, subnetNATSameAZ),
}

func subnetNATSameAZ(s *snapshot.Snapshot, n *snapshot.Subnet) checks.Verdict {
	if n.Foreign() {
		return checks.NotApplicable("belongs to another account", field(n, "OwnerId"))
	}
	routing := s.RoutingOf(n)
	verdict, otherwise := withoutNAT(s, n, routing.Table)
	switch {
	case verdict.Status == checks.StatusNotApplicable:
		return verdict
	case len(s.InterfacesIn(n.Scope(), n.SubnetID)) == 0:
		return checks.NotApplicable("has no network interfaces", field(n, "SubnetId"))
	case routing.Table == nil:
		return undecided(&routing)
	case otherwise:
		return verdict
	}
	if routing.Public4 || routing.Public6 || routing.Partial || routing.Inspected {
		return checks.NotApplicable("is not private", routing.Decisive...)
	}
	if routing.Unknown {
		return undecided(&routing)
	}
	zone := s.ZoneOf(n)
	if zone.Known() && !zone.Counts() {
		return checks.NotApplicable("is in no Availability Zone", field(n, n.ZoneField()))
	}
	return egress(s, n, routing.Table)
}

// nat64 is the prefix of the addresses that a NAT gateway translates to IPv4.
// https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// withoutNAT is the verdict on a subnet whose table leads to no NAT gateway by
// default, or of which that is not known.
func withoutNAT(s *snapshot.Snapshot, n *snapshot.Subnet, t *snapshot.RouteTable) (checks.Verdict, bool) {
	if t == nil {
		return checks.Verdict{}, false
	}
	var to []netip.Prefix
	var unclear []checks.Evidence
	var missing *snapshot.Gap
	for i := range t.Routes {
		r := &t.Routes[i]
		if r.NATGatewayID == "" || r.Blackhole() {
			continue
		}
		if !r.Active() {
			unclear = append(unclear, routeField(t, i, "State"))
			continue
		}
		destinations, gap := s.Destinations(t, r)
		if gap != nil {
			missing = gap
		}
		to = append(to, destinations...)
	}
	switch {
	case unclear != nil:
		return checks.Unknown("has a route to a NAT gateway in a state that is not known", unclear...), true
	case isDefault(to):
		return checks.Verdict{}, false
	case missing != nil:
		return checks.Missing(missing), true
	default:
		return checks.NotApplicable("has no active default route to a NAT gateway", s.Association(n), field(t, "RouteTableId")), true
	}
}

// isDefault reports whether destinations are the internet, or what stands for it
// in IPv6.
func isDefault(to []netip.Prefix) bool {
	ipv4, ipv6 := snapshot.Open(to)
	return ipv4 || ipv6 || slices.Contains(to, nat64)
}

// egress judges every NAT gateway to which a table leads the internet, and
// returns the worst verdict.
func egress(s *snapshot.Snapshot, n *snapshot.Subnet, t *snapshot.RouteTable) checks.Verdict {
	worst := checks.NotApplicable("is routed to a NAT gateway that has gone")
	for _, i := range natRoutes(s, t) {
		route := routeField(t, i, "NatGatewayId")
		v := checks.Unknown("is routed to a NAT gateway that is not recorded")
		if g, ok := s.NATGateway(t.Scope(), t.Routes[i].NATGatewayID); ok {
			v = throughNAT(s, n, g)
		}
		v.Evidence = append([]checks.Evidence{s.Association(n), route}, v.Evidence...)
		worst = worse(worst, v)
	}
	return worst
}

// natRoutes are the default routes to NAT gateways, or, where none is one by
// itself, all routes to them, which together are one.
func natRoutes(s *snapshot.Snapshot, t *snapshot.RouteTable) []int {
	var all, alone []int
	for i := range t.Routes {
		r := &t.Routes[i]
		if r.NATGatewayID == "" || !r.Active() {
			continue
		}
		all = append(all, i)
		if to, _ := s.Destinations(t, r); isDefault(to) {
			alone = append(alone, i)
		}
	}
	if alone != nil {
		return alone
	}
	return all
}

// worse keeps the worse of two verdicts, and the evidence of both if they agree.
func worse(a, b checks.Verdict) checks.Verdict {
	rank := []checks.Status{checks.StatusNotApplicable, checks.StatusPass, checks.StatusUnknown, checks.StatusFail}
	switch ra, rb := slices.Index(rank, a.Status), slices.Index(rank, b.Status); {
	case ra > rb:
		return a
	case ra < rb:
		return b
	case a.Message > b.Message: // so that the order of routes does not matter
		a.Message = b.Message
	}
	a.Evidence = slices.Concat(a.Evidence, b.Evidence)
	return a
}

func throughNAT(s *snapshot.Snapshot, n *snapshot.Subnet, g *snapshot.NATGateway) checks.Verdict {
	switch {
	case g.Gone():
		return checks.NotApplicable("is routed to a NAT gateway that has gone", field(g, "State"))
	case g.State != "available":
		return checks.Unknown("is routed to a NAT gateway that is not available yet, or in a state that is not known", field(g, "State"))
	case g.AvailabilityMode == "regional":
		return throughRegional(n, g)
	case g.AvailabilityMode != "zonal" && g.AvailabilityMode != "": // older answers have no mode
		return checks.Unknown("is routed to a NAT gateway of a kind that is not known", field(g, "AvailabilityMode"))
	}
	home, ok := s.Subnet(g.Scope(), g.SubnetID)
	if !ok {
		return checks.Unknown("is routed to a NAT gateway whose subnet is not recorded", field(g, "SubnetId"))
	}
	evidence := []checks.Evidence{field(n, n.ZoneField()), field(g, "SubnetId"), field(home, home.ZoneField())}
	switch same, known := s.SameZone(n, home); {
	case !known:
		return checks.Unknown("or the subnet of its NAT gateway does not say in which zone it is", evidence...)
	case same:
		return checks.Pass("sends its internet traffic through a NAT gateway in its own zone", evidence...)
	case onlyZone(s, g, home):
		return checks.Fail("sends its internet traffic through a NAT gateway in another zone, the only zone of the VPC that has one", evidence...)
	default:
		return checks.Fail("sends its internet traffic through a NAT gateway in another zone", evidence...)
	}
}

// onlyZone reports whether all available NAT gateways of the VPC are surely in the
// zone of one of them. A regional one is in none.
func onlyZone(s *snapshot.Snapshot, g *snapshot.NATGateway, home *snapshot.Subnet) bool {
	return !slices.ContainsFunc(s.NATGatewaysIn(g.Scope(), g.VPCID), func(other *snapshot.NATGateway) bool {
		if other.State != "available" {
			return false
		}
		n, ok := s.Subnet(other.Scope(), other.SubnetID)
		if !ok {
			return true
		}
		same, _ := s.SameZone(n, home)
		return !same
	})
}

// throughRegional judges a NAT gateway that covers several zones: all of the VPC
// by itself, or those in which somebody gave it addresses.
func throughRegional(n *snapshot.Subnet, g *snapshot.NATGateway) checks.Verdict {
	mode, provision := field(g, "AvailabilityMode"), field(g, "AutoProvisionZones")
	if g.AutoProvisionZones == "enabled" {
		return checks.Pass("sends its internet traffic through a regional NAT gateway that covers every zone", mode, provision)
	}
	unclear := g.AutoProvisionZones != "disabled"
	evidence := []checks.Evidence{mode, provision, field(n, n.ZoneField())}
	for i := range g.NATGatewayAddresses {
		a := &g.NATGatewayAddresses[i]
		at := checks.Field(g, "NatGatewayAddresses", i, a.ZoneField())
		status := checks.Field(g, "NatGatewayAddresses", i, "Status")
		serves, known := serves(a, n)
		if serves {
			return checks.Pass("sends its internet traffic through a regional NAT gateway that covers its zone", append(evidence, at, status)...)
		}
		unclear = unclear || !known
		evidence = append(evidence, at, status)
	}
	if unclear {
		return checks.Unknown("is routed to a regional NAT gateway of which it is not known whether it covers the zone", evidence...)
	}
	return checks.Fail("is routed to a regional NAT gateway that does not cover its zone", evidence...)
}

// serves reports whether an address of a regional NAT gateway is in use in the
// zone of a subnet, and whether that is known.
func serves(a *snapshot.NATGatewayAddress, n *snapshot.Subnet) (serves, known bool) {
	switch same, known := a.SameZone(n); {
	case !known:
		return false, false
	case !same:
		return false, true
	}
	switch a.Status {
	case "succeeded":
		return true, true
	case "failed", "unassigning", "disassociating":
		return false, true
	default: // assigning, associating, or a word that nobody knows
		return false, false
	}
}
