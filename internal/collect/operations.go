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
	// of is the operation that lists the resources that this one is about, one by
	// one; empty where this one lists itself.
	of recording.Operation
	// resources are the resources to ask about, where there are such calls.
	resources func(*found) []string
	// flag is how the AWS CLI is told the resource, and ids are where the resources
	// stand in what it prints.
	flag string
	ids  []printed
}

// printed is a key in what the AWS CLI prints for a list.
type printed struct {
	list recording.Operation
	key  string
}

// The page sizes are the largest that the API references give; that of
// DescribeInstances is not written there, and 1000 is what EC2 takes.
// A page that is asked for is cheaper than none: unpaginated calls of EC2 draw
// on a smaller bucket.
// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
var operations = []*operation{
	{name: "autoscaling:DescribeAutoScalingGroups", page: 100, read: describeAutoScalingGroups},
	{name: "autoscaling:DescribeLaunchConfigurations", page: 100, read: describeLaunchConfigurations},
	{name: "autoscaling:DescribePolicies", page: 100, read: describePolicies},
	{name: "autoscaling:DescribeScheduledActions", page: 100, read: describeScheduledActions},
	{name: "ec2:DescribeAvailabilityZones", read: describeAvailabilityZones},
	{name: "ec2:DescribeInstances", page: 1000, read: describeInstances},
	{name: "ec2:DescribeInternetGateways", page: 1000, read: describeInternetGateways},
	{name: launchTemplateVersions, page: 200, read: describeLaunchTemplateVersions, resources: pinnedTemplates},
	{name: "ec2:DescribeNatGateways", page: 1000, read: describeNatGateways},
	{name: "ec2:DescribeNetworkInterfaces", page: 1000, read: describeNetworkInterfaces},
	{name: "ec2:DescribeRouteTables", page: 100, read: describeRouteTables},
	{name: "ec2:DescribeSecurityGroups", page: 1000, read: describeSecurityGroups},
	{name: "ec2:DescribeSubnets", page: 1000, read: describeSubnets},
	{name: "ec2:DescribeVpcBlockPublicAccessOptions", read: describeVPCBlockPublicAccessOptions},
	{name: "ec2:DescribeVpcs", page: 1000, read: describeVPCs},
	{name: "ec2:GetManagedPrefixListEntries", page: 100, read: managedPrefixListEntries, of: "ec2:DescribeSecurityGroups", resources: referencedPrefixLists, flag: "--prefix-list-id", ids: []printed{{"ec2:DescribeSecurityGroups", "PrefixListId"}, {"ec2:DescribeRouteTables", "DestinationPrefixListId"}}},
	{name: "elb:DescribeInstanceHealth", read: describeInstanceHealth, of: "elb:DescribeLoadBalancers", resources: listedBy("elb:DescribeLoadBalancers"), flag: "--load-balancer-name", ids: []printed{{"elb:DescribeLoadBalancers", "LoadBalancerName"}}},
	{name: "elb:DescribeLoadBalancers", page: 400, read: describeClassicLoadBalancers},
	{name: "elbv2:DescribeListeners", page: 400, read: describeListeners, of: "elbv2:DescribeLoadBalancers", resources: listedBy("elbv2:DescribeLoadBalancers"), flag: "--load-balancer-arn", ids: []printed{{"elbv2:DescribeLoadBalancers", "LoadBalancerArn"}}},
	{name: "elbv2:DescribeLoadBalancerAttributes", read: describeLoadBalancerAttributes, of: "elbv2:DescribeLoadBalancers", resources: listedBy("elbv2:DescribeLoadBalancers"), flag: "--load-balancer-arn", ids: []printed{{"elbv2:DescribeLoadBalancers", "LoadBalancerArn"}}},
	{name: "elbv2:DescribeLoadBalancers", page: 400, read: describeLoadBalancers},
	{name: "elbv2:DescribeTargetGroups", page: 400, read: describeTargetGroups},
	{name: "elbv2:DescribeTargetHealth", read: describeTargetHealth, of: "elbv2:DescribeTargetGroups", resources: listedBy("elbv2:DescribeTargetGroups"), flag: "--target-group-arn", ids: []printed{{"elbv2:DescribeTargetGroups", "TargetGroupArn"}}},
	{name: "rds:DescribeDBClusters", page: 100, read: describeDBClusters},
	{name: "rds:DescribeDBInstances", page: 100, read: describeDBInstances},
	{name: "rds:DescribeDBSubnetGroups", page: 100, read: describeDBSubnetGroups},
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
		i := slices.IndexFunc(operations, func(op *operation) bool { return op.name == name })
		if i < 0 {
			return nil, fmt.Errorf("%s: is no operation that can be recorded", name)
		}
		ops = append(ops, operations[i])
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
