package snapshot

import (
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
