package reach_test

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

func (o *oracle) subnet(id string) *snapshot.Subnet {
	for i, n := range snapshot.Subnets.In(o.s) {
		if n.SubnetID == id {
			return &snapshot.Subnets.In(o.s)[i]
		}
	}
	return nil
}

func (o *oracle) nic(id string) *snapshot.NetworkInterface {
	for i, c := range snapshot.NetworkInterfaces.In(o.s) {
		if c.NetworkInterfaceID == id {
			return &snapshot.NetworkInterfaces.In(o.s)[i]
		}
	}
	return nil
}

// holder is the interface that has a private address in a VPC.
func (o *oracle) holder(vpc string, a netip.Addr) *snapshot.NetworkInterface {
	for i, c := range snapshot.NetworkInterfaces.In(o.s) {
		if c.VPCID == vpc && owns(&c, a) {
			return &snapshot.NetworkInterfaces.In(o.s)[i]
		}
	}
	return nil
}

// owns reports whether an address is one of an interface: listed, or of a block that
// it has.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html
func owns(c *snapshot.NetworkInterface, a netip.Addr) bool {
	return slices.Contains(c.Addresses(), a) ||
		slices.ContainsFunc(c.IPv4Prefixes, func(b snapshot.IPv4Prefix) bool { return b.IPv4Prefix.Contains(a) }) ||
		slices.ContainsFunc(c.IPv6Prefixes, func(b snapshot.IPv6Prefix) bool { return b.IPv6Prefix.Contains(a) })
}

func holds(blocks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return b.Contains(a) })
}

func (o *oracle) vpcHolds(vpc string, a netip.Addr) bool {
	for _, v := range snapshot.VPCs.In(o.s) {
		if v.VPCID == vpc {
			return holds(v.CIDRs(), a)
		}
	}
	return false
}

// runs reports whether somebody is behind an interface: the instance that has it
// runs, or it is no instance's and in use.
func (o *oracle) runs(c *snapshot.NetworkInterface) bool {
	if id := c.Attachment.InstanceID; id != "" {
		i, ok := o.s.Instance(c.Scope(), id)
		return ok && i.State.Name == "running"
	}
	if id, ok := strings.CutPrefix(c.Description, "VPC Endpoint Interface "); ok && !o.serves(o.endpoint(id)) {
		return false
	}
	return c.Status == "in-use"
}

// leave sends a packet out of an interface: its groups let it out, and it carries
// an address of the interface unless that may forward.
func (o *oracle) leave(c *snapshot.NetworkInterface, p packet, k sink) bool {
	if !o.runs(c) {
		return false
	}
	if !owns(c, p.src) && !snapshot.Is(c.SourceDestCheck, false) {
		return false
	}
	if owns(c, p.src) {
		p.from = c
	}
	if !o.groupsAdmit(c, true, p) {
		return false
	}
	p = p.remember(c.NetworkInterfaceID, p.tuple(), p.tuple())
	return o.leaveSubnet(o.subnet(c.SubnetID), p, k)
}

// leaveSubnet takes a packet from within a subnet on. Inside a subnet there is
// neither a router nor a network ACL.
func (o *oracle) leaveSubnet(n *snapshot.Subnet, p packet, k sink) bool {
	if p.ttl--; p.ttl < 0 {
		return false
	}
	if holds(n.CIDRs(), p.dst) {
		return o.inVPC(n.VPCID, n, p, k)
	}
	if !o.aclAdmits(n, true, p) {
		return false
	}
	t, ok := o.s.RouteTableOf(n)
	if !ok {
		return false
	}
	return o.follow(o.route(t, p.dst), n.VPCID, n, p, k)
}

// route is the route of a table that decides for a destination: the longest
// prefix; of the same prefix the local one, then static before propagated, and a
// CIDR block before an entry of a prefix list.
// https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
// https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-route-priority.html
func (o *oracle) route(t *snapshot.RouteTable, dst netip.Addr) *snapshot.Route {
	var best *snapshot.Route
	bits, rank := -1, 0
	ofGateway := slices.ContainsFunc(t.Associations, func(a snapshot.RouteTableAssociation) bool { return a.GatewayID != "" })
	for i := range t.Routes {
		r := &t.Routes[i]
		for _, b := range o.destinations(t, r) {
			yields := r.Origin == "EnableVgwRoutePropagation" || r.DestinationPrefixListID != "" && !ofGateway
			if yields && o.vpcHolds(t.VPCID, dst) {
				continue // the local route is preferred, however long the prefix of the other
			}
			if b.Contains(dst) && (b.Bits() > bits || b.Bits() == bits && rankOf(r) < rank) {
				best, bits, rank = r, b.Bits(), rankOf(r)
			}
		}
	}
	return best
}

func (o *oracle) destinations(t *snapshot.RouteTable, r *snapshot.Route) []netip.Prefix {
	if r.DestinationPrefixListID == "" {
		return []netip.Prefix{r.Destination()}
	}
	entries, _ := o.s.Entries(t.Scope(), r.DestinationPrefixListID)
	var all []netip.Prefix
	for _, e := range entries {
		all = append(all, e.CIDR)
	}
	return all
}

func rankOf(r *snapshot.Route) int {
	switch {
	case r.GatewayID == "local":
		return 0
	case r.Origin == "EnableVgwRoutePropagation":
		return 3
	case r.DestinationPrefixListID != "":
		return 2
	default:
		return 1
	}
}

// follow takes a packet to the target of a route. It comes from a subnet, or
// from none where it comes in through a gateway.
func (o *oracle) follow(r *snapshot.Route, vpc string, n *snapshot.Subnet, p packet, k sink) bool {
	switch {
	case r == nil || r.State != "active":
		return false
	case r.GatewayID == "local":
		return o.inVPC(vpc, n, p, k)
	case r.NetworkInterfaceID != "":
		return o.appliance(o.nic(r.NetworkInterfaceID), n, p, k)
	case r.NATGatewayID != "":
		return o.nat(r.NATGatewayID, n, p, k)
	case r.EgressOnlyGatewayID != "":
		return o.outEgressOnly(r.EgressOnlyGatewayID, vpc, n, p, k)
	case r.VPCPeeringConnectionID != "":
		return o.peering(r.VPCPeeringConnectionID, vpc, p, k)
	case r.TransitGatewayID != "":
		return n != nil && o.intoTransit(r.TransitGatewayID, n, p, k)
	case r.ToInternetGateway():
		return o.outInternet(r.GatewayID, vpc, n, p, k)
	case strings.HasPrefix(r.GatewayID, "vpce-"):
		return o.outEndpoint(r.GatewayID, vpc, p, k)
	default:
		return o.outVPN(r.GatewayID, vpc, p, k)
	}
}

// inVPC delivers a packet in a VPC, to the interface that has the address.
func (o *oracle) inVPC(vpc string, from *snapshot.Subnet, p packet, k sink) bool {
	c := o.holder(vpc, p.dst)
	if c == nil {
		return false
	}
	n := o.subnet(c.SubnetID)
	if (from == nil || from.SubnetID != n.SubnetID) && !o.aclAdmits(n, false, p) {
		return false
	}
	return o.reach(c, n, p, k)
}

// reach takes a packet into the interface that it is addressed to.
func (o *oracle) reach(c *snapshot.NetworkInterface, n *snapshot.Subnet, p packet, k sink) bool {
	if !o.runs(c) || !o.groupsAdmit(c, false, p) {
		return false
	}
	if id := o.natOf(c); id != "" {
		back, ok := p.translated(id)
		back.from, back.over, back.passed = nil, "", nil
		return ok && o.leaveSubnet(n, back, k)
	}
	p = p.remember(c.NetworkInterfaceID, p.tuple(), p.tuple())
	if back, ok := p.translated(c.NetworkInterfaceID); ok && p.reply {
		back.from, back.over, back.passed = nil, "", nil
		return o.leave(c, back, k)
	}
	return k(arrival{p, place{nic: c}})
}

// appliance takes a packet through an interface that a route leads to. It has to
// be allowed to take what is not addressed to it. What it does inside is not
// known: it passes a packet on as it is, or with an address of its own.
// https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html#EIP_Disable_SrcDestCheck
func (o *oracle) appliance(c *snapshot.NetworkInterface, from *snapshot.Subnet, p packet, k sink) bool {
	if c != nil && owns(c, p.dst) {
		return o.inVPC(c.VPCID, from, p, k)
	}
	if c == nil || slices.Contains(p.passed, c.NetworkInterfaceID) || !snapshot.Is(c.SourceDestCheck, false) || !o.runs(c) {
		return false
	}
	n := o.subnet(c.SubnetID)
	if (from == nil || from.SubnetID != n.SubnetID) && !o.aclAdmits(n, false, p) {
		return false
	}
	if !o.groupsAdmit(c, false, p) {
		return false
	}
	p = p.remember(c.NetworkInterfaceID, p.tuple(), p.tuple())
	p.passed = append(slices.Clip(p.passed), c.NetworkInterfaceID)
	p.from, p.over = nil, ""
	if o.leave(c, p, k) {
		return true
	}
	return !p.reply && o.masquerade(c, p, k)
}

// masquerade passes a packet on with the first address of the appliance.
func (o *oracle) masquerade(c *snapshot.NetworkInterface, p packet, k sink) bool {
	for _, a := range c.Addresses() {
		if a.Is6() == p.is6() {
			q := p
			q.src = a
			return o.leave(c, q.remember(c.NetworkInterfaceID, p.tuple(), q.tuple()), k)
		}
	}
	return false
}
