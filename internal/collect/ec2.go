package collect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func describeAvailabilityZones(ctx context.Context, t *task) error {
	p := &once[ec2.DescribeAvailabilityZonesOutput]{call: func(ctx context.Context) (*ec2.DescribeAvailabilityZonesOutput, error) {
		return t.clients.ec2.DescribeAvailabilityZones(ctx, &ec2.DescribeAvailabilityZonesInput{})
	}}
	return list(ctx, t, "AvailabilityZones", p, func(o *ec2.DescribeAvailabilityZonesOutput) ([]types.AvailabilityZone, *string) {
		return o.AvailabilityZones, nil
	},
		func(z *types.AvailabilityZone) *string { return z.ZoneName })
}

func describeVPCs(ctx context.Context, t *task) error {
	p := ec2.NewDescribeVpcsPaginator(t.clients.ec2, &ec2.DescribeVpcsInput{MaxResults: &t.page})
	return list(ctx, t, "Vpcs", p, func(o *ec2.DescribeVpcsOutput) ([]types.Vpc, *string) { return o.Vpcs, o.NextToken },
		func(v *types.Vpc) *string { return v.VpcId })
}

func describeSubnets(ctx context.Context, t *task) error {
	p := ec2.NewDescribeSubnetsPaginator(t.clients.ec2, &ec2.DescribeSubnetsInput{MaxResults: &t.page})
	return list(ctx, t, "Subnets", p, func(o *ec2.DescribeSubnetsOutput) ([]types.Subnet, *string) { return o.Subnets, o.NextToken },
		func(s *types.Subnet) *string { return s.SubnetId })
}

func describeRouteTables(ctx context.Context, t *task) error {
	p := ec2.NewDescribeRouteTablesPaginator(t.clients.ec2, &ec2.DescribeRouteTablesInput{MaxResults: &t.page})
	return list(ctx, t, "RouteTables", p, func(o *ec2.DescribeRouteTablesOutput) ([]types.RouteTable, *string) {
		for _, table := range o.RouteTables {
			for _, route := range table.Routes {
				t.found.prefixList(route.DestinationPrefixListId)
			}
		}
		return o.RouteTables, o.NextToken
	}, func(r *types.RouteTable) *string { return r.RouteTableId })
}

func describeInternetGateways(ctx context.Context, t *task) error {
	p := ec2.NewDescribeInternetGatewaysPaginator(t.clients.ec2, &ec2.DescribeInternetGatewaysInput{MaxResults: &t.page})
	return list(ctx, t, "InternetGateways", p, func(o *ec2.DescribeInternetGatewaysOutput) ([]types.InternetGateway, *string) {
		return o.InternetGateways, o.NextToken
	},
		func(g *types.InternetGateway) *string { return g.InternetGatewayId })
}

func describeNatGateways(ctx context.Context, t *task) error {
	p := ec2.NewDescribeNatGatewaysPaginator(t.clients.ec2, &ec2.DescribeNatGatewaysInput{MaxResults: &t.page})
	return list(ctx, t, "NatGateways", p, func(o *ec2.DescribeNatGatewaysOutput) ([]types.NatGateway, *string) {
		return o.NatGateways, o.NextToken
	},
		func(g *types.NatGateway) *string { return g.NatGatewayId })
}

func describeSecurityGroups(ctx context.Context, t *task) error {
	p := ec2.NewDescribeSecurityGroupsPaginator(t.clients.ec2, &ec2.DescribeSecurityGroupsInput{MaxResults: &t.page})
	return list(ctx, t, "SecurityGroups", p, func(o *ec2.DescribeSecurityGroupsOutput) ([]types.SecurityGroup, *string) {
		for _, group := range o.SecurityGroups {
			t.found.prefixListsOf(group.IpPermissions)
			t.found.prefixListsOf(group.IpPermissionsEgress)
		}
		return o.SecurityGroups, o.NextToken
	}, func(g *types.SecurityGroup) *string { return g.GroupId })
}

func describeSecurityGroupVPCAssociations(ctx context.Context, t *task) error {
	p := ec2.NewDescribeSecurityGroupVpcAssociationsPaginator(t.clients.ec2, &ec2.DescribeSecurityGroupVpcAssociationsInput{MaxResults: &t.page})
	return list(ctx, t, "SecurityGroupVpcAssociations", p, func(o *ec2.DescribeSecurityGroupVpcAssociationsOutput) ([]types.SecurityGroupVpcAssociation, *string) {
		return o.SecurityGroupVpcAssociations, o.NextToken
	}, func(a *types.SecurityGroupVpcAssociation) *string {
		return new(aws.ToString(a.GroupId) + " " + aws.ToString(a.VpcId))
	})
}

func describeNetworkACLs(ctx context.Context, t *task) error {
	p := ec2.NewDescribeNetworkAclsPaginator(t.clients.ec2, &ec2.DescribeNetworkAclsInput{MaxResults: &t.page})
	return list(ctx, t, "NetworkAcls", p, func(o *ec2.DescribeNetworkAclsOutput) ([]types.NetworkAcl, *string) {
		return o.NetworkAcls, o.NextToken
	},
		func(a *types.NetworkAcl) *string { return a.NetworkAclId })
}

func describeNetworkInterfaces(ctx context.Context, t *task) error {
	p := ec2.NewDescribeNetworkInterfacesPaginator(t.clients.ec2, &ec2.DescribeNetworkInterfacesInput{MaxResults: &t.page})
	return list(ctx, t, "NetworkInterfaces", p, func(o *ec2.DescribeNetworkInterfacesOutput) ([]types.NetworkInterface, *string) {
		return o.NetworkInterfaces, o.NextToken
	},
		func(i *types.NetworkInterface) *string { return i.NetworkInterfaceId })
}

// describeInstances lists reservations, which can be split over pages. What must
// not stand in the list twice are the instances in them.
func describeInstances(ctx context.Context, t *task) error {
	p := ec2.NewDescribeInstancesPaginator(t.clients.ec2, &ec2.DescribeInstancesInput{MaxResults: &t.page})
	return listGroups(ctx, t, "Reservations", p, func(o *ec2.DescribeInstancesOutput) ([]types.Reservation, *string) {
		if t.spool != nil {
			return splitReservations(o.Reservations), o.NextToken
		}
		return o.Reservations, o.NextToken
	}, instanceIDs)
}

func instanceIDs(r *types.Reservation) []string {
	ids := make([]string, 0, len(r.Instances))
	for i := range r.Instances {
		if id := r.Instances[i].InstanceId; id != nil {
			ids = append(ids, *id)
		}
	}
	return ids
}

// splitReservations gives each instance a reservation of its own, so that it can
// be dropped alone.
func splitReservations(reservations []types.Reservation) []types.Reservation {
	var split []types.Reservation
	for _, r := range reservations {
		for _, instance := range r.Instances {
			r.Instances = []types.Instance{instance}
			split = append(split, r)
		}
	}
	return split
}

func describeVPCBlockPublicAccessOptions(ctx context.Context, t *task) error {
	o, err := t.clients.ec2.DescribeVpcBlockPublicAccessOptions(ctx, &ec2.DescribeVpcBlockPublicAccessOptionsInput{})
	if err != nil {
		return err
	}
	return single(t, "VpcBlockPublicAccessOptions", o.VpcBlockPublicAccessOptions)
}

func managedPrefixListEntries(ctx context.Context, t *task) error {
	p := ec2.NewGetManagedPrefixListEntriesPaginator(t.clients.ec2, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: &t.resource, MaxResults: &t.page})
	return list(ctx, t, "Entries", p, func(o *ec2.GetManagedPrefixListEntriesOutput) ([]types.PrefixListEntry, *string) {
		return o.Entries, o.NextToken
	},
		func(e *types.PrefixListEntry) *string { return e.Cidr })
}
