package workload

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// WebBehindLoadBalancer is the rule workload-web-behind-load-balancer.
var WebBehindLoadBalancer = checks.Rule{
	ID:    "workload-web-behind-load-balancer",
	Title: "A web server that the internet reaches stands behind a load balancer",
	Why: `Clients that call a server by its own address notice when it fails: nothing checks it and nothing sends
them elsewhere. It cannot be replaced, patched or joined by a second one without an outage either.`,
	Fix: `Register the instance, better its Auto Scaling group, with a load balancer, and close the way that goes past it.

    aws elbv2 register-targets --target-group-arn ARN --targets Id=INSTANCE
    aws ec2 revoke-security-group-ingress --group-id GROUP --security-group-rule-ids RULE

In Terraform, add an aws_lb with an aws_lb_target_group, and set target_group_arns of the aws_autoscaling_group.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability, checks.Security},
	Practices: []string{"REL02-BP01", "REL11-BP02", "PERF04-BP04"},
	Links: []string{
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html",
		"https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_failover2good.html",
	},
	Reads: []snapshot.Kind{
		snapshot.NetworkInterfaces, snapshot.TargetGroups, snapshot.TargetHealth, snapshot.ClassicLoadBalancers,
	},
	Follows: true,
	Judge:   checks.Each(snapshot.Instances, webBehindLoadBalancer),
}

// webPorts are those of web servers.
var webPorts = reach.Numbers(80, 443, 8080, 8443)

func webBehindLoadBalancer(s *snapshot.Snapshot, i *snapshot.Instance) checks.Verdict {
	if v, ok := notRunning(i); ok {
		return v
	}
	if place, ok := behind(s, i); ok {
		return checks.Pass("is registered with a load balancer", place)
	}
	interfaces := s.InterfacesOfInstance(i)
	if len(interfaces) == 0 {
		return checks.Unknown("has no network interface in the recording", checks.Field(i, "InstanceId"))
	}
	r := checks.ReachedFromInternet(s, interfaces, reach.Want{Protocols: []reach.Protocol{reach.TCP}, Ports: webPorts, Direct: true}, nil)
	switch r.Standing {
	case checks.ReachedUnknown:
		return r.Unknown(s, checks.Field(i, "InstanceId"))
	case checks.ReachedBySome:
		return checks.Pass("is reached by some addresses of the internet alone on the ports of web servers", r.Evidence...)
	case checks.ReachedByNobody:
		return checks.Pass("is not reached from the internet on the ports of web servers", r.Evidence...)
	case checks.ReachedPastFirewall, checks.ReachedByAll:
	}
	if t, ok := checks.Says(i.Tags, checks.BastionWords); ok {
		return checks.NotApplicable(bastion, checks.Field(i, "Tags", t, "Value"))
	}
	if unread := s.UnreadTargetGroups(i.Scope(), i.VPCID); len(unread) > 0 {
		var gaps []*snapshot.Gap
		for _, u := range unread {
			gaps = append(gaps, u.Gap)
		}
		return checks.Missing(gaps...)
	}
	return checks.Fail("is reached from the internet on "+reach.InWords(r.Openings)+", and behind no load balancer", r.Evidence...)
}

// notRunning is the verdict on an instance that does not run.
func notRunning(i *snapshot.Instance) (checks.Verdict, bool) {
	state := checks.Field(i, "State/Name")
	switch i.State.Name {
	case "running":
		return checks.Verdict{}, false
	case "pending", "shutting-down", "terminated", "stopping", "stopped":
		return checks.NotApplicable("is not running", state), true
	default:
		return checks.Unknown("is in a state that is not known", state), true
	}
}

// behind finds a load balancer that an instance is registered with. A target group
// that no load balancer uses is none.
func behind(s *snapshot.Snapshot, i *snapshot.Instance) (checks.Evidence, bool) {
	for _, r := range s.RegistrationsAt(i) {
		if r.Classic != nil || len(r.TargetGroup.LoadBalancerARNs) > 0 {
			return r.Place, true
		}
	}
	return checks.Evidence{}, false
}
