package reach

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// tableRoute is a route of a table for one block of addresses.
type tableRoute struct {
	block netip.Prefix
	set   addresses
	index int
	rank  int // among routes for the same block, the lowest wins
	route *snapshot.Route
}

// routesOf is a route table in one family: its routes, the longest prefix first,
// and the prefix lists of which nobody knows what is in them.
type routesOf struct {
	routes []tableRoute
	closed []*snapshot.Gap // of prefix lists
	hidden []int           // the routes for those lists
}

type tableKey struct {
	table  *snapshot.RouteTable
	family family
}

// compiled orders the routes of a table as they win: the longest prefix first;
// of the same prefix local before static before propagated, and a block before a
// prefix list.
// https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-tables-priority
func (n *Network) compiled(t *snapshot.RouteTable, f family) *routesOf {
	k := tableKey{t, f}
	if known, ok := n.routes.Load(k); ok {
		return known.(*routesOf)
	}
	all := &routesOf{}
	for i := range t.Routes {
		r := &t.Routes[i]
		blocks, gap := n.s.Destinations(t, r)
		if gap != nil {
			all.closed, all.hidden = append(all.closed, gap), append(all.hidden, i)
			continue
		}
		for _, b := range blocks {
			if b.IsValid() && f.has(b.Addr()) {
				all.routes = append(all.routes, tableRoute{b.Masked(), setOf(f, b), i, rankOf(r), r})
			}
		}
	}
	slices.SortStableFunc(all.routes, func(a, b tableRoute) int {
		return cmp.Or(cmp.Compare(b.block.Bits(), a.block.Bits()), cmp.Compare(a.rank, b.rank))
	})
	all.routes = slices.DeleteFunc(all.routes, func(p tableRoute) bool { return yields(t, p.route) && all.isLocal(p.block) })
	n.routes.Store(k, all)
	return all
}

const propagated = "EnableVgwRoutePropagation"

// yields reports whether a route is never preferred to a local one, though it may be
// more specific: a propagated one and, in the table of a subnet, that of a prefix list.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html
// https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
func yields(t *snapshot.RouteTable, r *snapshot.Route) bool {
	ofGateway := slices.ContainsFunc(t.Associations, func(a snapshot.RouteTableAssociation) bool { return a.GatewayID != "" })
	return r.Origin == propagated || r.DestinationPrefixListID != "" && !ofGateway
}

// isLocal reports whether a block is part of that of a local route.
func (t *routesOf) isLocal(block netip.Prefix) bool {
	return slices.ContainsFunc(t.routes, func(l tableRoute) bool {
		return l.route.GatewayID == "local" && l.block.Bits() <= block.Bits() && l.block.Contains(block.Addr())
	})
}

func rankOf(r *snapshot.Route) int {
	switch {
	case r.GatewayID == "local":
		return 0
	case r.Origin == propagated || r.Origin == "Advertisement":
		return 3
	case r.DestinationPrefixListID != "":
		return 2
	default:
		return 1
	}
}

// branch is the part of a flow that follows one route.
type branch struct {
	flow  flow
	route *tableRoute
}

// split parts a flow by the routes of a table, and returns what no route is for.
func (w *walker) split(f flow, t *snapshot.RouteTable) (branches []branch, rest flow) {
	all := w.n.compiled(t, f.family)
	left := f.space
	for i := range all.routes {
		r := &all.routes[i]
		if !f.dst.isSet() {
			if r.block.Contains(f.dst.addr) {
				return []branch{{f, r}}, flow{}
			}
			continue
		}
		c := box{far: r.set, service: allPorts, client: allPorts}
		if r.block.Bits() == 0 {
			c.far = nil
		}
		part := left.within(c)
		if part.empty() {
			continue
		}
		b := f
		b.space = part
		branches = append(branches, branch{b, r})
		if left = left.without(c, f.family); left.empty() {
			return branches, flow{}
		}
	}
	f.space = left
	return branches, f
}

// fromSubnet sends packets on from a subnet, by its network ACL and its route
// table. Inside the subnet neither of them decides.
func (w *walker) fromSubnet(f flow, n *snapshot.Subnet) []flow {
	if w.steps++; w.steps > mostSteps {
		return w.somewhere(f.guess(w.sure(tooMuch), newHop(n.SubnetID, kindTable, "packets get where they should", nowhere)))
	}
	if f.staysIn(n) {
		return w.deliver(f, n.VPCID, n)
	}
	f = w.acl(f, n, true)
	t, ok := w.n.s.RouteTableOf(n)
	if !ok {
		return w.untabled(f, w.lacksOf(snapshot.RouteTables, n), n.SubnetID, n.VPCID, n)
	}
	return w.byTable(f, t, n)
}

// byTable sends packets on by a route table, from a subnet or from a gateway,
// which is in none.
func (w *walker) byTable(f flow, t *snapshot.RouteTable, n *snapshot.Subnet) []flow {
	if t.Routes == nil || slices.ContainsFunc(t.Routes, isAimless) { // every table has a route to its own VPC
		return w.untabled(f, w.lacks(snapshot.RouteTables, t.Scope(), false), t.RouteTableID, t.VPCID, n)
	}
	all := w.n.compiled(t, f.family)
	var out []flow
	for i, gap := range all.closed {
		r := &tableRoute{index: all.hidden[i], route: &t.Routes[all.hidden[i]]}
		if r.route.ToEndpoint() && !f.dst.isSet() && isPrivate(f.dst.addr) {
			continue // the lists of gateway endpoints hold public addresses of services
		}
		switch allowed := w.sure(missing(gap, t.Scope(), true)); {
		case w.assuming:
		case allowed: // what is in the list may help, and what is not
			out = and(out, w.follow(f, t, r, n))
		default:
			f.doubted = true
			return and(out, w.follow(f, t, r, n))
		}
	}
	branches, rest := w.split(f, t)
	for _, b := range branches {
		out = and(out, w.byLot(b, all, t, n))
	}
	if !rest.space.empty() {
		if rest.nowhere() {
			rest = rest.stop(newBlocker(kindAddress, rest.dst.addr.String(), "nobody has the address", nowhere))
		}
		out = append(out, w.onward(rest.stop(newBlocker(kindTable, t.RouteTableID, "no route to "+rest.name(rest.dst), source(t, "Routes"))), n)...)
	}
	return out
}

// and is two lists in one: the second itself where the first is empty, which most are.
func and[T any](a, b []T) []T {
	if len(a) == 0 {
		return b
	}
	return append(a, b...)
}

// isAimless reports whether a route does not say what it is for.
func isAimless(r snapshot.Route) bool {
	return !r.Destination().IsValid() && r.DestinationPrefixListID == ""
}

// byLot follows a route, or others that may be preferred to it: of prefix lists that
// overlap and lead elsewhere AWS chooses one at random, where none is more specific.
// https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
func (w *walker) byLot(b branch, all *routesOf, t *snapshot.RouteTable, n *snapshot.Subnet) []flow {
	rivals := all.rivals(b.route)
	if len(rivals) == 0 {
		return w.follow(b.flow, t, b.route, n)
	}
	if !w.sure(doubt{undecided: "which prefix list of " + t.RouteTableID + " is preferred"}) {
		b.flow.doubted = true
		rivals = nil
	}
	out := w.follow(b.flow, t, b.route, n)
	for _, r := range rivals {
		out = append(out, w.follow(b.flow, t, r, n)...)
	}
	return out
}

// rivals are the routes of other prefix lists for the block that a route of one is for.
func (t *routesOf) rivals(of *tableRoute) []*tableRoute {
	var all []*tableRoute
	list := of.route.DestinationPrefixListID
	for i := range t.routes {
		if r := &t.routes[i]; list != "" && r.route.DestinationPrefixListID != "" && r.route.DestinationPrefixListID != list &&
			r.block == of.block && targetOf(r.route) != targetOf(of.route) {
			all = append(all, r)
		}
	}
	return all
}

// untabled guesses where packets go by a route table that is not recorded, or
// without its routes or what they are for: that of a subnet, or of a gateway, which is in none.
func (w *walker) untabled(f flow, allowed bool, by, vpc string, n *snapshot.Subnet) []flow {
	f = f.guess(allowed, newHop(by, kindTable, "a route leads to "+f.name(f.dst), nowhere))
	if !f.dst.isSet() && contains(w.n.vpcBlocks[vpc], f.dst.addr) {
		return w.orTranslated(w.deliver(f, vpc, n), f)
	}
	return w.somewhere(f)
}

// orTranslated adds to packets that did not get where they are assumed to what
// becomes of them with the address of an appliance to which a route may lead.
func (w *walker) orTranslated(out []flow, f flow) []flow {
	target := f.dst.nic
	if f.reply || target == nil || f.src.nic == nil || slices.ContainsFunc(out, alive) {
		return out
	}
	for _, c := range w.n.nics {
		check, known := c.SourceDestCheck.Value()
		if a := c.addressOf(f.family); known && !check && c.VPCID == f.src.nic.VPCID && c.holder.Kind == snapshot.HeldByInstance && a.IsValid() && c != target {
			own := f
			own.src, own.assumed = end{addr: a, nic: c}, true
			out = append(out, w.into(w.groups(own, c, true), target, target.subnet)...)
		}
	}
	return out
}

// somewhere is where packets are assumed to get that go on by what is not
// recorded: to whom they are sent, or back to who asked.
func (w *walker) somewhere(f flow) []flow {
	f.assumed = true
	c := f.dst.nic
	for _, one := range w.n.nics {
		if c == nil && !f.dst.isSet() && isPrivate(f.dst.addr) && one.holds(f.dst.addr) {
			c = one
		}
	}
	switch {
	case f.reply:
		return []flow{f}
	case c != nil:
		return w.orTranslated(w.into(f, c, c.subnet), f)
	}
	f.exit = exit{kind: kindAssumed}
	return []flow{f}
}

const kindAssumed = "assumed"

// onward goes on with what a route did not lead anywhere, where it is known who
// is meant, to find what else would stop it.
func (w *walker) onward(f flow, n *snapshot.Subnet) []flow {
	if c := f.dst.nic; c != nil && c.subnet != nil {
		return w.into(f, c, n)
	}
	return []flow{f}
}

// follow sends packets where a route leads.
func (w *walker) follow(f flow, t *snapshot.RouteTable, r *tableRoute, n *snapshot.Subnet) []flow {
	at := "Routes/" + strconv.Itoa(r.index)
	from := source(t, at)
	target := targetOf(r.route)
	switch {
	case r.route.Blackhole():
		f.gateway = f.gateway || r.route.ToInternetGateway()
		return w.onward(f.stop(newBlocker(kindTable, t.RouteTableID, "the route "+r.destination()+" to "+target+" is a blackhole", from)), n)
	case !r.route.Active() && r.route.State != "":
		f = f.guess(w.unclear(snapshot.RouteTables, t.Scope(), "the state of a route of "+t.RouteTableID), newHop(t.RouteTableID, kindTable, "the route "+r.destination()+" is active", from))
	}
	f = f.hop(newHop(t.RouteTableID, kindTable, r.destination()+" to "+target, from))
	id := r.route.GatewayID
	switch {
	case id == "local":
		return w.deliver(f, t.VPCID, n)
	case strings.HasPrefix(id, "igw-"):
		return w.toInternetGateway(f, id, t, n)
	case strings.HasPrefix(id, "vgw-"):
		return w.toVPNGateway(f, id, t.VPCID, n)
	case strings.HasPrefix(id, "vpce-"):
		return w.toEndpoint(f, id, r, t, n)
	case r.route.NATGatewayID != "":
		return w.toNATGateway(f, r, t, n)
	case r.route.EgressOnlyGatewayID != "":
		return w.toEgressOnly(f, r, t, n)
	case r.route.VPCPeeringConnectionID != "":
		return w.toPeer(f, r.route.VPCPeeringConnectionID, t, n)
	case r.route.TransitGatewayID != "":
		return w.toTransitGateway(f, r.route.TransitGatewayID, t, n)
	case r.route.NetworkInterfaceID != "":
		return w.toAppliance(f, r.route.NetworkInterfaceID, t, n)
	case r.route.InstanceID != "":
		return w.toAppliance(f, w.n.firstOf(r.route.InstanceID), t, n)
	case r.route.CarrierGatewayID != "":
		return w.toCarrier(f, r.route.CarrierGatewayID)
	case target == noTarget:
		return w.somewhere(f.guess(w.unclear(snapshot.RouteTables, t.Scope(), "where a route of "+t.RouteTableID+" leads"), newHop(t.RouteTableID, kindTable, "the route "+r.destination()+" leads on", from)))
	default:
		return w.undecided(f, target)
	}
}

// destination is what the route is for: its block, or the prefix list of which
// nobody knows what is in it.
func (r *tableRoute) destination() string {
	if r.block.IsValid() {
		return r.block.String()
	}
	return r.route.DestinationPrefixListID
}

func targetOf(r *snapshot.Route) string {
	return cmp.Or(r.GatewayID, r.NATGatewayID, r.EgressOnlyGatewayID, r.VPCPeeringConnectionID, r.TransitGatewayID,
		r.NetworkInterfaceID, r.InstanceID, r.CarrierGatewayID, r.LocalGatewayID, r.CoreNetworkARN, noTarget)
}

const noTarget = "nothing that is known"

// undecided is a way of which no recording says what becomes of packets.
func (w *walker) undecided(f flow, target string) []flow {
	f = f.guess(w.sure(doubt{undecided: "what " + target + " leads to"}), newHop(target, kindOutside(target), "it passes packets on", nowhere))
	return w.somewhere(f)
}

// kindOutside is the kind of what leads to a network of which nothing is recorded.
func kindOutside(target string) string {
	switch {
	case strings.HasPrefix(target, "arn:"):
		return kindCore
	case strings.HasPrefix(target, "tgw-"):
		return kindTransit
	default:
		return kindLocal
	}
}
