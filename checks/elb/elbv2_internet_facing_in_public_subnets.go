package elb

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// InternetFacingInPublicSubnets is the rule elbv2-internet-facing-in-public-subnets.
var InternetFacingInPublicSubnets = checks.Rule{
	ID:    "elbv2-internet-facing-in-public-subnets",
	Title: "An internet-facing load balancer is in public subnets only",
	Why: `The name of an internet-facing load balancer resolves to an address in each of its subnets. In a
subnet without a route to an internet gateway that address answers nobody: the clients that are sent there
time out, and the others notice nothing.`,
	Fix: `Enable public subnets only, or give the subnet's route table a default route to the internet gateway.

    aws elbv2 set-subnets --load-balancer-arn ARN --subnets PUBLIC-SUBNET-A PUBLIC-SUBNET-B
    aws ec2 create-route --route-table-id ID --destination-cidr-block 0.0.0.0/0 --gateway-id IGW

In Terraform, list public subnets in subnets of the aws_lb, or add an aws_route with gateway_id.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL02-BP01", "REL11-BP01"},
	Links: []string{
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
	},
	Reads: []snapshot.Kind{snapshot.Subnets, snapshot.RouteTables, snapshot.InternetGateways, snapshot.PrefixListEntries, snapshot.BlockPublicAccess},
	Judge: checks.Each(snapshot.LoadBalancers, internetFacingInPublicSubnets),
}

func internetFacingInPublicSubnets(s *snapshot.Snapshot, lb *snapshot.LoadBalancer) checks.Verdict {
	if v, other := otherScheme(lb, schemeInternetFacing); other {
		return v
	}
	ipv4, ipv6, known := lb.Families()
	switch {
	case !known:
		return checks.Unknown("has addresses of no type that is known", checks.Field(lb, "IpAddressType"))
	case len(lb.AvailabilityZones) == 0:
		return checks.Unknown("does not say in which subnets it is", checks.Field(lb, "AvailabilityZones"))
	}
	in := splitSubnets(s, lb, func(r *snapshot.Routing) side {
		return reached(r, ipv4, ipv6)
	})
	evidence := []checks.Evidence{checks.Field(lb, "Scheme"), checks.Field(lb, "IpAddressType")}
	switch {
	case len(in[without]) > 0:
		return checks.Fail("is in a subnet that clients on the internet cannot reach", append(evidence, in[without]...)...)
	case len(in[undecided]) > 0:
		return checks.Unknown("is in a subnet of which nothing tells whether the internet reaches it", in[undecided]...)
	default:
		return checks.Pass("is in public subnets only", append(evidence, in[with]...)...)
	}
}

// reached says whether clients reach a subnet in the families of a load
// balancer: by a default route to an attached internet gateway, or one through a
// firewall and back. A carrier gateway or a local gateway may lead to them in a
// way that nothing recorded tells.
func reached(r *snapshot.Routing, ipv4, ipv6 bool) side {
	blocked, known := blocks(r.Blocked)
	got4, got6 := r.Public4 || r.Inspected4, r.Public6 || r.Inspected6
	switch {
	case blocked:
		return without
	case r.Table == nil, !known:
		return undecided
	case (got4 || !ipv4) && (got6 || !ipv6):
		return with
	case r.Unknown, leavesElsewhere(r.Table):
		return undecided
	default:
		return without
	}
}
