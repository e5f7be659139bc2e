package snapshot_test

import (
	"testing"

	"github.com/buttress/buttress/internal/snapshot"
)

// TestInspectionIsOfEachFamily has a subnet whose default routes of both families
// lead to a firewall, and edge tables that lead back in one, both or none.
func TestInspectionIsOfEachFamily(t *testing.T) {
	const (
		back4   = `{"DestinationCidrBlock": "10.0.1.0/24", "GatewayId": "vpce-1", "State": "active"}`
		back6   = `{"DestinationIpv6CidrBlock": "2001:db8:0:1::/64", "GatewayId": "vpce-1", "State": "active"}`
		other   = `{"DestinationCidrBlock": "10.0.2.0/24", "GatewayId": "vpce-1", "State": "active"}`
		dead    = `{"DestinationCidrBlock": "10.0.1.0/24", "GatewayId": "vpce-1", "State": "blackhole"}`
		gateway = `{"GatewayId": "igw-1", "AssociationState": {"State": "associated"}}`
		virtual = `{"GatewayId": "vgw-1", "AssociationState": {"State": "associated"}}`
	)
	for _, test := range []struct {
		name, association, routes string
		ipv4, ipv6                bool
	}{
		{"both families come back", gateway, back4 + "," + back6, true, true},
		{"IPv4 alone comes back", gateway, back4, true, false},
		{"IPv6 alone comes back", gateway, back6, false, true},
		{"another subnet comes back", gateway, other, false, false},
		{"the way back is a blackhole", gateway, dead, false, false},
		{"the table is that of a virtual private gateway", virtual, back4 + "," + back6, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := loadedTargets(t, map[string]string{
				"recording.json": targetManifest,
				"eu-west-1/ec2-describe-subnets.json": `{"Subnets": [{"SubnetId": "subnet-a", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24",
					"Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:0:1::/64", "Ipv6CidrBlockState": {"State": "associated"}}]}]}`,
				"eu-west-1/ec2-describe-route-tables.json": `{"RouteTables": [
					{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-a"}], "Routes": [
						{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vpce-1", "State": "active"},
						{"DestinationIpv6CidrBlock": "::/0", "GatewayId": "vpce-1", "State": "active"}]},
					{"RouteTableId": "rtb-edge", "VpcId": "vpc-1", "Associations": [` + test.association + `], "Routes": [` + test.routes + `]}]}`,
			})
			r := s.RoutingOf(&snapshot.Subnets.In(s)[0])
			if r.Inspected4 != test.ipv4 || r.Inspected6 != test.ipv6 || r.Inspected != (test.ipv4 || test.ipv6) {
				t.Errorf("IPv4 is inspected: %t, IPv6: %t, any: %t", r.Inspected4, r.Inspected6, r.Inspected)
			}
			if r.Private() == r.Inspected {
				t.Errorf("inspected: %t, and private: %t", r.Inspected, r.Private())
			}
		})
	}
}
