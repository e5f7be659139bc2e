package snapshot_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/buttress/buttress/internal/snapshot"
)

func TestDocumentDBAndNeptuneAnswerThroughTheAPIOfRDS(t *testing.T) {
	for engine, want := range map[string]bool{"docdb": false, "neptune": false, "mysql": true, "aurora-postgresql": true, "custom-oracle-ee": true} {
		if got := (&snapshot.DBInstance{Engine: engine}).IsRDS(); got != want {
			t.Errorf("instance of %s: %v", engine, got)
		}
		if got := (&snapshot.DBCluster{Engine: engine}).IsRDS(); got != want {
			t.Errorf("cluster of %s: %v", engine, got)
		}
	}
}

func TestMultiAZDBClustersAreNotAurora(t *testing.T) {
	for engine, want := range map[string]bool{"mysql": true, "postgres": true, "aurora-mysql": false, "docdb": false, "": false} {
		if got := (&snapshot.DBCluster{Engine: engine}).IsMultiAZCluster(); got != want {
			t.Errorf("%q: %v", engine, got)
		}
	}
}

func TestAuroraKnowsNoInstancesOutsideOfClusters(t *testing.T) {
	for _, d := range []snapshot.DBInstance{{Engine: "aurora-mysql"}, {Engine: "mysql", DBClusterIdentifier: "multi-az"}} {
		if !d.InCluster() {
			t.Errorf("%+v is in no cluster", d)
		}
	}
	if (&snapshot.DBInstance{Engine: "mysql"}).InCluster() {
		t.Error("an instance of its own is in a cluster")
	}
}

func TestInterfacesOfRDSAreToldByWhoAskedForThem(t *testing.T) {
	s := loadBodies(t, map[string]string{"ec2-describe-network-interfaces": `{"NetworkInterfaces": [
		{"NetworkInterfaceId": "database", "VpcId": "vpc-1", "Description": "RDSNetworkInterface", "RequesterId": "amazon-rds", "Attachment": {"InstanceOwnerId": "amazon-rds"}},
		{"NetworkInterfaceId": "database-in-an-old-recording", "VpcId": "vpc-1", "Description": "RDSNetworkInterface"},
		{"NetworkInterfaceId": "proxy", "VpcId": "vpc-1", "Description": "Network interface for DBProxy tips"},
		{"NetworkInterfaceId": "x-instance", "VpcId": "vpc-1", "Description": "RDSNetworkInterface", "Attachment": {"InstanceId": "i-1", "InstanceOwnerId": "111122223333"}},
		{"NetworkInterfaceId": "x-load-balancer", "VpcId": "vpc-1", "Description": "ELB app/web/1", "RequesterId": "amazon-elb"}]}`})
	for _, n := range snapshot.NetworkInterfaces.In(s) {
		if want := n.ID()[0] != 'x'; n.OfRDS() != want {
			t.Errorf("%s: %v", n.ID(), n.OfRDS())
		}
	}
}

func TestAStrangerIsTheFirstWearerOfAnotherService(t *testing.T) {
	s := loadBodies(t, map[string]string{
		"ec2-describe-security-groups": `{"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "db"}, {"GroupId": "sg-2", "GroupName": "own"}]}`,
		"ec2-describe-network-interfaces": `{"NetworkInterfaces": [
			{"NetworkInterfaceId": "eni-3", "VpcId": "vpc-1", "Groups": [{"GroupId": "sg-1"}]},
			{"NetworkInterfaceId": "eni-2", "VpcId": "vpc-1", "Groups": [{"GroupId": "sg-9"}, {"GroupId": "sg-1"}]},
			{"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "RequesterId": "amazon-rds", "Groups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}]}]}`,
	})
	groups := snapshot.SecurityGroups.In(s)
	if n, ok := s.Stranger(&groups[0]); !ok || n.ID() != "eni-2" {
		t.Errorf("stranger of sg-1: %v %v", n, ok)
	}
	if n, ok := s.Stranger(&groups[1]); ok {
		t.Errorf("stranger of sg-2: %s", n.ID())
	}
}

func TestDatabasesAreFoundByWhatTheyWearAndStandIn(t *testing.T) {
	s := loadBodies(t, map[string]string{
		"ec2-describe-security-groups":  `{"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "db"}]}`,
		"rds-describe-db-subnet-groups": `{"DBSubnetGroups": [{"DBSubnetGroupName": "one"}, {"DBSubnetGroupName": "two"}]}`,
		"rds-describe-db-instances": `{"DBInstances": [
			{"DBInstanceIdentifier": "b", "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}, {"VpcSecurityGroupId": "sg-1"}], "DBSubnetGroup": {"DBSubnetGroupName": "one"}},
			{"DBInstanceIdentifier": "a", "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}]}]}`,
		"rds-describe-db-clusters": `{"DBClusters": [{"DBClusterIdentifier": "c", "DBSubnetGroup": "two"}]}`,
	})
	var ids []string
	for _, d := range s.DBInstancesWearing(&snapshot.SecurityGroups.In(s)[0]) {
		ids = append(ids, d.ID())
	}
	places := snapshot.DBSubnetGroups.In(s)
	for i := range places {
		for _, d := range s.DBInstancesOf(&places[i]) {
			ids = append(ids, places[i].ID(), d.ID())
		}
		for _, c := range s.DBClustersOf(&places[i]) {
			ids = append(ids, places[i].ID(), c.ID())
		}
	}
	if want := []string{"a", "b", "one", "b", "two", "c"}; !slices.Equal(ids, want) {
		t.Errorf("%v, want %v", ids, want)
	}
}

func TestWiderThanAPrivateRangeIsNotPrivate(t *testing.T) {
	for block, want := range map[string]bool{
		"10.0.0.0/8": true, "10.0.0.0/7": false, "172.31.0.0/16": true, "172.32.0.0/16": false, "100.64.0.0/10": true,
		"fd00::/8": true, "2a05:d018::/56": false, "0.0.0.0/0": false, "::/0": false,
	} {
		if got := snapshot.InPrivateRange(netip.MustParsePrefix(block)); got != want {
			t.Errorf("%s: %v", block, got)
		}
	}
	if snapshot.InPrivateRange(netip.Prefix{}) {
		t.Error("a block that is not recorded is private")
	}
}

func TestAVPCHoldsWhatLiesInAllOfItsBlocks(t *testing.T) {
	s := loadBodies(t, map[string]string{"ec2-describe-vpcs": `{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16",
		"CidrBlockAssociationSet": [{"CidrBlock": "198.18.0.0/16", "CidrBlockState": {"State": "associated"}},
			{"CidrBlock": "198.19.0.0/16", "CidrBlockState": {"State": "disassociated"}}]}]}`})
	vpc := &snapshot.VPCs.In(s)[0]
	for block, want := range map[string]bool{"10.0.1.0/24": true, "198.18.1.0/24": true, "198.19.1.0/24": false, "198.18.0.0/15": false} {
		if got := vpc.Holds(netip.MustParsePrefix(block)); got != want {
			t.Errorf("%s: %v", block, got)
		}
	}
}

func TestBlockPublicAccessInAModeThatNobodyKnowsBlocksNothing(t *testing.T) {
	s := loadBodies(t, map[string]string{
		"ec2-describe-vpc-block-public-access-options": `{"VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "block-bidirectional"}}`,
		"ec2-describe-subnets": `{"Subnets": [
			{"SubnetId": "by-the-region", "VpcId": "vpc-1"},
			{"SubnetId": "excluded", "VpcId": "vpc-1", "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"}},
			{"SubnetId": "ingress", "VpcId": "vpc-1", "BlockPublicAccessStates": {"InternetGatewayBlockMode": "block-ingress"}},
			{"SubnetId": "strange", "VpcId": "vpc-1", "BlockPublicAccessStates": {"InternetGatewayBlockMode": "block-tuesdays"}}]}`,
		"ec2-describe-route-tables": `{"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}]}]}`,
	})
	want := map[string]string{
		"by-the-region": "AWS::EC2::VPCBlockPublicAccessOptions", "excluded": "", "ingress": "AWS::EC2::Subnet", "strange": "",
	}
	subnets := snapshot.Subnets.In(s)
	for i := range subnets {
		n := &subnets[i]
		by, ok := s.BlockedBy(n)
		routing := s.RoutingOf(n)
		if ok != (want[n.ID()] != "") || ok && by.Resource.ResourceType() != want[n.ID()] || ok != routing.Closed() {
			t.Errorf("%s: blocked %v by %+v, mode %q", n.ID(), ok, by, routing.Blocked)
		}
	}
}

func TestUnreadPrefixListsAreThoseOfRoutesToInternetGateways(t *testing.T) {
	s := loadBodies(t, map[string]string{
		"ec2-describe-route-tables": `{"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Routes": [
			{"DestinationPrefixListId": "pl-read", "GatewayId": "igw-1", "State": "active"},
			{"DestinationPrefixListId": "pl-unread", "GatewayId": "igw-1", "State": "active"},
			{"DestinationPrefixListId": "pl-unread", "GatewayId": "igw-2", "State": "active"},
			{"DestinationPrefixListId": "pl-gone", "GatewayId": "igw-1", "State": "blackhole"},
			{"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-1", "State": "active"}]}]}`,
		"ec2-get-managed-prefix-list-entries/pl-read": `{"Entries": [{"Cidr": "203.0.113.0/24"}]}`,
	})
	gaps := s.UnreadPrefixLists(&snapshot.RouteTables.In(s)[0])
	if len(gaps) != 1 || gaps[0].Resource != "pl-unread" {
		t.Errorf("%v", gaps)
	}
}
