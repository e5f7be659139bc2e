package reach

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

// voucher is what says that somebody has an address in a VPC that no recorded
// interface has: it is a healthy target, and health checks are answered there.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
type voucher struct {
	group *snapshot.TargetGroup
	lack  doubt // about who has it
}

// vouchersOf are the addresses for which target groups vouch.
func (n *Network) vouchersOf() map[placed]voucher {
	all := map[placed]voucher{}
	groups := snapshot.TargetGroups.In(n.s)
	for i := range groups {
		g := &groups[i]
		targets, _ := n.s.TargetsOf(g)
		for j := range targets {
			t := &targets[j]
			a, err := netip.ParseAddr(t.Target.ID)
			if err == nil && t.TargetHealth.State == "healthy" && contains(n.vpcBlocks[g.VPCID], a) && n.at(g.VPCID, a) == nil {
				all[placed{g.VPCID, a}] = voucher{g, unlisted(snapshot.NetworkInterfaces, n.scopeOf(g.VPCID), false)}
			}
		}
	}
	return all
}

// vouchedAt are the places of an address that target groups vouch for.
func (n *Network) vouchedAt(a netip.Addr) []placed {
	var all []placed
	for k := range n.vouchers() {
		if k.addr == a {
			all = append(all, k)
		}
	}
	slices.SortFunc(all, func(x, y placed) int { return cmp.Compare(x.vpc, y.vpc) })
	return all
}

// vouchedStarts are whoever has an address that target groups vouch for.
func (n *Network) vouchedStarts(a netip.Addr) []start {
	var all []start
	for _, k := range n.vouchedAt(a) {
		u, v := &unseenVPC{id: k.vpc, shared: true, anybody: true}, n.vouchers()[k]
		for _, s := range n.subnets {
			if s.VPCID == k.vpc && contains(s.CIDRs(), a) {
				u.subnet = s
			}
		}
		all = append(all, start{kind: fromOutside, exit: exit{kindRouter, k.vpc, k.vpc}, addr: a, unseen: u, lack: &v.lack})
	}
	return all
}

// unknownTargets are the target groups of load balancers that the internet calls
// which send to whom nobody knows.
func (n *Network) unknownTargets() []*Exposure {
	seen := map[*snapshot.TargetGroup]bool{}
	var all []*Exposure
	for _, v := range n.vouchers() {
		if !seen[v.group] && slices.ContainsFunc(n.balancersOf(v.group), func(arn string) bool {
			l := n.balanced().byARN[arn]
			return l == nil || l.v2 == nil || l.v2.InternetFacing()
		}) {
			seen[v.group] = true
			all = append(all, undecided(v.group, "", v.lack.Missing))
		}
	}
	slices.SortFunc(all, func(a, b *Exposure) int { return cmp.Compare(a.Resource.ARN(), b.Resource.ARN()) })
	return all
}
