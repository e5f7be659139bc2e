package reach_test

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// way is a way through a load balancer to a target.
type way struct {
	node     *snapshot.NetworkInterface
	listener int // port
	rules    []snapshot.ListenerRule
	group    *snapshot.TargetGroup
	target   *snapshot.NetworkInterface
	dst      netip.Addr
	network  bool // a Network Load Balancer, which passes packets on as they come
	keeps    bool // the client's address
	carries  bool // the node sends to the target, which takes connections
}

// waysTo are the ways to a port of an interface: every node of every balancer of
// which a listener leads to a target group that registers the target with the port.
func (o *oracle) waysTo(c *snapshot.NetworkInterface, proto, port int) []way {
	var all []way
	for _, b := range snapshot.LoadBalancers.In(o.s) {
		listeners, _ := o.s.ListenersOf(&b)
		for i := range listeners {
			l := &listeners[i]
			if !carries(l.Protocol, proto) {
				continue
			}
			for _, g := range o.groupsOf(l) {
				all = append(all, o.waysBy(&b, l, g, c, port)...)
			}
		}
	}
	return all
}

// carries reports whether a listener takes packets of a protocol.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
func carries(listener string, proto int) bool {
	switch listener {
	case "HTTP", "HTTPS", "TCP", "TLS":
		return proto == protoTCP
	case "UDP":
		return proto == protoUDP
	default:
		return proto == protoTCP || proto == protoUDP
	}
}

// actionsOf are all actions of a listener: of an Application Load Balancer, and of a
// dual-stack Network Load Balancer, they stand in its rules.
func (o *oracle) actionsOf(l *snapshot.Listener) []snapshot.Action {
	actions := l.DefaultActions
	rules, _ := o.s.RulesOf(l)
	for _, r := range rules {
		actions = slices.Concat(actions, r.Actions)
	}
	return actions
}

func (o *oracle) groupsOf(l *snapshot.Listener) []*snapshot.TargetGroup {
	var all []*snapshot.TargetGroup
	groups := snapshot.TargetGroups.In(o.s)
	for i := range groups {
		arn := groups[i].TargetGroupARN
		if slices.ContainsFunc(o.actionsOf(l), func(a snapshot.Action) bool { return a.TargetGroupARN == arn }) {
			all = append(all, &groups[i])
		}
	}
	return all
}

func (o *oracle) waysBy(b *snapshot.LoadBalancer, l *snapshot.Listener, g *snapshot.TargetGroup, c *snapshot.NetworkInterface, port int) []way {
	var all []way
	dst, takes, ok := o.registered(g, c, port)
	if !ok {
		return nil
	}
	listener, _ := l.Port.Value()
	rules, _ := o.s.RulesOf(l)
	for _, node := range o.nodesOf(b) {
		all = append(all, way{
			node: node, listener: listener, rules: rules, group: g, target: c, dst: dst, carries: (takes || o.tooFew(b, g, node)) && o.sendsTo(b, g, node, c),
			network: b.Type == "network", keeps: b.Type == "network" && o.keepsClient(g),
		})
	}
	return all
}

// registered finds a target of a group, and whether it takes connections: a port of
// an address of an interface. Of an instance it is the first address. Only healthy
// targets get traffic; where there are none, all do.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health.html
func (o *oracle) registered(g *snapshot.TargetGroup, c *snapshot.NetworkInterface, port int) (dst netip.Addr, takes, ok bool) {
	targets, _ := o.s.TargetsOf(g)
	healthy := slices.ContainsFunc(targets, func(d snapshot.TargetHealthDescription) bool { return d.TargetHealth.State == "healthy" })
	for _, d := range targets {
		leaves := slices.Contains([]string{"draining", "unhealthy.draining", "unused"}, d.TargetHealth.State)
		if p, _ := d.Target.Port.Value(); p != port || leaves {
			continue
		}
		takes = !healthy || d.TargetHealth.State == "healthy"
		if g.TargetType == "instance" && d.Target.ID == c.Attachment.InstanceID {
			dst, ok = firstOf(c, g.IPAddressType == "ipv6")
			return dst, takes, ok
		}
		if a, err := netip.ParseAddr(d.Target.ID); g.TargetType == "ip" && c.VPCID == g.VPCID && err == nil && owns(c, a) {
			return a, takes, true
		}
	}
	return netip.Addr{}, false, false
}

// tooFew reports whether of the targets to which a node sends fewer are healthy than
// the target group asks for, so that all of them get traffic.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/modify-target-group-health-settings.html
func (o *oracle) tooFew(b *snapshot.LoadBalancer, g *snapshot.TargetGroup, node *snapshot.NetworkInterface) bool {
	count, percentage := 1, 0
	attributes, _ := o.s.GroupAttributesOf(g)
	for _, a := range attributes {
		switch n, _ := strconv.Atoi(a.Value); a.Key {
		case "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count":
			count = n
		case "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage":
			percentage = n
		}
	}
	all, healthy := 0, 0
	targets, _ := o.s.TargetsOf(g)
	for _, d := range targets {
		nics := snapshot.NetworkInterfaces.In(o.s)
		at := slices.IndexFunc(nics, func(c snapshot.NetworkInterface) bool {
			a, err := netip.ParseAddr(d.Target.ID)
			return c.Attachment.InstanceID == d.Target.ID || err == nil && c.VPCID == g.VPCID && owns(&c, a)
		})
		if at >= 0 && !o.sendsTo(b, g, node, &nics[at]) {
			continue
		}
		all++
		if d.TargetHealth.State == "healthy" {
			healthy++
		}
	}
	return healthy < count || 100*healthy < percentage*all
}

// firstOf is the first address of an interface in a family.
func firstOf(c *snapshot.NetworkInterface, six bool) (netip.Addr, bool) {
	all := c.Addresses()
	i := slices.IndexFunc(all, func(a netip.Addr) bool { return a.Is6() == six })
	if i < 0 {
		return netip.Addr{}, false
	}
	return all[i], true
}

// nodesOf are the interfaces of a load balancer.
func (o *oracle) nodesOf(b *snapshot.LoadBalancer) []*snapshot.NetworkInterface {
	var all []*snapshot.NetworkInterface
	nics := snapshot.NetworkInterfaces.In(o.s)
	for i := range nics {
		if strings.Contains(nics[i].Description, "/"+b.LoadBalancerName+"/") {
			all = append(all, &nics[i])
		}
	}
	return all
}

// sendsTo reports whether a node sends to a target in its zone or, across zones,
// in another that the load balancer is enabled in.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#cross-zone-load-balancing
func (o *oracle) sendsTo(b *snapshot.LoadBalancer, g *snapshot.TargetGroup, node, c *snapshot.NetworkInterface) bool {
	zone := o.subnet(c.SubnetID).AvailabilityZone
	if !slices.ContainsFunc(b.AvailabilityZones, func(z snapshot.LoadBalancerZone) bool { return z.ZoneName == zone }) {
		return false
	}
	const key = "load_balancing.cross_zone.enabled"
	across := b.Type == "application"
	attributes, _ := o.s.AttributesOf(b)
	for _, a := range attributes {
		if a.Key == key {
			across = a.Value == "true"
		}
	}
	ofGroup, _ := o.s.GroupAttributesOf(g)
	for _, a := range ofGroup {
		if a.Key == key && a.Value != "use_load_balancer_configuration" {
			across = a.Value == "true"
		}
	}
	return across || o.subnet(node.SubnetID).AvailabilityZone == zone
}

// keepsClient reports whether a Network Load Balancer keeps the client's address.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#client-ip-preservation
func (o *oracle) keepsClient(g *snapshot.TargetGroup) bool {
	if g.Protocol == "UDP" || g.Protocol == "TCP_UDP" {
		return true
	}
	attributes, _ := o.s.GroupAttributesOf(g)
	for _, a := range attributes {
		if a.Key == "preserve_client_ip.enabled" {
			return a.Value == "true"
		}
	}
	return g.TargetType == "instance"
}

// forwards reports whether some request of a client is forwarded to the target
// group: the rules are asked by priority, and one that has no other condition than
// the client's address leaves nothing to the next.
func (w *way) forwards(client netip.Addr) bool {
	if w.rules == nil {
		return true
	}
	rules := slices.Clone(w.rules)
	priority := func(r snapshot.ListenerRule) int {
		if n, err := strconv.Atoi(r.Priority); err == nil {
			return n
		}
		return 1 << 20
	}
	slices.SortFunc(rules, func(a, b snapshot.ListenerRule) int { return priority(a) - priority(b) })
	for _, r := range rules {
		matches, others := true, false
		for _, c := range r.Conditions {
			switch of := c.SourceIPConfig.IPAddressType; {
			case c.Field == "path-pattern" && matchesAll(c.Paths(), "/", "/a", "/a/b"):
			case c.Field == "host-header" && matchesAll(c.Hosts(), "a", "a.example.com", "10.0.0.1"):
			case c.Field != "source-ip":
				others = true
			case of != "":
				matches = matches && (of == "ipv6") == client.Is6()
			default:
				matches = matches && holds(c.SourceIPConfig.Values, client)
			}
		}
		if !matches {
			continue
		}
		if slices.ContainsFunc(r.Actions, func(a snapshot.Action) bool { return a.TargetGroupARN == w.group.TargetGroupARN }) {
			return true
		}
		if !others {
			return false
		}
	}
	return false
}

// through carries a packet to a node and on to the target.
func (o *oracle) through(w way, from origin, p packet) (arrives, returns bool) {
	if !w.carries {
		return false, false
	}
	dport := p.dport
	p.dport = w.listener
	p.ttl = mostHops
	sent := p.tuple()
	o.send(from, p, func(a arrival) bool {
		if a.at.nic != w.node || a.public && !o.routedBack(from, sent, a) {
			return false
		}
		answered := o.returns(from, sent, a)
		if !answered && !w.network || !w.forwards(a.src) {
			return false // no connection, so that nothing is sent on
		}
		there, back := o.onward(w, a, dport)
		arrives, returns = arrives || there, there && back && answered
		return returns
	})
	return arrives, returns
}

// onward carries what a node took on to the target, from an address of the node
// or from the client's, if it is of the target's family.
func (o *oracle) onward(w way, a arrival, dport int) (arrives, returns bool) {
	if w.keeps && a.is6() == w.dst.Is6() {
		return o.kept(w, a, dport)
	}
	src, ok := firstOf(w.node, w.dst.Is6())
	if !ok {
		return false, false
	}
	p := packet{src: src, sport: o.natPort, dst: w.dst, dport: dport, proto: a.proto}
	return o.converse(origin{place{nic: w.node}, p.src}, p, at(w.target))
}

// kept is onward with the client's address. The answer goes back through the node,
// whatever the route table says.
func (o *oracle) kept(w way, a arrival, dport int) (arrives, returns bool) {
	p := a.packet
	p.dst, p.dport, p.node = w.dst, dport, w.node
	near, far := o.subnet(w.node.SubnetID), o.subnet(w.target.SubnetID)
	if !o.groupsAdmit(w.node, true, p) {
		return false, false
	}
	if near != far && (!o.aclAdmits(near, true, p) || !o.aclAdmits(far, false, p)) {
		return false, false
	}
	if !o.runs(w.target) || !o.groupsAdmit(w.target, false, p) {
		return false, false
	}
	r := p.with(p.tuple().reversed())
	return true, near == far || o.aclAdmits(far, true, r) && o.aclAdmits(near, false, r)
}

// matchesAll reports whether one of some patterns matches all of some texts.
func matchesAll(patterns []string, texts ...string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		re := regexp.MustCompile("^" + strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(p)) + "$")
		return !slices.ContainsFunc(texts, func(t string) bool { return !re.MatchString(t) })
	})
}
