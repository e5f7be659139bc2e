package elb

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// side is what a subnet of a load balancer has of what a rule asks about.
type side int

const (
	undecided side = iota // nothing recorded tells
	without               // has none of it
	partly                // has some of it
	with                  // has it
	sides                 // the number of them
)

// splitSubnets sorts the subnets of a load balancer by their routing, as
// evidence. A subnet that was not recorded is undecided.
func splitSubnets(s *snapshot.Snapshot, lb *snapshot.LoadBalancer, judge func(*snapshot.Routing) side) [sides][]checks.Evidence {
	var in [sides][]checks.Evidence
	for i := range lb.AvailabilityZones {
		id := checks.Field(lb, "AvailabilityZones", i, "SubnetId")
		subnet, ok := s.Subnet(lb.Scope(), lb.AvailabilityZones[i].SubnetID)
		if !ok {
			in[undecided] = append(in[undecided], id)
			continue
		}
		routing := s.RoutingOf(subnet)
		to := judge(&routing)
		in[to] = append(in[to], id)
		if routing.Blocked != "" {
			in[to] = append(in[to], routing.BlockedBy)
		}
		in[to] = append(in[to], routing.Decisive...)
	}
	return in
}
