package reach_test

import (
	"net/netip"
	"slices"
	"testing"

	"go4.org/netipx"
	"pgregory.net/rapid"

	"github.com/buttress/buttress/internal/reach"
)

// TestAddressesAgainstTheLibrary compares sets of addresses with netipx's: those
// of reach keep what they are given where nothing changes, which netipx does not.
func TestAddressesAgainstTheLibrary(t *testing.T) {
	// Few addresses, at both ends of the family, so that ranges touch and overlap.
	prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
		first := rapid.SampledFrom([]byte{0, 10, 255}).Draw(t, "first")
		last := rapid.ByteRange(0, 15).Draw(t, "last")
		if first == 255 {
			last |= 0xf0
		}
		middle := byte(0)
		if first == 255 {
			middle = 255
		}
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{first, middle, middle, last}), rapid.SampledFrom([]int{0, 1, 8, 28, 29, 30, 31, 32}).Draw(t, "bits")).Masked()
	})
	some := rapid.SliceOfN(prefix, 0, 6)
	rapid.Check(t, func(t *rapid.T) {
		a, b := some.Draw(t, "a"), some.Draw(t, "b")
		one := prefix.Draw(t, "one").Addr()
		s, o := reach.SetOf(a...), reach.SetOf(b...)
		libA, libB := library(t, a), library(t, b)
		same(t, "the set", s, libA)
		same(t, "and", s.And(o), built(t, libA, func(x *netipx.IPSetBuilder) { x.Intersect(libB) }))
		same(t, "without", s.Without(o), built(t, libA, func(x *netipx.IPSetBuilder) { x.RemoveSet(libB) }))
		same(t, "or", s.Or(o), built(t, libA, func(x *netipx.IPSetBuilder) { x.AddSet(libB) }))
		if s.Contains(one) != libA.Contains(one) {
			t.Errorf("contains %s: %v", one, s.Contains(one))
		}
	})
}

func library(t *rapid.T, prefixes []netip.Prefix) *netipx.IPSet {
	return built(t, new(netipx.IPSet), func(b *netipx.IPSetBuilder) {
		for _, p := range prefixes {
			b.AddPrefix(p)
		}
	})
}

func built(t *rapid.T, from *netipx.IPSet, change func(*netipx.IPSetBuilder)) *netipx.IPSet {
	var b netipx.IPSetBuilder
	b.AddSet(from)
	change(&b)
	set, err := b.IPSet()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func same(t *rapid.T, what string, s reach.Sets, want *netipx.IPSet) {
	if got := s.Prefixes(); !slices.Equal(got, want.Prefixes()) {
		t.Errorf("%s: %v, want %v", what, got, want.Prefixes())
	}
}
