package collect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/recording"
)

// operation is one operation that can be called.
type operation struct {
	name recording.Operation
	read func(context.Context, *task) error
	// page is the largest page that the API takes; 0 where it has no pages.
	page int32
	// from is where the ids stand of the resources that this operation is asked
	// about, one by one; empty where it lists by itself.
	from []printed
	// resources are these ids, or those of a list that asks about some resources
	// once more.
	resources func(*found) []string
	// skip is a part of the ids of resources that there is nothing to ask about.
	skip string
	// flag is how the AWS CLI is told the resource, and args are what else it is
	// told.
	flag, args string
	// plain says that the AWS CLI turns no pages.
	plain bool
}

// printed is a key in what the AWS CLI prints for a list.
type printed struct {
	list recording.Operation
	key  string
}

// The page sizes are the largest that the API references give; that of
// DescribeInstances is not written there, and 1000 is what EC2 takes.
// SearchTransitGatewayRoutes answers with the largest unless it is told another;
// an AWS CLI from before 2026 takes none, and moto fails.
// A page that is asked for is cheaper than none: unpaginated calls of EC2 draw
// on a smaller bucket.
// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
//
// DescribeRules knows no listener of a Gateway Load Balancer
// (https://github.com/boto/boto3/issues/3591). The entries of prefix lists of
// AWS's own, such as that of Amazon S3, are told like those of the account.
// https://docs.aws.amazon.com/vpc/latest/userguide/working-with-managed-prefix-lists.html
var operations = []*operation{
	{name: "autoscaling:DescribeAutoScalingGroups", page: 100, read: describeAutoScalingGroups},
	{name: "autoscaling:DescribeLaunchConfigurations", page: 100, read: describeLaunchConfigurations},
	{name: "autoscaling:DescribePolicies", page: 100, read: describePolicies},
	{name: "autoscaling:DescribeScheduledActions", page: 100, read: describeScheduledActions},
	{name: "ec2:DescribeAvailabilityZones", read: describeAvailabilityZones},
	{name: "ec2:DescribeEgressOnlyInternetGateways", page: 255, read: describeEgressOnlyInternetGateways},
	{name: "ec2:DescribeInstances", page: 1000, read: describeInstances},
	{name: "ec2:DescribeInternetGateways", page: 1000, read: describeInternetGateways},
	{name: launchTemplateVersions, page: 200, read: describeLaunchTemplateVersions, resources: pinnedTemplates, args: "--versions '$Latest' '$Default'"},
	{name: "ec2:DescribeNatGateways", page: 1000, read: describeNatGateways},
	{name: "ec2:DescribeNetworkAcls", page: 1000, read: describeNetworkACLs},
	{name: "ec2:DescribeNetworkInterfaces", page: 1000, read: describeNetworkInterfaces},
	{name: "ec2:DescribeRouteTables", page: 100, read: describeRouteTables},
	{name: "ec2:DescribeSecurityGroupVpcAssociations", page: 1000, read: describeSecurityGroupVPCAssociations},
	{name: "ec2:DescribeSecurityGroups", page: 1000, read: describeSecurityGroups},
	{name: "ec2:DescribeSubnets", page: 1000, read: describeSubnets},
	{name: "ec2:DescribeTransitGatewayAttachments", page: 1000, read: describeTransitGatewayAttachments},
	{name: "ec2:DescribeTransitGatewayPeeringAttachments", page: 1000, read: describeTransitGatewayPeeringAttachments},
	{name: "ec2:DescribeTransitGatewayRouteTables", page: 1000, read: describeTransitGatewayRouteTables},
	{name: "ec2:DescribeTransitGatewayVpcAttachments", page: 1000, read: describeTransitGatewayVPCAttachments},
	{name: "ec2:DescribeTransitGateways", page: 1000, read: describeTransitGateways},
	{name: "ec2:DescribeVpcBlockPublicAccessExclusions", page: 1000, read: describeVPCBlockPublicAccessExclusions, args: "--max-results 1000", plain: true},
	{name: "ec2:DescribeVpcBlockPublicAccessOptions", read: describeVPCBlockPublicAccessOptions},
	{name: "ec2:DescribeVpcEndpoints", page: 1000, read: describeVPCEndpoints},
	{name: "ec2:DescribeVpcPeeringConnections", page: 1000, read: describeVPCPeeringConnections},
	{name: "ec2:DescribeVpcs", page: 1000, read: describeVPCs},
	{name: "ec2:DescribeVpnConnections", read: describeVPNConnections},
	{name: "ec2:DescribeVpnGateways", read: describeVPNGateways},
	{name: "ec2:GetManagedPrefixListEntries", page: 100, read: managedPrefixListEntries, resources: referencedPrefixLists, flag: "--prefix-list-id", from: []printed{{"ec2:DescribeSecurityGroups", "PrefixListId"}, {"ec2:DescribeRouteTables", "DestinationPrefixListId"}, {"ec2:SearchTransitGatewayRoutes", "PrefixListId"}}},
	{name: "ec2:SearchTransitGatewayRoutes", read: searchTransitGatewayRoutes, resources: listedBy("ec2:DescribeTransitGatewayRouteTables"), flag: "--transit-gateway-route-table-id", from: []printed{{"ec2:DescribeTransitGatewayRouteTables", "TransitGatewayRouteTableId"}}, args: "--filters Name=state,Values=active,blackhole"},
	{name: "elb:DescribeInstanceHealth", read: describeInstanceHealth, resources: listedBy("elb:DescribeLoadBalancers"), flag: "--load-balancer-name", from: []printed{{"elb:DescribeLoadBalancers", "LoadBalancerName"}}},
	{name: "elb:DescribeLoadBalancers", page: 400, read: describeClassicLoadBalancers},
	{name: "elbv2:DescribeListeners", page: 400, read: describeListeners, resources: listedBy("elbv2:DescribeLoadBalancers"), flag: "--load-balancer-arn", from: []printed{{"elbv2:DescribeLoadBalancers", "LoadBalancerArn"}}},
	{name: "elbv2:DescribeLoadBalancerAttributes", read: describeLoadBalancerAttributes, resources: listedBy("elbv2:DescribeLoadBalancers"), flag: "--load-balancer-arn", from: []printed{{"elbv2:DescribeLoadBalancers", "LoadBalancerArn"}}},
	{name: "elbv2:DescribeLoadBalancers", page: 400, read: describeLoadBalancers},
	{name: "elbv2:DescribeRules", page: 400, read: describeRules, resources: listedBy("elbv2:DescribeListeners"), skip: ":listener/gwy/", flag: "--listener-arn", from: []printed{{"elbv2:DescribeListeners", "ListenerArn"}}},
	{name: "elbv2:DescribeTargetGroupAttributes", read: describeTargetGroupAttributes, resources: listedBy("elbv2:DescribeTargetGroups"), flag: "--target-group-arn", from: []printed{{"elbv2:DescribeTargetGroups", "TargetGroupArn"}}},
	{name: "elbv2:DescribeTargetGroups", page: 400, read: describeTargetGroups},
	{name: "elbv2:DescribeTargetHealth", read: describeTargetHealth, resources: listedBy("elbv2:DescribeTargetGroups"), flag: "--target-group-arn", from: []printed{{"elbv2:DescribeTargetGroups", "TargetGroupArn"}}},
	{name: "rds:DescribeDBClusters", page: 100, read: describeDBClusters},
	{name: "rds:DescribeDBInstances", page: 100, read: describeDBInstances},
	{name: "rds:DescribeDBSubnetGroups", page: 100, read: describeDBSubnetGroups},
}

// lists says whether the operation lists by itself.
func (op *operation) lists() bool { return len(op.from) == 0 }

// round is when the operation is asked about resources: after all that name
// them, which were asked in the rounds before. Lists are round 0.
func (op *operation) round() int {
	if op.resources == nil {
		return 0
	}
	last := 0
	for _, in := range op.from {
		last = max(last, named(in.list).round())
	}
	return last + 1
}

// rounds is how many rounds some operations take.
func rounds(ops []*operation) int {
	last := 0
	for _, op := range ops {
		last = max(last, op.round())
	}
	return last + 1
}

// asked are the resources to ask about.
func (op *operation) asked(f *found) []string {
	ids := op.resources(f)
	if op.skip == "" {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return strings.Contains(id, op.skip) })
}

// named is the operation with a name, or nil.
func named(name recording.Operation) *operation {
	i := slices.IndexFunc(operations, func(op *operation) bool { return op.name == name })
	if i < 0 {
		return nil
	}
	return operations[i]
}

// Operations are all operations that Run can call, sorted.
func Operations() []recording.Operation {
	var names []recording.Operation
	for _, op := range operations {
		names = append(names, op.name)
	}
	slices.Sort(names)
	return names
}

// lookUp finds operations by their names, each once.
func lookUp(names []recording.Operation) ([]*operation, error) {
	var ops []*operation
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		op := named(name)
		if op == nil {
			return nil, fmt.Errorf("%s: is no operation that can be recorded", name)
		}
		ops = append(ops, op)
	}
	return ops, nil
}

// Actions are the IAM actions that a scan with these operations needs or makes
// use of, sorted. sts:GetCallerIdentity is one of them although it needs no
// permission and cannot be denied
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html):
// the policy then names every call that a trail will show.
func Actions(ops []recording.Operation) []string {
	actions := []string{"ec2:DescribeRegions", "sts:GetCallerIdentity"}
	for _, op := range ops {
		service := op.Service()
		if strings.HasPrefix(service, "elb") {
			service = "elasticloadbalancing" // of both generations
		}
		actions = append(actions, service+":"+op.Name())
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}
