package reach

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// nat64 is the block in which IPv4 addresses are written for NAT64 (RFC 6052).
// https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// toNATGateway sends packets through a NAT gateway: connections of TCP, UDP and
// ICMP alone, and no replies to what it did not translate.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
func (w *walker) toNATGateway(f flow, r *tableRoute, t *snapshot.RouteTable, n *snapshot.Subnet) []flow {
	id := r.route.NATGatewayID
	g := w.n.nats[id]
	if g == nil && !f.reply {
		f = f.guess(w.lacks(snapshot.NATGateways, t.Scope(), false), newHop(id, kindNAT, "it translates and passes on", nowhere))
		return w.somewhere(f)
	}
	switch {
	case f.reply:
		return w.onward(f.stop(noReply(t, r, "a NAT gateway passes no reply to what it did not translate")), n)
	case g.State != "available" && g.State != "":
		f = f.stop(newBlocker(kindNAT, id, "the NAT gateway is "+g.State, source(g, "State")))
	case f.protocol != TCP && f.protocol != UDP && f.protocol != ICMP && f.protocol != ICMPv6:
		f = f.stop(newBlocker(kindNAT, id, "a NAT gateway carries TCP, UDP and ICMP alone", nowhere))
	}
	if stands := w.n.subnets[g.SubnetID]; stands != nil && (n == nil || n.SubnetID != stands.SubnetID) {
		f = w.acl(f, stands, false)
	}
	before := translation{nat: g, from: f.src, family: f.family, to: f.dst.addr}
	f, fits := f.to4()
	if !fits {
		return w.onward(f.stop(newBlocker(kindNAT, id, "a NAT gateway translates IPv4, and IPv6 to 64:ff9b::/96 alone", nowhere)), n)
	}
	f, ok := f.visit(id)
	if !ok {
		return []flow{f.stop(newBlocker(kindTable, t.RouteTableID, "the routes lead to "+id+" in a circle", source(t, "Routes")))}
	}
	if g.SubnetID == "" {
		return w.regional(f, before, n)
	}
	return w.zonal(f, before)
}

// noReply says that a route does not lead back to where a request came from.
func noReply(t *snapshot.RouteTable, r *tableRoute, why string) Blocker {
	return newBlocker(kindTable, t.RouteTableID, "the route "+r.destination()+" leads to "+targetOf(r.route)+": "+why, source(t, "Routes/"+strconv.Itoa(r.index)))
}

// to4 turns IPv6 packets to a NAT64 address into IPv4 ones.
func (f flow) to4() (flow, bool) {
	if f.family == ipv4 {
		return f, true
	}
	if f.dst.isSet() || !nat64.Contains(f.dst.addr) {
		return f, false
	}
	b := f.dst.addr.As16()
	f.family, f.dst.addr = ipv4, netip.AddrFrom4([4]byte(b[12:]))
	return f, true
}

// zonal passes packets through a NAT gateway that stands in a subnet, whose
// network ACL and routes decide for what it sends.
func (w *walker) zonal(f flow, before translation) []flow {
	g := before.nat
	stands := w.n.subnets[g.SubnetID]
	if stands == nil {
		return []flow{f.guess(w.lacks(snapshot.Subnets, g.Scope(), false), newHop(g.NATGatewayID, kindNAT, "its subnet passes packets on", nowhere))}
	}
	c, private := w.n.interfaceOf(g)
	if c == nil {
		return []flow{f.guess(w.lacks(snapshot.NetworkInterfaces, g.Scope(), false), newHop(g.NATGatewayID, kindNAT, "it has an interface", nowhere))}
	}
	f = f.hop(newHop(g.NATGatewayID, kindNAT, "puts "+private.String()+" in the place of "+f.name(f.src), source(g, "NatGatewayAddresses")))
	before.device = c
	f.undo = append(slices.Clip(f.undo), before)
	f.src = end{addr: private, nic: c}
	return w.fromSubnet(f, stands)
}

// interfaceOf is the interface of a zonal NAT gateway, with its private address.
func (n *Network) interfaceOf(g *snapshot.NATGateway) (*nic, netip.Addr) {
	for _, a := range g.NATGatewayAddresses {
		if c := n.nicByID[a.NetworkInterfaceID]; c != nil {
			return c, cmp.Or(a.PrivateIP, c.PrivateIPAddress)
		}
	}
	for _, c := range n.inside[g.SubnetID] {
		if c.nat == g {
			return c, c.PrivateIPAddress
		}
	}
	return nil, netip.Addr{}
}

// regional passes packets through a regional NAT gateway, which has a route table
// of its own and stands in no subnet.
// https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html
func (w *walker) regional(f flow, before translation, n *snapshot.Subnet) []flow {
	g := before.nat
	i := slices.IndexFunc(g.NATGatewayAddresses, func(a snapshot.NATGatewayAddress) bool {
		return a.PublicIP.IsValid() && (a.Status == "" || a.Status == "succeeded")
	})
	if i < 0 {
		f = f.stop(newBlocker(kindNAT, g.NATGatewayID, "the NAT gateway has no public address", source(g, "NatGatewayAddresses")))
		return w.onward(f, n)
	}
	public := g.NATGatewayAddresses[i].PublicIP
	f = f.hop(newHop(g.NATGatewayID, kindNAT, "puts "+public.String()+" in the place of "+f.name(f.src), source(g, "NatGatewayAddresses")))
	f.undo = append(slices.Clip(f.undo), before)
	f.src = end{addr: public}
	if t := w.n.tables[g.RouteTableID]; t != nil {
		return w.byTable(f, t, n)
	}
	for _, gateway := range w.n.attached(g.VPCID) {
		return w.out(f, gateway.InternetGatewayID, g.VPCID, n)
	}
	return []flow{f.guess(w.lacks(snapshot.RouteTables, g.Scope(), false), newHop(g.NATGatewayID, kindNAT, "its route table leads on", nowhere))}
}

// regionalReply takes a reply to a regional NAT gateway to the one that asked.
func (w *walker) regionalReply(f flow, g *snapshot.NATGateway) []flow {
	n := len(f.undo)
	if n == 0 || f.undo[n-1].nat != g {
		return []flow{f.stop(newBlocker(kindNAT, g.NATGatewayID, "a NAT gateway passes no reply to what it did not translate", nowhere))}
	}
	t := f.undo[n-1]
	f = f.back()
	f = f.hop(newHop(g.NATGatewayID, kindNAT, "puts "+f.name(t.from)+" back", nowhere))
	return w.deliver(f, g.VPCID, nil)
}

// toEgressOnly lets IPv6 connections out; replies come back by it.
// https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html
func (w *walker) toEgressOnly(f flow, r *tableRoute, t *snapshot.RouteTable, n *snapshot.Subnet) []flow {
	id := r.route.EgressOnlyGatewayID
	g := w.n.egressOnly[id]
	switch {
	case f.reply:
		f = f.stop(noReply(t, r, "an egress-only internet gateway passes no reply to what came by another way"))
	case f.family == ipv4:
		f = f.stop(newBlocker(kindEgressOnly, id, "it carries IPv6 alone", nowhere))
	case g == nil:
		f = f.guess(w.lacks(snapshot.EgressOnlyInternetGateways, t.Scope(), false), newHop(id, kindEgressOnly, "it is attached to "+t.VPCID, nowhere))
	case !attachedTo(g.Attachments, t.VPCID):
		f = f.stop(newBlocker(kindEgressOnly, id, "it is not attached to "+t.VPCID, source(g, "Attachments")))
	default:
		f = f.hop(newHop(id, kindEgressOnly, "it is attached to "+t.VPCID, source(g, "Attachments")))
	}
	f = w.blockPublicAccess(f, n, egressOnly)
	switch c := f.src.nic; {
	case c == nil || f.family == ipv4:
	case c.VPCID != t.VPCID:
		f = f.stop(c.foreign(f.src.addr, t.VPCID))
	case !c.global(f.src.addr):
		f = f.stop(c.unpublished(f.src.addr))
	}
	if f.dst.isSet() {
		f.exit = exit{kindEgressOnly, id, t.VPCID}
		return []flow{f}
	}
	if inland(f.dst.addr) {
		return w.inland(f, kindEgressOnly, id, n)
	}
	if h, found := w.n.publicly(f.dst.addr); found && h.nic != nil {
		f.crossed, f.src.nic = outside, nil
		f.passed = append(slices.Clip(f.passed), id)
		return w.enter(f, f.dst.addr)
	}
	f.exit = exit{kindEgressOnly, id, t.VPCID}
	return []flow{f}
}

// outBy is the egress-only internet gateway of a VPC by which the request left of
// which this is the reply, or nil.
func (w *walker) outBy(f *flow, vpc string) *snapshot.EgressOnlyInternetGateway {
	for _, id := range f.asked {
		if g := w.n.egressOnly[id]; g != nil && attachedTo(g.Attachments, vpc) {
			return g
		}
	}
	return nil
}

func attachedTo(all []snapshot.InternetGatewayAttachment, vpc string) bool {
	return slices.ContainsFunc(all, func(a snapshot.InternetGatewayAttachment) bool {
		live, _ := a.Live()
		return a.VPCID == vpc && live
	})
}

// toEndpoint follows a route to an endpoint: a gateway endpoint takes packets of
// its VPC to its service, one of a Gateway Load Balancer or a firewall decides as nobody
// recorded, and hands back what it lets through.
func (w *walker) toEndpoint(f flow, id string, r *tableRoute, t *snapshot.RouteTable, n *snapshot.Subnet) []flow {
	e := w.n.endpoints[id]
	if r.route.DestinationPrefixListID != "" && (e == nil || !strings.HasPrefix(e.VPCEndpointType, "GatewayLoadBalancer")) {
		return []flow{w.toService(f, id, t)}
	}
	f, ok := f.visit(id)
	if !ok {
		return []flow{f.stop(newBlocker(kindTable, t.RouteTableID, "the routes lead to "+id+" in a circle", source(t, "Routes")))}
	}
	if e == nil {
		return w.somewhere(f.guess(w.lacks(snapshot.VPCEndpoints, t.Scope(), true), newHop(id, kindEndpoint, "it passes packets on", nowhere)))
	}
	f = w.inService(f, e)
	f = f.guess(w.sure(doubt{undecided: "what " + id + " lets through", firewall: true}), newHop(id, kindEndpoint, "it passes packets on", source(e, "VpcEndpointType")))
	if len(e.SubnetIDs) == 0 {
		return w.onward(f, n)
	}
	if w.n.subnets[e.SubnetIDs[0]] == nil {
		return w.somewhere(f.guess(w.lacks(snapshot.Subnets, e.Scope(), false), newHop(id, kindEndpoint, "its subnet passes packets on", nowhere)))
	}
	stands := w.n.subnets[e.SubnetIDs[0]]
	if n == nil || n.SubnetID != stands.SubnetID {
		f = w.acl(f, stands, false)
	}
	return w.fromSubnet(w.inspected(f, stands), stands)
}

// endpointPorts are what gateway endpoints take.
var endpointPorts = map[Protocol]Ports{TCP: allPorts, ICMP: icmpType(8), ICMPv6: icmpType(128)}

// toService takes packets to the service of a gateway endpoint. It is for what
// stands in its VPC, not for what gets there by a transit gateway or a VPN, and of
// protocols for TCP and pings.
// https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-considerations
// https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
func (w *walker) toService(f flow, id string, t *snapshot.RouteTable) flow {
	if c := f.src.nic; c == nil || c.VPCID != t.VPCID {
		return f.stop(newBlocker(kindEndpoint, id, "a gateway endpoint takes what is sent in "+t.VPCID+" alone, not from "+f.name(f.src), source(t, "VpcId")))
	}
	if e := w.n.endpoints[id]; e != nil {
		f = w.inService(f, e)
		f = f.pass(f.space.within(box{service: endpointPorts[f.protocol], client: allPorts}),
			newHop(id, kindEndpoint, "leads to "+e.ServiceName, source(e, "ServiceName")),
			func(stopped flow) Blocker {
				return newBlocker(kindEndpoint, id, "a gateway endpoint takes TCP and pings alone, no "+stopped.what(), source(e, "VpcEndpointType"))
			})
	} else {
		f = f.guess(w.lacks(snapshot.VPCEndpoints, t.Scope(), true), newHop(id, kindEndpoint, "it leads to its service", nowhere))
	}
	f.exit = exit{kindEndpoint, id, t.VPCID}
	return f
}

// inService stops what an endpoint takes in none of the states in which there is no
// connection to a service. What one takes that is pending again, since it is modified,
// or is available in part, AWS does not say.
// https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html
func (w *walker) inService(f flow, e *snapshot.VPCEndpoint) flow {
	switch strings.ToLower(e.State) {
	case "available", "":
		return f
	case "pendingacceptance", "rejected", "expired", "failed", "deleted":
		return f.stop(newBlocker(kindEndpoint, e.VPCEndpointID, "the endpoint is "+e.State, source(e, "State")))
	default:
		return f.guess(w.unclear(snapshot.VPCEndpoints, e.Scope(), "what "+e.VPCEndpointID+" takes, which is "+e.State),
			newHop(e.VPCEndpointID, kindEndpoint, "it takes packets, though it is "+e.State, source(e, "State")))
	}
}

// atEndpoint stops packets to an interface of an endpoint that is not in service.
func (w *walker) atEndpoint(f flow, c *nic) flow {
	if e := w.n.endpoints[c.holder.ID]; e != nil {
		return w.inService(f, e)
	}
	if gone, allowed := w.unread(snapshot.VPCEndpoints, c.Scope(), false); gone {
		return f.guess(allowed, newHop(c.holder.ID, kindEndpoint, "it is available", nowhere))
	}
	return f
}

// toCarrier leads from a Wavelength Zone to the network of a carrier, for what
// has an address there. What it lets through is not recorded.
// https://docs.aws.amazon.com/wavelength/latest/developerguide/how-wavelengths-work.html
func (w *walker) toCarrier(f flow, id string) []flow {
	if c := f.src.nic; c != nil && !c.hasCarrier() {
		f = f.stop(newBlocker(kindPublic, c.id(), f.name(f.src)+" has no carrier address", c.says("Association")))
	}
	f = f.guess(w.sure(doubt{undecided: "what " + id + " lets through"}), newHop(id, kindCarrier, "it passes packets on", nowhere))
	f.assumed = true
	f.exit = exit{kind: kindCarrier, id: id}
	return []flow{f}
}

// hasCarrier reports whether a carrier knows an address of the interface.
func (c *nic) hasCarrier() bool {
	return c.Association.OfCarrier().IsValid() ||
		slices.ContainsFunc(c.PrivateIPAddresses, func(p snapshot.PrivateIPAddress) bool { return p.Association.OfCarrier().IsValid() })
}
