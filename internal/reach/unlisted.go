package reach

import (
	"cmp"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

// absentees are what cannot be told of interfaces that the list of interfaces,
// recorded in part, does not hold: those that instances name, and those of
// databases that may have a public address, and healthy targets.
func (n *Network) absentees() []*Exposure {
	var all []*Exposure
	instances := snapshot.Instances.In(n.s)
	for i := range instances {
		for _, c := range instances[i].NetworkInterfaces {
			for _, d := range n.absentee(c.NetworkInterfaceID, instances[i].Scope()) {
				all = append(all, undecided(&instances[i], c.NetworkInterfaceID, d.Missing))
			}
		}
	}
	databases := snapshot.DBInstances.In(n.s)
	for i := range databases {
		d := &databases[i]
		gone := n.s.Gap(snapshot.NetworkInterfaces, d.Scope()) == nil && len(n.ofDatabase(d).nics) == 0
		if gone && d.IsRDS() && !snapshot.Is(d.PubliclyAccessible, false) {
			all = append(all, undecided(d, "", unlisted(snapshot.NetworkInterfaces, d.Scope(), false).Missing))
		}
	}
	return append(all, n.unknownTargets()...)
}

func undecided(r snapshot.Resource, id string, m Missing) *Exposure {
	return &Exposure{Interface: &snapshot.NetworkInterface{NetworkInterfaceID: id}, Resource: r, Unknown: true, Missing: []Missing{m}}
}

// Unmapped are the calls without which what Exposures and Matrix say is a part: lists
// of what may be reached that are not recorded, peering connections and transit
// gateways that routes lead to, subnets that interfaces stand in.
func (n *Network) Unmapped() []Missing {
	var all []Missing
	for _, g := range n.s.Gaps([]snapshot.Kind{snapshot.NetworkInterfaces, snapshot.SecurityGroups, snapshot.Subnets}) {
		all = append(all, missing(&g, snapshot.Scope{Account: g.Account, Region: g.Region}, false).Missing)
	}
	add := func(k snapshot.Kind, scope snapshot.Scope) { all = append(all, unlisted(k, scope, false).Missing) }
	for _, t := range n.tables {
		for i := range t.Routes {
			switch r := &t.Routes[i]; {
			case !r.Active():
			case r.VPCPeeringConnectionID != "" && n.peerings[r.VPCPeeringConnectionID] == nil:
				add(snapshot.VPCPeeringConnections, t.Scope())
			case r.TransitGatewayID != "" && n.transit.byVPC[[2]string{r.TransitGatewayID, t.VPCID}] == nil:
				add(snapshot.TransitGatewayVPCAttachments, t.Scope())
			}
		}
	}
	for _, c := range n.nics {
		if c.subnet == nil {
			add(snapshot.Subnets, c.Scope())
		}
	}
	slices.SortFunc(all, func(a, b Missing) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Operation, b.Operation))
	})
	return slices.Compact(all)
}
