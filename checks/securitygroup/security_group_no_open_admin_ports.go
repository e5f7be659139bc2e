package securitygroup

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// NoOpenAdminPorts is the rule security-group-no-open-admin-ports.
var NoOpenAdminPorts = checks.Rule{
	ID:    "security-group-no-open-admin-ports",
	Title: "No security group opens SSH or RDP to the whole internet",
	Why: `Ports 22 and 3389 of every address are tried all day long by machines that guess passwords and
know the latest holes of the servers behind them. One weak account or one missing patch hands over the host,
and from there everything that its security groups let it reach.`,
	Fix: `Use Session Manager, which needs no open port, or admit only the addresses that administrators have.

    aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE-ID

In Terraform, remove the aws_vpc_security_group_ingress_rule, or narrow its cidr_ipv4 or cidr_ipv6.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02", "SEC06-BP03"},
	Controls: []string{
		"Security Hub EC2.13", "Security Hub EC2.14", "Config restricted-ssh", "Config restricted-common-ports",
		"CIS Foundations v5.0 5.3", "CIS Foundations v5.0 5.4", "CIS Foundations v6.0 6.3", "CIS Foundations v6.0 6.4",
		"CIS Foundations v7.0 6.3", "CIS Foundations v7.0 6.4",
	},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
		"https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
	},
	Reads:   []snapshot.Kind{snapshot.PrefixListEntries},
	Refines: append(slices.Clone(exposureKinds), reach.Kinds()...),
	Judge:   checks.Each(snapshot.SecurityGroups, noOpenAdminPorts),
}

const (
	ssh = 22
	rdp = 3389
)

var adminPorts = []int{ssh, rdp}

func noOpenAdminPorts(s *snapshot.Snapshot, g *snapshot.SecurityGroup) checks.Verdict {
	if g.Foreign() {
		return notOurs(g)
	}
	o, verdict := openPorts(s, g, adminPorts, "does not open SSH or RDP to the whole internet")
	message := "opens SSH and RDP to the whole internet"
	switch {
	case len(o.ports) == 0:
		return verdict
	case len(o.ports) == 2:
	case o.ports[0] == ssh:
		message = "opens SSH to the whole internet"
	default:
		message = "opens RDP to the whole internet"
	}
	return weighed(s, g, o, checks.High, checks.Critical, message)
}

// weighed is the failure of a group that opens something, at the rule's own
// severity, or at that for what something public wears. What the internet surely
// does not reach is one step less bad, whatever the addresses and routes of who
// wears the group say.
func weighed(s *snapshot.Snapshot, g *snapshot.SecurityGroup, o opening, own, public checks.Severity, message string) checks.Verdict {
	by, evidence := exposure(s, g, o)
	evidence = append(o.evidence, evidence...)
	if by == unworn {
		return checks.Fail(message+", though nothing wears it today", evidence...).At(checks.Medium)
	}
	wearer := ""
	if by == exposed {
		own, wearer = public, ", and something public wears it"
	}
	if closed, ok := nothingBehind(s, g, o.open); ok {
		return checks.Fail(message+", though the internet reaches nothing behind that opening", append(evidence, closed...)...).At(own - 1)
	}
	return checks.Fail(message+wearer, evidence...).At(own)
}
