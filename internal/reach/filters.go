package reach

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/buttress/buttress/internal/snapshot"
)

// aclRule is a rule of a network ACL in one direction and family.
type aclRule struct {
	entry  int
	number int
	allow  bool
	block  netip.Prefix
	far    addresses // the block as a set; nil for all
	rule   *snapshot.NetworkACLEntry
	// protocol is that of the rule, or -1 where it does not say.
	protocol string
	// unclear says that the rule leaves out what AWS returns, so that it may mean less
	// than it is taken for, or do something else.
	unclear bool
}

type aclKey struct {
	acl    *snapshot.NetworkACL
	egress bool
	family family
}

// rules are the rules of a network ACL in the order in which they decide.
func (n *Network) rules(acl *snapshot.NetworkACL, egress bool, f family) []aclRule {
	k := aclKey{acl, egress, f}
	if known, ok := n.acls.Load(k); ok {
		return known.([]aclRule)
	}
	rules := rulesOf(acl, egress, f)
	n.acls.Store(k, rules)
	return rules
}

func rulesOf(acl *snapshot.NetworkACL, egress bool, f family) []aclRule {
	var rules []aclRule
	for i := range acl.Entries {
		e := &acl.Entries[i]
		if out, said := e.Egress.Value(); said && out != egress {
			continue
		}
		if r, ok := ruleOf(e, f); ok {
			r.entry = i
			rules = append(rules, r)
		}
	}
	slices.SortStableFunc(rules, func(a, b aclRule) int { return cmp.Compare(a.number, b.number) })
	return rules
}

// ruleOf is a rule in a family; it is false where it is of the other one.
func ruleOf(e *snapshot.NetworkACLEntry, f family) (r aclRule, ok bool) {
	block, other := e.CIDRBlock, e.IPv6CIDRBlock
	if f == ipv6 {
		block, other = other, block
	}
	if !block.IsValid() && other.IsValid() {
		return aclRule{}, false
	}
	_, directed := e.Egress.Value()
	r = aclRule{number: e.RuleNumber, allow: e.RuleAction == "allow", block: block, rule: e, protocol: e.Protocol}
	r.unclear = !directed || e.RuleAction == "" || e.Protocol == "" || e.RuleNumber == 0 || !block.IsValid()
	if e.Protocol == "" {
		r.protocol = "-1"
	}
	if !block.IsValid() {
		r.block = f.all()
	}
	if r.block.Bits() > 0 {
		r.far = setOf(f, block)
	}
	return r, true
}

// supposed are the rules of a network ACL with what is assumed of those that are not
// clear: that they let through all that they may mean, or that they stop it.
func (w *walker) supposed(rules []aclRule, acl *snapshot.NetworkACL) []aclRule {
	if !slices.ContainsFunc(rules, func(r aclRule) bool { return r.unclear }) {
		return rules
	}
	allowed, other := w.lacks(snapshot.NetworkACLs, acl.Scope(), false), "allow"
	if allowed {
		other = "deny"
	}
	var all []aclRule
	for _, r := range rules {
		if r.unclear && r.rule.RuleAction == other {
			continue
		}
		r.allow = r.unclear && allowed || !r.unclear && r.allow
		all = append(all, r)
	}
	return all
}

// ports are the ports of the packets that a rule of a network ACL looks at, or
// the types and codes of ICMP.
func (r *aclRule) ports(p Protocol) Ports {
	switch {
	case r.protocol == "-1":
		return allPorts
	case p.hasPorts():
		return portRange(r.rule.PortRange.From, r.rule.PortRange.To)
	case p.isICMP():
		return icmpRange(r.rule.ICMPTypeCode.Type, r.rule.ICMPTypeCode.Code)
	default:
		return allPorts
	}
}

// acl applies the network ACL of a subnet: to what goes out of it, or comes in.
// The rule with the lowest number that matches decides.
// https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
func (w *walker) acl(f flow, n *snapshot.Subnet, egress bool) flow {
	if w.routesOnly || n == nil {
		return f
	}
	acl, ok := w.n.s.NetworkACLOf(n)
	if !ok {
		return f.guess(w.lacksOf(snapshot.NetworkACLs, n), newHop(n.SubnetID, kindACL, "the network ACL admits it", nowhere))
	}
	if acl.Entries == nil { // every network ACL has rules that deny what no other rule admits
		return f.guess(w.lacks(snapshot.NetworkACLs, acl.Scope(), false), newHop(acl.NetworkACLID, kindACL, "it admits it", source(acl, "Entries")))
	}
	d := w.decide(&f, acl, egress)
	h := Hop{Resource: acl.NetworkACLID, Kind: kindACL}
	if len(d.allowed) > 0 {
		r := d.allowed[0]
		h.Decided, h.Place = ruleName(r.number)+" admits "+d.what(&f), source(acl, acl.Field(r.entry))
		if r.unclear {
			h.Decided = "assumed: " + h.Decided
		}
	}
	return f.pass(d.through.simple(), h, func(stopped flow) Blocker {
		if len(d.denied) > 0 {
			r := d.denied[0]
			return newBlocker(kindACL, acl.NetworkACLID, ruleName(r.number)+" denies "+d.what(&stopped), source(acl, acl.Field(r.entry)))
		}
		return newBlocker(kindACL, acl.NetworkACLID, "no rule admits "+d.what(&stopped), source(acl, "Entries"))
	})
}

// decision is what a network ACL lets through, and the rules that matched.
type decision struct {
	through         space
	allowed, denied []aclRule
	end             end    // that the rules look at
	way             string // in words
}

// what is the packets, in words.
func (d *decision) what(f *flow) string {
	words := f.what() + d.way + f.name(d.end)
	if f.reply {
		return "the reply to " + words
	}
	return words
}

func (w *walker) decide(f *flow, acl *snapshot.NetworkACL, egress bool) decision {
	d := decision{end: f.src, way: " in from "}
	if egress {
		d.end, d.way = f.dst, " out to "
	}
	means := func(r *aclRule) (box, bool) {
		ok := f.protocol.matches(r.protocol) && (d.end.isSet() || r.block.Contains(d.end.addr))
		return f.box(d.end, r.far, r.ports(f.protocol)), ok
	}
	decideBy(w.supposed(w.n.rules(acl, egress, f.family), acl), f.space, f.family, means, func(r *aclRule, hit space) {
		if r.allow {
			d.through, d.allowed = append(d.through, hit...), append(d.allowed, *r)
		} else {
			d.denied = append(d.denied, *r)
		}
	})
	return d
}

func ruleName(number int) string {
	if number == 32767 {
		return "the default rule"
	}
	return "rule " + strconv.Itoa(number)
}

// box is the packets that a rule means: its block where the end that it looks at
// is the set, and its ports, which those of a reply are at the client's side.
func (f *flow) box(e end, far addresses, ports Ports) box {
	b := box{service: allPorts, client: allPorts}
	if e.isSet() {
		b.far = far
	}
	switch {
	case !f.reply:
		b.service = ports
	case f.protocol.hasPorts():
		b.client = ports
	case f.protocol.isICMP():
		b.service = askedBy(f.protocol, ports)
	}
	return b
}

// askedBy are the types of ICMP whose answers are among some types and codes,
// and those that nobody answers.
func askedBy(p Protocol, answers Ports) Ports {
	asked := allPorts
	for request, reply := range replies[p] {
		if !answers.covers(Ports{{reply << 8, reply << 8}}) {
			asked = asked.without(Ports{{request << 8, request<<8 | 255}})
		}
	}
	return asked
}

// groups applies the security groups of an interface to what is sent to it, or
// by it: any rule of any of them admits. They remember, so replies pass.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
func (w *walker) groups(f flow, c *nic, egress bool) flow {
	if f.reply && !f.untracked || w.routesOnly || w.noGroups {
		return f
	}
	if len(c.wears) == 0 {
		return w.groupless(f, c)
	}
	g := grouping{w: w, f: f, c: c, egress: egress, end: f.src}
	if egress {
		g.end = f.dst
	}
	for _, id := range c.wears {
		g.add(id)
	}
	if g.doubt && g.through.empty() {
		f.doubted = true
		return f
	}
	way := "in from "
	if egress {
		way = "out to "
	}
	of := ""
	if f.reply {
		of = "the reply to "
	}
	h := newHop(cmp.Or(g.by, c.wears[0]), kindGroup, "admits "+of+f.what()+" "+way+f.name(g.end), g.source)
	return f.pass(g.through.simple(), h, func(stopped flow) Blocker {
		what := of + stopped.what() + " " + way + stopped.name(g.end)
		b := Blocker{Kind: kindGroup, Resource: c.wears[0], Message: "no rule admits " + what, Place: g.looked}
		if len(c.wears) > 1 {
			b.Message = fmt.Sprintf("no rule of it and %d more admits %s", len(c.wears)-1, what)
		}
		return b
	})
}

// groupless is an interface without security groups: those of NAT gateways,
// transit gateways and some Network Load Balancers have none and filter nothing.
func (w *walker) groupless(f flow, c *nic) flow {
	switch {
	case c.nat != nil, c.holder.Kind == snapshot.HeldByNetworkBalancer, c.holder.Kind == snapshot.HeldByTransitGateway,
		c.holder.Kind == snapshot.HeldByGatewayBalancer, c.holder.Kind == snapshot.HeldByNATGateway, c.holder.Kind == snapshot.HeldByEndpoint:
		return f
	case c.Groups == nil:
		return f.guess(w.lacks(snapshot.NetworkInterfaces, c.Scope(), false), newHop(c.id(), kindGroup, "its security groups admit it", nowhere))
	default:
		return f.stop(newBlocker(kindGroup, c.id(), "the interface has no security group, and nothing admits "+f.what(), c.says("Groups")))
	}
}

// grouping adds up what the groups of an interface admit.
type grouping struct {
	w       *walker
	f       flow
	c       *nic
	egress  bool
	end     end
	through space
	by      string // the group that admits
	source  snapshot.Place
	looked  snapshot.Place
	doubt   bool
}

func (g *grouping) add(id string) {
	group := g.w.n.groups[id]
	if group == nil {
		g.unsaid(id, g.c.Scope())
		return
	}
	permissions, field := group.IPPermissions, "IpPermissions"
	if g.egress {
		permissions, field = group.IPPermissionsEgress, "IpPermissionsEgress"
	}
	if permissions == nil { // AWS returns an empty list where there are none
		g.unsaid(id, group.Scope())
		return
	}
	if g.looked == nowhere {
		g.looked = source(group, field)
	}
	for i := range permissions {
		if p := &permissions[i]; g.f.protocol.matches(p.IPProtocol) {
			g.permission(group, p, field+"/"+strconv.Itoa(i))
		} else if !p.KnowsProtocol() && g.w.unclear(snapshot.SecurityGroups, group.Scope(), "the protocol "+p.IPProtocol+" of "+id) {
			g.permission(group, p, field+"/"+strconv.Itoa(i))
		}
	}
}

// unsaid is a group of which nobody knows what it admits.
func (g *grouping) unsaid(id string, scope snapshot.Scope) {
	if g.w.lacks(snapshot.SecurityGroups, scope, false) {
		g.admit(nil, allPorts, id, nowhere)
	} else {
		g.doubt = true
	}
}

// blank is a permission of which it is not recorded whom it means: it admits all, or
// nobody.
func (g *grouping) blank(group *snapshot.SecurityGroup, ports Ports, field string) {
	if g.w.lacks(snapshot.SecurityGroups, group.Scope(), false) {
		g.admit(nil, ports, group.GroupID, source(group, field))
	} else {
		g.doubt = true
	}
}

// isBlank reports whether a permission leaves out what AWS returns with each: whom it
// means.
func isBlank(p *snapshot.IPPermission) bool {
	some := len(p.IPRanges) + len(p.IPv6Ranges) + len(p.PrefixListIDs) + len(p.UserIDGroupPairs)
	return some == 0 && (p.IPRanges == nil || p.IPv6Ranges == nil || p.PrefixListIDs == nil || p.UserIDGroupPairs == nil) ||
		slices.ContainsFunc(p.IPRanges, func(r snapshot.IPRange) bool { return !r.CIDRIP.IsValid() }) ||
		slices.ContainsFunc(p.IPv6Ranges, func(r snapshot.IPv6Range) bool { return !r.CIDRIPv6.IsValid() }) ||
		slices.ContainsFunc(p.UserIDGroupPairs, func(r snapshot.UserIDGroupPair) bool { return r.GroupID == "" })
}

// portsOf are the ports of a permission, or the types and codes of ICMP.
func portsOf(p *snapshot.IPPermission, protocol Protocol) Ports {
	switch {
	case p.Protocol() == "all":
		return allPorts
	case protocol.hasPorts():
		return portRange(p.FromPort, p.ToPort)
	case protocol.isICMP():
		return icmpRange(p.FromPort, p.ToPort)
	default:
		return allPorts
	}
}

func (g *grouping) permission(group *snapshot.SecurityGroup, p *snapshot.IPPermission, field string) {
	ports := portsOf(p, g.f.protocol)
	if g.f.space.within(g.f.box(g.end, nil, ports)).empty() {
		return
	}
	if isBlank(p) {
		g.blank(group, ports, field)
	}
	for i := range p.IPRanges {
		g.block(p.IPRanges[i].CIDRIP, ports, group, field+"/IpRanges/"+strconv.Itoa(i))
	}
	for i := range p.IPv6Ranges {
		g.block(p.IPv6Ranges[i].CIDRIPv6, ports, group, field+"/Ipv6Ranges/"+strconv.Itoa(i))
	}
	for i := range p.PrefixListIDs {
		at := field + "/PrefixListIds/" + strconv.Itoa(i)
		entries, gap := g.w.n.s.Entries(group.Scope(), p.PrefixListIDs[i].PrefixListID)
		if gap != nil {
			if g.w.sure(missing(gap, group.Scope(), false)) {
				g.admit(nil, ports, group.GroupID, source(group, at))
			} else {
				g.doubt = true
			}
			continue
		}
		for j := range entries {
			g.block(entries[j].CIDR, ports, group, at)
		}
	}
	for i := range p.UserIDGroupPairs {
		g.reference(&p.UserIDGroupPairs[i], ports, group, field+"/UserIdGroupPairs/"+strconv.Itoa(i))
	}
}

func (g *grouping) block(block netip.Prefix, ports Ports, group *snapshot.SecurityGroup, field string) {
	if !block.IsValid() || !g.f.family.has(block.Addr()) {
		return
	}
	var far addresses
	if g.end.isSet() {
		if block.Bits() > 0 {
			far = setOf(g.f.family, block)
		}
	} else if !block.Contains(g.end.addr) {
		return
	}
	g.admit(far, ports, group.GroupID, source(group, field))
}

func (g *grouping) admit(far addresses, ports Ports, id string, at snapshot.Place) {
	hit := g.f.space.within(g.f.box(g.end, far, ports))
	if hit.empty() {
		return
	}
	if g.through.empty() {
		g.by, g.source = id, at
	}
	g.through = append(g.through, hit...)
}

// reference applies a rule that names a group: it means the private addresses of
// the interfaces that wear it, in the same VPC or over a way on which groups can
// be named.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-referencing
func (g *grouping) reference(pair *snapshot.UserIDGroupPair, ports Ports, group *snapshot.SecurityGroup, field string) {
	if g.egress && !g.end.isSet() {
		g.referenceOut(pair.GroupID, ports, group, field)
		return
	}
	if g.f.relayed {
		return
	}
	if via := g.end.via; via != nil && slices.Contains(via.wears, pair.GroupID) {
		g.admit(nil, ports, group.GroupID, source(group, field))
		return
	}
	if g.f.crossed == outside || g.f.crossed == overTransitUnnamed {
		return
	}
	if u := g.f.unseen; u != nil && !g.egress && !g.f.reply { // who wears it there is not recorded
		if u.mayWear(pair.GroupID, g.w.n) {
			g.admit(nil, ports, group.GroupID, source(group, field))
		}
		return
	}
	if g.end.isSet() { // the router of a VPC speaks for any address in it
		g.admit(g.members(pair.GroupID), ports, group.GroupID, source(group, field))
		return
	}
	if g.isMember(pair.GroupID) {
		g.admit(nil, ports, group.GroupID, source(group, field))
	}
}

// isMember reports whether the other end wears a group. Where packets go is not
// known yet, so that rules for egress mean whoever has the address in the VPC and
// those that are peered with it.
func (g *grouping) isMember(id string) bool {
	if c := g.end.nic; !g.egress {
		return c != nil && (slices.Contains(c.wears, id) || c.unsaid() && g.w.lacks(snapshot.NetworkInterfaces, c.Scope(), false))
	}
	if c := g.w.n.at(g.c.VPCID, g.end.addr); c != nil && c.unsaid() {
		return g.w.lacks(snapshot.NetworkInterfaces, c.Scope(), false)
	}
	return slices.ContainsFunc(g.w.n.worn[id], func(c *nic) bool {
		return c.holds(g.end.addr) && (c.VPCID == g.c.VPCID || g.w.n.peered(c.VPCID, g.c.VPCID))
	})
}

// unsaid reports whether it is not recorded which groups an interface wears.
func (c *nic) unsaid() bool {
	return !c.node && c.nat == nil && !c.holder.Kind.IsLoadBalancer() && (c.Groups == nil || slices.Contains(c.wears, ""))
}

// members are the private addresses of the wearers of a group in the VPC.
func (g *grouping) members(id string) addresses {
	var blocks []netip.Prefix
	for _, c := range g.w.n.worn[id] {
		if c.VPCID != g.c.VPCID {
			continue
		}
		blocks = append(blocks, c.blocks()...)
	}
	return setOf(g.f.family, blocks...)
}
