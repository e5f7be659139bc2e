package snapshot_test

import (
	"net/netip"
	"testing"
	"testing/fstest"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// loadedTargets decodes a recording of account 111122223333 in eu-west-1, written
// down file by file. Names begin with the folder of an account where there are
// several.
func loadedTargets(t *testing.T, files map[string]string) *snapshot.Snapshot {
	t.Helper()
	in := fstest.MapFS{}
	for name, body := range files {
		in[name] = &fstest.MapFile{Data: []byte(body)}
	}
	r, err := recording.OpenFS(in, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Load(r, snapshot.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	targetManifest = `{"formatVersion": "1", "account": "111122223333", "partition": "aws", "regions": ["eu-west-1"], "gaps": []}`
	groupARN       = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1"
	healthFile     = "eu-west-1/elbv2-describe-target-health/arn%3Aaws%3Aelasticloadbalancing%3Aeu-west-1%3A111122223333%3Atargetgroup%2Fweb%2F1.json"
)

// where judges the only target of a group of some type.
func where(t *testing.T, targetType, target, subnets, instances string) (snapshot.Zone, string) {
	t.Helper()
	s := loadedTargets(t, map[string]string{
		"recording.json": targetManifest,
		"eu-west-1/elbv2-describe-target-groups.json": `{"TargetGroups": [{"TargetGroupArn": "` + groupARN + `", "TargetGroupName": "web", "VpcId": "vpc-1", "TargetType": "` + targetType + `"}]}`,
		healthFile:                              `{"TargetHealthDescriptions": [{"Target": ` + target + `, "TargetHealth": {"State": "healthy"}}]}`,
		"eu-west-1/ec2-describe-subnets.json":   `{"Subnets": [` + subnets + `]}`,
		"eu-west-1/ec2-describe-instances.json": `{"Reservations": [{"Instances": [` + instances + `]}]}`,
	})
	g := &snapshot.TargetGroups.In(s)[0]
	targets, gap := s.TargetsOf(g)
	if gap != nil {
		t.Fatal(gap)
	}
	zone, place := s.ZoneOfTarget(g, &targets[0])
	return zone, place.Resource.ID() + " " + place.Field
}

func TestWhereATargetIs(t *testing.T) {
	const (
		subnetA   = `{"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az2", "CidrBlock": "10.0.1.0/24", "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8:0:1::/64", "Ipv6CidrBlockState": {"State": "associated"}}, {"Ipv6CidrBlock": "2001:db8:0:9::/64", "Ipv6CidrBlockState": {"State": "disassociated"}}]}`
		oldSubnet = `{"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a", "CidrBlock": "10.0.1.0/24"}`
		other     = `{"SubnetId": "subnet-other", "VpcId": "vpc-2", "AvailabilityZone": "eu-west-1b", "AvailabilityZoneId": "euw1-az3", "CidrBlock": "10.0.2.0/24"}`
		narrow    = `{"SubnetId": "subnet-b", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1b", "AvailabilityZoneId": "euw1-az3", "CidrBlock": "10.0.2.0/28"}`
		running   = `{"InstanceId": "i-1", "State": {"Name": "running"}, "Placement": {"AvailabilityZone": "eu-west-1a"}}`
	)
	for _, test := range []struct {
		name, typ, target, subnets, instances string
		id, zoneType, place                   string
	}{
		{"an instance is where it is placed, by the id of the zone", "instance", `{"Id": "i-1"}`, subnetA, running, "euw1-az2", "availability-zone", "i-1 Placement/AvailabilityZone"},
		{"a zone without an id has its name", "instance", `{"Id": "i-1"}`, oldSubnet, running, "eu-west-1a", "availability-zone", "i-1 Placement/AvailabilityZone"},
		{"an instance in a Local Zone", "instance", `{"Id": "i-1"}`, subnetA, `{"InstanceId": "i-1", "Placement": {"AvailabilityZone": "us-west-2-lax-1a"}}`, "us-west-2-lax-1a", "local-zone", "i-1 Placement/AvailabilityZone"},
		{"an instance that is not recorded", "instance", `{"Id": "i-1"}`, subnetA, "", "", "", "i-1 Target/Id"},
		{"an instance without a placement", "instance", `{"Id": "i-1"}`, subnetA, `{"InstanceId": "i-1", "SubnetId": "subnet-a"}`, "", "", "i-1 Placement/AvailabilityZone"},
		{"an address is in the zone of its subnet", "ip", `{"Id": "10.0.1.7", "AvailabilityZone": "eu-west-1a"}`, subnetA, "", "euw1-az2", "availability-zone", "subnet-a AvailabilityZoneId"},
		{"the subnet counts, not the zone that the target names", "ip", `{"Id": "10.0.1.7", "AvailabilityZone": "eu-west-1b"}`, subnetA, "", "euw1-az2", "availability-zone", "subnet-a AvailabilityZoneId"},
		{"a subnet without a zone id", "ip", `{"Id": "10.0.1.7"}`, oldSubnet, "", "eu-west-1a", "availability-zone", "subnet-a AvailabilityZone"},
		{"an IPv6 address", "ip", `{"Id": "2001:db8:0:1::7"}`, subnetA, "", "euw1-az2", "availability-zone", "subnet-a AvailabilityZoneId"},
		{"a block that was taken from the subnet", "ip", `{"Id": "2001:db8:0:9::7"}`, subnetA, "", "", "", "2001:db8:0:9::7 Target/Id"},
		{"subnets of several sizes", "ip", `{"Id": "10.0.2.7"}`, subnetA + "," + narrow, "", "euw1-az3", "availability-zone", "subnet-b AvailabilityZoneId"},
		{"an address of another VPC with the same block", "ip", `{"Id": "10.0.2.7", "AvailabilityZone": "eu-west-1b"}`, subnetA + "," + other, "", "", "", "10.0.2.7 Target/Id"},
		{"an address outside takes traffic from one zone and is elsewhere", "ip", `{"Id": "192.168.1.7", "AvailabilityZone": "eu-west-1a"}`, subnetA, "", "", "", "192.168.1.7 Target/Id"},
		{"an address outside takes traffic from all zones", "ip", `{"Id": "192.168.1.7", "AvailabilityZone": "all"}`, subnetA, "", "", "", "192.168.1.7 Target/AvailabilityZone"},
		{"no address at all", "ip", `{"Id": "db.example"}`, subnetA, "", "", "", "db.example Target/Id"},
		{"a function is in no zone", "lambda", `{"Id": "arn:aws:lambda:eu-west-1:111122223333:function:f"}`, subnetA, "", "", "", "arn:aws:lambda:eu-west-1:111122223333:function:f Target/Id"},
		{"a type that nobody knows", "quantum", `{"Id": "i-1"}`, subnetA, running, "", "", "i-1 Target/Id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			zone, place := where(t, test.typ, test.target, test.subnets, test.instances)
			if zone.ID != test.id || zone.Type != test.zoneType || place != test.place {
				t.Errorf("is in %q (%s) by %s, want %q (%s) by %s", zone.ID, zone.Type, place, test.id, test.zoneType, test.place)
			}
		})
	}
}

// TestSharedSubnetNamesItsZoneOtherwise has an instance of one account in the
// subnet of another, whose eu-west-1b is what the first calls eu-west-1a.
func TestSharedSubnetNamesItsZoneOtherwise(t *testing.T) {
	s := loadedTargets(t, map[string]string{
		"111122223333/recording.json":                        targetManifest,
		"111122223333/eu-west-1/ec2-describe-subnets.json":   `{"Subnets": [{"SubnetId": "subnet-a", "VpcId": "vpc-1", "OwnerId": "444455556666", "AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az2", "CidrBlock": "10.0.1.0/24"}]}`,
		"111122223333/eu-west-1/ec2-describe-instances.json": `{"Reservations": [{"Instances": [{"InstanceId": "i-1", "SubnetId": "subnet-a", "Placement": {"AvailabilityZone": "eu-west-1a"}}]}]}`,
		"444455556666/recording.json":                        `{"formatVersion": "1", "account": "444455556666", "partition": "aws", "regions": ["eu-west-1"], "gaps": []}`,
		"444455556666/eu-west-1/ec2-describe-subnets.json":   `{"Subnets": [{"SubnetId": "subnet-a", "VpcId": "vpc-1", "OwnerId": "444455556666", "AvailabilityZone": "eu-west-1b", "AvailabilityZoneId": "euw1-az2", "CidrBlock": "10.0.1.0/24"}]}`,
	})
	i := &snapshot.Instances.In(s)[0]
	if zone, _ := s.ZoneOfInstance(i, "InstanceId", i.InstanceID); zone.ID != "euw1-az2" {
		t.Errorf("the instance is in %s", zone.ID)
	}
	if n, ok := s.SubnetAt(i.Scope(), "vpc-1", netip.MustParseAddr("10.0.1.9")); !ok || n.SubnetID != "subnet-a" {
		t.Error("the subnet of the other account was not found")
	}
}

func TestKeeperOfAnInterface(t *testing.T) {
	for _, test := range []struct {
		name   string
		n      snapshot.NetworkInterface
		keeper snapshot.Keeper
		field  string
	}{
		{"a task of ECS", snapshot.NetworkInterface{Description: "arn:aws:ecs:eu-west-1:111122223333:attachment/6f7c"}, snapshot.KeeperECS, "Description"},
		{"a task of ECS in China", snapshot.NetworkInterface{Description: "arn:aws-cn:ecs:cn-north-1:111122223333:attachment/6f7c"}, snapshot.KeeperECS, "Description"},
		{"a requester that is ECS", snapshot.NetworkInterface{RequesterID: "amazon-ecs"}, snapshot.KeeperECS, "RequesterId"},
		{"pods of EKS", snapshot.NetworkInterface{Description: "aws-K8S-i-0abc"}, snapshot.KeeperEKS, "Description"},
		{"a pod with a security group", snapshot.NetworkInterface{Description: "aws-k8s-branch-eni", InterfaceType: "branch"}, snapshot.KeeperEKS, "Description"},
		{"the control plane of EKS", snapshot.NetworkInterface{Description: "Amazon EKS prod"}, snapshot.KeeperEKS, "Description"},
		{"an endpoint", snapshot.NetworkInterface{InterfaceType: "vpc_endpoint"}, snapshot.KeeperPrivateLink, "InterfaceType"},
		{"an endpoint by its description", snapshot.NetworkInterface{InterfaceType: "interface", Description: "VPC Endpoint Interface vpce-1"}, snapshot.KeeperPrivateLink, "Description"},
		{"a load balancer is no scheduler", snapshot.NetworkInterface{RequesterID: "amazon-elb", Description: "ELB app/web/1"}, "", ""},
		{"a database is none", snapshot.NetworkInterface{RequesterID: "amazon-rds", Description: "RDSNetworkInterface"}, "", ""},
		{"a text that mentions ECS", snapshot.NetworkInterface{Description: "not an ecs task"}, "", ""},
		{"an instance", snapshot.NetworkInterface{}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if keeper, field := test.n.Keeper(); keeper != test.keeper || field != test.field {
				t.Errorf("is kept by %q by %q, want %q by %q", keeper, field, test.keeper, test.field)
			}
		})
	}
}
