package snapshot

import (
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
	mu    sync.Mutex // rules ask side by side
	known map[neighbourhood]*Neighbours
}

type neighbourhood struct {
	vpc   key
	block netip.Prefix
}

// NeighboursIn are the interfaces of a VPC that have an address in a block. All
// accounts that were recorded count, since a VPC may be shared.
func (s *Snapshot) NeighboursIn(v *VPC, block netip.Prefix) *Neighbours {
	h := s.indexes.neighbourhoods
	h.mu.Lock()
	defer h.mu.Unlock()
	at := neighbourhood{at(v.Scope(), v.VPCID), block.Masked()}
	n, ok := h.known[at]
	if !ok {
		n = neighboursOf(s.InterfacesIn(v.Scope(), v.VPCID), block)
		h.known[at] = n
	}
	return n
}

func neighboursOf(interfaces []*NetworkInterface, block netip.Prefix) *Neighbours {
	n := &Neighbours{wearer: map[string][]*NetworkInterface{}}
	for _, i := range interfaces {
		switch {
		case !slices.ContainsFunc(i.Addresses(), block.Contains):
		case i.Groups == nil:
			n.Silent = i
		default:
			n.all = append(n.all, i)
			for _, id := range i.groupIDs() {
				n.wearer[id] = append(n.wearer[id], i)
			}
		}
	}
	return n
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
	if peers == 0 {
		return ""
	}
	shared := ""
	for id, wearers := range n.wearer {
		if len(wearers) < peers || id == of.GroupID || id == "" || shared != "" && shared < id {
			continue
		}
		both := 0
		for _, m := range members {
			if m.wears(id) {
				both++
			}
		}
		if len(wearers)-both == peers {
			shared = id
		}
	}
	return shared
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
	if b, ok := firstWithin(v.blocks(), within); ok {
		return b, true
	}
	if within.Bits() > smallestIPv6 || within.Addr().Is4() && within.Bits() > smallestIPv4 {
		return Block{}, false
	}
	for _, n := range s.SubnetsOf(v) {
		if n.CIDRBlock.IsValid() && holds(within, n.CIDRBlock) {
			return Block{n.CIDRBlock, Place{n, "CidrBlock"}}, true
		}
		if len(n.IPv6CIDRBlockAssociationSet) > 0 {
			if b, ok := firstWithin(ipv6Blocks(n, n.IPv6CIDRBlockAssociationSet), within); ok {
				return b, true
			}
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

func firstWithin(blocks []Block, within netip.Prefix) (Block, bool) {
	i := slices.IndexFunc(blocks, func(b Block) bool { return holds(within, b.CIDR) })
	if i < 0 {
		return Block{}, false
	}
	return blocks[i], true
}

// holds reports whether one block equals or contains another.
func holds(outer, inner netip.Prefix) bool {
	return outer.IsValid() && inner.IsValid() && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// blocks are the blocks that CIDRs returns, and where they stand.
func (v *VPC) blocks() []Block {
	var all []Block
	if v.CIDRBlock.IsValid() {
		all = append(all, Block{v.CIDRBlock, Place{v, "CidrBlock"}})
	}
	for i, a := range v.CIDRBlockAssociationSet {
		if a.CIDRBlock.IsValid() && a.CIDRBlock != v.CIDRBlock && associated(a.CIDRBlockState.State) {
			all = append(all, Block{a.CIDRBlock, Place{v, "CidrBlockAssociationSet/" + itoa(i) + "/CidrBlock"}})
		}
	}
	return append(all, ipv6Blocks(v, v.IPv6CIDRBlockAssociationSet)...)
}

func ipv6Blocks(r Resource, associations []IPv6CIDRBlockAssociation) []Block {
	var all []Block
	for i, a := range associations {
		if a.IPv6CIDRBlock.IsValid() && associated(a.IPv6CIDRBlockState.State) {
			all = append(all, Block{a.IPv6CIDRBlock, Place{r, "Ipv6CidrBlockAssociationSet/" + itoa(i) + "/Ipv6CidrBlock"}})
		}
	}
	return all
}
