package collect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func describeEgressOnlyInternetGateways(ctx context.Context, t *task) error {
	p := ec2.NewDescribeEgressOnlyInternetGatewaysPaginator(t.clients.ec2, &ec2.DescribeEgressOnlyInternetGatewaysInput{MaxResults: &t.page})
	return list(ctx, t, "EgressOnlyInternetGateways", p, func(o *ec2.DescribeEgressOnlyInternetGatewaysOutput) ([]types.EgressOnlyInternetGateway, *string) {
		return o.EgressOnlyInternetGateways, o.NextToken
	},
		func(g *types.EgressOnlyInternetGateway) *string { return g.EgressOnlyInternetGatewayId })
}

func describeVPCPeeringConnections(ctx context.Context, t *task) error {
	p := ec2.NewDescribeVpcPeeringConnectionsPaginator(t.clients.ec2, &ec2.DescribeVpcPeeringConnectionsInput{MaxResults: &t.page})
	return list(ctx, t, "VpcPeeringConnections", p, func(o *ec2.DescribeVpcPeeringConnectionsOutput) ([]types.VpcPeeringConnection, *string) {
		return o.VpcPeeringConnections, o.NextToken
	},
		func(c *types.VpcPeeringConnection) *string { return c.VpcPeeringConnectionId })
}

func describeVPCEndpoints(ctx context.Context, t *task) error {
	p := ec2.NewDescribeVpcEndpointsPaginator(t.clients.ec2, &ec2.DescribeVpcEndpointsInput{MaxResults: &t.page})
	return list(ctx, t, "VpcEndpoints", p, func(o *ec2.DescribeVpcEndpointsOutput) ([]types.VpcEndpoint, *string) {
		return o.VpcEndpoints, o.NextToken
	},
		func(e *types.VpcEndpoint) *string { return e.VpcEndpointId })
}

func describeVPNGateways(ctx context.Context, t *task) error {
	p := &once[ec2.DescribeVpnGatewaysOutput]{call: func(ctx context.Context) (*ec2.DescribeVpnGatewaysOutput, error) {
		return t.clients.ec2.DescribeVpnGateways(ctx, &ec2.DescribeVpnGatewaysInput{})
	}}
	return list(ctx, t, "VpnGateways", p, func(o *ec2.DescribeVpnGatewaysOutput) ([]types.VpnGateway, *string) { return o.VpnGateways, nil },
		func(g *types.VpnGateway) *string { return g.VpnGatewayId })
}

// describeVPNConnections keeps no key: neither those of the tunnels nor the
// configuration of the customer gateway, in which they stand once more.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpnConnection.html
func describeVPNConnections(ctx context.Context, t *task) error {
	p := &once[ec2.DescribeVpnConnectionsOutput]{call: func(ctx context.Context) (*ec2.DescribeVpnConnectionsOutput, error) {
		return t.clients.ec2.DescribeVpnConnections(ctx, &ec2.DescribeVpnConnectionsInput{})
	}}
	return list(ctx, t, "VpnConnections", p, func(o *ec2.DescribeVpnConnectionsOutput) ([]types.VpnConnection, *string) {
		for i := range o.VpnConnections {
			maskKeys(&o.VpnConnections[i])
		}
		return o.VpnConnections, nil
	}, func(c *types.VpnConnection) *string { return c.VpnConnectionId })
}

func maskKeys(c *types.VpnConnection) {
	mask(c.CustomerGatewayConfiguration)
	if c.Options == nil {
		return
	}
	for _, tunnel := range c.Options.TunnelOptions {
		mask(tunnel.PreSharedKey)
	}
}

func describeVPCBlockPublicAccessExclusions(ctx context.Context, t *task) error {
	p := &byToken[ec2.DescribeVpcBlockPublicAccessExclusionsOutput]{
		call: func(ctx context.Context, token *string) (*ec2.DescribeVpcBlockPublicAccessExclusionsOutput, *string, error) {
			o, err := t.clients.ec2.DescribeVpcBlockPublicAccessExclusions(ctx, &ec2.DescribeVpcBlockPublicAccessExclusionsInput{MaxResults: &t.page, NextToken: token})
			if err != nil {
				return nil, nil, err
			}
			return o, o.NextToken, nil
		},
	}
	return list(ctx, t, "VpcBlockPublicAccessExclusions", p, func(o *ec2.DescribeVpcBlockPublicAccessExclusionsOutput) ([]types.VpcBlockPublicAccessExclusion, *string) {
		return o.VpcBlockPublicAccessExclusions, o.NextToken
	},
		func(e *types.VpcBlockPublicAccessExclusion) *string { return e.ExclusionId })
}
