package reach

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// way is one way of a conversation: packets there, and the replies.
type way struct {
	there, back flow
	// forward is what arrives, both what is answered too.
	forward, both space
	balancer      bool // by a load balancer
	idle          bool // by one that forwards nothing there, or that nobody can call
	entry         entryKind
	// family is that in which it was asked for, to the address that was called, and by
	// what it goes through, the first first: a blocker is told of these.
	family family
	to     netip.Addr
	by     []passage
}

// passage is a load balancer that a way goes through, and the node of it.
type passage struct{ balancer, node string }

// entryKind says where a conversation starts.
type entryKind int

const (
	fromInside entryKind = iota
	fromInternet
	fromOutside // a VPN, Direct Connect
	fromRouter
)

// start is where a conversation begins: an interface, or outside.
type start struct {
	nic  *nic
	addr netip.Addr // of the interface, or one of the addresses outside; zero for all of them
	kind entryKind
	exit exit // by which replies go back to what is outside
	far  addresses
	// unseen is set where it starts in a VPC that is not recorded.
	unseen *unseenVPC
	// lack is the doubt whether anybody is there, or nil.
	lack *doubt
	// one says that one of its addresses is enough, not all.
	one bool
}

// single reports whether it stands for one that speaks, and not for all addresses of
// a set.
func (s *start) single() bool { return s.nic != nil || s.addr.IsValid() || s.one }

func (s *start) family() family {
	if s.addr.IsValid() {
		return familyOf(s.addr)
	}
	return 0
}

// asks is the family of the clients for which a start stands, in one walk.
func (s *start) asks() family {
	if f := s.family(); f != 0 {
		return f
	}
	if s.far != nil && len(s.far.ranges) > 0 {
		return familyOf(s.far.ranges[0].From())
	}
	return ipv4
}

// replyOf answers what arrived, and returns where the answer gets to.
func (w *walker) replyOf(a flow) []flow {
	r := flow{
		network: a.network, family: a.family, protocol: a.protocol, reply: true, space: a.space, undo: a.undo, asked: a.passed, unseen: a.unseen, terse: a.terse,
		src: end{addr: a.dst.addr, nic: a.dst.nic}, dst: end{addr: a.src.addr, nic: a.src.nic},
	}
	if a.nic != nil {
		if a.src.via != nil {
			return w.throughNode(r, a.nic, a.src.via)
		}
		return w.leave(r, a.nic)
	}
	switch a.exit.kind {
	case kindInternet:
		if n := len(r.undo); n > 0 && r.undo[n-1].device == nil && r.undo[n-1].nat != nil {
			return w.regionalReply(r, r.undo[n-1].nat)
		}
		if w.n.isHeld(r.dst.addr) {
			return w.enter(r, r.dst.addr)
		}
	case kindEgressOnly, kindEndpoint:
		return w.deliver(r, a.exit.vpc, nil)
	}
	r.nic = a.src.nic // nothing that is recorded decides about the way back
	if len(r.undo) > 0 {
		r.nic, r.undo = r.undo[0].from.nic, nil
	}
	return []flow{r}
}

// throughNode takes a reply back through the node of a Network Load Balancer that
// kept the client's address: no route to the client is needed, and the network
// ACLs see the client.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#client-ip-preservation
func (w *walker) throughNode(r flow, from, node *nic) []flow {
	if from.subnet != nil && node.subnet != nil && from.SubnetID != node.SubnetID {
		r = w.acl(w.acl(r, from.subnet, true), node.subnet, false)
	}
	r.nic = node
	return []flow{r}
}

// returned reports whether a reply came to where the conversation began.
func (s *start) returned(r *flow, node *nic) bool {
	switch {
	case r.assumed, s.exit.kind == kindAssumed:
		return true
	case node != nil:
		return r.nic == node
	case s.nic != nil:
		return r.nic == s.nic && len(r.undo) == 0
	case r.nic != nil:
		return false
	case s.kind == fromInternet:
		return r.exit.kind == kindInternet
	default:
		return r.exit.kind == s.exit.kind && r.exit.id == s.exit.id
	}
}

// ways pairs what arrives with its replies. The target is nil for what is
// outside, and for an address that whoever has it may answer for.
func (w *walker) ways(s *start, arrivals []flow, target *nic) []way {
	var out []way
	for _, a := range arrivals {
		if a.nic != nil && target != nil && a.nic != target && !a.dead() {
			a = a.stop(newBlocker(kindAddress, a.dst.addr.String(), "the routes lead to "+a.nic.id()+", which has the address too", nowhere))
		}
		if a.entered {
			a = w.routable(s, a)
		}
		out = and(out, w.answered(s, a))
	}
	if !w.tellsClients && slices.ContainsFunc(arrivals, func(a flow) bool { return !a.dead() && !a.masked }) {
		out = unmasked(out)
	}
	return out
}

// unmasked leaves out the ways on which an appliance puts its own address in, where
// nothing gets through by them that does not as it is.
func unmasked(all []way) []way {
	var forward, both space
	for i := range all {
		if y := &all[i]; !y.there.masked {
			forward, both = append(forward, y.forward...), append(both, y.both...)
		}
	}
	return slices.DeleteFunc(all, func(y way) bool {
		f := y.there.family
		return y.there.masked && y.forward.minus(forward, f).empty() && y.both.minus(both, f).empty()
	})
}

func (w *walker) answered(s *start, a flow) []way {
	var out []way
	base := way{there: a, entry: s.kind}
	switch {
	case !a.dead():
		base.forward = a.space
	case a.nic == nil && a.exit.kind == "": // nobody is there to reply
		return []way{base}
	}
	for _, r := range w.replyOf(a) {
		y := base
		if a.gateway {
			r.blockers = slices.DeleteFunc(slices.Clone(r.blockers), unattached)
		}
		if !a.dead() && !r.dead() && !s.returned(&r, a.src.via) {
			r = r.stop(r.astray(&a))
		}
		y.back = r
		if !a.dead() && !r.dead() {
			y.both = r.space
		}
		out = append(out, y)
	}
	if len(out) == 0 {
		out = append(out, base)
	}
	return out
}

// astray says that a reply does not go back: by the last route of its way, or of
// that of the request where no route decided.
func (f *flow) astray(request *flow) Blocker {
	for _, t := range []*trail{f.hops, request.hops} {
		for ; t != nil; t = t.before {
			if h := &t.last; h.Kind == kindTable {
				return newBlocker(kindTable, h.Resource, "the reply goes by "+h.Decided+", and not back the way the request came", h.Place)
			}
		}
	}
	to := Internet
	if !f.dst.isSet() {
		to = f.dst.addr.String()
	}
	return newBlocker(kindAddress, to, "the reply does not go back the way the request came", nowhere)
}

// routable keeps of what comes in by an internet gateway that to which a route leads
// back by one: AWS documents no delivery without it, so where there is
// none the packets count as not arriving.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html#vpc-igw-internet-access
func (w *walker) routable(s *start, a flow) flow {
	if a.nic == nil {
		return a
	}
	was := w.routesOnly
	w.routesOnly = true
	replies := w.replyOf(a)
	w.routesOnly = was
	var back space
	var stopped []cut
	doubted := false
	for i := range replies {
		r := &replies[i]
		switch {
		case !r.dead() && s.returned(r, a.src.via):
			back = append(back, r.space...)
		case r.dead():
			doubted = doubted || r.doubted
			for _, b := range r.blockers {
				stopped = append(stopped, cut{b, r.space})
			}
		default:
			stopped = append(stopped, cut{r.astray(&a), r.space})
		}
	}
	if slices.ContainsFunc(replies, func(r flow) bool { return r.gateway }) {
		a.blockers = slices.DeleteFunc(slices.Clone(a.blockers), unattached)
	}
	back = back.simple()
	if back.empty() {
		a.doubted = a.doubted || doubted
		for _, c := range stopped {
			a = a.stop(c.by)
		}
		return a
	}
	return a.narrowTo(back, stopped)
}

// narrowTo keeps of a flow what is in a space, and notes what stopped the rest.
func (f flow) narrowTo(to space, stopped []cut) flow {
	if !f.terse && !f.space.minus(to, f.family).empty() {
		f.narrowed = append(slices.Clip(f.narrowed), stopped...)
	}
	f.space = f.space.intersect(to)
	return f
}

// unattached tells that no internet gateway is attached to a VPC. Where a route
// leads to one that is not, or that was deleted, that says it already.
func unattached(b Blocker) bool {
	return b.Kind == kindInternet && strings.HasPrefix(b.Resource, "vpc-")
}

// toInterface starts a conversation with an address of an interface. The address
// may be public.
func (w *walker) toInterface(s *start, c *nic, addr netip.Addr, p Protocol, asked space) []way {
	f := flow{network: w.n, family: familyOf(addr), protocol: p, space: asked, src: end{addr: s.addr, nic: s.nic}, dst: end{addr: addr, nic: c}, terse: w.terse}
	return toward(addr, w.ways(s, w.begin(s, f, c), c))
}

// toward notes which address ways are to.
func toward(addr netip.Addr, ways []way) []way {
	for i := range ways {
		ways[i].to = addr
	}
	return ways
}

// fromNetwork sends packets in from a network outside that is not the internet.
func (w *walker) fromNetwork(s *start, f flow) []flow {
	f.crossed = outside
	if s.unseen != nil {
		return w.fromUnseen(f, s)
	}
	switch s.exit.kind {
	case kindTransit:
		return w.transitRoute(f, s.exit.vpc, s.exit.id, "", nil)
	case kindVPN:
		if edge := w.n.edges[s.exit.id]; edge != nil {
			return w.byTable(f, edge, nil)
		}
	case kindAssumed:
		if a := w.n.transit.vpcs[s.exit.id]; a != nil {
			return w.outOfTransit(f, a.TransitGatewayID, s.exit.id, "", nil)
		}
	}
	return w.deliver(f, s.exit.vpc, nil)
}

// begin sends the first packets of a conversation.
func (w *walker) begin(s *start, f flow, c *nic) []flow {
	switch s.kind {
	case fromInternet:
		f.crossed = outside
		private := f.dst.addr
		if h, ok := w.n.public[private]; ok && f.family == ipv4 {
			private = h.private
		}
		return w.enterTo(f, c, f.dst.addr, private)
	case fromOutside:
		return w.fromNetwork(s, f)
	case fromRouter:
		return w.deliver(f, s.exit.vpc, nil)
	default:
		f = w.speaking(f, s.nic)
		if at := w.n.serviceAt(s.nic, f.dst.addr); at != nil {
			return []flow{f.serve(at)}
		}
		return w.leave(f, s.nic)
	}
}

// closed is a conversation with an interface that the internet has no address
// for: it says so, and what else would stop it.
func (w *walker) closed(s *start, c *nic, p Protocol, asked space) []way {
	addr := c.PrivateIPAddress
	if !addr.IsValid() {
		addr = c.addressOf(ipv6)
	}
	if !addr.IsValid() {
		return nil
	}
	return w.closedAt(s, c, addr, p, asked)
}

// closedAt is a conversation with an address that the internet does not know.
func (w *walker) closedAt(s *start, c *nic, addr netip.Addr, p Protocol, asked space) []way {
	f := flow{network: w.n, family: familyOf(addr), protocol: p, space: asked, crossed: outside, src: end{addr: s.addr, nic: s.nic}, dst: end{addr: addr, nic: c}}
	if c.hasCarrier() && s.kind == fromInternet {
		f = f.guess(w.sure(doubt{undecided: "what the carrier gateway of " + c.id() + " lets through"}), newHop(c.id(), kindCarrier, "the carrier gateway passes packets on", nowhere))
		return toward(addr, w.ways(s, w.into(f, c, nil), c))
	}
	f = f.stop(c.unpublished(addr))
	return toward(addr, w.ways(s, w.enterTo(f, c, addr, addr), c))
}

// unpublished says that an address of an interface is none of the internet.
func (c *nic) unpublished(a netip.Addr) Blocker {
	if a.Is6() {
		return newBlocker(kindPublic, c.id(), a.String()+" is no address that the internet knows", c.says("Ipv6Addresses"))
	}
	return newBlocker(kindPublic, c.id(), a.String()+" has no public address", c.says("PrivateIpAddresses"))
}

// says is where a field of an interface is recorded.
func (c *nic) says(field string) snapshot.Place {
	if c.node {
		return nowhere
	}
	return source(c.NetworkInterface, field)
}

// dialled are the addresses by which the internet can call an interface, by
// family.
func (c *nic) dialled() []netip.Addr {
	var all []netip.Addr
	for _, m := range c.mapped() {
		all = append(all, m.public)
	}
	if c.node && c.open {
		all = append(all, c.PrivateIPAddress)
	}
	for _, a := range c.IPv6Addresses {
		if a.IPv6Address.IsValid() && c.global(a.IPv6Address) {
			all = append(all, a.IPv6Address)
		}
	}
	for _, p := range c.IPv6Prefixes { // one address stands for all of a block
		if a := p.IPv6Prefix.Addr(); a.IsValid() && c.global(a) {
			all = append(all, a)
		}
	}
	return all
}
