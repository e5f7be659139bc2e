package snapshot_test

import (
	"testing"

	"github.com/buttress/buttress/internal/snapshot"
)

// TestWhatStandsInASubnet has what belongs to a VPC by itself, and what does
// through one of its subnets.
func TestWhatStandsInASubnet(t *testing.T) {
	s := network{
		"Vpcs":             `{"VpcId": "vpc-1", "OwnerId": "111122223333"}, {"VpcId": "vpc-2", "OwnerId": "444455556666"}`,
		"Subnets":          `{"SubnetId": "subnet-a", "VpcId": "vpc-1"}, {"SubnetId": "subnet-b", "VpcId": "vpc-1"}`,
		"InternetGateways": `{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "detaching"}]}, {"InternetGatewayId": "igw-2", "Attachments": []}, {"InternetGatewayId": "igw-3"}`,
		"NatGateways": `{"NatGatewayId": "nat-a", "VpcId": "vpc-1", "SubnetId": "subnet-a", "State": "available"}, {"NatGatewayId": "nat-gone", "VpcId": "vpc-1", "SubnetId": "subnet-a", "State": "deleted"},
			{"NatGatewayId": "nat-regional", "VpcId": "vpc-1", "AvailabilityMode": "regional", "State": "available"}`,
		"elbv2-describe-load-balancers.json":          `{"LoadBalancers": [{"LoadBalancerName": "inside", "LoadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/inside/1", "VpcId": "vpc-1", "AvailabilityZones": [{"SubnetId": "subnet-a"}, {"SubnetId": "subnet-b"}]}]}`,
		other + "/elbv2-describe-load-balancers.json": `{"LoadBalancers": [{"LoadBalancerName": "guest", "LoadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/app/guest/1", "VpcId": "vpc-1", "AvailabilityZones": [{"SubnetId": "subnet-b"}]}]}`,
		"ec2-describe-network-interfaces.json":        `{"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "SubnetId": "subnet-a"}]}`,
	}.load(t)
	a, b := subnet(t, s, "subnet-a"), subnet(t, s, "subnet-b")
	from := a.Scope()
	vpcs := snapshot.VPCs.In(s)
	for trap, c := range map[string]struct{ got, want int }{
		"a gateway is of a VPC in whatever state the attachment is, or if it does not say": {len(s.GatewaysOf(&vpcs[0])), 2},
		"load balancers of a subnet":                           {len(s.LoadBalancersIn(from, "subnet-a")), 1},
		"load balancers of other accounts in a shared subnet":  {len(s.LoadBalancersIn(from, b.SubnetID)), 2},
		"load balancers of the VPC":                            {len(s.LoadBalancersIn(from, "vpc-1")), 2},
		"NAT gateways of a subnet, those that have gone too":   {len(s.NATGatewaysIn(from, a.SubnetID)), 2},
		"a subnet without NAT gateways does not get the VPC's": {len(s.NATGatewaysIn(from, b.SubnetID)), 0},
		"a regional NAT gateway stands in no subnet":           {len(s.NATGatewaysIn(from, "vpc-1")), 3},
		"interfaces of a subnet":                               {len(s.InterfacesIn(from, "subnet-a")), 1},
		"interfaces of the VPC":                                {len(s.InterfacesIn(from, "vpc-1")), 1},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", trap, c.got, c.want)
		}
	}
	if vpcs[0].Foreign() || !vpcs[1].Foreign() || a.Foreign() {
		t.Error("only what names another account as its owner is foreign")
	}
}

func TestStates(t *testing.T) {
	for state, want := range map[string][2]bool{
		"available": {true, true}, "pending": {false, true}, "failed": {false, true}, "failed-insufficient-capacity": {false, true},
		"unavailable": {false, true}, "": {false, false}, "frozen": {false, false},
	} {
		n := snapshot.Subnet{State: state}
		if usable, known := n.Usable(); usable != want[0] || known != want[1] {
			t.Errorf("a subnet that is %q: usable %t, known %t", state, usable, known)
		}
	}
	for state, want := range map[string]bool{"available": false, "pending": false, "deleting": true, "deleted": true, "failed": true, "": false} {
		if g := (snapshot.NATGateway{State: state}); g.Gone() != want {
			t.Errorf("a NAT gateway that is %q has gone: %t", state, g.Gone())
		}
	}
}

func TestFamilies(t *testing.T) {
	for word, want := range map[string][3]bool{
		"": {true, false, true}, "ipv4": {true, false, true}, "dualstack": {true, true, true},
		"dualstack-without-public-ipv4": {false, true, true}, "triplestack": {false, false, false},
	} {
		l := snapshot.LoadBalancer{IPAddressType: word}
		ipv4, ipv6, known := l.Families()
		if got := [3]bool{ipv4, ipv6, known}; got != want {
			t.Errorf("a load balancer with the addresses %q: %v, want %v", word, got, want)
		}
	}
}

// TestEdgeAssociation has the tables of ingress routing, which no subnet follows.
func TestEdgeAssociation(t *testing.T) {
	for trap, c := range map[string]struct {
		association string
		want        bool
	}{
		"a subnet's":         {ofA, false},
		"the main one":       {main, false},
		"a gateway's":        {`{"Main": false, "GatewayId": "vgw-1", "AssociationState": {"State": "associated"}}`, true},
		"one that has ended": {`{"Main": false, "GatewayId": "igw-1", "AssociationState": {"State": "disassociated"}}`, false},
	} {
		s := network{"RouteTables": table("rtb-1", c.association, local)}.load(t)
		if _, got := snapshot.RouteTables.In(s)[0].EdgeAssociation(); got != c.want {
			t.Errorf("%s: %t", trap, got)
		}
	}
}
