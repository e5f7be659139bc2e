package reach

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// Question asks who can reach what.
type Question struct {
	// From is internet, an id, an address or a range of addresses. It is empty where
	// Who asks for everybody.
	From string
	Who  bool
	// To is internet, an id or an address.
	To string
	// Protocol is tcp, udp, icmp, icmpv6, any, or a number.
	Protocol string
	// Port is that of the target, or of ICMP the type; nil asks for all.
	Port *int
	// AssumeMissing takes what is not recorded as allowing: groups, network ACLs,
	// gateways, Block Public Access; and load balancers, transit gateways and
	// endpoints as absent.
	AssumeMissing bool
}

// sources is where a question starts from, in one family.
type sources struct {
	starts []start
	// asked are the addresses outside from which an answer is asked for; each start
	// inside is asked for alone.
	asked addresses
	// each says that every start inside has to work, not one of them.
	each bool
}

// asking is a question with its words resolved.
type asking struct {
	n         *Network
	q         Question
	from, to  meaning
	protocols []Protocol
}

// parseProtocol reads a protocol's name or number. None stands for any.
func parseProtocol(s string) (p Protocol, any bool, err error) {
	switch strings.ToLower(s) {
	case "any", "all", "-1":
		return 0, true, nil
	case "", "tcp":
		return TCP, false, nil
	case "udp":
		return UDP, false, nil
	case "icmp":
		return ICMP, false, nil
	case "icmpv6":
		return ICMPv6, false, nil
	}
	number, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return 0, false, fmt.Errorf("%s: is no protocol: tcp, udp, icmp, icmpv6, any, or a number up to 255", s)
	}
	return Protocol(number), false, nil
}

// ask resolves the words of a question.
func (n *Network) ask(q Question) (*asking, error) {
	a := &asking{n: n, q: q}
	p, all, err := parseProtocol(q.Protocol)
	if err != nil {
		return nil, err
	}
	a.protocols = []Protocol{p}
	if all {
		a.protocols = n.protocols()
	}
	if err := checkPort(q.Port, p, all); err != nil {
		return nil, err
	}
	if a.to, err = n.resolve(q.To); err != nil {
		return nil, err
	}
	switch {
	case a.to.cidr.IsValid():
		return nil, fmt.Errorf("%s: a range can be where packets come from, not where they go", q.To)
	case a.to.router != nil, a.to.vpn != nil:
		return nil, fmt.Errorf("%s: can be where packets come from, not where they go", q.To)
	}
	if !q.Who {
		if a.from, err = n.resolve(q.From); err != nil {
			return nil, err
		}
		a.from.doubts = append(a.from.doubts, a.unknownSource()...)
	}
	a.to.doubts = append(a.to.doubts, a.unknownTarget()...)
	return a, nil
}

// unknownSource are the doubts about who has the address, or the addresses, that
// packets come from: an interface that is not recorded, or a network outside.
func (a *asking) unknownSource() []doubt {
	n, m := a.n, &a.from
	switch {
	case m.addr.IsValid() && !isPrivate(m.addr) && a.to.internet && !n.isHeld(m.addr):
		return n.unrecorded(a.q.From, snapshot.NetworkInterfaces)
	case m.vpn != nil && len(a.startsFrom()) == 0:
		return n.missingOf(snapshot.VPNConnections, snapshot.RouteTables)
	case !m.addr.IsValid() && !m.cidr.IsValid() || len(a.startsFrom()) > 0:
		return nil
	case m.addr.IsValid() && n.vpcHolding(m.addr):
		return n.unrecorded(a.q.From, snapshot.NetworkInterfaces)
	}
	return append(n.unrecorded(a.q.From, snapshot.NetworkInterfaces), append(n.missingOf(entranceKinds...), n.unsearched()...)...)
}

// startsFrom are all starts of the question, in both families.
func (a *asking) startsFrom() []start {
	return append(a.n.startsOf(a.from, ipv4, a.to).starts, a.n.startsOf(a.from, ipv6, a.to).starts...)
}

// unknownTarget are the doubts about who has the address that the internet calls.
func (a *asking) unknownTarget() []doubt {
	n, to := a.n, a.to.addr
	if s := a.to.subnet; s != nil && n.strangersIn(s.VPCID, ipv4) != nil {
		d, _ := n.untold(s.VPCID)
		return []doubt{d}
	}
	if !to.IsValid() || n.isHeld(to) || n.hasAny(to) || !a.from.internet && (!a.from.addr.IsValid() || isPrivate(a.from.addr)) {
		return nil
	}
	return append(n.unrecorded(a.q.To, snapshot.NetworkInterfaces), n.untoldAt(to)...)
}

// missingOf are the doubts about ways in from networks outside: the lists in which
// they would be and that are not recorded.
func (n *Network) missingOf(kinds ...snapshot.Kind) []doubt {
	all := n.unrecorded("", kinds...)
	for i := range all {
		all[i].absent, all[i].undecided = true, ""
	}
	return all
}

// unsearched are the doubts about route tables of transit gateways of which the
// routes are not recorded.
func (n *Network) unsearched() []doubt {
	var all []doubt
	tables := snapshot.TransitGatewayRouteTables.In(n.s)
	for i := range tables {
		if _, gap := n.s.TransitGatewayRoutesOf(&tables[i]); gap != nil {
			all = append(all, missing(gap, tables[i].Scope(), true))
		}
	}
	return all
}

func checkPort(port *int, p Protocol, any bool) error {
	switch {
	case port == nil:
		return nil
	case any:
		return fmt.Errorf("a port needs a protocol that has ports: tcp or udp")
	case p.isICMP() && (*port < 0 || *port > 255):
		return fmt.Errorf("%d: is no type of %s: 0 to 255", *port, p)
	case p.isICMP():
		return nil
	case !p.hasPorts():
		return fmt.Errorf("protocol %s has no ports", p)
	case *port < 0 || *port > 65535:
		return fmt.Errorf("%d: is no port: 0 to 65535", *port)
	}
	return nil
}

// protocols are representatives of all: those that some rule or AWS itself tells
// apart, and one of the others.
func (n *Network) protocols() []Protocol {
	named := map[Protocol]bool{TCP: true, UDP: true, ICMP: true, ICMPv6: true}
	note := func(s string) {
		if number, err := strconv.ParseUint(s, 10, 8); err == nil {
			named[Protocol(number)] = true
		}
	}
	for _, g := range n.groups {
		for _, p := range slices.Concat(g.IPPermissions, g.IPPermissionsEgress) {
			note(p.IPProtocol)
		}
	}
	acls := snapshot.NetworkACLs.In(n.s)
	for i := range acls {
		for _, e := range acls[i].Entries {
			note(e.Protocol)
		}
	}
	for other := Protocol(0); ; other++ {
		if !named[other] {
			named[other] = true
			break
		}
		if other == 255 {
			break
		}
	}
	var all []Protocol
	for p := range named {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}

// box is the packets that the question asks about.
func (a *asking) box(p Protocol, far addresses) box {
	b := p.asked()
	b.far = far
	if number := a.q.Port; number != nil {
		if p.isICMP() {
			b.service = icmpType(*number)
		} else {
			b.service = port(*number)
		}
	}
	return b
}

// families are those in which a protocol is spoken.
func (p Protocol) families() []family {
	switch p {
	case ICMP:
		return []family{ipv4}
	case ICMPv6:
		return []family{ipv6}
	default:
		return []family{ipv4, ipv6}
	}
}

// starts are where the packets of the question come from, in a family.
func (a *asking) starts(w *walker, f family) sources {
	if a.q.Who {
		return a.everybody(w, f)
	}
	all := a.n.startsOf(a.from, f, a.to)
	all.starts = slices.DeleteFunc(all.starts, func(s start) bool { return s.nic != nil && !w.stands(s.nic) })
	return all
}

// everybody is the internet, every network outside, and every interface.
func (a *asking) everybody(w *walker, f family) sources {
	all := sources{starts: []start{{kind: fromInternet, far: a.n.outer[f]}}}
	all.starts = append(all.starts, a.n.entrances(f)...)
	all.starts = append(all.starts, a.unlistedEntrances(w, f)...)
	all.starts = append(all.starts, a.n.unseenVPCs(f)...)
	all.starts = append(all.starts, a.n.strangersTo(&a.to, f)...)
	for _, c := range a.n.nics {
		if !slices.Contains(a.to.nics, c) {
			all.starts = append(all.starts, startsAt(c, f)...)
		}
	}
	return all
}

// unlistedEntrances are the networks outside that there may be where it is not
// recorded which there are: private ones, with a way into the target's VPC.
func (a *asking) unlistedEntrances(w *walker, f family) []start {
	may := false
	for _, d := range append(a.n.missingOf(entranceKinds...), a.n.unsearched()...) {
		may = w.sure(d) || may
	}
	var all []start
	for _, c := range a.to.nics {
		if owner, shared := a.n.shared[c.VPCID]; shared {
			may = w.sure(unlisted(snapshot.VPNGateways, owner, true)) || may
		}
		s := start{kind: fromOutside, exit: exit{kindAssumed, "", c.VPCID}, far: withoutAddresses(privateSpace(f), a.n.vpcSpace(f), f)}
		if may && !slices.ContainsFunc(all, func(t start) bool { return t.exit == s.exit }) {
			all = append(all, s)
		}
	}
	return all
}

// entranceKinds are the lists that say which networks outside there are.
var entranceKinds = []snapshot.Kind{
	snapshot.VPNGateways, snapshot.VPNConnections, snapshot.RouteTables,
	snapshot.TransitGatewayAttachments, snapshot.TransitGatewayRouteTables,
}

func startsAt(c *nic, f family) []start {
	var all []start
	for _, addr := range c.Addresses() {
		if f.has(addr) {
			all = append(all, start{nic: c, addr: addr})
		}
	}
	return all
}

func (n *Network) startsOf(m meaning, f family, to meaning) sources {
	switch {
	case m.internet:
		return sources{starts: []start{{kind: fromInternet, far: n.outer[f]}}, asked: n.outer[f]}
	case m.addr.IsValid():
		return n.startsAtAddress(m.addr, f)
	case m.cidr.IsValid():
		return n.startsIn(m.cidr, f)
	case m.router != nil:
		far := setOf(f, m.router.CIDRs()...)
		for _, c := range to.nics {
			if c.subnet != nil && c.VPCID == m.router.VPCID {
				far = withoutAddresses(far, setOf(f, c.subnet.CIDRs()...), f)
			}
		}
		routed := start{kind: fromRouter, exit: exit{kindRouter, m.router.VPCID, m.router.VPCID}, far: far}
		return sources{starts: append(among(n.strangersIn(m.router.VPCID, f), far), routed), asked: far}
	case m.vpn != nil:
		all := slices.DeleteFunc(n.entrances(f), func(s start) bool { return s.exit.id != m.vpn.VPNGatewayID })
		asked := noAddresses
		for _, s := range all {
			asked = unionAddresses(asked, s.far)
		}
		return sources{starts: all, asked: asked}
	default:
		var all sources
		for _, c := range m.nics {
			all.starts = append(all.starts, startsAt(c, f)...)
		}
		if m.subnet != nil {
			all.starts = append(all.starts, anyOf(among(n.strangersIn(m.subnet.VPCID, f), setOf(f, m.subnet.CIDRs()...)))...)
		}
		return all
	}
}

// startsAtAddress is whoever has an address: an interface, privately or publicly,
// the internet, a network outside whose routes name it, or a VPC that is not recorded.
func (n *Network) startsAtAddress(addr netip.Addr, f family) sources {
	if !f.has(addr) {
		return sources{}
	}
	var all sources
	for _, c := range n.nics {
		if c.holds(addr) {
			all.starts = append(all.starts, start{nic: c, addr: addr})
		}
	}
	if h, _ := n.publicly(addr); h.nic != nil && len(all.starts) == 0 {
		all.starts = append(all.starts, start{nic: h.nic, addr: h.private})
	}
	if len(all.starts) > 0 {
		return all
	}
	all.starts = n.strangersAt(addr, f)
	if n.vpcHolding(addr) {
		return all
	}
	outer := n.unseenVPCs(f)
	if isPrivate(addr) {
		outer = append(n.entrances(f), outer...)
	} else {
		all.starts = append(all.starts, start{kind: fromInternet, addr: addr})
	}
	for _, s := range outer {
		if s.far == nil || s.far.contains(addr) {
			s.addr = addr
			all.starts = append(all.starts, s)
		}
	}
	return all
}

// startsIn is everybody with an address in a range.
func (n *Network) startsIn(p netip.Prefix, f family) sources {
	if !f.has(p.Addr()) {
		return sources{}
	}
	all := sources{each: true, asked: noAddresses, starts: n.holdersIn(p, f)}
	block := setOf(f, p)
	outer := intersectAddresses(block, n.outer[f])
	if noneOf(outer) { // a block for examples, which stands for one of the internet
		outer = withoutAddresses(withoutAddresses(block, privateSpace(f), f), n.vpcSpace(f), f)
	}
	for _, vpc := range slices.Sorted(maps.Keys(n.shared)) {
		all.starts = append(all.starts, anyOf(among(n.strangersIn(vpc, f), block))...)
	}
	for a := range n.public {
		if f.has(a) && p.Contains(a) {
			outer = withoutAddresses(outer, setOf(f, netip.PrefixFrom(a, a.BitLen())), f)
		}
	}
	if !noneOf(outer) {
		all.starts = append(all.starts, start{kind: fromInternet, far: outer})
		all.asked = outer
	}
	for _, s := range append(n.entrances(f), n.unseenVPCs(f)...) {
		if s.far = withoutAddresses(intersectAddresses(s.far, block), n.vpcSpace(f), f); !noneOf(s.far) {
			all.starts = append(all.starts, s)
			all.asked = unionAddresses(all.asked, s.far)
		}
	}
	return all
}

// holdersIn are the interfaces with an address in a range, private or public.
func (n *Network) holdersIn(p netip.Prefix, f family) []start {
	var all []start
	for _, c := range n.nics {
		all = append(all, n.startsBy(c, p, f)...)
	}
	return all
}
