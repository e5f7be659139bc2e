package reach

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// Hop is one step of a path: what a packet passed, and what decided there.
type Hop struct {
	Resource string `json:"resource"`
	Kind     string `json:"kind"`
	Decided  string `json:"decided"`
	// Place is where that is recorded, and Source the same in words; both are empty
	// where nothing is.
	Place  snapshot.Place `json:"-"`
	Source string         `json:"source"`
}

// Blocker is something that stops packets, or some of them.
type Blocker struct {
	Kind     string `json:"kind"`
	Resource string `json:"resource"`
	Message  string `json:"message"`
	// Place and Source are as those of a Hop.
	Place  snapshot.Place `json:"-"`
	Source string         `json:"source"`
}

func newHop(resource, kind, decided string, at snapshot.Place) Hop {
	return Hop{Resource: resource, Kind: kind, Decided: decided, Place: at}
}

func newBlocker(kind, resource, message string, at snapshot.Place) Blocker {
	return Blocker{Kind: kind, Resource: resource, Message: message, Place: at}
}

// The kinds of hops and blockers.
const (
	kindGroup        = "security-group"
	kindACL          = "network-acl"
	kindTable        = "route-table"
	kindInternet     = "internet-gateway"
	kindEgressOnly   = "egress-only-internet-gateway"
	kindNAT          = "nat-gateway"
	kindBlocked      = "vpc-block-public-access"
	kindPeering      = "vpc-peering-connection"
	kindTransit      = "transit-gateway"
	kindTransitTable = "transit-gateway-route-table"
	kindVPN          = "vpn-gateway"
	kindEndpoint     = "vpc-endpoint"
	kindBalancer     = "load-balancer"
	kindListener     = "listener"
	kindTargets      = "target-group"
	kindInterface    = "network-interface"
	kindState        = "instance-state"
	kindPublic       = "public-address"
	kindCheck        = "source-dest-check"
	kindAddress      = "address"
	kindCarrier      = "carrier-gateway"
	kindLocal        = "local-gateway"
	kindCore         = "core-network"
)

// end is one side of a packet: an address, or the set of the space.
type end struct {
	addr netip.Addr // zero for the set
	nic  *nic       // the interface that speaks or listens, where groups can tell
	via  *nic       // the node of a Network Load Balancer that kept the client's address
}

func (e end) isSet() bool { return !e.addr.IsValid() }

// translation is an address that something on the way put in the place of the
// source's, to be undone for the replies.
type translation struct {
	device *nic                 // nil for a regional NAT gateway
	nat    *snapshot.NATGateway // nil for an appliance
	from   end
	family family
	to     netip.Addr // where it was sent before, which NAT64 translates too
}

// back undoes the last translation in a reply.
func (f flow) back() flow {
	last := len(f.undo) - 1
	t := f.undo[last]
	f.undo, f.dst = f.undo[:last], t.from
	if f.family != t.family {
		f.family, f.src.addr = t.family, t.to
	}
	return f
}

// crossing says how packets came from another VPC: security groups can be
// referred to over some of them.
type crossing int

const (
	sameVPC crossing = iota
	overPeering
	overTransit        // between VPCs whose groups can be referred to
	overTransitUnnamed // between others
	outside            // by the internet, another Region, or a network outside
)

// cut is a part of a flow that something stopped.
type cut struct {
	by   Blocker
	lost space
}

// flow is a set of packets under way in one direction.
type flow struct {
	network  *Network
	family   family
	protocol Protocol
	src, dst end
	reply    bool
	space    space
	crossed  crossing
	undo     []translation
	entered  bool       // by an internet gateway
	masked   bool       // with the address of an appliance as its source
	relayed  bool       // by an appliance, so that no group speaks for the source any more
	unseen   *unseenVPC // that it comes from, or replies to
	// asked are the appliances that passed on the requests of which these are the
	// replies; untracked says that one looks at them which did not.
	asked     []string
	untracked bool

	hops     *trail
	blockers []Blocker // what stopped it; it goes on only to find what else would
	narrowed []cut     // what stopped a part
	terse    bool      // nobody asks what stopped a part
	doubted  bool      // stopped by data that is not recorded
	gateway  bool      // a route led to an internet gateway, which may be gone
	beyond   bool      // it goes to a network behind a VPN or Direct Connect, which is not recorded
	assumed  bool      // it is assumed to get where it should
	passed   []string  // appliances and gateways, so that none is passed twice

	// where it arrived: an interface, or outside.
	nic  *nic
	exit exit
}

// exit is a way out of the recorded networks.
type exit struct {
	kind string // kindInternet, kindEgressOnly, kindVPN, kindTransit, kindEndpoint, or kindRouter
	id   string // of the gateway, or of the VPC
	vpc  string // that it leads out of
}

const kindRouter = "vpc" // the router of a VPC

func (f *flow) dead() bool { return len(f.blockers) > 0 || f.doubted }

// stop notes what lets nothing through.
func (f flow) stop(b Blocker) flow {
	if !slices.Contains(f.blockers, b) {
		f.blockers = append(slices.Clip(f.blockers), b)
	}
	return f
}

// pass goes on with what a filter let through, or notes what stopped it: by says
// so of the packets that did not get through.
func (f flow) pass(through space, h Hop, by func(stopped flow) Blocker) flow {
	if through.empty() {
		return f.stop(by(f))
	}
	if f.terse {
		f.space = through
		return f.hop(h)
	}
	if lost := f.space.minus(through, f.family).simple(); !lost.empty() {
		rest := f
		rest.space = lost
		f = f.cut(by(rest), lost)
	}
	f.space = through
	return f.hop(h)
}

// cut notes what stopped a part.
func (f flow) cut(by Blocker, lost space) flow {
	f.narrowed = append(slices.Clip(f.narrowed), cut{by, lost})
	return f
}

func (f flow) hop(h Hop) flow {
	f.hops = f.hops.and(h)
	return f
}

// trail is hops from the last one back to the first: ways that part share those up to
// there. The nil trail has none.
type trail struct {
	last   Hop
	before *trail
}

func (t *trail) and(hops ...Hop) *trail {
	for i := range hops {
		t = &trail{hops[i], t}
	}
	return t
}

// hops are those of a trail, the first one first.
func (t *trail) hops() []Hop {
	all := []Hop{}
	for ; t != nil; t = t.before {
		all = append(all, t.last)
	}
	slices.Reverse(all)
	return all
}

// visit notes that something is passed; it is false the second time.
func (f flow) visit(id string) (flow, bool) {
	if slices.Contains(f.passed, id) {
		return f, false
	}
	f.passed = append(slices.Clip(f.passed), id)
	return f, true
}

// what names the packets: "tcp/22".
func (f *flow) what() string {
	p := f.protocol.String()
	switch ports := f.space.service(); {
	case ports.covers(servicePorts) || !f.protocol.hasPorts() && !f.protocol.isICMP():
		return p
	case f.protocol.isICMP():
		return p + " " + f.protocol.Words(ports)
	default:
		return p + "/" + ports.String()
	}
}

// name names one side of the packets.
func (f *flow) name(e end) string {
	if !e.isSet() {
		return e.addr.String()
	}
	n, far := f.network, f.space.far()
	switch {
	case sameAddresses(far, n.outer[f.family]):
		return "the internet"
	case n.outer[f.family].covers(far):
		return brief(n.eachBlock(far, f.family))
	default:
		return brief(slices.Values(prefixesOf(far, f.family)))
	}
}

// brief names some blocks in a few words.
func brief(blocks iter.Seq[netip.Prefix]) string {
	words := make([]string, 0, 3)
	for p := range blocks {
		if len(words) == 3 {
			words[2] += " and more"
			break
		}
		words = append(words, p.String())
	}
	return strings.Join(words, ", ")
}

func prefixesOf(a addresses, f family) []netip.Prefix {
	if a == nil {
		return []netip.Prefix{f.all()}
	}
	return a.prefixes()
}

// doubt is a fact on which an answer may hang and that is not recorded.
type doubt struct {
	Missing
	// absent says that --assume-missing takes the thing as not there.
	absent bool
	// undecided names what no recording can decide, or of which nothing can be
	// assumed.
	undecided string
	// announced says that it is what is announced to a virtual private gateway, which
	// --assume-missing takes as all that it may be.
	announced bool
	// firewall says that it is what a firewall lets through.
	firewall bool
}

// walker follows packets, under one assumption about what is not recorded.
type walker struct {
	n *Network
	// allow says what to assume about a doubt: that it lets packets through.
	allow  func(doubt) bool
	doubts map[doubt]bool
	// assuming says that the caller asked to assume, not to know.
	assuming bool
	// routesOnly leaves network ACLs out.
	routesOnly bool
	// noGroups leaves security groups out.
	noGroups bool
	// terse says that nobody asks what stops a part.
	terse bool
	// tellsClients says that the target does other things for other clients, so that
	// it matters with which address they come.
	tellsClients bool
	steps        int
}

// mostSteps bounds the work for one question on a hostile recording.
const mostSteps = 200_000

var tooMuch = doubt{undecided: "routes that lead further than anybody follows"}

// sure asks what to assume about a doubt, and remembers it.
func (w *walker) sure(d doubt) bool {
	w.doubts[d] = true
	return w.allow(d)
}

// missing makes a doubt of a list that is not recorded.
func missing(g *snapshot.Gap, scope snapshot.Scope, absent bool) doubt {
	return doubt{Missing: Missing{
		Operation: string(g.Operation), Region: cmp.Or(g.Region, scope.Region), Account: scope.Account, Resource: g.Resource,
	}, absent: absent}
}

// unlisted makes a doubt of an entry that a list of another account would have.
func unlisted(k snapshot.Kind, scope snapshot.Scope, absent bool) doubt {
	return doubt{Missing: Missing{Operation: string(k.Operation()), Region: scope.Region, Account: scope.Account}, absent: absent}
}

// lacks tells what to assume where something was not found that a list should
// hold: a gap of the list, or an entry that the list of its owner would have.
func (w *walker) lacks(k snapshot.Kind, scope snapshot.Scope, absent bool) bool {
	return w.sure(w.n.lacking(k, scope, absent))
}

// lacking is the doubt about what was not found that a list should hold.
func (n *Network) lacking(k snapshot.Kind, scope snapshot.Scope, absent bool) doubt {
	if gap := n.s.Gap(k, scope); gap != nil {
		return missing(gap, scope, absent)
	}
	return unlisted(k, scope, absent)
}

// unclear tells what to assume where an entry of a list does not say enough: a list
// that is recorded anew may.
func (w *walker) unclear(k snapshot.Kind, scope snapshot.Scope, what string) bool {
	d := unlisted(k, scope, false)
	d.undecided = what
	return w.sure(d)
}

// lacksOf is lacks for what belongs to a VPC that another account may own: where the
// list has no gap, that account's would have it.
func (w *walker) lacksOf(k snapshot.Kind, n *snapshot.Subnet) bool {
	if w.n.s.Gap(k, n.Scope()) != nil {
		return w.lacks(k, n.Scope(), false)
	}
	return w.lacks(k, ownerScope(n), false)
}

// unread reports whether a list is not recorded, and if so whether to assume
// that it allows.
func (w *walker) unread(k snapshot.Kind, scope snapshot.Scope, absent bool) (gone, allowed bool) {
	gap := w.n.s.Gap(k, scope)
	if gap == nil {
		return false, false
	}
	return true, w.sure(missing(gap, scope, absent))
}

// guess goes on where data is missing, or stops in doubt.
func (f flow) guess(allowed bool, h Hop) flow {
	if !allowed {
		f.doubted = true
		return f
	}
	h.Decided = "assumed: " + h.Decided
	return f.hop(h)
}

// source is where a fact is recorded.
func source(r snapshot.Resource, field string) snapshot.Place {
	return snapshot.Place{Resource: r, Field: field}
}

// nowhere is the source of what is not recorded: that nobody has an address.
var nowhere snapshot.Place
