package reach

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

// Of a VPC of which another account shares subnets, a participant is told of those
// subnets, their route tables and network ACLs, and the gateways; of interfaces and
// load balancers only of its own. Its owner is told of all interfaces and their
// security groups, and not of the load balancers and instances of participants.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html

// ownersOfShared are the VPCs that accounts own which are not recorded, and where
// they would be.
func (n *Network) ownersOfShared() map[string]snapshot.Scope {
	all := map[string]snapshot.Scope{}
	for id, s := range n.subnets {
		if s.Foreign() && n.vpcs[s.VPCID] == nil && s.VPCID != "" && id != "" {
			all[s.VPCID] = ownerScope(s)
		}
	}
	for id, v := range n.vpcs {
		if v.Foreign() {
			all[id] = snapshot.Scope{Account: v.OwnerID, Region: v.Region()}
		}
	}
	return all
}

// untold is the doubt about who has an address in a VPC of which a participant is
// not told.
func (n *Network) untold(vpc string) (d doubt, shared bool) {
	owner, shared := n.shared[vpc]
	return unlisted(snapshot.NetworkInterfaces, owner, false), shared
}

// untoldAt are the doubts about who has an address that may be one of such a VPC, or
// for which a target group vouches.
func (n *Network) untoldAt(a netip.Addr) []doubt {
	var all []doubt
	for _, vpc := range n.sharedWith(a) {
		d, _ := n.untold(vpc)
		all = append(all, d)
	}
	for _, k := range n.vouchedAt(a) {
		all = append(all, n.vouchers()[k].lack)
	}
	return all
}

// sharedWith are the shared VPCs in whose range an address is that nobody recorded
// there has.
func (n *Network) sharedWith(a netip.Addr) []string {
	var all []string
	for vpc := range n.shared {
		if contains(n.vpcBlocks[vpc], a) && n.at(vpc, a) == nil {
			all = append(all, vpc)
		}
	}
	slices.Sort(all)
	return all
}

// strangersIn are those in a shared VPC of whom a participant is not told: in each
// subnet that it is told of, and in others. They have the addresses that nobody
// recorded has.
func (n *Network) strangersIn(vpc string, f family) []start {
	d, shared := n.untold(vpc)
	if !shared {
		return nil
	}
	rest := setOf(f, n.vpcBlocks[vpc]...)
	var all []start
	for id, s := range n.subnets {
		if s.VPCID == vpc {
			all = append(all, n.strangers(n.subnets[id], setOf(f, s.CIDRs()...), d, f))
			rest = withoutAddresses(rest, setOf(f, s.CIDRs()...), f)
		}
	}
	slices.SortFunc(all, func(a, b start) int { return cmp.Compare(a.unseen.subnet.SubnetID, b.unseen.subnet.SubnetID) })
	all = append(all, start{kind: fromOutside, exit: exit{kindRouter, vpc, vpc}, far: rest, unseen: &unseenVPC{id: vpc, shared: true}, lack: &d})
	return slices.DeleteFunc(all, func(s start) bool { return noneOf(s.far) })
}

// strangersAt are those who may have an address that nobody recorded has, and those
// who have it as a healthy target.
func (n *Network) strangersAt(a netip.Addr, f family) []start {
	all := n.vouchedStarts(a)
	for _, vpc := range n.sharedWith(a) {
		for _, s := range among(n.strangersIn(vpc, f), setOf(f, netip.PrefixFrom(a, a.BitLen()))) {
			s.addr = a
			all = append(all, s)
		}
	}
	return all
}

// strangers are those in one subnet.
func (n *Network) strangers(s *snapshot.Subnet, far addresses, d doubt, f family) start {
	var known []netip.Prefix
	for _, c := range n.inside[s.SubnetID] {
		known = append(known, c.blocks()...)
	}
	return start{
		kind: fromOutside, exit: exit{kindRouter, s.VPCID, s.VPCID}, far: withoutAddresses(far, setOf(f, known...), f),
		unseen: &unseenVPC{id: s.VPCID, subnet: s, shared: true}, lack: &d,
	}
}

// strangersTo are those in the shared VPCs of some interfaces, and in the ones that
// are joined with those.
func (n *Network) strangersTo(m *meaning, f family) []start {
	var vpcs []string
	for _, c := range m.nics {
		vpcs = append(vpcs, c.VPCID)
	}
	for vpc, blocks := range n.vpcBlocks {
		if m.addr.IsValid() && contains(blocks, m.addr) {
			vpcs = append(vpcs, vpc)
		}
	}
	slices.Sort(vpcs)
	var near []string
	for _, vpc := range slices.Compact(vpcs) {
		near = append(near, n.joined(vpc)...)
	}
	slices.Sort(near)
	var all []start
	for _, vpc := range slices.Compact(near) {
		all = append(all, n.strangersIn(vpc, f)...)
	}
	return all
}

// among keeps of some starts the addresses that a set has too.
func among(all []start, set addresses) []start {
	var out []start
	for _, s := range all {
		if s.far = intersectAddresses(s.far, set); !noneOf(s.far) {
			out = append(out, s)
		}
	}
	return out
}

// anyOf are starts of which one that works is enough.
func anyOf(all []start) []start {
	for i := range all {
		all[i].one = true
	}
	return all
}

// fromStranger sends packets from somebody in a shared VPC.
func (w *walker) fromStranger(f flow, s *start) []flow {
	f.crossed = sameVPC
	switch {
	case s.unseen.subnet != nil:
		return w.fromSubnet(f, s.unseen.subnet)
	case f.dst.nic != nil && f.dst.nic.VPCID == s.exit.vpc, contains(w.n.vpcBlocks[s.exit.vpc], f.dst.addr):
		return w.deliver(f, s.exit.vpc, nil)
	default: // the routes of the subnet are not recorded
		return nil
	}
}

// toStranger brings a reply back to somebody in a shared VPC, from a subnet of it.
func (w *walker) toStranger(f flow, vpc string, from *snapshot.Subnet) (out []flow, is bool) {
	u := f.unseen
	if !f.reply || u == nil || !u.shared || u.id != vpc || !f.dst.isSet() && w.n.at(vpc, f.dst.addr) != nil {
		return nil, false
	}
	if u.subnet != nil && from != u.subnet {
		f = w.acl(f, u.subnet, false)
	}
	f.exit = exit{kindRouter, vpc, vpc}
	return []flow{f}, true
}

// staysIn reports whether packets from a subnet do not leave it.
func (f *flow) staysIn(n *snapshot.Subnet) bool {
	return !f.dst.isSet() && contains(n.CIDRs(), f.dst.addr) || f.reply && f.unseen != nil && f.unseen.subnet == n
}

// strange reports whether somebody of whom nothing is recorded may wear a group.
func (n *Network) strange(group string) bool {
	g := n.groups[group]
	return g == nil || g.Foreign()
}

// mayWear reports whether somebody in a VPC of whom nothing is recorded may wear a
// group.
func (u *unseenVPC) mayWear(group string, n *Network) bool {
	return n.groups[group] == nil || u.anybody || u.shared && n.strange(group)
}

// referenceOut applies a rule for egress that names a group: to its members, and to
// somebody in a shared VPC of whom a participant is not told.
func (g *grouping) referenceOut(id string, ports Ports, group *snapshot.SecurityGroup, field string) {
	d, shared := g.w.n.untold(g.c.VPCID)
	switch {
	case g.isMember(id):
		g.admit(nil, ports, group.GroupID, source(group, field))
	case !shared || !g.w.n.strange(id) || !slices.Contains(g.w.n.sharedWith(g.end.addr), g.c.VPCID):
	case g.w.sure(d):
		g.admit(nil, ports, group.GroupID, source(group, field))
	default:
		g.doubt = true
	}
}

// byStrangers are the ways that there may be through load balancers of others in a
// shared VPC: where the interface admits somebody there, or the clients themselves,
// whose addresses a Network Load Balancer may keep.
func (w *walker) byStrangers(s *start, c *nic, p Protocol, asked space) []way {
	owner, shared := w.n.shared[c.VPCID]
	f := s.asks()
	if !shared || !p.hasPorts() || s.unseen != nil || s.kind == fromRouter || s.kind == fromInternet && f != mainFamily(c) {
		return nil
	}
	if !w.sure(unlisted(snapshot.LoadBalancers, owner, true)) {
		return nil
	}
	y := flow{network: w.n, family: f, protocol: p, src: end{addr: s.addr}, crossed: outside}
	y = y.hop(newHop(c.VPCID, kindBalancer, "assumed: a load balancer of somebody there sends to "+c.id(), nowhere))
	if s.kind == fromInternet {
		y, _ = w.gatewayOf(y, c)
	}
	if s.nic != nil {
		y = w.speaking(y, s.nic)
	}
	if y.dead() || s.nic != nil && (s.nic.nat != nil || s.nic.holder.Kind == snapshot.HeldByTransitGateway) {
		return nil
	}
	var out []way
	if at := asked.within(box{service: w.openToStrangers(c, p, asked), client: allPorts}); !at.empty() {
		z := y
		z.space, z.nic = at, c
		out = append(out, way{there: z, forward: at, both: at, balancer: true, entry: s.kind})
	}
	y.space = asked
	return append(out, w.keptByStrangers(s, y, c)...)
}

// keptByStrangers are the ways through load balancers that keep the client's address.
func (w *walker) keptByStrangers(s *start, y flow, c *nic) []way {
	a := c.addressOf(y.family)
	if !a.IsValid() {
		return nil
	}
	y.dst = end{addr: a, nic: c}
	var out []way
	for _, z := range w.into(y, c, nil) {
		if !z.dead() {
			out = append(out, way{there: z, forward: z.space, both: z.space, balancer: true, entry: s.kind})
		}
	}
	return out
}

// openToStrangers are the ports of an interface that somebody in its VPC reaches of
// whom a participant is not told.
func (w *walker) openToStrangers(c *nic, p Protocol, asked space) Ports {
	var open Ports
	for _, f := range p.families() {
		a := c.addressOf(f)
		if !a.IsValid() {
			continue
		}
		for _, s := range w.n.strangersIn(c.VPCID, f) {
			for _, y := range w.toInterface(&s, c, a, p, space{{s.far, asked.service(), p.asked().client}}) {
				open = open.union(y.both.service())
			}
		}
	}
	return open
}

// ownScope is where what has an interface is recorded, and whether that is another
// account's recording than the one that lists the interface.
func (c *nic) ownScope() (scope snapshot.Scope, others bool) {
	scope = c.Scope()
	if others = !c.node && c.Foreign(); others {
		scope.Account = c.OwnerID
	}
	return scope, others
}

// strangeNodes are the interfaces in a VPC of load balancers of participants, whose
// lists are not recorded.
func (w *walker) strangeNodes(vpc string) []*nic {
	var all []*nic
	for _, c := range w.n.strangeNodes[vpc] {
		if scope, _ := c.ownScope(); w.sure(unlisted(listedAs(c.holder.Kind), scope, true)) {
			all = append(all, c)
		}
	}
	return all
}

// strangerOut is the way to the internet of somebody in a shared VPC: whether there
// is one is not recorded.
func (w *walker) strangerOut(s *start, p Protocol, f family) []way {
	y := flow{network: w.n, family: f, protocol: p, space: space{{w.n.outer[f], p.asked().service, p.asked().client}}}
	y = y.guess(w.sure(*s.lack), newHop(s.unseen.id, kindInterface, "packets of somebody there get out", nowhere))
	all := []way{{there: y, entry: s.kind}}
	if !y.dead() {
		all[0].forward, all[0].both = y.space, y.space
	}
	return all
}
