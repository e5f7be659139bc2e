package snapshot

import (
	"iter"
	"net/netip"
	"slices"
)

// Blocks are the blocks that CIDRs returns, and where they stand.
func (v *VPC) Blocks() []Block {
	var blocks []Block
	if v.CIDRBlock.IsValid() {
		blocks = append(blocks, Block{v.CIDRBlock, Place{v, "CidrBlock"}})
	}
	for i, a := range v.CIDRBlockAssociationSet {
		if a.CIDRBlock.IsValid() && a.CIDRBlock != v.CIDRBlock && associated(a.CIDRBlockState.State) {
			blocks = append(blocks, Block{a.CIDRBlock, Place{v, "CidrBlockAssociationSet/" + itoa(i) + "/CidrBlock"}})
		}
	}
	for i, a := range v.IPv6CIDRBlockAssociationSet {
		if a.IPv6CIDRBlock.IsValid() && associated(a.IPv6CIDRBlockState.State) {
			blocks = append(blocks, Block{a.IPv6CIDRBlock, Place{v, "Ipv6CidrBlockAssociationSet/" + itoa(i) + "/Ipv6CidrBlock"}})
		}
	}
	return blocks
}

// Blocks are the blocks of one end of a peering connection, as the connection
// says, and where it does. The field is that of the end.
func (i *PeeredVPCInfo) Blocks(p *VPCPeeringConnection, field string) []Block {
	var blocks []Block
	add := func(b netip.Prefix, at string) {
		if b.IsValid() && !slices.ContainsFunc(blocks, func(o Block) bool { return o.CIDR == b }) {
			blocks = append(blocks, Block{b, Place{p, field + at}})
		}
	}
	add(i.CIDRBlock, "/CidrBlock")
	for j := range i.CIDRBlockSet {
		add(i.CIDRBlockSet[j].CIDRBlock, "/CidrBlockSet/"+itoa(j)+"/CidrBlock")
	}
	for j := range i.IPv6CIDRBlockSet {
		add(i.IPv6CIDRBlockSet[j].IPv6CIDRBlock, "/Ipv6CidrBlockSet/"+itoa(j)+"/Ipv6CidrBlock")
	}
	return blocks
}

// VPCBlock is a block of a VPC.
type VPCBlock struct {
	VPC *VPC
	Block
}

// blockIndex finds the blocks that share addresses with another. Blocks of which
// two share an address lie one in the other.
type blockIndex struct {
	by     map[netip.Prefix][]VPCBlock
	sorted []netip.Prefix
}

func (s *Snapshot) blocksOfVPCs() *blockIndex {
	x := &blockIndex{by: map[netip.Prefix][]VPCBlock{}}
	rows := VPCs.In(s)
	for i := range rows {
		for _, b := range rows[i].Blocks() {
			p := b.CIDR.Masked()
			if x.by[p] == nil {
				x.sorted = append(x.sorted, p)
			}
			x.by[p] = append(x.by[p], VPCBlock{&rows[i], b})
		}
	}
	slices.SortFunc(x.sorted, netip.Prefix.Compare)
	return x
}

// BlocksOverlapping yields the blocks of all recorded VPCs that share addresses with
// a block: those that hold it, from the widest on, then those in it.
func (s *Snapshot) BlocksOverlapping(p netip.Prefix) iter.Seq[*VPCBlock] {
	return func(yield func(*VPCBlock) bool) {
		for q := range s.indexes.vpcBlocks().overlapping(p.Masked()) {
			for i := range q {
				if !yield(&q[i]) {
					return
				}
			}
		}
	}
}

// overlapping yields the blocks that are alike at a time.
func (x *blockIndex) overlapping(p netip.Prefix) iter.Seq[[]VPCBlock] {
	return func(yield func([]VPCBlock) bool) {
		for bits := range p.Bits() {
			if !yield(x.by[netip.PrefixFrom(p.Addr(), bits).Masked()]) {
				return
			}
		}
		from, _ := slices.BinarySearchFunc(x.sorted, p, netip.Prefix.Compare)
		for _, q := range x.sorted[from:] {
			if !p.Contains(q.Addr()) || q.Bits() >= p.Bits() && !yield(x.by[q]) {
				return
			}
		}
	}
}
