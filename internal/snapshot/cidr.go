package snapshot

import (
	"math"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go4.org/netipx"
)

// half of a family is what makes a set of addresses the internet: 0.0.0.0/1 and
// 128.0.0.0/1 together are it, and one of them nearly so.
var (
	halfIPv4 = new(big.Int).Lsh(big.NewInt(1), 31)
	halfIPv6 = new(big.Int).Lsh(big.NewInt(1), 127)
)

// Open reports whether prefixes of one or both families together cover more
// than half of IPv4 or of IPv6: whether they are the internet in all but name.
func Open(prefixes []netip.Prefix) (ipv4, ipv6 bool) {
	var four, six float64 // an upper bound: overlaps count twice
	for _, p := range prefixes {
		switch share := math.Ldexp(1, -p.Bits()); {
		case !p.IsValid():
		case p.Addr().Is4():
			four += share
		default:
			six += share
		}
	}
	if four < nearlyHalf && six < nearlyHalf {
		return false, false
	}
	return openUnion(prefixes)
}

// nearlyHalf leaves room for what is lost in sums of small shares.
const nearlyHalf = 0.499

func openUnion(prefixes []netip.Prefix) (ipv4, ipv6 bool) {
	var b netipx.IPSetBuilder
	for _, p := range prefixes {
		if p.IsValid() {
			b.AddPrefix(p)
		}
	}
	set, err := b.IPSet()
	if err != nil {
		return false, false
	}
	four, six := new(big.Int), new(big.Int)
	for _, r := range set.Ranges() {
		if r.From().Is4() {
			four.Add(four, size(r))
		} else {
			six.Add(six, size(r))
		}
	}
	return four.Cmp(halfIPv4) > 0, six.Cmp(halfIPv6) > 0
}

// size is the number of addresses in a range.
func size(r netipx.IPRange) *big.Int {
	from, to := r.From().AsSlice(), r.To().AsSlice()
	n := new(big.Int).Sub(new(big.Int).SetBytes(to), new(big.Int).SetBytes(from))
	return n.Add(n, big.NewInt(1))
}

// Entries returns the CIDR blocks of a prefix list, or the gap in their place.
func (s *Snapshot) Entries(from Scope, prefixListID string) ([]PrefixListEntry, *Gap) {
	return PrefixListEntries.of(s, from, prefixListID)
}

// CIDRs are all blocks of a VPC, of both families, that are not being removed.
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
	for _, a := range v.IPv6CIDRBlockAssociationSet {
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
		return slices.ContainsFunc(ports, p.coversPort)
	default:
		return !p.KnowsProtocol()
	}
}

func (p *IPPermission) coversPort(port int) bool {
	from, hasFrom := p.FromPort.Value()
	to, hasTo := p.ToPort.Value()
	if !hasFrom || !hasTo || from == -1 || to == -1 {
		return true
	}
	return from <= port && port <= to
}
