package reach

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

// unseenVPC is a VPC that is not recorded: of another account or Region, at the
// other end of a peering connection or at a transit gateway.
type unseenVPC struct {
	id      string
	crossed crossing // how what comes from there comes into a VPC by peering
	// shared says that it is recorded by a participant, who is not told of others, and
	// subnet is the one of it that they are in; nil stands for those that are not
	// recorded.
	shared bool
	subnet *snapshot.Subnet
	// anybody says that it may be one of the recorded account, which wears its groups.
	anybody bool
}

// interfacesIn is the doubt about who is in the VPC at an end of a peering
// connection.
func interfacesIn(p *snapshot.PeeredVPCInfo) doubt {
	return unlisted(snapshot.NetworkInterfaces, snapshot.Scope{Account: p.OwnerID, Region: p.Region}, false)
}

// unseenVPCs are the VPCs that are not recorded and from which packets come by
// peering connections and transit gateways, with the addresses of each. Those that
// recorded VPCs have too are left to them.
func (n *Network) unseenVPCs(f family) []start {
	var all []start
	for _, p := range n.peerings {
		if p.Status.Code == "active" {
			all = append(all, n.unseenPeer(p, &p.RequesterVPCInfo, &p.AccepterVPCInfo, f)...)
			all = append(all, n.unseenPeer(p, &p.AccepterVPCInfo, &p.RequesterVPCInfo, f)...)
		}
	}
	for _, a := range n.transit.attachments {
		if !n.unseenAttachment(a) {
			continue
		}
		scope := n.attachedScope(a.TransitGatewayID, a.TransitGatewayAttachmentID)
		d := unlisted(snapshot.TransitGatewayVPCAttachments, scope, true)
		if gap := n.s.Gap(snapshot.TransitGatewayVPCAttachments, scope); gap != nil {
			d = missing(gap, scope, true)
		}
		all = append(all, start{
			kind: fromOutside, exit: exit{kindTransit, a.TransitGatewayAttachmentID, a.TransitGatewayID},
			far: besidesInternet(n.behindAttachment(a.TransitGatewayAttachmentID), f), unseen: &unseenVPC{id: a.ResourceID}, lack: &d,
		})
	}
	for i := range all {
		all[i].far = withoutAddresses(all[i].far, n.vpcSpace(f), f)
	}
	all = slices.DeleteFunc(all, func(s start) bool { return noneOf(s.far) })
	slices.SortFunc(all, func(a, b start) int { return cmp.Compare(a.exit.id, b.exit.id) })
	return all
}

// unseenPeer is the VPC at the far end of a peering connection, where that alone is
// not recorded.
func (n *Network) unseenPeer(p *snapshot.VPCPeeringConnection, far, near *snapshot.PeeredVPCInfo, f family) []start {
	_, seen := n.vpcBlocks[far.VPCID]
	if _, ours := n.vpcBlocks[near.VPCID]; seen || !ours {
		return nil
	}
	u, d := &unseenVPC{id: far.VPCID, crossed: overPeering}, interfacesIn(far)
	if near.Region != far.Region {
		u.crossed = outside
	}
	return []start{{kind: fromOutside, exit: exit{kindPeering, p.VPCPeeringConnectionID, near.VPCID}, far: setOf(f, farBlocks(far)...), unseen: u, lack: &d}}
}

// unseenAttachment reports whether an attachment is that of a VPC that is not
// recorded.
func (n *Network) unseenAttachment(a *snapshot.TransitGatewayAttachment) bool {
	if a == nil || a.AttachedType != "vpc" || a.State != "available" && a.State != "modifying" && a.State != "" {
		return false
	}
	_, seen := n.vpcBlocks[a.ResourceID]
	return !seen
}

// attachedScope is where a VPC attachment is recorded, or would be.
func (n *Network) attachedScope(gateway, attachment string) snapshot.Scope {
	scope := n.transitScope(gateway)
	if known := n.transit.attachments[attachmentKey(gateway, attachment)]; known != nil && known.ResourceOwnerID != "" {
		scope.Account = known.ResourceOwnerID
	}
	return scope
}

// besidesInternet are the addresses of blocks that routes lead to somewhere outside.
// By a default route those are private ones: what of the internet comes from there
// comes from the internet.
func besidesInternet(blocks []netip.Prefix, f family) addresses {
	all := setOf(f, slices.DeleteFunc(slices.Clone(blocks), func(p netip.Prefix) bool { return p.Bits() == 0 })...)
	if slices.ContainsFunc(blocks, func(p netip.Prefix) bool { return p.Bits() == 0 && f.has(p.Addr()) }) {
		all = unionAddresses(all, privateSpace(f))
	}
	return all
}

// fromUnseen sends packets from somebody in a VPC that is not recorded.
func (w *walker) fromUnseen(f flow, s *start) []flow {
	if f.unseen = s.unseen; s.unseen.shared {
		return w.fromStranger(f, s)
	}
	if s.exit.kind == kindTransit {
		f.crossed = sameVPC
		return w.transitRoute(f, s.exit.vpc, s.exit.id, "", nil)
	}
	f.crossed = s.unseen.crossed
	f = f.hop(newHop(s.exit.id, kindPeering, "joins "+s.unseen.id+" and "+s.exit.vpc, source(w.n.peerings[s.exit.id], "Status/Code")))
	return w.deliver(f, s.exit.vpc, nil)
}

// somebodyAt keeps of the ways from where nobody may be those that are open at this
// end both ways, if somebody is to be assumed there. Of the others it says
// what stops them or, where everybody is asked for, nothing.
func (w *walker) somebodyAt(s *start, ways []way, everybody bool) []way {
	var somebody Hop
	switch {
	case s.unseen != nil:
		somebody = newHop(s.unseen.id, kindInterface, "assumed: somebody there has the address", nowhere)
	case s.exit.kind == kindVPN:
		somebody = newHop(s.exit.id, kindVPN, "assumed: the address is announced to it", nowhere)
	default:
		somebody = newHop(s.exit.id, kindOutside(s.exit.id), "assumed: somebody behind it has the address", nowhere)
	}
	for i := range ways {
		y := &ways[i]
		switch {
		case y.both.empty():
			y.forward = nil
			for _, b := range y.back.blockers {
				y.there = y.there.stop(b)
			}
		case w.sure(*s.lack):
			y.there.hops = (&trail{last: somebody}).and(y.there.hops.hops()...)
		default:
			y.forward, y.both, y.there.doubted = nil, nil, true
		}
	}
	if everybody {
		ways = slices.DeleteFunc(ways, func(y way) bool { return y.both.empty() })
	}
	return ways
}
