package snapshot

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go4.org/netipx"
)

// Addresses are counted one by one for IPv4 and in blocks of 64 bits for IPv6,
// of which the internet is 2000::/3: nothing else is routed there.
// https://www.iana.org/assignments/ipv6-unicast-address-assignments/ipv6-unicast-address-assignments.xhtml
const (
	halfIPv4 uint64 = 1 << 31
	halfIPv6 uint64 = 1 << 60
)

var globalIPv6 = netip.MustParsePrefix("2000::/3")

// Open reports whether prefixes of one or both families together cover more
// than half of the internet's addresses of IPv4 or of IPv6: whether they are the
// internet in all but name, as 0.0.0.0/1 and 128.0.0.0/1 together are.
func Open(prefixes []netip.Prefix) (ipv4, ipv6 bool) {
	four, six := atMost(prefixes)
	if four <= halfIPv4 && six <= halfIPv6 {
		return false, false
	}
	if len(prefixes) == 1 {
		return four > halfIPv4, six > halfIPv6
	}
	four, six = union(prefixes)
	return four > halfIPv4, six > halfIPv6
}

// atMost is how many addresses prefixes cover if none overlap.
func atMost(prefixes []netip.Prefix) (four, six uint64) {
	for _, p := range prefixes {
		switch {
		case !p.IsValid():
		case p.Addr().Is4():
			four += 1 << (32 - p.Bits())
		case !p.Overlaps(globalIPv6):
		default:
			six += 1 << (64 - min(max(p.Bits(), globalIPv6.Bits()), 64))
		}
	}
	return four, six
}

// union is how many addresses prefixes cover.
func union(prefixes []netip.Prefix) (four, six uint64) {
	var b netipx.IPSetBuilder
	for _, p := range prefixes {
		switch {
		case !p.IsValid():
		case p.Addr().Is6() && p.Bits() < globalIPv6.Bits() && p.Overlaps(globalIPv6):
			b.AddPrefix(globalIPv6)
		default:
			b.AddPrefix(p)
		}
	}
	set, err := b.IPSet()
	if err != nil { // zero prefixes, which were left out
		return 0, 0
	}
	return atMost(set.Prefixes())
}

// Entries returns the CIDR blocks of a prefix list, or the gap in their place.
func (s *Snapshot) Entries(from Scope, prefixListID string) ([]PrefixListEntry, *Gap) {
	return PrefixListEntries.of(s, from, prefixListID)
}

// CIDRs are all blocks of a VPC, of both families, that are in use.
func (v *VPC) CIDRs() []netip.Prefix {
	var blocks []netip.Prefix
	if v.CIDRBlock.IsValid() {
		blocks = append(blocks, v.CIDRBlock)
	}
	for _, a := range v.CIDRBlockAssociationSet {
		if a.CIDRBlock.IsValid() && a.CIDRBlock != v.CIDRBlock && associated(a.CIDRBlockState.State) {
			blocks = append(blocks, a.CIDRBlock)
		}
	}
	return appendIPv6(blocks, v.IPv6CIDRBlockAssociationSet)
}

// CIDRs are the blocks of a subnet, of both families, that are in use. An
// IPv6-only subnet has none of IPv4.
func (s *Subnet) CIDRs() []netip.Prefix {
	var blocks []netip.Prefix
	if s.CIDRBlock.IsValid() {
		blocks = append(blocks, s.CIDRBlock)
	}
	return appendIPv6(blocks, s.IPv6CIDRBlockAssociationSet)
}

func appendIPv6(blocks []netip.Prefix, set []IPv6CIDRBlockAssociation) []netip.Prefix {
	for _, a := range set {
		if a.IPv6CIDRBlock.IsValid() && associated(a.IPv6CIDRBlockState.State) {
			blocks = append(blocks, a.IPv6CIDRBlock)
		}
	}
	return blocks
}

// associated reports whether a block is in use. Other states are associating,
// disassociating, disassociated, failing and failed.
func associated(state string) bool { return state == "" || state == "associated" }

// Protocol numbers, of
// https://www.iana.org/assignments/protocol-numbers/protocol-numbers.xhtml
var protocolNames = map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}

// Protocol is the protocol of the permission: tcp, udp, icmp, icmpv6, all, or a
// number. A word that nobody knows, and none, is given back as it is.
func (p *IPPermission) Protocol() string {
	switch p.IPProtocol {
	case "-1":
		return "all"
	case "tcp", "udp", "icmp", "icmpv6":
		return p.IPProtocol
	}
	if name, ok := protocolNames[p.IPProtocol]; ok {
		return name
	}
	return strings.ToLower(p.IPProtocol)
}

// KnowsProtocol reports whether the protocol is one that AWS documents: a name
// that it uses, -1, or a number.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
func (p *IPPermission) KnowsProtocol() bool {
	switch name := p.Protocol(); name {
	case "all", "tcp", "udp", "icmp", "icmpv6":
		return true
	default:
		_, err := strconv.ParseUint(name, 10, 8)
		return err == nil
	}
}

// CoversTCP reports whether the permission admits a TCP port. All protocols
// means all ports; a permission without ports admits all of them, and one of a
// protocol that nobody knows is not taken for a harmless one.
func (p *IPPermission) CoversTCP(port int) bool { return p.CoversAnyTCP(port) }

// CoversAnyTCP reports whether the permission admits one of some TCP ports.
func (p *IPPermission) CoversAnyTCP(ports ...int) bool {
	switch p.Protocol() {
	case "all":
		return true
	case "tcp":
		return slices.ContainsFunc(ports, p.CoversPort)
	default:
		return !p.KnowsProtocol()
	}
}

// CoversPort reports whether a port is among those of the permission, whatever its
// protocol.
func (p *IPPermission) CoversPort(port int) bool {
	from, hasFrom := p.FromPort.Value()
	to, hasTo := p.ToPort.Value()
	if !hasFrom || !hasTo || from == -1 || to == -1 {
		return true
	}
	return from <= port && port <= to
}

// Without are some blocks without the addresses of others.
func Without(blocks, others []netip.Prefix) []netip.Prefix {
	var b netipx.IPSetBuilder
	for _, p := range blocks {
		if p.IsValid() {
			b.AddPrefix(p)
		}
	}
	for _, p := range others {
		if p.IsValid() {
			b.RemovePrefix(p)
		}
	}
	set, err := b.IPSet()
	if err != nil { // invalid prefixes, which were left out
		return nil
	}
	return set.Prefixes()
}
