package snapshot_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/snapshot"
)

// TestHolder has interfaces as AWS returns them.
func TestHolder(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want snapshot.Holder
	}{
		"instance": {
			`"InterfaceType": "interface", "Description": "Primary network interface", "Attachment": {"InstanceId": "i-1", "InstanceOwnerId": "111122223333"}`,
			snapshot.Holder{Kind: snapshot.HeldByInstance, ID: "i-1"},
		},
		"instance whose interface was given the description of a database": {
			`"InterfaceType": "interface", "Description": "RDSNetworkInterface", "Attachment": {"InstanceId": "i-1"}`,
			snapshot.Holder{Kind: snapshot.HeldByInstance, ID: "i-1"},
		},
		"application load balancer": {
			`"InterfaceType": "interface", "RequesterId": "amazon-elb", "RequesterManaged": true, "Description": "ELB app/web/0123456789abcdef"`,
			snapshot.Holder{Kind: snapshot.HeldByApplicationBalancer, ID: "web"},
		},
		"network load balancer by its type": {
			`"InterfaceType": "network_load_balancer", "Description": "ELB net/api/0123456789abcdef"`,
			snapshot.Holder{Kind: snapshot.HeldByNetworkBalancer, ID: "api"},
		},
		"gateway load balancer": {
			`"InterfaceType": "gateway_load_balancer", "Description": "ELB gwy/inspect/0123456789abcdef"`,
			snapshot.Holder{Kind: snapshot.HeldByGatewayBalancer, ID: "inspect"},
		},
		"classic load balancer of which the requester is an account": {
			`"RequesterId": "760845874091", "RequesterManaged": true, "Description": "ELB test-load-balancer", "Attachment": {"InstanceOwnerId": "amazon-elb"}`,
			snapshot.Holder{Kind: snapshot.HeldByClassicBalancer, ID: "test-load-balancer"},
		},
		"database": {
			`"InterfaceType": "interface", "RequesterId": "amazon-rds", "RequesterManaged": true, "Description": "RDSNetworkInterface"`,
			snapshot.Holder{Kind: snapshot.HeldByDatabase},
		},
		"database by its requester alone": {
			`"InterfaceType": "interface", "RequesterId": "amazon-rds"`,
			snapshot.Holder{Kind: snapshot.HeldByDatabase},
		},
		"database by the owner of its attachment alone": {
			`"InterfaceType": "interface", "Attachment": {"InstanceOwnerId": "amazon-rds"}`,
			snapshot.Holder{Kind: snapshot.HeldByDatabase},
		},
		"cache": {
			`"InterfaceType": "interface", "RequesterId": "amazon-elasticache", "Description": "ElastiCache sessions-001"`,
			snapshot.Holder{Kind: snapshot.HeldByCache},
		},
		"warehouse": {
			`"InterfaceType": "interface", "RequesterId": "amazon-redshift", "Description": "RedshiftNetworkInterface"`,
			snapshot.Holder{Kind: snapshot.HeldByWarehouse},
		},
		"function, which no requester manages": {
			`"InterfaceType": "lambda", "RequesterManaged": false, "Description": "AWS Lambda VPC ENI-test-python-8c7ac78b-e11d-4dea-8a47-ab2bdeba9bf5"`,
			snapshot.Holder{Kind: snapshot.HeldByFunction, ID: "test-python"},
		},
		"function of the time before shared interfaces": {
			`"InterfaceType": "interface", "Description": "AWS Lambda VPC ENI: 26578289-8b35-4f36-a046-ceda51a45800"`,
			snapshot.Holder{Kind: snapshot.HeldByFunction},
		},
		"NAT gateway": {
			`"InterfaceType": "nat_gateway", "Description": "Interface for NAT Gateway nat-1"`,
			snapshot.Holder{Kind: snapshot.HeldByNATGateway, ID: "nat-1"},
		},
		"NAT gateway as the API's enum spells it": {
			`"InterfaceType": "natGateway"`,
			snapshot.Holder{Kind: snapshot.HeldByNATGateway},
		},
		"interface endpoint": {
			`"InterfaceType": "vpc_endpoint", "Description": "VPC Endpoint Interface vpce-1"`,
			snapshot.Holder{Kind: snapshot.HeldByEndpoint, ID: "vpce-1"},
		},
		"endpoint of a Gateway Load Balancer": {
			`"InterfaceType": "gateway_load_balancer_endpoint", "Description": "VPC Endpoint Interface vpce-2"`,
			snapshot.Holder{Kind: snapshot.HeldByEndpoint, ID: "vpce-2"},
		},
		"transit gateway": {
			`"InterfaceType": "transit_gateway", "Description": "Network Interface for Transit Gateway Attachment tgw-attach-1"`,
			snapshot.Holder{Kind: snapshot.HeldByTransitGateway, ID: "tgw-attach-1"},
		},
		"file system": {
			`"InterfaceType": "efs", "Description": "EFS mount target for fs-1 (fsmt-1)"`,
			snapshot.Holder{Kind: snapshot.HeldByFileSystem, ID: "fs-1"},
		},
		"task": {
			`"InterfaceType": "interface", "RequesterManaged": true, "Description": "arn:aws:ecs:eu-west-1:111122223333:attachment/1"`,
			snapshot.Holder{Kind: snapshot.HeldByTask, ID: "arn:aws:ecs:eu-west-1:111122223333:attachment/1"},
		},
		"pod": {
			`"InterfaceType": "branch", "Description": "aws-k8s-branch-eni"`,
			snapshot.Holder{Kind: snapshot.HeldByPod},
		},
		"a type that contradicts the description": {
			`"InterfaceType": "lambda", "Description": "ELB app/web/0123456789abcdef"`,
			snapshot.Holder{Kind: snapshot.HeldByFunction},
		},
		"a type that nobody knows":    {`"InterfaceType": "quantum"`, snapshot.Holder{}},
		"an interface of nobody":      {`"InterfaceType": "interface", "Description": "spare"`, snapshot.Holder{}},
		"an interface of a directory": {`"InterfaceType": "interface", "Description": "AWS created network interface for directory d-1"`, snapshot.Holder{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := loadBodies(t, map[string]string{"ec2-describe-network-interfaces": `{"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", ` + test.body + `}]}`})
			if diff := cmp.Diff(test.want, snapshot.NetworkInterfaces.In(s)[0].Holder()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// sameBlocks has a VPC with interfaces of all sorts of addresses.
var sameBlocks = map[string]string{
	"ec2-describe-vpcs": `{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16",
		"CidrBlockAssociationSet": [{"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}}, {"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associated"}}, {"CidrBlock": "10.2.0.0/16", "CidrBlockState": {"State": "failed"}}],
		"Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": {"State": "associated"}}]}, {"VpcId": "vpc-2", "CidrBlock": "10.0.0.0/16"}]}`,
	"ec2-describe-subnets": `{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:0:1::/64", "Ipv6CidrBlockState": {"State": "associated"}}]},
		{"SubnetId": "subnet-2", "VpcId": "vpc-2", "CidrBlock": "10.0.2.0/24"}]}`,
	"ec2-describe-security-groups": `{"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "one", "VpcId": "vpc-1"}, {"GroupId": "sg-2", "GroupName": "two", "VpcId": "vpc-1"}, {"GroupId": "sg-3", "GroupName": "three", "VpcId": "vpc-1"}]}`,
	"ec2-describe-network-interfaces": `{"NetworkInterfaces": [
		{"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "SubnetId": "subnet-1", "PrivateIpAddress": "10.0.1.10", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.10"}, {"PrivateIpAddress": "10.1.1.10"}], "Groups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}]},
		{"NetworkInterfaceId": "eni-2", "VpcId": "vpc-1", "SubnetId": "subnet-1", "Ipv6Addresses": [{"Ipv6Address": "2001:db8:0:1::10"}], "Groups": [{"GroupId": "sg-2"}]},
		{"NetworkInterfaceId": "eni-3", "VpcId": "vpc-1", "SubnetId": "subnet-1", "PrivateIpAddress": "10.0.1.11", "Groups": [{"GroupId": "sg-2"}, {"GroupId": "sg-3"}, {"GroupId": "sg-2"}]},
		{"NetworkInterfaceId": "eni-4", "VpcId": "vpc-2", "SubnetId": "subnet-2", "PrivateIpAddress": "10.0.1.10", "Groups": [{"GroupId": "sg-4"}]}]}`,
}

func TestMembersAreTheInterfacesThatWearAGroup(t *testing.T) {
	s := loadBodies(t, sameBlocks)
	for id, want := range map[string]string{"sg-1": "[eni-1]", "sg-2": "[eni-1 eni-2 eni-3]", "sg-3": "[eni-3]"} {
		g, _ := s.SecurityGroup(s.Scopes[0], id)
		if got := interfaceIDs(s.Members(g)); got != want {
			t.Errorf("members of %s: %s, want %s", id, got, want)
		}
	}
}

func interfaceIDs(interfaces []*snapshot.NetworkInterface) string {
	var all []string
	for _, n := range interfaces {
		all = append(all, n.ID())
	}
	return fmt.Sprint(all)
}

// The two VPCs have the same blocks, as default VPCs do.
func TestAnAddressIsFoundInItsOwnVPC(t *testing.T) {
	s := loadBodies(t, sameBlocks)
	for _, test := range []struct{ vpc, address, want string }{
		{"vpc-1", "10.0.1.10", "eni-1"},
		{"vpc-1", "10.1.1.10", "eni-1"}, // a secondary address
		{"vpc-1", "2001:db8:0:1::10", "eni-2"},
		{"vpc-2", "10.0.1.10", "eni-4"},
		{"vpc-2", "10.0.1.11", ""},
	} {
		n, ok := s.InterfaceAt(s.Scopes[0], test.vpc, netip.MustParseAddr(test.address))
		if ok != (test.want != "") || ok && n.ID() != test.want {
			t.Errorf("%s in %s: %v %v, want %s", test.address, test.vpc, n, ok, test.want)
		}
	}
}

func TestPublicAddressesCountThoseOfSecondaryAddresses(t *testing.T) {
	s := loadBodies(t, map[string]string{"ec2-describe-network-interfaces": `{"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "Association": {"PublicIp": "203.0.113.1"},
		"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.1", "Association": {"PublicIp": "203.0.113.1"}}, {"PrivateIpAddress": "10.0.0.2", "Association": {"PublicIp": "203.0.113.2"}}]}]}`})
	if got, want := fmt.Sprint(snapshot.NetworkInterfaces.In(s)[0].PublicAddresses()), "[203.0.113.1 203.0.113.2]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNeighboursInABlock(t *testing.T) {
	s := loadBodies(t, sameBlocks)
	v, _ := s.VPC(s.Scopes[0], "vpc-1")
	for _, test := range []struct{ group, block, peers, shared, apart string }{
		{"sg-1", "10.0.0.0/16", "[eni-3]", "sg-2", "[]"},
		{"sg-1", "2001:db8::/56", "[eni-2]", "sg-2", "[]"},
		{"sg-2", "10.0.0.0/16", "[]", "", "[]"}, // all wear the group itself
		{"sg-3", "10.1.0.0/16", "[eni-1]", "sg-1", "[]"},
		{"sg-4", "10.0.1.0/24", "[eni-1 eni-3]", "sg-2", "[]"}, // eni-4 is in another VPC
		{"sg-4", "192.168.0.0/16", "[]", "", "[]"},
	} {
		g := &snapshot.SecurityGroup{GroupID: test.group}
		n := s.NeighboursIn(v, netip.MustParsePrefix(test.block))
		got := []string{interfaceIDs(n.Peers(g, 10)), n.Shared(g), interfaceIDs(n.Apart(g))}
		if diff := cmp.Diff([]string{test.peers, test.shared, test.apart}, got); diff != "" {
			t.Errorf("%s from %s -want +got:\n%s", test.group, test.block, diff)
		}
	}
}

func TestWithinIsABlockOfTheVPCOrAWholeSubnet(t *testing.T) {
	s := loadBodies(t, sameBlocks)
	v, _ := s.VPC(s.Scopes[0], "vpc-1")
	for block, want := range map[string]string{
		"10.0.0.0/16":       "#/Vpcs/0/CidrBlock",
		"10.0.0.0/8":        "#/Vpcs/0/CidrBlock",
		"10.1.0.0/16":       "#/Vpcs/0/CidrBlockAssociationSet/1/CidrBlock",
		"10.2.0.0/16":       "", // failed
		"10.0.0.0/17":       "#/Subnets/0/CidrBlock",
		"10.0.1.0/24":       "#/Subnets/0/CidrBlock",
		"10.0.1.0/25":       "",
		"10.0.2.0/24":       "", // a subnet of the other VPC
		"2001:db8::/32":     "#/Vpcs/0/Ipv6CidrBlockAssociationSet/0/Ipv6CidrBlock",
		"2001:db8:0:1::/64": "#/Subnets/0/Ipv6CidrBlockAssociationSet/0/Ipv6CidrBlock",
		"2001:db8:0:1::/65": "",
	} {
		b, ok := s.Within(v, netip.MustParsePrefix(block))
		got := ""
		if ok {
			_, source := b.Place.Lookup()
			got = source[len("eu-west-1/ec2-describe-"):]
			got = got[len(got)-len(want):]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", block, got, want)
		}
	}
}
