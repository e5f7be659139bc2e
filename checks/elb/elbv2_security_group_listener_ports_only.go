package elb

import (
	"slices"
	"strconv"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// SecurityGroupListenerPortsOnly is the rule elbv2-security-group-listener-ports-only.
var SecurityGroupListenerPortsOnly = checks.Rule{
	ID:    "elbv2-security-group-listener-ports-only",
	Title: "The security groups of a load balancer open the ports of its listeners, and no others",
	Why: `A port that is open without a listener is open for whatever is set up there next, and for everything
else that wears the group. A listener whose port no rule admits takes no connections, and its clients wait until they
give up.`,
	Fix: `Trim the rules to the ports of the listeners. A Network Load Balancer without a security group has to be made anew with one.

    aws ec2 revoke-security-group-ingress --group-id GROUP --security-group-rule-ids RULE
    aws ec2 authorize-security-group-ingress --group-id GROUP --protocol tcp --port LISTENER-PORT --cidr CLIENTS

In Terraform, write one ingress for each aws_lb_listener, and name the groups in security_groups of the aws_lb.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02"},
	Controls:  []string{"FSBP EC2.18", "Config vpc-sg-open-only-to-authorized-ports"},
	Links: []string{
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html",
	},
	Reads: []snapshot.Kind{snapshot.Listeners, snapshot.SecurityGroups, snapshot.PrefixListEntries},
	Judge: checks.Each(snapshot.LoadBalancers, securityGroupListenerPortsOnly),
}

func securityGroupListenerPortsOnly(s *snapshot.Snapshot, lb *snapshot.LoadBalancer) checks.Verdict {
	switch none := len(lb.SecurityGroups) == 0; {
	case lb.Type == "gateway":
		return checks.NotApplicable("is a Gateway Load Balancer, which has no security groups", checks.Field(lb, "Type"))
	case none && lb.Type == "network":
		return checks.Fail("has no security group, so its listeners are open to everybody", checks.Field(lb, "SecurityGroups")).At(checks.Low)
	case none:
		return checks.Unknown("names no security group", checks.Field(lb, "SecurityGroups"))
	}
	listeners, gap := s.ListenersOf(lb)
	if gap != nil {
		return checks.Missing(gap)
	}
	var d doors
	for i := range listeners {
		d.listen(&listeners[i])
	}
	for i, id := range lb.SecurityGroups {
		named := checks.Field(lb, "SecurityGroups", i)
		d.worn = append(d.worn, named)
		if g, ok := s.SecurityGroup(lb.Scope(), id); ok {
			d.groups = append(d.groups, g)
		} else {
			d.unclear = append(d.unclear, named)
		}
	}
	for _, g := range d.groups {
		d.open(s, g)
	}
	return d.verdict()
}

// doors are the listeners of a load balancer, and what its security groups open.
type doors struct {
	listeners []door
	groups    []*snapshot.SecurityGroup
	worn      []checks.Evidence
	opened    []checks.Evidence // to the internet, without a listener
	vague     []checks.Evidence // listeners that may be anywhere
	unclear   []checks.Evidence // what may be opened, or not
	gaps      []*snapshot.Gap
}

// door is a port of a listener in one protocol.
type door struct {
	protocol string
	port     int
	says     checks.Evidence
}

// protocolsOf are the protocols of IP packets that a listener takes.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html
var protocolsOf = map[string][]string{
	"HTTP": {"tcp"}, "HTTPS": {"tcp"}, "TCP": {"tcp"}, "TLS": {"tcp"}, "UDP": {"udp"}, "QUIC": {"udp"},
	"TCP_UDP": {"tcp", "udp"}, "TCP_QUIC": {"tcp", "udp"},
}

func (d *doors) listen(l *snapshot.Listener) {
	port, recorded := l.Port.Value()
	protocols := protocolsOf[l.Protocol]
	switch {
	case !recorded:
		d.vague = append(d.vague, checks.Field(l, "Port"))
	case protocols == nil:
		d.vague = append(d.vague, checks.Field(l, "Protocol"))
	}
	for _, p := range protocols {
		if recorded {
			d.listeners = append(d.listeners, door{p, port, checks.Field(l, "Port")})
		}
	}
}

// covers reports whether a permission admits a port of a protocol. Of others than
// TCP and UDP every port is admitted.
func covers(p *snapshot.IPPermission, protocol string, port int) bool {
	switch p.Protocol() {
	case "all":
		return true
	case protocol:
		from, lower := p.FromPort.Value()
		to, upper := p.ToPort.Value()
		return (!lower || from <= port) && (!upper || port <= to)
	default:
		return !p.KnowsProtocol()
	}
}

// open notes what a group opens to the internet without a listener. Between the
// ports at which a permission or a listener begins or ends nothing changes. ICMP
// needs no listener: it is how clients learn how large packets may be.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
func (d *doors) open(s *snapshot.Snapshot, g *snapshot.SecurityGroup) {
	for _, protocol := range spoken(g) {
		for _, port := range d.changes(g, protocol) {
			if slices.ContainsFunc(d.listeners, func(l door) bool { return l.protocol == protocol && l.port == port }) {
				continue
			}
			d.add(s, g, protocol, port)
		}
	}
}

func (d *doors) add(s *snapshot.Snapshot, g *snapshot.SecurityGroup, protocol string, port int) {
	x := s.IngressSources(g, func(p *snapshot.IPPermission) bool { return covers(p, protocol, port) })
	if ipv4, ipv6 := x.Open(); ipv4 || ipv6 {
		for _, b := range x.Decisive() {
			at := "IpPermissions/" + strconv.Itoa(b.Permission) + "/"
			d.opened = append(d.opened, checks.Field(g, at+"IpProtocol"), checks.Field(g, at+"FromPort"), checks.Field(g, at+"ToPort"))
			d.opened = append(d.opened, x.Places(b)...)
		}
		return
	}
	d.unclear, d.gaps = append(d.unclear, x.Silent...), append(d.gaps, x.Missing...)
}

// spoken are the protocols that a group names, but for ICMP: at least TCP, for
// which those stand that name all.
func spoken(g *snapshot.SecurityGroup) []string {
	all := []string{"tcp", "udp"}
	for i := range g.IPPermissions {
		p := g.IPPermissions[i].Protocol()
		if p != "all" && p != "icmp" && p != "icmpv6" && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// changes are the ports at which what a group admits, or what listens, may change.
func (d *doors) changes(g *snapshot.SecurityGroup, protocol string) []int {
	at := []int{1}
	for _, l := range d.listeners {
		at = append(at, l.port+1)
	}
	for i := range g.IPPermissions {
		p := &g.IPPermissions[i]
		if p.Protocol() != protocol {
			continue
		}
		if from, ok := p.FromPort.Value(); ok {
			at = append(at, from)
		}
		if to, ok := p.ToPort.Value(); ok {
			at = append(at, to+1)
		}
	}
	slices.Sort(at)
	return slices.DeleteFunc(slices.Compact(at), func(port int) bool { return port < 1 || port > 65535 })
}

func (d *doors) verdict() checks.Verdict {
	if d.opened != nil && d.vague == nil {
		return checks.Fail("is open to the internet where it has no listener", append(slices.Clone(d.worn), d.opened...)...)
	}
	d.unclear = append(d.unclear, d.vague...)
	evidence, dead := slices.Clone(d.worn), []checks.Evidence(nil)
	for _, l := range d.listeners {
		admitted, unclear := d.admits(&l)
		if admitted == nil {
			dead = append(dead, l.says)
		}
		d.unclear = append(d.unclear, unclear...)
		evidence = append(append(evidence, l.says), admitted...)
	}
	for _, g := range d.groups {
		for i := range g.IPPermissions {
			evidence = append(evidence, checks.Field(g, "IpPermissions", i, "IpProtocol"))
		}
	}
	switch {
	case d.gaps != nil:
		return checks.Missing(d.gaps...)
	case d.unclear != nil:
		return checks.Unknown("has a listener or a security group that is not recorded, or does not say whom it admits", d.unclear...)
	case dead != nil:
		for _, g := range d.groups {
			dead = append(dead, checks.Field(g, "IpPermissions"))
		}
		return checks.Fail("has a listener at a port that its security groups admit nobody to", append(slices.Clone(d.worn), dead...)...)
	default:
		return checks.Pass("has security groups that open the ports of its listeners alone", evidence...)
	}
}

// admits is what admits anybody at all to a listener.
func (d *doors) admits(l *door) (admitted, unclear []checks.Evidence) {
	for _, g := range d.groups {
		for i := range g.IPPermissions {
			p := &g.IPPermissions[i]
			if !covers(p, l.protocol, l.port) {
				continue
			}
			if !p.KnowsProtocol() {
				unclear = append(unclear, checks.Field(g, "IpPermissions", i, "IpProtocol"))
			} else if len(p.IPRanges)+len(p.IPv6Ranges)+len(p.PrefixListIDs)+len(p.UserIDGroupPairs) > 0 {
				admitted = append(admitted, checks.Field(g, "IpPermissions", i, "FromPort"), checks.Field(g, "IpPermissions", i, "ToPort"))
			}
		}
	}
	return admitted, unclear
}
