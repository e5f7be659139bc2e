package reach_test

import (
	"net/netip"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

// The oracle is a second engine, as naive as can be: it carries one packet at a
// time, with one source, one destination and one pair of ports, from hop to hop
// through a snapshot, and the reply back. It shares nothing with the package that
// it is held against but the snapshot, and was written from AWS's documents.
//
// Where AWS leaves a choice (what an appliance does, which node of a load
// balancer a client takes) the oracle goes every way in turn.

// Protocols by number.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

// packet is one packet. For ICMP dport is the type times 256, plus the code.
type packet struct {
	src, dst     netip.Addr
	sport, dport int
	proto        int

	reply bool
	// from is the interface of which src is a private address, while a group that
	// it wears speaks for it: until an appliance or a gateway to outside is passed.
	from *snapshot.NetworkInterface
	// node is that of a Network Load Balancer which passed it on with the client's
	// address, and whose groups speak for it too.
	node *snapshot.NetworkInterface
	// over is the peering connection or transit gateway that was passed last.
	over string
	// ttl ends loops.
	ttl int
	// state is what the packets of the conversation left behind so far.
	state []session
	// public says that it came in by an internet gateway.
	public bool
	// passed are the appliances that it went through on its way to its destination.
	passed []string
}

// session is what something stateful remembers of a packet: what came in and, if
// that differs, what went on.
type session struct {
	holder  string
	in, out tuple
}

type tuple struct {
	src, dst     netip.Addr
	sport, dport int
	proto        int
}

func (p packet) tuple() tuple { return tuple{p.src, p.dst, p.sport, p.dport, p.proto} }

func (p packet) isICMP() bool { return p.proto == protoICMP || p.proto == protoICMPv6 }

func (p packet) is6() bool { return p.src.Is6() }

// reversed is the packet that answers.
func (t tuple) reversed() tuple {
	r := tuple{t.dst, t.src, t.dport, t.sport, t.proto}
	if t.proto == protoICMP || t.proto == protoICMPv6 {
		r.sport, r.dport = t.sport, answerTo(t.proto, t.dport)
	}
	return r
}

// answerTo is the type and code that answer an echo request: an echo reply.
func answerTo(proto, typeAndCode int) int {
	typ, code := typeAndCode>>8, typeAndCode&255
	switch {
	case proto == protoICMP && typ == 8:
		return code
	case proto == protoICMPv6 && typ == 128:
		return 129<<8 | code
	default:
		return typeAndCode
	}
}

func (p packet) with(t tuple) packet {
	p.src, p.dst, p.sport, p.dport = t.src, t.dst, t.sport, t.dport
	return p
}

func (p packet) remember(holder string, in, out tuple) packet {
	p.state = append(slices.Clip(p.state), session{holder, in, out})
	return p
}

// answers reports whether the packet is a reply to one that a holder saw.
func (p packet) answers(holder string) bool {
	return slices.ContainsFunc(p.state, func(s session) bool {
		return s.holder == holder && (s.out.reversed() == p.tuple() || s.in.reversed() == p.tuple())
	})
}

// translated is the packet as it was before a holder translated what it answers.
func (p packet) translated(holder string) (packet, bool) {
	for _, s := range p.state {
		if s.holder == holder && s.in != s.out && s.out.reversed() == p.tuple() {
			return p.with(s.in.reversed()), true
		}
	}
	return p, false
}

// place is where a packet ends: an interface, or outside.
type place struct {
	nic     *snapshot.NetworkInterface
	outside string // internet, or the id of a gateway to other networks
}

// arrival is a packet that got somewhere.
type arrival struct {
	packet
	at place
}

// sink takes arrivals. It returns true if it has seen enough.
type sink func(arrival) bool

// oracle is the second engine.
type oracle struct {
	s *snapshot.Snapshot
	// natPort is the port that NAT gateways and load balancers take for what they
	// send on: any of 1024-65535.
	natPort int
	// unfiltered leaves network ACLs and security groups out.
	unfiltered bool
	// announced takes all that may be announced to virtual private gateways as
	// announced.
	announced bool
}

const mostHops = 12

// start is where a conversation starts: at an interface, or outside.
type origin struct {
	place
	src netip.Addr
}

// converse sends a packet and, for each arrival that counts, the reply.
func (o *oracle) converse(from origin, p packet, counts func(arrival) bool) (arrives, returns bool) {
	p.ttl = mostHops
	sent := p.tuple()
	o.send(from, p, func(a arrival) bool {
		if !counts(a) {
			return false
		}
		if a.public && !o.routedBack(from, sent, a) {
			return false
		}
		arrives = true
		returns = o.returns(from, sent, a)
		return returns
	})
	return arrives, returns
}

func (o *oracle) send(from origin, p packet, k sink) {
	switch {
	case from.nic != nil:
		o.leave(from.nic, p, k)
	case from.outside == "internet":
		o.internet(p, k)
	default:
		o.fromOutside(from.outside, p, k)
	}
}

// routedBack reports whether routes lead back, whatever filters say. What comes in
// by an internet gateway counts as arrived only if they do: whether AWS delivers it
// otherwise is not documented, and no connection comes of it.
func (o *oracle) routedBack(from origin, sent tuple, a arrival) bool {
	bare := *o
	bare.unfiltered = true
	return bare.returns(from, sent, a)
}

// returns reports whether the answer to what arrived comes back to where the
// conversation started, from the address that was spoken to.
func (o *oracle) returns(from origin, sent tuple, a arrival) bool {
	r := a.with(a.tuple().reversed())
	r.reply, r.ttl, r.from, r.node, r.over, r.public, r.passed = true, mostHops, nil, nil, "", false, nil
	back := false
	take := func(b arrival) bool {
		back = b.at == from.place && b.tuple() == sent.reversed()
		return back
	}
	o.send(origin{place: a.at, src: r.src}, r, take)
	return back
}
