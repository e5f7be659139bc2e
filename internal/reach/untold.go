package reach

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

// untold is where packets of transit gateways go and nothing recorded says to what.
type untold struct {
	blocks []netip.Prefix // to which routes of transit gateways lead there; nil stands for all
	lack   doubt
}

// untoldNetworks are those that there may be at transit gateways: the addresses to
// which the routes of a VPC lead by one whose own routes, or those of one that it is
// peered with, are not recorded. Of one that is shared they are its owner's to see.
// https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-share.html
func (n *Network) untoldNetworks(f family) []start {
	var all []start
	for key, a := range n.transit.byVPC {
		far := n.ledTo(a.VPCID, key[0], f)
		if noneOf(far) {
			continue
		}
		for _, u := range n.untoldBy(key[0], a.TransitGatewayAttachmentID, map[string]bool{}) {
			s := start{kind: fromOutside, exit: exit{kindAssumed, a.TransitGatewayAttachmentID, a.VPCID}, far: far, lack: &u.lack}
			if u.blocks != nil {
				s.far = intersectAddresses(far, besidesInternet(u.blocks, f))
			}
			all = append(all, s)
		}
	}
	return append(all, n.unreadNetworks(f)...)
}

// unreadNetworks are those to which the routes of VPCs lead by local gateways and
// core networks, of which nothing is read.
func (n *Network) unreadNetworks(f family) []start {
	known := map[exit]bool{}
	var all []start
	for _, t := range n.tables {
		for i := range t.Routes {
			at := exit{kindAssumed, cmp.Or(t.Routes[i].LocalGatewayID, t.Routes[i].CoreNetworkARN), t.VPCID}
			if at.id == "" || known[at] {
				continue
			}
			known[at] = true
			all = append(all, start{kind: fromOutside, exit: at, far: n.ledTo(t.VPCID, at.id, f), lack: &doubt{undecided: "what " + at.id + " leads to"}})
		}
	}
	return all
}

// ledTo are the addresses outside all recorded VPCs to which the routes of a VPC lead
// by a target.
func (n *Network) ledTo(vpc, target string, f family) addresses {
	var blocks []netip.Prefix
	for _, t := range n.tables {
		if t.VPCID != vpc {
			continue
		}
		for _, r := range n.compiled(t, f).routes {
			if r.block.IsValid() && targetOf(r.route) == target && r.route.State != "blackhole" {
				blocks = append(blocks, r.block)
			}
		}
	}
	return withoutAddresses(besidesInternet(blocks, f), n.vpcSpace(f), f)
}

// untoldBy follows the routes for what comes by an attachment.
func (n *Network) untoldBy(gateway, attachment string, seen map[string]bool) []untold {
	if seen[gateway+attachment] {
		return nil
	}
	seen[gateway+attachment] = true
	table, lack := n.transitTable(gateway, attachment)
	if lack != nil {
		return []untold{{nil, *lack}}
	}
	if table == "" {
		return nil
	}
	rows, lack := n.transitRows(table, n.ownerOf(gateway, attachment))
	if lack != nil {
		return []untold{{nil, *lack}}
	}
	var all []untold
	for i := range rows {
		r := &rows[i]
		if r.State == "blackhole" || len(r.TransitGatewayAttachments) == 0 {
			continue
		}
		if to := &r.TransitGatewayAttachments[0]; to.ResourceType == "peering" || to.ResourceType == "tgw-peering" {
			for _, u := range n.untoldOver(gateway, to.TransitGatewayAttachmentID, seen) {
				all = append(all, untold{[]netip.Prefix{r.DestinationCIDRBlock}, u.lack})
			}
		}
	}
	return all
}

// untoldOver follows a peering of transit gateways.
func (n *Network) untoldOver(gateway, attachment string, seen map[string]bool) []untold {
	p := n.transit.peers[attachment]
	if p == nil {
		return []untold{{nil, n.lacking(snapshot.TransitGatewayPeeringAttachments, n.transitScope(gateway), true)}}
	}
	if p.State != "available" {
		return nil
	}
	other, end := otherEnd(p, gateway)
	return n.untoldBy(other, end, seen)
}

// transitTable is the route table that an attachment is associated with. It is empty
// where there is none, or not known to be any.
func (n *Network) transitTable(gateway, attachment string) (table string, lack *doubt) {
	a := n.transit.attachments[attachmentKey(gateway, attachment)]
	if a == nil {
		d := n.lacking(snapshot.TransitGatewayAttachments, n.transitScope(gateway), true)
		return "", &d
	}
	table, state := a.Association.TransitGatewayRouteTableID, a.Association.State
	switch {
	case state != "associated" && state != "":
		return "", nil
	case table == "" && a.TransitGatewayOwnerID != "" && !slices.Contains(n.s.Accounts, a.TransitGatewayOwnerID):
		d := unlisted(snapshot.TransitGatewayAttachments, n.ownerOf(gateway, attachment), true)
		return "", &d
	default:
		return table, nil
	}
}

// ownerOf is where the route tables of a transit gateway are recorded, or would be.
func (n *Network) ownerOf(gateway, attachment string) snapshot.Scope {
	scope := n.transitScope(gateway)
	if a := n.transit.attachments[attachmentKey(gateway, attachment)]; a != nil && a.TransitGatewayOwnerID != "" {
		scope.Account = a.TransitGatewayOwnerID
	}
	return scope
}
