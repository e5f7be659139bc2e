package securitygroup

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// DefaultClosed is the rule security-group-default-closed.
var DefaultClosed = checks.Rule{
	ID:    "security-group-default-closed",
	Title: "The default security group of a VPC has no rules",
	Why: `Whatever is created without naming a group gets the default one. As AWS makes it, that group
admits everything from its own members and lets everything out, so resources that have nothing to do with
each other reach each other on every port, and nobody decided that they should. The group cannot be deleted.`,
	Fix: `Remove all rules of the default group, after what wears it has got groups of its own.

    aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE-ID
    aws ec2 revoke-security-group-egress --group-id ID --security-group-rule-ids RULE-ID

In Terraform, declare an aws_default_security_group for the VPC with neither ingress nor egress blocks.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02"},
	Controls: []string{
		"FSBP EC2.2", "Config vpc-default-security-group-closed",
		"CIS Foundations v5.0 5.5", "CIS Foundations v6.0 6.5", "CIS Foundations v7.0 6.5",
	},
	Links: []string{"https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html"},
	Judge: checks.Each(snapshot.SecurityGroups, defaultClosed),
}

func defaultClosed(_ *snapshot.Snapshot, g *snapshot.SecurityGroup) checks.Verdict {
	switch {
	case g.GroupName == "":
		return checks.Unknown("does not say whether it is a default group", checks.Field(g, "GroupName"))
	case g.GroupName != "default":
		return checks.NotApplicable("is no default group", checks.Field(g, "GroupName"))
	case g.Foreign():
		return notOurs(g)
	}
	in, out := len(g.IPPermissions) > 0, len(g.IPPermissionsEgress) > 0
	switch {
	case in && out:
		return checks.Fail("is the default group and has rules in both directions",
			checks.Field(g, "IpPermissions/0/IpProtocol"), checks.Field(g, "IpPermissionsEgress/0/IpProtocol"))
	case in:
		return checks.Fail("is the default group and has inbound rules", checks.Field(g, "IpPermissions/0/IpProtocol"))
	case out:
		return checks.Fail("is the default group and has outbound rules", checks.Field(g, "IpPermissionsEgress/0/IpProtocol"))
	}
	lists := []checks.Evidence{checks.Field(g, "IpPermissions"), checks.Field(g, "IpPermissionsEgress")}
	if g.IPPermissions == nil || g.IPPermissionsEgress == nil {
		return checks.Unknown("is the default group and does not say which rules it has", lists...)
	}
	return checks.Pass("is the default group and has no rules", lists...)
}
