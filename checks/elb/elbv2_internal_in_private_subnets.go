package elb

import (
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// InternalInPrivateSubnets is the rule elbv2-internal-in-private-subnets.
var InternalInPrivateSubnets = checks.Rule{
	ID:    "elbv2-internal-in-private-subnets",
	Title: "An internal load balancer is in private subnets only",
	Why: `An internal load balancer serves clients inside of the network. In a public subnet the route to the
internet is there already, and with IPv6, whose addresses are public ones, one attribute of the load
balancer is all that keeps clients out.`,
	Fix: `Move the load balancer to private subnets, and let it deny what comes through internet gateways.

    aws elbv2 set-subnets --load-balancer-arn ARN --subnets PRIVATE-SUBNET-A PRIVATE-SUBNET-B
    aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN --attributes Key=ipv6.deny_all_igw_traffic,Value=true

In Terraform, list private subnets in subnets of the aws_lb that has internal = true.`,
	Severity:  checks.Low,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01"},
	Links: []string{
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html",
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html",
	},
	Reads:   []snapshot.Kind{snapshot.Subnets, snapshot.RouteTables, snapshot.InternetGateways, snapshot.PrefixListEntries, snapshot.BlockPublicAccess},
	Refines: []snapshot.Kind{snapshot.LoadBalancerAttributes},
	Judge:   checks.Each(snapshot.LoadBalancers, internalInPrivateSubnets),
}

func internalInPrivateSubnets(s *snapshot.Snapshot, lb *snapshot.LoadBalancer) checks.Verdict {
	if v, other := otherScheme(lb, schemeInternal); other {
		return v
	}
	if len(lb.AvailabilityZones) == 0 {
		return checks.Unknown("does not say in which subnets it is", checks.Field(lb, "AvailabilityZones"))
	}
	in := splitSubnets(s, lb, public)
	scheme := []checks.Evidence{checks.Field(lb, "Scheme")}
	switch {
	case len(in[with]) > 0:
		return inPublic(s, lb, append(scheme, in[with]...))
	case len(in[undecided]) > 0:
		return checks.Unknown("is in a subnet of which nothing tells whether the internet reaches it", in[undecided]...)
	case len(in[partly]) > 0:
		return checks.Fail("is internal, and in a subnet that a part of the internet is routed to", append(scheme, in[partly]...)...).At(checks.Info)
	default:
		return checks.Pass("is in private subnets only", append(scheme, in[without]...)...)
	}
}

// inPublic is the verdict on an internal load balancer in a public subnet. It is
// worse where the load balancer lets in what an internet gateway brings to its
// IPv6 addresses, which it does not by default.
func inPublic(s *snapshot.Snapshot, lb *snapshot.LoadBalancer, evidence []checks.Evidence) checks.Verdict {
	attributes, _ := s.AttributesOf(lb) // none is the default
	if strings.HasPrefix(lb.IPAddressType, "dualstack") {
		i := slices.IndexFunc(attributes, func(a snapshot.LoadBalancerAttribute) bool { return a.Key == "ipv6.deny_all_igw_traffic" })
		if i >= 0 && attributes[i].Value == "false" {
			evidence = append(evidence, checks.Field(lb, "IpAddressType"), checks.Field(&attributes[i], "Value"))
			return checks.Fail("is internal, and in a public subnet where it lets in IPv6 from the internet", evidence...).At(checks.High)
		}
	}
	return checks.Fail("is internal, and in a public subnet", evidence...)
}

// public says whether the internet is routed to a subnet, in whichever family.
func public(r *snapshot.Routing) side {
	blocked, known := blocks(r.Blocked)
	switch {
	case blocked:
		return without
	case r.Table == nil:
		return undecided
	case r.Public4 || r.Public6 || r.Inspected:
		if !known {
			return undecided
		}
		return with
	case r.Unknown:
		return undecided
	case r.Partial:
		return partly
	default:
		return without
	}
}
