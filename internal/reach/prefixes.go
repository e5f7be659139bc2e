package reach

import (
	"net/netip"
	"slices"
)

// delegated are the blocks of which an interface has all addresses, besides those
// that are listed one by one: pods have them, for one.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html
func (c *nic) delegated() []netip.Prefix {
	var all []netip.Prefix
	for _, p := range c.IPv4Prefixes {
		all = append(all, p.IPv4Prefix)
	}
	for _, p := range c.IPv6Prefixes {
		all = append(all, p.IPv6Prefix)
	}
	return slices.DeleteFunc(all, func(p netip.Prefix) bool { return !p.IsValid() })
}

// blocks are all private IPv4 and all IPv6 addresses of an interface.
func (c *nic) blocks() []netip.Prefix {
	all := c.delegated()
	for _, a := range c.Addresses() {
		all = append(all, netip.PrefixFrom(a, a.BitLen()))
	}
	return all
}

// holds reports whether an address is one of the interface.
func (c *nic) holds(a netip.Addr) bool {
	return slices.Contains(c.Addresses(), a) || contains(c.delegated(), a)
}

// delegate is an interface that has an address by a block of it, if there is one
// that is as asked for.
func (n *Network) delegate(a netip.Addr, as func(*nic) bool) *nic {
	i := slices.IndexFunc(n.withBlocks, func(c *nic) bool { return contains(c.delegated(), a) && as(c) })
	if i < 0 {
		return nil
	}
	return n.withBlocks[i]
}

// at returns the interface that has an address in a VPC.
func (n *Network) at(vpc string, a netip.Addr) *nic {
	if c := n.private[placed{vpc, a}]; c != nil {
		return c
	}
	return n.delegate(a, func(c *nic) bool { return c.VPCID == vpc })
}

// hasAny reports whether some interface has an address.
func (n *Network) hasAny(a netip.Addr) bool {
	return n.has[a] || n.delegate(a, func(*nic) bool { return true }) != nil
}

// publicly is who holds an address that the internet knows.
func (n *Network) publicly(a netip.Addr) (h held, found bool) {
	if h, found = n.public[a]; found || !a.Is6() {
		return h, found
	}
	if c := n.delegate(a, func(*nic) bool { return true }); c != nil {
		return held{nic: c, private: a}, true
	}
	return held{}, false
}

// isHeld reports whether somebody holds an address that the internet knows.
func (n *Network) isHeld(a netip.Addr) bool {
	_, held := n.publicly(a)
	return held
}

// startsBy are the starts at the addresses of an interface in a range, private or
// public: of a block one address stands for all.
func (n *Network) startsBy(c *nic, p netip.Prefix, f family) []start {
	var all []start
	for _, s := range startsAt(c, f) {
		if p.Contains(s.addr) || p.Contains(c.publicOf(s.addr)) {
			all = append(all, s)
		}
	}
	for _, b := range c.delegated() {
		if !b.Overlaps(p) {
			continue
		}
		if p.Bits() > b.Bits() {
			b = p
		}
		all = append(all, start{nic: c, addr: b.Addr()})
	}
	return all
}
