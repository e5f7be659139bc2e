package autoscaling

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// GroupMultiAZ is the rule autoscaling-group-multi-az.
var GroupMultiAZ = checks.Rule{
	ID:    "autoscaling-group-multi-az",
	Title: "An Auto Scaling group launches instances in at least two Availability Zones",
	Why: `A group replaces instances only in the zones that it is given. When its one zone fails, or has no
capacity of the instance type left, every instance is gone and none can be started elsewhere. A Local Zone
or Wavelength Zone is no second zone: it hangs on the Region.`,
	Fix: `Give the group subnets in a second Availability Zone.

    aws autoscaling update-auto-scaling-group --auto-scaling-group-name NAME --vpc-zone-identifier SUBNET-A,SUBNET-B

In Terraform, name subnets of two zones in vpc_zone_identifier of the aws_autoscaling_group.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL10-BP01", "REL07-BP01"},
	Controls:  []string{"FSBP AutoScaling.2", "Config autoscaling-multiple-az"},
	Links:     []string{"https://docs.aws.amazon.com/autoscaling/ec2/userguide/auto-scaling-benefits.html"},
	Reads:     []snapshot.Kind{snapshot.Subnets, snapshot.AvailabilityZones},
	Judge:     checks.Each(snapshot.AutoScalingGroups, groupMultiAZ),
}

func groupMultiAZ(s *snapshot.Snapshot, g *snapshot.AutoScalingGroup) checks.Verdict {
	spread := s.SpreadOf(g)
	evidence := append([]checks.Evidence{checks.Field(g, "VPCZoneIdentifier")}, spread.Decisive...)
	if len(g.SubnetIDs()) == 0 && len(spread.Decisive) > 0 {
		evidence = spread.Decisive
	}
	switch {
	case len(spread.Missing) > 0:
		return checks.Unknown("names a subnet that is not recorded", evidence...)
	case len(spread.Decisive) == 0:
		return checks.Unknown("names neither subnets nor zones", evidence...)
	case len(spread.Zones) >= 2:
		return checks.Pass("launches in at least two Availability Zones", evidence...)
	case len(spread.Unsure) > 0:
		return checks.Unknown("launches in a zone of a kind that is not known", evidence...)
	default:
		return inFewZones(g, &spread, evidence)
	}
}

// inFewZones fails a group, for information only where it is to stay empty.
func inFewZones(g *snapshot.AutoScalingGroup, spread *snapshot.Spread, evidence []checks.Evidence) checks.Verdict {
	message := "launches in one Availability Zone only"
	switch {
	case len(spread.Zones) == 0:
		message = "launches in Local Zones or Wavelength Zones only"
	case len(spread.Others) > 0:
		message = "launches in one Availability Zone and in a Local Zone or Wavelength Zone, which is no second one"
	}
	if snapshot.Is(g.MaxSize, 0) {
		return checks.Fail(message+", though it is to stay empty", append(evidence, checks.Field(g, "MaxSize"))...).At(checks.Info)
	}
	return checks.Fail(message, evidence...)
}
