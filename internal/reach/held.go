package reach

import (
	"net/netip"
	"slices"

	"go4.org/netipx"
)

// The internet is every globally routable address that nothing recorded holds.
// As a set it would have a hole for each public address of the account, so it is
// kept as the set without holes (outer) and the addresses that are held.

// counts reports whether a set has an address of the internet.
func (n *Network) counts(far addresses, f family) bool {
	if far == nil {
		return true
	}
	return n.anyUnheld(intersectAddresses(far, n.outer[f]), f)
}

// fills reports whether a set has all addresses of the internet.
func (n *Network) fills(far addresses, f family) bool {
	return far == nil || !n.anyUnheld(withoutAddresses(n.outer[f], far, f), f)
}

// anyUnheld reports whether nobody recorded holds some address of a set.
func (n *Network) anyUnheld(set addresses, f family) bool {
	return slices.ContainsFunc(set.ranges, func(r netipx.IPRange) bool { return n.unheldIn(r, f) })
}

// unheldIn reports whether a range has an address that nobody recorded holds: in
// it there are more addresses than holders.
func (n *Network) unheldIn(r netipx.IPRange, f family) bool {
	held := n.held[f]
	first, _ := slices.BinarySearchFunc(held, r.From(), netip.Addr.Compare)
	next := r.From()
	for _, a := range held[first:] {
		if a != next {
			return true
		}
		if a == r.To() {
			return false
		}
		next = a.Next()
	}
	return true
}

// anyIn reports whether nobody recorded holds some address of a set in a block.
func (n *Network) anyIn(set addresses, p netip.Prefix, f family) bool {
	block := netipx.RangeOfPrefix(p)
	for _, r := range set.ranges[set.from(block.From()):] {
		if r.From().Compare(block.To()) > 0 {
			return false
		}
		from, to := r.From(), r.To()
		if from.Less(block.From()) {
			from = block.From()
		}
		if block.To().Less(to) {
			to = block.To()
		}
		if !to.Less(from) && n.unheldIn(netipx.IPRangeFrom(from, to), f) {
			return true
		}
	}
	return false
}

// worth reports whether some packets of a space are between the internet and the
// recorded networks.
func (n *Network) worth(s space, f family) bool {
	return slices.ContainsFunc(s, func(b box) bool { return n.counts(b.far, f) })
}

// heldAddresses are the public addresses of a family, sorted.
func (n *Network) heldAddresses(f family) []netip.Addr {
	var all []netip.Addr
	for a := range n.public {
		if f.has(a) {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return all
}
