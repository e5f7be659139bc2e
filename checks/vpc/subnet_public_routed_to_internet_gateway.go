package vpc

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// SubnetPublicRouted is the rule subnet-public-routed-to-internet-gateway.
var SubnetPublicRouted = checks.Rule{
	ID:    "subnet-public-routed-to-internet-gateway",
	Title: "A subnet that is meant to be public is routed to an internet gateway",
	Why: `A NAT gateway or an internet-facing load balancer works only where a default route leads to an internet
gateway of the same VPC. Without it the gateway drops what the private subnets send, and clients that get the
load balancer's address in that zone wait until they give up.`,
	Fix: `Give the subnet a route table with a default route to the internet gateway of its VPC.

    aws ec2 create-route --route-table-id TABLE --destination-cidr-block 0.0.0.0/0 --gateway-id IGW
    aws ec2 associate-route-table --route-table-id TABLE --subnet-id ID

In Terraform, add an aws_route with gateway_id to the aws_route_table of the subnet, and an
aws_route_table_association.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL02-BP01"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html",
	},
	Reads: []snapshot.Kind{
		snapshot.RouteTables, snapshot.InternetGateways, snapshot.NATGateways, snapshot.LoadBalancers,
		snapshot.PrefixListEntries, snapshot.BlockPublicAccess,
	},
	Judge: checks.Each(snapshot.Subnets, subnetPublicRouted),
}

func subnetPublicRouted(s *snapshot.Snapshot, n *snapshot.Subnet) checks.Verdict {
	if n.Foreign() {
		return checks.NotApplicable("belongs to another account", field(n, "OwnerId"))
	}
	p := purposeOf(s, n)
	switch {
	case p.evidence == nil && p.unclear == nil:
		return checks.NotApplicable("is not meant to be public, as far as tags and what it holds say", field(n, "SubnetId"))
	case p.evidence == nil:
		return p.undecided()
	}
	r := s.RoutingOf(n)
	if r.Table == nil {
		return undecided(&r)
	}
	if other, ok := otherWayOut(r.Table); ok {
		return checks.NotApplicable("reaches the internet by a gateway of a carrier or an Outpost", other)
	}
	evidence := slices.Concat(p.evidence, r.Decisive, r.Idle)
	switch {
	case p.servedBy(&r):
		return ifNotBlocked(&r, p, evidence)
	case r.Unknown:
		return undecided(&r)
	case r.Public4 || r.Public6 || r.Inspected:
		return checks.Fail("is meant to be public, and the internet of one address family is not routed to it", evidence...)
	case r.Partial:
		return checks.Fail("is meant to be public, and only a part of the internet is routed to it", evidence...)
	case len(r.Idle) > 0:
		return checks.Fail("is meant to be public, and its route to an internet gateway carries nothing", evidence...)
	default:
		return checks.Fail("is meant to be public, and has no route to an internet gateway", evidence...)
	}
}

// ifNotBlocked passes a subnet that routes make public, unless Block Public Access
// stops what it is there for. A NAT gateway works where only what comes in is
// blocked.
func ifNotBlocked(r *snapshot.Routing, p purpose, evidence []checks.Evidence) checks.Verdict {
	if r.Blocked != "" {
		evidence = append(evidence, r.BlockedBy)
	}
	works := r.Blocked == "" || r.Blocked == "block-ingress" && !p.inbound
	switch {
	case works && p.unclear != nil:
		return p.undecided()
	case works:
		return checks.Pass("is meant to be public, and the internet is routed to it", evidence...)
	case r.Closed():
		return checks.Fail("is meant to be public, and Block Public Access shuts it off", evidence...)
	default:
		return checks.Unknown("is under a mode of Block Public Access that is not known", evidence...)
	}
}

// purpose is what a subnet is public for.
type purpose struct {
	evidence   []checks.Evidence // none where it is not meant to be public
	unclear    []checks.Evidence // words of what it holds that nobody knows
	inbound    bool              // clients on the internet begin connections
	ipv4, ipv6 bool              // the families that are needed; without either any will do
}

func purposeOf(s *snapshot.Snapshot, n *snapshot.Subnet) purpose {
	var p purpose
	for _, l := range s.LoadBalancersIn(n.Scope(), n.SubnetID) {
		p.addBalancer(l)
	}
	for _, g := range s.NATGatewaysIn(n.Scope(), n.SubnetID) {
		switch {
		case g.Gone(), g.ConnectivityType == "private":
		case g.ConnectivityType == "public", g.ConnectivityType == "":
			p.ipv4 = true
			p.evidence = append(p.evidence, field(g, "SubnetId"))
		default:
			p.unclear = append(p.unclear, field(g, "ConnectivityType"))
		}
	}
	if p.evidence == nil {
		if i := slices.IndexFunc(n.Tags, saysPublic); i >= 0 {
			says := "Value"
			if n.Tags[i].Value == "" { // a mark, which says so by being there
				says = "Key"
			}
			p.inbound = true
			p.evidence = append(p.evidence, checks.Field(n, "Tags", i, says))
		}
	}
	return p
}

// addBalancer adds what a load balancer needs.
func (p *purpose) addBalancer(l *snapshot.LoadBalancer) {
	switch {
	case unclearScheme(l):
		p.unclear = append(p.unclear, field(l, "Scheme"))
		return
	case !l.InternetFacing():
		return
	}
	ipv4, ipv6, known := l.Families()
	if !known {
		p.unclear = append(p.unclear, field(l, "IpAddressType"))
	}
	p.inbound, p.ipv4, p.ipv6 = true, p.ipv4 || ipv4, p.ipv6 || ipv6
	p.evidence = append(p.evidence, field(l, "Scheme"))
}

// undecided is the verdict where what the subnet holds may need more of the
// internet than it has.
func (p purpose) undecided() checks.Verdict {
	return checks.Unknown("holds something of which it is not known what it needs of the internet", p.unclear...)
}

// servedBy reports whether routes lead the families that are needed to the
// internet and back.
func (p purpose) servedBy(r *snapshot.Routing) bool {
	ipv4, ipv6 := r.Public4 || r.Inspected4, r.Public6 || r.Inspected6
	return (ipv4 || !p.ipv4) && (ipv6 || !p.ipv6) && (ipv4 || ipv6)
}

// publicName finds the word in "tipster-public-a" and "PublicSubnet1", and not
// in "republic"; notPublic finds what denies it.
var (
	publicName = regexp.MustCompile(`(^|[^A-Za-z])(public|PUBLIC)([^A-Za-z]|s|S|$)|Public([^a-z]|s|$)`)
	notPublic  = regexp.MustCompile(`(?i)private|\bno[nt]?[-_ ]?public`)
)

// saysPublic reports whether a tag says that its subnet is public: the name, a
// tier, or the mark by which the AWS Load Balancer Controller finds subnets
// (https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html).
func saysPublic(t snapshot.Tag) bool {
	switch t.Key {
	case "Name":
		return publicName.MatchString(t.Value) && !notPublic.MatchString(t.Value)
	case "kubernetes.io/role/elb":
		return t.Value == "" || t.Value == "1"
	default:
		return strings.EqualFold(t.Key, "tier") && strings.EqualFold(t.Value, "public")
	}
}

// otherWayOut finds a default route to a carrier gateway, as in Wavelength Zones
// where there are no internet gateways, or to the local gateway of an Outpost.
func otherWayOut(t *snapshot.RouteTable) (checks.Evidence, bool) {
	for i := range t.Routes {
		r := &t.Routes[i]
		if !r.Active() || r.Destination() == (netip.Prefix{}) || r.Destination().Bits() > 0 {
			continue
		}
		if r.CarrierGatewayID != "" {
			return routeField(t, i, "CarrierGatewayId"), true
		}
		if r.LocalGatewayID != "" {
			return routeField(t, i, "LocalGatewayId"), true
		}
	}
	return checks.Evidence{}, false
}
