package reach

import (
	"cmp"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

// transit is what the transit gateways of all accounts and Regions join.
type transit struct {
	gateways    map[string]*snapshot.TransitGateway
	attachments map[string]*snapshot.TransitGatewayAttachment
	vpcs        map[string]*snapshot.TransitGatewayVPCAttachment // by attachment
	byVPC       map[[2]string]*snapshot.TransitGatewayVPCAttachment
	peers       map[string]*snapshot.TransitGatewayPeeringAttachment // by the id of either end
	tables      map[string]*snapshot.TransitGatewayRouteTable
}

func newTransit(s *snapshot.Snapshot) *transit {
	t := &transit{
		gateways:    byID(snapshot.TransitGateways.In(s)),
		attachments: map[string]*snapshot.TransitGatewayAttachment{},
		vpcs:        byID(snapshot.TransitGatewayVPCAttachments.In(s)),
		byVPC:       map[[2]string]*snapshot.TransitGatewayVPCAttachment{},
		peers:       byID(snapshot.TransitGatewayPeeringAttachments.In(s)),
		tables:      byID(snapshot.TransitGatewayRouteTables.In(s)),
	}
	for _, a := range t.vpcs {
		if a.State == "available" || a.State == "modifying" || a.State == "" {
			t.byVPC[[2]string{a.TransitGatewayID, a.VPCID}] = a
		}
	}
	for _, p := range t.peers {
		if p.AccepterTransitGatewayAttachmentID != "" {
			t.peers[p.AccepterTransitGatewayAttachmentID] = p
		}
	}
	// Across Regions both ends of a peering have one id, so the gateway is part of
	// the key. The gateway's owner knows the association.
	all := snapshot.TransitGatewayAttachments.In(s)
	for i := range all {
		k := attachmentKey(all[i].TransitGatewayID, all[i].TransitGatewayAttachmentID)
		if old := t.attachments[k]; old == nil || old.Association.TransitGatewayRouteTableID == "" {
			t.attachments[k] = &all[i]
		}
	}
	return t
}

func attachmentKey(gateway, attachment string) string { return gateway + " " + attachment }

// toTransitGateway sends packets to a transit gateway, by the subnet that attaches
// the VPC in the zone of the source: there is no other way to it.
// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
func (w *walker) toTransitGateway(f flow, id string, t *snapshot.RouteTable, n *snapshot.Subnet) []flow {
	a := w.n.transit.byVPC[[2]string{id, t.VPCID}]
	if a == nil {
		if gone, allowed := w.unread(snapshot.TransitGatewayVPCAttachments, t.Scope(), true); gone {
			return w.somewhere(f.guess(allowed, newHop(id, kindTransit, "it leads to "+f.name(f.dst), nowhere)))
		}
		return w.onward(f.stop(newBlocker(kindTransit, id, t.VPCID+" is not attached to it", nowhere)), n)
	}
	by := w.attachmentIn(a, n)
	if by == nil {
		return w.onward(f.stop(newBlocker(kindTransit, id, "its attachment "+a.TransitGatewayAttachmentID+" has no subnet in "+zone(n)+", the zone of "+n.SubnetID, source(a, "SubnetIds"))), n)
	}
	f = w.acl(f, by, false)
	f = f.hop(newHop(id, kindTransit, "takes packets by "+a.TransitGatewayAttachmentID+" in "+by.SubnetID, source(a, "SubnetIds")))
	return w.transitRoute(f, id, a.TransitGatewayAttachmentID, a.VPCID, n)
}

// attachmentIn is the subnet of an attachment in the zone of another subnet, or nil.
func (w *walker) attachmentIn(a *snapshot.TransitGatewayVPCAttachment, n *snapshot.Subnet) *snapshot.Subnet {
	for _, same := range []func(a, b *snapshot.Subnet) bool{surelySame, w.inZone} {
		for _, id := range a.SubnetIDs {
			if s := w.n.subnets[id]; s != nil && same(s, n) {
				return s
			}
		}
	}
	return nil
}

// transitRoute follows the route table that an attachment is associated with.
func (w *walker) transitRoute(f flow, gateway, attachment, vpc string, n *snapshot.Subnet) []flow {
	if w.steps++; w.steps > mostSteps {
		return w.somewhere(f.guess(w.sure(tooMuch), newHop(gateway, kindTransit, "packets get where they should", nowhere)))
	}
	f, ok := f.visit(gateway + attachment)
	if !ok {
		return []flow{f.stop(newBlocker(kindTransit, gateway, "the routes of transit gateways lead in a circle", nowhere))}
	}
	table, lack := w.n.transitTable(gateway, attachment)
	if lack != nil {
		return w.somewhere(f.guess(w.sure(*lack), newHop(gateway, kindTransit, "it routes to "+f.name(f.dst), nowhere)))
	}
	if table == "" {
		at := source(w.n.transit.attachments[attachmentKey(gateway, attachment)], "Association")
		return w.onward(f.stop(newBlocker(kindTransit, gateway, attachment+" is associated with no route table", at)), nil)
	}
	rows, lack := w.n.transitRows(table, w.n.ownerOf(gateway, attachment))
	if lack != nil {
		return w.somewhere(f.guess(w.sure(*lack), newHop(table, kindTransitTable, "it routes to "+f.name(f.dst), nowhere)))
	}
	var out []flow
	for _, p := range w.splitTransit(f, rows) {
		out = append(out, w.transitHop(p, gateway, table, vpc, n)...)
	}
	return out
}

func (n *Network) transitScope(gateway string) snapshot.Scope {
	if g := n.transit.gateways[gateway]; g != nil {
		return snapshot.Scope{Account: cmp.Or(g.OwnerID, g.Account()), Region: g.Region()}
	}
	for _, a := range n.transit.byVPC {
		if a.TransitGatewayID == gateway {
			return a.Scope()
		}
	}
	return snapshot.Scope{}
}

func (n *Network) transitRows(table string, scope snapshot.Scope) ([]snapshot.TransitGatewayRoute, *doubt) {
	t := n.transit.tables[table]
	if t == nil {
		if gap := n.s.Gap(snapshot.TransitGatewayRouteTables, scope); gap != nil {
			d := missing(gap, scope, true)
			return nil, &d
		}
		d := doubt{Missing: Missing{Operation: string(snapshot.TransitGatewayRoutes.Operation()), Region: scope.Region, Account: scope.Account, Resource: table}, absent: true}
		return nil, &d
	}
	rows, gap := n.s.TransitGatewayRoutesOf(t)
	if gap != nil {
		d := missing(gap, t.Scope(), true)
		return nil, &d
	}
	return rows, nil
}

// transitPart is the part of a flow that follows one route of a transit gateway,
// or none.
type transitPart struct {
	flow  flow
	route *snapshot.TransitGatewayRoute
}

// splitTransit parts a flow by the routes: the longest prefix wins, and of the
// same prefix a static route, then what is propagated from a VPC, from Direct
// Connect, from Connect, from a VPN.
// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
func (w *walker) splitTransit(f flow, rows []snapshot.TransitGatewayRoute) []transitPart {
	var out []transitPart
	left := f.space
	for _, r := range transitOrder(rows, f.family) {
		block := r.DestinationCIDRBlock.Masked()
		if !f.dst.isSet() {
			if block.Contains(f.dst.addr) {
				return []transitPart{{f, r}}
			}
			continue
		}
		b := box{far: setOf(f.family, block), service: allPorts, client: allPorts}
		part := left.within(b)
		if part.empty() {
			continue
		}
		p := f
		p.space = part
		out = append(out, transitPart{p, r})
		if left = left.without(b, f.family); left.empty() {
			return out
		}
	}
	f.space = left
	return append(out, transitPart{f, nil})
}

// transitOrder are the routes of a family, in the order in which they win.
func transitOrder(rows []snapshot.TransitGatewayRoute, f family) []*snapshot.TransitGatewayRoute {
	var all []*snapshot.TransitGatewayRoute
	for i := range rows {
		r := &rows[i]
		inForce := r.State == "active" || r.State == "blackhole" || r.State == ""
		if b := r.DestinationCIDRBlock; inForce && b.IsValid() && f.has(b.Addr()) {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b *snapshot.TransitGatewayRoute) int {
		return cmp.Or(cmp.Compare(b.DestinationCIDRBlock.Bits(), a.DestinationCIDRBlock.Bits()), cmp.Compare(transitRank(a), transitRank(b)))
	})
	return all
}

func transitRank(r *snapshot.TransitGatewayRoute) int {
	rank := 10
	switch {
	case r.Type == "static" && r.PrefixListID == "":
		rank = 0
	case r.Type == "static":
		rank = 1
	case len(r.TransitGatewayAttachments) > 0:
		rank = 2 + max(0, slices.Index([]string{"vpc", "direct-connect-gateway", "connect", "vpn"}, r.TransitGatewayAttachments[0].ResourceType))
	}
	return rank
}

// transitHop sends packets out of a transit gateway.
func (w *walker) transitHop(p transitPart, gateway, table, vpc string, n *snapshot.Subnet) []flow {
	f := p.flow
	if p.route == nil {
		if f.nowhere() {
			f = f.stop(newBlocker(kindAddress, f.dst.addr.String(), "nobody has the address", nowhere))
		}
		return w.onward(f.stop(newBlocker(kindTransitTable, table, "no route to "+f.name(f.dst), nowhere)), nil)
	}
	at := source(p.route, "DestinationCidrBlock")
	if p.route.State == "blackhole" || len(p.route.TransitGatewayAttachments) == 0 {
		return w.onward(f.stop(newBlocker(kindTransitTable, table, "the route "+p.route.DestinationCIDRBlock.String()+" is a blackhole", at)), nil)
	}
	to := &p.route.TransitGatewayAttachments[0]
	f = f.hop(newHop(table, kindTransitTable, p.route.DestinationCIDRBlock.String()+" to "+to.TransitGatewayAttachmentID, at))
	switch to.ResourceType {
	case "vpc":
		return w.outOfTransit(f, gateway, to.TransitGatewayAttachmentID, vpc, n)
	case "peering", "tgw-peering":
		return w.overTransitPeering(f, gateway, to.TransitGatewayAttachmentID, n)
	case "vpn", "direct-connect-gateway", "connect":
		if f.reply {
			f.exit = exit{kindTransit, to.TransitGatewayAttachmentID, ""}
			return []flow{f}
		}
		return w.onward(w.n.goBeyond(f, kindTransit, gateway, at), nil)
	default:
		return w.somewhere(f.guess(w.sure(doubt{undecided: "what " + to.TransitGatewayAttachmentID + " leads to"}), newHop(gateway, kindTransit, "it leads on", at)))
	}
}

// outOfTransit brings packets into a VPC: by the subnet that attaches it in the
// zone that they come from, else in another, and on by the routes of that subnet.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html
func (w *walker) outOfTransit(f flow, gateway, attachment, fromVPC string, from *snapshot.Subnet) []flow {
	a := w.n.transit.vpcs[attachment]
	if f.reply && f.unseen != nil && w.n.unseenAttachment(w.n.transit.attachments[attachmentKey(gateway, attachment)]) {
		f.exit = exit{kindTransit, attachment, gateway}
		return []flow{f}
	}
	if a == nil {
		return w.somewhere(f.guess(w.lacks(snapshot.TransitGatewayVPCAttachments, w.n.attachedScope(gateway, attachment), true), newHop(attachment, kindTransit, "it leads to "+f.name(f.dst), nowhere)))
	}
	subnets := w.entrances(a, from)
	if len(subnets) == 0 {
		return w.somewhere(f.guess(w.lacks(snapshot.Subnets, a.Scope(), false), newHop(attachment, kindTransit, "it leads into "+a.VPCID, nowhere)))
	}
	if a.VPCID != fromVPC {
		came := w.n.transit.byVPC[[2]string{gateway, fromVPC}]
		if came == nil && f.unseen != nil {
			came = &snapshot.TransitGatewayVPCAttachment{} // which may have it enabled
		}
		f.crossed = w.naming(gateway, a, came, f.crossed)
	}
	var out []flow
	for _, by := range subnets {
		in := f.hop(newHop(gateway, kindTransit, "hands packets to "+a.VPCID+" by "+attachment+" in "+by.SubnetID, source(a, "SubnetIds")))
		out = append(out, more(out, w.fromSubnet(in, by))...)
	}
	return out
}

// entrances are the subnets by which an attachment hands packets to its VPC: that in
// the zone that they come from or, where it has none there, any.
// https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html
func (w *walker) entrances(a *snapshot.TransitGatewayVPCAttachment, from *snapshot.Subnet) []*snapshot.Subnet {
	if from != nil {
		if by := w.attachmentIn(a, from); by != nil {
			return []*snapshot.Subnet{by}
		}
	}
	var all []*snapshot.Subnet
	for _, id := range a.SubnetIDs {
		if s := w.n.subnets[id]; s != nil {
			all = append(all, s)
		}
	}
	return all
}

// more leaves out of some flows those that bring nothing where others already get.
func more(before, flows []flow) []flow {
	var there space
	for i := range before {
		if alive(before[i]) {
			there = append(there, before[i].space...)
		}
	}
	return slices.DeleteFunc(flows, func(f flow) bool {
		return !there.empty() && (!alive(f) || f.space.minus(there, f.family).empty())
	})
}

// naming reports whether security groups can be referred to between two VPCs of a
// transit gateway: it must be enabled there, and not disabled for either.
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html#vpc-attachment-security
func (w *walker) naming(gateway string, to, from *snapshot.TransitGatewayVPCAttachment, before crossing) crossing {
	g := w.n.transit.gateways[gateway]
	if before != sameVPC || from == nil {
		return overTransitUnnamed
	}
	if g == nil {
		if w.lacks(snapshot.TransitGateways, w.n.transitScope(gateway), true) {
			return overTransit
		}
		return overTransitUnnamed
	}
	if g.Options.SecurityGroupReferencingSupport != "enable" ||
		to.Options.SecurityGroupReferencingSupport == "disable" || from.Options.SecurityGroupReferencingSupport == "disable" {
		return overTransitUnnamed
	}
	return overTransit
}

// overTransitPeering sends packets to another transit gateway.
func (w *walker) overTransitPeering(f flow, gateway, attachment string, n *snapshot.Subnet) []flow {
	p := w.n.transit.peers[attachment]
	if p == nil {
		return w.somewhere(f.guess(w.lacks(snapshot.TransitGatewayPeeringAttachments, w.n.transitScope(gateway), true), newHop(attachment, kindTransit, "it leads on", nowhere)))
	}
	if p.State != "available" {
		return w.onward(f.stop(newBlocker(kindTransit, gateway, "its peering "+attachment+" is "+p.State, source(p, "State"))), nil)
	}
	other, end := otherEnd(p, gateway)
	f.crossed = overTransitUnnamed
	f = f.hop(newHop(gateway, kindTransit, "its peering "+attachment+" leads to "+other, source(p, "State")))
	return w.transitRoute(f, other, end, "", n)
}

// otherEnd is the transit gateway that a peering joins with one, and the attachment
// by which packets come to it.
func otherEnd(p *snapshot.TransitGatewayPeeringAttachment, gateway string) (other, attachment string) {
	if p.AccepterTGWInfo.TransitGatewayID == gateway {
		return p.RequesterTGWInfo.TransitGatewayID, p.TransitGatewayAttachmentID
	}
	return p.AccepterTGWInfo.TransitGatewayID, cmp.Or(p.AccepterTransitGatewayAttachmentID, p.TransitGatewayAttachmentID)
}
