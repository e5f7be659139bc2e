package vpc

import (
	"net/netip"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// NetworkACLNoOpenAdminPorts is the rule network-acl-no-open-admin-ports.
var NetworkACLNoOpenAdminPorts = checks.Rule{
	ID:    "network-acl-no-open-admin-ports",
	Title: "No network ACL of one's own lets the whole internet in to SSH or RDP",
	Why: `A network ACL is the second lock behind the security groups: it holds for everything in a subnet,
whatever group somebody gives to an instance tomorrow. One that lets everybody in to ports 22 and 3389 leaves the
first lock alone.`,
	Fix: `Deny the ports to everybody by a rule with a lower number, after one that admits the addresses of administrators.

    aws ec2 create-network-acl-entry --network-acl-id ID --ingress --rule-number 90 --protocol tcp --port-range From=22,To=22 --cidr-block 0.0.0.0/0 --rule-action deny
    aws ec2 create-network-acl-entry --network-acl-id ID --ingress --rule-number 91 --protocol tcp --port-range From=22,To=22 --ipv6-cidr-block ::/0 --rule-action deny

In Terraform, add an aws_network_acl_rule with rule_action deny for each port and family, or narrow the one that admits them.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02"},
	Controls: []string{
		"FSBP EC2.21", "Config nacl-no-unrestricted-ssh-rdp",
		"CIS Foundations v5.0 5.2", "CIS Foundations v6.0 6.2", "CIS Foundations v7.0 6.2",
	},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html",
	},
	Refines: reach.Kinds(),
	Judge:   checks.Each(snapshot.NetworkACLs, networkACLNoOpenAdminPorts),
}

func networkACLNoOpenAdminPorts(s *snapshot.Snapshot, a *snapshot.NetworkACL) checks.Verdict {
	if a.IsDefault && !a.Foreign() {
		return checks.NotApplicable("is the default one, which network-acl-private-tier-restrictive judges", field(a, "IsDefault"))
	}
	if v, ok := unjudged(a); ok {
		return v
	}
	ssh, bySSH := openTo(a, 22)
	rdp, byRDP := openTo(a, 3389)
	evidence := append(bySSH, byRDP...)
	var open reach.Ports
	message := "lets the whole internet in to SSH and RDP"
	switch {
	case ssh && rdp:
		open = reach.NewPorts(reach.PortRange{From: 22, To: 22}, reach.PortRange{From: 3389, To: 3389})
	case ssh:
		open, message, evidence = reach.NewPorts(reach.PortRange{From: 22, To: 22}), "lets the whole internet in to SSH", bySSH
	case rdp:
		open, message, evidence = reach.NewPorts(reach.PortRange{From: 3389, To: 3389}), "lets the whole internet in to RDP", byRDP
	default:
		return checks.Pass("does not let the whole internet in to SSH or RDP", append(evidence, decides(a))...)
	}
	evidence = append(evidence, decides(a))
	switch reached, known, path := reachedBehind(s, a, open); {
	case reached:
		return checks.Fail(message+", and the internet reaches something there", append(evidence, path...)...)
	case known:
		return checks.Fail(message+", though the internet reaches nothing there today", evidence...).At(checks.Low)
	default:
		return checks.Fail(message, evidence...)
	}
}

// openTo reports whether a network ACL lets the internet in to a TCP port, in
// either family, and the rules that decide about it.
func openTo(a *snapshot.NetworkACL, port uint16) (bool, []checks.Evidence) {
	var blocks []netip.Prefix
	var evidence []checks.Evidence
	for _, d := range reach.Admissions(a, reach.TCP, reach.NewPorts(reach.PortRange{From: port, To: port})) {
		blocks = append(blocks, d.Blocks...)
		evidence = append(evidence, entry(a, d.Entry)...)
	}
	ipv4, ipv6 := snapshot.Open(blocks)
	if ipv4 || ipv6 {
		return true, evidence
	}
	for i := range a.Entries {
		if e := &a.Entries[i]; snapshot.Is(e.Egress, false) {
			evidence = append(evidence, entry(a, i)...)
		}
	}
	return false, evidence
}

// reachedBehind reports whether the internet reaches one of some TCP ports of
// anything in the subnets of a network ACL, and by which path. That is known where
// all that stands there is recorded, and nothing hangs on what is not.
func reachedBehind(s *snapshot.Snapshot, a *snapshot.NetworkACL, ports reach.Ports) (reached, known bool, path []checks.Evidence) {
	known = s.Gap(snapshot.NetworkInterfaces, a.Scope()) == nil
	for i := range a.Associations {
		for _, n := range s.InterfacesIn(a.Scope(), a.Associations[i].SubnetID) {
			e := reach.Of(s).FromInternet(n)
			if path, ok := checks.Opened(e, reach.TCP, ports); ok {
				return true, true, path
			}
			known = known && !e.Unknown
		}
	}
	return false, known, nil
}
