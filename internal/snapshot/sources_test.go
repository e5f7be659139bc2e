package snapshot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/snapshot"
)

func TestIngressSources(t *testing.T) {
	for name, test := range map[string]struct {
		permissions string // of the group, or empty for none recorded
		blocks      string
		open        string
		missing     string
		silent      string
	}{
		"two halves in two permissions are the internet": {
			`[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/1"}]}, {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "128.0.0.0/1"}]}]`,
			"[0.0.0.0/1 128.0.0.0/1]", "true false", "[]", "[]",
		},
		"a half in the group and one in a prefix list are the internet": {
			`[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/1"}], "PrefixListIds": [{"PrefixListId": "pl-half"}]}]`,
			"[0.0.0.0/1 128.0.0.0/1]", "true false", "[]", "[]",
		},
		"halves for other ports do not count": {
			`[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/1"}]}, {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "128.0.0.0/1"}]}]`,
			"[0.0.0.0/1]", "false false", "[]", "[]",
		},
		"families are apart": {
			`[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/1"}], "Ipv6Ranges": [{"CidrIpv6": "8000::/1"}]}, {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/1"}]}]`,
			"[0.0.0.0/1 8000::/1 ::/1]", "false true", "[]", "[]",
		},
		"a prefix list that is not recorded is missing, once": {
			`[{"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-z"}, {"PrefixListId": "pl-lost"}]}, {"IpProtocol": "6", "FromPort": 1, "ToPort": 99, "PrefixListIds": [{"PrefixListId": "pl-lost"}]}]`,
			"[]", "false false", "[pl-lost pl-z]", "[]",
		},
		"a prefix list of nobody is known": {
			`[{"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-empty"}]}]`,
			"[]", "false false", "[]", "[]",
		},
		"references to groups are no addresses": {
			`[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-2"}]}]`,
			"[]", "false false", "[]", "[]",
		},
		"a permission that names nobody and has no lists is silent": {
			`[{"IpProtocol": "-1"}, {"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]`,
			"[]", "false false", "[]", "[IpPermissions/0/IpRanges]",
		},
		"a range without a block is silent": {
			`[{"IpProtocol": "-1", "IpRanges": [{}], "Ipv6Ranges": [{}], "PrefixListIds": [{}]}]`,
			"[]", "false false", "[]", "[IpPermissions/0/IpRanges/0/CidrIp IpPermissions/0/Ipv6Ranges/0/CidrIpv6 IpPermissions/0/PrefixListIds/0/PrefixListId]",
		},
		"a protocol that nobody knows is silent": {
			`[{"IpProtocol": "quic", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]`,
			"[]", "false false", "[]", "[IpPermissions/0/IpProtocol IpPermissions/1/IpProtocol]",
		},
		"permissions that are not recorded are silent": {"", "[]", "false false", "[]", "[IpPermissions]"},
		"no permissions admit nobody":                  {"[]", "[]", "false false", "[]", "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			permissions := ""
			if test.permissions != "" {
				permissions = `, "IpPermissions": ` + test.permissions
			}
			s := loadBodies(t, map[string]string{
				"ec2-describe-security-groups":                 `{"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "one", "VpcId": "vpc-1"` + permissions + `}]}`,
				"ec2-get-managed-prefix-list-entries/pl-half":  `{"Entries": [{"Cidr": "128.0.0.0/1"}]}`,
				"ec2-get-managed-prefix-list-entries/pl-empty": `{"Entries": []}`,
			})
			x := s.IngressSources(&snapshot.SecurityGroups.In(s)[0], func(p *snapshot.IPPermission) bool { return p.CoversTCP(22) })
			ipv4, ipv6 := x.Open()
			missing, silent := []string{}, []string{}
			for _, g := range x.Missing {
				missing = append(missing, g.Resource)
			}
			for _, p := range x.Silent {
				silent = append(silent, p.Field)
			}
			got := []string{fmt.Sprint(x.Prefixes()), fmt.Sprint(ipv4, ipv6), fmt.Sprint(missing), fmt.Sprint(silent)}
			if diff := cmp.Diff([]string{test.blocks, test.open, test.missing, test.silent}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestProtocolsAndPorts(t *testing.T) {
	s := loadBodies(t, map[string]string{"ec2-describe-security-groups": `{"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "one", "IpPermissions": [
		{"IpProtocol": "tcp", "FromPort": 20, "ToPort": 25}, {"IpProtocol": "6", "FromPort": 22, "ToPort": 22}, {"IpProtocol": "TCP"}, {"IpProtocol": "tcp", "FromPort": -1, "ToPort": -1},
		{"IpProtocol": "-1", "FromPort": 80, "ToPort": 80}, {"IpProtocol": "quic"}, {},
		{"IpProtocol": "tcp", "FromPort": 23, "ToPort": 65535}, {"IpProtocol": "udp", "FromPort": 22, "ToPort": 22}, {"IpProtocol": "17"}, {"IpProtocol": "icmp", "FromPort": 22, "ToPort": 22}, {"IpProtocol": "58"}, {"IpProtocol": "47"}]}]}`})
	permissions := snapshot.SecurityGroups.In(s)[0].IPPermissions
	for i := range permissions {
		if got, want := permissions[i].CoversTCP(22), i < 7; got != want {
			t.Errorf("%d, %s: covers port 22: %v, want %v", i, permissions[i].Protocol(), got, want)
		}
	}
}

func TestThoseWhoListAGroupWearIt(t *testing.T) {
	s := loadBodies(t, map[string]string{
		"ec2-describe-security-groups":  `{"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "one", "VpcId": "vpc-1"}]}`,
		"elbv2-describe-load-balancers": `{"LoadBalancers": [{"LoadBalancerName": "web", "LoadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/1", "SecurityGroups": ["sg-0", "sg-1"]}]}`,
		"elb-describe-load-balancers":   `{"LoadBalancerDescriptions": [{"LoadBalancerName": "old", "SecurityGroups": ["sg-1"]}]}`,
		"rds-describe-db-instances":     `{"DBInstances": [{"DBInstanceIdentifier": "db", "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}]}]}`,
		"rds-describe-db-clusters":      `{"DBClusters": [{"DBClusterIdentifier": "cluster", "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}]}]}`,
	})
	g := &snapshot.SecurityGroups.In(s)[0]
	balancers, classic := s.BalancersWearing(g)
	instances, clusters := s.DatabasesWearing(g)
	if len(balancers) != 1 || len(classic) != 1 || len(instances) != 1 || len(clusters) != 1 {
		t.Error(balancers, classic, instances, clusters)
	}
}

// TestManySmallBlocks has the internet in pieces: 128 blocks of 8 bits are a half of it,
// and one more is more than that.
func TestManySmallBlocks(t *testing.T) {
	for count, want := range map[int]bool{99: false, 128: false, 129: true} {
		ranges := make([]string, count)
		for i := range ranges {
			ranges[i] = fmt.Sprintf(`{"CidrIp": "%d.0.0.0/8"}`, i)
		}
		s := loadBodies(t, map[string]string{"ec2-describe-security-groups": `{"SecurityGroups": [{"GroupId": "sg-1",
			"IpPermissions": [{"IpProtocol": "-1", "IpRanges": [` + strings.Join(ranges, ",") + `]}]}]}`})
		x := s.IngressSources(&snapshot.SecurityGroups.In(s)[0], func(*snapshot.IPPermission) bool { return true })
		if ipv4, _ := x.Open(); ipv4 != want {
			t.Errorf("%d blocks of 8 bits: open %t", count, ipv4)
		}
	}
}
