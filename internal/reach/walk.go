package reach

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// leave sends packets from an interface.
func (w *walker) leave(f flow, c *nic) []flow {
	return w.fromInterface(w.groups(f, c, true), c)
}

// fromInterface sends packets on from the subnet of an interface, which may not be
// recorded.
func (w *walker) fromInterface(f flow, c *nic) []flow {
	if c.subnet == nil {
		return w.somewhere(f.guess(w.lacks(snapshot.Subnets, c.Scope(), false), newHop(c.id(), kindInterface, "its subnet passes packets on", nowhere)))
	}
	return w.fromSubnet(f, c.subnet)
}

// deliver hands packets to whoever has their address in a VPC. They come from a
// subnet of it, or from a gateway, which is in none.
func (w *walker) deliver(f flow, vpc string, from *snapshot.Subnet) []flow {
	if out, is := w.toStranger(f, vpc, from); is {
		return out
	}
	if f.dst.isSet() {
		f.exit = exit{kindRouter, vpc, vpc}
		return []flow{f}
	}
	c := w.n.at(vpc, f.dst.addr)
	if f.dst.nic != nil && f.dst.nic.VPCID == vpc {
		c = f.dst.nic
	}
	if c == nil {
		return []flow{w.nobody(f, vpc)}
	}
	return w.into(f, c, from)
}

// goBeyond stops packets at what lies behind a gateway, which is not recorded.
func (n *Network) goBeyond(f flow, kind, id string, at snapshot.Place) flow {
	f.beyond = !f.dead()
	if a := f.dst.addr; n.nowhere(a) {
		return f.stop(newBlocker(kindAddress, a.String(), "nobody recorded has the address, and what lies behind "+id+" is not recorded", at))
	}
	return f.stop(newBlocker(kind, id, "what lies behind it is not recorded, and nobody recorded has "+f.name(f.dst)+" there", at))
}

// nowhere reports whether an address is one of networks of one's own and no
// interface that is recorded has it.
func (n *Network) nowhere(a netip.Addr) bool {
	return a.IsValid() && (isPrivate(a) || n.vpcHolding(a)) && !n.hasAny(a) && !n.unseen(a)
}

// nowhere reports whether the packets go to an address that nobody has. A reply to
// somebody in a VPC that is not recorded does not.
func (f *flow) nowhere() bool {
	return (!f.reply || f.unseen == nil) && f.network.nowhere(f.dst.addr)
}

// unseen reports whether an address is one of a VPC of which no list of interfaces
// is recorded, or that of a participant alone, or one for which a target group vouches.
func (n *Network) unseen(a netip.Addr) bool {
	for vpc, blocks := range n.vpcBlocks {
		_, shared := n.shared[vpc]
		if contains(blocks, a) && (shared || n.s.Gap(snapshot.NetworkInterfaces, n.scopeOf(vpc)) != nil) {
			return true
		}
	}
	return len(n.vouchedAt(a)) > 0
}

// nobody is an address in a VPC that no recorded interface has.
func (w *walker) nobody(f flow, vpc string) flow {
	if gone, allowed := w.unread(snapshot.NetworkInterfaces, w.n.scopeOf(vpc), false); gone {
		return f.guess(allowed, newHop(f.dst.addr.String(), kindInterface, "an interface has the address", nowhere))
	}
	if v, is := w.n.vouchers()[placed{vpc, f.dst.addr}]; is {
		return f.guess(w.sure(v.lack), newHop(f.dst.addr.String(), kindInterface, "an interface has the address, which "+v.group.TargetGroupName+" has as a healthy target", nowhere))
	}
	if d, shared := w.n.untold(vpc); shared {
		return f.guess(w.sure(d), newHop(f.dst.addr.String(), kindInterface, "an interface has the address", nowhere))
	}
	return f.stop(newBlocker(kindAddress, f.dst.addr.String(), "nobody in "+vpc+" has the address", nowhere))
}

// into brings packets into the subnet of an interface and to it.
func (w *walker) into(f flow, c *nic, from *snapshot.Subnet) []flow {
	if c.subnet != nil && (from == nil || from.SubnetID != c.SubnetID) {
		f = w.acl(f, c.subnet, false)
	}
	f = w.listed(f, c, f.dst.addr)
	if f.reply {
		return w.answer(f, c)
	}
	if c.holder.Kind == snapshot.HeldByNATGateway && c.nat == nil {
		return []flow{f.stop(newBlocker(kindNAT, cmp.Or(c.holder.ID, c.id()), "a NAT gateway takes no connections", c.says("InterfaceType")))}
	}
	if c.nat != nil {
		return []flow{f.stop(newBlocker(kindNAT, c.nat.NATGatewayID, "a NAT gateway takes no connections", source(c.nat, "NatGatewayId")))}
	}
	f.dst.nic = c
	f = w.listening(w.groups(f, c, false), c)
	f.nic = c
	return []flow{f}
}

// listed doubts packets to an address that only the instance of an interface names.
func (w *walker) listed(f flow, c *nic, a netip.Addr) flow {
	if !slices.Contains(c.unlisted, a) {
		return f
	}
	return f.guess(w.lacks(snapshot.NetworkInterfaces, c.Scope(), false), newHop(c.id(), kindInterface, "it has "+a.String(), nowhere))
}

// listening stops packets to an interface at which nothing can listen.
func (w *walker) listening(f flow, c *nic) flow {
	if l := w.n.balanced().byNode[c]; l != nil {
		return w.listens(f, l)
	}
	if c.holder.Kind.IsLoadBalancer() && c.holder.Kind != snapshot.HeldByGatewayBalancer {
		if gone, allowed := w.unread(listedAs(c.holder.Kind), c.Scope(), false); gone {
			return f.guess(allowed, newHop(c.holder.ID, kindListener, "a listener takes it", nowhere))
		}
		if scope, others := c.ownScope(); others {
			return f.guess(w.lacks(listedAs(c.holder.Kind), scope, false), newHop(c.holder.ID, kindListener, "a listener takes it", nowhere))
		}
	}
	if c.holder.Kind == snapshot.HeldByFunction {
		return f.stop(newBlocker(kindInterface, c.id(), "a function only sends: nothing listens there", c.says("InterfaceType")))
	}
	if c.holder.Kind == snapshot.HeldByTransitGateway {
		return f.stop(newBlocker(kindInterface, c.id(), "nothing listens at the interface of a transit gateway", c.says("InterfaceType")))
	}
	if c.Status == "available" {
		return f.stop(c.unused())
	}
	if c.holder.Kind == snapshot.HeldByEndpoint && !c.node {
		f = w.atEndpoint(f, c)
	}
	return w.running(f, c)
}

// listedAs is the kind in which a load balancer is recorded.
func listedAs(k snapshot.HolderKind) snapshot.Kind {
	if k == snapshot.HeldByClassicBalancer {
		return snapshot.ClassicLoadBalancers
	}
	return snapshot.LoadBalancers
}

// speaking stops packets of an interface that nothing uses.
func (w *walker) speaking(f flow, c *nic) flow {
	if !c.node && c.Status == "available" {
		return f.stop(c.unused())
	}
	return w.running(f, c)
}

func (c *nic) unused() Blocker {
	return newBlocker(kindInterface, c.id(), "the interface is attached to nothing", c.says("Status"))
}

// running stops packets of and to an instance, or a database, that does not run.
func (w *walker) running(f flow, c *nic) flow {
	if c.holder.Kind == snapshot.HeldByDatabase {
		if all := w.n.databases()[c]; stoppedAll(all) {
			return f.stop(stoppedDatabase(all[0]))
		}
	}
	id := c.Attachment.InstanceID
	if id == "" {
		return f
	}
	if c.unattached {
		f = f.guess(w.lacks(snapshot.NetworkInterfaces, c.Scope(), false), newHop(c.id(), kindInterface, "it is attached to "+id, nowhere))
	}
	i := w.n.instances[id]
	if i == nil {
		scope, _ := c.ownScope()
		return f.guess(w.lacks(snapshot.Instances, scope, false), newHop(id, kindState, "the instance is running", nowhere))
	}
	switch i.State.Name {
	case "running", "pending":
		return f
	case "stopped", "stopping", "shutting-down", "terminated":
		return f.stop(newBlocker(kindState, id, "the instance is "+i.State.Name, source(i, "State/Name")))
	default:
		return f.guess(w.unclear(snapshot.Instances, i.Scope(), "the state of "+id), newHop(id, kindState, "the instance is running", source(i, "State/Name")))
	}
}

// answer takes a reply to an interface: to the one that asked, or to a device
// that translated the request and now puts the first address back.
func (w *walker) answer(f flow, c *nic) []flow {
	if n := len(f.undo); n > 0 && f.undo[n-1].device == c {
		t := f.undo[n-1]
		f = f.back()
		kind, id := kindInterface, c.id()
		if t.nat != nil {
			kind, id = kindNAT, t.nat.NATGatewayID
		}
		f = f.hop(newHop(id, kind, "puts "+f.name(t.from)+" back", nowhere))
		return w.fromInterface(f, c)
	}
	f.nic = c
	return []flow{f}
}

// toPeer sends packets over a peering connection, which leads to the addresses of
// the other VPC and no further.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
func (w *walker) toPeer(f flow, id string, t *snapshot.RouteTable, n *snapshot.Subnet) []flow {
	p := w.n.peerings[id]
	if p == nil {
		return w.somewhere(f.guess(w.lacks(snapshot.VPCPeeringConnections, t.Scope(), false), newHop(id, kindPeering, "the peering is active", nowhere)))
	}
	if code := p.Status.Code; code != "active" {
		return w.onward(f.stop(newBlocker(kindPeering, id, "the peering connection is "+code, source(p, "Status/Code"))), n)
	}
	near, far, other := &p.RequesterVPCInfo, &p.AccepterVPCInfo, "AccepterVpcInfo"
	if near.VPCID != t.VPCID {
		near, far, other = far, near, "RequesterVpcInfo"
	}
	f = w.fromPeer(f, id, near).hop(newHop(id, kindPeering, "joins "+near.VPCID+" and "+far.VPCID, source(p, "Status/Code")))
	if f.crossed = overPeering; near.Region != far.Region {
		f.crossed = outside
	}
	blocks, known := w.n.vpcBlocks[far.VPCID]
	if !known {
		blocks = farBlocks(far)
	}
	if !known && f.reply && f.unseen != nil {
		f.exit = exit{kindPeering, id, t.VPCID}
		return []flow{f}
	}
	switch {
	case f.dst.isSet() || !contains(blocks, f.dst.addr):
		return []flow{f.stop(newBlocker(kindPeering, id, f.name(f.dst)+" is not in "+far.VPCID+", and peering leads no further", source(p, other)))}
	case !known:
		return []flow{f.guess(w.sure(interfacesIn(far)), newHop(far.VPCID, kindInterface, "somebody there has the address", nowhere))}
	}
	return w.deliver(f, far.VPCID, nil)
}

// fromPeer keeps of what goes over a peering connection what is from the VPC at its
// near end: none carries what only comes through that.
func (w *walker) fromPeer(f flow, id string, near *snapshot.PeeredVPCInfo) flow {
	blocks, known := w.n.vpcBlocks[near.VPCID]
	if !known {
		blocks = farBlocks(near)
	}
	through := f.space
	switch {
	case f.src.isSet():
		through = f.space.within(box{far: setOf(f.family, blocks...), service: allPorts, client: allPorts})
	case !contains(blocks, f.src.addr):
		through = nil
	}
	if through.empty() {
		return f.stop(newBlocker(kindPeering, id, f.name(f.src)+" is not in "+near.VPCID+", and peering carries nothing through it", nowhere))
	}
	f.space = through
	return f
}

// toAppliance sends packets to an interface that is to pass them on: as they are,
// or with its own address as their source, whichever gets through. What it does
// inside is not recorded.
func (w *walker) toAppliance(f flow, id string, t *snapshot.RouteTable, n *snapshot.Subnet) []flow {
	c := w.n.nicByID[id]
	if c == nil {
		return w.somewhere(f.guess(w.lacks(snapshot.NetworkInterfaces, t.Scope(), false), newHop(id, kindInterface, "it passes packets on", nowhere)))
	}
	if !f.dst.isSet() && c.holds(f.dst.addr) {
		return w.into(f, c, n)
	}
	f, ok := f.visit(c.id())
	if !ok {
		return []flow{f.stop(newBlocker(kindTable, t.RouteTableID, "the routes lead to "+c.id()+" in a circle", source(t, "Routes")))}
	}
	if f.family == ipv4 && ofInternetGateway(t) && len(c.mapped()) == 0 {
		f = f.stop(newBlocker(kindPublic, c.id(), "it has no public address, so that nothing comes to it by the route table of an internet gateway", c.says("Association")))
	}
	if n == nil || n.SubnetID != c.SubnetID {
		f = w.acl(f, c.subnet, false)
	}
	check, known := c.SourceDestCheck.Value()
	switch {
	case !known:
		f = f.guess(w.unclear(snapshot.NetworkInterfaces, c.Scope(), "whether "+c.id()+" checks source and destination"), newHop(c.id(), kindCheck, "it does not check source and destination", nowhere))
	case check:
		f = f.stop(newBlocker(kindCheck, c.id(), "it drops what is not for it: its source/destination check is on", c.says("SourceDestCheck")))
	}
	f = w.running(w.atAppliance(f, c, false), c)
	return w.passedOn(f, c)
}

// ofInternetGateway reports whether a route table decides for what comes in by an
// internet gateway. An appliance has to have a public address for that.
// https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html#gateway-route-table-rules
func ofInternetGateway(t *snapshot.RouteTable) bool {
	return slices.ContainsFunc(t.Associations, func(a snapshot.RouteTableAssociation) bool { return strings.HasPrefix(a.GatewayID, "igw-") })
}

// passedOn are the packets that an appliance sends on: as they came, or with its
// own address, whichever gets through; where neither does, what less is in the way
// of. Security groups that are referred to do not mean those who speak through it.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-referencing
func (w *walker) passedOn(f flow, c *nic) []flow {
	same := f.hop(newHop(c.id(), kindInterface, "passes packets on; what it does with them is not recorded", c.says("SourceDestCheck")))
	same.relayed = true
	out := w.fromInterface(w.atAppliance(same, c, true), c)
	if f.reply {
		return out
	}
	a := c.addressOf(f.family)
	if !a.IsValid() || f.src.addr == a {
		return out
	}
	own := f.hop(newHop(c.id(), kindInterface, "passes packets on with its own address", c.says("SourceDestCheck")))
	own.undo = append(slices.Clip(own.undo), translation{device: c, from: f.src, family: f.family, to: f.dst.addr})
	own.src, own.crossed, own.relayed, own.masked = end{addr: a, nic: c}, sameVPC, false, true
	changed := w.fromInterface(w.groups(own, c, true), c)
	if slices.ContainsFunc(out, alive) {
		return append(out, changed...)
	}
	if slices.ContainsFunc(changed, alive) || stopsOf(changed) <= stopsOf(out) {
		return changed
	}
	return out
}

func alive(f flow) bool { return !f.dead() }

// stopsOf counts what stops some flows.
func stopsOf(all []flow) int {
	n := 0
	for i := range all {
		n += len(all[i].blockers)
	}
	return n
}

// atAppliance applies the security groups of an appliance. They remember the
// requests that it passed on, so of replies those to other requests are new to them.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
func (w *walker) atAppliance(f flow, c *nic, egress bool) flow {
	f.untracked = f.reply && !slices.Contains(f.asked, c.id())
	f = w.groups(f, c, egress)
	f.untracked = false
	return f
}

// addressOf is the first address of an interface in a family.
func (c *nic) addressOf(f family) netip.Addr {
	for _, a := range c.Addresses() {
		if f.has(a) {
			return a
		}
	}
	return netip.Addr{}
}

// firstOf is the first interface of an instance.
func (n *Network) firstOf(instance string) string {
	for _, c := range n.nics {
		if c.Attachment.InstanceID == instance {
			return c.NetworkInterfaceID
		}
	}
	return instance
}

// toVPNGateway sends packets to a virtual private gateway. What lies behind it is
// not recorded, so only replies to what came from there leave by it.
func (w *walker) toVPNGateway(f flow, id, vpc string, n *snapshot.Subnet) []flow {
	g := w.n.vpns[id]
	switch {
	case g == nil:
		f = f.guess(w.lacks(snapshot.VPNGateways, w.n.scopeOf(vpc), false), newHop(id, kindVPN, "it is attached to "+vpc, nowhere))
	case !slices.ContainsFunc(g.VPCAttachments, func(a snapshot.InternetGatewayAttachment) bool {
		live, _ := a.Live()
		return a.VPCID == vpc && live
	}):
		f = f.stop(newBlocker(kindVPN, id, "it is not attached to "+vpc, source(g, "VpcAttachments")))
	}
	if !f.reply {
		return w.onward(w.n.goBeyond(f, kindVPN, id, nowhere), n)
	}
	f = f.hop(newHop(id, kindVPN, "leads to the network behind it", nowhere))
	f.exit = exit{kindVPN, id, vpc}
	return []flow{f}
}
