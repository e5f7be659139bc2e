package autoscaling

import (
	"strconv"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// GroupMinTwoInstances is the rule autoscaling-group-min-two-instances.
var GroupMinTwoInstances = checks.Rule{
	ID:    "autoscaling-group-min-two-instances",
	Title: "An Auto Scaling group behind a load balancer keeps at least two instances",
	Why: `With a single instance, every failure, deployment and scale-in is an outage until a new instance
has started and is healthy, and the load balancer has nowhere else to send requests. Two zones are of no
use to a group that keeps one instance in one of them.`,
	Fix: `Raise the minimum size to two, better to the number of zones.

    aws autoscaling update-auto-scaling-group --auto-scaling-group-name NAME --min-size 2

In Terraform, set min_size = 2 on the aws_autoscaling_group.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL10-BP01", "REL11-BP05"},
	Links:     []string{"https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-capacity-limits.html"},
	Judge:     checks.Each(snapshot.AutoScalingGroups, groupMinTwoInstances),
}

func groupMinTwoInstances(_ *snapshot.Snapshot, g *snapshot.AutoScalingGroup) checks.Verdict {
	attached, ok := g.Attached()
	if !ok {
		return checks.NotApplicable("has no load balancer", unattached(g)...)
	}
	size := checks.Field(g, "MinSize")
	minimum, recorded := g.MinSize.Value()
	switch {
	case !recorded:
		return checks.Unknown("does not say its minimum size", size, attached)
	case snapshot.Is(g.MaxSize, 0):
		return checks.Fail("is to stay empty", size, checks.Field(g, "MaxSize"), attached).At(checks.Info)
	case minimum < 2:
		return checks.Fail("has a minimum size that lets it go below two instances", size, attached)
	case g.DesiredCapacityType != "" && g.DesiredCapacityType != "units":
		return checks.Unknown("counts its size in something other than instances", size, checks.Field(g, "DesiredCapacityType"), attached)
	}
	return weighted(g, minimum, []checks.Evidence{size, attached})
}

// weighted judges by the instance that counts most: once the group has launched
// it, the others that it has to keep are fewer. Weights make the size of a group
// a number of units.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-mixed-instances-groups-instance-weighting.html
func weighted(g *snapshot.AutoScalingGroup, minimum int, evidence []checks.Evidence) checks.Verdict {
	heaviest := 1
	for i := range g.MixedInstancesPolicy.LaunchTemplate.Overrides {
		text := g.MixedInstancesPolicy.LaunchTemplate.Overrides[i].WeightedCapacity
		if text == "" {
			continue
		}
		field := checks.Field(g, "MixedInstancesPolicy/LaunchTemplate/Overrides", i, "WeightedCapacity")
		weight, err := strconv.Atoi(text)
		if err != nil || weight < 1 {
			return checks.Unknown("has an instance type with a weight that is no number", append(evidence, field)...)
		}
		evidence = append(evidence, field)
		heaviest = max(heaviest, weight)
	}
	switch {
	case minimum <= heaviest:
		return checks.Fail("has a minimum size that one instance of the heaviest type reaches", evidence...)
	case (minimum+heaviest-1)/heaviest < len(g.AvailabilityZones):
		return checks.Pass("keeps at least two instances, fewer than one in each of its zones", append(evidence, checks.Field(g, "AvailabilityZones"))...)
	default:
		return checks.Pass("keeps at least two instances", evidence...)
	}
}

// unattached are the fields that would name what sends traffic to a group.
func unattached(g *snapshot.AutoScalingGroup) []checks.Evidence {
	return []checks.Evidence{checks.Field(g, "TargetGroupARNs"), checks.Field(g, "LoadBalancerNames"), checks.Field(g, "TrafficSources")}
}
