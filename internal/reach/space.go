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

// covers reports whether all of c is in b.
func (b box) covers(c box) bool {
	return b.service.covers(c.service) && b.client.covers(c.client) && (b.far == nil || b.far == c.far || b.far.covers(c.far))
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
	if s.same(t) {
		return s
	}
	var out space
	for _, c := range t {
		out = append(out, s.within(c)...)
	}
	return out.simple()
}

// same reports whether two spaces have the same boxes in the same order, as most have
// that a filter left as they were.
func (s space) same(t space) bool {
	return slices.EqualFunc(s, t, func(b, c box) bool {
		return sameAddresses(b.far, c.far) && slices.Equal(b.service, c.service) && slices.Equal(b.client, c.client)
	})
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
	if s.same(t) {
		return nil
	}
	s = slices.DeleteFunc(slices.Clone(s), func(b box) bool {
		return slices.ContainsFunc(t, func(c box) bool { return c.covers(b) })
	})
	if s.empty() {
		return nil
	}
	if client := s[0].client; !slices.ContainsFunc(slices.Concat(s, t), func(b box) bool { return !slices.Equal(b.client, client) }) {
		return s.byPorts(t, client, f)
	}
	for _, c := range t {
		s = s.without(c, f)
	}
	return s
}

// byPorts is the part of s outside t where all boxes have the same client ports: at
// the service's ports between any two at which a box begins or ends, addresses
// without addresses. Taking one box after the other out breaks what is left into ever
// more pieces.
func (s space) byPorts(t space, client Ports, f family) space {
	var out space
	for _, r := range s.steps(t) {
		from := s.at(r.From)
		if noneOf(from) {
			continue
		}
		if left := withoutAddresses(from, t.at(r.From), f); !noneOf(left) {
			out = append(out, box{left, Ports{r}, client})
		}
	}
	return out.simple()
}

// steps are the ranges of service ports between which no box of two spaces begins or
// ends.
func (s space) steps(t space) []PortRange {
	begins := []int{0}
	for _, b := range slices.Concat(s, t) {
		for _, r := range b.service {
			begins = append(begins, int(r.From), int(r.To)+1)
		}
	}
	slices.Sort(begins)
	begins = append(slices.Compact(begins), 1<<16)
	var all []PortRange
	for i := range len(begins) - 1 {
		if begins[i] < 1<<16 {
			all = append(all, PortRange{uint16(begins[i]), uint16(begins[i+1] - 1)}) //nolint:gosec // they are ports
		}
	}
	return all
}

// at is the addresses of the boxes that have a service port.
func (s space) at(port uint16) addresses {
	var sets []addresses
	for _, b := range s {
		if slices.ContainsFunc(b.service, func(r PortRange) bool { return r.From <= port && port <= r.To }) {
			sets = append(sets, b.far)
		}
	}
	return allOf(sets)
}

// far is the addresses of the far side in s.
func (s space) far() addresses {
	if s.empty() {
		return noAddresses
	}
	sets := make([]addresses, len(s))
	for i, b := range s {
		sets[i] = b.far
	}
	return allOf(sets)
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
