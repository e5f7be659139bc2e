package elb

import (
	"cmp"
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// ClassicMultiAZ is the rule elb-classic-multi-az.
var ClassicMultiAZ = checks.Rule{
	ID:    "elb-classic-multi-az",
	Title: "A Classic Load Balancer has two Availability Zones and instances in service in both",
	Why: `A load balancer that is enabled in one zone goes down with it. One that is enabled in two while all
instances in service are in one of them does so too.`,
	Fix: `Enable a subnet in a second Availability Zone and register instances there.

    aws elb attach-load-balancer-to-subnets --load-balancer-name NAME --subnets SUBNET
    aws elb register-instances-with-load-balancer --load-balancer-name NAME --instances INSTANCE

In Terraform, list subnets and instances of two zones in subnets and instances of the aws_elb.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL10-BP01", "REL11-BP02"},
	Controls:  []string{"FSBP ELB.10", "Config clb-multiple-az"},
	Links: []string{
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-disable-az.html",
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeInstanceHealth.html",
	},
	Reads: []snapshot.Kind{snapshot.ClassicInstanceHealth, snapshot.Instances, snapshot.Subnets},
	Judge: checks.Each(snapshot.ClassicLoadBalancers, classicMultiAZ),
}

func classicMultiAZ(s *snapshot.Snapshot, lb *snapshot.ClassicLoadBalancer) checks.Verdict {
	registered := checks.Field(lb, "Instances")
	switch {
	case lb.Instances == nil:
		return checks.Unknown("does not say which instances it has", registered)
	case len(lb.Instances) == 0:
		return checks.NotApplicable("has no instances and costs money for nothing", registered)
	case len(lb.AvailabilityZones)+len(lb.Subnets) == 0:
		return checks.Unknown("does not say in which zones it is", checks.Field(lb, "AvailabilityZones"), checks.Field(lb, "Subnets"))
	}
	zones, says := classicZones(s, lb)
	switch certain, possible := countClassicZones(zones); {
	case possible < 2:
		return checks.Fail("is enabled in one Availability Zone only", says...)
	case certain < 2:
		return checks.Unknown("is enabled in a zone that is not known", says...)
	}
	return classicInService(s, lb, says)
}

// classicZones are the zones that a load balancer is enabled in, and what says so:
// the load balancer, or where it does not, its subnets.
func classicZones(s *snapshot.Snapshot, lb *snapshot.ClassicLoadBalancer) (zones []snapshot.Zone, says []checks.Evidence) {
	for _, name := range lb.AvailabilityZones {
		zones = append(zones, s.ZoneNamed(lb.Scope(), name))
	}
	if zones != nil {
		return zones, []checks.Evidence{checks.Field(lb, "AvailabilityZones")}
	}
	for i, id := range lb.Subnets {
		if subnet, ok := s.Subnet(lb.Scope(), id); ok {
			zones, says = append(zones, s.ZoneOf(subnet)), append(says, checks.Field(subnet, subnet.ZoneField()))
		} else {
			zones, says = append(zones, snapshot.Zone{ID: id}), append(says, checks.Field(lb, "Subnets", i))
		}
	}
	return zones, says
}

// countClassicZones counts Availability Zones: those that are known to be some, and with
// those that may be.
func countClassicZones(zones []snapshot.Zone) (certain, possible int) {
	var seen []string
	for _, zone := range zones {
		if slices.Contains(seen, zone.ID) {
			continue
		}
		seen = append(seen, zone.ID)
		switch {
		case zone.Counts():
			certain++
		case !zone.Known():
			possible++
		}
	}
	return certain, certain + possible
}

// classicInService is the verdict on a load balancer that is enabled in two
// zones: by where the instances are that it sends to.
func classicInService(s *snapshot.Snapshot, lb *snapshot.ClassicLoadBalancer, says []checks.Evidence) checks.Verdict {
	states, gap := s.InstanceHealthOf(lb)
	if gap != nil {
		return checks.Missing(gap)
	}
	in := classicSpread(s, lb, states)
	switch {
	case len(in.zones) >= 2:
		return checks.Pass("has instances in service in at least two Availability Zones", append(says, in.first...)...)
	case in.open():
		return checks.Unknown("has instances that may be in service in a second Availability Zone", in.doubts...)
	case in.none():
		return checks.Fail("has no instance in service", in.rest...)
	default:
		return checks.Fail("has instances in service in fewer than two Availability Zones", append(in.all, in.doubts...)...)
	}
}

func classicSpread(s *snapshot.Snapshot, lb *snapshot.ClassicLoadBalancer, states []snapshot.InstanceState) spread {
	var in spread
	for i := range states {
		state := checks.Field(&states[i], "State")
		zone, where := s.ZoneOfInstance(&states[i], "InstanceId", states[i].InstanceID)
		switch states[i].State {
		case "InService":
			in.healthy(zone, state, where)
		case "OutOfService":
			in.unhealthy(state)
		default: // "Unknown" among them, AWS's own word
			in.doubtful(zone, state, where)
		}
	}
	for i, registered := range lb.Instances {
		if _, told := slices.BinarySearchFunc(states, registered.InstanceID, stateOf); told {
			continue
		}
		id := checks.Field(lb, "Instances", i, "InstanceId")
		zone, where := s.ZoneOfInstance(lb, id.Field, registered.InstanceID)
		in.doubtful(zone, id, where)
	}
	return in
}

// stateOf compares by instance, by which states are sorted.
func stateOf(s snapshot.InstanceState, id string) int { return cmp.Compare(s.InstanceID, id) }
