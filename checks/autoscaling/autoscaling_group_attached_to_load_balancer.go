package autoscaling

import (
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// GroupAttachedToLoadBalancer is the rule autoscaling-group-attached-to-load-balancer.
var GroupAttachedToLoadBalancer = checks.Rule{
	ID:    "autoscaling-group-attached-to-load-balancer",
	Title: "An Auto Scaling group that serves the web is attached to its load balancer",
	Why: `Only a group that is attached registers the instances that it launches, and takes out those that it
ends. Where instances are registered by hand, or clients reach them directly, every replacement and every
scale-out adds a server that nobody sends requests to.`,
	Fix: `Attach the target group to the group, and take out the instances that were registered by hand.

    aws autoscaling attach-traffic-sources --auto-scaling-group-name NAME --traffic-sources Identifier=TARGET-GROUP-ARN

In Terraform, name the target group in target_group_arns of the aws_autoscaling_group instead of an aws_lb_target_group_attachment for each instance.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL02-BP01", "PERF04-BP04", "REL11-BP02"},
	Links:     []string{"https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-load-balancer.html"},
	Reads: []snapshot.Kind{
		snapshot.TargetGroups, snapshot.TargetHealth, snapshot.LoadBalancers, snapshot.ClassicLoadBalancers,
		snapshot.SecurityGroups, snapshot.LaunchTemplateVersions, snapshot.LaunchConfigurations, snapshot.Subnets,
	},
	Judge: checks.Each(snapshot.AutoScalingGroups, groupAttachedToLoadBalancer),
}

func groupAttachedToLoadBalancer(s *snapshot.Snapshot, g *snapshot.AutoScalingGroup) checks.Verdict {
	attached, ok := g.Attached()
	by, registers := registersTargets(g)
	switch {
	case registers && ok:
		return checks.Pass("is attached to what sends it traffic", attached)
	case registers:
		return checks.NotApplicable("belongs to a cluster that registers targets itself", by)
	}
	byHand, gaps := registeredByHand(s, g)
	switch {
	case len(byHand) > 0:
		return checks.Fail("has instances in a target group or load balancer that it is not attached to, registered by hand", byHand...)
	case len(gaps) > 0:
		return checks.Missing(gaps...)
	case ok:
		return checks.Pass("is attached to what sends it traffic", attached)
	}
	worn, unresolved := s.SecurityGroupsOf(g)
	if unresolved != nil {
		return unattachedUnknown(unresolved)
	}
	return unattachedServing(s, g, worn)
}

func unattachedUnknown(u *snapshot.Unresolved) checks.Verdict {
	if u.Gap != nil {
		return checks.Missing(u.Gap)
	}
	return checks.Unknown("has no load balancer, and the security groups of its instances are not recorded", u.Place)
}

// unattachedServing judges a group without a load balancer by who may reach its
// instances on the ports of the web. Where nobody may, it has other work.
func unattachedServing(s *snapshot.Snapshot, g *snapshot.AutoScalingGroup, worn []snapshot.Worn) checks.Verdict {
	var named, foreign []checks.Evidence
	for _, w := range worn {
		named = append(named, w.Place)
		for i := range w.Group.IPPermissions {
			evidence, kind := webSource(s, w.Group, i)
			switch kind {
			case fromAddresses:
				return checks.Fail("has no load balancer, though its instances accept web requests from networks", append(unattached(g), w.Place, evidence)...)
			case fromLoadBalancer:
				return checks.Fail("has no load balancer, though its instances accept web requests from one", append(unattached(g), w.Place, evidence)...)
			case fromForeign:
				foreign = append(foreign, evidence)
			case fromNobody:
			}
		}
	}
	if len(foreign) > 0 {
		return checks.Unknown("has no load balancer, and its instances accept web requests from a security group of another account", append(named, foreign...)...)
	}
	return checks.NotApplicable("has no load balancer, and its instances accept no web requests", append(unattached(g), named...)...)
}

// source says where web requests may come from.
type source int

const (
	fromNobody source = iota
	fromForeign
	fromLoadBalancer
	fromAddresses
)

// webPorts are the ports that listeners of web servers use.
var webPorts = []int{80, 443, 8080, 8443}

// webSource says from where a permission of a group lets web requests in. A
// prefix list is a list of addresses.
func webSource(s *snapshot.Snapshot, group *snapshot.SecurityGroup, i int) (checks.Evidence, source) {
	p := &group.IPPermissions[i]
	if !p.CoversAnyTCP(webPorts...) {
		return checks.Evidence{}, fromNobody
	}
	field := func(list, name string) checks.Evidence { return checks.Field(group, "IpPermissions", i, list, 0, name) }
	switch {
	case len(p.IPRanges) > 0:
		return field("IpRanges", "CidrIp"), fromAddresses
	case len(p.IPv6Ranges) > 0:
		return field("Ipv6Ranges", "CidrIpv6"), fromAddresses
	case len(p.PrefixListIDs) > 0:
		return field("PrefixListIds", "PrefixListId"), fromAddresses
	}
	var evidence checks.Evidence
	kind := fromNobody
	for j := range p.UserIDGroupPairs {
		pair := &p.UserIDGroupPairs[j]
		place := checks.Field(group, "IpPermissions", i, "UserIdGroupPairs", j, "GroupId")
		switch {
		case s.WornByLoadBalancer(group.Scope(), pair.GroupID):
			return place, fromLoadBalancer
		case pair.UserID != "" && !slices.Contains(s.Accounts, pair.UserID):
			evidence, kind = place, fromForeign
		}
	}
	return evidence, kind
}

// registeredByHand are the targets of target groups, and the instances of
// Classic Load Balancers, that are instances of a group which is not attached to
// them, and the gaps that stand in the place of targets.
func registeredByHand(s *snapshot.Snapshot, g *snapshot.AutoScalingGroup) ([]checks.Evidence, []*snapshot.Gap) {
	if len(g.Instances) == 0 {
		return nil, nil
	}
	var byHand []checks.Evidence
	for i := range g.Instances {
		for _, r := range s.RegistrationsOf(g.Scope(), g.Instances[i].InstanceID) {
			if !leaving(&r) && !owns(g, &r) {
				byHand = append(byHand, checks.Field(g, "Instances", i, "InstanceId"), r.Place)
			}
		}
	}
	var gaps []*snapshot.Gap
	for _, u := range s.UnreadTargetGroups(g.Scope(), s.VPCOf(g)) {
		if u.Group.TargetType != snapshot.TargetIP && !attachedTo(g, g.TargetGroupARNs, u.Group.TargetGroupARN) {
			gaps = append(gaps, u.Gap)
		}
	}
	return byHand, gaps
}

// leaving reports whether a target has been taken out already.
func leaving(r *snapshot.Registration) bool {
	return r.Target != nil && r.Target.TargetHealth.State == "draining"
}

func owns(g *snapshot.AutoScalingGroup, r *snapshot.Registration) bool {
	if r.Classic != nil {
		return attachedTo(g, g.LoadBalancerNames, r.Classic.LoadBalancerName)
	}
	return attachedTo(g, g.TargetGroupARNs, r.TargetGroup.TargetGroupARN)
}

// attachedTo reports whether a group is attached to something by its older list
// or as a traffic source.
func attachedTo(g *snapshot.AutoScalingGroup, list []string, identifier string) bool {
	return slices.Contains(list, identifier) || slices.ContainsFunc(g.TrafficSources, func(t snapshot.TrafficSource) bool {
		return t.Identifier == identifier
	})
}

// registersTargets returns the tag of a cluster that registers its nodes, or
// what runs on them, as targets: Kubernetes by its controllers, and Amazon ECS.
// https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html
func registersTargets(g *snapshot.AutoScalingGroup) (checks.Evidence, bool) {
	for i := range g.Tags {
		key := g.Tags[i].Key
		if strings.HasPrefix(key, "kubernetes.io/cluster/") || key == "eks:cluster-name" {
			return checks.Field(g, "Tags", i, "Key"), true
		}
	}
	return scaledFromOutside(g)
}
