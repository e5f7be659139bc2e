package workload

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// OnlyEntryPointsExposed is the rule workload-only-entry-points-exposed.
var OnlyEntryPointsExposed = checks.Rule{
	ID:    "workload-only-entry-points-exposed",
	Title: "Only load balancers, NAT and edge services are reached from the internet",
	Why: `Whatever the internet reaches directly is scanned within minutes, and one flaw in it is enough. A load
balancer takes that place better: AWS keeps it patched, it speaks few protocols, and a firewall can stand in front of it.`,
	Fix: `Publish through a load balancer, and take the public address away or close the security group.

    aws ec2 disassociate-address --association-id ID
    aws ec2 revoke-security-group-ingress --group-id GROUP --security-group-rule-ids RULE

In Terraform, remove the aws_eip or set associate_public_ip_address = false, move the resource to private subnets, and
register it in the aws_lb_target_group of an aws_lb.`,
	Severity:  checks.Critical,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01", "SEC05-BP02", "SEC06-BP03"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
		"https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_network_protection_create_layers.html",
	},
	Follows: true,
	Judge:   checks.Each(snapshot.NetworkInterfaces, onlyEntryPointsExposed),
}

// edges are the types of interfaces that services make which stand at the edge.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html
var edges = []string{"global_accelerator_managed", "api_gateway_managed"}

func onlyEntryPointsExposed(s *snapshot.Snapshot, n *snapshot.NetworkInterface) checks.Verdict {
	if v, exempt := entryPoint(n); exempt {
		return v
	}
	r := checks.ReachedFromInternet(s, []*snapshot.NetworkInterface{n}, reach.Want{Direct: true}, nil)
	if r.Standing >= checks.ReachedPastFirewall {
		if place, ok := ofBastion(s, n); ok {
			return checks.NotApplicable(bastion, place)
		}
	}
	on := reach.InWords(r.Openings)
	switch r.Standing {
	case checks.ReachedUnknown:
		return r.Unknown(s, checks.Field(n, "NetworkInterfaceId"))
	case checks.ReachedByAll:
		return checks.Fail("is reached from the internet on "+on, r.Evidence...)
	case checks.ReachedPastFirewall:
		return checks.Fail("is reached from the internet on "+on+", as far as a firewall lets it through", r.Evidence...)
	case checks.ReachedBySome:
		return checks.Pass("is reached from some addresses of the internet alone", r.Evidence...)
	default:
		return checks.Pass("is not reached from the internet", r.Evidence...)
	}
}

// entryPoint is the verdict on an interface that may be reached, or that another
// account or nobody has.
func entryPoint(n *snapshot.NetworkInterface) (checks.Verdict, bool) {
	switch holder := n.Holder().Kind; {
	case n.Foreign():
		return checks.NotApplicable("belongs to another account", checks.Field(n, "OwnerId")), true
	case holder.IsLoadBalancer():
		return checks.NotApplicable("belongs to a load balancer", checks.Field(n, "Description")), true
	case holder == snapshot.HeldByNATGateway:
		return checks.NotApplicable("belongs to a NAT gateway", checks.Field(n, "InterfaceType")), true
	case slices.Contains(edges, n.InterfaceType):
		return checks.NotApplicable("belongs to an edge service", checks.Field(n, "InterfaceType")), true
	case n.Status == "available":
		return checks.NotApplicable("is attached to nothing", checks.Field(n, "Status")), true
	}
	return checks.Verdict{}, false
}

// ofBastion reports whether tags say that an interface, or the instance that has
// it, is a bastion host.
func ofBastion(s *snapshot.Snapshot, n *snapshot.NetworkInterface) (checks.Evidence, bool) {
	if t, ok := checks.Says(n.TagSet, checks.BastionWords); ok {
		return checks.Field(n, "TagSet", t, "Value"), true
	}
	if i, ok := s.Instance(n.Scope(), n.Attachment.InstanceID); ok {
		if t, ok := checks.Says(i.Tags, checks.BastionWords); ok {
			return checks.Field(i, "Tags", t, "Value"), true
		}
	}
	return checks.Evidence{}, false
}
