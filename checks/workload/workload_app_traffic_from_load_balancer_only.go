package workload

import (
	"net/netip"
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// AppTrafficFromLoadBalancerOnly is the rule workload-app-traffic-from-load-balancer-only.
var AppTrafficFromLoadBalancerOnly = checks.Rule{
	ID:    "workload-app-traffic-from-load-balancer-only",
	Title: "The targets of a load balancer take traffic from that load balancer alone",
	Why: `Whoever reaches a target past its load balancer passes by everything that stands there: TLS, the firewall,
the log, the limits. A rule with addresses admits them whoever has them tomorrow.`,
	Fix: `Name the security group of the load balancer as the source, in place of addresses and other groups.

    aws ec2 authorize-security-group-ingress --group-id TARGETS --protocol tcp --port PORT --source-group LOAD-BALANCER
    aws ec2 revoke-security-group-ingress --group-id TARGETS --security-group-rule-ids RULE

In Terraform, set referenced_security_group_id of the aws_vpc_security_group_ingress_rule to the group of the aws_lb.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02", "SEC03-BP02"},
	Links: []string{
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html",
	},
	Reads: []snapshot.Kind{
		snapshot.NetworkInterfaces, snapshot.LoadBalancers, snapshot.TargetGroups, snapshot.TargetHealth,
		snapshot.TargetGroupAttributes, snapshot.ClassicLoadBalancers, snapshot.Instances, snapshot.Subnets,
	},
	Follows: true,
	Judge:   checks.Each(snapshot.SecurityGroups, appTrafficFromLoadBalancerOnly),
}

func appTrafficFromLoadBalancerOnly(s *snapshot.Snapshot, g *snapshot.SecurityGroup) checks.Verdict {
	if g.Foreign() {
		return checks.NotApplicable("belongs to another account", checks.Field(g, "OwnerId"))
	}
	members := s.Members(g)
	all := entrancesOf(s, members)
	var unread []*snapshot.Gap
	if len(members) > 0 {
		for _, u := range s.UnreadTargetGroups(g.Scope(), g.VPCID) {
			unread = append(unread, u.Gap)
		}
	}
	var j judging
	for i := range g.IPPermissions {
		for _, e := range all {
			j.permission(g, i, e)
		}
	}
	switch {
	case j.past != nil:
		return pastBalancer(s, &j)
	case len(unread) > 0:
		return checks.Missing(unread...)
	case len(all) == 0:
		return checks.NotApplicable("is worn by no target of a load balancer", checks.Field(g, "GroupId"))
	case j.gaps != nil:
		return checks.Missing(j.gaps...)
	case j.unclear != nil:
		return checks.Unknown("has a rule of a protocol that is not known", j.unclear...)
	}
	evidence := []checks.Evidence{checks.Field(g, "IpPermissions")}
	for _, e := range all {
		evidence = append(evidence, e.says)
	}
	return checks.Pass("admits the load balancer alone to the ports of its targets", append(evidence, j.fit...)...)
}

// pastBalancer is the verdict where others than the load balancer are admitted:
// worse in words where the internet gets in that way.
func pastBalancer(s *snapshot.Snapshot, j *judging) checks.Verdict {
	want := reach.Want{Protocols: []reach.Protocol{reach.TCP}, Ports: reach.Numbers(j.at.port), Direct: true}
	if j.at.protocol == "udp" {
		want.Protocols = []reach.Protocol{reach.UDP}
	}
	for _, n := range j.at.targets {
		if len(n.PublicAddresses())+len(n.IPv6Addresses) == 0 {
			continue
		}
		if r := checks.ReachedFromInternet(s, []*snapshot.NetworkInterface{n}, want, nil); r.Standing == checks.ReachedByAll {
			return checks.Fail("lets the internet past the load balancer to the port of a target", append(j.past, r.Evidence...)...)
		}
	}
	return checks.Fail("admits others than the load balancer to the port of a target", j.past...)
}

// entrance is a port at which load balancers send to targets that wear a group.
type entrance struct {
	protocol string // tcp or udp
	port     int
	says     checks.Evidence // a target there
	targets  []*snapshot.NetworkInterface
	groups   []string        // those of the load balancers
	subnets  []netip.Prefix  // of load balancers without groups
	clients  bool            // the packets come from the clients' own addresses
	worn     checks.Evidence // where the load balancer names its groups
	gaps     []*snapshot.Gap // that leave clients open
}

// entrancesOf are the ports at which load balancers send to some interfaces.
func entrancesOf(s *snapshot.Snapshot, members []*snapshot.NetworkInterface) []*entrance {
	var all []*entrance
	fed := feedsOf(s)
	for _, n := range members {
		for _, f := range fed.to[n] {
			for _, protocol := range carried[f.group.Protocol] {
				all = addEntrance(s, all, f, n, protocol, f.port)
			}
			if f.health > 0 && f.health != f.port {
				all = addEntrance(s, all, f, n, "tcp", f.health)
			}
		}
	}
	for _, n := range members {
		for _, l := range fed.classic[n.Attachment.InstanceID] {
			addClassic(all, n, l)
		}
	}
	return all
}

// addClassic adds the groups of a Classic Load Balancer to the entrances at which
// it sends to an interface too.
func addClassic(all []*entrance, n *snapshot.NetworkInterface, l *snapshot.ClassicLoadBalancer) {
	for _, e := range all {
		if slices.Contains(e.targets, n) && listensFor(l, e.port) {
			e.groups = append(e.groups, l.SecurityGroups...)
		}
	}
}

// carried are the protocols of IP packets in which a target group of a protocol is
// sent to; those of a Gateway Load Balancer are GENEVE's, over UDP.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html
var carried = map[string][]string{
	"HTTP": {"tcp"}, "HTTPS": {"tcp"}, "TCP": {"tcp"}, "TLS": {"tcp"}, "UDP": {"udp"}, "QUIC": {"udp"}, "GENEVE": {"udp"},
	"TCP_UDP": {"tcp", "udp"}, "TCP_QUIC": {"tcp", "udp"},
}

func addEntrance(s *snapshot.Snapshot, all []*entrance, f *feed, n *snapshot.NetworkInterface, protocol string, port int) []*entrance {
	i := slices.IndexFunc(all, func(e *entrance) bool { return e.protocol == protocol && e.port == port })
	if i < 0 {
		i = len(all)
		all = append(all, &entrance{protocol: protocol, port: port, says: checks.Field(f.target, "Target/Id"), worn: checks.Field(f.balancers[0], "SecurityGroups")})
	}
	e := all[i]
	if !slices.Contains(e.targets, n) {
		e.targets = append(e.targets, n)
	}
	for _, l := range f.balancers {
		e.groups = append(e.groups, l.SecurityGroups...)
		if len(l.SecurityGroups) > 0 || l.Type == "application" {
			continue
		}
		for _, z := range l.AvailabilityZones {
			if subnet, ok := s.Subnet(l.Scope(), z.SubnetID); ok {
				e.subnets = append(e.subnets, subnet.CIDRs()...)
			}
		}
		keeps, gap := keepsClient(s, l, f.group)
		if gap != nil {
			e.gaps = append(e.gaps, gap)
		}
		e.clients = e.clients || keeps
	}
	return all
}

// keepsClient reports whether a Network Load Balancer leaves the client's address
// in packets: always over UDP, by default to instances.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#client-ip-preservation
func keepsClient(s *snapshot.Snapshot, l *snapshot.LoadBalancer, g *snapshot.TargetGroup) (bool, *snapshot.Gap) {
	if l.Type != "network" {
		return false, nil
	}
	if slices.Contains(carried[g.Protocol], "udp") {
		return true, nil
	}
	attributes, gap := s.GroupAttributesOf(g)
	if gap != nil {
		return false, gap
	}
	for i := range attributes {
		if attributes[i].Key == "preserve_client_ip.enabled" {
			return attributes[i].Value == "true", nil
		}
	}
	return g.TargetType != snapshot.TargetIP, nil
}

// judging adds up whom the permissions of a group admit to entrances.
type judging struct {
	past    []checks.Evidence // others than the load balancer
	at      *entrance         // where the first of them get in
	fit     []checks.Evidence
	unclear []checks.Evidence
	gaps    []*snapshot.Gap
}

func (j *judging) permission(g *snapshot.SecurityGroup, i int, e *entrance) {
	p := &g.IPPermissions[i]
	switch {
	case !p.KnowsProtocol():
		j.unclear = append(j.unclear, checks.Field(g, "IpPermissions", i, "IpProtocol"))
		return
	case p.Protocol() != "all" && (p.Protocol() != e.protocol || !within(p, e.port)):
		return
	}
	for k, r := range p.IPRanges {
		j.source(e, e.admits(r.CIDRIP), checks.Field(g, "IpPermissions", i, "IpRanges", k, "CidrIp"))
	}
	for k, r := range p.IPv6Ranges {
		j.source(e, e.admits(r.CIDRIPv6), checks.Field(g, "IpPermissions", i, "Ipv6Ranges", k, "CidrIpv6"))
	}
	for k := range p.PrefixListIDs {
		j.source(e, e.clients, checks.Field(g, "IpPermissions", i, "PrefixListIds", k, "PrefixListId"))
	}
	for k := range p.UserIDGroupPairs {
		at := checks.Field(g, "IpPermissions", i, "UserIdGroupPairs", k, "GroupId")
		if slices.Contains(e.groups, p.UserIDGroupPairs[k].GroupID) {
			j.fit = append(j.fit, at, e.worn)
		} else {
			j.past = append(j.past, at, e.says, e.worn)
			j.first(e)
		}
	}
}

func within(p *snapshot.IPPermission, port int) bool {
	from, lower := p.FromPort.Value()
	to, upper := p.ToPort.Value()
	return (!lower || from <= port) && (!upper || port <= to)
}

// source notes a source that is no group.
func (j *judging) source(e *entrance, fits bool, at checks.Evidence) {
	switch {
	case fits:
		j.fit = append(j.fit, at, e.worn)
	case e.gaps != nil:
		j.gaps = append(j.gaps, e.gaps...)
	default:
		j.past = append(j.past, at, e.says, e.worn)
		j.first(e)
	}
}

func (j *judging) first(e *entrance) {
	if j.at == nil {
		j.at = e
	}
}

// admits reports whether a block holds load balancers alone, or clients that a
// load balancer without a group sends on under their own addresses.
func (e *entrance) admits(block netip.Prefix) bool {
	return e.clients || slices.ContainsFunc(e.subnets, func(p netip.Prefix) bool {
		return block.IsValid() && p.Bits() <= block.Bits() && p.Contains(block.Addr())
	})
}
