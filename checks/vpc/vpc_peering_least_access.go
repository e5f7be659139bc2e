package vpc

import (
	"net/netip"
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// PeeringLeastAccess is the rule vpc-peering-least-access.
var PeeringLeastAccess = checks.Rule{
	ID:    "vpc-peering-least-access",
	Title: "A VPC peering connection is active, answered from the other side, and routed to no more than is needed",
	Why: `A peering connection carries what routes send to it, both ways. A route to one that is not active drops
packets, and so does a default route, since peering leads no further than the peer. Where one side alone has a route
no reply comes back, and a route to the whole peer opens all of it to all that follows the table.`,
	Fix: `Route to the subnets that are called, on both sides, and delete routes to what is not active.

    aws ec2 create-route --route-table-id ID --destination-cidr-block SUBNET-OF-THE-PEER --vpc-peering-connection-id PCX
    aws ec2 delete-route --route-table-id ID --destination-cidr-block WHOLE-PEER

In Terraform, set destination_cidr_block of the aws_route to the peer's subnet. Where every VPC is peered with every
other, an aws_ec2_transit_gateway with an attachment for each is less to keep.`,
	Severity:  checks.Low,
	Pillars:   []checks.Pillar{checks.Security, checks.Reliability},
	Practices: []string{"SEC05-BP02", "REL02-BP04"},
	Controls:  []string{"CIS Foundations v5.0 5.6", "CIS Foundations v6.0 6.6", "CIS Foundations v7.0 6.6"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
		"https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
	},
	Reads: []snapshot.Kind{snapshot.RouteTables, snapshot.Subnets, snapshot.VPCs, snapshot.PrefixListEntries},
	Judge: checks.Each(snapshot.VPCPeeringConnections, peeringLeastAccess),
}

// notActive are the states in which a peering connection carries nothing.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
var notActive = []string{
	"initiating-request", "pending-acceptance", "provisioning", "deleting", "deleted", "rejected", "failed", "expired",
}

func peeringLeastAccess(s *snapshot.Snapshot, p *snapshot.VPCPeeringConnection) checks.Verdict {
	state := field(p, "Status/Code")
	sides := sidesOf(s, p)
	var routes []checks.Evidence
	for i := range sides {
		if sides[i].here {
			routes = append(routes, sides[i].places...)
		}
	}
	switch code := p.Status.Code; {
	case !sides[0].here && !sides[1].here:
		return checks.NotApplicable("joins VPCs of other accounts or Regions", field(p, "RequesterVpcInfo/VpcId"), field(p, "AccepterVpcInfo/VpcId"))
	case code == "active":
		return activePeering(s, p, &sides, append(routes, state))
	case !slices.Contains(notActive, code):
		return checks.Unknown("is in a state that is not known", state)
	case routes == nil:
		return checks.NotApplicable("is not active, and no route leads to it", state)
	default:
		return checks.Fail("is not active, and routes lead to it", append(routes, state)...)
	}
}

func activePeering(s *snapshot.Snapshot, p *snapshot.VPCPeeringConnection, sides *[2]peeringSide, evidence []checks.Evidence) checks.Verdict {
	requester, accepter := &sides[0], &sides[1]
	for _, e := range sides {
		if e.here && e.leadsEverywhere() {
			return checks.Fail("is the target of a default route, and leads no further than the peer", append(e.places, field(p, "Status/Code"))...)
		}
	}
	if v, ok := oneSided(s, requester, accepter, evidence); ok {
		return v
	}
	for i, e := range sides {
		if whole, ok := e.leadsToAll(&sides[1-i]); ok && e.here {
			return checks.Fail("is routed to the whole of a peer", append(e.places, whole)...).At(checks.Info)
		}
	}
	for i, e := range sides {
		switch {
		case !e.here || len(e.routes) == 0:
		case e.missing != nil:
			return checks.Missing(e.missing)
		case len(sides[1-i].blocks) == 0:
			return checks.Unknown("does not say which blocks a peer has", field(p, sides[1-i].field+"/CidrBlockSet"))
		}
	}
	if others, ok := meshed(s, p); ok {
		return checks.Fail("joins two VPCs that each have five peerings or more, where a transit gateway needs one attachment for each", others...).At(checks.Info)
	}
	if len(requester.routes)+len(accepter.routes) == 0 {
		return checks.Pass("is active, and no route leads to it", evidence...)
	}
	return checks.Pass("is active and routed to parts of the peer alone", evidence...)
}

// oneSided is the verdict on a connection between two recorded VPCs over which no
// reply comes back.
func oneSided(s *snapshot.Snapshot, a, b *peeringSide, evidence []checks.Evidence) (checks.Verdict, bool) {
	switch {
	case !a.recorded || !b.recorded || a.missing != nil || b.missing != nil || len(a.routes)+len(b.routes) == 0:
		return checks.Verdict{}, false
	case len(a.routes) == 0 || len(b.routes) == 0:
		evidence = append(slices.Concat(a.places, b.places), evidence...)
		return checks.Fail("is routed from one side alone, so that no reply comes back", evidence...).At(checks.Info), true
	case !a.answeredBy(s, b):
		evidence = append(slices.Concat(a.places, b.places), evidence...)
		return checks.Fail("is routed from both sides, and from no two subnets to each other", evidence...).At(checks.Info), true
	}
	return checks.Verdict{}, false
}

// peeringSide is one of the two VPCs of a peering connection, with the routes of
// its tables that lead to the connection.
type peeringSide struct {
	field    string
	here     bool // its routes are those of the recording in which the connection stands
	recorded bool
	blocks   []snapshot.Block
	routes   []peeringRoute
	places   []checks.Evidence
	missing  *snapshot.Gap
}

type peeringRoute struct {
	table *snapshot.RouteTable
	to    []netip.Prefix
}

func sidesOf(s *snapshot.Snapshot, p *snapshot.VPCPeeringConnection) [2]peeringSide {
	return [2]peeringSide{sideOf(s, p, &p.RequesterVPCInfo, "RequesterVpcInfo"), sideOf(s, p, &p.AccepterVPCInfo, "AccepterVpcInfo")}
}

func sideOf(s *snapshot.Snapshot, p *snapshot.VPCPeeringConnection, info *snapshot.PeeredVPCInfo, name string) peeringSide {
	at := snapshot.Scope{Account: info.OwnerID, Region: info.Region}
	if at.Account == "" || p.Scope().Account == "" {
		at.Account = p.Scope().Account
	}
	if at.Region == "" { // in old answers, from before there was peering between Regions
		at.Region = p.Scope().Region
	}
	side := peeringSide{field: name, here: at == p.Scope()}
	v, ok := s.VPC(at, info.VPCID)
	side.recorded = ok && s.Gap(snapshot.RouteTables, at) == nil
	if ok {
		side.blocks = v.Blocks()
	} else {
		side.blocks = info.Blocks(p, name)
	}
	for _, r := range routesToPeerings(s)[p.VPCPeeringConnectionID] {
		if r.table.VPCID == info.VPCID {
			side.add(s, r.table, r.route)
		}
	}
	return side
}

func (e *peeringSide) add(s *snapshot.Snapshot, t *snapshot.RouteTable, i int) {
	r := &t.Routes[i]
	e.places = append(e.places, routeField(t, i, r.DestinationField()), routeField(t, i, "VpcPeeringConnectionId"))
	to, gap := s.Destinations(t, r)
	if gap != nil {
		e.missing = gap
	}
	if n := len(e.routes); n > 0 && e.routes[n-1].table == t {
		e.routes[n-1].to = append(e.routes[n-1].to, to...)
		return
	}
	e.routes = append(e.routes, peeringRoute{t, slices.Clone(to)})
}

// leadsEverywhere reports whether a table has a default route to the connection.
func (e *peeringSide) leadsEverywhere() bool {
	return slices.ContainsFunc(e.routes, func(r peeringRoute) bool {
		ipv4, ipv6 := snapshot.Open(r.to)
		return ipv4 || ipv6
	})
}

// leadsToAll is a block of the peer, if any, that a table leads to whole.
func (e *peeringSide) leadsToAll(peer *peeringSide) (checks.Evidence, bool) {
	for _, r := range e.routes {
		for _, b := range peer.blocks {
			if len(snapshot.Without([]netip.Prefix{b.CIDR}, r.to)) == 0 {
				return b.Place, true
			}
		}
	}
	return checks.Evidence{}, false
}

// answeredBy reports whether some subnet of one side and some subnet of the other
// have routes to each other.
func (e *peeringSide) answeredBy(s *snapshot.Snapshot, peer *peeringSide) bool {
	return slices.ContainsFunc(e.routes, func(r peeringRoute) bool {
		return slices.ContainsFunc(peer.routes, func(back peeringRoute) bool {
			return leadsToSubnet(s, &r, back.table) && leadsToSubnet(s, &back, r.table)
		})
	})
}

// leadsToSubnet reports whether routes lead to a subnet that follows a table, or
// to a part of it.
func leadsToSubnet(s *snapshot.Snapshot, r *peeringRoute, t *snapshot.RouteTable) bool {
	return slices.ContainsFunc(s.SubnetsBy(t), func(n *snapshot.Subnet) bool {
		return slices.ContainsFunc(n.CIDRs(), func(b netip.Prefix) bool { return slices.ContainsFunc(r.to, b.Overlaps) })
	})
}

// mostPeerings is how many peerings each of six VPCs has that are all joined to
// each other.
const mostPeerings = 5

// meshed reports whether both VPCs of a connection have many active ones, and some
// of them.
func meshed(s *snapshot.Snapshot, p *snapshot.VPCPeeringConnection) ([]checks.Evidence, bool) {
	peerings := activePeerings(s)
	a, b := peerings[p.RequesterVPCInfo.VPCID], peerings[p.AccepterVPCInfo.VPCID]
	if len(a) < mostPeerings || len(b) < mostPeerings {
		return nil, false
	}
	var evidence []checks.Evidence
	for _, other := range slices.Concat(a[:mostPeerings], b[:mostPeerings]) {
		evidence = append(evidence, field(other, "RequesterVpcInfo/VpcId"), field(other, "AccepterVpcInfo/VpcId"))
	}
	return evidence, true
}

type activePeeringsKey struct{}

// activePeerings are the active peering connections by VPC, each once though two
// accounts may list it.
func activePeerings(s *snapshot.Snapshot) map[string][]*snapshot.VPCPeeringConnection {
	return s.Derived(activePeeringsKey{}, func(s *snapshot.Snapshot) any {
		m := map[string][]*snapshot.VPCPeeringConnection{}
		seen := map[string]bool{}
		rows := snapshot.VPCPeeringConnections.In(s)
		for i := range rows {
			p := &rows[i]
			if p.Status.Code != "active" || seen[p.VPCPeeringConnectionID] {
				continue
			}
			seen[p.VPCPeeringConnectionID] = true
			for _, id := range []string{p.RequesterVPCInfo.VPCID, p.AccepterVPCInfo.VPCID} {
				m[id] = append(m[id], p)
			}
		}
		return m
	}).(map[string][]*snapshot.VPCPeeringConnection) //nolint:forcetypeassert // it is one
}

type routesToPeeringsKey struct{}

type routeTo struct {
	table *snapshot.RouteTable
	route int
}

// routesToPeerings are the routes that lead to peering connections, by connection.
func routesToPeerings(s *snapshot.Snapshot) map[string][]routeTo {
	return s.Derived(routesToPeeringsKey{}, func(s *snapshot.Snapshot) any {
		m := map[string][]routeTo{}
		tables := snapshot.RouteTables.In(s)
		for i := range tables {
			for j := range tables[i].Routes {
				if id := tables[i].Routes[j].VPCPeeringConnectionID; id != "" {
					m[id] = append(m[id], routeTo{&tables[i], j})
				}
			}
		}
		return m
	}).(map[string][]routeTo) //nolint:forcetypeassert // it is one
}
