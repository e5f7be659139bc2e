package reach

import (
	"net/netip"
	"slices"
)

// Sets are the operations on sets of IPv4 addresses, for a test against a library.
type Sets struct{ set addresses }

// SetOf is the set of some IPv4 prefixes.
func SetOf(prefixes ...netip.Prefix) Sets { return Sets{setOf(ipv4, prefixes...)} }

// And is the intersection.
func (s Sets) And(t Sets) Sets { return Sets{intersectAddresses(s.set, t.set)} }

// Without is the difference.
func (s Sets) Without(t Sets) Sets { return Sets{withoutAddresses(s.set, t.set, ipv4)} }

// Or is the union.
func (s Sets) Or(t Sets) Sets { return Sets{unionAddresses(s.set, t.set)} }

// Prefixes are the blocks of the set.
func (s Sets) Prefixes() []netip.Prefix { return slices.Clone(s.set.prefixes()) }

// Contains reports whether an address is in the set.
func (s Sets) Contains(a netip.Addr) bool { return s.set.contains(a) }
