package vpc

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// DefaultUnused is the rule vpc-default-unused.
var DefaultUnused = checks.Rule{
	ID:    "vpc-default-unused",
	Title: "Nothing runs in the default VPC",
	Why: `Every subnet of a default VPC is public and gives its instances public addresses, its security
group lets everything inside talk to everything, and its addresses are those of every other default VPC. Whatever
is launched without a thought lands there, and stands on the internet.`,
	Fix: `Move what runs in the default VPC into a VPC with private subnets, and delete the default VPC.

    aws ec2 describe-network-interfaces --filters Name=vpc-id,Values=ID
    aws ec2 delete-subnet --subnet-id SUBNET
    aws ec2 detach-internet-gateway --internet-gateway-id IGW --vpc-id ID
    aws ec2 delete-internet-gateway --internet-gateway-id IGW
    aws ec2 delete-vpc --vpc-id ID

In Terraform, refer to an aws_vpc and its aws_subnet wherever a VPC or subnet is left out or taken from
aws_default_vpc.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01"},
	Links:     []string{"https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html"},
	Reads:     []snapshot.Kind{snapshot.NetworkInterfaces},
	Judge:     checks.Each(snapshot.VPCs, defaultUnused),
}

func defaultUnused(s *snapshot.Snapshot, v *snapshot.VPC) checks.Verdict {
	if v.Foreign() {
		return checks.NotApplicable("belongs to another account", field(v, "OwnerId"))
	}
	flag := field(v, "IsDefault")
	switch isDefault, recorded := v.IsDefault.Value(); {
	case !recorded:
		return checks.Unknown("does not say whether it is the default VPC", flag)
	case !isDefault:
		return checks.NotApplicable("is not the default VPC", flag)
	}
	interfaces := s.InterfacesIn(v.Scope(), v.VPCID)
	if len(interfaces) == 0 {
		return checks.Pass("is a default VPC without network interfaces", flag)
	}
	return checks.Fail("is a default VPC in which something runs", append([]checks.Evidence{flag}, oneOfEachType(interfaces)...)...)
}

// oneOfEachType is VPC and type of the first interface of each type, which tells
// what runs there: instances and databases, NAT gateways, load balancers, ...
func oneOfEachType(interfaces []*snapshot.NetworkInterface) []checks.Evidence {
	var evidence []checks.Evidence
	seen := map[string]bool{}
	for _, n := range interfaces {
		if !seen[n.InterfaceType] {
			seen[n.InterfaceType] = true
			evidence = append(evidence, field(n, "VpcId"), field(n, "InterfaceType"))
		}
	}
	return evidence
}
