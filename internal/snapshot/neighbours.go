package snapshot

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
)

// Neighbours are the network interfaces of a VPC that have an address in a block.
type Neighbours struct {
	// Silent is an interface that does not say which groups it wears, if one
	// does not. It is none of those below.
	Silent *NetworkInterface

	all    []*NetworkInterface            // by id
	wearer map[string][]*NetworkInterface // by group
}

// neighbourhoods remembers the neighbours in the blocks that were asked about.
type neighbourhoods struct {
	mu        sync.Mutex // rules ask side by side
	known     map[neighbourhood]*Neighbours
	addresses map[key][]addressed // by VPC, in the order of the addresses
}

type neighbourhood struct {
	vpc   key
	block netip.Prefix
}

// addressed is an address and the interface that has it.
type addressed struct {
	address netip.Addr
	holder  *NetworkInterface
}

// NeighboursIn are the interfaces of a VPC that have an address in a block. All
// accounts that were recorded count, since a VPC may be shared.
func (s *Snapshot) NeighboursIn(v *VPC, block netip.Prefix) *Neighbours {
	h := s.indexes.neighbourhoods
	h.mu.Lock()
	defer h.mu.Unlock()
	vpc := at(v.Scope(), v.VPCID)
	where := neighbourhood{vpc, block.Masked()}
	if n, ok := h.known[where]; ok {
		return n
	}
	all, ok := h.addresses[vpc]
	if !ok {
		all = s.addressesIn(v)
		h.addresses[vpc] = all
	}
	n := neighboursOf(all, where.block)
	h.known[where] = n
	return n
}

func (s *Snapshot) addressesIn(v *VPC) []addressed {
	var all []addressed
	for _, n := range s.InterfacesIn(v.Scope(), v.VPCID) {
		for _, a := range n.Addresses() {
			all = append(all, addressed{a.WithZone(""), n})
		}
	}
	slices.SortFunc(all, func(a, b addressed) int { return a.address.Compare(b.address) })
	return all
}

func neighboursOf(all []addressed, block netip.Prefix) *Neighbours {
	first, _ := slices.BinarySearchFunc(all, block.Addr(), func(a addressed, from netip.Addr) int { return a.address.Compare(from) })
	var there []*NetworkInterface
	for _, a := range all[first:] {
		if !block.Contains(a.address) {
			break
		}
		there = append(there, a.holder)
	}
	slices.SortFunc(there, func(a, b *NetworkInterface) int {
		return cmp.Or(cmp.Compare(a.NetworkInterfaceID, b.NetworkInterfaceID), cmp.Compare(a.Account(), b.Account()))
	})
	n := &Neighbours{wearer: map[string][]*NetworkInterface{}}
	for _, i := range slices.Compact(there) {
		if i.Groups == nil {
			n.Silent = i
			continue
		}
		n.all = append(n.all, i)
		for j := range i.Groups {
			n.addWearer(i.Groups[j].GroupID, i)
		}
	}
	return n
}

// addWearer counts an interface once, even if it names a group twice.
func (n *Neighbours) addWearer(groupID string, i *NetworkInterface) {
	if all := n.wearer[groupID]; len(all) == 0 || all[len(all)-1] != i {
		n.wearer[groupID] = append(all, i)
	}
}

func (n *NetworkInterface) wears(groupID string) bool {
	return slices.ContainsFunc(n.Groups, func(g GroupIdentifier) bool { return g.GroupID == groupID })
}

// Peers are at most so many of the interfaces that do not wear a group, by id.
func (n *Neighbours) Peers(of *SecurityGroup, most int) []*NetworkInterface {
	var peers []*NetworkInterface
	for _, i := range n.all {
		if len(peers) == most {
			break
		}
		if !i.wears(of.GroupID) {
			peers = append(peers, i)
		}
	}
	return peers
}

// Shared is a group that all interfaces wear which do not wear the group itself:
// the first by its id. It is empty where they have none in common, and where
// there are none.
func (n *Neighbours) Shared(of *SecurityGroup) string {
	members := n.wearer[of.GroupID]
	peers := len(n.all) - len(members)
	shared := ""
	for _, first := range n.Peers(of, 1) { // what all wear, the first wears
		for _, g := range first.Groups {
			if id := g.GroupID; id != "" && (shared == "" || id < shared) && n.wearers(id, members) == peers {
				shared = id
			}
		}
	}
	return shared
}

// wearers counts who wears a group, but for the members of another one.
func (n *Neighbours) wearers(groupID string, but []*NetworkInterface) int {
	count := len(n.wearer[groupID])
	if count < len(n.all)-len(but) {
		return count // too few already
	}
	for _, m := range but {
		if m.wears(groupID) {
			count--
		}
	}
	return count
}

// Apart are peers of a group that have no group in common, as few as it takes
// when they are looked at in order. It is empty where all peers share one.
func (n *Neighbours) Apart(of *SecurityGroup) []*NetworkInterface {
	var witnesses []*NetworkInterface
	var common []string
	for _, i := range n.all {
		if i.wears(of.GroupID) {
			continue
		}
		if witnesses == nil {
			common, witnesses = slices.Clone(i.groupIDs()), append(witnesses, i)
		} else {
			before := len(common)
			common = slices.DeleteFunc(common, func(id string) bool { return !i.wears(id) })
			if len(common) < before {
				witnesses = append(witnesses, i)
			}
		}
		if len(common) == 0 {
			return witnesses
		}
	}
	return nil
}

// Block is where a VPC or a subnet names one of its blocks.
type Block struct {
	CIDR  netip.Prefix
	Place Place
}

// Within is a block of the VPC, or else of one of its subnets, that a range of
// addresses equals or contains. It is false where the range holds none whole.
func (s *Snapshot) Within(v *VPC, within netip.Prefix) (Block, bool) {
	if b, ok := v.blockWithin(within); ok {
		return b, true
	}
	if within.Bits() > smallestIPv6 || within.Addr().Is4() && within.Bits() > smallestIPv4 {
		return Block{}, false
	}
	for _, n := range s.SubnetsOf(v) {
		if holds(within, n.CIDRBlock) {
			return Block{n.CIDRBlock, Place{n, "CidrBlock"}}, true
		}
		if b, ok := ipv6Within(n, n.IPv6CIDRBlockAssociationSet, within); ok {
			return b, true
		}
	}
	return Block{}, false
}

// The blocks of the smallest subnets.
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
const (
	smallestIPv4 = 28
	smallestIPv6 = 64
)

// holds reports whether one block equals or contains another.
func holds(outer, inner netip.Prefix) bool {
	return outer.IsValid() && inner.IsValid() && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// blockWithin is the first of the blocks that CIDRs returns which lies in a
// range.
func (v *VPC) blockWithin(within netip.Prefix) (Block, bool) {
	if holds(within, v.CIDRBlock) {
		return Block{v.CIDRBlock, Place{v, "CidrBlock"}}, true
	}
	for i := range v.CIDRBlockAssociationSet {
		if a := &v.CIDRBlockAssociationSet[i]; holds(within, a.CIDRBlock) && associated(a.CIDRBlockState.State) {
			return Block{a.CIDRBlock, Place{v, "CidrBlockAssociationSet/" + itoa(i) + "/CidrBlock"}}, true
		}
	}
	return ipv6Within(v, v.IPv6CIDRBlockAssociationSet, within)
}

func ipv6Within(r Resource, associations []IPv6CIDRBlockAssociation, within netip.Prefix) (Block, bool) {
	for i := range associations {
		if a := &associations[i]; holds(within, a.IPv6CIDRBlock) && associated(a.IPv6CIDRBlockState.State) {
			return Block{a.IPv6CIDRBlock, Place{r, "Ipv6CidrBlockAssociationSet/" + itoa(i) + "/Ipv6CidrBlock"}}, true
		}
	}
	return Block{}, false
}
