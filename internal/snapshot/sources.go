package snapshot

import (
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"github.com/buttress/buttress/internal/recording"
)

// Source is a block of addresses that a permission of a security group admits.
type Source struct {
	CIDR netip.Prefix
	// Permission is the index of the permission in the group.
	Permission int
	// List is the id of the prefix list that the block comes from, or empty.
	List string

	list  int // of the lists of the permission that hold sources
	index int // in that list
	entry *PrefixListEntry
}

// Sources are the blocks of addresses that some permissions of a security group
// admit, with prefix lists expanded. References to groups are none: they name
// interfaces, not addresses.
type Sources struct {
	Group  *SecurityGroup
	Blocks []Source
	// Lists are the references to the prefix lists that are expanded.
	Lists []Place
	// Missing are the prefix lists whose entries are not recorded. Whoever may be
	// in them is admitted too.
	Missing []*Gap
	// Silent are the places where the group should say whom a permission admits,
	// or to what, and does not.
	Silent []Place
}

// IngressSources are the sources of those inbound permissions of a group that
// are asked for. A group whose inbound permissions are not recorded is silent.
func (s *Snapshot) IngressSources(g *SecurityGroup, asked func(*IPPermission) bool) Sources {
	x := Sources{Group: g}
	if g.IPPermissions == nil {
		x.Silent = append(x.Silent, Place{g, "IpPermissions"})
	}
	for i := range g.IPPermissions {
		p := &g.IPPermissions[i]
		switch {
		case !asked(p):
		case !p.KnowsProtocol():
			x.Silent = append(x.Silent, Place{g, x.field(i, "IpProtocol")})
		default:
			x.add(s, i, p)
		}
	}
	if len(x.Missing) > 1 { // in one order, and each list once
		slices.SortFunc(x.Missing, func(a, b *Gap) int { return recording.CompareGaps(*a, *b) })
		x.Missing = slices.CompactFunc(x.Missing, func(a, b *Gap) bool { return a.Resource == b.Resource })
	}
	return x
}

// add adds the sources of a permission. One that names nobody at all admits
// nobody if it has all its lists, and else was not recorded whole.
func (x *Sources) add(s *Snapshot, i int, p *IPPermission) {
	whole := p.IPRanges != nil && p.IPv6Ranges != nil && p.PrefixListIDs != nil && p.UserIDGroupPairs != nil
	if !whole && len(p.IPRanges)+len(p.IPv6Ranges)+len(p.PrefixListIDs)+len(p.UserIDGroupPairs) == 0 {
		x.Silent = append(x.Silent, Place{x.Group, x.field(i, "IpRanges")})
	}
	for j := range p.IPRanges {
		x.addBlock(Source{CIDR: p.IPRanges[j].CIDRIP, Permission: i, list: inIPv4, index: j})
	}
	for j := range p.IPv6Ranges {
		x.addBlock(Source{CIDR: p.IPv6Ranges[j].CIDRIPv6, Permission: i, list: inIPv6, index: j})
	}
	for j := range p.PrefixListIDs {
		x.addList(s, i, j, p.PrefixListIDs[j].PrefixListID)
	}
}

func (x *Sources) addBlock(b Source) {
	if b.CIDR.IsValid() {
		x.Blocks = append(x.Blocks, b)
		return
	}
	x.Silent = append(x.Silent, x.Places(&b)...)
}

func (x *Sources) addList(s *Snapshot, i, j int, id string) {
	b := Source{Permission: i, List: id, list: inPrefixLists, index: j}
	if id == "" {
		x.Silent = append(x.Silent, x.place(&b))
		return
	}
	entries, gap := s.Entries(x.Group.Scope(), id)
	if gap != nil {
		x.Missing = append(x.Missing, gap)
		return
	}
	x.Lists = append(x.Lists, x.place(&b))
	for k := range entries {
		b.CIDR, b.entry = entries[k].CIDR, &entries[k]
		x.addBlock(b)
	}
}

// field is the name of a field of a permission.
func (*Sources) field(permission int, name string) string {
	return "IpPermissions/" + strconv.Itoa(permission) + "/" + name
}

// sourceLists are the lists of a permission that hold sources, and the fields of
// their entries.
var sourceLists = []struct{ list, member string }{
	{"IpRanges", "CidrIp"},
	{"Ipv6Ranges", "CidrIpv6"},
	{"PrefixListIds", "PrefixListId"},
}

// The indexes of sourceLists.
const (
	inIPv4 = iota
	inIPv6
	inPrefixLists
)

// few is how many permissions and sources most groups have at most. The names of
// their fields are made once: a million of them are asked for.
const few = 16

var fewFields = sync.OnceValue(func() *[few][3][few]string {
	all := new([few][3][few]string)
	for i := range all {
		for list := range all[i] {
			for j := range all[i][list] {
				all[i][list][j] = sourceField(i, list, j)
			}
		}
	}
	return all
})

func sourceField(permission, list, index int) string {
	return "IpPermissions/" + strconv.Itoa(permission) + "/" + sourceLists[list].list + "/" + strconv.Itoa(index) + "/" + sourceLists[list].member
}

// place is where the group names the block, or the list that it comes from.
func (x *Sources) place(b *Source) Place {
	if b.Permission < few && b.index < few {
		return Place{x.Group, fewFields()[b.Permission][b.list][b.index]}
	}
	return Place{x.Group, sourceField(b.Permission, b.list, b.index)}
}

// Places are where a source stands: in the group, and for one of a prefix list
// in the entries of the list too.
func (x *Sources) Places(b *Source) []Place {
	if b.entry == nil {
		return []Place{x.place(b)}
	}
	return []Place{x.place(b), {b.entry, "Cidr"}}
}

// AllPlaces are where all sources stand, each once.
func (x *Sources) AllPlaces() []Place {
	all := append(make([]Place, 0, len(x.Lists)+len(x.Blocks)), x.Lists...)
	for i := range x.Blocks {
		if b := &x.Blocks[i]; b.entry != nil {
			all = append(all, Place{b.entry, "Cidr"})
		} else {
			all = append(all, x.place(b))
		}
	}
	return all
}

// Prefixes are the blocks alone.
func (x *Sources) Prefixes() []netip.Prefix {
	all := make([]netip.Prefix, len(x.Blocks))
	for i := range x.Blocks {
		all[i] = x.Blocks[i].CIDR
	}
	return all
}

// Open reports whether the sources together are the internet in all but name,
// in either family: two halves of it are it, though they stand in two
// permissions or prefix lists.
func (x *Sources) Open() (ipv4, ipv6 bool) {
	if x.nearlyNothing() {
		return false, false
	}
	return Open(x.Prefixes())
}

// nearlyNothing tells most groups apart at once: few small blocks.
func (x *Sources) nearlyNothing() bool {
	for i := range x.Blocks {
		if x.Blocks[i].CIDR.Bits() < 8 {
			return false
		}
	}
	return len(x.Blocks) < 100
}

// Decisive are the sources that make the whole open: one that is the internet by
// itself, or else all of a family that is open.
func (x *Sources) Decisive() []*Source {
	ipv4, ipv6 := x.Open()
	var all []*Source
	for i := range x.Blocks {
		b := &x.Blocks[i]
		switch is4 := b.CIDR.Addr().Is4(); {
		case b.CIDR.Bits() == 0:
			return []*Source{b}
		case is4 && ipv4, !is4 && ipv6:
			all = append(all, b)
		}
	}
	return all
}
