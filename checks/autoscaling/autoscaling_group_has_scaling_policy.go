package autoscaling

import (
	"strings"
	"time"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// GroupHasScalingPolicy is the rule autoscaling-group-has-scaling-policy.
var GroupHasScalingPolicy = checks.Rule{
	ID:    "autoscaling-group-has-scaling-policy",
	Title: "An Auto Scaling group has an active scaling policy or schedule",
	Why: `A group that nothing scales keeps the size that somebody once gave it: too small when load comes,
and paid for in full when there is none. The room between its minimum and maximum size is then used only
by people who are awake.`,
	Fix: `Add a target tracking policy.

    aws autoscaling put-scaling-policy --auto-scaling-group-name NAME --policy-name cpu --policy-type TargetTrackingScaling --target-tracking-configuration '{"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 50}'

In Terraform, add an aws_autoscaling_policy with policy_type = "TargetTrackingScaling", and give the aws_autoscaling_group a max_size above its min_size.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Reliability, checks.PerformanceEfficiency, checks.CostOptimization, checks.Sustainability},
	Practices: []string{"REL07-BP03", "PERF02-BP05", "COST09-BP03", "SUS02-BP01"},
	Links: []string{
		"https://docs.aws.amazon.com/autoscaling/ec2/userguide/scale-your-group.html",
		"https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html",
	},
	Reads: []snapshot.Kind{snapshot.ScalingPolicies, snapshot.ScheduledActions},
	Judge: checks.Each(snapshot.AutoScalingGroups, groupHasScalingPolicy),
}

// effect says whether something scales its group.
type effect int

const (
	idle effect = iota
	unsure
	acts
)

// scaler is a policy or an action, what it does, and the fields that say so.
type scaler struct {
	effect   effect
	evidence []checks.Evidence
}

func groupHasScalingPolicy(s *snapshot.Snapshot, g *snapshot.AutoScalingGroup) checks.Verdict {
	sizes := []checks.Evidence{checks.Field(g, "MinSize"), checks.Field(g, "MaxSize")}
	minimum, hasMinimum := g.MinSize.Value()
	maximum, hasMaximum := g.MaxSize.Value()
	if !hasMinimum || !hasMaximum {
		return checks.Unknown("does not say its minimum and maximum size", sizes...)
	}
	policy, action := strongest(policies(s, g)), strongest(actions(s, g, minimum >= maximum))
	switch {
	case minimum < maximum && policy.effect == acts:
		return checks.Pass("has a scaling policy", append(policy.evidence, sizes...)...)
	case action.effect == acts:
		return checks.Pass("has a schedule that changes its size", append(action.evidence, sizes...)...)
	}
	if by, ok := scaledFromOutside(g); ok {
		return checks.NotApplicable("is scaled from outside", by)
	}
	evidence := append(append(sizes, policy.evidence...), action.evidence...)
	switch {
	case action.effect == unsure:
		return checks.Unknown("has a scheduled action of which it is not known whether it is still to come", evidence...)
	case minimum >= maximum:
		return fixedPool(maximum, evidence)
	case policy.effect == unsure:
		return checks.Unknown("has a scaling policy of a kind that is not known", evidence...)
	case len(evidence) > len(sizes):
		return checks.Fail("has room to scale, but no policy or action of it has an effect", evidence...)
	default:
		return checks.Fail("has room to scale, but neither a policy nor a schedule", evidence...)
	}
}

// fixedPool judges a group that cannot scale. One instance is a server that the
// group replaces when it fails, and is no pool at all.
func fixedPool(size int, evidence []checks.Evidence) checks.Verdict {
	switch size {
	case 0:
		return checks.NotApplicable("is to stay empty", evidence...)
	case 1:
		return checks.NotApplicable("is a single instance that is replaced when it fails", evidence...)
	default:
		return checks.Fail("is a fixed pool: its minimum size is its maximum size, so that it cannot scale", evidence...)
	}
}

// strongest returns the first that acts, else all together with the effect that
// comes nearest to it.
func strongest(all []scaler) scaler {
	var sum scaler
	for _, one := range all {
		if one.effect == acts {
			return one
		}
		sum.effect = max(sum.effect, one.effect)
		sum.evidence = append(sum.evidence, one.evidence...)
	}
	return sum
}

func policies(s *snapshot.Snapshot, g *snapshot.AutoScalingGroup) []scaler {
	var all []scaler
	for _, p := range s.PoliciesOf(g) {
		all = append(all, policyEffect(p))
	}
	return all
}

// policyEffect says what a policy does. A policy without a type is a simple one.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html
func policyEffect(p *snapshot.ScalingPolicy) scaler {
	kind, enabled := checks.Field(p, "PolicyType"), checks.Field(p, "Enabled")
	if snapshot.Is(p.Enabled, false) {
		return scaler{idle, []checks.Evidence{enabled}}
	}
	switch p.PolicyType {
	case "TargetTrackingScaling":
		return scaler{acts, []checks.Evidence{kind, enabled}}
	case "StepScaling", "SimpleScaling", "":
		if len(p.Alarms) == 0 {
			return scaler{idle, []checks.Evidence{kind, checks.Field(p, "Alarms")}}
		}
		return scaler{acts, []checks.Evidence{kind, checks.Field(p, "Alarms/0/AlarmName"), enabled}}
	case "PredictiveScaling":
		mode := []checks.Evidence{kind, checks.Field(p, "PredictiveScalingConfiguration/Mode"), enabled}
		switch configuration, _ := p.PredictiveScalingConfiguration.Value(); configuration.Mode {
		case "ForecastAndScale":
			return scaler{acts, mode}
		case "ForecastOnly", "": // the default
			return scaler{idle, mode}
		}
		return scaler{unsure, mode}
	default:
		return scaler{unsure, []checks.Evidence{kind}}
	}
}

// actions are the scheduled actions of a group. Those of a group with a fixed
// size count only if they change one of its bounds.
func actions(s *snapshot.Snapshot, g *snapshot.AutoScalingGroup, fixed bool) []scaler {
	var all []scaler
	for _, a := range s.ScheduleOf(g) {
		if fixed && !changes(a.MinSize, g.MinSize) && !changes(a.MaxSize, g.MaxSize) {
			continue
		}
		all = append(all, actionEffect(a, s.CapturedIn(g.Account())))
	}
	return all
}

func changes(next, now snapshot.Optional[int]) bool {
	n, recorded := next.Value()
	return recorded && !snapshot.Is(now, n)
}

// actionEffect says whether an action is still to come. One that recurs is, until
// its end; without the time of the recording one that does not is anybody's
// guess.
func actionEffect(a *snapshot.ScheduledAction, captured time.Time) scaler {
	if a.Recurrence != "" {
		evidence := []checks.Evidence{checks.Field(a, "Recurrence"), checks.Field(a, "EndTime")}
		return scaler{until(a.EndTime, captured), evidence}
	}
	return scaler{from(a.StartTime, captured), []checks.Evidence{checks.Field(a, "StartTime")}}
}

func until(end snapshot.Time, captured time.Time) effect {
	switch {
	case end.Text == "":
		return acts
	case end.IsZero():
		return unsure
	case end.After(captured): // any end is, where the time of the recording is zero
		return acts
	default:
		return idle
	}
}

func from(start snapshot.Time, captured time.Time) effect {
	switch {
	case start.Text == "":
		return idle
	case captured.IsZero() || start.IsZero():
		return unsure
	case start.After(captured):
		return acts
	default:
		return idle
	}
}

// scaledFromOutside returns the tag of somebody else who sets the size of a
// group: the Kubernetes Cluster Autoscaler, which finds its groups by such tags,
// or managed scaling of Amazon ECS.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/asg-capacity-providers.html
func scaledFromOutside(g *snapshot.AutoScalingGroup) (checks.Evidence, bool) {
	for i := range g.Tags {
		if key := g.Tags[i].Key; key == "AmazonECSManaged" || strings.HasPrefix(key, "k8s.io/cluster-autoscaler/") {
			return checks.Field(g, "Tags", i, "Key"), true
		}
	}
	return checks.Evidence{}, false
}
