package vpc

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// SubnetPrivateNoAutoPublicIP is the rule subnet-private-no-auto-public-ip.
var SubnetPrivateNoAutoPublicIP = checks.Rule{
	ID:    "subnet-private-no-auto-public-ip",
	Title: "A private subnet does not give its instances public addresses",
	Why: `The addresses do nothing while no route leads to an internet gateway, and cost money. The day
somebody adds that route, every instance in the subnet is exposed at once.`,
	Fix: `Turn off the automatic assignment of public IPv4 addresses in the subnet.

    aws ec2 modify-subnet-attribute --subnet-id ID --no-map-public-ip-on-launch

In Terraform, set map_public_ip_on_launch = false on the aws_subnet.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01"},
	Controls:  []string{"FSBP EC2.15", "Config subnet-auto-assign-public-ip-disabled"},
	Links:     []string{"https://docs.aws.amazon.com/vpc/latest/userguide/subnet-public-ip.html"},
	Reads:     []snapshot.Kind{snapshot.RouteTables, snapshot.InternetGateways, snapshot.PrefixListEntries},
	Judge:     checks.Each(snapshot.Subnets, subnetPrivateNoAutoPublicIP),
}

func subnetPrivateNoAutoPublicIP(s *snapshot.Snapshot, n *snapshot.Subnet) checks.Verdict {
	if n.Foreign() {
		return checks.NotApplicable("belongs to another account", field(n, "OwnerId"))
	}
	routing := s.RoutingOf(n)
	switch {
	case routing.Public4, routing.Public6, routing.Partial, routing.Inspected:
		return checks.NotApplicable("is not private: the internet is routed to it", routing.Decisive...)
	case routing.Table == nil, routing.Unknown:
		return undecided(&routing)
	}
	evidence := slices.Concat([]checks.Evidence{field(n, "MapPublicIpOnLaunch")}, routing.Decisive, routing.Idle)
	switch assigns, recorded := n.MapPublicIPOnLaunch.Value(); {
	case !recorded:
		return checks.Unknown("does not say whether it assigns public addresses", evidence...)
	case assigns:
		return checks.Fail("assigns public addresses though no route leads to an internet gateway", evidence...)
	default:
		return checks.Pass("is private and assigns no public addresses", evidence...)
	}
}
