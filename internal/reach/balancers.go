package reach

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// balancer is a load balancer of any type that takes connections.
type balancer struct {
	resource snapshot.Resource
	name     string
	arn      string
	v2       *snapshot.LoadBalancer
	classic  *snapshot.ClassicLoadBalancer
	nodes    []*nic
}

// balanced are the load balancers, and the target groups by what they send to.
type balanced struct {
	all    []*balancer
	byARN  map[string]*balancer
	byNode map[*nic]*balancer
	strays []stray
}

func (n *Network) newBalanced() *balanced {
	b := &balanced{byARN: map[string]*balancer{}, byNode: map[*nic]*balancer{}}
	rows := snapshot.LoadBalancers.In(n.s)
	for i := range rows {
		if l := &rows[i]; l.Type != "gateway" {
			b.add(n, &balancer{resource: l, name: l.LoadBalancerName, arn: l.LoadBalancerARN, v2: l})
		}
	}
	classic := snapshot.ClassicLoadBalancers.In(n.s)
	for i := range classic {
		l := &classic[i]
		b.add(n, &balancer{resource: l, name: l.LoadBalancerName, arn: l.ARN(), classic: l})
	}
	b.strays = n.strayed(b.all)
	return b
}

func (b *balanced) add(n *Network, l *balancer) {
	for _, c := range n.nics {
		if c.holder.Kind.IsLoadBalancer() && c.VPCID == l.vpc() && l.isNode(c) {
			l.nodes = append(l.nodes, c)
		}
	}
	l.nodes = append(l.nodes, n.standIns(l)...)
	for _, c := range l.nodes {
		b.byNode[c] = l
	}
	b.all, b.byARN[l.arn] = append(b.all, l), l
}

func (l *balancer) vpc() string {
	if l.v2 != nil {
		return l.v2.VPCID
	}
	return l.classic.VPCID
}

// says is where the load balancer is recorded.
func (l *balancer) says() snapshot.Place {
	if l.v2 == nil && l.classic == nil {
		return source(l.resource, "Description")
	}
	return source(l.resource, "LoadBalancerName")
}

func (l *balancer) isNetwork() bool { return l.v2 != nil && l.v2.Type == "network" }

// isNode tells by what Elastic Load Balancing writes into the description.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
func (l *balancer) isNode(c *nic) bool {
	if l.classic != nil {
		return c.Description == "ELB "+l.name
	}
	_, id, ok := strings.Cut(l.arn, ":loadbalancer/")
	return ok && c.Description == "ELB "+id
}

// standIns are nodes of a load balancer of which no interface is recorded: one in
// each of its subnets, with some address of it in each family that it has. Where
// others are recorded, the list of interfaces is so in part.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#availability-zones
func (n *Network) standIns(l *balancer) []*nic {
	var ids, groups []string
	var open, dual bool
	kind := snapshot.HeldByClassicBalancer
	if l.v2 != nil {
		for _, z := range l.v2.AvailabilityZones {
			ids = append(ids, z.SubnetID)
		}
		public, six, _ := l.v2.Families()
		groups, open, dual, kind = l.v2.SecurityGroups, l.v2.InternetFacing() && public, six, snapshot.HeldByApplicationBalancer
		if l.isNetwork() {
			kind = snapshot.HeldByNetworkBalancer
		}
	} else {
		ids, groups, open = l.classic.Subnets, l.classic.SecurityGroups, l.classic.InternetFacing()
	}
	var nodes []*nic
	for _, id := range ids {
		s := n.subnets[id]
		if s == nil || !s.CIDRBlock.IsValid() || slices.ContainsFunc(l.nodes, func(c *nic) bool { return c.SubnetID == id }) {
			continue
		}
		c := someoneIn(s, open)
		if !dual {
			c.IPv6Addresses = nil
		}
		c.vpc, c.holder, c.balance, c.wears = n.vpcs[s.VPCID], snapshot.Holder{Kind: kind, ID: l.name}, l.name, groups
		c.guessed = len(l.nodes) > 0
		nodes = append(nodes, c)
	}
	return nodes
}

// stands reports whether to assume that a node is there, where the interfaces of
// others of its load balancer are recorded and its own is not.
func (w *walker) stands(c *nic) bool {
	return !c.guessed || w.sure(unlisted(snapshot.NetworkInterfaces, c.Scope(), false))
}

// groupsOf are the ids of the security groups of an interface: of a node that is
// recorded without them those of its load balancer.
func (n *Network) groupsOf(c *nic) []string {
	var ids []string
	for _, g := range c.Groups {
		ids = append(ids, g.GroupID)
	}
	if c.Groups != nil || !c.holder.Kind.IsLoadBalancer() {
		return ids
	}
	rows := snapshot.LoadBalancers.In(n.s)
	for i := range rows {
		if l := (&balancer{arn: rows[i].LoadBalancerARN}); rows[i].VPCID == c.VPCID && l.isNode(c) {
			return slices.Clone(rows[i].SecurityGroups)
		}
	}
	return nil
}

// someAddress is the first address of a subnet that AWS does not keep for itself.
// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
func someAddress(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr()
	for range 4 {
		a = a.Next()
	}
	return a
}

// listener is where a load balancer takes connections.
type listener struct {
	port     int
	protocol string
	v2       *snapshot.Listener
	instance int // the port of the instances behind a classic one
	// clients are those, by family, that it forwards to the target group in question;
	// nil stands for all.
	clients map[family]addresses
	says    snapshot.Place
}

// place is where the listener is recorded.
func (on *listener) place() snapshot.Place {
	if on.v2 == nil {
		return on.says
	}
	return source(on.v2, "DefaultActions")
}

// listenersOf are the listeners of a load balancer; they may not be recorded.
func (w *walker) listenersOf(l *balancer) (all []listener, gap *doubt) {
	if l.classic != nil {
		for i := range l.classic.ListenerDescriptions {
			d := &l.classic.ListenerDescriptions[i].Listener
			port, ok := d.LoadBalancerPort.Value()
			to, _ := d.InstancePort.Value()
			if ok {
				all = append(all, listener{port: port, protocol: d.Protocol, instance: to, says: source(l.classic, "ListenerDescriptions/"+itoa(i))})
			}
		}
		return all, nil
	}
	rows, missed := w.n.s.ListenersOf(l.v2)
	if missed != nil {
		d := missing(missed, l.v2.Scope(), false)
		return nil, &d
	}
	for i := range rows {
		port, ok := rows[i].Port.Value()
		if !ok || rows[i].Protocol == "" {
			d := unlisted(snapshot.Listeners, l.v2.Scope(), false)
			d.Resource = l.arn
			return nil, &d
		}
		all = append(all, listener{port: port, protocol: rows[i].Protocol, v2: &rows[i], says: source(&rows[i], "Port")})
	}
	return all, nil
}

// carries reports whether a listener or a target group of a protocol carries IP
// packets of another.
func carries(protocol string, p Protocol) bool {
	switch strings.ToUpper(protocol) {
	case "HTTP", "HTTPS", "TCP", "TLS", "SSL":
		return p == TCP
	case "UDP", "QUIC":
		return p == UDP
	case "TCP_UDP", "TCP_QUIC":
		return p == TCP || p == UDP
	default:
		return false
	}
}

// listens lets through to a node of a load balancer what a listener is for, where
// the load balancer routes traffic.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-state
func (w *walker) listens(f flow, l *balancer) flow {
	if l.v2 != nil && l.v2.State.Code != "" && l.v2.State.Code != "active" && l.v2.State.Code != "active_impaired" {
		f = f.stop(newBlocker(kindBalancer, l.name, "the load balancer is "+l.v2.State.Code, source(l.v2, "State/Code")))
	}
	all, gap := w.listenersOf(l)
	if gap != nil {
		return f.guess(w.sure(*gap), newHop(l.name, kindListener, "a listener takes it", nowhere))
	}
	var ports Ports
	h := Hop{Resource: l.name, Kind: kindListener}
	for _, one := range all {
		p := port(one.port)
		if !carries(one.protocol, f.protocol) {
			continue
		}
		if h.Decided == "" && !f.space.within(box{service: p, client: allPorts}).empty() {
			h.Decided, h.Place = "a listener takes "+one.protocol+" at port "+itoa(one.port), one.says
		}
		ports = ports.union(p)
	}
	return f.pass(f.space.within(box{service: ports, client: allPorts}), h, func(stopped flow) Blocker {
		return newBlocker(kindListener, l.name, "no listener takes "+stopped.what(), nowhere)
	})
}

// registration is a target as a target group lists it.
type registration struct {
	group  *snapshot.TargetGroup // nil behind a Classic Load Balancer
	target *snapshot.TargetHealthDescription
	port   int
	// six says that it is assumed to be one by IPv6, where no group is recorded.
	six bool
}

// registrationsOf are the target groups that send to an interface.
func (w *walker) registrationsOf(c *nic) []registration {
	var out []registration
	groups := snapshot.TargetGroups.In(w.n.s)
	for i := range groups {
		g := &groups[i]
		if g.TargetType == "lambda" || len(w.n.balancersOf(g)) == 0 {
			continue
		}
		targets, gap := w.n.s.TargetsOf(g)
		if gap != nil {
			if g.VPCID == c.VPCID {
				w.sure(missing(gap, g.Scope(), true))
			}
			continue
		}
		for j := range targets {
			if t := &targets[j]; w.n.isTarget(g, t, c) {
				out = append(out, registration{group: g, target: t, port: targetPort(g, t)})
			}
		}
	}
	return out
}

// balancersOf are the ARNs of the load balancers that use a target group: where
// they are not recorded with it, of those whose listeners may send to it.
func (n *Network) balancersOf(g *snapshot.TargetGroup) []string {
	if g.LoadBalancerARNs != nil {
		return g.LoadBalancerARNs
	}
	var arns []string
	for _, l := range n.balanced().all {
		if l.v2 == nil || l.vpc() != g.VPCID {
			continue
		}
		listeners, gap := n.s.ListenersOf(l.v2)
		if gap != nil || slices.ContainsFunc(listeners, func(on snapshot.Listener) bool { return slices.Contains(n.named(&on), g.TargetGroupARN) }) {
			arns = append(arns, l.arn)
		}
	}
	return arns
}

// named are the ARNs of the target groups that a listener and its rules name.
func (n *Network) named(on *snapshot.Listener) []string {
	actions := on.DefaultActions
	rules, _ := n.s.RulesOf(on)
	for i := range rules {
		actions = slices.Concat(actions, rules[i].Actions)
	}
	var arns []string
	for i := range actions {
		arns = append(arns, actions[i].TargetGroupARN)
		for _, t := range actions[i].ForwardConfig.TargetGroups {
			arns = append(arns, t.TargetGroupARN)
		}
	}
	slices.Sort(arns)
	return slices.DeleteFunc(slices.Compact(arns), func(arn string) bool { return arn == "" })
}

// stray is a listener that sends to a target group that the list of target groups
// does not hold: a part of an account is recorded.
type stray struct {
	balancer *balancer
	on       listener
	group    string // ARN
}

func (n *Network) strayed(all []*balancer) []stray {
	listed := map[string]bool{}
	groups := snapshot.TargetGroups.In(n.s)
	for i := range groups {
		listed[groups[i].TargetGroupARN] = true
	}
	var strays []stray
	for _, l := range all {
		if l.v2 == nil || n.s.Gap(snapshot.TargetGroups, l.resource.Scope()) != nil {
			continue
		}
		listeners, _ := (&walker{n: n}).listenersOf(l)
		for _, on := range listeners {
			for _, arn := range n.named(on.v2) {
				if !listed[arn] {
					strays = append(strays, stray{l, on, arn})
				}
			}
		}
	}
	return strays
}

// targetPort is the port at which a target is registered.
func targetPort(g *snapshot.TargetGroup, t *snapshot.TargetHealthDescription) int {
	if p, ok := t.Target.Port.Value(); ok {
		return p
	}
	p, _ := g.Port.Value()
	return p
}

// isTarget reports whether a target is an interface: an instance is reached at
// its primary one.
func (n *Network) isTarget(g *snapshot.TargetGroup, t *snapshot.TargetHealthDescription, c *nic) bool {
	if g.TargetType == "ip" {
		a, err := netip.ParseAddr(t.Target.ID)
		return err == nil && c.holds(a) && (g.VPCID == c.VPCID || t.Target.AvailabilityZone == "all")
	}
	if g.TargetType == "alb" {
		l := n.balanced().byNode[c]
		return l != nil && l.arn == t.Target.ID
	}
	if c.Attachment.InstanceID == "" || t.Target.ID != c.Attachment.InstanceID {
		return false
	}
	i := n.instances[t.Target.ID]
	return i == nil || !i.PrivateIPAddress.IsValid() || i.PrivateIPAddress == c.PrivateIPAddress
}

// attribute reads an attribute of a target group or a load balancer.
func attribute[T any](rows []T, of func(*T) (key, value string), key string) string {
	for i := range rows {
		if k, v := of(&rows[i]); k == key {
			return v
		}
	}
	return ""
}

func ofBalancer(a *snapshot.LoadBalancerAttribute) (key, value string) { return a.Key, a.Value }

const crossZoneKey = "load_balancing.cross_zone.enabled"

// crossZone reports whether a load balancer sends from a zone to targets in
// others: an Application Load Balancer does unless the target group forbids it, a
// Network Load Balancer where it, or the target group, is told to.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#target-group-cross-zone
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#target-group-cross-zone
func (w *walker) crossZone(l *balancer, g *snapshot.TargetGroup) bool {
	if l.v2 == nil {
		return true
	}
	rows, gap := w.n.s.GroupAttributesOf(g)
	if gap != nil {
		return w.sure(missing(gap, g.Scope(), false))
	}
	switch attribute(rows, func(a *snapshot.TargetGroupAttribute) (string, string) { return a.Key, a.Value }, crossZoneKey) {
	case "true":
		return true
	case "false":
		return false
	}
	if !l.isNetwork() {
		return true
	}
	mine, gap := w.n.s.AttributesOf(l.v2)
	if gap != nil {
		return w.sure(missing(gap, l.v2.Scope(), false))
	}
	return attribute(mine, ofBalancer, crossZoneKey) == "true"
}

// keepsClient reports whether a Network Load Balancer leaves the client's address
// in packets to a target.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#client-ip-preservation
func (w *walker) keepsClient(l *balancer, node *nic, r *registration, c *nic) (keeps bool, gap *doubt) {
	if r.group == nil && node.holder.Kind == snapshot.HeldByNetworkBalancer {
		return false, &doubt{undecided: "whether " + l.name + " keeps the addresses of clients"}
	}
	if !l.isNetwork() {
		return false, nil
	}
	if p := strings.ToUpper(r.group.Protocol); p == "UDP" || p == "TCP_UDP" || p == "QUIC" || p == "TCP_QUIC" {
		return true, nil
	}
	if c.VPCID != l.vpc() && !w.n.peered(c.VPCID, l.vpc()) {
		return false, nil
	}
	rows, missed := w.n.s.GroupAttributesOf(r.group)
	if missed != nil {
		d := missing(missed, r.group.Scope(), false)
		return false, &d
	}
	switch attribute(rows, func(a *snapshot.TargetGroupAttribute) (string, string) { return a.Key, a.Value }, "preserve_client_ip.enabled") {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return r.group.TargetType != "ip", nil
	}
}

// peered reports whether two VPCs of a Region are peered.
func (n *Network) peered(a, b string) bool {
	for _, p := range n.peerings {
		x, y := &p.RequesterVPCInfo, &p.AccepterVPCInfo
		if p.Status.Code == "active" && x.Region == y.Region && (x.VPCID == a && y.VPCID == b || x.VPCID == b && y.VPCID == a) {
			return true
		}
	}
	return false
}
