package vpc

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// MainRouteTablePrivate is the rule vpc-main-route-table-private.
var MainRouteTablePrivate = checks.Rule{
	ID:    "vpc-main-route-table-private",
	Title: "The main route table of a VPC has no route to an internet gateway",
	Why: `The main route table decides for every subnet that has no table of its own, today's and
tomorrow's. With a route to an internet gateway in it, a new subnet is public because somebody forgot a step.`,
	Fix: `Move the route to the internet gateway into a route table of its own, and associate the public subnets with that.

    aws ec2 create-route-table --vpc-id VPC
    aws ec2 create-route --route-table-id NEW --destination-cidr-block 0.0.0.0/0 --gateway-id IGW
    aws ec2 associate-route-table --route-table-id NEW --subnet-id SUBNET
    aws ec2 delete-route --route-table-id ID --destination-cidr-block 0.0.0.0/0

In Terraform, put the aws_route into an aws_route_table, add an aws_route_table_association for each public subnet,
and leave the aws_default_route_table without it.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01"},
	Controls:  []string{"Config no-unrestricted-route-to-igw"},
	Links:     []string{"https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html"},
	Reads:     []snapshot.Kind{snapshot.VPCs, snapshot.InternetGateways, snapshot.PrefixListEntries},
	Judge:     checks.Each(snapshot.RouteTables, mainRouteTablePrivate),
}

func mainRouteTablePrivate(s *snapshot.Snapshot, t *snapshot.RouteTable) checks.Verdict {
	if t.Foreign() {
		return checks.NotApplicable("belongs to another account", field(t, "OwnerId"))
	}
	switch main, known, says := t.IsMain(); {
	case !main:
		return checks.NotApplicable("is not the main route table", says)
	case !known:
		return checks.Unknown("does not say whether it is the main route table", says)
	}
	v, ok := s.VPC(t.Scope(), t.VPCID)
	if !ok {
		return checks.Unknown("is of a VPC that is not recorded", field(t, "VpcId"))
	}
	switch isDefault, recorded := v.IsDefault.Value(); {
	case !recorded:
		return checks.Unknown("is of a VPC that does not say whether it is the default one", field(v, "IsDefault"))
	case isDefault:
		return checks.NotApplicable("is of the default VPC, which is public as a whole", field(v, "IsDefault"))
	}
	routing := s.RoutingBy(t)
	switch {
	case routing.Public4, routing.Public6:
		return checks.Fail("is the main route table and leads to an internet gateway", routing.Decisive...)
	case routing.Unknown:
		return undecided(&routing)
	case routing.Partial:
		return checks.Fail("is the main route table and leads some destinations to an internet gateway", routing.Decisive...).At(checks.Low)
	}
	return checks.Pass("is the main route table and leads to no internet gateway", slices.Concat(routing.Decisive, routing.Idle)...)
}
