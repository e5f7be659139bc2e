package reach

import (
	"cmp"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

// Pair says that some member of a security group reaches some member of another
// one, both ways. Where groups, network ACLs and routes differ between members it
// is what any of them reaches.
type Pair struct {
	From, To string // ids of security groups
	Protocol Protocol
	Ports    Ports
	// Unknown says that the ports are those that are reached if what is not recorded
	// allows it.
	Unknown bool
}

// Matrix is which security groups' members reach which, in the same VPC and in
// those that peering connections and transit gateways join with it, by the ids of
// the groups.
func (n *Network) Matrix() []Pair {
	m := &matrix{n: n, paths: map[pathKey][]leg{}}
	m.groupWearers()
	var out []Pair
	for _, to := range m.ids {
		out = append(out, m.into(to)...)
	}
	slices.SortFunc(out, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Protocol, b.Protocol))
	})
	return out
}

type matrix struct {
	n     *Network
	ids   []string            // of groups that something wears, sorted
	reps  map[string][]*nic   // by group: a member in each subnet
	twins map[[2]string]*nic  // by group and subnet: a second member there
	byVPC map[string][]string // groups with members there
	joint map[string][]string // VPCs that are joined with a VPC, itself first
	paths map[pathKey][]leg   // between subnets
}

// pathKey is a way between two subnets: network ACLs and routes are the same for
// all that stands in them.
type pathKey struct {
	from, to string
	protocol Protocol
	family   family
}

// leg is what network ACLs and routes let through between two subnets.
type leg struct {
	both    space
	crossed crossing
	unknown bool
}

func (m *matrix) groupWearers() {
	m.reps, m.byVPC, m.joint = map[string][]*nic{}, map[string][]string{}, map[string][]string{}
	m.twins = map[[2]string]*nic{}
	for id, all := range m.n.worn {
		if id == "" {
			continue // the recording does not say which
		}
		m.ids = append(m.ids, id)
		m.represent(id, all)
	}
	slices.Sort(m.ids)
	for vpc := range m.byVPC {
		slices.Sort(m.byVPC[vpc])
		m.joint[vpc] = m.n.joined(vpc)
	}
}

// represent finds the members of a group that stand for those of their subnets.
func (m *matrix) represent(id string, all []*nic) {
	subnets := map[string]bool{}
	for _, c := range all {
		switch k := [2]string{id, c.SubnetID}; {
		case c.subnet == nil:
		case !subnets[c.SubnetID]:
			subnets[c.SubnetID] = true
			m.reps[id] = append(m.reps[id], c)
			if in := m.byVPC[c.VPCID]; len(in) == 0 || in[len(in)-1] != id {
				m.byVPC[c.VPCID] = append(m.byVPC[c.VPCID], id)
			}
		case m.twins[k] == nil:
			m.twins[k] = c
		}
	}
}

// joined are the VPCs that peering connections and transit gateways may join with
// a VPC, and itself.
func (n *Network) joined(vpc string) []string {
	all := []string{vpc}
	add := func(id string) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	for _, p := range n.peerings {
		switch vpc {
		case p.RequesterVPCInfo.VPCID:
			add(p.AccepterVPCInfo.VPCID)
		case p.AccepterVPCInfo.VPCID:
			add(p.RequesterVPCInfo.VPCID)
		}
	}
	if slices.ContainsFunc(snapshot.TransitGatewayVPCAttachments.In(n.s), func(a snapshot.TransitGatewayVPCAttachment) bool { return a.VPCID == vpc }) {
		for _, a := range n.transit.vpcs {
			add(a.VPCID)
		}
	}
	slices.Sort(all[1:])
	return all
}

// into are the pairs whose target is a group.
func (m *matrix) into(to string) []Pair {
	var out []Pair
	protocols := m.protocols(to)
	for _, from := range m.near(to) {
		for _, p := range protocols {
			if pair, ok := m.pair(from, to, p); ok {
				out = append(out, pair)
			}
		}
	}
	return out
}

// near are the groups with members in the VPCs of a group's members, or in those
// that are joined with them.
func (m *matrix) near(to string) []string {
	seen := map[string]bool{}
	var all []string
	for _, b := range m.reps[to] {
		for _, vpc := range m.joint[b.VPCID] {
			for _, from := range m.byVPC[vpc] {
				if !seen[from] {
					seen[from] = true
					all = append(all, from)
				}
			}
		}
	}
	return all
}

// protocols are those that may get to members of a group.
func (m *matrix) protocols(to string) []Protocol {
	var all []Protocol
	for _, b := range m.reps[to] {
		all = append(all, m.n.spokenTo(b)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// pair is what members of a group reach at members of another one with a protocol.
// Where there are many members, the first that reaches something stands for them.
func (m *matrix) pair(from, to string, p Protocol) (Pair, bool) {
	pair := Pair{From: from, To: to, Protocol: p}
	asked := p.asked().service
	many := len(m.reps[from])*len(m.reps[to]) > mostMembers || from == to
	for _, b := range m.reps[to] {
		for _, a := range m.reps[from] {
			if a == b { // one interface wears both, or stands for the group itself
				a, b = m.others(from, to, b)
			}
			ports, unknown := m.between(a, b, p)
			pair.Ports, pair.Unknown = pair.Ports.union(ports), pair.Unknown || unknown
			if pair.Ports.covers(asked) || many && !ports.empty() {
				return pair, true
			}
		}
	}
	return pair, !pair.Ports.empty()
}

// others are two interfaces of a subnet, of which the first is a member of one
// group and the second of another, where there are two.
func (m *matrix) others(from, to string, b *nic) (*nic, *nic) {
	if a := m.twins[[2]string{from, b.SubnetID}]; a != nil {
		return a, b
	}
	if c := m.twins[[2]string{to, b.SubnetID}]; c != nil {
		return b, c
	}
	return b, b
}

// mostMembers is up to how many pairs of members all are looked at.
const mostMembers = 4

// between are the ports that an interface reaches at another one, and whether that
// hangs on what is not recorded.
func (m *matrix) between(a, b *nic, p Protocol) (Ports, bool) {
	var all Ports
	unknown := false
	if a == b {
		return nil, false
	}
	for _, f := range p.families() {
		from, to := a.addressOf(f), b.addressOf(f)
		if !from.IsValid() || !to.IsValid() {
			continue
		}
		w := &walker{n: m.n, allow: func(doubt) bool { return true }, doubts: map[doubt]bool{}}
		y := flow{network: m.n, family: f, protocol: p, space: space{p.asked()}, src: end{addr: from, nic: a}, dst: end{addr: to, nic: b}}
		if y = w.groups(y, a, true); y.dead() {
			continue
		}
		for _, l := range m.path(a, b, p, f) {
			z := y
			z.crossed = l.crossed
			if z = w.groups(z, b, false); z.dead() {
				continue
			}
			ports := z.space.intersect(l.both).service()
			all = all.union(ports)
			unknown = unknown || !ports.empty() && (l.unknown || len(w.doubts) > 0)
		}
	}
	return all, unknown
}

// path is what network ACLs and routes let through between the subnets of two
// interfaces.
func (m *matrix) path(a, b *nic, p Protocol, f family) []leg {
	k := pathKey{a.SubnetID, b.SubnetID, p, f}
	if known, ok := m.paths[k]; ok {
		return known
	}
	w := &walker{n: m.n, allow: func(doubt) bool { return true }, doubts: map[doubt]bool{}, noGroups: true}
	s := &start{nic: a, addr: a.addressOf(f)}
	var legs []leg
	for _, y := range w.toInterface(s, b, b.addressOf(f), p, space{p.asked()}) {
		if !y.both.empty() {
			legs = append(legs, leg{y.both, y.there.crossed, len(w.doubts) > 0})
		}
	}
	m.paths[k] = legs
	return legs
}
