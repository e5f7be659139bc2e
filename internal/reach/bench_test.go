package reach_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// sized is an account with n network interfaces, a fifth as many security groups
// and a twentieth as many subnets, in VPCs of 25 subnets. A third of the
// interfaces have public addresses. The group of each interface admits the web
// from the internet or an office, and the group before it.
func sized(tb testing.TB, n int) *reach.Network {
	tb.Helper()
	groups, subnets := n/5, n/20
	vpcs := (subnets + 24) / 25
	files := fstest.MapFS{}
	list := func(file, key string, entries []string) {
		files["eu-west-1/"+file+".json"] = &fstest.MapFile{Data: fmt.Appendf(nil, `{%q: [%s]}`, key, strings.Join(entries, ","))}
	}
	var vpc, subnet, table, acl, igw, group, nic []string
	for v := range vpcs {
		vpc = append(vpc, fmt.Sprintf(`{"VpcId": "vpc-%d", "OwnerId": "111122223333", "CidrBlock": "10.%d.0.0/16"}`, v, v%256))
		igw = append(igw, fmt.Sprintf(`{"InternetGatewayId": "igw-%d", "Attachments": [{"VpcId": "vpc-%d", "State": "available"}]}`, v, v))
		table = append(table, fmt.Sprintf(`{"RouteTableId": "rtb-%d", "VpcId": "vpc-%d", "Associations": [{"Main": true}], "Routes": [
			{"DestinationCidrBlock": "10.%d.0.0/16", "GatewayId": "local", "State": "active"}, {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-%d", "State": "active"}]}`, v, v, v%256, v))
	}
	for s := range subnets {
		subnet = append(subnet, fmt.Sprintf(`{"SubnetId": "subnet-%d", "VpcId": "vpc-%d", "CidrBlock": "10.%d.%d.0/24", "AvailabilityZone": "eu-west-1%c", "AvailabilityZoneId": "euw1-az%d", "State": "available"}`,
			s, s/25, s/25%256, s%25, 'a'+s%2, s%2))
		acl = append(acl, fmt.Sprintf(`{"NetworkAclId": "acl-%d", "VpcId": "vpc-%d", "Associations": [{"SubnetId": "subnet-%d"}], "Entries": [
			{"Egress": false, "RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}, {"Egress": false, "RuleNumber": 90, "RuleAction": "deny", "Protocol": "6", "PortRange": {"From": 22, "To": 22}, "CidrBlock": "45.%d.0.0/16"},
			{"Egress": true, "RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}]}`, s, s/25, s, s%256))
	}
	for g := range groups {
		group = append(group, fmt.Sprintf(`{"GroupId": "sg-%d", "GroupName": "g", "VpcId": "vpc-%d", "IpPermissions": [
			{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
			{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "147.%d.0.0/16"}]},
			{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": [{"GroupId": "sg-%d"}]}],
			"IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]}`, g, g%vpcs, g%256, (g+groups-vpcs)%groups))
	}
	for i := range n {
		s := i % subnets
		public := ""
		if i%3 == 0 {
			public = fmt.Sprintf(`, "Association": {"PublicIp": "52.%d.%d.%d"}`, i>>16, i>>8&255, i&255)
		}
		g := s/25 + vpcs*(i/subnets+s)
		nic = append(nic, fmt.Sprintf(`{"NetworkInterfaceId": "eni-%d", "VpcId": "vpc-%d", "SubnetId": "subnet-%d", "OwnerId": "111122223333", "Status": "in-use", "InterfaceType": "interface",
			"Groups": [{"GroupId": "sg-%d"}], "PrivateIpAddress": "10.%d.%d.%d", "PrivateIpAddresses": [{"PrivateIpAddress": "10.%d.%d.%d"%s}]}`,
			i, s/25, s, g%groups, s/25%256, s%25, 4+i/subnets, s/25%256, s%25, 4+i/subnets, public))
	}
	list("ec2-describe-vpcs", "Vpcs", vpc)
	list("ec2-describe-subnets", "Subnets", subnet)
	list("ec2-describe-route-tables", "RouteTables", table)
	list("ec2-describe-network-acls", "NetworkAcls", acl)
	list("ec2-describe-internet-gateways", "InternetGateways", igw)
	list("ec2-describe-security-groups", "SecurityGroups", group)
	list("ec2-describe-network-interfaces", "NetworkInterfaces", nic)
	for file, key := range map[string]string{
		"ec2-describe-instances": "Reservations", "ec2-describe-nat-gateways": "NatGateways", "ec2-describe-vpc-endpoints": "VpcEndpoints",
		"ec2-describe-vpc-peering-connections": "VpcPeeringConnections", "elbv2-describe-load-balancers": "LoadBalancers",
		"elbv2-describe-target-groups": "TargetGroups", "elb-describe-load-balancers": "LoadBalancerDescriptions",
		"ec2-describe-vpn-gateways": "VpnGateways", "ec2-describe-vpn-connections": "VpnConnections",
		"ec2-describe-transit-gateway-attachments": "TransitGatewayAttachments", "ec2-describe-transit-gateway-vpc-attachments": "TransitGatewayVpcAttachments",
	} {
		list(file, key, nil)
	}
	files["eu-west-1/ec2-describe-vpc-block-public-access-options.json"] = &fstest.MapFile{Data: []byte(`{"VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "off"}}`)}
	files["recording.json"] = &fstest.MapFile{Data: []byte(`{"formatVersion": "1", "account": "111122223333", "regions": ["eu-west-1"]}`)}
	r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := snapshot.Load(r, reach.Kinds())
	if err != nil {
		tb.Fatal(err)
	}
	return reach.NewNetwork(s)
}

// BenchmarkExposure finds what the internet reaches in accounts of four sizes.
func BenchmarkExposure(b *testing.B) {
	for _, n := range []int{1250, 2500, 5000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			network := sized(b, n)
			for b.Loop() {
				if got := len(network.Exposures()); got == 0 {
					b.Fatal("nothing is exposed")
				}
			}
		})
	}
}

// BenchmarkTrace asks one question of the largest account.
func BenchmarkTrace(b *testing.B) {
	network := sized(b, 10_000)
	port := 443
	for b.Loop() {
		a, err := network.Ask(reach.Question{From: reach.Internet, To: "eni-0", Port: &port})
		if err != nil || a.Answer != reach.Reachable {
			b.Fatalf("%v, %v", a, err)
		}
	}
}

// BenchmarkMatrix finds which groups reach which in accounts of four sizes: n
// groups are worn by five times as many interfaces.
func BenchmarkMatrix(b *testing.B) {
	for _, groups := range []int{250, 500, 1000, 2000} {
		b.Run(fmt.Sprint(groups), func(b *testing.B) {
			network := sized(b, 5*groups)
			for b.Loop() {
				if got := len(network.Matrix()); got == 0 {
					b.Fatal("nothing reaches anything")
				}
			}
		})
	}
}
