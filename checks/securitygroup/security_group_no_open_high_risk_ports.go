package securitygroup

import (
	"slices"
	"strconv"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// NoOpenHighRiskPorts is the rule security-group-no-open-high-risk-ports.
var NoOpenHighRiskPorts = checks.Rule{
	ID:    "security-group-no-open-high-risk-ports",
	Title: "No security group opens a database or another high-risk port to the whole internet",
	Why: `Behind these ports stand services that were made for a trusted network: databases, caches, file
shares, remote shells, search clusters, consoles. Many take commands from whoever connects, or guard themselves
with a password alone. Once such a port is open to everybody it is found within minutes.`,
	Fix: `Admit only the security group of the tier that calls the service.

    aws ec2 authorize-security-group-ingress --group-id ID --protocol tcp --port PORT --source-group CALLER-ID
    aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE-ID

In Terraform, set referenced_security_group_id on the aws_vpc_security_group_ingress_rule, in place of cidr_ipv4 or cidr_ipv6.`,
	Severity:  checks.Critical,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02"},
	Controls: []string{
		"FSBP EC2.19", "Config restricted-common-ports",
		"CIS Foundations v5.0 5.1.2", "CIS Foundations v6.0 6.1.2", "CIS Foundations v7.0 6.1.2",
	},
	Links: []string{
		"https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
	},
	Reads:   []snapshot.Kind{snapshot.PrefixListEntries},
	Refines: append(slices.Clone(exposureKinds), reach.Kinds()...),
	Judge:   checks.Each(snapshot.SecurityGroups, noOpenHighRiskPorts),
}

// highRiskPorts are those of Security Hub's control EC2.19, and of databases,
// caches, file shares and engines that are no less of a risk: Oracle, NFS, Docker,
// Redis, Memcached and MongoDB.
// https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19
var highRiskPorts = []int{
	20, 21, ssh, 23, 25, 110, 135, 143, 445, 1433, 1434, 1521, 2049, 2375, 3000, 3306, rdp, 4333, 5000, 5432, 5500, 5601,
	6379, 8080, 8088, 8888, 9200, 9300, 11211, 27017,
}

func noOpenHighRiskPorts(s *snapshot.Snapshot, g *snapshot.SecurityGroup) checks.Verdict {
	if g.Foreign() {
		return notOurs(g)
	}
	o, verdict := openPorts(s, g, highRiskPorts, "does not open high-risk ports to the whole internet")
	message := "opens high-risk ports to the whole internet: " + numbers(o.ports)
	switch len(o.ports) {
	case 0:
		return verdict
	case len(highRiskPorts):
		message = "opens all high-risk ports to the whole internet"
	case 1:
		message = "opens a high-risk port to the whole internet: " + strconv.Itoa(o.ports[0])
	}
	if evidence, ok := onlyListened(s, g, o.ports); ok {
		return checks.Fail(message+", where load balancers listen on purpose", append(o.evidence, evidence...)...).At(checks.Low)
	}
	return weighed(s, g, o, checks.Critical, checks.Critical, message)
}
