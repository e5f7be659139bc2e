package reach

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

func itoa(n int) string { return strconv.Itoa(n) }

// byBalancers are the ways to an interface through load balancers, which send it
// packets at the ports at which it is registered.
func (w *walker) byBalancers(s *start, c *nic, p Protocol, asked space) []way {
	var out []way
	for _, r := range w.registrationsOf(c) {
		if !carries(r.group.Protocol, p) && (r.group.Protocol != "" || !w.sure(unlisted(snapshot.TargetGroups, r.group.Scope(), false))) {
			continue
		}
		at := asked.within(box{service: port(r.port), client: allPorts})
		if at.empty() {
			continue
		}
		for _, arn := range w.n.balancersOf(r.group) {
			if l := w.n.balanced().byARN[arn]; l != nil {
				out = append(out, w.byBalancer(s, l, &r, c, p, at)...)
			} else if gone, allowed := w.unread(snapshot.LoadBalancers, r.group.Scope(), true); gone && allowed {
				out = append(out, w.byUnlisted(s, arn, c, p, at)...)
			}
		}
	}
	out = append(out, w.byClassic(s, c, p, asked)...)
	out = append(out, w.byStrays(s, c, p, asked)...)
	out = append(out, w.byStrangers(s, c, p, asked)...)
	return append(out, w.byUnread(s, c, p, asked)...)
}

// byUnlisted is the way through a load balancer of which neither the entry nor a
// node is recorded: it may stand anywhere.
func (w *walker) byUnlisted(s *start, arn string, c *nic, p Protocol, asked space) []way {
	if slices.ContainsFunc(w.n.nodesIn(c.VPCID), (&balancer{arn: arn}).isNode) {
		return nil // by its nodes
	}
	y := flow{network: w.n, family: ipv4, protocol: p, space: asked, nic: c}
	y = y.guess(true, newHop(arn, kindBalancer, "it forwards to "+c.id(), nowhere))
	return []way{{there: y, forward: asked, both: asked, balancer: true, entry: s.kind, by: []passage{{balancer: arn}}}}
}

// byStrays are the ways that there may be by listeners that send to target groups
// which are not in the list: to whom, and at which port, nobody knows.
func (w *walker) byStrays(s *start, c *nic, p Protocol, asked space) []way {
	var out []way
	for i := range w.n.balanced().strays {
		t := &w.n.balanced().strays[i]
		l := t.balancer
		if l.vpc() != c.VPCID || !carries(t.on.protocol, p) || c.holder.Kind.IsLoadBalancer() && !l.isNetwork() ||
			!w.sure(unlisted(snapshot.TargetGroups, l.resource.Scope(), true)) {
			continue
		}
		r := &registration{group: &snapshot.TargetGroup{TargetGroupARN: t.group}}
		clients, forwards := w.forwardsTo(&t.on, r.group, l)
		if !forwards {
			continue
		}
		on := t.on
		on.clients = clients
		out = append(out, w.byStray(s, l, &on, r, c, p, asked)...)
	}
	return out
}

// byStray are the ways by a listener that sends on to nobody knows whom.
func (w *walker) byStray(s *start, l *balancer, on *listener, r *registration, c *nic, p Protocol, asked space) []way {
	var out []way
	for _, node := range l.nodes {
		for _, leg := range w.legs(s, node, p, reported(asked, port(on.port))) {
			if leg = leg.forwarded(l, on, r); !leg.both.empty() {
				out = append(out, w.second(s, l, node, on, &registration{}, c, p, leg, asked.service())...)
			}
		}
	}
	return out
}

// byUnread are the ways that load balancers may be of which it is not recorded
// what they send to: whoever gets to one of their nodes may get on from there.
func (w *walker) byUnread(s *start, c *nic, p Protocol, asked space) []way {
	if !p.hasPorts() {
		return nil
	}
	nodes := w.strangeNodes(c.VPCID)
	if w.maybeSentTo(c) {
		nodes = w.n.nodesIn(c.VPCID)
	}
	var out []way
	for _, node := range nodes {
		if node == c || !w.stands(node) || c.holder.Kind.IsLoadBalancer() && node.holder.Kind != snapshot.HeldByNetworkBalancer {
			continue // of load balancers Network Load Balancers alone have others as targets
		}
		l := &balancer{name: node.name(), resource: node.NetworkInterface}
		for _, leg := range w.unreadLegs(s, c, node, p, reported(asked, servicePorts)) {
			for _, r := range unreadTargets(node, c) {
				out = append(out, w.second(s, l, node, &listener{}, r, c, p, leg, asked.service())...)
			}
		}
	}
	return out
}

// unreadTargets is what a load balancer may have registered of an interface: it, by
// IPv4 or by IPv6.
func unreadTargets(node, c *nic) []*registration {
	all := []*registration{{}}
	if c.addressOf(ipv6).IsValid() && node.sendsBy6().IsValid() {
		all = append(all, &registration{six: true})
	}
	return all
}

// unreadLegs are the ways to a node on which it answers: directly, and through
// another load balancer.
func (w *walker) unreadLegs(s *start, c, node *nic, p Protocol, asked space) []way {
	var legs []way
	for _, a := range w.callable(s, node) {
		legs = append(legs, w.toInterface(s, node, a, p, asked)...)
	}
	if node.holder.Kind == snapshot.HeldByApplicationBalancer && !c.holder.Kind.IsLoadBalancer() {
		legs = append(legs, w.byUnread(s, node, p, asked)...)
	}
	return slices.DeleteFunc(legs, func(y way) bool { return y.both.empty() })
}

// maybeSentTo reports whether to assume that a load balancer sends to an
// interface, where it is not recorded which do.
func (w *walker) maybeSentTo(c *nic) bool {
	maybe := false
	for _, k := range []snapshot.Kind{snapshot.LoadBalancers, snapshot.TargetGroups, snapshot.ClassicLoadBalancers} {
		gone, allowed := w.unread(k, c.Scope(), true)
		maybe = maybe || gone && allowed
	}
	groups := snapshot.TargetGroups.In(w.n.s)
	for i := range groups {
		if g := &groups[i]; g.VPCID == c.VPCID && len(w.n.balancersOf(g)) > 0 {
			if _, gap := w.n.s.TargetsOf(g); gap != nil {
				maybe = w.sure(missing(gap, g.Scope(), true)) || maybe
			}
		}
	}
	return maybe
}

// nodesIn are the interfaces of load balancers in a VPC.
func (n *Network) nodesIn(vpc string) []*nic {
	var nodes []*nic
	for _, c := range n.nics {
		if c.VPCID == vpc && c.holder.Kind.IsLoadBalancer() {
			nodes = append(nodes, c)
		}
	}
	for _, l := range n.balanced().all {
		for _, c := range l.nodes {
			if c.node && c.VPCID == vpc {
				nodes = append(nodes, c)
			}
		}
	}
	return nodes
}

// byBalancer are the ways through one load balancer to a target of it.
func (w *walker) byBalancer(s *start, l *balancer, r *registration, c *nic, p Protocol, asked space) []way {
	if len(l.nodes) == 0 {
		return w.byNobody(s, l, c, p, asked)
	}
	all, gap := w.listenersOf(l)
	var out []way
	if gap != nil {
		if w.sure(*gap) {
			for _, node := range l.nodes {
				out = append(out, w.byNode(s, l, node, nil, r, c, p, asked)...)
			}
		}
		return out
	}
	forwarded := false
	for _, one := range all {
		if !carries(one.protocol, p) {
			continue
		}
		clients, forwards := w.forwardsTo(&one, r.group, l)
		if !forwards {
			continue
		}
		forwarded, one.clients = true, clients
		for _, node := range l.nodes {
			out = append(out, w.byNode(s, l, node, &one, r, c, p, asked)...)
		}
	}
	if !forwarded {
		f := flow{network: w.n, family: s.asks(), protocol: p, space: asked}
		f = f.stop(newBlocker(kindListener, l.name, "no listener forwards "+p.String()+" to "+r.group.TargetGroupName, nowhere))
		out = append(out, way{there: f, balancer: true, idle: true, entry: s.kind, by: []passage{{balancer: l.name}}})
	}
	return out
}

// byNobody is the way by a load balancer of which no node is recorded.
func (w *walker) byNobody(s *start, l *balancer, c *nic, p Protocol, asked space) []way {
	y := way{balancer: true, entry: s.kind, by: []passage{{balancer: l.name}}}
	y.there = flow{network: w.n, family: ipv4, protocol: p, space: asked, nic: c}
	y.there = y.there.guess(w.lacks(snapshot.Subnets, l.resource.Scope(), false), newHop(l.name, kindBalancer, "it has nodes", l.says()))
	if !y.there.dead() {
		y.forward, y.both = asked, asked
	}
	return []way{y}
}

// byNode are the ways by one node of a load balancer: the client's conversation
// with the node, and the node's with the target. Without a listener that is known
// the client may call any port.
func (w *walker) byNode(s *start, l *balancer, node *nic, on *listener, r *registration, c *nic, p Protocol, asked space) []way {
	if !w.stands(node) {
		return nil
	}
	first := reported(asked, servicePorts)
	if on != nil {
		first = reported(asked, port(on.port))
	}
	was := w.tellsClients
	w.tellsClients = on != nil && on.clients != nil
	legs := w.legs(s, node, p, first)
	w.tellsClients = was
	closed := len(legs) == 0 && s.kind == fromInternet
	if closed {
		legs = w.closed(s, node, p, first)
	}
	var out []way
	for _, leg := range legs {
		leg = leg.forwarded(l, on, r)
		for _, y := range w.second(s, l, node, on, r, c, p, leg, port(r.port)) {
			y.idle = leg.idle || closed && !node.hasCarrier()
			out = append(out, y)
		}
	}
	return node.surely(out)
}

// surely leaves out what stops the packets to a node that is not sure to be there:
// what is recorded of the others says why.
func (c *nic) surely(all []way) []way {
	if !c.guessed {
		return all
	}
	return slices.DeleteFunc(all, func(y way) bool { return y.forward.empty() })
}

// legs are the ways to a node: directly and, of an Application Load Balancer,
// through others.
func (w *walker) legs(s *start, node *nic, p Protocol, asked space) []way {
	if !w.stands(node) {
		return nil
	}
	var legs []way
	for _, a := range w.callable(s, node) {
		legs = append(legs, w.toInterface(s, node, a, p, asked)...)
	}
	legs = append(legs, w.byPublic(s, node, p, asked, legs)...)
	if node.holder.Kind == snapshot.HeldByApplicationBalancer {
		legs = append(legs, w.byBalancers(s, node, p, asked)...)
	}
	return legs
}

// forwarded keeps of what gets to a node that of the clients which the listener
// forwards to a target group, by the address that the node sees. A Network Load
// Balancer of which no rule is for a family is no way in it.
func (y way) forwarded(l *balancer, on *listener, r *registration) way {
	if on == nil || on.clients == nil {
		return y
	}
	others := newBlocker(kindListener, l.name, "the rules of port "+itoa(on.port)+" forward other clients to "+r.group.TargetGroupName, on.place())
	if src := y.there.src.addr; src.IsValid() {
		if set := on.clients[familyOf(src)]; set != nil && !set.contains(src) {
			y.there, y.both = y.there.stop(others), nil
		}
		return y
	}
	set := on.clients[y.there.family]
	sent := box{far: set, service: allPorts, client: allPorts}
	through := y.there.space.within(sent)
	if through.empty() {
		y.there, y.both, y.idle = y.there.stop(others), nil, l.isNetwork() && noneOf(set)
		return y
	}
	if lost := y.there.space.minus(through, y.there.family); !lost.empty() {
		y.there = y.there.cut(others, lost)
	}
	y.there.space, y.both = through, y.both.within(sent)
	return y
}

// reported puts other ports of the service into a space.
func reported(s space, ports Ports) space {
	out := make(space, len(s))
	for i, b := range s {
		out[i] = box{b.far, ports, b.client}
	}
	return out.simple()
}

// maybeTarget reports whether an interface may be a target of a load balancer: of
// load balancers Application Load Balancers alone are.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html
func (c *nic) maybeTarget() bool {
	return !c.holder.Kind.IsLoadBalancer() || c.holder.Kind == snapshot.HeldByApplicationBalancer
}

// callable are the addresses at which a start can call an interface.
func (w *walker) callable(s *start, c *nic) []netip.Addr {
	var all []netip.Addr
	if s.kind == fromInternet {
		all = c.dialled()
	} else {
		all = c.Addresses()
	}
	if f := s.family(); f != 0 {
		all = slices.DeleteFunc(slices.Clone(all), func(a netip.Addr) bool { return !f.has(a) })
	}
	return all
}

// byPublic are the ways from an interface to the public IPv4 addresses of another, by
// the internet gateway and with the sender's public address or that of a NAT gateway,
// where something gets through by them and not all does by the others.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
func (w *walker) byPublic(s *start, c *nic, p Protocol, asked space, others []way) []way {
	if s.nic == nil || !s.addr.Is4() {
		return nil
	}
	var both space
	for i := range others {
		both = append(both, others[i].both...)
	}
	if asked.minus(both.anywhere(), ipv4).empty() {
		return nil
	}
	var out []way
	for _, m := range c.mapped() {
		out = append(out, w.toInterface(s, c, m.public, p, asked)...)
	}
	return slices.DeleteFunc(out, func(y way) bool {
		return y.forward.empty() || y.there.nic != c && !y.there.assumed
	})
}

// second is the conversation of a node with a target, for the clients that got to
// the node; where that takes connections itself, for those that it answers.
func (w *walker) second(s *start, l *balancer, node *nic, on *listener, r *registration, c *nic, p Protocol, leg way, at Ports) []way {
	passes := l.isNetwork() && (on == nil || on.protocol != "TLS")
	asked := leg.both
	if asked.empty() || passes {
		asked = leg.there.space
	}
	f := w.toTarget(node, r, c)
	f.protocol, f.space = p, reported(asked, at)
	f.hops = leg.there.hops.and(newHop(l.name, kindBalancer, "forwards to "+c.id()+" at port "+at.String(), l.says()))
	if r.target != nil {
		f = f.hop(newHop(r.group.TargetGroupName, kindTargets, "registers "+r.target.Target.ID, source(r.target, "Target/Id")))
	}
	f.blockers, f.narrowed, f.doubted = slices.Clone(leg.there.blockers), slices.Clone(leg.there.narrowed), leg.there.doubted
	if len(leg.there.blockers) == 0 && leg.both.empty() && !passes {
		f.blockers, f.doubted = slices.Clone(leg.back.blockers), f.doubted || leg.back.doubted
	}
	f = w.targeted(f, l, node, r, c)
	return w.byEither(s, f, l, node, r, c, &leg, func(out []way) {
		for i := range out {
			out[i].by = append(slices.Clip(leg.by), passage{l.name, node.place()})
			if passes {
				out[i].backThrough(leg, at)
			}
		}
	})
}

// byEither are the ways on from a node, with its own address or with that of the
// client, as the load balancer is told; where that is not recorded, with either.
func (w *walker) byEither(s *start, f flow, l *balancer, node *nic, r *registration, c *nic, leg *way, back func([]way)) []way {
	send := func(f flow) []way {
		out := w.onwards(s, f, l, node, c, leg)
		back(out)
		return out
	}
	kept := f
	kept.src = end{addr: leg.there.src.addr, nic: s.nic, via: node}
	keeps, gap := w.keepsClient(l, node, r, c)
	switch {
	case leg.there.family != f.family, gap == nil && !keeps:
		return send(f)
	case gap == nil:
		return send(kept)
	}
	return w.either(*gap, send(f), send(kept))
}

// toTarget is a flow from a node to a target, at the address that is registered.
func (w *walker) toTarget(node *nic, r *registration, c *nic) flow {
	f := flow{network: w.n, family: ipv4, src: end{addr: node.PrivateIPAddress, nic: node}, dst: end{addr: c.PrivateIPAddress, nic: c}}
	if a := registeredAt(r, c); a.IsValid() {
		f.dst.addr, f.family = a, familyOf(a)
	}
	if f.family == ipv6 {
		f.src.addr = node.sendsBy6()
	}
	return f
}

// sendsBy6 is the IPv6 address of a node: where the node is not recorded, some
// address of its subnet.
func (c *nic) sendsBy6() netip.Addr {
	if a := c.addressOf(ipv6); a.IsValid() || !c.node {
		return a
	}
	for _, b := range c.subnet.CIDRs() {
		if b.Addr().Is6() {
			return someAddress(b)
		}
	}
	return netip.Addr{}
}

// registeredAt is the address at which a target is registered, where that is not the
// first one of an interface: targets are instances too by IPv6.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html
func registeredAt(r *registration, c *nic) netip.Addr {
	switch {
	case r.six, r.group != nil && r.group.TargetType != "ip" && r.group.IPAddressType == "ipv6":
		return c.addressOf(ipv6)
	case r.group != nil && r.group.TargetType == "ip":
		a, _ := netip.ParseAddr(r.target.Target.ID)
		return a
	default:
		return netip.Addr{}
	}
}

// either is the better of two, if what is not recorded allows it, else the worse.
func (w *walker) either(gap doubt, a, b []way) []way {
	better, worse := ranked(a, b)
	if w.sure(gap) {
		return better
	}
	return worse
}

// ranked tells the ways of two that lead further from the others. Where neither
// leads as far as the other, both lead further than nothing.
func ranked(a, b []way) (better, worse []way) {
	works := func(all []way) space {
		var s space
		for i := range all {
			s = append(s, all[i].both...)
		}
		return s
	}
	switch x, y := works(a), works(b); {
	case x.minus(y, ipv4).empty():
		return b, a
	case y.minus(x, ipv4).empty():
		return a, b
	}
	for _, y := range a {
		y.both, y.there.doubted = nil, true
		worse = append(worse, y)
	}
	return slices.Concat(a, b), worse
}

// onwards are the ways from a node to a target, for the clients that got there.
func (w *walker) onwards(s *start, f flow, l *balancer, node, c *nic, leg *way) []way {
	inner := start{nic: node, addr: node.PrivateIPAddress}
	sent := w.leave
	switch {
	case node.subnet == nil:
	case f.src.via != nil && c.VPCID == node.VPCID:
		sent = func(f flow, node *nic) []flow { return w.straight(f, node, c) }
	case l.classic != nil && c.SubnetID == node.SubnetID:
		sent = func(f flow, node *nic) []flow { return w.classically(f, node, c) }
	}
	out := w.ways(&inner, sent(f, node), c)
	for i := range out {
		out[i].balancer, out[i].entry = true, s.kind
		out[i].there.family = leg.there.family // that in which the clients are asked for
		out[i].back.hops = out[i].back.hops.and(leg.back.hops.hops()...)
		out[i].there.narrowed = append(out[i].there.narrowed, leg.back.narrowed...)
	}
	return out
}

// straight sends packets from the node of a Network Load Balancer that keeps the
// client's address: directly to the target, whatever routes there are for its subnet.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#client-ip-preservation
func (w *walker) straight(f flow, node, c *nic) []flow {
	f = w.groups(f, node, true)
	if c.subnet != nil && c.SubnetID != node.SubnetID {
		f = w.acl(f, node.subnet, true)
	}
	return w.into(f, c, node.subnet)
}

// classically sends packets from the node of a Classic Load Balancer to a target in
// its subnet: the network ACL decides for them all the same.
// https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
func (w *walker) classically(f flow, node, c *nic) []flow {
	return w.into(w.acl(w.groups(f, node, true), node.subnet, true), c, node.subnet)
}

// backThrough keeps of what is answered that of which the answer gets from the node
// back to the client. A Network Load Balancer passes packets on as they come, so
// those arrive that are not answered.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/introduction.html#network-load-balancer-overview
func (y *way) backThrough(leg way, port Ports) {
	y.both = y.both.intersect(reported(leg.both, port))
	if leg.both.empty() && len(leg.there.blockers) == 0 {
		for _, b := range leg.back.blockers {
			y.back = y.back.stop(b)
		}
		y.back.doubted = y.back.doubted || leg.back.doubted
	}
}

// targeted stops what a load balancer would not send to a target: it is unhealthy
// while others are not, or in a zone to which the node does not send.
func (w *walker) targeted(f flow, l *balancer, node *nic, r *registration, c *nic) flow {
	if r.group == nil {
		return w.healthyInstance(f, l, c.Attachment.InstanceID)
	}
	if f.src.isSet() {
		f = f.stop(newBlocker(kindBalancer, l.name, "its node "+node.id()+" has no IPv6 address, and sends to no targets of IPv6", node.says("Ipv6Addresses")))
	}
	if c.subnet != nil && c.VPCID == l.vpc() && !w.enabled(l, c.subnet) {
		f = f.stop(newBlocker(kindBalancer, l.name, "it is not enabled in "+zone(c.subnet)+", where its target "+f.dst.addr.String()+" is", source(l.resource, "AvailabilityZones")))
	}
	if node.subnet != nil && c.subnet != nil && !w.inZone(node.subnet, c.subnet) && !w.crossZone(l, r.group) {
		f = f.stop(newBlocker(kindBalancer, l.name, "it does not send across zones: its node is in "+zone(node.subnet)+", its target "+f.dst.addr.String()+" in "+zone(c.subnet), source(l.resource, "AvailabilityZones")))
	}
	if state := r.target.TargetHealth.State; !w.takes(l, node, r) {
		f = f.stop(newBlocker(kindTargets, r.group.TargetGroupName, "the target is "+state+", and gets no new connections", source(r.target, "TargetHealth/State")))
	}
	return f
}

// enabled reports whether a load balancer is enabled in the zone of a subnet.
// Targets in other zones of its VPC get nothing.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#availability-zones
func (w *walker) enabled(l *balancer, s *snapshot.Subnet) bool {
	if l.v2 == nil || len(l.v2.AvailabilityZones) == 0 {
		return true
	}
	in := func(assume func(a, b *snapshot.Subnet) bool) bool {
		return slices.ContainsFunc(l.v2.AvailabilityZones, func(z snapshot.LoadBalancerZone) bool {
			of := w.n.subnets[z.SubnetID]
			return of == nil && z.ZoneName == s.AvailabilityZone || of != nil && assume(of, s)
		})
	}
	return in(surelySame) || in(w.inZone)
}

// forwardsTo reports whether a listener sends to a target group, and the clients
// of which it does, by family; nil stands for all. A rule with conditions counts
// as sending: what they ask for, a client can send.
func (w *walker) forwardsTo(on *listener, g *snapshot.TargetGroup, l *balancer) (map[family]addresses, bool) {
	if l.isNetwork() && !l.dualStack() {
		return nil, sendsTo(on.v2.DefaultActions, g)
	}
	rules, gap := w.n.s.RulesOf(on.v2)
	if gap != nil {
		return nil, w.sure(missing(gap, on.v2.Scope(), false))
	}
	if len(rules) == 0 {
		return nil, sendsTo(on.v2.DefaultActions, g)
	}
	clients, sends := clientsOf(rules, g)
	if slices.ContainsFunc(rules, actsUnsaid) {
		d := unlisted(snapshot.ListenerRules, on.v2.Scope(), false)
		d.Resource = on.v2.ListenerARN
		if w.sure(d) {
			return nil, true
		}
	}
	return clients, sends
}

// actsUnsaid reports whether a rule leaves out what it does.
func actsUnsaid(r snapshot.ListenerRule) bool {
	return len(r.Actions) == 0 || slices.ContainsFunc(r.Actions, func(a snapshot.Action) bool {
		to := a.ForwardConfig.TargetGroups
		return a.Type == "" || a.Type == "forward" && (a.TargetGroupARN == "" && len(to) == 0 ||
			slices.ContainsFunc(to, func(t snapshot.TargetGroupTuple) bool { return t.TargetGroupARN == "" }))
	})
}

// dualStack reports whether a load balancer has addresses in both families. Network
// Load Balancers alone that do have rules.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/create-rule.html
func (l *balancer) dualStack() bool {
	return strings.HasPrefix(l.v2.IPAddressType, "dualstack")
}

func clientsOf(rules []snapshot.ListenerRule, g *snapshot.TargetGroup) (map[family]addresses, bool) {
	ordered := make([]*snapshot.ListenerRule, len(rules))
	for i := range rules {
		ordered[i] = &rules[i]
	}
	slices.SortStableFunc(ordered, func(a, b *snapshot.ListenerRule) int { return priority(a) - priority(b) })
	sent, any := map[family]addresses{}, false
	for _, f := range []family{ipv4, ipv6} {
		left, got := addresses(nil), noAddresses
		for _, r := range ordered {
			set, alone := sourceIPs(r, f)
			part := intersectAddresses(left, set)
			if sendsTo(r.Actions, g) && !noneOf(part) {
				got, any = unionAddresses(got, part), true
			}
			if alone {
				left = withoutAddresses(left, set, f)
			}
		}
		sent[f] = got
	}
	return sent, any
}

func priority(r *snapshot.ListenerRule) int {
	n, err := strconv.Atoi(r.Priority)
	if err != nil || r.IsDefault {
		return 1 << 20
	}
	return n
}

// sourceIPs are the clients that a rule is for, and whether it asks for nothing
// else, so that it takes all of them. An Application Load Balancer's names blocks, a
// Network Load Balancer's a family.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SourceIpConditionConfig.html
func sourceIPs(r *snapshot.ListenerRule, f family) (set addresses, alone bool) {
	alone = true
	for _, c := range r.Conditions {
		switch of := c.SourceIPConfig.IPAddressType; {
		case c.Field == "path-pattern" && slices.ContainsFunc(c.Paths(), anyPath), c.Field == "host-header" && slices.ContainsFunc(c.Hosts(), anyText):
		case c.Field != "source-ip":
			alone = false
		case of == "":
			set = intersectAddresses(set, setOf(f, c.SourceIPConfig.Values...))
		case !strings.EqualFold(of, f.String()):
			set = noAddresses
		}
	}
	return set, alone
}

// anyPath reports whether a pattern matches every path, which begins with a slash.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions
func anyPath(pattern string) bool {
	before, after, slash := strings.Cut(pattern, "/")
	if slash {
		return strings.Trim(before, "*") == "" && anyText(after)
	}
	return anyText(strings.Replace(pattern, "?", "", 1))
}

// anyText reports whether a pattern matches every text: an asterisk matches any
// characters or none, a question mark one.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#host-conditions
func anyText(pattern string) bool { return pattern != "" && strings.Trim(pattern, "*") == "" }

func sendsTo(actions []snapshot.Action, g *snapshot.TargetGroup) bool {
	for i := range actions {
		a := &actions[i]
		if a.Type != "forward" {
			continue
		}
		if a.TargetGroupARN == g.TargetGroupARN && len(a.ForwardConfig.TargetGroups) == 0 {
			return true
		}
		for _, t := range a.ForwardConfig.TargetGroups {
			if weight, ok := t.Weight.Value(); t.TargetGroupARN == g.TargetGroupARN && (!ok || weight > 0) {
				return true
			}
		}
	}
	return false
}

// byClassic are the ways to an instance through Classic Load Balancers.
func (w *walker) byClassic(s *start, c *nic, p Protocol, asked space) []way {
	var out []way
	for _, l := range w.n.balanced().all {
		if l.classic == nil || !l.serves(c.Attachment.InstanceID) {
			continue
		}
		all, _ := w.listenersOf(l)
		for _, on := range all {
			at := asked.within(box{service: port(on.instance), client: allPorts})
			if !carries(on.protocol, p) || at.empty() {
				continue
			}
			for _, node := range l.nodes {
				out = append(out, w.byNode(s, l, node, &on, &registration{port: on.instance}, c, p, at)...)
			}
		}
	}
	return out
}

func (l *balancer) serves(instance string) bool {
	return instance != "" && slices.ContainsFunc(l.classic.Instances, func(i snapshot.ClassicInstance) bool { return i.InstanceID == instance })
}
