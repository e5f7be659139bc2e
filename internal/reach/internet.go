package reach

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// attached are the internet gateways of a VPC.
func (n *Network) attached(vpc string) []*snapshot.InternetGateway {
	if v := n.vpcs[vpc]; v != nil {
		return n.s.GatewaysOf(v)
	}
	var all []*snapshot.InternetGateway
	gateways := snapshot.InternetGateways.In(n.s)
	for i := range gateways {
		if slices.ContainsFunc(gateways[i].Attachments, func(a snapshot.InternetGatewayAttachment) bool { return a.VPCID == vpc }) {
			all = append(all, &gateways[i])
		}
	}
	return all
}

// toInternetGateway follows a route to an internet gateway.
func (w *walker) toInternetGateway(f flow, id string, t *snapshot.RouteTable, n *snapshot.Subnet) []flow {
	f.gateway = true
	g := w.n.gateways[id]
	if g == nil {
		f = f.guess(w.lacks(snapshot.InternetGateways, t.Scope(), false), newHop(id, kindInternet, "it is attached to "+t.VPCID, nowhere))
		return w.out(f, id, t.VPCID, n)
	}
	live, known, says := g.AttachedTo(t.VPCID)
	switch {
	case !known:
		f = f.guess(w.unclear(snapshot.InternetGateways, g.Scope(), "the attachment of "+id), newHop(id, kindInternet, "it is attached to "+t.VPCID, source(says.Resource, says.Field)))
	case !live:
		f = f.stop(newBlocker(kindInternet, id, "it is not attached to "+t.VPCID, source(says.Resource, says.Field)))
	default:
		f = f.hop(newHop(id, kindInternet, "it is attached to "+t.VPCID, source(says.Resource, says.Field)))
	}
	return w.out(f, id, t.VPCID, n)
}

// out lets packets out by an internet gateway, which puts the public address in
// the place of the private one and drops what has none.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
func (w *walker) out(f flow, id, vpc string, n *snapshot.Subnet) []flow {
	if !f.reply {
		use := ownEgress
		if len(f.undo) > 0 && f.undo[len(f.undo)-1].nat != nil {
			use = natEgress
		}
		f = w.blockPublicAccess(f, n, use)
	}
	f = w.published(f, id, vpc)
	if f.dst.isSet() {
		f.exit = exit{kindInternet, id, vpc}
		return []flow{f}
	}
	h, found := w.n.publicly(f.dst.addr)
	if inland(f.dst.addr) {
		return w.inland(f, kindInternet, id, n)
	}
	if found && (h.nic != nil || h.gateway != nil) {
		f.crossed, f.src.nic = outside, nil
		return w.enter(f, f.dst.addr)
	}
	f.exit = exit{kindInternet, id, vpc}
	return []flow{f}
}

// inland reports whether no internet has an address: it is private or, of IPv6, no
// global unicast address.
func inland(a netip.Addr) bool { return isPrivate(a) || a.Is6() && !globalUnicast.Contains(a) }

// inland stops packets to such an address that a route leads to a gateway of the internet.
func (w *walker) inland(f flow, kind, id string, n *snapshot.Subnet) []flow {
	if f.nowhere() {
		return []flow{f.stop(newBlocker(kindAddress, f.dst.addr.String(), "nobody has the address", nowhere))}
	}
	return w.onward(f.stop(newBlocker(kind, id, "an internet gateway leads to no private address", nowhere)), n)
}

// published puts the public address of the sender in its place. The gateway does so
// for the interfaces of its own VPC alone.
func (w *walker) published(f flow, id, vpc string) flow {
	if f.src.isSet() {
		return f
	}
	c := f.src.nic
	if n := len(f.undo); n > 0 && f.undo[n-1].device == nil && f.undo[n-1].nat != nil { // a regional NAT gateway: its address is public already
		return f
	}
	if c == nil {
		c = w.n.holder(f.src.addr, f)
	}
	if c == nil {
		return f.stop(newBlocker(kindPublic, f.src.addr.String(), "it has no public address, so the internet gateway drops what it sends", nowhere))
	}
	if c.VPCID != vpc {
		return f.stop(c.foreign(f.src.addr, vpc))
	}
	if f.family == ipv6 {
		if !c.global(f.src.addr) {
			return f.stop(c.unpublished(f.src.addr))
		}
		return f
	}
	p := c.publicOf(f.src.addr)
	if !p.IsValid() && c.node && c.open {
		return f
	}
	if !p.IsValid() {
		return f.stop(c.unpublished(f.src.addr))
	}
	f = f.hop(newHop(id, kindInternet, "puts "+p.String()+" in the place of "+f.src.addr.String(), c.says("Association")))
	f.src = end{addr: p}
	return f
}

// foreign says that an address of an interface is not of the VPC by whose gateway it
// would leave.
func (c *nic) foreign(a netip.Addr, vpc string) Blocker {
	return newBlocker(kindPublic, c.id(), a.String()+" is of "+c.VPCID+", and has no public address in "+vpc, c.says("VpcId"))
}

// holder finds who has a source address, where the flow has lost sight of it.
func (n *Network) holder(a netip.Addr, f flow) *nic {
	if h, ok := n.publicly(a); ok && f.family == ipv6 {
		return h.nic
	}
	return nil
}

// global reports whether the internet knows an IPv6 address of the interface: a
// global unicast address of a block that is not private. The subnet's block says so
// or, in old answers, that of the VPC alone.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html#vpc-ipv6-addresses
func (c *nic) global(a netip.Addr) bool {
	private := func(blocks []snapshot.IPv6CIDRBlockAssociation) bool {
		return slices.ContainsFunc(blocks, func(b snapshot.IPv6CIDRBlockAssociation) bool {
			return b.IPv6CIDRBlock.IsValid() && b.IPv6CIDRBlock.Contains(a) && b.IPv6AddressAttribute == "private"
		})
	}
	return globalUnicast.Contains(a) &&
		(c.subnet == nil || !private(c.subnet.IPv6CIDRBlockAssociationSet)) &&
		(c.vpc == nil || !private(c.vpc.IPv6CIDRBlockAssociationSet))
}

// enter brings packets in from the internet to whoever holds a public address.
func (w *walker) enter(f flow, public netip.Addr) []flow {
	h, _ := w.n.publicly(public)
	if f.reply && h.nic == nil && h.gateway != nil {
		return w.regionalReply(f, h.gateway)
	}
	if h.nic == nil {
		return []flow{f.stop(newBlocker(kindNAT, h.gateway.NATGatewayID, "a NAT gateway takes no connections", source(h.gateway, "NatGatewayAddresses")))}
	}
	return w.enterTo(f, h.nic, public, h.private)
}

// enterTo brings packets in to an address of an interface that the internet knows
// as another.
func (w *walker) enterTo(f flow, c *nic, public, private netip.Addr) []flow {
	if g := w.outBy(&f, c.VPCID); g != nil {
		f = f.hop(newHop(g.EgressOnlyInternetGatewayID, kindEgressOnly, "lets in the reply to what it let out", source(g, "Attachments")))
		return w.into(f, c, nil)
	}
	f, g := w.gatewayOf(f, c)
	if !f.reply {
		f.entered = true
		f = w.blockPublicAccess(f, c.subnet, ingress)
		f = w.denying(f, c)
	}
	if f.family == ipv6 && !c.global(private) {
		f = f.stop(c.unpublished(private))
	}
	if public != private {
		f = w.listed(f, c, public)
	}
	if public != private && !c.node {
		f = f.hop(newHop(cmp.Or(g, c.VPCID), kindInternet, "puts "+private.String()+" in the place of "+public.String(), c.says("Association")))
	}
	f.dst = end{addr: private, nic: c}
	if edge := w.n.edges[g]; edge != nil && edge.VPCID == c.VPCID {
		return w.byTable(f, edge, nil)
	}
	return w.into(f, c, nil)
}

const denyKey = "ipv6.deny_all_igw_traffic"

// denying stops what an interface does not take from internet gateways: it says so
// or, where it does not, the attribute of its load balancer, which is true of
// internal ones unless it is set.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
func (w *walker) denying(f flow, c *nic) flow {
	if deny, said := c.DenyAllIGWTraffic.Value(); deny {
		return f.stop(newBlocker(kindInterface, c.id(), "it takes nothing from internet gateways", c.says("DenyAllIgwTraffic")))
	} else if said || f.family != ipv6 {
		return f
	}
	l := w.n.balanced().byNode[c]
	if l == nil || l.v2 == nil {
		return f
	}
	rows, gap := w.n.s.AttributesOf(l.v2)
	switch value := attribute(rows, ofBalancer, denyKey); {
	case gap != nil && !l.v2.InternetFacing():
		return f.guess(w.sure(missing(gap, l.v2.Scope(), false)), newHop(l.name, kindBalancer, "it takes packets from internet gateways", nowhere))
	case value == "true", value == "" && !l.v2.InternetFacing():
		at := l.says()
		if i := slices.IndexFunc(rows, func(a snapshot.LoadBalancerAttribute) bool { return a.Key == denyKey }); i >= 0 {
			at = source(&rows[i], "Value")
		}
		return f.stop(newBlocker(kindBalancer, l.name, "it takes nothing over IPv6 from internet gateways", at))
	default:
		return f
	}
}

// gatewayOf finds the internet gateway by which packets come to an interface.
func (w *walker) gatewayOf(f flow, c *nic) (flow, string) {
	for _, g := range w.n.attached(c.VPCID) {
		live, known, says := g.AttachedTo(c.VPCID)
		at := source(says.Resource, says.Field)
		switch {
		case !known:
			return f.guess(w.unclear(snapshot.InternetGateways, g.Scope(), "the attachment of "+g.InternetGatewayID), newHop(g.InternetGatewayID, kindInternet, "it is attached to "+c.VPCID, at)), g.InternetGatewayID
		case live:
			return f.hop(newHop(g.InternetGatewayID, kindInternet, "it is attached to "+c.VPCID, at)), g.InternetGatewayID
		}
	}
	scope := c.vpcScope(w.n)
	if gone, allowed := w.unread(snapshot.InternetGateways, scope, false); gone {
		return f.guess(allowed, newHop(c.VPCID, kindInternet, "an internet gateway is attached to the VPC", nowhere)), ""
	}
	if c.vpc != nil && c.vpc.Foreign() { // its owner's list would have the gateway
		scope.Account = c.vpc.OwnerID
		return f.guess(w.lacks(snapshot.InternetGateways, scope, false), newHop(c.VPCID, kindInternet, "an internet gateway is attached to the VPC", nowhere)), ""
	}
	return f.stop(newBlocker(kindInternet, c.VPCID, "no internet gateway is attached to the VPC", nowhere)), ""
}

// vpcScope is where the VPC of an interface is recorded.
func (c *nic) vpcScope(n *Network) snapshot.Scope {
	if v := n.vpcs[c.VPCID]; v != nil {
		return v.Scope()
	}
	return c.Scope()
}

// Scope is where the interface is recorded: for a node of which none is, where its
// subnet is.
func (c *nic) Scope() snapshot.Scope {
	if c.node {
		return c.subnet.Scope()
	}
	return c.NetworkInterface.Scope()
}

// use is what traffic does with an internet gateway.
type use int

const (
	ingress    use = iota // connections from the internet
	ownEgress             // connections to it, from an address of one's own
	natEgress             // those that a NAT gateway makes
	egressOnly            // those by an egress-only internet gateway
)

// blockPublicAccess applies VPC Block Public Access to a subnet: as recorded with
// it, which counts exclusions in, else the option of the Region and its exclusions.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html
func (w *walker) blockPublicAccess(f flow, n *snapshot.Subnet, u use) flow {
	if n == nil {
		return f
	}
	mode, at, known := w.blockMode(n)
	if !known {
		return f.guess(w.blockUnknown(n), newHop(n.SubnetID, kindBlocked, "VPC Block Public Access lets it through", nowhere))
	}
	var blocked bool
	switch mode {
	case "", "off":
		return f
	case "block-bidirectional":
		blocked = true
	case "block-ingress":
		blocked = u == ingress || u == ownEgress
	default:
		return f.guess(w.sure(doubt{undecided: "what the mode " + mode + " of VPC Block Public Access blocks"}), newHop(n.SubnetID, kindBlocked, mode+" lets it through", at))
	}
	if !blocked {
		return f
	}
	stop := newBlocker(kindBlocked, n.SubnetID, "VPC Block Public Access is "+mode, at)
	if n.BlockPublicAccessStates.InternetGatewayBlockMode != "" { // which counts exclusions in
		return f.stop(stop)
	}
	return w.unlessExcluded(f, n, mode, u, stop)
}

// unlessExcluded stops packets unless an exclusion spares the subnet, or its VPC. What is
// in force of one that is being made, changed or deleted AWS does not say.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcBlockPublicAccessExclusion.html
func (w *walker) unlessExcluded(f flow, n *snapshot.Subnet, mode string, u use, stop Blocker) flow {
	if gone, allowed := w.unread(snapshot.BlockPublicAccessExclusions, ownerScope(n), false); gone {
		return f.guess(allowed, newHop(n.SubnetID, kindBlocked, "an exclusion lets it through", nowhere))
	}
	var unclear *snapshot.BlockPublicAccessExclusion
	exclusions := snapshot.BlockPublicAccessExclusions.In(w.n.s)
	for i := range exclusions {
		e := &exclusions[i]
		if !strings.HasSuffix(e.ResourceARN, "/"+n.SubnetID) && !strings.HasSuffix(e.ResourceARN, "/"+n.VPCID) {
			continue
		}
		switch spares(e, mode, u) {
		case surely:
			return f.hop(newHop(n.SubnetID, kindBlocked, "an exclusion lets it through", source(e, "InternetGatewayExclusionMode")))
		case perhaps:
			unclear = e
		case never:
		}
	}
	if unclear == nil {
		return f.stop(stop)
	}
	allowed := w.unclear(snapshot.BlockPublicAccessExclusions, ownerScope(n), "whether "+unclear.ExclusionID+" is in force")
	return f.guess(allowed, newHop(n.SubnetID, kindBlocked, "an exclusion that is "+unclear.State+" lets it through", source(unclear, "State")))
}

// inspected applies VPC Block Public Access to traffic with the internet that goes
// by the endpoint of a Gateway Load Balancer or a firewall: no exclusion helps.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html#security-vpc-bpa-service-support
func (w *walker) inspected(f flow, n *snapshot.Subnet) flow {
	if !f.src.isSet() && !f.dst.isSet() && (isPrivate(f.dst.addr) || w.n.vpcHolding(f.dst.addr)) {
		return f
	}
	mode, at, known := w.optionOf(n)
	switch {
	case !known:
		return f.guess(w.blockUnknown(n), newHop(n.SubnetID, kindBlocked, "VPC Block Public Access lets it through", nowhere))
	case mode == "block-bidirectional":
		return f.stop(newBlocker(kindBlocked, n.SubnetID, "VPC Block Public Access is "+mode+", and no exclusion spares what goes by an endpoint of a firewall", at))
	default:
		return f
	}
}

func (w *walker) blockMode(n *snapshot.Subnet) (mode string, at snapshot.Place, known bool) {
	if mode := n.BlockPublicAccessStates.InternetGatewayBlockMode; mode != "" {
		return mode, source(n, "BlockPublicAccessStates/InternetGatewayBlockMode"), true
	}
	return w.optionOf(n)
}

// optionOf is VPC Block Public Access as the owner of a subnet has it in the Region.
func (w *walker) optionOf(n *snapshot.Subnet) (mode string, at snapshot.Place, known bool) {
	options := snapshot.BlockPublicAccess.In(w.n.s)
	for i := range options {
		if o := &options[i]; o.Scope() == ownerScope(n) {
			return o.InternetGatewayBlockMode, source(o, "InternetGatewayBlockMode"), o.InternetGatewayBlockMode != "" && o.State != "update-in-progress"
		}
	}
	return "", nowhere, false
}

// ownerScope is where the owner of a subnet would be recorded: what blocks is the
// owner's option.
func ownerScope(n *snapshot.Subnet) snapshot.Scope {
	s := n.Scope()
	if n.OwnerID != "" {
		s.Account = n.OwnerID
	}
	return s
}

func (w *walker) blockUnknown(n *snapshot.Subnet) bool {
	return w.lacks(snapshot.BlockPublicAccess, ownerScope(n), false)
}

// sparing is whether an exclusion spares something.
type sparing int

const (
	never sparing = iota
	perhaps
	surely
)

// spares tells whether an exclusion lets through what Block Public Access stops. One for
// egress leaves what block-ingress leaves.
func spares(e *snapshot.BlockPublicAccessExclusion, mode string, u use) sparing {
	let := never
	switch e.InternetGatewayExclusionMode {
	case "allow-bidirectional":
		let = surely
	case "allow-egress":
		if mode == "block-bidirectional" && (u == natEgress || u == egressOnly) {
			let = surely
		}
	default:
		let = perhaps
	}
	switch e.State {
	case "create-complete", "update-complete", "":
		return let
	case "create-failed", "delete-complete", "disable-complete":
		return never
	case "create-in-progress", "delete-in-progress", "disable-in-progress":
		return min(let, perhaps)
	default: // while it is updated, and where that failed, it may have another mode
		return perhaps
	}
}
