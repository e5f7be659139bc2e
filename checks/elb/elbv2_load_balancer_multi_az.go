package elb

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// LoadBalancerMultiAZ is the rule elbv2-load-balancer-multi-az.
var LoadBalancerMultiAZ = checks.Rule{
	ID:    "elbv2-load-balancer-multi-az",
	Title: "A load balancer is enabled in at least two Availability Zones",
	Why: `A load balancer has its nodes in the zones of its subnets. If all are in one zone, an outage of
that zone takes the entrance away, however many targets run elsewhere.`,
	Fix: `Enable a subnet in a second Availability Zone.

    aws elbv2 set-subnets --load-balancer-arn ARN --subnets SUBNET-A SUBNET-B

In Terraform, list subnets of two zones in subnets (or subnet_mapping) of the aws_lb.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL10-BP01", "REL02-BP01"},
	Controls:  []string{"FSBP ELB.13", "Config elbv2-multiple-az"},
	Links: []string{
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-subnets.html",
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html",
	},
	Reads: []snapshot.Kind{snapshot.Subnets},
	Judge: checks.Each(snapshot.LoadBalancers, loadBalancerMultiAZ),
}

func loadBalancerMultiAZ(s *snapshot.Snapshot, lb *snapshot.LoadBalancer) checks.Verdict {
	if len(lb.AvailabilityZones) == 0 {
		return checks.Unknown("does not say in which zones it is", checks.Field(lb, "AvailabilityZones"))
	}
	e := enabledIn(s, lb)
	switch {
	case len(e.zones) >= 2:
		return checks.Pass("is enabled in at least two Availability Zones", e.evidence...)
	case e.edge == len(lb.AvailabilityZones):
		return onEdge(lb, &e)
	case len(e.doubts) > 0:
		return checks.Unknown("is enabled in a subnet of which the zone is not known", e.doubts...)
	default:
		return checks.Fail("is enabled in one Availability Zone only", e.evidence...)
	}
}

// onEdge is the verdict on a load balancer with no zone but those outside of the
// Region's data centers. An Application Load Balancer cannot be in two there, or
// need not be.
func onEdge(lb *snapshot.LoadBalancer, e *enabled) checks.Verdict {
	kind := checks.Field(lb, "Type")
	switch lb.Type {
	case "application":
		return checks.NotApplicable("is on an Outpost or in a Local Zone, where one zone is all there is", append(e.evidence, kind)...)
	case "network", "gateway":
		return checks.Fail("is enabled on Outposts and in Local Zones only", e.evidence...)
	default:
		return checks.Unknown("is on an Outpost or in a Local Zone, and of no type that is known", append(e.evidence, kind)...)
	}
}

// enabled is where a load balancer is enabled.
type enabled struct {
	zones    []string // Availability Zones
	edge     int      // subnets on Outposts and in Local or Wavelength Zones
	evidence []checks.Evidence
	doubts   []checks.Evidence // subnets of which the zone is not known
}

func enabledIn(s *snapshot.Snapshot, lb *snapshot.LoadBalancer) enabled {
	var e enabled
	for i := range lb.AvailabilityZones {
		e.add(s, lb, i)
	}
	return e
}

func (e *enabled) add(s *snapshot.Snapshot, lb *snapshot.LoadBalancer, i int) {
	in := &lb.AvailabilityZones[i]
	id := checks.Field(lb, "AvailabilityZones", i, "SubnetId")
	subnet, ok := s.Subnet(lb.Scope(), in.SubnetID)
	switch {
	case in.OutpostID != "":
		e.edge++
		e.evidence = append(e.evidence, checks.Field(lb, "AvailabilityZones", i, "OutpostId"))
		return
	case !ok:
		e.doubts = append(e.doubts, id)
		return
	case subnet.OutpostARN != "":
		e.edge++
		e.evidence = append(e.evidence, id, checks.Field(subnet, "OutpostArn"))
		return
	}
	zone := s.ZoneOf(subnet)
	place := snapshot.ZonePlace(subnet)
	switch {
	case !zone.Known():
		e.doubts = append(e.doubts, id, checks.Field(subnet, "AvailabilityZone"))
		return
	case !zone.Counts():
		e.edge++
		place = checks.Field(subnet, "AvailabilityZone")
	case !slices.Contains(e.zones, zone.ID):
		e.zones = append(e.zones, zone.ID)
	}
	e.evidence = append(e.evidence, id, place)
}
