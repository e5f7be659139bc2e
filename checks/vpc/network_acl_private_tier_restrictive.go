package vpc

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// NetworkACLPrivateTierRestrictive is the rule network-acl-private-tier-restrictive.
var NetworkACLPrivateTierRestrictive = checks.Rule{
	ID:    "network-acl-private-tier-restrictive",
	Title: "The network ACL of databases and isolated subnets does not let everything in from everywhere",
	Why: `Who may speak to a database is known: the application. A network ACL that lets everything in, as the
default one does, adds nothing to the security groups, so that one wrong rule in a group, or one wrong route,
is all that it takes.`,
	Fix: `Give the subnets a network ACL that admits the application's subnets and the replies that come back.

    aws ec2 create-network-acl --vpc-id VPC
    aws ec2 create-network-acl-entry --network-acl-id ID --ingress --rule-number 100 --protocol tcp --port-range From=3306,To=3306 --cidr-block APPLICATION-SUBNET --rule-action allow
    aws ec2 replace-network-acl-association --association-id ASSOCIATION --network-acl-id ID

In Terraform, make an aws_network_acl with subnet_ids of the subnets and an ingress block for each subnet of the application.`,
	Severity:  checks.Low,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html",
	},
	Reads: []snapshot.Kind{
		snapshot.Subnets, snapshot.NetworkInterfaces, snapshot.DBSubnetGroups, snapshot.DBInstances, snapshot.DBClusters,
	},
	Judge: checks.Each(snapshot.NetworkACLs, networkACLPrivateTierRestrictive),
}

func networkACLPrivateTierRestrictive(s *snapshot.Snapshot, a *snapshot.NetworkACL) checks.Verdict {
	if v, ok := unjudged(a); ok {
		return v
	}
	var tier, unseen []checks.Evidence
	for i := range a.Associations {
		id := a.Associations[i].SubnetID
		if says, ok := privateTier(s, a, id); ok {
			tier = []checks.Evidence{decidesFor(a, i), says}
			break
		}
		if _, ok := s.Subnet(a.Scope(), id); !ok {
			unseen = append(unseen, decidesFor(a, i))
		}
	}
	switch {
	case tier != nil:
	case unseen != nil:
		return checks.Unknown("decides for subnets that are not recorded", unseen...)
	default:
		return checks.NotApplicable("decides for no subnet of databases or caches, and for none that is tagged as isolated", decides(a))
	}
	open, evidence := admitsAll(a)
	if open {
		return checks.Fail("lets everything in from everywhere to databases, caches or an isolated subnet", append(evidence, tier...)...)
	}
	return checks.Pass("does not let everything in from everywhere", append(evidence, tier...)...)
}

// privateTier reports whether a subnet is one of databases or caches, or tagged as
// isolated, and what says so: an interface, the subnet group of a database, a tag.
func privateTier(s *snapshot.Snapshot, a *snapshot.NetworkACL, subnetID string) (checks.Evidence, bool) {
	for _, n := range s.InterfacesIn(a.Scope(), subnetID) {
		if k := n.Holder().Kind; k == snapshot.HeldByDatabase || k == snapshot.HeldByCache || k == snapshot.HeldByWarehouse {
			return field(n, "SubnetId"), true
		}
	}
	if says, ok := s.DatabaseSubnet(a.Scope(), subnetID); ok {
		return says, true
	}
	n, ok := s.Subnet(a.Scope(), subnetID)
	if !ok {
		return checks.Evidence{}, false
	}
	for i, t := range n.Tags {
		if isolates(t) {
			return checks.Field(n, "Tags", i, "Value"), true
		}
	}
	return checks.Evidence{}, false
}

// isolates reports whether a tag says that a subnet is isolated: its name, its
// tier, or the tag that the AWS CDK gives to subnets without a way out.
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ec2.SubnetType.html
func isolates(t snapshot.Tag) bool {
	value := strings.ToLower(t.Value)
	switch {
	case strings.EqualFold(t.Key, "tier"), t.Key == "aws-cdk:subnet-type":
		return value == "isolated"
	case t.Key == "Name":
		return slices.Contains(strings.FieldsFunc(value, func(r rune) bool { return 'a' > r || r > 'z' }), "isolated")
	default:
		return false
	}
}

// admitsAll reports whether a network ACL lets everything in from the internet, in
// either family, and the rules that decide about it: those for all protocols, or
// for all ports of TCP, which is what stands in such subnets speaks. Rules for some
// ports do not make it narrow.
func admitsAll(a *snapshot.NetworkACL) (bool, []checks.Evidence) {
	wide := *a
	wide.Entries = nil
	var index []int // of the wide rules in the network ACL
	for i := range a.Entries {
		if e := &a.Entries[i]; snapshot.Is(e.Egress, false) && everyPort(e) {
			wide.Entries, index = append(wide.Entries, *e), append(index, i)
		}
	}
	var blocks []netip.Prefix
	var evidence []checks.Evidence
	for _, d := range reach.Admissions(&wide, reach.TCP, reach.NewPorts(reach.PortRange{From: 1, To: 65535})) {
		blocks = append(blocks, d.Blocks...)
		evidence = append(evidence, entry(a, index[d.Entry])...)
	}
	if ipv4, ipv6 := snapshot.Open(blocks); ipv4 || ipv6 {
		return true, evidence
	}
	for i := range a.Entries {
		if snapshot.Is(a.Entries[i].Egress, false) {
			evidence = append(evidence, entry(a, i)...)
		}
	}
	return false, evidence
}

// everyPort reports whether a rule is for all ports of TCP.
func everyPort(e *snapshot.NetworkACLEntry) bool {
	from, hasFrom := e.PortRange.From.Value()
	to, hasTo := e.PortRange.To.Value()
	return e.Protocol == "-1" || e.Protocol == "6" && (!hasFrom || !hasTo || from < 0 || from <= 1 && to >= 65535)
}
