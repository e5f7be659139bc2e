package reach

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// Want is what of the internet's access to something is asked for. The zero Want
// asks for all of it.
type Want struct {
	Protocols []Protocol // all that the security groups let in, if empty
	Ports     Ports      // all, if empty
	// Direct leaves out what comes through load balancers.
	Direct bool
	// PastFirewalls takes the endpoints of firewalls as letting everything through,
	// of which no recording tells what they do.
	PastFirewalls bool
	// Terse leaves what stops a part of a way out of the Stops.
	Terse bool
}

// Covers reports whether an opening is among what is wanted, with all of its ports.
func (w *Want) Covers(o *Opening) bool {
	return (len(w.Protocols) == 0 || slices.Contains(w.Protocols, o.Protocol)) && (len(w.Ports) == 0 || w.Ports.covers(o.Ports))
}

// Access is what the internet reaches at some interfaces, of what is wanted.
type Access struct {
	// Openings are those that there are, whatever is not recorded.
	Openings []Opening
	// Stops are what stops the rest on the ways that there are. Without an address
	// that the internet knows, and a load balancer that sends there, there are none.
	Stops []Blocker

	network  *Network
	to       []*nic
	want     Want
	possible []Opening // those that there may be
	doubts   map[doubt]bool
}

// Numbers are some ports.
func Numbers(ports ...int) Ports {
	var all Ports
	for _, p := range ports {
		all = all.union(port(p))
	}
	return all
}

// Access is what the internet reaches at some interfaces together.
func (n *Network) Access(to []*snapshot.NetworkInterface, want Want) *Access {
	var all []*nic
	for _, i := range to {
		if c := n.nicByID[i.NetworkInterfaceID]; c != nil && (!want.Direct || len(c.dialled()) > 0) {
			all = append(all, c)
		}
	}
	return n.access(all, want)
}

// AccessToBalancer is what the internet reaches at the nodes of a load balancer.
func (n *Network) AccessToBalancer(l *snapshot.LoadBalancer, want Want) *Access {
	var nodes []*nic
	if b := n.balanced().byARN[l.LoadBalancerARN]; b != nil {
		nodes = b.nodes
	}
	return n.access(nodes, want)
}

// AccessToSubnet is what the internet would reach at an interface of a subnet that
// has public addresses and security groups that admit everything.
func (n *Network) AccessToSubnet(s *snapshot.Subnet, want Want) *Access {
	want.Protocols = n.protocols()
	return n.access([]*nic{someoneIn(s, true)}, want)
}

// DatabaseInterfaces are the interfaces that a database may have: AWS does not say
// which are whose, so several databases alike share them.
func (n *Network) DatabaseInterfaces(d *snapshot.DBInstance) []*snapshot.NetworkInterface {
	var all []*snapshot.NetworkInterface
	for _, c := range n.ofDatabase(d).nics {
		all = append(all, c.NetworkInterface)
	}
	return all
}

// someoneIn is an interface that stands for any in a subnet.
func someoneIn(s *snapshot.Subnet, open bool) *nic {
	row := &snapshot.NetworkInterface{VPCID: s.VPCID, SubnetID: s.SubnetID, Status: "in-use"}
	if s.CIDRBlock.IsValid() {
		row.PrivateIPAddress = someAddress(s.CIDRBlock)
	}
	for _, p := range s.CIDRs() {
		if p.Addr().Is6() {
			row.IPv6Addresses = append(row.IPv6Addresses, snapshot.IPv6Address{IPv6Address: someAddress(p)})
		}
	}
	return &nic{
		NetworkInterface: row, subnet: s, holder: snapshot.Holder{Kind: snapshot.HeldByEndpoint, ID: s.SubnetID},
		node: true, open: open, balance: s.SubnetID,
	}
}

func (n *Network) access(to []*nic, want Want) *Access {
	a := &Access{network: n, to: to, want: want}
	worst := a.walker(func(doubt) bool { return false })
	a.Openings, a.Stops = worst.reached(to, want)
	a.possible, a.doubts = a.Openings, worst.doubts
	if len(worst.doubts) > 0 {
		best := a.walker(func(doubt) bool { return true })
		a.possible, a.Stops = best.reached(to, want)
		a.doubts = best.doubts
		for d := range worst.doubts {
			a.doubts[d] = true
		}
	}
	return a
}

func (a *Access) walker(allow func(doubt) bool) *walker {
	return &walker{n: a.network, terse: a.want.Terse, doubts: map[doubt]bool{}, allow: func(d doubt) bool {
		return a.want.PastFirewalls && d.firewall || allow(d)
	}}
}

// Holds reports whether something holds of the openings, and whether that is
// known. What holds of some openings has to hold of more.
func (a *Access) Holds(what func([]Opening) bool) (holds, known bool) {
	holds = what(a.Openings)
	return holds, holds || len(a.doubts) == 0 || !what(a.possible)
}

// HangsOn are the calls on which it hangs whether something holds, where that is
// not known.
func (a *Access) HangsOn(what func([]Opening) bool) []Missing {
	with := func(allow func(doubt) bool) bool {
		all, _ := a.walker(allow).reached(a.to, a.want)
		return what(all)
	}
	return hangingOn(a.doubts, func(d doubt) bool {
		return !with(func(e doubt) bool { return e != d }) || with(func(e doubt) bool { return e == d })
	})
}

// reached are the openings of some interfaces, and what stops the rest.
func (w *walker) reached(to []*nic, want Want) (openings []Opening, stops []Blocker) {
	for _, c := range to {
		protocols := want.Protocols
		if len(protocols) == 0 {
			protocols = w.n.spokenTo(c)
		}
		if len(protocols) == 0 { // nothing is let in: one tells why as well as all
			protocols = []Protocol{TCP}
		}
		for _, p := range protocols {
			for _, f := range p.families() {
				ways := w.fromInternet(c, p, f, want)
				openings = append(openings, w.n.opened(ways, p, f)...)
				stops = append(stops, stopping(ways)...)
			}
		}
	}
	return openings, distinctPlaces(stops)
}

// stopping is what stops packets, or some of them.
func stopping(ways []way) []Blocker {
	var all []Blocker
	for i := range ways {
		y := &ways[i]
		all = append(append(all, y.there.blockers...), y.back.blockers...)
		if !y.both.empty() {
			for _, c := range slices.Concat(y.there.narrowed, y.back.narrowed) {
				all = append(all, c.by)
			}
		}
	}
	return all
}

// distinctPlaces drops what says the same of another protocol or family.
func distinctPlaces(all []Blocker) []Blocker {
	var out []Blocker
	for _, b := range all {
		if !slices.ContainsFunc(out, func(o Blocker) bool { return o.Kind == b.Kind && o.Resource == b.Resource && o.Place == b.Place }) {
			out = append(out, b)
		}
	}
	return out
}

// Wide are those of some openings by which more than half of the internet of a
// family is let in at one port, at least: the internet in all but name.
func Wide(all []Opening) []Opening {
	var wide []Opening
	for i := range all {
		if slices.ContainsFunc(all[i].Ports, func(r PortRange) bool { return wideAt(all, all[i].Protocol, r.From) }) {
			wide = append(wide, all[i])
		}
	}
	return wide
}

func wideAt(all []Opening, p Protocol, number uint16) bool {
	var from []netip.Prefix
	for i := range all {
		if all[i].Protocol != p || !all[i].Ports.covers(Ports{{number, number}}) {
			continue
		}
		for _, s := range all[i].Sources {
			if block, err := netip.ParsePrefix(s); err == nil {
				from = append(from, block)
			}
		}
	}
	ipv4, ipv6 := snapshot.Open(from)
	return ipv4 || ipv6
}

// InWords names what openings open: "icmp and tcp/22, 80-443".
func InWords(all []Opening) string {
	var order []Protocol
	ports := map[Protocol]Ports{}
	for i := range all {
		if _, known := ports[all[i].Protocol]; !known {
			order = append(order, all[i].Protocol)
		}
		ports[all[i].Protocol] = ports[all[i].Protocol].union(all[i].Ports)
	}
	slices.Sort(order)
	unnamed := slices.ContainsFunc(order, func(p Protocol) bool { return p.String() == strconv.Itoa(int(p)) })
	if unnamed && ports[TCP].covers(servicePorts) && ports[UDP].covers(servicePorts) {
		return "all protocols" // those that are named stand for all others
	}
	var words []string
	for _, p := range order {
		word := p.String()
		if p.hasPorts() && !ports[p].covers(servicePorts) {
			word += "/" + ports[p].String()
		}
		words = append(words, word)
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// Outward is whether connections from a subnet get out to the internet.
type Outward struct {
	Path *Path // one that does, or nil
	// Beyond says that they get, by a VPN or Direct Connect, to a network that is not
	// recorded, from where they may get out.
	Beyond bool
	// Stops are what stops those that do not.
	Stops []Blocker
	// Unknown says that it hangs on what is not recorded, which Missing names.
	Unknown bool
	Missing []Missing
}

// Outward is whether connections to a port get out to the internet from a subnet
// and are answered, whatever security groups and firewalls say.
func (n *Network) Outward(s *snapshot.Subnet, p Protocol, ports Ports) *Outward {
	c := someoneIn(s, false)
	out := func(allow func(doubt) bool) (*Outward, map[doubt]bool) {
		w := &walker{n: n, doubts: map[doubt]bool{}, allow: func(d doubt) bool { return d.firewall || allow(d) }}
		return w.outward(c, p, ports), w.doubts
	}
	worst, doubts := out(func(doubt) bool { return false })
	if worst.leads() || len(doubts) == 0 {
		return worst
	}
	best, more := out(func(doubt) bool { return true })
	if !best.leads() {
		return best
	}
	for d := range more {
		doubts[d] = true
	}
	worst.Unknown = true
	worst.Missing = hangingOn(doubts, func(d doubt) bool {
		without, _ := out(func(e doubt) bool { return e != d })
		alone, _ := out(func(e doubt) bool { return e == d })
		return !without.leads() || alone.leads()
	})
	return worst
}

func (o *Outward) leads() bool { return o.Path != nil || o.Beyond }

func (w *walker) outward(c *nic, p Protocol, ports Ports) *Outward {
	out := &Outward{}
	for _, f := range p.families() {
		for _, s := range startsAt(c, f) {
			asked := p.asked()
			asked.service = ports
			ways := w.toInternet(&s, netip.Addr{}, p, f, space{asked})
			if y := w.n.leaving(ways, f); y != nil && out.Path == nil {
				out.Path = &Path{Hops: y.there.hops.hops(), Reply: y.back.hops.hops()}
			}
			out.Beyond = out.Beyond || w.n.beyond(ways, f)
			out.Stops = append(out.Stops, stopping(ways)...)
		}
	}
	out.Stops = distinctPlaces(out.Stops)
	return out
}

// leaving is the first of the ways that together lead to more than half of the
// internet. Those to a service of AWS by an endpoint, and to addresses of the VPC,
// lead to none of it.
func (n *Network) leaving(ways []way, f family) *way {
	var first *way
	var to []netip.Prefix
	for i := range ways {
		y := &ways[i]
		if y.both.empty() || y.there.exit.kind == kindRouter || y.there.exit.kind == kindEndpoint {
			continue
		}
		if first == nil {
			first = y
		}
		to = append(to, n.blocks(y.both.far(), f)...)
	}
	if ipv4, ipv6 := snapshot.Open(to); ipv4 || ipv6 {
		return first
	}
	return nil
}

// beyond reports whether ways lead more than half of the internet to networks that
// are not recorded.
func (n *Network) beyond(ways []way, f family) bool {
	var to []netip.Prefix
	for i := range ways {
		if y := &ways[i]; y.there.beyond && len(y.there.blockers) == 1 {
			to = append(to, n.blocks(y.there.space.far(), f)...)
		}
	}
	ipv4, ipv6 := snapshot.Open(to)
	return ipv4 || ipv6
}
