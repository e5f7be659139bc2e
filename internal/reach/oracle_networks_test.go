package reach_test

import (
	"net/netip"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

// peering takes a packet to the other VPC of a peering connection: what comes
// from the one and is for the other, and nothing beyond.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
func (o *oracle) peering(id, vpc string, p packet, k sink) bool {
	for _, c := range snapshot.VPCPeeringConnections.In(o.s) {
		if c.VPCPeeringConnectionID != id || c.Status.Code != "active" {
			continue
		}
		other := c.AccepterVPCInfo.VPCID
		if other == vpc {
			other = c.RequesterVPCInfo.VPCID
		}
		if !o.vpcHolds(vpc, p.src) || !o.vpcHolds(other, p.dst) {
			return false
		}
		p.over = "pcx"
		return o.inVPC(other, nil, p, k)
	}
	return false
}

// outVPN takes a packet to what lies behind a virtual private gateway.
func (o *oracle) outVPN(gateway, vpc string, p packet, k sink) bool {
	for _, g := range snapshot.VPNGateways.In(o.s) {
		if g.VPNGatewayID == gateway && live(g.VPCAttachments, vpc) && o.vpcHolds(vpc, p.src) && o.behindVPN(gateway, p.dst) {
			return k(arrival{p, place{outside: gateway}})
		}
	}
	return false
}

// behindVPN reports whether a network behind a virtual private gateway has an
// address: a static route of a connection says so or, where BGP does, for a VPN or
// Direct Connect, what was propagated to route tables.
func (o *oracle) behindVPN(gateway string, a netip.Addr) bool {
	static := false
	for _, c := range snapshot.VPNConnections.In(o.s) {
		if c.VPNGatewayID != gateway || c.State != "available" {
			continue
		}
		for _, r := range c.Routes {
			if r.DestinationCIDRBlock.Contains(a) {
				return true
			}
		}
		static = static || snapshot.Is(c.Options.StaticRoutesOnly, true)
	}
	return !static && (o.propagated(gateway, a) || o.announced && o.led(gateway, a))
}

// led reports whether a static route leads by a virtual private gateway to an address
// that is in no VPC. BGP may have announced it: a table that the gateway propagates to
// does not say so beside that route.
// https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-tables-priority
func (o *oracle) led(gateway string, a netip.Addr) bool {
	for _, v := range snapshot.VPCs.In(o.s) {
		if o.vpcHolds(v.VPCID, a) {
			return false
		}
	}
	for _, t := range snapshot.RouteTables.In(o.s) {
		for _, r := range t.Routes {
			if r.GatewayID == gateway && r.State != "blackhole" && r.Destination().IsValid() && r.Destination().Contains(a) {
				return true
			}
		}
	}
	return false
}

func (o *oracle) propagated(gateway string, a netip.Addr) bool {
	for _, t := range snapshot.RouteTables.In(o.s) {
		for _, r := range t.Routes {
			if r.GatewayID == gateway && r.Origin == "EnableVgwRoutePropagation" && r.Destination().Contains(a) {
				return true
			}
		}
	}
	return false
}

// outEndpoint takes a packet to the service of a gateway endpoint, which is for
// what stands in its VPC alone: not for a peer, nor for what is behind a transit
// gateway or a VPN. No public address is needed. It takes TCP and pings.
// https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html
// https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-considerations
func (o *oracle) outEndpoint(id, vpc string, p packet, k sink) bool {
	e := o.endpoint(id)
	stands := p.from == nil && p.over == "" || p.from != nil && p.from.VPCID == vpc
	ping := p.proto == protoICMP && p.dport>>8 == 8 || p.proto == protoICMPv6 && p.dport>>8 == 128
	return o.serves(e) && (p.proto == protoTCP || ping) && e.VPCEndpointType == "Gateway" && e.VPCID == vpc && o.vpcHolds(vpc, p.src) && stands &&
		k(arrival{p, place{outside: id}})
}

// serves reports whether an endpoint has a connection to its service.
func (o *oracle) serves(e *snapshot.VPCEndpoint) bool { return e != nil && e.State == "available" }

func (o *oracle) endpoint(id string) *snapshot.VPCEndpoint {
	all := snapshot.VPCEndpoints.In(o.s)
	for i := range all {
		if all[i].VPCEndpointID == id {
			return &all[i]
		}
	}
	return nil
}

// fromOutside takes a packet in from the network behind a VPN gateway or a VPN
// attachment, or from the service of a gateway endpoint.
func (o *oracle) fromOutside(id string, p packet, k sink) bool {
	for _, a := range snapshot.TransitGatewayAttachments.In(o.s) {
		if a.TransitGatewayAttachmentID == id {
			return o.transit(a.TransitGatewayID, id, "", p, k)
		}
	}
	if e := o.endpoint(id); e != nil {
		return o.inVPC(e.VPCID, nil, p, k)
	}
	for _, g := range snapshot.VPNGateways.In(o.s) {
		for _, v := range snapshot.VPCs.In(o.s) {
			if g.VPNGatewayID == id && live(g.VPCAttachments, v.VPCID) {
				return holds(v.CIDRs(), p.dst) && o.inGateway(id, v.VPCID, p, k)
			}
		}
	}
	return false
}

// intoTransit takes a packet from a subnet into a transit gateway, by the subnet
// of the attachment that is in the same zone. Its network ACL is asked as by what
// comes in; where both subnets are one also as by what goes out, which is done.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
func (o *oracle) intoTransit(gateway string, n *snapshot.Subnet, p packet, k sink) bool {
	for _, a := range snapshot.TransitGatewayVPCAttachments.In(o.s) {
		if a.TransitGatewayID != gateway || a.VPCID != n.VPCID || a.State != "available" {
			continue
		}
		for _, id := range a.SubnetIDs {
			t := o.subnet(id)
			if t.AvailabilityZoneID == n.AvailabilityZoneID && o.aclAdmits(t, false, p) {
				p.over = gateway
				return o.transit(gateway, a.TransitGatewayAttachmentID, t.AvailabilityZoneID, p, k)
			}
		}
	}
	return false
}

// attachment is one of a transit gateway: the ends of a peering across Regions
// have the same id.
func (o *oracle) attachment(gateway, id string) *snapshot.TransitGatewayAttachment {
	all := snapshot.TransitGatewayAttachments.In(o.s)
	for i := range all {
		if all[i].TransitGatewayID == gateway && all[i].TransitGatewayAttachmentID == id && all[i].State == "available" {
			return &all[i]
		}
	}
	return nil
}

// transit takes a packet from an attachment through the route table that it is
// associated with.
func (o *oracle) transit(gateway, id, zone string, p packet, k sink) bool {
	if p.ttl--; p.ttl < 0 {
		return false
	}
	a := o.attachment(gateway, id)
	if a == nil || a.Association.State != "associated" {
		return false
	}
	r := o.transitRoute(a.Association.TransitGatewayRouteTableID, p.dst)
	if r == nil || r.State != "active" {
		return false
	}
	for _, to := range r.TransitGatewayAttachments {
		next := o.attachment(gateway, to.TransitGatewayAttachmentID)
		if next == nil {
			continue
		}
		switch next.AttachedType {
		case "vpc":
			return o.outOfTransit(next.TransitGatewayAttachmentID, zone, p, k)
		case "peering":
			p.over = "tgw-peering"
			other, end := o.otherEnd(gateway, next.TransitGatewayAttachmentID)
			return o.transit(other, end, "", p, k)
		case "vpn":
			return k(arrival{p, place{outside: next.TransitGatewayAttachmentID}})
		}
	}
	return false
}

// otherEnd is the transit gateway at the other end of a peering, and the attachment
// there: within a Region the accepter's has an id of its own, across Regions both
// have the same.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayPeeringAttachment.html
func (o *oracle) otherEnd(gateway, id string) (other, end string) {
	for _, c := range snapshot.TransitGatewayPeeringAttachments.In(o.s) {
		requester, accepter := c.TransitGatewayAttachmentID, c.AccepterTransitGatewayAttachmentID
		if accepter == "" {
			accepter = requester
		}
		switch {
		case c.State != "available":
		case id == requester && gateway == c.RequesterTGWInfo.TransitGatewayID:
			return c.AccepterTGWInfo.TransitGatewayID, accepter
		case id == accepter && gateway == c.AccepterTGWInfo.TransitGatewayID:
			return c.RequesterTGWInfo.TransitGatewayID, requester
		}
	}
	return "", ""
}

// transitRoute is the route of the longest prefix; of the same prefix a static
// one comes first.
// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
func (o *oracle) transitRoute(table string, dst netip.Addr) *snapshot.TransitGatewayRoute {
	var best *snapshot.TransitGatewayRoute
	for _, t := range snapshot.TransitGatewayRouteTables.In(o.s) {
		if t.TransitGatewayRouteTableID != table {
			continue
		}
		routes, _ := o.s.TransitGatewayRoutesOf(&t)
		for i := range routes {
			r := &routes[i]
			if !r.DestinationCIDRBlock.Contains(dst) {
				continue
			}
			if best == nil || r.DestinationCIDRBlock.Bits() > best.DestinationCIDRBlock.Bits() ||
				r.DestinationCIDRBlock == best.DestinationCIDRBlock && r.Type == "static" {
				best = r
			}
		}
	}
	return best
}

// outOfTransit takes a packet into a VPC by a subnet of the attachment: that in
// the zone where it came in, if there is one. That subnet's ACL is asked for what
// leaves it and its route table leads on.
// https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html
func (o *oracle) outOfTransit(id, zone string, p packet, k sink) bool {
	for _, a := range snapshot.TransitGatewayVPCAttachments.In(o.s) {
		if a.TransitGatewayAttachmentID != id || a.State != "available" {
			continue
		}
		subnets := a.SubnetIDs
		same := slices.DeleteFunc(slices.Clone(subnets), func(id string) bool { return o.subnet(id).AvailabilityZoneID != zone })
		if len(same) > 0 {
			subnets = same
		}
		for _, s := range subnets {
			if o.leaveSubnet(o.subnet(s), p, k) {
				return true
			}
		}
	}
	return false
}
