package topology

import (
	"cmp"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// mostPaired is up to how many security groups it is found out which reach which,
// since that takes the longest of all.
const mostPaired = 150

// follow finds out what the internet reaches, where all that was loaded which
// traffic is followed by. What is reached directly is noted by ARN, for what is
// drawn.
func (b *builder) follow() *Exposure {
	e := &Exposure{Followed: !slices.ContainsFunc(reach.Kinds(), func(k snapshot.Kind) bool { return !b.s.Loaded(k) })}
	if !e.Followed {
		return e
	}
	ways := map[string]int{} // index by all that makes a way but its sources
	for _, x := range reach.Of(b.s).Exposures() {
		for i := range x.Openings {
			b.addWayIn(e, ways, x, &x.Openings[i])
		}
		if x.Unknown {
			e.Undecided = append(e.Undecided, undecided(x))
		}
	}
	slices.SortStableFunc(e.WaysIn, func(v, w WayIn) int { return v.compare(&w) })
	e.Undecided = slices.CompactFunc(e.Undecided, func(u, v Undecided) bool { return u.ARN == v.ARN && slices.Equal(u.Missing, v.Missing) })
	for i := range e.WaysIn {
		b.mark(&e.WaysIn[i])
	}
	behind := map[string]bool{}
	for i := range e.WaysIn {
		if w := &e.WaysIn[i]; b.open[w.ARN] == nil {
			behind[w.ARN] = true
		}
	}
	e.Direct, e.Behind = len(b.open), len(behind)
	e.Missing = b.missingLists()
	b.pair(e)
	return e
}

// missingLists are the lists without which it is not known what there is to be
// reached: as buttress exposure names them.
func (b *builder) missingLists() []Call {
	var all []Call
	for _, m := range reach.Of(b.s).Unmapped() {
		all = append(all, Call{Operation: m.Operation, Account: m.Account, Region: m.Region})
	}
	return all
}

// addWayIn adds an opening of an interface to the ways in to what has it. Several
// interfaces may be open alike, and one may be in both families.
func (b *builder) addWayIn(e *Exposure, ways map[string]int, x *reach.Exposure, o *reach.Opening) {
	w := WayIn{
		Place: placeOf(x), Via: Direct, Entry: entry(o), Protocol: o.Protocol.String(), Ports: o.Protocol.Words(o.Ports), Sources: o.Sources,
	}
	if o.Balancer != "" {
		w.Via = ThroughLoadBalancer
	}
	key := strings.Join([]string{w.ARN, w.Via, w.Entry, w.Protocol, w.Ports}, "\x00")
	at, ok := ways[key]
	if !ok {
		ways[key] = len(e.WaysIn)
		e.WaysIn = append(e.WaysIn, w)
		return
	}
	for _, s := range o.Sources {
		if !slices.Contains(e.WaysIn[at].Sources, s) {
			e.WaysIn[at].Sources = append(slices.Clip(e.WaysIn[at].Sources), s)
		}
	}
}

// entry is the internet gateway or the load balancer that an opening leads
// through.
func entry(o *reach.Opening) string {
	if o.Balancer != "" {
		return clip(o.Balancer)
	}
	for _, h := range o.Path.Hops {
		if h.Kind == InternetGateway {
			return clip(h.Resource)
		}
	}
	return ""
}

// placeOf is what an interface belongs to and where it is.
func placeOf(x *reach.Exposure) Place {
	r := x.Resource
	p := Place{
		Resource: named(r), Type: r.ResourceType(), Account: r.Scope().Account, Region: r.Scope().Region, VPC: clip(x.Interface.VPCID),
	}
	if i, ok := r.(*snapshot.Instance); ok && p.VPC == "" {
		p.VPC = clip(i.VPCID)
	}
	return p
}

func undecided(x *reach.Exposure) Undecided {
	u := Undecided{Place: placeOf(x)}
	for _, m := range x.Missing {
		u.Missing = append(u.Missing, Call{m.Operation, m.Account, m.Region, clip(m.Resource)})
	}
	return u
}

// compare puts what is reached directly first, and of that databases, since
// those are what must not be, and load balancers, which are made for it, last.
func (w *WayIn) compare(v *WayIn) int {
	return cmp.Or(cmp.Compare(w.rank(), v.rank()), cmp.Compare(w.Account, v.Account), cmp.Compare(w.Region, v.Region),
		cmp.Compare(w.VPC, v.VPC), compare(w.Resource, v.Resource))
}

func (w *WayIn) rank() int {
	switch {
	case w.Via != Direct:
		return 3
	case strings.HasPrefix(w.Type, "AWS::ElasticLoadBalancing"):
		return 2
	case strings.HasPrefix(w.Type, "AWS::RDS"):
		return 0
	default:
		return 1
	}
}

// Everywhere reports whether it is reached from all of the internet, in some
// family.
func (w *WayIn) Everywhere() bool {
	return slices.Contains(w.Sources, "0.0.0.0/0") || slices.Contains(w.Sources, "::/0")
}

// words say what is open, in short.
func (w *WayIn) words() string {
	s := w.Protocol + " " + w.Ports
	if w.Ports == "all" && w.Protocol != "tcp" && w.Protocol != "udp" {
		s = w.Protocol
	}
	if !slices.ContainsFunc(w.Sources, func(s string) bool { return !strings.Contains(s, ":") }) {
		s += " over IPv6"
	}
	if !w.Everywhere() {
		s += " from some ranges"
	}
	return s
}

// mark notes what is reached directly, for what is drawn of it.
func (b *builder) mark(w *WayIn) {
	if w.Via != Direct {
		return
	}
	o := b.open[w.ARN]
	if o == nil {
		o = &Open{Count: 1}
		b.open[w.ARN] = o
		if v := b.vpcs[key{w.Region, w.VPC}]; v != nil {
			v.Open++
		}
	}
	o.add(w.words())
}

// mostWords is how many openings are said of what is drawn.
const mostWords = 4

func (o *Open) add(words ...string) {
	for _, s := range words {
		if !slices.Contains(o.On, s) && len(o.On) < mostWords {
			o.On = append(o.On, s)
		}
	}
}

// And is what is open of two things; nil is nothing.
func (o *Open) And(p *Open) *Open {
	switch {
	case p == nil:
		return o
	case o == nil:
		o = &Open{}
	}
	all := &Open{Count: o.Count + p.Count, On: slices.Clone(o.On)}
	all.add(p.On...)
	return all
}

// pair finds out which security groups reach which, unless there are too many.
func (b *builder) pair(e *Exposure) {
	groups := snapshot.SecurityGroups.In(b.s)
	if e.MatrixLeftOut = len(groups) > mostPaired; e.MatrixLeftOut {
		return
	}
	names := map[string]string{}
	for i := range groups {
		names[groups[i].GroupID] = clip(groups[i].GroupName)
	}
	group := func(id string) SecurityGroup { return SecurityGroup{clip(id), names[id]} }
	for _, p := range reach.Of(b.s).Matrix() {
		e.Matrix = append(e.Matrix, GroupPair{group(p.From), group(p.To), p.Protocol.String(), p.Protocol.Words(p.Ports), p.Unknown})
	}
}

// The most that is kept of what is exposed, from most to least.
var exposureLevels = []exposureLevel{{100, 50, 100}, {50, 25, 50}, {20, 10, 20}, {5, 3, 0}}

type exposureLevel struct{ ways, undecided, pairs int }

const (
	mostExposureBytes = 100_000
	mostSources       = 8
	mostCalls         = 4
	mostLists         = 24
)

// limit keeps as much as fits, and counts the rest.
func (e *Exposure) limit() *Exposure {
	var out *Exposure
	for _, l := range exposureLevels {
		if out = e.cutTo(l); out.size() <= mostExposureBytes {
			break
		}
	}
	return out
}

func (e *Exposure) cutTo(l exposureLevel) *Exposure {
	out := &Exposure{Followed: e.Followed, Direct: e.Direct, Behind: e.Behind, MatrixLeftOut: e.MatrixLeftOut || len(e.Matrix) > l.pairs}
	out.WaysIn = slices.Clone(first(e.WaysIn, l.ways))
	for i := range out.WaysIn {
		w := &out.WaysIn[i]
		w.Ports, w.MoreSources = clip(w.Ports), max(len(w.Sources)-mostSources, 0)
		w.Sources = first(w.Sources, mostSources)
	}
	out.MoreWaysIn = len(e.WaysIn) - len(out.WaysIn)
	out.Undecided = slices.Clone(first(e.Undecided, l.undecided))
	for i := range out.Undecided {
		out.Undecided[i].Missing = first(out.Undecided[i].Missing, mostCalls)
	}
	out.MoreUndecided = len(e.Undecided) - len(out.Undecided)
	out.Missing = first(e.Missing, mostLists)
	out.MoreMissing = len(e.Missing) - len(out.Missing)
	if !out.MatrixLeftOut {
		out.Matrix = e.Matrix
	}
	return out
}

// The sizes of objects in indented JSON without their texts.
const (
	sizeOfPlace = 300
	sizeOfWayIn = 420
	sizeOfCall  = 150
	sizeOfPair  = 320
	sizeOfOpen  = 100
)

func (e *Exposure) size() int {
	if e == nil {
		return 0
	}
	n := sizeOfSpan
	for i := range e.WaysIn {
		w := &e.WaysIn[i]
		n += sizeOfWayIn + w.texted() + texted(w.Via, w.Entry, w.Protocol, w.Ports) + lines(w.Sources)
	}
	for i := range e.Undecided {
		n += sizeOfPlace + e.Undecided[i].texted() + sizeOfCalls(e.Undecided[i].Missing)
	}
	for i := range e.Matrix {
		p := &e.Matrix[i]
		n += sizeOfPair + texted(p.From.ID, p.From.Name, p.To.ID, p.To.Name, p.Protocol, p.Ports)
	}
	return n + sizeOfCalls(e.Missing)
}

func (p *Place) texted() int {
	return p.Resource.texted() + texted(p.Type, p.Account, p.Region, p.VPC)
}

func sizeOfCalls(calls []Call) int {
	n := 0
	for i := range calls {
		n += sizeOfCall + texted(calls[i].Operation, calls[i].Account, calls[i].Region, calls[i].Resource)
	}
	return n
}

func (o *Open) size() int {
	if o == nil {
		return 0
	}
	return sizeOfOpen + lines(o.On)
}
