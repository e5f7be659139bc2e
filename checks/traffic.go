package checks

import (
	"slices"
	"sync"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// Path is the evidence of a path: the field that decided at each hop, there and
// back.
func Path(p *reach.Path) []Evidence {
	var all []Evidence
	for _, hops := range [][]reach.Hop{p.Hops, p.Reply} {
		for i := range hops {
			if hops[i].Place != (Evidence{}) {
				all = append(all, hops[i].Place)
			}
		}
	}
	return all
}

// Stoppers are the evidence of what stops traffic.
func Stoppers(all []reach.Blocker) []Evidence {
	var out []Evidence
	for i := range all {
		if all[i].Place != (Evidence{}) {
			out = append(out, all[i].Place)
		}
	}
	return out
}

// Hangs says that a verdict hangs on an answer that is unknown: on the calls that
// it names, or on what no recording can decide.
func Hangs(s *snapshot.Snapshot, missing []reach.Missing) Verdict {
	if len(missing) == 0 {
		return Unknown("hangs on something that decides about traffic by itself, which no recording tells")
	}
	gaps := make([]*snapshot.Gap, len(missing))
	for i := range missing {
		gaps[i] = s.GapOf(missing[i].Operation, snapshot.Scope{Account: missing[i].Account, Region: missing[i].Region}, missing[i].Resource)
	}
	return Missing(gaps...)
}

// Standing says how the internet stands to something.
type Standing int

// The standings.
const (
	ReachedByNobody     Standing = iota
	ReachedBySome                // by half of the internet, or less
	ReachedUnknown               // what is recorded does not tell
	ReachedPastFirewall          // by the internet, if a firewall lets it through
	ReachedByAll                 // by the internet, or more than half of it
)

// Reached is what the internet reaches of what a rule asks for.
type Reached struct {
	Standing Standing
	// Openings are what is open to all, or where nothing is, to some, without their
	// paths: Evidence has that of the first.
	Openings []reach.Opening
	// Evidence is a path of the first of them, or what closes the ways in.
	Evidence []Evidence

	all     []reach.Opening // the openings, and those to some where others are to all
	missing []reach.Missing
}

// Unknown is the verdict where what is recorded does not tell. The evidence is for
// what no call would tell.
func (r *Reached) Unknown(s *snapshot.Snapshot, evidence ...Evidence) Verdict {
	v := Hangs(s, r.missing)
	if len(r.missing) == 0 {
		v.Evidence = evidence
	}
	return v
}

// ReachedFromInternet says what the internet reaches at some interfaces, of the
// openings that count; all do if counts is nil.
func ReachedFromInternet(s *snapshot.Snapshot, to []*snapshot.NetworkInterface, want reach.Want, counts func(*reach.Opening) bool) Reached {
	n := reach.Of(s)
	r, known := reachedAlike(s, to, want, counts)
	if !known {
		r = reachedBy(func(w reach.Want) *reach.Access { return n.Access(to, w) }, want, counts)
	}
	if r.Standing == ReachedByNobody && len(r.Evidence) == 0 {
		for _, i := range to {
			r.Evidence = append(r.Evidence, Field(i, "Association"), Field(i, "Ipv6Addresses"))
		}
	}
	return r
}

type alikeKey struct{}

// asked is a question about all interfaces that are like one.
type asked struct {
	like      *snapshot.NetworkInterface
	protocols string
	ports     string
	past      bool
}

// reachedAlike is what the internet reaches at an interface directly, found out once
// for all that are like it.
func reachedAlike(s *snapshot.Snapshot, to []*snapshot.NetworkInterface, want reach.Want, counts func(*reach.Opening) bool) (Reached, bool) {
	if len(to) != 1 || !want.Direct || counts != nil {
		return Reached{}, false
	}
	n := reach.Of(s)
	like, ok := n.Alike(to[0])
	if !ok {
		return Reached{}, false
	}
	answers := s.Derived(alikeKey{}, func(*snapshot.Snapshot) any { return new(sync.Map) }).(*sync.Map) //nolint:forcetypeassert // it is one
	r := answered(answers, n, like, reach.Want{Direct: true, PastFirewalls: want.PastFirewalls})
	if !r.among(want) {
		r = answered(answers, n, like, want)
	}
	r.Evidence = slices.Clone(r.Evidence)
	for i := range r.Evidence {
		if r.Evidence[i].Resource == snapshot.Resource(like) {
			r.Evidence[i].Resource = to[0]
		}
	}
	return r, true
}

// answered is what the internet reaches directly at an interface, found out once.
func answered(answers *sync.Map, n *reach.Network, like *snapshot.NetworkInterface, want reach.Want) Reached {
	q := asked{like, string(want.Protocols), want.Ports.String(), want.PastFirewalls}
	known, ok := answers.Load(q)
	if !ok {
		one := []*snapshot.NetworkInterface{like}
		known = reachedBy(func(w reach.Want) *reach.Access { return n.Access(one, w) }, want, nil)
		answers.Store(q, known)
	}
	return known.(Reached) //nolint:forcetypeassert // nothing else is stored
}

// among reports whether what is reached, of all that there is, is the answer too where
// less is wanted: there is something, and nothing that is not wanted.
func (r *Reached) among(want reach.Want) bool {
	return (r.Standing == ReachedBySome || r.Standing == ReachedByAll) &&
		!slices.ContainsFunc(r.all, func(o reach.Opening) bool { return !want.Covers(&o) })
}

// ReachedBalancer says what the internet reaches at a load balancer.
func ReachedBalancer(s *snapshot.Snapshot, l *snapshot.LoadBalancer) Reached {
	return reachedBy(func(w reach.Want) *reach.Access { return reach.Of(s).AccessToBalancer(l, w) }, reach.Want{}, nil)
}

// ReachedSubnet says what the internet would reach in a subnet, if its addresses
// were public and security groups admitted everything.
func ReachedSubnet(s *snapshot.Snapshot, n *snapshot.Subnet) Reached {
	return reachedBy(func(w reach.Want) *reach.Access { return reach.Of(s).AccessToSubnet(n, w) }, reach.Want{}, nil)
}

func reachedBy(ask func(reach.Want) *reach.Access, want reach.Want, counts func(*reach.Opening) bool) Reached {
	wide := func(all []reach.Opening) bool { return len(reach.Wide(counting(all, counts))) > 0 }
	some := func(all []reach.Opening) bool { return len(counting(all, counts)) > 0 }
	want.Terse = true
	a := ask(want)
	if open, known := a.Holds(wide); open {
		return reached(ReachedByAll, ask, want, counting(a.Openings, counts))
	} else if !known {
		want.PastFirewalls = true
		past := ask(want)
		if open, _ := past.Holds(wide); open {
			return reached(ReachedPastFirewall, ask, want, counting(past.Openings, counts))
		}
		return Reached{Standing: ReachedUnknown, missing: a.HangsOn(wide)}
	}
	if open, known := a.Holds(some); open {
		return reached(ReachedBySome, ask, want, counting(a.Openings, counts))
	} else if !known {
		return Reached{Standing: ReachedUnknown, missing: a.HangsOn(some)}
	}
	if len(a.Openings) > 0 { // which do not count
		want.Terse = false
		a = ask(want)
	}
	return Reached{Standing: ReachedByNobody, Evidence: Stoppers(a.Stops)}
}

// reached is what there is where something is open. Of many interfaces the answer is
// kept, so that it has no more than is looked at.
func reached(standing Standing, ask func(reach.Want) *reach.Access, want reach.Want, openings []reach.Opening) Reached {
	all := slices.Clone(openings)
	for i := range all {
		all[i].Path = reach.Path{}
	}
	r := Reached{Standing: standing, Openings: all, all: all}
	if standing != ReachedBySome {
		openings, r.Openings = reach.Wide(openings), reach.Wide(all)
	}
	r.Evidence = precisely(ask, want, &openings[0])
	return r
}

// precisely is the path of an opening, asked for alone: that of many ports names
// the rule that admits the first.
func precisely(ask func(reach.Want) *reach.Access, want reach.Want, o *reach.Opening) []Evidence {
	want.Protocols, want.Ports = []reach.Protocol{o.Protocol}, o.Ports
	for _, p := range ask(want).Openings {
		if p.Balancer == o.Balancer && p.IPv6() == o.IPv6() && slices.Equal(p.Sources, o.Sources) {
			return Path(&p.Path)
		}
	}
	return Path(&o.Path)
}

func counting(all []reach.Opening, counts func(*reach.Opening) bool) []reach.Opening {
	if counts == nil {
		return all
	}
	var some []reach.Opening
	for i := range all {
		if counts(&all[i]) {
			some = append(some, all[i])
		}
	}
	return some
}

// Opened reports whether the internet reaches one of some ports of a protocol at
// an interface, and by which path.
func Opened(e *reach.Exposure, p reach.Protocol, ports reach.Ports) ([]Evidence, bool) {
	for i := range e.Openings {
		if o := &e.Openings[i]; o.Protocol == p && o.Ports.Overlaps(ports) {
			return Path(&o.Path), true
		}
	}
	return nil, false
}
