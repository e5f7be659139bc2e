package collect

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func describeTransitGateways(ctx context.Context, t *task) error {
	p := ec2.NewDescribeTransitGatewaysPaginator(t.clients.ec2, &ec2.DescribeTransitGatewaysInput{MaxResults: &t.page})
	return list(ctx, t, "TransitGateways", p, func(o *ec2.DescribeTransitGatewaysOutput) ([]types.TransitGateway, *string) {
		return o.TransitGateways, o.NextToken
	},
		func(g *types.TransitGateway) *string { return g.TransitGatewayId })
}

func describeTransitGatewayAttachments(ctx context.Context, t *task) error {
	p := ec2.NewDescribeTransitGatewayAttachmentsPaginator(t.clients.ec2, &ec2.DescribeTransitGatewayAttachmentsInput{MaxResults: &t.page})
	return list(ctx, t, "TransitGatewayAttachments", p, func(o *ec2.DescribeTransitGatewayAttachmentsOutput) ([]types.TransitGatewayAttachment, *string) {
		return o.TransitGatewayAttachments, o.NextToken
	},
		func(a *types.TransitGatewayAttachment) *string { return a.TransitGatewayAttachmentId })
}

func describeTransitGatewayVPCAttachments(ctx context.Context, t *task) error {
	p := ec2.NewDescribeTransitGatewayVpcAttachmentsPaginator(t.clients.ec2, &ec2.DescribeTransitGatewayVpcAttachmentsInput{MaxResults: &t.page})
	return list(ctx, t, "TransitGatewayVpcAttachments", p, func(o *ec2.DescribeTransitGatewayVpcAttachmentsOutput) ([]types.TransitGatewayVpcAttachment, *string) {
		return o.TransitGatewayVpcAttachments, o.NextToken
	},
		func(a *types.TransitGatewayVpcAttachment) *string { return a.TransitGatewayAttachmentId })
}

func describeTransitGatewayPeeringAttachments(ctx context.Context, t *task) error {
	p := ec2.NewDescribeTransitGatewayPeeringAttachmentsPaginator(t.clients.ec2, &ec2.DescribeTransitGatewayPeeringAttachmentsInput{MaxResults: &t.page})
	return list(ctx, t, "TransitGatewayPeeringAttachments", p, func(o *ec2.DescribeTransitGatewayPeeringAttachmentsOutput) ([]types.TransitGatewayPeeringAttachment, *string) {
		return o.TransitGatewayPeeringAttachments, o.NextToken
	},
		func(a *types.TransitGatewayPeeringAttachment) *string { return a.TransitGatewayAttachmentId })
}

// describeTransitGatewayRouteTables lists those of the account's own transit
// gateways: AWS shows nobody else's.
func describeTransitGatewayRouteTables(ctx context.Context, t *task) error {
	p := ec2.NewDescribeTransitGatewayRouteTablesPaginator(t.clients.ec2, &ec2.DescribeTransitGatewayRouteTablesInput{MaxResults: &t.page})
	return list(ctx, t, "TransitGatewayRouteTables", p, func(o *ec2.DescribeTransitGatewayRouteTablesOutput) ([]types.TransitGatewayRouteTable, *string) {
		return o.TransitGatewayRouteTables, o.NextToken
	},
		func(r *types.TransitGatewayRouteTable) *string { return r.TransitGatewayRouteTableId })
}

// errCut says that AWS has more than it lists, and no page to ask for.
var errCut = errors.New("AWS has more routes than it lists")

// searchTransitGatewayRoutes lists all routes of a table: AWS demands a filter,
// and these are all states that it has. Where it cuts the list, which before
// 2026 had no pages, the rest is not to be had.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SearchTransitGatewayRoutes.html
func searchTransitGatewayRoutes(ctx context.Context, t *task) error {
	states := types.Filter{Name: new("state"), Values: []string{"active", "blackhole"}}
	p := &byToken[ec2.SearchTransitGatewayRoutesOutput]{
		call: func(ctx context.Context, token *string) (*ec2.SearchTransitGatewayRoutesOutput, *string, error) {
			o, err := t.clients.ec2.SearchTransitGatewayRoutes(ctx, &ec2.SearchTransitGatewayRoutesInput{
				TransitGatewayRouteTableId: &t.resource, Filters: []types.Filter{states}, NextToken: token,
			})
			if err != nil {
				return nil, nil, err
			}
			if aws.ToBool(o.AdditionalRoutesAvailable) && aws.ToString(o.NextToken) == "" {
				return nil, nil, errCut
			}
			return o, o.NextToken, nil
		},
	}
	return list(ctx, t, "Routes", p, func(o *ec2.SearchTransitGatewayRoutesOutput) ([]types.TransitGatewayRoute, *string) {
		for _, route := range o.Routes {
			t.found.prefixList(route.PrefixListId)
		}
		return o.Routes, o.NextToken
	}, transitGatewayRouteID)
}

// transitGatewayRouteID is the destination of a route and how it came about: a
// table holds a route once.
func transitGatewayRouteID(r *types.TransitGatewayRoute) *string {
	return new(aws.ToString(r.PrefixListId) + " " + aws.ToString(r.DestinationCidrBlock) + " " + string(r.Type))
}
