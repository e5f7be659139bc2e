package vpc

import (
	"net/netip"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// NoBlackholeRoutes is the rule vpc-no-blackhole-routes.
var NoBlackholeRoutes = checks.Rule{
	ID:    "vpc-no-blackhole-routes",
	Title: "No route of a route table is a blackhole",
	Why: `A route whose target has gone stays in its table as a blackhole and drops what it matches. A
default route in that state cuts a subnet off from the internet, without an error anywhere.`,
	Fix: `Point the route at a target that exists, or delete it.

    aws ec2 replace-route --route-table-id ID --destination-cidr-block CIDR --nat-gateway-id NAT
    aws ec2 delete-route --route-table-id ID --destination-cidr-block CIDR

In Terraform, let the aws_route refer to the resource that replaced its target, or remove the aws_route.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL11-BP01", "REL02-BP01"},
	Links: []string{
		"https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html",
	},
	Refines: []snapshot.Kind{snapshot.Subnets, snapshot.NetworkInterfaces, snapshot.PrefixListEntries},
	Judge:   checks.Each(snapshot.RouteTables, noBlackholeRoutes),
}

func noBlackholeRoutes(s *snapshot.Snapshot, t *snapshot.RouteTable) checks.Verdict {
	if t.Foreign() {
		return checks.NotApplicable("belongs to another account", field(t, "OwnerId"))
	}
	if len(t.Routes) == 0 { // every table has a route to its own VPC
		return checks.Unknown("lists no routes", field(t, "Routes"))
	}
	var blackholes, unclear, active []checks.Evidence
	for i := range t.Routes {
		state := routeField(t, i, "State")
		switch r := &t.Routes[i]; {
		case r.Blackhole():
			blackholes = append(blackholes, routeField(t, i, r.DestinationField()), state)
		case r.Active():
			active = append(active, state)
		default:
			unclear = append(unclear, state)
		}
	}
	switch {
	case len(blackholes) > 0:
		return blackhole(s, t, blackholes)
	case len(unclear) > 0:
		return checks.Unknown("has a route in a state that says neither active nor blackhole", unclear...)
	default:
		return checks.Pass("has no blackhole route", active...)
	}
}

// blackhole fails a table by what follows it: nothing, a network that lacks some
// destinations, or one that lacks the internet.
func blackhole(s *snapshot.Snapshot, t *snapshot.RouteTable, evidence []checks.Evidence) checks.Verdict {
	by, serves := usedBy(s, t)
	switch {
	case serves:
	case s.Gap(snapshot.Subnets, t.Scope()) != nil, s.Gap(snapshot.NetworkInterfaces, t.Scope()) != nil:
		return checks.Fail("has a blackhole route", evidence...)
	default:
		return checks.Fail("has a blackhole route, though nothing sends packets by it today", evidence...).At(checks.Info)
	}
	evidence = append(evidence, by...)
	if dropsInternet(s, t) {
		return checks.Fail("has a blackhole for a default route and decides for something in use", evidence...).At(checks.Critical)
	}
	return checks.Fail("has a blackhole route and decides for something in use", evidence...)
}

// usedBy is something that sends packets by the table: the gateway of a table of
// ingress routing, or an interface in a subnet and why that follows the table.
func usedBy(s *snapshot.Snapshot, t *snapshot.RouteTable) (by []checks.Evidence, serves bool) {
	if i, ok := t.EdgeAssociation(); ok {
		return []checks.Evidence{checks.Field(t, "Associations", i, "GatewayId")}, true
	}
	for _, n := range s.SubnetsBy(t) {
		if interfaces := s.InterfacesIn(n.Scope(), n.SubnetID); len(interfaces) > 0 {
			return []checks.Evidence{s.Association(n), field(interfaces[0], "SubnetId")}, true
		}
	}
	return nil, false
}

// dropsInternet reports whether blackholes alone are a default route.
func dropsInternet(s *snapshot.Snapshot, t *snapshot.RouteTable) bool {
	var dropped []netip.Prefix
	for i := range t.Routes {
		if r := &t.Routes[i]; r.Blackhole() {
			to, _ := s.Destinations(t, r) // a prefix list that is not recorded raises nothing
			dropped = append(dropped, to...)
		}
	}
	ipv4, ipv6 := snapshot.Open(dropped)
	return ipv4 || ipv6
}
