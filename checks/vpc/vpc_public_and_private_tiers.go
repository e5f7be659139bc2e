package vpc

import (
	"cmp"
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// PublicAndPrivateTiers is the rule vpc-public-and-private-tiers.
var PublicAndPrivateTiers = checks.Rule{
	ID:    "vpc-public-and-private-tiers",
	Title: "A VPC that faces the internet has public and private subnets in at least two zones each",
	Why: `Load balancers belong into public subnets, and what they send traffic to into private ones. Where
one of the two is missing, servers and databases stand on the internet; where it is in one zone only, the site goes
down with that zone.`,
	Fix: `Create the subnets that are missing, and lead the public ones alone to the internet gateway.

    aws ec2 create-subnet --vpc-id ID --availability-zone ZONE --cidr-block CIDR
    aws ec2 associate-route-table --route-table-id TABLE --subnet-id SUBNET

In Terraform, add an aws_subnet for each tier and zone, and an aws_route_table_association for each of them.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Reliability, checks.Security},
	Practices: []string{"REL10-BP01", "SEC05-BP01"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/vpc-example-private-subnets-nat.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",
	},
	Reads: []snapshot.Kind{
		snapshot.Subnets, snapshot.RouteTables, snapshot.InternetGateways, snapshot.LoadBalancers,
		snapshot.PrefixListEntries, snapshot.BlockPublicAccess,
	},
	Refines: []snapshot.Kind{snapshot.AvailabilityZones},
	Judge:   checks.Each(snapshot.VPCs, publicAndPrivateTiers),
}

func publicAndPrivateTiers(s *snapshot.Snapshot, v *snapshot.VPC) checks.Verdict {
	if v.Foreign() {
		return checks.NotApplicable("belongs to another account", field(v, "OwnerId"))
	}
	web, ok := facesInternet(s, v)
	if !ok {
		return facesNobody(s, v)
	}
	var public, private zoneCount
	for _, n := range s.SubnetsOf(v) {
		sortIntoTier(s, n, &public, &private)
	}
	ofPublic, ofPrivate := public.atLeastTwo(), private.atLeastTwo()
	met := "has public and private subnets in two or more Availability Zones"
	open := "has subnets of which it is not known whether they are public or private, or where"
	switch gateway, unclear := hasGateway(s, v); {
	case gateway:
	case unclear == nil: // nothing in it can be public
		ofPublic, met = checks.StatusPass, "has private subnets in two or more Availability Zones, and no internet gateway"
	case ofPublic == checks.StatusFail:
		ofPublic, open = checks.StatusUnknown, "lacks public subnets, and it is not known whether an internet gateway is attached to it"
		public.unclear = append(public.unclear, unclear...)
	}
	evidence := slices.Concat([]checks.Evidence{web}, public.evidence, private.evidence)
	short := slices.Concat(evidence, public.against, private.against)
	switch {
	case ofPublic == checks.StatusFail && ofPrivate == checks.StatusFail:
		return checks.Fail("has neither public nor private subnets in two Availability Zones", short...)
	case ofPublic == checks.StatusFail:
		return checks.Fail("has public subnets in fewer than two Availability Zones", short...)
	case ofPrivate == checks.StatusFail:
		return checks.Fail("has private subnets in fewer than two Availability Zones", short...)
	case ofPublic == checks.StatusPass && ofPrivate == checks.StatusPass:
		return checks.Pass(met, evidence...)
	case public.missing != nil:
		return checks.Missing(public.missing)
	default:
		return checks.Unknown(open, slices.Concat(evidence, public.unclear, private.unclear)...)
	}
}

// facesInternet says whether a VPC holds an internet-facing load balancer or is
// tagged as the place of a website, and by which field.
func facesInternet(s *snapshot.Snapshot, v *snapshot.VPC) (checks.Evidence, bool) {
	for _, l := range s.LoadBalancersIn(v.Scope(), v.VPCID) {
		if l.InternetFacing() {
			return field(l, "Scheme"), true
		}
	}
	for i, t := range v.Tags {
		if strings.EqualFold(t.Key, "tier") && strings.EqualFold(t.Value, "web") {
			return checks.Field(v, "Tags", i, "Value"), true
		}
	}
	return checks.Evidence{}, false
}

// facesNobody is the verdict on a VPC in which nothing is known to face the
// internet.
func facesNobody(s *snapshot.Snapshot, v *snapshot.VPC) checks.Verdict {
	for _, l := range s.LoadBalancersIn(v.Scope(), v.VPCID) {
		if unclearScheme(l) {
			return checks.Unknown("holds a load balancer of which it is not known whether it faces the internet", field(l, "Scheme"))
		}
	}
	return checks.NotApplicable("holds no internet-facing load balancer and has no tag that says so", field(v, "VpcId"))
}

// unclearScheme reports whether a load balancer does not say whether it faces the
// internet. Gateway Load Balancers have no scheme and do not.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html
func unclearScheme(l *snapshot.LoadBalancer) bool {
	return !l.InternetFacing() && l.Scheme != "internal" && l.Type != "gateway"
}

// hasGateway reports whether an internet gateway is attached to the VPC, and what
// leaves that open.
func hasGateway(s *snapshot.Snapshot, v *snapshot.VPC) (has bool, unclear []checks.Evidence) {
	for _, g := range s.GatewaysOf(v) {
		attached, known, says := g.AttachedTo(v.VPCID)
		if attached {
			return true, nil
		}
		if !known {
			unclear = append(unclear, says)
		}
	}
	return false, unclear
}

// sortIntoTier counts the zone of a subnet for the public or the private tier.
// Subnets of which a part of the internet is routed to an internet gateway, and
// public ones that Block Public Access shuts off, belong to neither.
func sortIntoTier(s *snapshot.Snapshot, n *snapshot.Subnet, public, private *zoneCount) {
	r := s.RoutingOf(n)
	routed := r.Public4 || r.Public6 || r.Inspected
	switch {
	case routed && r.Blocked == "":
		public.add(s, n, r.Decisive...)
	case routed && r.Closed():
		public.against = append(public.against, r.BlockedBy)
	case routed:
		public.doubt(s.ZoneOf(n).ID, r.BlockedBy)
	case r.Partial && !r.Unknown:
		public.against = append(public.against, r.Decisive...)
	case r.Private():
		private.add(s, n, slices.Concat(r.Decisive, r.Idle)...)
	default:
		public.doubt(s.ZoneOf(n).ID, r.Decisive...)
		private.doubt(s.ZoneOf(n).ID, r.Decisive...)
		public.missing = cmp.Or(public.missing, r.Missing)
	}
}
