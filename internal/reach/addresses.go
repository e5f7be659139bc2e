package reach

import (
	"net/netip"
	"slices"

	"go4.org/netipx"
)

// addressSet is a set of addresses of one family: sorted ranges that neither overlap
// nor touch. What an operation returns may be what it was given, so that most tests
// for the same set are those for the same pointer.
type addressSet struct{ ranges []netipx.IPRange }

// addresses is a set of addresses of one family. Nil is every address of the
// family.
type addresses = *addressSet

var noAddresses = &addressSet{}

// everything is what nil stands for.
var everything = map[family]addresses{ipv4: setOf(ipv4, ipv4.all()), ipv6: setOf(ipv6, ipv6.all())}

// built never fails: only invalid prefixes make errors, and those are left out
// before they reach a builder.
func built(b *netipx.IPSetBuilder) addresses {
	set, err := b.IPSet()
	if err != nil {
		return noAddresses
	}
	return &addressSet{set.Ranges()}
}

// setOf is a set of some prefixes of a family.
func setOf(f family, prefixes ...netip.Prefix) addresses {
	if len(prefixes) == 1 && prefixes[0].IsValid() && f.has(prefixes[0].Addr()) {
		return &addressSet{[]netipx.IPRange{netipx.RangeOfPrefix(prefixes[0])}}
	}
	var b netipx.IPSetBuilder
	for _, p := range prefixes {
		if p.IsValid() && f.has(p.Addr()) {
			b.AddPrefix(p.Masked())
		}
	}
	return built(&b)
}

func noneOf(a addresses) bool { return a != nil && len(a.ranges) == 0 }

// intersectAddresses is nil only where both are.
func intersectAddresses(a, b addresses) addresses {
	switch {
	case a == nil:
		return b
	case b == nil || a == b:
		return a
	}
	var room [32]netipx.IPRange
	both := room[:0]
	for i, j := 0, 0; i < len(a.ranges) && j < len(b.ranges); {
		r, s := a.ranges[i], b.ranges[j]
		from, to := r.From(), r.To()
		if from.Less(s.From()) {
			from = s.From()
		}
		if s.To().Less(to) {
			to = s.To()
			j++
		} else {
			i++
		}
		if !to.Less(from) {
			both = append(both, netipx.IPRangeFrom(from, to))
		}
	}
	return asEither(both, a, b)
}

// asEither is a set with some ranges: one of two that there are already, if it is.
func asEither(ranges []netipx.IPRange, a, b addresses) addresses {
	switch {
	case len(ranges) == 0:
		return noAddresses
	case slices.Equal(ranges, a.ranges):
		return a
	case slices.Equal(ranges, b.ranges):
		return b
	}
	return &addressSet{slices.Clone(ranges)}
}

// withoutAddresses takes b out of a, of a family.
func withoutAddresses(a, b addresses, f family) addresses {
	if b == nil || a == b {
		return noAddresses
	}
	if a == nil {
		a = everything[f]
	}
	if !a.overlaps(b) {
		return a
	}
	var room [32]netipx.IPRange
	left := room[:0]
	for _, r := range a.ranges {
		left = b.appendOthers(left, r)
	}
	return asEither(left, a, b)
}

// appendOthers appends what a set lacks of a range.
func (a *addressSet) appendOthers(all []netipx.IPRange, r netipx.IPRange) []netipx.IPRange {
	from := r.From()
	for _, gone := range a.ranges[a.from(from):] {
		if r.To().Less(gone.From()) {
			break
		}
		if from.Less(gone.From()) {
			all = append(all, netipx.IPRangeFrom(from, gone.From().Prev()))
		}
		if !gone.To().Less(r.To()) {
			return all
		}
		from = gone.To().Next()
	}
	return append(all, netipx.IPRangeFrom(from, r.To()))
}

func unionAddresses(a, b addresses) addresses {
	if a == nil || b == nil {
		return nil
	}
	var room [32]netipx.IPRange
	all := room[:0]
	for i, j := 0, 0; i < len(a.ranges) || j < len(b.ranges); {
		var next netipx.IPRange
		if j == len(b.ranges) || i < len(a.ranges) && a.ranges[i].From().Less(b.ranges[j].From()) {
			next = a.ranges[i]
			i++
		} else {
			next = b.ranges[j]
			j++
		}
		all = appendRange(all, next)
	}
	return asEither(all, a, b)
}

// allOf joins sets in one pass.
func allOf(sets []addresses) addresses {
	switch {
	case len(sets) == 0:
		return noAddresses
	case len(sets) == 1:
		return sets[0]
	case len(sets) == 2:
		return unionAddresses(sets[0], sets[1])
	}
	var ranges []netipx.IPRange
	for _, a := range sets {
		if a == nil {
			return nil
		}
		ranges = append(ranges, a.ranges...)
	}
	slices.SortFunc(ranges, func(a, b netipx.IPRange) int { return a.From().Compare(b.From()) })
	all := ranges[:0]
	for _, r := range ranges {
		all = appendRange(all, r)
	}
	return &addressSet{slices.Clone(all)}
}

// appendRange appends a range to sorted ones of which none begins after it.
func appendRange(all []netipx.IPRange, r netipx.IPRange) []netipx.IPRange {
	if len(all) == 0 {
		return append(all, r)
	}
	last := &all[len(all)-1]
	switch next := last.To().Next(); {
	case next.IsValid() && next.Less(r.From()):
		return append(all, r)
	case last.To().Less(r.To()):
		*last = netipx.IPRangeFrom(last.From(), r.To())
	}
	return all
}

// from is the place of the first range that does not end before an address.
func (a *addressSet) from(first netip.Addr) int {
	i, _ := slices.BinarySearchFunc(a.ranges, first, func(r netipx.IPRange, first netip.Addr) int { return r.To().Compare(first) })
	return i
}

func (a *addressSet) contains(one netip.Addr) bool {
	return a.overlapsRange(netipx.IPRangeFrom(one, one))
}

func (a *addressSet) overlaps(b addresses) bool {
	return slices.ContainsFunc(b.ranges, a.overlapsRange)
}

// covers reports whether a set has all addresses of another.
func (a *addressSet) covers(b addresses) bool {
	return b != nil && !slices.ContainsFunc(b.ranges, func(r netipx.IPRange) bool {
		i := a.from(r.From())
		return i == len(a.ranges) || r.From().Less(a.ranges[i].From()) || a.ranges[i].To().Less(r.To())
	})
}

func (a *addressSet) overlapsRange(r netipx.IPRange) bool {
	i := a.from(r.From())
	return i < len(a.ranges) && !r.To().Less(a.ranges[i].From())
}

func (a *addressSet) overlapsPrefix(p netip.Prefix) bool {
	return a.overlapsRange(netipx.RangeOfPrefix(p))
}

// prefixes are the fewest blocks that have the addresses of the set and no others.
func (a *addressSet) prefixes() []netip.Prefix {
	var all []netip.Prefix
	for _, r := range a.ranges {
		all = r.AppendPrefixes(all)
	}
	return all
}

func (a *addressSet) equal(b addresses) bool { return slices.Equal(a.ranges, b.ranges) }

func sameAddresses(a, b addresses) bool {
	return a == b || a != nil && b != nil && a.equal(b)
}
