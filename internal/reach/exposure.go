package reach

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/buttress/buttress/internal/snapshot"
)

// Opening is something that the internet reaches at an interface, both ways.
type Opening struct {
	Protocol Protocol
	// Ports are those of the interface, of ICMP types and codes; all of them for
	// protocols that have none.
	Ports Ports
	// Sources are the ranges from which it is reached, sorted; 0.0.0.0/0 or ::/0 where
	// that is all of the internet.
	Sources []string
	// Balancer is the name of the load balancer through which it is reached, or empty.
	Balancer string
	Path     Path // one of those that lead there
}

// IPv6 reports whether it is reached over IPv6, and not over IPv4.
func (o *Opening) IPv6() bool { return len(o.Sources) > 0 && strings.Contains(o.Sources[0], ":") }

// Exposure is what the internet reaches at an interface.
type Exposure struct {
	Interface *snapshot.NetworkInterface
	// Resource is what the interface belongs to: an instance, a load balancer, or the
	// interface itself where it is of nothing else that is recorded.
	Resource snapshot.Resource
	Groups   []string // ids of the security groups of the interface
	Openings []Opening
	// Unknown says that it hangs on what is not recorded, which Missing names; Missing
	// is empty where no recording could tell. Openings are then those that there are
	// in any case.
	Unknown bool
	Missing []Missing
}

// FromInternet is what the internet reaches at an interface, directly or through
// load balancers. It is found out once; the answer belongs to the network.
func (n *Network) FromInternet(i *snapshot.NetworkInterface) *Exposure {
	c := n.nicByID[i.NetworkInterfaceID]
	if c == nil {
		return &Exposure{Interface: i, Resource: i}
	}
	if known, ok := n.exposed.Load(c); ok {
		return known.(*Exposure)
	}
	e, _ := n.exposed.LoadOrStore(c, n.exposure(c))
	return e.(*Exposure)
}

func (n *Network) exposure(c *nic) *Exposure {
	e := &Exposure{Interface: c.NetworkInterface, Resource: n.belongsTo(c), Groups: c.wears}
	worst := &walker{n: n, allow: func(doubt) bool { return false }, doubts: map[doubt]bool{}}
	e.Openings = worst.openings(c)
	if len(worst.doubts) == 0 {
		return e
	}
	best := &walker{n: n, allow: func(doubt) bool { return true }, doubts: worst.doubts}
	if all := best.openings(c); !sameOpenings(all, e.Openings) {
		e.Unknown = true
		e.Missing = n.exposureHangsOn(c, worst.doubts, all, e.Openings)
	}
	return e
}

// belongsTo is the recorded resource that has an interface.
func (n *Network) belongsTo(c *nic) snapshot.Resource {
	if l := n.balanced().byNode[c]; l != nil {
		return l.resource
	}
	if i := n.instances[c.Attachment.InstanceID]; i != nil {
		return i
	}
	if c.holder.Kind == snapshot.HeldByDatabase {
		if all := n.databases()[c]; len(all) == 1 {
			return all[0]
		}
	}
	return c.NetworkInterface
}

func sameOpenings(a, b []Opening) bool {
	return slices.EqualFunc(a, b, func(o, p Opening) bool { return o.same(&p) })
}

func (o *Opening) same(p *Opening) bool {
	return o.Protocol == p.Protocol && o.Balancer == p.Balancer && slices.Equal(o.Ports, p.Ports) && slices.Equal(o.Sources, p.Sources)
}

// exposureHangsOn are the calls whose answer alone would change what is open.
func (n *Network) exposureHangsOn(c *nic, doubts map[doubt]bool, best, worst []Opening) []Missing {
	with := func(allow func(doubt) bool) []Opening {
		w := &walker{n: n, allow: allow, doubts: map[doubt]bool{}}
		return w.openings(c)
	}
	return hangingOn(doubts, func(d doubt) bool {
		return !sameOpenings(with(func(e doubt) bool { return e != d }), best) || !sameOpenings(with(func(e doubt) bool { return e == d }), worst)
	})
}

// openings are what the internet reaches at an interface under the walker's
// assumption.
func (w *walker) openings(c *nic) []Opening {
	w.terse = true
	var out []Opening
	for _, p := range w.n.spokenTo(c) {
		for _, f := range p.families() {
			out = append(out, w.n.opened(w.fromInternet(c, p, f, Want{}), p, f)...)
		}
	}
	return out
}

// fromInternet are the ways from the internet to an interface with a protocol in
// a family, of those that are wanted.
func (w *walker) fromInternet(c *nic, p Protocol, f family, want Want) []way {
	if !w.stands(c) {
		return nil
	}
	s := &start{kind: fromInternet, far: w.n.outer[f]}
	asked := p.asked()
	asked.far = s.far
	if p.hasPorts() && len(want.Ports) > 0 {
		asked.service = want.Ports
	}
	var ways []way
	for _, a := range w.callable(s, c) {
		if f.has(a) {
			ways = and(ways, w.toInterface(s, c, a, p, space{asked}))
		}
	}
	if len(ways) == 0 && c.hasCarrier() && f == mainFamily(c) { // what its gateway lets in is not recorded
		ways = w.closed(s, c, p, space{asked})
	}
	if want.Direct || !p.hasPorts() || !c.maybeTarget() {
		return c.surely(ways)
	}
	balanced := slices.DeleteFunc(w.byBalancers(s, c, p, space{asked}), func(y way) bool { return y.there.family != f })
	return c.surely(and(ways, balanced))
}

// spokenTo are the protocols that may get to an interface: those that a rule of
// its groups names, or all.
func (n *Network) spokenTo(c *nic) []Protocol {
	some := map[Protocol]bool{}
	for _, id := range c.wears {
		g := n.groups[id]
		if g == nil || g.IPPermissions == nil {
			return n.protocols()
		}
		for i := range g.IPPermissions {
			p, one := numbered(g.IPPermissions[i].IPProtocol)
			if !one {
				return n.protocols()
			}
			some[p] = true
		}
	}
	if len(c.wears) == 0 {
		return n.protocols()
	}
	all := make([]Protocol, 0, len(some))
	for p := range some {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}

// numbered is the one protocol that a rule names, if it does.
func numbered(rule string) (Protocol, bool) {
	if rule == "-1" || rule == "" {
		return 0, false
	}
	p, all, err := parseProtocol(rule)
	return p, !all && err == nil
}

// opened adds up ways: by load balancer, and by what is open to the same sources.
func (n *Network) opened(ways []way, p Protocol, f family) []Opening {
	type open struct {
		balancer string
		space    space
		path     Path
	}
	var all []*open
	for i := range ways {
		y := &ways[i]
		if !n.worth(y.both, f) {
			continue
		}
		name := y.through()
		at := slices.IndexFunc(all, func(o *open) bool { return o.balancer == name })
		if at < 0 {
			at = len(all)
			all = append(all, &open{balancer: name, path: Path{Hops: y.there.hops.hops(), Reply: y.back.hops.hops()}})
		}
		all[at].space = append(all[at].space, y.both...)
	}
	var out []Opening
	for _, o := range all {
		for _, b := range o.space.simple() {
			out = append(out, Opening{Protocol: p, Ports: b.service, Sources: n.ranges(b.far, f), Balancer: o.balancer, Path: o.path})
		}
	}
	return out
}

// through is the load balancer of a way, the last where there are several.
func (y *way) through() string {
	for t := y.there.hops; t != nil; t = t.before {
		if t.last.Kind == kindBalancer {
			return t.last.Resource
		}
	}
	return ""
}

// ranges are a set of sources in words.
func (n *Network) ranges(far addresses, f family) []string {
	var words []string
	for _, p := range n.blocks(far, f) {
		words = append(words, p.String())
	}
	return words
}

// Exposures are what the internet reaches at every interface, of those at which
// it reaches anything or may, by the ARN of what has the interface.
func (n *Network) Exposures() []*Exposure {
	nics := slices.Clone(n.nics)
	for _, l := range n.balanced().all {
		nics = append(nics, slices.DeleteFunc(slices.Clone(l.nodes), func(c *nic) bool { return !c.node })...)
	}
	all := make([]*Exposure, len(nics))
	var wg sync.WaitGroup
	for part := range slices.Chunk(indexes(len(nics)), 1+len(nics)/runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for _, i := range part {
				if known, ok := n.exposed.Load(nics[i]); ok {
					all[i] = known.(*Exposure) //nolint:forcetypeassert // it is one
				} else {
					all[i] = n.exposure(nics[i])
				}
			}
		})
	}
	wg.Wait()
	all = append(all, n.absentees()...)
	all = slices.DeleteFunc(all, func(e *Exposure) bool { return len(e.Openings) == 0 && !e.Unknown })
	slices.SortStableFunc(all, func(a, b *Exposure) int { return cmp.Compare(a.Resource.ARN(), b.Resource.ARN()) })
	return all
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
