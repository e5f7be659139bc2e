package securitygroup

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// WorldOpenWebOnly is the rule security-group-world-open-web-only.
var WorldOpenWebOnly = checks.Rule{
	ID:    "security-group-world-open-web-only",
	Title: "What a security group opens to the whole internet is the web alone",
	Why: `Browsers call ports 80 and 443. Whatever else a group opens to everybody was opened for somebody in
particular, and is found, tried and kept in lists by everybody else. A rule for all protocols opens what will be
started tomorrow, too.`,
	Fix: `Admit the callers alone: their security group, or their addresses.

    aws ec2 authorize-security-group-ingress --group-id ID --protocol tcp --port PORT --source-group CALLER-ID
    aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE-ID

In Terraform, set referenced_security_group_id on the aws_vpc_security_group_ingress_rule, or narrow its cidr_ipv4 or cidr_ipv6.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02"},
	Controls:  []string{"FSBP EC2.18", "Config vpc-sg-open-only-to-authorized-ports"},
	Links: []string{
		"https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
	},
	Reads:   []snapshot.Kind{snapshot.PrefixListEntries},
	Refines: append(slices.Clone(exposureKinds), reach.Kinds()...),
	Judge:   checks.Each(snapshot.SecurityGroups, worldOpenWebOnly),
}

// The ports that may be open to everybody, and all others.
// https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-18
var (
	web    = reach.NewPorts(reach.PortRange{From: 80, To: 80}, reach.PortRange{From: 443, To: 443})
	notWeb = reach.NewPorts(reach.PortRange{From: 0, To: 79}, reach.PortRange{From: 81, To: 442}, reach.PortRange{From: 444, To: 65535})
)

func worldOpenWebOnly(s *snapshot.Snapshot, g *snapshot.SecurityGroup) checks.Verdict {
	if g.Foreign() {
		return notOurs(g)
	}
	all := s.IngressSources(g, func(*snapshot.IPPermission) bool { return true })
	if ipv4, ipv6 := all.Open(); !ipv4 && !ipv6 {
		return onlyWeb(&all)
	}
	w := world{s: s, group: g}
	w.everything()
	if w.open == nil {
		w.ported(reach.TCP, web)
		w.ported(reach.UDP, nil)
		w.portless()
	}
	if w.open == nil {
		return w.icmp(&all)
	}
	message := "opens every protocol and port to the whole internet"
	if !w.all {
		message = "opens more than the web to the whole internet: " + w.words()
	}
	ports := w.few()
	if evidence, ok := onlyListened(s, g, ports); ok && ports != nil {
		return checks.Fail(message+", where load balancers listen on purpose", append(w.evidence, evidence...)...).At(checks.Low)
	}
	return weighed(s, g, w.opening, checks.High, checks.High, message)
}

// onlyWeb is the verdict on a group that opens nothing else than the web, or of
// which that is not known.
func onlyWeb(x *snapshot.Sources) checks.Verdict {
	const message = "opens nothing but the web to the whole internet"
	if v, ok := atOnce(x, message); ok {
		return v
	}
	g := x.Group
	evidence := x.AllPlaces()
	for i := range g.IPPermissions {
		evidence = permission(evidence, g, i)
		if addressless(&g.IPPermissions[i]) {
			evidence = lists(evidence, g, i)
		}
	}
	return checks.Pass(message, evidence...)
}

// world is what a group opens to everybody.
type world struct {
	opening
	s     *snapshot.Snapshot
	group *snapshot.SecurityGroup
	all   bool // every protocol
}

// note adds what some permissions open together, if they do.
func (w *world) note(p reach.Protocol, ports reach.Ports, asked func(*snapshot.IPPermission) bool) bool {
	x := w.s.IngressSources(w.group, asked)
	ipv4, ipv6 := x.Open()
	if !ipv4 && !ipv6 {
		return false
	}
	if w.open == nil {
		w.open = opens{}
	}
	w.open[p] = reach.NewPorts(append(slices.Clone(w.open[p]), ports...)...)
	w.ipv4, w.ipv6 = w.ipv4 || ipv4, w.ipv6 || ipv6
	w.add(&x)
	return true
}

var everyPort = reach.NewPorts(reach.PortRange{From: 0, To: 65535})

// everything notes permissions for all protocols that are open by themselves.
func (w *world) everything() {
	w.all = w.note(reach.TCP, notWeb, func(p *snapshot.IPPermission) bool { return p.Protocol() == "all" })
	for p := 0; w.all && p < 256; p++ {
		if p := reach.Protocol(p); p != reach.TCP && p != reach.ICMP && p != reach.ICMPv6 {
			w.open[p] = everyPort
		}
	}
}

// ported notes the ports of a protocol that are open, but for those that may be.
// Between two ports at which a permission begins or ends nothing changes.
func (w *world) ported(p reach.Protocol, but reach.Ports) {
	covers := func(port int) func(*snapshot.IPPermission) bool {
		return func(q *snapshot.IPPermission) bool {
			return q.Protocol() == "all" || q.Protocol() == p.String() && q.CoversPort(port)
		}
	}
	for _, r := range w.ranges(p, but) {
		w.note(p, reach.NewPorts(r), covers(int(r.From)))
	}
}

// ranges are the ranges of ports of which the permissions for a protocol tell none
// of the ports apart.
func (w *world) ranges(p reach.Protocol, but reach.Ports) []reach.PortRange {
	begins := map[int]bool{0: true}
	add := func(from, to int) { begins[max(from, 0)], begins[min(to, 65535)+1] = true, true }
	spoken := false
	for i := range w.group.IPPermissions {
		q := &w.group.IPPermissions[i]
		if q.Protocol() != p.String() {
			continue
		}
		spoken = true
		from, hasFrom := q.FromPort.Value()
		to, hasTo := q.ToPort.Value()
		if hasFrom && hasTo && 0 <= from && from <= to && to <= 65535 {
			add(from, to)
		}
	}
	if !spoken {
		return nil
	}
	for _, r := range but {
		add(int(r.From), int(r.To))
	}
	var all []reach.PortRange
	edges := slices.Sorted(maps.Keys(begins))
	for i, from := range edges {
		to := 65535
		if i+1 < len(edges) {
			to = edges[i+1] - 1
		}
		r := reach.PortRange{From: uint16(from), To: uint16(to)} //nolint:gosec // ports
		if from <= 65535 && !but.Overlaps(reach.Ports{r}) {
			all = append(all, r)
		}
	}
	return all
}

// portless notes the protocols without ports that are open, but for ICMP.
func (w *world) portless() {
	for i := range w.group.IPPermissions {
		name := w.group.IPPermissions[i].Protocol()
		number, err := strconv.ParseUint(name, 10, 8)
		if err != nil || w.open[reach.Protocol(number)] != nil {
			continue
		}
		w.note(reach.Protocol(number), everyPort, func(p *snapshot.IPPermission) bool { return p.Protocol() == name || p.Protocol() == "all" })
	}
}

// icmp is the verdict on a group that opens no more than the web and ICMP. What
// tells senders that their packets are too large belongs to the web.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network_mtu.html#path_mtu_discovery
func (w *world) icmp(all *snapshot.Sources) checks.Verdict {
	open := false
	for _, name := range []string{"icmp", "icmpv6"} {
		open = w.note(0, nil, func(p *snapshot.IPPermission) bool { return p.Protocol() == name && !tooLarge(p) }) || open
	}
	if !open {
		return onlyWeb(all)
	}
	return checks.Fail("opens ICMP to the whole internet", w.evidence...).At(checks.Low)
}

// tooLarge reports whether a permission is for the messages of ICMP alone by which
// senders learn how large packets may be: Destination Unreachable, or Packet Too Big.
// https://www.iana.org/assignments/icmp-parameters/icmp-parameters.xhtml
// https://www.iana.org/assignments/icmpv6-parameters/icmpv6-parameters.xhtml
func tooLarge(p *snapshot.IPPermission) bool {
	if p.Protocol() == "icmp" {
		return snapshot.Is(p.FromPort, 3)
	}
	return snapshot.Is(p.FromPort, 2)
}

// few are the TCP ports that are open, where nothing else is and they are few: a
// load balancer may listen on them on purpose.
func (w *world) few() []int {
	if len(w.open) > 1 {
		return nil
	}
	var ports []int
	for _, r := range w.open[reach.TCP] {
		for p := int(r.From); p <= int(r.To); p++ {
			if len(ports) == 50 { // AWS allows an Application Load Balancer as many listeners
				return nil
			}
			ports = append(ports, p)
		}
	}
	return ports
}

// mostWords is how many protocols a message names.
const mostWords = 4

// words says what is open.
func (w *world) words() string {
	var words []string
	for _, p := range slices.Sorted(maps.Keys(w.open)) {
		switch p {
		case reach.TCP, reach.UDP:
			words = append(words, p.String()+" "+brief(w.open[p]))
		default:
			words = append(words, "protocol "+p.String())
		}
	}
	if len(words) > mostWords {
		words = append(words[:mostWords], "and more")
	}
	return strings.Join(words, ", ")
}

// brief names the first of some ports.
func brief(p reach.Ports) string {
	const most = 8
	if len(p) > most {
		return p[:most].String() + " and more"
	}
	return p.String()
}
