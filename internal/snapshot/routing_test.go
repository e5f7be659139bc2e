package snapshot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/snapshot"
)

// The network of most cases: one subnet, one gateway, and the table of the case.
const (
	subnetA  = `{"SubnetId": "subnet-a", "VpcId": "vpc-1", "OwnerId": "111122223333", "CidrBlock": "10.0.1.0/24"}`
	gateway1 = `{"InternetGatewayId": "igw-1", "OwnerId": "111122223333", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}`
	local    = `{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}`
	main     = `{"Main": true, "AssociationState": {"State": "associated"}}`
)

// table is a route table of vpc-1.
func table(id, association, routes string) string {
	return tableIn("vpc-1", id, association, routes)
}

func tableIn(vpc, id, association, routes string) string {
	return fmt.Sprintf(`{"RouteTableId": %q, "VpcId": %q, "OwnerId": "111122223333", "Associations": [%s], "Routes": [%s]}`, id, vpc, association, routes)
}

// ofA is an association with subnet a.
const ofA = `{"Main": false, "SubnetId": "subnet-a", "AssociationState": {"State": "associated"}}`

func ofAIn(state string) string { return strings.Replace(ofA, "associated", state, 1) }

// route leads to a target in GatewayId.
func route(destination, target string) string { return routeIn(destination, target, "active") }

func routeIn(destination, target, state string) string {
	return fmt.Sprintf(`{"DestinationCidrBlock": %q, "GatewayId": %q, "State": %q}`, destination, target, state)
}

// says is a routing in one word or more.
func says(r snapshot.Routing) string {
	out := ""
	for _, w := range []struct {
		is   bool
		word string
	}{
		{r.Table == nil, "no table "},
		{r.Public4, "public4 "},
		{r.Public6, "public6 "},
		{r.Partial, "partial "},
		{r.Inspected, "inspected "},
		{r.Unknown, "unknown "},
		{r.Private(), "private "},
		{r.Blocked != "", r.Blocked + " "},
	} {
		if w.is {
			out += w.word
		}
	}
	return out[:max(len(out)-1, 0)]
}

func TestRoutingOf(t *testing.T) {
	for _, c := range []struct {
		trap     string
		network  network
		want     string
		decisive string
	}{
		{
			trap: "a subnet without a table of its own follows the main table of its VPC, not of another one",
			network: network{"RouteTables": tableIn("vpc-0", "rtb-0", main, route("0.0.0.0/0", "igw-1")) + "," + table("rtb-1", main, local) + "," +
				tableIn("vpc-2", "rtb-2", main, route("0.0.0.0/0", "igw-1"))},
			want: "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap:    "a table of its own wins over the main table",
			network: network{"RouteTables": table("rtb-1", main, local) + "," + table("rtb-2", ofA, route("0.0.0.0/0", "igw-1"))},
			want:    "public4", decisive: `rtb-2 Associations/0/SubnetId = "subnet-a"; rtb-2 Routes/0/GatewayId = "igw-1"`,
		},
		{
			trap:    "an association that is being removed, is gone or failed decides nothing",
			network: network{"RouteTables": table("rtb-1", main, local) + "," + table("rtb-2", ofAIn("disassociating")+","+ofAIn("disassociated")+","+ofAIn("failed"), route("0.0.0.0/0", "igw-1"))},
			want:    "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap:    "an association that is being made decides",
			network: network{"RouteTables": table("rtb-1", main, local) + "," + table("rtb-2", ofAIn("associating"), route("0.0.0.0/0", "igw-1"))},
			want:    "public4", decisive: `rtb-2 Associations/0/SubnetId = "subnet-a"; rtb-2 Routes/0/GatewayId = "igw-1"`,
		},
		{
			trap:    "an association whose state an old CLI leaves out decides",
			network: network{"RouteTables": table("rtb-1", main, local) + "," + table("rtb-2", `{"Main": false, "SubnetId": "subnet-a"}`, route("0.0.0.0/0", "igw-1"))},
			want:    "public4", decisive: `rtb-2 Associations/0/SubnetId = "subnet-a"; rtb-2 Routes/0/GatewayId = "igw-1"`,
		},
		{
			trap:    "an association in a state that nobody knows decides nothing for sure, whatever the routes",
			network: network{"RouteTables": table("rtb-1", main, local) + "," + table("rtb-2", ofAIn("frozen"), route("0.0.0.0/0", "igw-1"))},
			want:    "unknown", decisive: `rtb-2 Associations/0/SubnetId = "subnet-a"; rtb-2 Routes/0/GatewayId = "igw-1"; rtb-2 Associations/0/AssociationState/State = "frozen"`,
		},
		{
			trap:    "a sure association wins over one in a state that nobody knows",
			network: network{"RouteTables": table("rtb-1", ofA, local) + "," + table("rtb-2", ofAIn("frozen"), route("0.0.0.0/0", "igw-1"))},
			want:    "private", decisive: `rtb-1 Associations/0/SubnetId = "subnet-a"; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap:    "a VPC of which no table is recorded has no answer",
			network: network{"RouteTables": ""},
			want:    "no table", decisive: `subnet-a VpcId = "vpc-1"`,
		},
		{
			trap:    "a table that says no routes at all has no answer",
			network: network{"RouteTables": `{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [` + main + `]}`},
			want:    "unknown", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes = null`,
		},
		{
			trap:    "the gateway has to be attached to the same VPC",
			network: network{"RouteTables": table("rtb-1", main, route("0.0.0.0/0", "igw-1")), "InternetGateways": `{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-2", "State": "available"}]}`},
			want:    "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap:    "attached and available are the same state of an attachment",
			network: network{"RouteTables": table("rtb-1", main, route("0.0.0.0/0", "igw-1")), "InternetGateways": `{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "attached"}]}`},
			want:    "public4", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes/0/GatewayId = "igw-1"`,
		},
		{
			trap:    "a gateway that is being detached is not private yet",
			network: network{"RouteTables": table("rtb-1", main, route("0.0.0.0/0", "igw-1")), "InternetGateways": `{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "detaching"}]}`},
			want:    "unknown", decisive: `rtb-1 Associations/0/Main = true; igw-1 Attachments/0/State = "detaching"`,
		},
		{
			trap:    "a gateway that does not list its attachments may be attached",
			network: network{"RouteTables": table("rtb-1", main, route("0.0.0.0/0", "igw-1")), "InternetGateways": `{"InternetGatewayId": "igw-1"}`},
			want:    "unknown", decisive: `rtb-1 Associations/0/Main = true; igw-1 Attachments = null`,
		},
		{
			trap:    "a gateway that is not recorded may be attached",
			network: network{"RouteTables": table("rtb-1", main, route("0.0.0.0/0", "igw-0"))},
			want:    "unknown", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes/0/GatewayId = "igw-0"`,
		},
		{
			trap:    "a blackhole carries nothing",
			network: network{"RouteTables": table("rtb-1", main, routeIn("0.0.0.0/0", "igw-1", "blackhole"))},
			want:    "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap:    "a route in a state that nobody knows may carry something",
			network: network{"RouteTables": table("rtb-1", main, routeIn("0.0.0.0/0", "igw-1", "frozen"))},
			want:    "unknown", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes/0/State = "frozen"`,
		},
		{
			trap:    "a default route to a NAT gateway is not public",
			network: network{"RouteTables": table("rtb-1", main, `{"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}`)},
			want:    "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap:    "a NAT instance is a network interface and no firewall",
			network: network{"RouteTables": table("rtb-1", main, `{"DestinationCidrBlock": "0.0.0.0/0", "InstanceId": "i-1", "NetworkInterfaceId": "eni-1", "State": "active"}`)},
			want:    "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap:    "two halves of the internet are the internet",
			network: network{"RouteTables": table("rtb-1", main, route("0.0.0.0/1", "igw-1")+","+route("128.0.0.0/1", "igw-1"))},
			want:    "public4", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes/0/GatewayId = "igw-1"; rtb-1 Routes/1/GatewayId = "igw-1"`,
		},
		{
			trap:    "one half of the internet is a part of it",
			network: network{"RouteTables": table("rtb-1", main, route("0.0.0.0/1", "igw-1"))},
			want:    "partial", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes/0/GatewayId = "igw-1"`,
		},
		{
			trap:    "a single destination is neither public nor private",
			network: network{"RouteTables": table("rtb-1", main, route("203.0.113.7/32", "igw-1"))},
			want:    "partial", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes/0/GatewayId = "igw-1"`,
		},
		{
			trap:    "IPv6 destinations have a field of their own",
			network: network{"RouteTables": table("rtb-1", main, `{"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1", "State": "active"}`)},
			want:    "public6", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes/0/GatewayId = "igw-1"`,
		},
		{
			trap:    "an egress-only gateway lets nothing in",
			network: network{"RouteTables": table("rtb-1", main, `{"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"}`)},
			want:    "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap: "a prefix list is what its entries are",
			network: network{
				"RouteTables": table("rtb-1", main, `{"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1", "State": "active"}`),
				"ec2-get-managed-prefix-list-entries/pl-1.json": `{"Entries": [{"Cidr": "0.0.0.0/1"}, {"Cidr": "128.0.0.0/1"}]}`,
			},
			want: "public4", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes/0/GatewayId = "igw-1"`,
		},
		{
			trap:    "a prefix list that is not recorded may be the internet",
			network: network{"RouteTables": table("rtb-1", main, `{"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1", "State": "active"}`)},
			want:    "unknown", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes/0/GatewayId = "igw-1"`,
		},
		{
			trap:    "the prefix list of a gateway endpoint that is not recorded changes nothing",
			network: network{"RouteTables": table("rtb-1", main, local+`, {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-1", "State": "active"}`)},
			want:    "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap:    "a prefix list that is not recorded takes nothing from a default route",
			network: network{"RouteTables": table("rtb-1", main, route("0.0.0.0/0", "igw-1")+`, {"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1", "State": "active"}`)},
			want:    "public4 unknown", decisive: `rtb-1 Associations/0/Main = true; rtb-1 Routes/0/GatewayId = "igw-1"; rtb-1 Routes/1/GatewayId = "igw-1"`,
		},
		{
			trap:    "a default route that a VPN propagates leads to no internet gateway",
			network: network{"RouteTables": table("rtb-1", main, `{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "vgw-1", "Origin": "EnableVgwRoutePropagation", "State": "active"}`)},
			want:    "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap:    "the table of a regional NAT gateway is that of no subnet",
			network: network{"RouteTables": table("rtb-1", main, local) + "," + table("rtb-nat", `{"Main": false, "GatewayId": "nat-1", "AssociationState": {"State": "associated"}}`, route("0.0.0.0/0", "igw-1"))},
			want:    "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
		{
			trap:    "a carrier gateway and a local gateway are no internet gateways",
			network: network{"RouteTables": table("rtb-1", main, `{"DestinationCidrBlock": "0.0.0.0/0", "CarrierGatewayId": "cagw-1", "State": "active"}, {"DestinationCidrBlock": "0.0.0.0/0", "LocalGatewayId": "lgw-1", "State": "active"}`)},
			want:    "private", decisive: `rtb-1 Associations/0/Main = true; rtb-1 RouteTableId = "rtb-1"`,
		},
	} {
		t.Run(c.trap, func(t *testing.T) {
			if c.network["Subnets"] == "" {
				c.network["Subnets"] = subnetA
			}
			if c.network["InternetGateways"] == "" {
				c.network["InternetGateways"] = gateway1
			}
			s := c.network.load(t)
			r := s.RoutingOf(subnet(t, s, "subnet-a"))
			if got := says(r); got != c.want {
				t.Errorf("the subnet is %s, want %s", got, c.want)
			}
			if diff := cmp.Diff(c.decisive, places(r.Decisive)); diff != "" {
				t.Errorf("decisive -want +got:\n%s", diff)
			}
		})
	}
}

func TestIdleSaysWhyARouteCarriesNothing(t *testing.T) {
	s := network{
		"Subnets":     subnetA,
		"RouteTables": table("rtb-1", main, routeIn("0.0.0.0/0", "igw-1", "blackhole")+","+route("203.0.113.0/24", "igw-2")+","+route("198.51.100.0/24", "igw-3")+","+route("192.0.2.0/24", "igw-4")),
		"InternetGateways": gateway1 + `, {"InternetGatewayId": "igw-2", "Attachments": []}, {"InternetGatewayId": "igw-3", "Attachments": [{"VpcId": "vpc-2", "State": "available"}]},
			{"InternetGatewayId": "igw-4", "Attachments": [{"VpcId": "vpc-1", "State": "detached"}]}`,
	}.load(t)
	r := s.RoutingOf(subnet(t, s, "subnet-a"))
	if !r.Private() {
		t.Errorf("the subnet is %s", says(r))
	}
	want := `rtb-1 Routes/0/State = "blackhole"; igw-2 Attachments = []; igw-3 Attachments/0/VpcId = "vpc-2"; igw-4 Attachments/0/State = "detached"`
	if diff := cmp.Diff(want, places(r.Idle)); diff != "" {
		t.Errorf("idle -want +got:\n%s", diff)
	}
}

func TestInspectedViaIngressRouting(t *testing.T) {
	const (
		edge      = `{"Main": false, "GatewayId": "igw-1", "AssociationState": {"State": "associated"}}`
		private   = `{"Main": false, "GatewayId": "vgw-1", "AssociationState": {"State": "associated"}}`
		appliance = `{"DestinationCidrBlock": "%s", "NetworkInterfaceId": "eni-1", "InstanceId": "i-1", "State": "active"}`
	)
	out := table("rtb-1", ofA, route("0.0.0.0/0", "vpce-1"))
	for _, c := range []struct{ trap, tables, want string }{
		{"there and back through an endpoint", out + "," + table("rtb-edge", edge, local+","+route("10.0.1.0/24", "vpce-1")), "inspected"},
		{"back through an endpoint in two halves", out + "," + table("rtb-edge", edge, route("10.0.1.0/25", "vpce-1")+","+route("10.0.1.128/25", "vpce-2")), "inspected"},
		{"back for the whole VPC", out + "," + table("rtb-edge", edge, route("10.0.0.0/16", "vpce-1")), "inspected"},
		{"back for another subnet only", out + "," + table("rtb-edge", edge, route("10.0.2.0/24", "vpce-1")), "private"},
		{"back for a half of the subnet only", out + "," + table("rtb-edge", edge, route("10.0.1.0/25", "vpce-1")), "private"},
		{"no way back", out, "private"},
		{"the way back is a blackhole", out + "," + table("rtb-edge", edge, routeIn("10.0.1.0/24", "vpce-1", "blackhole")), "private"},
		{"the way back is in a state that nobody knows", out + "," + table("rtb-edge", edge, routeIn("10.0.1.0/24", "vpce-1", "frozen")), "unknown"},
		{"the way out is in a state that nobody knows", table("rtb-1", ofA, routeIn("0.0.0.0/0", "vpce-1", "frozen")) + "," + table("rtb-edge", edge, route("10.0.1.0/24", "vpce-1")), "unknown"},
		{"the way out is a prefix list that is not recorded", table("rtb-1", ofA, `{"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"}`) + "," + table("rtb-edge", edge, route("10.0.1.0/24", "vpce-1")), "unknown"},
		{"the table of a virtual private gateway is not the internet's", out + "," + table("rtb-edge", private, route("10.0.1.0/24", "vpce-1")), "private"},
		{"the table of a gateway of another VPC", out + "," + tableIn("vpc-2", "rtb-edge", edge, route("10.0.1.0/24", "vpce-1")), "private"},
		{"there and back through the interface of an appliance", table("rtb-1", ofA, fmt.Sprintf(appliance, "0.0.0.0/0")) + "," + table("rtb-edge", edge, fmt.Sprintf(appliance, "10.0.1.0/24")), "inspected"},
		{"an endpoint of S3 is no firewall", table("rtb-1", ofA, route("203.0.113.0/24", "vpce-1")) + "," + table("rtb-edge", edge, route("10.0.1.0/24", "vpce-1")), "private"},
		{"a table of ingress routing is no table of a subnet", table("rtb-1", main, local) + "," + table("rtb-edge", edge, route("0.0.0.0/0", "igw-1")), "private"},
	} {
		t.Run(c.trap, func(t *testing.T) {
			s := network{"Subnets": subnetA, "InternetGateways": gateway1, "RouteTables": c.tables}.load(t)
			if r := s.RoutingOf(subnet(t, s, "subnet-a")); says(r) != c.want {
				t.Errorf("the subnet is %s, want %s: %s", says(r), c.want, places(r.Decisive))
			}
		})
	}
}

func TestBlockPublicAccess(t *testing.T) {
	const (
		options = "ec2-describe-vpc-block-public-access-options.json"
		region  = `{"VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": %q}}`
	)
	states := func(mode, owner string) string {
		return fmt.Sprintf(`{"SubnetId": "subnet-a", "VpcId": "vpc-1", "OwnerId": %q, "BlockPublicAccessStates": {"InternetGatewayBlockMode": %q}}`, owner, mode)
	}
	for _, c := range []struct {
		trap    string
		network network
		want    string
	}{
		{"recorded nowhere: not blocked", network{"Subnets": subnetA}, "public4"},
		{"off in the Region", network{"Subnets": subnetA, options: fmt.Sprintf(region, "off")}, "public4"},
		{"the Region's, where the subnet says nothing", network{"Subnets": subnetA, options: fmt.Sprintf(region, "block-bidirectional")}, "public4 block-bidirectional"},
		{"the subnet's, which counts exclusions in", network{"Subnets": states("off", own), options: fmt.Sprintf(region, "block-bidirectional")}, "public4"},
		{"the subnet's alone", network{"Subnets": states("block-ingress", own)}, "public4 block-ingress"},
		{"a mode that nobody knows is kept, and not taken for closed", network{"Subnets": states("block-moon", own)}, "public4 block-moon"},
		{
			"the owner's for a shared subnet, not the participant's",
			network{"Subnets": `{"SubnetId": "subnet-a", "VpcId": "vpc-1", "OwnerId": "444455556666"}`, options: fmt.Sprintf(region, "block-bidirectional")},
			"public4",
		},
		{
			"the owner's, where it is recorded too",
			network{"Subnets": `{"SubnetId": "subnet-a", "VpcId": "vpc-1", "OwnerId": "444455556666"}`, options: fmt.Sprintf(region, "off"), other + "/" + options: fmt.Sprintf(region, "block-ingress")},
			"public4 block-ingress",
		},
	} {
		t.Run(c.trap, func(t *testing.T) {
			c.network["RouteTables"], c.network["InternetGateways"] = table("rtb-1", main, route("0.0.0.0/0", "igw-1")), gateway1
			s := c.network.load(t)
			r := s.RoutingOf(subnet(t, s, "subnet-a"))
			if says(r) != c.want {
				t.Errorf("the subnet is %s, want %s", says(r), c.want)
			}
			if open := r.Blocked == "" || r.Blocked == "block-moon"; r.Public() != open {
				t.Errorf("public %t, blocked %q", r.Public(), r.Blocked)
			}
			if r.Blocked != "" && places([]snapshot.Place{r.BlockedBy}) == "" {
				t.Error("nothing says what blocks it")
			}
		})
	}
}

// TestSharedSubnet has a participant's recording, alone and beside the owner's.
func TestSharedSubnet(t *testing.T) {
	const shared = `{"SubnetId": "subnet-a", "VpcId": "vpc-1", "OwnerId": "444455556666"}`
	alone := network{"Subnets": shared, "RouteTables": "", "InternetGateways": ""}.load(t)
	n := subnet(t, alone, "subnet-a")
	if r := alone.RoutingOf(n); says(r) != "no table" || !n.Foreign() {
		t.Errorf("without its owner it is %s, foreign %t", says(r), n.Foreign())
	}
	both := network{
		"Subnets": shared, "RouteTables": "", "InternetGateways": "",
		other + "/Subnets":          shared,
		other + "/RouteTables":      table("rtb-1", main, route("0.0.0.0/0", "igw-1")),
		other + "/InternetGateways": gateway1,
	}.load(t)
	n = subnet(t, both, "subnet-a")
	if r := both.RoutingOf(n); says(r) != "public4" || n.Foreign() {
		t.Errorf("with its owner it is %s, foreign %t", says(r), n.Foreign())
	}
	if got := len(snapshot.Subnets.In(both)); got != 1 {
		t.Errorf("it counts %d times", got)
	}
}

// TestTwoAccounts has VPCs of two accounts in one recording.
func TestTwoAccounts(t *testing.T) {
	s := network{
		"Subnets":                   subnetA,
		"RouteTables":               table("rtb-1", main, local),
		"InternetGateways":          gateway1,
		other + "/Subnets":          `{"SubnetId": "subnet-b", "VpcId": "vpc-2", "OwnerId": "444455556666"}`,
		other + "/RouteTables":      tableIn("vpc-2", "rtb-2", main, route("0.0.0.0/0", "igw-2")),
		other + "/InternetGateways": `{"InternetGatewayId": "igw-2", "Attachments": [{"VpcId": "vpc-2", "State": "available"}]}`,
		other + "/ec2-describe-vpc-block-public-access-options.json": `{"VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "block-ingress"}}`,
	}.load(t)
	for id, want := range map[string]string{"subnet-a": "private", "subnet-b": "public4 block-ingress"} {
		if r := s.RoutingOf(subnet(t, s, id)); says(r) != want {
			t.Errorf("%s is %s, want %s", id, says(r), want)
		}
	}
}

func TestRoutingByIsOfTheTableAlone(t *testing.T) {
	s := network{
		"Subnets": subnetA, "InternetGateways": gateway1,
		"RouteTables": table("rtb-1", main, route("0.0.0.0/0", "igw-1")) + "," + table("rtb-2", "", route("0.0.0.0/0", "vpce-1")),
		"ec2-describe-vpc-block-public-access-options.json": `{"VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "block-ingress"}}`,
	}.load(t)
	tables := snapshot.RouteTables.In(s)
	if got := says(s.RoutingBy(&tables[0])); got != "public4" {
		t.Errorf("the first table is %s", got)
	}
	if got := says(s.RoutingBy(&tables[1])); got != "private" {
		t.Errorf("the second table is %s", got)
	}
	if got := s.SubnetsBy(&tables[0]); len(got) != 1 || len(s.SubnetsBy(&tables[1])) != 0 {
		t.Errorf("%d subnets follow the main table", len(got))
	}
}

func TestIsMain(t *testing.T) {
	for trap, c := range map[string]struct {
		associations string
		main, known  bool
	}{
		"a subnet's":                     {ofA, false, true},
		"none":                           {"", false, true},
		"the main one":                   {main, true, true},
		"one that has ended":             {`{"Main": true, "AssociationState": {"State": "disassociated"}}`, false, true},
		"a state that nobody knows":      {`{"Main": true, "AssociationState": {"State": "frozen"}}`, true, false},
		"one that has ended and another": {`{"Main": true, "AssociationState": {"State": "disassociated"}}, ` + main, true, true},
	} {
		s := network{"RouteTables": table("rtb-1", c.associations, local)}.load(t)
		if main, known, _ := snapshot.RouteTables.In(s)[0].IsMain(); main != c.main || known != c.known {
			t.Errorf("%s: main %t, known %t", trap, main, known)
		}
	}
}

// TestTheWidestRoutesAreNamed has more routes to a gateway than anybody reads:
// the default route comes last, and has to be among those that are named.
func TestTheWidestRoutesAreNamed(t *testing.T) {
	for count, want := range map[int]int{63: 64, 64: 64, 200: 64} {
		routes := make([]string, count)
		for i := range routes {
			routes[i] = route(fmt.Sprintf("203.0.113.%d/32", i), "igw-1")
		}
		routes = append(routes, route("0.0.0.0/0", "igw-1"))
		s := network{"Subnets": subnetA, "InternetGateways": gateway1, "RouteTables": table("rtb-1", ofA, strings.Join(routes, ","))}.load(t)
		r := s.RoutingOf(subnet(t, s, "subnet-a"))
		last := r.Decisive[len(r.Decisive)-1].Field
		if len(r.Decisive) != want || last != fmt.Sprintf("Routes/%d/GatewayId", count) || !r.Public4 {
			t.Errorf("of %d routes %d are named, the last is %s, and the subnet is %s", count+1, len(r.Decisive), last, says(r))
		}
	}
}
