package snapshot_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/snapshot"
)

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		trap, prefixes string
		ipv4, ipv6     bool
	}{
		{"nothing", "", false, false},
		{"the whole of IPv4", "0.0.0.0/0", true, false},
		{"the whole of IPv6", "::/0", false, true},
		{"both", "0.0.0.0/0 ::/0", true, true},
		{"two halves", "0.0.0.0/1 128.0.0.0/1", true, false},
		{"one half is not more than a half", "0.0.0.0/1", false, false},
		{"one half twice is one half", "0.0.0.0/1 0.0.0.0/1", false, false},
		{"one half and a part of it", "0.0.0.0/1 10.0.0.0/8", false, false},
		{"one half and a little", "0.0.0.0/1 128.0.0.0/24", true, false},
		{"all but the private addresses, as an allow list has it", "0.0.0.0/5 8.0.0.0/7 11.0.0.0/8 12.0.0.0/6 16.0.0.0/4 32.0.0.0/3 64.0.0.0/2 128.0.0.0/3 160.0.0.0/5 168.0.0.0/6", true, false},
		{"the private addresses", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16", false, false},
		{"two halves of IPv6", "::/1 8000::/1", false, true},
		{"all that is routed of IPv6", "2000::/3", false, true},
		{"the half of IPv6 in which the internet is", "::/1", false, true},
		{"the half of IPv6 in which it is not", "8000::/1", false, false},
		{"half of what is routed of IPv6", "2000::/4", false, false},
		{"two halves of what is routed of IPv6", "2000::/4 3000::/4", false, true},
		{"private addresses of IPv6", "fc00::/7 fe80::/10", false, false},
		{"what stands for IPv4 in IPv6", "64:ff9b::/96", false, false},
		{"one network of each family", "203.0.113.0/24 2001:db8::/32", false, false},
		{"addresses", "203.0.113.7/32 2001:db8::7/128", false, false},
	} {
		t.Run(c.trap, func(t *testing.T) {
			var prefixes []netip.Prefix
			for p := range strings.FieldsSeq(c.prefixes) {
				prefixes = append(prefixes, netip.MustParsePrefix(p))
			}
			withAbsent := append([]netip.Prefix{{}}, prefixes...) // a field that was not recorded
			for _, all := range [][]netip.Prefix{prefixes, withAbsent} {
				if ipv4, ipv6 := snapshot.Open(all); ipv4 != c.ipv4 || ipv6 != c.ipv6 {
					t.Errorf("IPv4 %t, IPv6 %t of %v", ipv4, ipv6, all)
				}
			}
		})
	}
}

func TestCIDRs(t *testing.T) {
	s := network{
		"Vpcs": `{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16",
			"CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}}, {"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associated"}},
				{"CidrBlock": "10.2.0.0/16", "CidrBlockState": {"State": "disassociated"}}, {"CidrBlock": "10.3.0.0/16", "CidrBlockState": {"State": "failing"}}, {"CidrBlock": "10.4.0.0/16", "CidrBlockState": {"State": "frozen"}}],
			"Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": {"State": "associated"}}, {"Ipv6CidrBlock": "2001:db8:1::/56", "Ipv6CidrBlockState": {"State": "disassociating"}}]}`,
		"Subnets": `{"SubnetId": "subnet-a", "VpcId": "vpc-1", "Ipv6Native": true, "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8::/64", "Ipv6CidrBlockState": {"State": "associated"}}]},
			{"SubnetId": "subnet-b", "VpcId": "vpc-1", "CidrBlock": "10.1.0.0/24", "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8::/64", "Ipv6CidrBlockState": {"State": "failed"}}]}`,
	}.load(t)
	text := func(prefixes []netip.Prefix) (out []string) {
		for _, p := range prefixes {
			out = append(out, p.String())
		}
		return out
	}
	for trap, c := range map[string]struct {
		got  []netip.Prefix
		want []string
	}{
		"a VPC has more blocks than its first, and those in use only": {snapshot.VPCs.In(s)[0].CIDRs(), []string{"10.0.0.0/16", "10.1.0.0/16", "2001:db8::/56"}},
		"an IPv6-only subnet has no block of IPv4":                    {subnet(t, s, "subnet-a").CIDRs(), []string{"2001:db8::/64"}},
		"a block of IPv6 that failed is none":                         {subnet(t, s, "subnet-b").CIDRs(), []string{"10.1.0.0/24"}},
	} {
		if diff := cmp.Diff(c.want, text(c.got)); diff != "" {
			t.Errorf("%s -want +got:\n%s", trap, diff)
		}
	}
}

func TestPermissions(t *testing.T) {
	for _, c := range []struct {
		trap, permission, protocol string
		port22                     bool
	}{
		{"all protocols are all ports, whatever the ports say", `{"IpProtocol": "-1", "FromPort": 80, "ToPort": 80}`, "all", true},
		{"tcp by name", `{"IpProtocol": "tcp", "FromPort": 20, "ToPort": 25}`, "tcp", true},
		{"tcp by number", `{"IpProtocol": "6", "FromPort": 22, "ToPort": 22}`, "tcp", true},
		{"tcp without ports is all ports", `{"IpProtocol": "tcp"}`, "tcp", true},
		{"tcp from -1 is all ports", `{"IpProtocol": "tcp", "FromPort": -1, "ToPort": -1}`, "tcp", true},
		{"another port", `{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}`, "tcp", false},
		{"port 0 is a port", `{"IpProtocol": "tcp", "FromPort": 0, "ToPort": 0}`, "tcp", false},
		{"udp is not tcp", `{"IpProtocol": "17", "FromPort": 22, "ToPort": 22}`, "udp", false},
		{"types of ICMP are no ports", `{"IpProtocol": "icmp", "FromPort": 22, "ToPort": -1}`, "icmp", false},
		{"another protocol", `{"IpProtocol": "50"}`, "50", false},
	} {
		t.Run(c.trap, func(t *testing.T) {
			s := network{"ec2-describe-security-groups.json": `{"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [` + c.permission + `]}]}`}.load(t)
			p := &snapshot.SecurityGroups.In(s)[0].IPPermissions[0]
			if got := p.Protocol(); got != c.protocol {
				t.Errorf("the protocol is %s", got)
			}
			if got := p.CoversTCP(22); got != c.port22 {
				t.Errorf("it admits port 22 of TCP: %t", got)
			}
		})
	}
}
