package elb

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// HealthyTargetsMultiAZ is the rule elbv2-healthy-targets-multi-az.
var HealthyTargetsMultiAZ = checks.Rule{
	ID:    "elbv2-healthy-targets-multi-az",
	Title: "A target group in use has healthy targets in at least two Availability Zones",
	Why: `A load balancer in two zones is no help while everything healthy behind it is in one: an outage of
that zone takes the service away. Without any healthy target it sends to those that are not.`,
	Fix: `Register healthy targets in a second Availability Zone.

    aws autoscaling update-auto-scaling-group --auto-scaling-group-name NAME --min-size 2 --vpc-zone-identifier SUBNET-A,SUBNET-B
    aws elbv2 describe-target-health --target-group-arn ARN

In Terraform, list subnets of two zones in vpc_zone_identifier of the aws_autoscaling_group (or in
network_configuration of the aws_ecs_service) that fills the aws_lb_target_group.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL10-BP01", "REL11-BP02", "REL11-BP01"},
	Controls:  []string{"FSBP ELB.13", "Config elbv2-multiple-az"},
	Links: []string{
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html",
	},
	Reads: []snapshot.Kind{snapshot.TargetHealth, snapshot.Instances, snapshot.Subnets},
	Judge: checks.Each(snapshot.TargetGroups, healthyTargetsMultiAZ),
}

func healthyTargetsMultiAZ(s *snapshot.Snapshot, g *snapshot.TargetGroup) checks.Verdict {
	inUse := checks.Field(g, "LoadBalancerArns")
	switch {
	case g.TargetType == snapshot.TargetLambda:
		return checks.NotApplicable("sends to a function, which Lambda runs in several zones", checks.Field(g, "TargetType"))
	case g.LoadBalancerARNs == nil:
		return checks.Unknown("does not say whether a load balancer uses it", inUse)
	case len(g.LoadBalancerARNs) == 0:
		return checks.NotApplicable("is used by no load balancer", inUse)
	}
	targets, gap := s.TargetsOf(g)
	switch {
	case gap != nil:
		return checks.Missing(gap)
	case len(targets) == 0:
		return checks.Fail("has no targets", inUse)
	case g.TargetType == snapshot.TargetALB:
		return healthyBehindALB(s, g, targets)
	case g.TargetType == snapshot.TargetInstance || g.TargetType == snapshot.TargetIP:
		return healthySpread(s, g, targets)
	default:
		return checks.Unknown("has targets of no type that is known", checks.Field(g, "TargetType"))
	}
}

// healthySpread is the verdict on a group of instances or addresses.
func healthySpread(s *snapshot.Snapshot, g *snapshot.TargetGroup, targets []snapshot.TargetHealthDescription) checks.Verdict {
	var in spread
	var shifts []checks.Evidence
	for i := range targets {
		addTarget(s, g, &targets[i], &in)
		if shifted(&targets[i]) {
			shifts = append(shifts, checks.Field(&targets[i], "AdministrativeOverride/State"))
		}
	}
	decisive := []checks.Evidence{checks.Field(g, "LoadBalancerArns"), checks.Field(g, "TargetType")}
	switch {
	case len(in.zones) >= 2 && len(shifts) > 0:
		return checks.Pass("has healthy targets in at least two Availability Zones, while a zonal shift is in force", append(append(decisive, in.first...), shifts...)...)
	case len(in.zones) >= 2:
		return checks.Pass("has healthy targets in at least two Availability Zones", append(decisive, in.first...)...)
	case in.open() && len(shifts) > 0:
		return checks.Unknown("has healthy targets in fewer than two Availability Zones while a zonal shift is in force", append(in.doubts, in.all...)...)
	case in.open():
		return checks.Unknown("has targets that may be healthy in a second Availability Zone", in.doubts...)
	case in.none():
		return checks.Fail("has no healthy target", in.rest...)
	default:
		return checks.Fail("has healthy targets in fewer than two Availability Zones", append(in.all, in.doubts...)...)
	}
}

// addTarget adds a target by its state. A zonal shift moves traffic away from a
// zone by intent, so that a target which is not healthy in that zone leaves it
// open what is when the shift ends.
func addTarget(s *snapshot.Snapshot, g *snapshot.TargetGroup, t *snapshot.TargetHealthDescription, in *spread) {
	zone, where := s.ZoneOfTarget(g, t)
	state := checks.Field(t, "TargetHealth/State")
	switch {
	case t.TargetHealth.State == "healthy":
		in.healthy(zone, state, where)
	case !notHealthy(t):
		in.doubtful(zone, state, where)
	case shifted(t):
		in.doubtful(zone, state, checks.Field(t, "AdministrativeOverride/State"))
	default:
		in.unhealthy(state)
	}
}

// notHealthy reports whether a target is in a state that is known not to be
// healthy. "unavailable" says that health checks are off, which they are for
// functions alone.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
func notHealthy(t *snapshot.TargetHealthDescription) bool {
	switch t.TargetHealth.State {
	case "initial", "unhealthy", "unhealthy.draining", "unused", "draining", "unavailable":
		return true
	default:
		return false
	}
}

// shifted reports whether a zonal shift keeps traffic away from a target.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AdministrativeOverride.html
func shifted(t *snapshot.TargetHealthDescription) bool {
	return t.AdministrativeOverride.State == "zonal_shift_active" || t.AdministrativeOverride.State == "zonal_shift_delegated_to_dns"
}

// healthyBehindALB is the verdict on a group whose target is an Application Load
// Balancer: the worst of what is true of that one's own groups.
func healthyBehindALB(s *snapshot.Snapshot, g *snapshot.TargetGroup, targets []snapshot.TargetHealthDescription) checks.Verdict {
	var worst checks.Verdict
	var rest []checks.Evidence
	for i := range targets {
		t := &targets[i]
		state := checks.Field(t, "TargetHealth/State")
		switch {
		case t.TargetHealth.State == "healthy":
			worst = worse(worst, behindTarget(s, g, t))
		case notHealthy(t):
			rest = append(rest, state)
		default:
			worst = worse(worst, checks.Unknown("sends to a load balancer of which the state is not known", state))
		}
	}
	if worst.Status == 0 {
		return checks.Fail("has no healthy target", rest...)
	}
	return worst
}

// behindTarget is the verdict on the target groups of a load balancer that is a
// target itself.
func behindTarget(s *snapshot.Snapshot, g *snapshot.TargetGroup, t *snapshot.TargetHealthDescription) checks.Verdict {
	id := checks.Field(t, "Target/Id")
	behind := s.TargetGroupsOf(g.Scope(), t.Target.ID)
	if len(behind) == 0 {
		return checks.Unknown("sends to a load balancer of which no target group is recorded", id)
	}
	var worst checks.Verdict
	for _, b := range behind {
		if b.TargetType == snapshot.TargetALB { // AWS allows none, and a circle would have no end
			worst = worse(worst, checks.Unknown("sends to a load balancer that sends to another one", id, checks.Field(b, "TargetType")))
			continue
		}
		worst = worse(worst, healthyTargetsMultiAZ(s, b))
	}
	worst.Message = behindMessages[worst.Status]
	worst.Evidence = append([]checks.Evidence{id, checks.Field(t, "TargetHealth/State")}, worst.Evidence...)
	return worst
}

var behindMessages = map[checks.Status]string{
	checks.StatusPass:          "sends to a load balancer whose groups have healthy targets in at least two Availability Zones",
	checks.StatusFail:          "sends to a load balancer with a group that has healthy targets in fewer than two Availability Zones",
	checks.StatusUnknown:       "sends to a load balancer with a group of which the healthy targets are not known",
	checks.StatusNotApplicable: "sends to a load balancer that sends to functions only",
}

// ranks order the statuses, the worst last.
var ranks = [...]int{checks.StatusNotApplicable: 1, checks.StatusPass: 2, checks.StatusUnknown: 3, checks.StatusFail: 4}

// worse returns the worse of two verdicts, the first of equal ones.
func worse(a, b checks.Verdict) checks.Verdict {
	if ranks[b.Status] > ranks[a.Status] {
		return b
	}
	return a
}
