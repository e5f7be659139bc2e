package reach

import (
	"net/netip"
	"slices"
)

// box is a set of packets of one conversation: every combination of an address
// of the far side, a port of the service and a port of the client.
type box struct {
	far     addresses
	service Ports
	client  Ports
}

// space is a set of packets: the union of its boxes. The zero space is empty.
type space []box

func (s space) empty() bool { return len(s) == 0 }

func (b box) empty() bool { return b.service.empty() || b.client.empty() || noneOf(b.far) }

func (b box) intersect(c box) box {
	return box{intersectAddresses(b.far, c.far), b.service.intersect(c.service), b.client.intersect(c.client)}
}

// without is the parts of b outside c.
func (b box) without(c box, f family) space {
	both := b.intersect(c)
	if both.empty() {
		return space{b}
	}
	parts := [...]box{
		{withoutAddresses(b.far, c.far, f), b.service, b.client},
		{both.far, b.service.without(c.service), b.client},
		{both.far, both.service, b.client.without(c.client)},
	}
	var out space
	for _, p := range parts {
		if !p.empty() {
			out = append(out, p)
		}
	}
	return out
}

// within is the part of s inside a box.
func (s space) within(c box) space {
	var out space
	for _, b := range s {
		if both := b.intersect(c); !both.empty() {
			out = append(out, both)
		}
	}
	return out
}

// intersect is what two spaces share.
func (s space) intersect(t space) space {
	var out space
	for _, c := range t {
		out = append(out, s.within(c)...)
	}
	return out.simple()
}

// without is the part of s outside a box.
func (s space) without(c box, f family) space {
	var out space
	for _, b := range s {
		out = append(out, b.without(c, f)...)
	}
	return out
}

// minus is the part of s outside t.
func (s space) minus(t space, f family) space {
	for _, c := range t {
		s = s.without(c, f)
	}
	return s
}

// far is the addresses of the far side in s.
func (s space) far() addresses {
	if s.empty() {
		return noAddresses
	}
	all := s[0].far
	for _, b := range s[1:] {
		all = unionAddresses(all, b.far)
	}
	return all
}

// anywhere is s without the addresses.
func (s space) anywhere() space { return s.to(nil) }

// to is s with some addresses in the place of its own.
func (s space) to(far addresses) space {
	out := make(space, len(s))
	for i, b := range s {
		out[i] = box{far, b.service, b.client}
	}
	return out
}

func (s space) service() Ports {
	var all Ports
	for _, b := range s {
		all = all.union(b.service)
	}
	return all
}

// simple joins boxes that differ in one dimension alone, so that many rules for
// the same ports, or the same addresses, become one box.
func (s space) simple() space {
	if len(s) < 2 {
		return s
	}
	s = joined(s, func(a, b box) bool { return slices.Equal(a.service, b.service) && slices.Equal(a.client, b.client) },
		func(a, b box) box { a.far = unionAddresses(a.far, b.far); return a })
	return joined(s, func(a, b box) bool { return slices.Equal(a.client, b.client) && sameAddresses(a.far, b.far) },
		func(a, b box) box { a.service = a.service.union(b.service); return a })
}

func joined(s space, alike func(a, b box) bool, join func(a, b box) box) space {
	var out space
next:
	for _, b := range s {
		for i := range out {
			if alike(out[i], b) {
				out[i] = join(out[i], b)
				continue next
			}
		}
		out = append(out, b)
	}
	return out
}

// family is a version of IP.
type family int

const (
	ipv4 family = 4
	ipv6 family = 6
)

func familyOf(a netip.Addr) family {
	if a.Is4() || a.Is4In6() {
		return ipv4
	}
	return ipv6
}

func (f family) has(a netip.Addr) bool { return familyOf(a) == f }

func (f family) all() netip.Prefix {
	if f == ipv4 {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
}

func (f family) String() string {
	if f == ipv4 {
		return "IPv4"
	}
	return "IPv6"
}
