package reach

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"go4.org/netipx"

	"github.com/buttress/buttress/internal/snapshot"
)

// Ask answers a question. The error says that a word of it means nothing: an
// unknown protocol, a port that is none, an *UnknownError.
func (n *Network) Ask(q Question) (*Answer, error) {
	a, err := n.ask(q)
	if err != nil {
		return nil, err
	}
	return a.answer(), nil
}

// outcome is the answer under one assumption.
type outcome struct {
	answer   string
	via      string
	sources  []string
	paths    []Path
	blockers []Blocker
	doubts   map[doubt]bool
}

func (o *outcome) same(p *outcome) bool {
	return o.answer == p.answer && slices.Equal(o.sources, p.sources)
}

// answer asks under the best and the worst assumption about what is not recorded.
// Where they differ the answer is unknown.
func (a *asking) answer() *Answer {
	fixed := func(d doubt) (allow, is bool) {
		return !d.absent, a.q.AssumeMissing && (d.undecided == "" || d.announced)
	}
	with := func(allow func(doubt) bool) *outcome {
		return a.outcome(func(d doubt) bool {
			if allow, is := fixed(d); is {
				return allow
			}
			return allow(d)
		})
	}
	worst := with(func(doubt) bool { return false })
	best := with(func(doubt) bool { return true })
	out := &Answer{To: a.q.To, Protocol: protocolName(a.q.Protocol), Port: a.q.Port, Missing: []Missing{}, Assumed: []string{}}
	if !a.q.Who {
		out.From = &a.q.From
	}
	o := worst
	o.blockers = best.blockers // what stops packets whatever is assumed
	if !worst.same(best) {
		out.Missing = hanging(worst, best, with)
		o = a.undecided(worst, best, len(out.Missing) > 0)
	}
	if a.q.AssumeMissing {
		out.Assumed = assumed(worst, best)
	}
	out.Answer, out.Via = o.answer, o.via
	out.Sources, out.Paths, out.Blockers = orEmpty(o.sources), orEmpty(o.paths), orEmpty(o.blockers)
	out.say()
	return out
}

// undecided is the answer where it hangs on what is not recorded. Where it was asked
// who, those are told who surely do; that somebody does is sure too, and the missing
// calls say that there may be more. Where no call could say, it is not known.
func (a *asking) undecided(worst, best *outcome, said bool) *outcome {
	if !a.q.Who || worst.answer != Reachable || best.answer != Reachable {
		return &outcome{answer: Unknown}
	}
	o := *worst
	if !said {
		o.answer, o.via = Unknown, ""
	}
	return &o
}

// say puts the places of hops and blockers into words.
func (a *Answer) say() {
	words := func(p snapshot.Place) string {
		if p == nowhere {
			return ""
		}
		return p.Resource.Source(p.Field)
	}
	for i := range a.Paths {
		for _, hops := range [][]Hop{a.Paths[i].Hops, a.Paths[i].Reply} {
			for j := range hops {
				hops[j].Source = words(hops[j].Place)
			}
		}
	}
	for i := range a.Blockers {
		a.Blockers[i].Source = words(a.Blockers[i].Place)
	}
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func protocolName(s string) string {
	p, any, _ := parseProtocol(s)
	if any {
		return "any"
	}
	return p.String()
}

// mostDoubts bounds how many doubts are tried one by one.
const mostDoubts = 64

// hanging are the calls on which the answer hangs: those whose answer alone, with
// all others taken at their best or at their worst, would change it.
func hanging(worst, best *outcome, with func(func(doubt) bool) *outcome) []Missing {
	all := map[doubt]bool{}
	for _, o := range []*outcome{worst, best} {
		for d := range o.doubts {
			all[d] = true
		}
	}
	return hangingOn(all, func(d doubt) bool {
		return !with(func(e doubt) bool { return e != d }).same(best) || !with(func(e doubt) bool { return e == d }).same(worst)
	})
}

// hangingOn are the calls of those doubts that matter, or of all where none does
// alone.
func hangingOn(doubts map[doubt]bool, matters func(doubt) bool) []Missing {
	ordered := make([]doubt, 0, len(doubts))
	for d := range doubts {
		ordered = append(ordered, d)
	}
	slices.SortFunc(ordered, compareDoubts)
	var found []Missing
	decided := false
	if len(ordered) <= mostDoubts {
		for _, d := range ordered {
			if len(ordered) == 1 || matters(d) { // one alone does: the answers differ by nothing else
				found, decided = append(found, d.Missing), true
			}
		}
	}
	if !decided {
		for _, d := range ordered {
			found = append(found, d.Missing)
		}
	}
	found = slices.DeleteFunc(found, func(m Missing) bool { return m.Operation == "" })
	return orEmpty(slices.Compact(found))
}

func compareDoubts(x, y doubt) int {
	return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(x.Region, y.Region), cmp.Compare(x.Operation, y.Operation),
		cmp.Compare(x.Resource, y.Resource), cmp.Compare(x.undecided, y.undecided))
}

// assumed says what --assume-missing assumed.
func assumed(worst, best *outcome) []string {
	all := map[doubt]bool{}
	for _, o := range []*outcome{worst, best} {
		for d := range o.doubts {
			all[d] = true
		}
	}
	out := []string{}
	for d := range all {
		if d.announced {
			out = append(out, d.undecided+": taken as what routes lead to it")
		}
		if d.undecided != "" {
			continue
		}
		words := d.Operation + " in " + d.Region
		if d.Resource != "" {
			words = d.Operation + " of " + d.Resource + " in " + d.Region
		}
		if d.absent {
			words += ": taken as listing nothing"
		} else {
			words += ": taken as allowing"
		}
		out = append(out, words)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// outcome walks all ways of the question under an assumption.
func (a *asking) outcome(allow func(doubt) bool) *outcome {
	w := &walker{n: a.n, allow: allow, doubts: map[doubt]bool{}, assuming: a.q.AssumeMissing}
	source, target := w.unlisted(a.from.doubts), w.unlisted(a.to.doubts)
	if source != nil {
		return source
	}
	v := verdict{
		a: a, ranges: map[family]addresses{ipv4: noAddresses, ipv6: noAddresses},
		holders: map[string]bool{}, used: map[bool]bool{},
	}
	for _, p := range a.protocols {
		v.protocol(w, p)
	}
	o := v.outcome()
	o.doubts = w.doubts
	if target != nil && (a.q.Who || o.answer != Reachable) { // more interfaces take nothing away
		return target
	}
	return o
}

// unlisted is the best outcome where it is not recorded what a word of the question
// means. It is nil where there is no doubt, or where nothing good is assumed.
func (w *walker) unlisted(all []doubt) *outcome {
	var o *outcome
	for _, d := range all {
		if w.sure(d) {
			o = &outcome{answer: Reachable, doubts: w.doubts}
		}
	}
	return o
}

// verdict adds up the ways of a question.
type verdict struct {
	a       *asking
	all     []bool // by protocol: everything asked works
	some    bool   // something works
	forward bool   // something arrives
	ways    []way
	ranges  map[family]addresses
	holders map[string]bool
	used    map[bool]bool // by balancer: something arrives that way
}

func (v *verdict) protocol(w *walker, p Protocol) {
	var t tally
	for _, f := range p.families() {
		v.family(w, p, f, &t)
	}
	switch {
	case t.asked > 0:
		v.all = append(v.all, t.covered == t.asked)
	case len(t.inside) > 0: // else nobody speaks the protocol's family
		v.all = append(v.all, coveredTogether(t.inside, v.a.box(p, nil)) || slices.ContainsFunc(t.inside, func(r reached) bool { return r.all }))
	}
}

// tally is what works of one protocol.
type tally struct {
	inside []reached
	// asked counts the families in which all of some addresses have to work, and
	// covered those in which they do.
	asked, covered int
}

func (v *verdict) family(w *walker, p Protocol, f family, t *tally) {
	from := v.a.starts(w, f)
	var outer []way
	var inside []reached
	has := false
	for i := range from.starts {
		s := &from.starts[i]
		ways, there := v.a.ways(w, s, p, f)
		if s.lack != nil {
			ways = w.somebodyAt(s, ways, v.a.q.Who)
		}
		v.ways = append(v.ways, ofFamily(f, ways)...)
		if s.single() {
			inside = append(inside, v.inside(s, ways, p, f))
			continue
		}
		has = has || there
		outer = append(outer, ways...)
	}
	if has && !noneOf(from.asked) || v.a.q.Who {
		t.asked++
		if v.outside(outer, p, f, from.asked) {
			t.covered++
		}
	}
	if from.each && slices.ContainsFunc(inside, func(r reached) bool { return !r.all && !r.one }) {
		t.asked++
	}
	t.inside = append(t.inside, inside...)
}

// ofFamily notes in which family ways are asked for.
func ofFamily(f family, ways []way) []way {
	for i := range ways {
		ways[i].family = f
	}
	return ways
}

// reached is what works from one address.
type reached struct {
	both space
	all  bool
	one  bool // it is one of some addresses, of which one is enough
}

// inside notes what works from one address, and reports it.
func (v *verdict) inside(s *start, ways []way, p Protocol, f family) reached {
	both, r := reached{}, reached{one: s.one}
	for i := range ways {
		y := &ways[i]
		v.note(y)
		both.both = append(both.both, y.both...)
	}
	if v.a.to.internet { // what works is a set of addresses too
		r.all = !v.a.n.worth(space{v.a.box(p, v.a.n.outer[f])}.minus(both.both, f), f)
	} else {
		r.both = both.both.anywhere()
		r.all = space{v.a.box(p, nil)}.minus(r.both, f).empty()
	}
	if !both.both.empty() {
		v.some = true
		if addr := s.addr; addr.IsValid() {
			v.ranges[f] = unionAddresses(v.ranges[f], setOf(f, netip.PrefixFrom(addr, addr.BitLen())))
		}
		if s.nic != nil {
			v.holders[s.nic.name()] = true
		}
	}
	return r
}

func (v *verdict) note(y *way) {
	v.forward = v.forward || !y.forward.empty()
	if !y.both.empty() {
		v.used[y.balancer] = true
	}
}

// coveredTogether reports whether some addresses, one of which is enough, answer
// for everything that is asked.
func coveredTogether(all []reached, asked box) bool {
	var together space
	for _, r := range all {
		together = append(together, r.both...)
	}
	return len(all) > 0 && space{asked}.minus(together, ipv4).empty()
}

// outside notes what works from the addresses outside that are asked for, and
// reports whether all of them work for all that is asked.
func (v *verdict) outside(ways []way, p Protocol, f family, asked addresses) bool {
	var both space
	for i := range ways {
		y := &ways[i]
		if y.there.family != f {
			continue
		}
		if !v.counts(y.both, y, f, asked) {
			y.both = nil
		}
		if !v.counts(y.forward, y, f, asked) {
			y.forward = nil
		}
		v.note(y)
		both = append(both, y.both...)
	}
	if both.empty() {
		return false
	}
	v.some = true
	v.ranges[f] = unionAddresses(v.ranges[f], both.far())
	rest := space{v.a.box(p, asked)}.minus(both, f)
	if v.a.from.internet {
		return !v.a.n.worth(rest, f)
	}
	return rest.empty()
}

// counts reports whether packets of a way come from an address that is asked for.
func (v *verdict) counts(s space, y *way, f family, asked addresses) bool {
	if y.entry == fromInternet && (v.a.from.internet || v.a.q.Who) {
		return v.a.n.worth(s, f)
	}
	return !s.within(box{far: asked, service: allPorts, client: allPorts}).empty()
}

func (v *verdict) outcome() *outcome {
	o := &outcome{answer: Blocked}
	whole := !slices.Contains(v.all, false)
	switch {
	case v.some && whole, v.some && v.a.q.Who:
		o.answer = Reachable
	case v.some:
		o.answer = Partial
	case v.forward && !v.a.q.Who:
		o.answer = ForwardOnly
	}
	if o.answer != Blocked {
		v.arrivals(o)
	}
	if o.answer != Reachable {
		v.stoppers(o)
	}
	nobody := o.answer == Blocked && len(o.blockers) == 0 && (v.a.from.addr.IsValid() || v.a.from.cidr.IsValid() || v.a.from.vpn != nil)
	if (len(v.ways) == 0 || nobody) && !v.a.q.Who {
		o.blockers = []Blocker{v.a.nobody()}
	}
	if v.some {
		o.sources = v.sources()
	}
	return o
}

// nobody says why there is no way at all to begin with.
func (a *asking) nobody() Blocker {
	from, to := &a.from, &a.to
	switch {
	case from.blocker.Kind != "" && len(from.nics) == 0:
		return from.blocker
	case from.vpn != nil:
		return newBlocker(kindVPN, a.q.From, "it is attached to no VPC, or no route to what lies behind it is recorded", source(from.vpn, "VpcAttachments"))
	case from.addr.IsValid() && to.addr.IsValid() && familyOf(from.addr) != familyOf(to.addr):
		return newBlocker(kindAddress, a.q.To, "it is of another family than "+a.q.From, nowhere)
	case from.addr.IsValid() || from.cidr.IsValid():
		return newBlocker(kindAddress, a.q.From, "nobody recorded has the address, and no route to a network outside names it", nowhere)
	default:
		return newBlocker(kindAddress, a.q.To, "it has no address of the family of "+a.q.From, nowhere)
	}
}

// mostPaths is how many paths an answer shows.
const mostPaths = 50

// arrivals are the paths, and whether they lead through load balancers.
func (v *verdict) arrivals(o *outcome) {
	direct, balanced := false, false
	for i := range v.ways {
		y := &v.ways[i]
		if y.both.empty() && (o.answer != ForwardOnly || y.forward.empty()) {
			continue
		}
		direct, balanced = direct || !y.balancer, balanced || y.balancer
		p := Path{Hops: y.there.hops.hops(), Reply: y.back.hops.hops()}
		if y.both.empty() {
			p.Reply = []Hop{}
		}
		if len(o.paths) < mostPaths && !slices.ContainsFunc(o.paths, func(q Path) bool {
			return slices.Equal(p.Hops, q.Hops) && slices.Equal(p.Reply, q.Reply)
		}) {
			o.paths = append(o.paths, p)
		}
	}
	switch {
	case direct && balanced:
		o.via = "mixed"
	case balanced:
		o.via = "load-balancer"
	default:
		o.via = "direct"
	}
}

// stoppers are what stops the packets, the first on each way first.
func (v *verdict) stoppers(o *outcome) {
	all := obstacles{at: map[Blocker]int{}}
	for i := range v.ways {
		y := &v.ways[i]
		all.ways = append(all.ways, y)
		if !v.asks(y, y.there.space) {
			continue
		}
		all.add(y, y.there.blockers)
		if o.answer == ForwardOnly && y.forward.empty() && len(y.there.blockers) > 0 {
			continue
		}
		if v.asks(y, y.back.space) || len(y.back.blockers) == 0 {
			all.add(y, y.back.blockers)
		}
		if !y.both.empty() {
			all.add(y, v.relevant(y, y.there.narrowed))
			all.add(y, v.relevant(y, y.back.narrowed))
		}
	}
	o.blockers = all.blockers()
}

// asks reports whether some packets of a way are asked for: of the internet those are
// that are between it and what is recorded.
func (v *verdict) asks(y *way, s space) bool {
	internet := v.a.to.internet || y.entry == fromInternet && (v.a.from.internet || v.a.q.Who)
	return !internet || s.empty() || v.a.n.worth(s, y.there.family)
}

// relevant are the blockers that stopped something that was asked for.
func (v *verdict) relevant(y *way, cuts []cut) []Blocker {
	var out []Blocker
	for _, c := range cuts {
		if !v.asks(y, c.lost) {
			continue
		}
		out = append(out, c.by)
	}
	return out
}

// sources are the ranges that work, or for whom was asked, who does.
func (v *verdict) sources() []string {
	var out []string
	for _, f := range []family{ipv4, ipv6} {
		set := v.ranges[f]
		if v.a.q.Who && set != nil {
			set = withoutHeld(set, v.a.n, f)
		}
		if noneOf(set) {
			continue
		}
		blocks := prefixesOf(set, f)
		switch {
		case v.a.from.internet:
			blocks = v.a.n.blocks(set, f)
		case v.a.q.Who:
			blocks = v.blocks(set, f)
		}
		for _, p := range blocks {
			out = append(out, p.String())
		}
	}
	if v.a.q.Who {
		var ids []string
		for id := range v.holders {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		out = append(out, ids...)
	}
	return out
}

// withoutHeld leaves the addresses of interfaces out, which stand by their ids.
func withoutHeld(set addresses, n *Network, f family) addresses {
	var alone []netip.Prefix
	for _, c := range n.nics {
		for _, a := range c.Addresses() {
			i := set.from(a)
			if f.has(a) && i < len(set.ranges) && set.ranges[i] == netipx.IPRangeFrom(a, a) {
				alone = append(alone, netip.PrefixFrom(a, a.BitLen()))
			}
		}
	}
	return withoutAddresses(set, setOf(f, alone...), f)
}

// blocks are the ranges from which somebody reaches the target, of the internet
// and of the networks outside.
func (v *verdict) blocks(set addresses, f family) []netip.Prefix {
	outer := v.a.n.outer[f]
	all := append(v.a.n.blocks(intersectAddresses(set, outer), f), prefixesOf(withoutAddresses(set, outer, f), f)...)
	slices.SortFunc(all, netip.Prefix.Compare)
	return slices.CompactFunc(all, func(a, b netip.Prefix) bool { return a.Overlaps(b) })
}

// name is how people call who holds an interface.
func (c *nic) name() string {
	switch {
	case c.node:
		return c.balance
	case c.holder.ID != "" && (c.holder.Kind == snapshot.HeldByInstance || c.holder.Kind.IsLoadBalancer() || c.holder.Kind == snapshot.HeldByNATGateway):
		return c.holder.ID
	default:
		return strings.TrimSpace(c.NetworkInterfaceID)
	}
}

// ways are all ways from a start to the target with a protocol in a family. It
// reports too whether the target can be asked for in that family.
func (a *asking) ways(w *walker, s *start, p Protocol, f family) ([]way, bool) {
	asked := space{a.box(p, s.far)}
	switch {
	case a.to.internet && s.unseen != nil && s.unseen.shared:
		return w.strangerOut(s, p, f), true
	case a.to.internet:
		return w.toInternet(s, netip.Addr{}, p, f, asked), true
	case a.to.addr.IsValid():
		if !f.has(a.to.addr) {
			return nil, false
		}
		return w.toAddress(s, a.to.addr, p, asked), true
	}
	return a.toTargets(w, s, p, f, asked)
}

func (a *asking) toTargets(w *walker, s *start, p Protocol, f family, asked space) ([]way, bool) {
	if len(a.to.nics) == 0 && a.to.blocker.Kind != "" {
		return []way{{there: flow{network: w.n, family: f, protocol: p, space: asked}.stop(a.to.blocker), entry: s.kind}}, true
	}
	var out []way
	rest := asked // what no load balancer is a way for
	has, known := false, false
	for _, c := range a.to.nics {
		if !w.stands(c) {
			continue
		}
		direct, there := w.directTo(s, c, p, f, asked)
		balanced, mine, other := w.balancedTo(s, c, p, f, asked)
		rest = besides(balanced, rest, f)
		out = append(out, c.surely(append(direct, balanced...))...)
		has = has || there || mine
		known = known || other || len(c.dialled()) > 0
	}
	if s.kind != fromInternet || known || rest.empty() {
		return out, has
	}
	for _, c := range a.to.nics { // the internet knows none of them
		if f == mainFamily(c) && w.stands(c) {
			out, has = append(out, c.surely(w.closed(s, c, p, rest))...), true
		}
	}
	return out, has
}

// directTo are the ways to each address of one interface, and whether it has one in
// a family.
func (w *walker) directTo(s *start, c *nic, p Protocol, f family, asked space) (out []way, has bool) {
	for _, addr := range w.callable(s, c) {
		if f.has(addr) {
			has = true
			out = append(out, w.toInterface(s, c, addr, p, asked)...)
		}
	}
	if f == ipv4 {
		out = append(out, w.byPublic(s, c, p, asked, out)...)
	}
	return out, has
}

// balancedTo are the ways through load balancers that are called in a family, and
// whether any that may be one is called in it, or in the other.
func (w *walker) balancedTo(s *start, c *nic, p Protocol, f family, asked space) (balanced []way, has, other bool) {
	if !c.maybeTarget() {
		return nil, false, false
	}
	for _, y := range w.byBalancers(s, c, p, asked) {
		if y.there.family == f {
			balanced, has = append(balanced, y), has || !y.idle
		} else {
			other = other || !y.idle
		}
	}
	return balanced, has, other
}

// besides is what no load balancer is a way for.
func besides(balanced []way, asked space, f family) space {
	for i := range balanced {
		asked = asked.without(box{service: balanced[i].there.space.service(), client: allPorts}, f)
	}
	return asked
}

// toPrivate are the ways from the internet to an address of an interface that it
// does not know: through load balancers that send there.
func (w *walker) toPrivate(s *start, c *nic, addr netip.Addr, p Protocol, asked space) []way {
	balanced, _, _ := w.balancedTo(s, c, p, familyOf(addr), asked)
	balanced = slices.DeleteFunc(balanced, func(y way) bool { return y.there.dst.addr.IsValid() && y.there.dst.addr != addr })
	if rest := besides(balanced, asked, familyOf(addr)); !rest.empty() {
		return c.surely(append(w.closedAt(s, c, addr, p, rest), balanced...))
	}
	return balanced
}

func mainFamily(c *nic) family {
	if c.PrivateIPAddress.IsValid() {
		return ipv4
	}
	return ipv6
}

// toInternet are the ways out of the recorded networks: to all of the internet,
// or to one address that nobody recorded has.
func (w *walker) toInternet(s *start, addr netip.Addr, p Protocol, f family, asked space) []way {
	if s.nic == nil {
		y := flow{network: w.n, family: f, protocol: p, space: asked}
		return []way{{there: y.stop(newBlocker(kindAddress, Internet, "packets from outside do not pass through the recorded networks", nowhere)), entry: s.kind}}
	}
	y := flow{network: w.n, family: f, protocol: p, space: asked, src: end{addr: s.addr, nic: s.nic}, dst: end{addr: addr}}
	if addr.IsValid() || !s.addr.IsValid() {
		return w.ways(s, w.begin(s, y, nil), nil)
	}
	y.space = y.space.to(w.n.outer[f])
	return w.ways(s, w.begin(s, y, nil), nil)
}

// toAddress are the ways to an address, to whoever has it where the routes lead.
func (w *walker) toAddress(s *start, addr netip.Addr, p Protocol, asked space) []way {
	f := familyOf(addr)
	if s.kind == fromInternet {
		return w.fromInternetTo(s, addr, p, asked)
	}
	y := flow{network: w.n, family: f, protocol: p, space: asked, src: end{addr: s.addr, nic: s.nic}, dst: end{addr: addr}}
	return w.ways(s, w.begin(s, y, nil), nil)
}

func (w *walker) fromInternetTo(s *start, addr netip.Addr, p Protocol, asked space) []way {
	if h, ok := w.n.publicly(addr); ok && h.nic != nil && (addr.Is4() || h.nic.global(addr)) {
		return w.toInterface(s, h.nic, addr, p, asked)
	} else if ok && h.gateway != nil {
		f := flow{network: w.n, family: ipv4, protocol: p, space: asked, dst: end{addr: addr}}
		return w.ways(s, w.enter(f, addr), nil)
	}
	for _, c := range w.n.nics {
		if c.holds(addr) {
			return w.toPrivate(s, c, addr, p, asked)
		}
	}
	f := flow{network: w.n, family: familyOf(addr), protocol: p, space: asked}
	return []way{{there: f.stop(newBlocker(kindAddress, addr.String(), "nobody has the address", nowhere)), entry: s.kind}}
}
