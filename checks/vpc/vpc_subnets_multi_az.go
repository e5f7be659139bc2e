package vpc

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// SubnetsMultiAZ is the rule vpc-subnets-multi-az.
var SubnetsMultiAZ = checks.Rule{
	ID:    "vpc-subnets-multi-az",
	Title: "A VPC in use has subnets in at least two Availability Zones",
	Why: `Zones fail one at a time. A VPC with subnets in one of them goes down with it, and nothing in it
can be moved or spread before somebody has made a subnet elsewhere.`,
	Fix: `Create a subnet in a second Availability Zone.

    aws ec2 create-subnet --vpc-id ID --availability-zone ZONE --cidr-block CIDR

In Terraform, add an aws_subnet with another availability_zone.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL10-BP01", "REL02-BP03"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",
		"https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html",
	},
	Reads: []snapshot.Kind{snapshot.Subnets, snapshot.AvailabilityZones, snapshot.NetworkInterfaces},
	Judge: checks.Each(snapshot.VPCs, subnetsMultiAZ),
}

func subnetsMultiAZ(s *snapshot.Snapshot, v *snapshot.VPC) checks.Verdict {
	if v.Foreign() {
		return checks.NotApplicable("belongs to another account", field(v, "OwnerId"))
	}
	interfaces := s.InterfacesIn(v.Scope(), v.VPCID)
	if len(interfaces) == 0 {
		return checks.NotApplicable("has no network interfaces", field(v, "VpcId"))
	}
	var zones zoneCount
	for _, n := range s.SubnetsOf(v) {
		zones.add(s, n)
	}
	evidence := slices.Concat([]checks.Evidence{field(interfaces[0], "VpcId")}, zones.evidence)
	switch zones.atLeastTwo() {
	case checks.StatusPass:
		return checks.Pass("has subnets in two or more Availability Zones", evidence...)
	case checks.StatusUnknown:
		return checks.Unknown("has subnets of which it is not known whether they are in a second Availability Zone", slices.Concat(evidence, zones.unclear)...)
	default:
		return checks.Fail("has subnets in fewer than two Availability Zones", slices.Concat(evidence, zones.unclear, zones.against)...)
	}
}
