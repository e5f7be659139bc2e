package reach_test

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// live reports whether one of a gateway's attachments joins it to a VPC.
func live(all []snapshot.InternetGatewayAttachment, vpc string) bool {
	return slices.ContainsFunc(all, func(a snapshot.InternetGatewayAttachment) bool {
		return a.VPCID == vpc && (a.State == "available" || a.State == "attached")
	})
}

// gatewayOf is the internet gateway of a VPC, or nil.
func (o *oracle) gatewayOf(vpc string) *snapshot.InternetGateway {
	all := snapshot.InternetGateways.In(o.s)
	for i := range all {
		if live(all[i].Attachments, vpc) {
			return &all[i]
		}
	}
	return nil
}

// mapping joins a public IPv4 address to a private one.
type mapping struct {
	nic             *snapshot.NetworkInterface
	private, public netip.Addr
}

func (o *oracle) mappings() []mapping {
	var all []mapping
	nics := snapshot.NetworkInterfaces.In(o.s)
	for i := range nics {
		c := &nics[i]
		for _, a := range c.PrivateIPAddresses {
			if a.Association.PublicIP.IsValid() {
				all = append(all, mapping{c, a.PrivateIPAddress, a.Association.PublicIP})
			}
		}
	}
	return all
}

// global reports whether an IPv6 address of a VPC is in a range that the internet
// may know: not unique local, and not of a private pool.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SubnetIpv6CidrBlockAssociation.html
func (o *oracle) global(vpc string, a netip.Addr) bool {
	var blocks []snapshot.IPv6CIDRBlockAssociation
	for _, v := range snapshot.VPCs.In(o.s) {
		if v.VPCID == vpc {
			blocks = append(blocks, v.IPv6CIDRBlockAssociationSet...)
		}
	}
	for _, n := range snapshot.Subnets.In(o.s) {
		if n.VPCID == vpc {
			blocks = append(blocks, n.IPv6CIDRBlockAssociationSet...)
		}
	}
	known := false
	for _, b := range blocks {
		if b.IPv6CIDRBlock.Contains(a) {
			known = true
			if a.IsPrivate() || b.IPv6AddressAttribute == "private" {
				return false
			}
		}
	}
	return known
}

// blockMode is what VPC Block Public Access means for a subnet: off,
// block-ingress or block-bidirectional.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
func (o *oracle) blockMode(vpc string, n *snapshot.Subnet) string {
	if n != nil && n.BlockPublicAccessStates.InternetGatewayBlockMode != "" {
		return n.BlockPublicAccessStates.InternetGatewayBlockMode
	}
	mode := "off"
	for _, b := range snapshot.BlockPublicAccess.In(o.s) {
		if b.Scope() == o.ownerOf(vpc) {
			mode = b.InternetGatewayBlockMode
		}
	}
	for _, e := range snapshot.BlockPublicAccessExclusions.In(o.s) {
		subnet := n != nil && strings.HasSuffix(e.ResourceARN, "/"+n.SubnetID)
		if e.State != "create-complete" || !subnet && !strings.HasSuffix(e.ResourceARN, "/"+vpc) {
			continue
		}
		switch {
		case e.InternetGatewayExclusionMode == "allow-bidirectional":
			return "off"
		case mode == "block-bidirectional":
			mode = "block-ingress"
		}
	}
	return mode
}

// ownerOf is where the owner of a VPC is recorded.
func (o *oracle) ownerOf(vpc string) snapshot.Scope {
	for _, v := range snapshot.VPCs.In(o.s) {
		if v.VPCID == vpc {
			return snapshot.Scope{Account: v.OwnerID, Region: v.Region()}
		}
	}
	return snapshot.Scope{}
}

// outInternet takes a packet out by an internet gateway, which swaps the private
// IPv4 address for the public one and passes nothing that has none.
// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
func (o *oracle) outInternet(gateway, vpc string, n *snapshot.Subnet, p packet, k sink) bool {
	if g := o.gatewayOf(vpc); g == nil || g.InternetGatewayID != gateway {
		return false
	}
	if p.is6() {
		c := o.holder(vpc, p.src)
		return c != nil && o.global(vpc, p.src) && o.unblocked(c, n, p) && o.internet(p, k)
	}
	for _, m := range o.mappings() {
		if m.nic.VPCID == vpc && m.private == p.src {
			p.src = m.public
			p.from, p.over = nil, ""
			return o.unblocked(m.nic, n, p) && o.internet(p, k)
		}
	}
	return false
}

// unblocked reports whether Block Public Access lets an interface speak with the
// internet through a gateway. Of a conversation the first packet is asked about: as
// for the subnet that it comes into, or leaves last.
func (o *oracle) unblocked(c *snapshot.NetworkInterface, n *snapshot.Subnet, p packet) bool {
	mode := o.blockMode(c.VPCID, n)
	return p.reply || mode == "off" || mode == "block-ingress" && o.natOf(c) != ""
}

// internet carries a packet on the internet: to who holds the address in a VPC,
// or to whoever else has it.
func (o *oracle) internet(p packet, k sink) bool {
	p.from, p.over, p.passed, p.public = nil, "", nil, true
	if p.is6() {
		return o.internet6(p, k)
	}
	for _, m := range o.mappings() {
		if m.public == p.dst {
			p.dst = m.private
			return o.inInternet(m.nic, p, k)
		}
	}
	for _, g := range snapshot.NATGateways.In(o.s) {
		for _, a := range g.NATGatewayAddresses {
			if a.PublicIP == p.dst {
				return o.backRegional(&g, p, k)
			}
		}
	}
	p.public = false
	return public(p.dst) && k(arrival{p, place{outside: "internet"}})
}

func (o *oracle) internet6(p packet, k sink) bool {
	for _, v := range snapshot.VPCs.In(o.s) {
		if !holds(v.CIDRs(), p.dst) {
			continue
		}
		c := o.holder(v.VPCID, p.dst)
		if c == nil || !o.global(v.VPCID, p.dst) {
			return false
		}
		for _, g := range snapshot.EgressOnlyInternetGateways.In(o.s) {
			if live(g.Attachments, v.VPCID) && p.answers(g.EgressOnlyInternetGatewayID) {
				return o.inVPC(v.VPCID, nil, p, k)
			}
		}
		return o.inInternet(c, p, k)
	}
	p.public = false
	return public(p.dst) && k(arrival{p, place{outside: "internet"}})
}

// public reports whether the internet routes an address.
func public(a netip.Addr) bool {
	if a.Is6() {
		return netip.MustParsePrefix("2000::/3").Contains(a) && !holds(special, a)
	}
	return !holds(special, a)
}

// special are ranges that are routed by nobody.
// https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
var special = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "2001:db8::/32")

func prefixes(all ...string) []netip.Prefix {
	var ps []netip.Prefix
	for _, s := range all {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}

// edge is the route table that decides for what comes in through a gateway.
func (o *oracle) edge(gateway string) *snapshot.RouteTable {
	all := snapshot.RouteTables.In(o.s)
	for i := range all {
		for _, a := range all[i].Associations {
			if a.GatewayID == gateway {
				return &all[i]
			}
		}
	}
	return nil
}

// inInternet takes a packet in through the internet gateway of the VPC of an
// interface.
func (o *oracle) inInternet(c *snapshot.NetworkInterface, p packet, k sink) bool {
	g := o.gatewayOf(c.VPCID)
	if g == nil || !o.unblocked(c, o.subnet(c.SubnetID), p) || p.is6() && o.deniesGateways(c) {
		return false
	}
	return o.inGateway(g.InternetGatewayID, c.VPCID, p, k)
}

// deniesGateways reports whether an interface is a node of a load balancer that
// takes nothing over IPv6 from internet gateways, as internal ones do unless told to.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
func (o *oracle) deniesGateways(c *snapshot.NetworkInterface) bool {
	for _, b := range snapshot.LoadBalancers.In(o.s) {
		if !slices.ContainsFunc(o.nodesOf(&b), func(n *snapshot.NetworkInterface) bool { return n.NetworkInterfaceID == c.NetworkInterfaceID }) {
			continue
		}
		denies := b.Scheme == "internal"
		attributes, _ := o.s.AttributesOf(&b)
		for _, a := range attributes {
			if a.Key == "ipv6.deny_all_igw_traffic" {
				denies = a.Value == "true"
			}
		}
		return denies
	}
	return false
}

// inGateway takes a packet in by a gateway, and by the route table of the gateway
// where it has one. By that of an internet gateway packets come to an appliance only
// if it has a public address.
// https://docs.aws.amazon.com/vpc/latest/userguide/gateway-route-tables.html#gateway-route-table-rules
func (o *oracle) inGateway(gateway, vpc string, p packet, k sink) bool {
	if t := o.edge(gateway); t != nil {
		r := o.route(t, p.dst)
		if r != nil && r.NetworkInterfaceID != "" && !p.is6() && strings.HasPrefix(gateway, "igw-") {
			c := o.nic(r.NetworkInterfaceID)
			if c == nil || len(c.PublicAddresses()) == 0 {
				return false
			}
		}
		return o.follow(r, vpc, nil, p, k)
	}
	return o.inVPC(vpc, nil, p, k)
}

// outEgressOnly takes IPv6 out, and remembers it so that the answer comes in.
// https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html
func (o *oracle) outEgressOnly(gateway, vpc string, n *snapshot.Subnet, p packet, k sink) bool {
	for _, g := range snapshot.EgressOnlyInternetGateways.In(o.s) {
		if g.EgressOnlyInternetGatewayID != gateway || !live(g.Attachments, vpc) {
			continue
		}
		if p.reply || !p.is6() || !o.global(vpc, p.src) || o.holder(vpc, p.src) == nil {
			return false
		}
		if !p.reply && o.blockMode(vpc, n) == "block-bidirectional" {
			return false
		}
		return o.internet(p.remember(gateway, p.tuple(), p.tuple()), k)
	}
	return false
}

// natOf is the NAT gateway that an interface is of.
func (o *oracle) natOf(c *snapshot.NetworkInterface) string {
	for _, g := range snapshot.NATGateways.In(o.s) {
		for _, a := range g.NATGatewayAddresses {
			if a.NetworkInterfaceID == c.NetworkInterfaceID {
				return g.NATGatewayID
			}
		}
	}
	return ""
}

// nat sends a packet on with an address and a port of a NAT gateway, which
// knows TCP, UDP and ICMP.
// https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
func (o *oracle) nat(id string, from *snapshot.Subnet, p packet, k sink) bool {
	g := o.natGateway(id)
	if g == nil || g.State != "available" || p.is6() || !slices.Contains([]int{protoTCP, protoUDP, protoICMP}, p.proto) {
		return false
	}
	for _, a := range g.NATGatewayAddresses {
		q := p
		q.src, q.sport, q.from, q.over = a.PrivateIP, o.natPort, nil, ""
		if g.AvailabilityMode == "regional" {
			q.src = a.PublicIP
			if o.outRegional(g, q.remember(id, p.tuple(), q.tuple()), k) {
				return true
			}
			continue
		}
		c := o.nic(a.NetworkInterfaceID)
		n := o.subnet(c.SubnetID)
		if (from == nil || from.SubnetID != n.SubnetID) && !o.aclAdmits(n, false, p) {
			continue
		}
		q.from = c
		if o.leaveSubnet(n, q.remember(id, p.tuple(), q.tuple()), k) {
			return true
		}
	}
	return false
}

func (o *oracle) natGateway(id string) *snapshot.NATGateway {
	all := snapshot.NATGateways.In(o.s)
	for i := range all {
		if all[i].NATGatewayID == id {
			return &all[i]
		}
	}
	return nil
}

// outRegional takes a packet on from a regional NAT gateway, which is in no
// subnet and has a route table of its own.
func (o *oracle) outRegional(g *snapshot.NATGateway, p packet, k sink) bool {
	r := o.regionalRoute(g, p.dst)
	if r == nil || r.State != "active" || !r.ToInternetGateway() {
		return false
	}
	igw := o.gatewayOf(g.VPCID)
	if igw == nil || igw.InternetGatewayID != r.GatewayID || !p.reply && o.blockMode(g.VPCID, nil) == "block-bidirectional" {
		return false
	}
	return o.internet(p, k)
}

func (o *oracle) regionalRoute(g *snapshot.NATGateway, dst netip.Addr) *snapshot.Route {
	for _, t := range snapshot.RouteTables.In(o.s) {
		if t.RouteTableID == g.RouteTableID {
			return o.route(&t, dst)
		}
	}
	return nil
}

// backRegional brings the answer to what a regional NAT gateway sent.
func (o *oracle) backRegional(g *snapshot.NATGateway, p packet, k sink) bool {
	back, ok := p.translated(g.NATGatewayID)
	if !ok || o.gatewayOf(g.VPCID) == nil {
		return false
	}
	return o.follow(o.regionalRoute(g, back.dst), g.VPCID, nil, back, k)
}
