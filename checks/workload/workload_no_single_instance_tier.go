package workload

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// NoSingleInstanceTier is the rule workload-no-single-instance-tier.
var NoSingleInstanceTier = checks.Rule{
	ID:    "workload-no-single-instance-tier",
	Title: "No tier of the workload hangs on a single instance",
	Why: `When the one instance of a tier fails, or its zone does, the workload is down until somebody has
built another. It cannot be patched or replaced without an outage, and more load than it can bear has
nowhere to go.`,
	Fix: `Move the instance into an Auto Scaling group that keeps two instances in two Availability Zones.

    aws autoscaling create-auto-scaling-group --auto-scaling-group-name NAME --launch-template LaunchTemplateId=ID --min-size 2 --max-size 4 --vpc-zone-identifier SUBNET-A,SUBNET-B --target-group-arns ARN

In Terraform, replace the aws_instance by an aws_launch_template and an aws_autoscaling_group with min_size = 2.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability, checks.PerformanceEfficiency},
	Practices: []string{"REL10-BP01", "REL07-BP01", "REL10-BP02"},
	Links:     []string{"https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/use-fault-isolation-to-protect-your-workload.html"},
	Reads: []snapshot.Kind{
		snapshot.AutoScalingGroups, snapshot.TargetGroups, snapshot.TargetHealth,
		snapshot.ClassicLoadBalancers, snapshot.ClassicInstanceHealth,
	},
	Judge: checks.Each(snapshot.Instances, noSingleInstanceTier),
}

func noSingleInstanceTier(s *snapshot.Snapshot, i *snapshot.Instance) checks.Verdict {
	if v, ok := notRunning(i); ok {
		return v
	}
	if group, place, owned := s.GroupOf(i); owned && group == nil {
		return checks.Unknown("is of an Auto Scaling group that is not recorded", place)
	} else if owned {
		return checks.NotApplicable("is of an Auto Scaling group", place)
	}
	if keeper, ok := i.Keeper(); ok {
		return checks.NotApplicable("is replaced by whoever manages it", checks.Field(i, keeper))
	}
	if job, place, ok := lone(i); ok {
		return checks.NotApplicable(job, place)
	}
	return tiers(s, i, checks.Field(i, "State/Name"))
}

// tiers judges an instance by all that send it requests.
func tiers(s *snapshot.Snapshot, i *snapshot.Instance, state checks.Evidence) checks.Verdict {
	var all []tier
	var gaps []*snapshot.Gap
	for _, r := range s.RegistrationsAt(i) {
		t, gap := tierOf(s, i, &r)
		if gap != nil {
			gaps = append(gaps, gap)
			continue
		}
		if t.standing == alone {
			return checks.Fail(t.message, append(t.evidence, state)...)
		}
		all = append(all, t)
	}
	for _, u := range s.UnreadTargetGroups(i.Scope(), i.VPCID) {
		gaps = append(gaps, u.Gap)
	}
	switch {
	case len(gaps) > 0:
		return checks.Missing(gaps...)
	case len(all) == 0:
		return checks.Fail("is in no Auto Scaling group and behind no load balancer", state, checks.Field(i, "InstanceId"))
	}
	evidence := []checks.Evidence{state}
	for _, t := range all {
		if t.standing == down {
			return checks.Unknown(t.message, append(t.evidence, state)...)
		}
		evidence = append(evidence, t.evidence...)
	}
	return checks.Pass("shares its tier with another target that is healthy", evidence...)
}

// standing says how an instance stands in a tier.
type standing int

const (
	shared standing = iota // another target is healthy
	down                   // there are others, and none of them is healthy
	alone                  // nothing else holds the tier
)

// tier is what stands behind a target group or a Classic Load Balancer, as one
// of its instances sees it.
type tier struct {
	standing standing
	message  string
	evidence []checks.Evidence
}

func tierOf(s *snapshot.Snapshot, i *snapshot.Instance, r *snapshot.Registration) (tier, *snapshot.Gap) {
	if r.Classic != nil {
		return classicTier(s, i, r)
	}
	return targetTier(s, i, r), nil
}

// targetTier looks at the targets of a target group. The instance may be there
// more than once: by several ports, or by several addresses.
func targetTier(s *snapshot.Snapshot, i *snapshot.Instance, r *snapshot.Registration) tier {
	targets, _ := s.TargetsOf(r.TargetGroup) // which the registration is from
	health := checks.Field(r.Target, "TargetHealth/State")
	mine := own(s, i, r.TargetGroup)
	for j := range targets {
		if t := &targets[j]; t.Healthy() && !mine[t.Target.ID] {
			return tier{shared, "", []checks.Evidence{r.Place, health, checks.Field(t, "TargetHealth/State")}}
		}
	}
	tally := s.TallyOf(r.TargetGroup)
	return last("target group", tally.Healthy > 0, tally.All > len(mine), []checks.Evidence{r.Place, health})
}

// own are the ids by which an instance is registered in a target group.
func own(s *snapshot.Snapshot, i *snapshot.Instance, g *snapshot.TargetGroup) map[string]bool {
	ids := map[string]bool{}
	for _, r := range s.RegistrationsAt(i) {
		if r.TargetGroup == g {
			ids[r.Target.Target.ID] = true
		}
	}
	return ids
}

func classicTier(s *snapshot.Snapshot, i *snapshot.Instance, r *snapshot.Registration) (tier, *snapshot.Gap) {
	states, gap := s.InstanceHealthOf(r.Classic)
	if gap != nil {
		return tier{}, gap
	}
	evidence, self, others := []checks.Evidence{r.Place}, false, false
	for j := range states {
		health := checks.Field(&states[j], "State")
		healthy := states[j].State == "InService"
		switch {
		case states[j].InstanceID == i.InstanceID:
			self = healthy
			evidence = append(evidence, health)
		case healthy:
			return tier{shared, "", []checks.Evidence{r.Place, health}}, nil
		default:
			others = true
		}
	}
	return last("load balancer", self, others, evidence), nil
}

// last is a tier, behind a target group or a load balancer, in which no other
// instance is healthy.
func last(behind string, healthy, others bool, evidence []checks.Evidence) tier {
	switch {
	case healthy:
		return tier{alone, "is the only healthy target of its " + behind, evidence}
	case !others:
		return tier{alone, "is the only target of its " + behind, evidence}
	default:
		return tier{down, "is one of several targets, none of which is healthy", evidence}
	}
}
