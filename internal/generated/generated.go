// Package generated writes recordings of large accounts for tests and benchmarks.
package generated

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// unit is how many resources one VPC of the generated account brings: of eleven
// kinds, in the proportions of a large account.
const unit = 1 + 4 + 2 + 1 + 1 + 2 + 8 + 40 + 52 + 6 + 4

// account is what is being written.
type account struct {
	dir   string
	lists map[string]*bufio.Writer
	files []*os.File
	first map[string]bool
}

// Account writes a recording of an account with about n resources, in VPCs of
// the same kind, and returns its folder.
func Account(tb testing.TB, n int) string {
	tb.Helper()
	a := &account{dir: tb.TempDir(), lists: map[string]*bufio.Writer{}, first: map[string]bool{}}
	if err := os.Mkdir(filepath.Join(a.dir, "eu-west-1"), 0o755); err != nil {
		tb.Fatal(err)
	}
	manifest := `{"formatVersion": "1", "account": "111122223333", "partition": "aws", "capturedAt": "2026-11-23T10:00:00Z", "regions": ["eu-west-1"], "gaps": []}`
	if err := os.WriteFile(filepath.Join(a.dir, "recording.json"), []byte(manifest), 0o644); err != nil {
		tb.Fatal(err)
	}
	options := `{"VpcBlockPublicAccessOptions": {"AwsAccountId": "111122223333", "AwsRegion": "eu-west-1", "State": "default-state", "InternetGatewayBlockMode": "off"}}`
	if err := os.WriteFile(filepath.Join(a.dir, "eu-west-1", "ec2-describe-vpc-block-public-access-options.json"), []byte(options), 0o644); err != nil {
		tb.Fatal(err)
	}
	a.open(tb)
	for i := range max(n/unit, 1) {
		a.vpc(i)
	}
	a.add("AvailabilityZones", `{"ZoneName": "eu-west-1a", "ZoneId": "euw1-az1", "ZoneType": "availability-zone"}`)
	a.add("AvailabilityZones", `{"ZoneName": "eu-west-1b", "ZoneId": "euw1-az2", "ZoneType": "availability-zone"}`)
	a.close(tb)
	return a.dir
}

// lists are the bodies by the key of their list; those that get nothing are
// recorded as empty.
var lists = map[string]string{
	"AvailabilityZones": "ec2-describe-availability-zones", "Vpcs": "ec2-describe-vpcs", "Subnets": "ec2-describe-subnets",
	"RouteTables": "ec2-describe-route-tables", "InternetGateways": "ec2-describe-internet-gateways", "NatGateways": "ec2-describe-nat-gateways",
	"SecurityGroups": "ec2-describe-security-groups", "NetworkInterfaces": "ec2-describe-network-interfaces", "Reservations": "ec2-describe-instances",
	"LaunchTemplateVersions": "ec2-describe-launch-template-versions", "DBInstances": "rds-describe-db-instances", "DBClusters": "rds-describe-db-clusters",
	"DBSubnetGroups": "rds-describe-db-subnet-groups", "LoadBalancers": "elbv2-describe-load-balancers", "TargetGroups": "elbv2-describe-target-groups",
	"LoadBalancerDescriptions": "elb-describe-load-balancers", "AutoScalingGroups": "autoscaling-describe-auto-scaling-groups",
	"LaunchConfigurations": "autoscaling-describe-launch-configurations", "ScalingPolicies": "autoscaling-describe-policies",
	"ScheduledUpdateGroupActions": "autoscaling-describe-scheduled-actions",
	"NetworkAcls":                 "ec2-describe-network-acls", "EgressOnlyInternetGateways": "ec2-describe-egress-only-internet-gateways",
	"VpcPeeringConnections": "ec2-describe-vpc-peering-connections", "VpcEndpoints": "ec2-describe-vpc-endpoints",
	"VpnGateways": "ec2-describe-vpn-gateways", "VpnConnections": "ec2-describe-vpn-connections",
	"TransitGateways": "ec2-describe-transit-gateways", "TransitGatewayAttachments": "ec2-describe-transit-gateway-attachments",
	"TransitGatewayVpcAttachments": "ec2-describe-transit-gateway-vpc-attachments", "TransitGatewayRouteTables": "ec2-describe-transit-gateway-route-tables",
	"TransitGatewayPeeringAttachments": "ec2-describe-transit-gateway-peering-attachments",
	"SecurityGroupVpcAssociations":     "ec2-describe-security-group-vpc-associations",
	"VpcBlockPublicAccessExclusions":   "ec2-describe-vpc-block-public-access-exclusions",
}

func (a *account) open(tb testing.TB) {
	tb.Helper()
	for list, file := range lists {
		f, err := os.Create(filepath.Join(a.dir, "eu-west-1", file+".json"))
		if err != nil {
			tb.Fatal(err)
		}
		a.files, a.lists[list] = append(a.files, f), bufio.NewWriterSize(f, 1<<20)
		fmt.Fprintf(a.lists[list], "{%q: [", list)
	}
}

func (a *account) close(tb testing.TB) {
	tb.Helper()
	for _, w := range a.lists {
		fmt.Fprint(w, "]}")
		if err := w.Flush(); err != nil {
			tb.Fatal(err)
		}
	}
	for _, f := range a.files {
		if err := f.Close(); err != nil {
			tb.Fatal(err)
		}
	}
}

func (a *account) add(list, format string, args ...any) {
	if a.first[list] {
		fmt.Fprint(a.lists[list], ",\n")
	}
	a.first[list] = true
	fmt.Fprintf(a.lists[list], format, args...)
}

// vpc writes one VPC of two zones and what stands in it.
func (a *account) vpc(i int) {
	id := func(kind string, j int) string { return fmt.Sprintf("%s-0%012x%04x", kind, i, j) }
	a.add("Vpcs", `{"VpcId": %q, "OwnerId": "111122223333", "IsDefault": false, "State": "available", "CidrBlock": "10.0.0.0/16", "InstanceTenancy": "default", "DhcpOptionsId": "dopt-0123", "Tags": [{"Key": "Name", "Value": "vpc-%d"}]}`, id("vpc", 0), i)
	a.add("InternetGateways", `{"InternetGatewayId": %q, "OwnerId": "111122223333", "Attachments": [{"VpcId": %q, "State": "available"}], "Tags": []}`, id("igw", 0), id("vpc", 0))
	for j := range 4 {
		a.add("Subnets", `{"SubnetId": %q, "SubnetArn": "arn:aws:ec2:eu-west-1:111122223333:subnet/%s", "VpcId": %q, "OwnerId": "111122223333", "AvailabilityZone": "eu-west-1%c", "AvailabilityZoneId": "euw1-az%d", "State": "available", "CidrBlock": "10.0.%d.0/24", "AvailableIpAddressCount": 200, "MapPublicIpOnLaunch": false, "AssignIpv6AddressOnCreation": false, "DefaultForAz": false, "Ipv6CidrBlockAssociationSet": [], "Tags": [{"Key": "Name", "Value": "subnet-%d"}]}`,
			id("subnet", j), id("subnet", j), id("vpc", 0), 'a'+j%2, 1+j%2, j, j)
	}
	for j := range 2 {
		target := fmt.Sprintf(`"GatewayId": %q`, id("igw", 0))
		associations := fmt.Sprintf(`[{"RouteTableId": "x", "SubnetId": %q, "Main": false}, {"RouteTableId": "x", "SubnetId": %q, "Main": false}]`, id("subnet", 0), id("subnet", 1))
		if j == 1 {
			target, associations = fmt.Sprintf(`"NatGatewayId": %q`, id("nat", 0)), `[{"RouteTableId": "x", "Main": true}]`
		}
		a.add("RouteTables", `{"RouteTableId": %q, "VpcId": %q, "OwnerId": "111122223333", "Associations": %s, "PropagatingVgws": [], "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}, {"DestinationCidrBlock": "0.0.0.0/0", %s, "Origin": "CreateRoute", "State": "active"}], "Tags": []}`,
			id("rtb", j), id("vpc", 0), associations, target)
		a.add("NatGateways", `{"NatGatewayId": %q, "VpcId": %q, "SubnetId": %q, "State": "available", "ConnectivityType": "public", "NatGatewayAddresses": [{"AllocationId": "eipalloc-1", "NetworkInterfaceId": "eni-1", "PrivateIp": "10.0.0.5", "PublicIp": "52.0.0.1"}]}`, id("nat", j), id("vpc", 0), id("subnet", j))
	}
	a.add("NetworkAcls", `{"NetworkAclId": %q, "VpcId": %q, "OwnerId": "111122223333", "IsDefault": true, "Associations": [{"SubnetId": %q}, {"SubnetId": %q}, {"SubnetId": %q}, {"SubnetId": %q}], "Entries": [{"Egress": false, "RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}, {"Egress": true, "RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}, {"Egress": false, "RuleNumber": 32767, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}, {"Egress": true, "RuleNumber": 32767, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}], "Tags": []}`,
		id("acl", 0), id("vpc", 0), id("subnet", 0), id("subnet", 1), id("subnet", 2), id("subnet", 3))
	for j := range 8 {
		a.add("SecurityGroups", `{"GroupId": %q, "GroupName": "group-%d-%d", "VpcId": %q, "OwnerId": "111122223333", "Description": "tier %d", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}, {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": [{"GroupId": %q, "UserId": "111122223333"}]}], "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}], "Tags": []}`,
			id("sg", j), i, j, id("vpc", 0), j, id("sg", (j+1)%8))
	}
	a.machines(i, id)
}

// public is the public address of every eighth interface, of those in the subnets
// that have a route to the internet gateway.
func public(i, j int) string {
	if j%8 > 1 {
		return ""
	}
	n := i*13 + j/4 + j%8
	return fmt.Sprintf(`, "Association": {"PublicIp": "54.%d.%d.%d", "IpOwnerId": "amazon"}`, n>>16&255, n>>8&255, n&255)
}

// machines writes instances, interfaces, databases and groups.
func (a *account) machines(i int, id func(string, int) string) {
	for j := range 52 {
		instance := fmt.Sprintf(`"Attachment": {"AttachmentId": "eni-attach-1", "InstanceId": %q, "InstanceOwnerId": "111122223333", "DeviceIndex": 0, "Status": "attached"}`, id("i", j))
		if j >= 40 {
			instance = `"Attachment": {"AttachmentId": "ela-attach-1", "InstanceOwnerId": "amazon-elb", "DeviceIndex": 1, "Status": "attached"}`
		}
		a.add("NetworkInterfaces", `{"NetworkInterfaceId": %q, "VpcId": %q, "SubnetId": %q, "AvailabilityZone": "eu-west-1%c", "OwnerId": "111122223333", "InterfaceType": "interface", "Description": "", "RequesterManaged": false, "Status": "in-use", "SourceDestCheck": true, "MacAddress": "02:00:00:00:00:01", "Groups": [{"GroupId": %q, "GroupName": "g"}], "PrivateIpAddress": "10.0.%d.%d", "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": "10.0.%d.%d"%s}], "Ipv6Addresses": [], %s, "TagSet": []}`,
			id("eni", j), id("vpc", 0), id("subnet", j%4), 'a'+j%2, id("sg", j%8), j%4, 10+j, j%4, 10+j, public(i, j), instance)
	}
	for j := range 40 {
		a.add("Reservations", `{"ReservationId": %q, "OwnerId": "111122223333", "Groups": [], "Instances": [{"InstanceId": %q, "InstanceType": "m7g.large", "ImageId": "ami-0123456789abcdef0", "State": {"Code": 16, "Name": "running"}, "VpcId": %q, "SubnetId": %q, "Placement": {"AvailabilityZone": "eu-west-1%c", "Tenancy": "default"}, "PrivateIpAddress": "10.0.%d.%d", "LaunchTime": "2026-11-01T10:00:00+00:00", "Architecture": "arm64", "SecurityGroups": [{"GroupId": %q, "GroupName": "g"}], "SourceDestCheck": true, "Tags": [{"Key": "Name", "Value": "web-%d"}]}]}`,
			id("r", j), id("i", j), id("vpc", 0), id("subnet", j%4), 'a'+j%2, j%4, 10+j, id("sg", j%8), j)
	}
	for j := range 6 {
		a.add("DBInstances", `{"DBInstanceIdentifier": "db-%d-%d", "DBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:db-%d-%d", "DBInstanceClass": "db.m7g.large", "DBInstanceStatus": "available", "Engine": "mysql", "EngineVersion": "8.0.40", "AvailabilityZone": "eu-west-1a", "MultiAZ": true, "PubliclyAccessible": false, "BackupRetentionPeriod": 7, "Endpoint": {"Address": "db.example.com", "Port": 3306}, "VpcSecurityGroups": [{"VpcSecurityGroupId": %q, "Status": "active"}], "DBSubnetGroup": {"DBSubnetGroupName": "db", "VpcId": %q, "Subnets": [{"SubnetIdentifier": %q, "SubnetAvailabilityZone": {"Name": "eu-west-1a"}, "SubnetStatus": "Active"}, {"SubnetIdentifier": %q, "SubnetAvailabilityZone": {"Name": "eu-west-1b"}, "SubnetStatus": "Active"}]}, "ReadReplicaDBInstanceIdentifiers": [], "PendingModifiedValues": {}, "TagList": []}`,
			i, j, i, j, id("sg", j), id("vpc", 0), id("subnet", 2), id("subnet", 3))
	}
	for j := range 4 {
		a.add("AutoScalingGroups", `{"AutoScalingGroupName": "asg-%d-%d", "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:uuid:autoScalingGroupName/asg-%d-%d", "MinSize": 2, "MaxSize": 6, "DesiredCapacity": 2, "AvailabilityZones": ["eu-west-1a", "eu-west-1b"], "VPCZoneIdentifier": "%s,%s", "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "Version": "$Default"}, "LoadBalancerNames": [], "TargetGroupARNs": [], "TrafficSources": [], "HealthCheckType": "EC2", "SuspendedProcesses": [], "Instances": [{"InstanceId": %q, "AvailabilityZone": "eu-west-1a", "LifecycleState": "InService", "HealthStatus": "Healthy"}], "Tags": []}`,
			i, j, i, j, id("subnet", 2), id("subnet", 3), id("i", j))
	}
}
