package ec2

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// InstanceNotReachableOverIPv6 is the rule ec2-instance-not-reachable-over-ipv6.
var InstanceNotReachableOverIPv6 = checks.Rule{
	ID:    "ec2-instance-not-reachable-over-ipv6",
	Title: "The internet does not reach an instance over IPv6",
	Why: `Every IPv6 address of a VPC is a public one. An instance without a public IPv4 address looks private, and
is not where its subnet leads ::/0 to an internet gateway and a rule admits ::/0: most tools look at IPv4 alone.`,
	Fix: `Lead ::/0 through an egress-only internet gateway, which lets nothing in.

    aws ec2 create-egress-only-internet-gateway --vpc-id VPC
    aws ec2 replace-route --route-table-id TABLE --destination-ipv6-cidr-block ::/0 --egress-only-internet-gateway-id ID

In Terraform, set egress_only_gateway_id instead of gateway_id on the aws_route for ::/0.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html",
	},
	Reads:   []snapshot.Kind{snapshot.NetworkInterfaces},
	Follows: true,
	Judge:   checks.Each(snapshot.Instances, instanceNotReachableOverIPv6),
}

func instanceNotReachableOverIPv6(s *snapshot.Snapshot, i *snapshot.Instance) checks.Verdict {
	state := checks.Field(i, "State/Name")
	switch i.State.Name {
	case "running", "pending":
	case "shutting-down", "terminated", "stopping", "stopped":
		return checks.NotApplicable("is not running", state)
	default:
		return checks.Unknown("is in a state that is not known", state)
	}
	interfaces := s.InterfacesOfInstance(i)
	if len(interfaces) == 0 {
		return checks.Unknown("has no network interface in the recording", checks.Field(i, "InstanceId"))
	}
	if none := withoutIPv6(i, interfaces); none != nil {
		return checks.Pass("has no IPv6 address", none...)
	}
	r := checks.ReachedFromInternet(s, interfaces, reach.Want{Direct: true}, (*reach.Opening).IPv6)
	on := reach.InWords(r.Openings)
	switch r.Standing {
	case checks.ReachedUnknown:
		return r.Unknown(s, state)
	case checks.ReachedByAll:
		return checks.Fail("is reached from the internet over IPv6 on "+on, r.Evidence...)
	case checks.ReachedPastFirewall:
		return checks.Fail("is reached from the internet over IPv6 on "+on+", as far as a firewall lets it through", r.Evidence...).At(checks.Medium)
	case checks.ReachedBySome:
		return checks.Pass("is reached over IPv6 from some addresses of the internet alone", r.Evidence...)
	default:
		return checks.Pass("is not reached from the internet over IPv6", r.Evidence...)
	}
}

// withoutIPv6 is what says that the interfaces of an instance have no IPv6 address, or
// nothing where one has, or the instance says so.
func withoutIPv6(i *snapshot.Instance, interfaces []*snapshot.NetworkInterface) []checks.Evidence {
	var evidence []checks.Evidence
	for j := range i.NetworkInterfaces {
		if len(i.NetworkInterfaces[j].IPv6Addresses) > 0 {
			return nil
		}
	}
	for _, n := range interfaces {
		if len(n.IPv6Addresses)+len(n.IPv6Prefixes) > 0 {
			return nil
		}
		evidence = append(evidence, checks.Field(n, "Ipv6Addresses"))
	}
	return evidence
}
