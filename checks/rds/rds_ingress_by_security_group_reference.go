package rds

import (
	"net/netip"
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// IngressBySecurityGroupReference is the rule rds-ingress-by-security-group-reference.
var IngressBySecurityGroupReference = checks.Rule{
	ID:    "rds-ingress-by-security-group-reference",
	Title: "The security group of a database admits security groups, and no addresses, to its port",
	Why: `A rule with addresses admits whatever stands at those addresses tomorrow: every server of the subnet, the
next tenant of a range that was given back, the whole internet. A rule that names the application's security group
admits the application, wherever it scales to, and nothing else.`,
	Fix: `Replace the rules with addresses or prefix lists by one that names the security group of the application.

    aws ec2 authorize-security-group-ingress --group-id GROUP --protocol tcp --port PORT --source-group APPLICATION-GROUP
    aws ec2 revoke-security-group-ingress --group-id GROUP --protocol tcp --port PORT --cidr CIDR

In Terraform, set referenced_security_group_id instead of cidr_ipv4 on the aws_vpc_security_group_ingress_rule.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02", "SEC03-BP02"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
	},
	Reads:   []snapshot.Kind{snapshot.DBInstances},
	Refines: []snapshot.Kind{snapshot.PrefixListEntries, snapshot.VPCs},
	Judge:   checks.Each(snapshot.SecurityGroups, ingressByReference),
}

func ingressByReference(s *snapshot.Snapshot, g *snapshot.SecurityGroup) checks.Verdict {
	ports, worn, unsaid := portsOf(s, g)
	switch {
	case len(worn) == 0:
		return checks.NotApplicable("is worn by no database of RDS", checks.Field(g, "GroupId"))
	case g.IPPermissions == nil:
		return checks.Unknown("does not say what it admits", checks.Field(g, "IpPermissions"))
	}
	in := admittedBy(s, g, ports)
	switch {
	case in.byAddress != nil:
		return in.judge(s, g, worn)
	case unsaid != nil && admitsAddresses(g):
		return checks.Unknown("admits addresses, and a database that wears it does not say on which port it listens", unsaid...)
	case unsaid != nil:
		return checks.Pass("admits no addresses to any port of TCP", append(worn, withoutAddresses(g)...)...)
	case in.byGroup != nil:
		return checks.Pass("admits security groups alone to the port of a database", slices.Concat(worn, in.byGroup, in.elsewhere)...)
	default:
		return checks.Pass("admits nothing to the port of a database", append(worn, in.elsewhere...)...)
	}
}

// portsOf are the distinct ports of the databases that wear a group, the places
// that say so, and those of databases that do not say their port.
func portsOf(s *snapshot.Snapshot, g *snapshot.SecurityGroup) (ports []int, worn, unsaid []checks.Evidence) {
	for _, db := range s.DBInstancesWearing(g) {
		if !db.IsRDS() {
			continue
		}
		port, field := portOf(db)
		if slices.Contains(ports, port) || port == 0 && unsaid != nil {
			continue
		}
		i := slices.IndexFunc(db.VPCSecurityGroups, func(m snapshot.VPCSecurityGroupMembership) bool { return m.VPCSecurityGroupID == g.GroupID })
		place := checks.Field(db, field)
		worn = append(worn, checks.Field(db, "VpcSecurityGroups", i, "VpcSecurityGroupId"), place)
		if port == 0 {
			unsaid = append(unsaid, place)
		} else {
			ports = append(ports, port)
		}
	}
	return ports, worn, unsaid
}

// portOf is the port of a database and the field that says it, or 0. An instance
// that is being created has no endpoint yet, and the other field is 0 in most.
func portOf(db *snapshot.DBInstance) (int, string) {
	if port, _ := db.Endpoint.Port.Value(); port > 0 {
		return port, "Endpoint/Port"
	}
	if port, _ := db.DBInstancePort.Value(); port > 0 {
		return port, "DbInstancePort"
	}
	return 0, "Endpoint/Port"
}

// admitted is what a group lets in to some ports, and where that stands.
type admitted struct {
	prefixes  []netip.Prefix // of the addresses, with those of prefix lists
	byAddress []checks.Evidence
	byGroup   []checks.Evidence
	elsewhere []checks.Evidence // why other permissions do not count
	unread    bool              // a prefix list is not recorded
}

func admittedBy(s *snapshot.Snapshot, g *snapshot.SecurityGroup, ports []int) *admitted {
	in := &admitted{}
	for i := range g.IPPermissions {
		if slices.ContainsFunc(ports, g.IPPermissions[i].CoversTCP) {
			in.add(s, g, i)
		} else {
			in.elsewhere = append(in.elsewhere, portsIn(g, i)...)
		}
	}
	if len(g.IPPermissions) == 0 {
		in.elsewhere = append(in.elsewhere, checks.Field(g, "IpPermissions"))
	}
	return in
}

// portsIn says what a permission is for: its protocol and, where ports count,
// its ports.
func portsIn(g *snapshot.SecurityGroup, i int) []checks.Evidence {
	protocol := checks.Field(g, "IpPermissions", i, "IpProtocol")
	if g.IPPermissions[i].Protocol() != "tcp" {
		return []checks.Evidence{protocol}
	}
	return []checks.Evidence{protocol, checks.Field(g, "IpPermissions", i, "FromPort"), checks.Field(g, "IpPermissions", i, "ToPort")}
}

func (in *admitted) add(s *snapshot.Snapshot, g *snapshot.SecurityGroup, i int) {
	p := &g.IPPermissions[i]
	if hasAddresses(p) {
		in.byAddress = append(in.byAddress, portsIn(g, i)...)
	} else {
		in.byGroup = append(in.byGroup, portsIn(g, i)...)
	}
	for j, r := range p.IPRanges {
		in.prefixes = append(in.prefixes, r.CIDRIP)
		in.byAddress = append(in.byAddress, checks.Field(g, "IpPermissions", i, "IpRanges", j, "CidrIp"))
	}
	for j, r := range p.IPv6Ranges {
		in.prefixes = append(in.prefixes, r.CIDRIPv6)
		in.byAddress = append(in.byAddress, checks.Field(g, "IpPermissions", i, "Ipv6Ranges", j, "CidrIpv6"))
	}
	for j, l := range p.PrefixListIDs {
		in.byAddress = append(in.byAddress, checks.Field(g, "IpPermissions", i, "PrefixListIds", j, "PrefixListId"))
		entries, gap := s.Entries(g.Scope(), l.PrefixListID)
		in.unread = in.unread || gap != nil
		for k := range entries {
			in.prefixes = append(in.prefixes, entries[k].CIDR)
		}
	}
	for j := range p.UserIDGroupPairs {
		in.byGroup = append(in.byGroup, checks.Field(g, "IpPermissions", i, "UserIdGroupPairs", j, "GroupId"))
	}
	in.byGroup = append(in.byGroup, noAddresses(g, i)...)
}

// judge says how far the addresses reach that a group admits. A prefix list that
// is not recorded can hold anything.
func (in *admitted) judge(s *snapshot.Snapshot, g *snapshot.SecurityGroup, worn []checks.Evidence) checks.Verdict {
	evidence := slices.Concat(in.byAddress, worn)
	ipv4, ipv6 := snapshot.Open(in.prefixes)
	vpc, recorded := s.VPC(g.Scope(), g.VPCID)
	internal := func(p netip.Prefix) bool { return snapshot.InPrivateRange(p) || recorded && vpc.Holds(p) }
	switch {
	case ipv4 || ipv6:
		return checks.Fail("admits the whole internet to the port of a database", evidence...).At(checks.Critical)
	case slices.ContainsFunc(in.prefixes, func(p netip.Prefix) bool { return !internal(p) }):
		return checks.Fail("admits public addresses to the port of a database", evidence...)
	case in.unread:
		return checks.Fail("admits a prefix list, of which the entries are not recorded, to the port of a database", evidence...)
	case len(in.prefixes) == 0:
		return checks.Fail("admits a prefix list, which is empty today, to the port of a database", evidence...).At(checks.Medium)
	default:
		return checks.Fail("admits private addresses to the port of a database", evidence...).At(checks.Medium)
	}
}

// admitsAddresses reports whether a group admits addresses to any port of TCP.
func admitsAddresses(g *snapshot.SecurityGroup) bool {
	return slices.ContainsFunc(g.IPPermissions, func(p snapshot.IPPermission) bool { return admitsTCP(&p) && hasAddresses(&p) })
}

// admitsTCP reports whether a permission may be one of TCP. A protocol that
// nobody knows is not taken for another one.
func admitsTCP(p *snapshot.IPPermission) bool {
	return p.Protocol() == "all" || p.Protocol() == "tcp" || !p.KnowsProtocol()
}

func hasAddresses(p *snapshot.IPPermission) bool {
	return len(p.IPRanges)+len(p.IPv6Ranges)+len(p.PrefixListIDs) > 0
}

// noAddresses are the places where a permission would have addresses.
func noAddresses(g *snapshot.SecurityGroup, i int) []checks.Evidence {
	return []checks.Evidence{
		checks.Field(g, "IpPermissions", i, "IpRanges"), checks.Field(g, "IpPermissions", i, "Ipv6Ranges"),
		checks.Field(g, "IpPermissions", i, "PrefixListIds"),
	}
}

// withoutAddresses are the places that say that a group admits no addresses to
// any port of TCP.
func withoutAddresses(g *snapshot.SecurityGroup) []checks.Evidence {
	var evidence []checks.Evidence
	for i := range g.IPPermissions {
		if admitsTCP(&g.IPPermissions[i]) {
			evidence = append(evidence, noAddresses(g, i)...)
		} else {
			evidence = append(evidence, checks.Field(g, "IpPermissions", i, "IpProtocol"))
		}
	}
	return evidence
}
