package snapshot

import "net/netip"

// The kinds of data that EC2 returns about transit gateways.
var (
	TransitGateways = newKind[TransitGateway]("AWS::EC2::TransitGateway", "ec2:DescribeTransitGateways", "TransitGateways")
	// TransitGatewayAttachments are the attachments of all types, with the route
	// table that each is associated with.
	TransitGatewayAttachments = newKind[TransitGatewayAttachment]("AWS::EC2::TransitGatewayAttachment",
		"ec2:DescribeTransitGatewayAttachments", "TransitGatewayAttachments")
	TransitGatewayVPCAttachments = newKind[TransitGatewayVPCAttachment]("AWS::EC2::TransitGatewayVpcAttachment",
		"ec2:DescribeTransitGatewayVpcAttachments", "TransitGatewayVpcAttachments")
	TransitGatewayPeeringAttachments = newKind[TransitGatewayPeeringAttachment]("AWS::EC2::TransitGatewayPeeringAttachment",
		"ec2:DescribeTransitGatewayPeeringAttachments", "TransitGatewayPeeringAttachments")
	TransitGatewayRouteTables = newKind[TransitGatewayRouteTable]("AWS::EC2::TransitGatewayRouteTable",
		"ec2:DescribeTransitGatewayRouteTables", "TransitGatewayRouteTables")
	// TransitGatewayRoutes are the routes of a transit gateway route table.
	TransitGatewayRoutes = newKind[TransitGatewayRoute]("AWS::EC2::TransitGatewayRoute",
		"ec2:SearchTransitGatewayRoutes", "Routes", asked(perResource))
)

// TransitGateway is a transit gateway.
type TransitGateway struct {
	Origin `json:"-"`
	tagged
	TransitGatewayID  string `json:"TransitGatewayId"`
	TransitGatewayARN string `json:"TransitGatewayArn"`
	OwnerID           string `json:"OwnerId"`
	State             string // pending, available, modifying, deleting, deleted
	Options           struct {
		SecurityGroupReferencingSupport string // enable, disable; disabled unless asked for
	}
}

// ID implements Resource.
func (g *TransitGateway) ID() string { return g.TransitGatewayID }

// ARN implements Resource.
func (g *TransitGateway) ARN() string {
	if g.TransitGatewayARN != "" {
		return g.TransitGatewayARN
	}
	return g.arn("ec2", g.OwnerID, "transit-gateway/"+g.TransitGatewayID)
}

// Name implements Resource.
func (g *TransitGateway) Name() string { return g.tagged.Name() }

// Owner is the account that owns the transit gateway, or empty.
func (g *TransitGateway) Owner() string { return g.OwnerID }

// TransitGatewayAttachment joins something to a transit gateway.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayAttachment.html
type TransitGatewayAttachment struct {
	Origin `json:"-"`
	tagged
	TransitGatewayAttachmentID string `json:"TransitGatewayAttachmentId"`
	TransitGatewayID           string `json:"TransitGatewayId"`
	TransitGatewayOwnerID      string `json:"TransitGatewayOwnerId"`
	AttachedType               string `json:"ResourceType"` // vpc, vpn, vpn-concentrator, direct-connect-gateway, connect, peering, tgw-peering, network-function, ...
	ResourceID                 string `json:"ResourceId"`
	ResourceOwnerID            string `json:"ResourceOwnerId"`
	State                      string
	Association                struct {
		TransitGatewayRouteTableID string `json:"TransitGatewayRouteTableId"`
		State                      string // associating, associated, disassociating, disassociated
	}
}

// ID implements Resource.
func (a *TransitGatewayAttachment) ID() string { return a.TransitGatewayAttachmentID }

// ARN implements Resource.
func (a *TransitGatewayAttachment) ARN() string {
	return a.arn("ec2", a.TransitGatewayOwnerID, "transit-gateway-attachment/"+a.TransitGatewayAttachmentID)
}

// Name implements Resource.
func (a *TransitGatewayAttachment) Name() string { return a.tagged.Name() }

// Owner is the account that owns the transit gateway and sees its route tables, or empty.
func (a *TransitGatewayAttachment) Owner() string { return a.TransitGatewayOwnerID }

// TransitGatewayVPCAttachment joins a VPC to a transit gateway: by a subnet in
// each zone from which it can be used.
type TransitGatewayVPCAttachment struct {
	Origin                     `json:"-"`
	TransitGatewayAttachmentID string   `json:"TransitGatewayAttachmentId"`
	TransitGatewayID           string   `json:"TransitGatewayId"`
	VPCID                      string   `json:"VpcId"`
	VPCOwnerID                 string   `json:"VpcOwnerId"`
	State                      string   // available, modifying, pending, ...
	SubnetIDs                  []string `json:"SubnetIds"`
	Options                    struct {
		ApplianceModeSupport            string
		IPv6Support                     string `json:"Ipv6Support"`
		SecurityGroupReferencingSupport string // enabled unless it is disabled
	}
}

// ID implements Resource.
func (a *TransitGatewayVPCAttachment) ID() string { return a.TransitGatewayAttachmentID }

// ARN implements Resource.
func (a *TransitGatewayVPCAttachment) ARN() string {
	return a.arn("ec2", "", "transit-gateway-attachment/"+a.TransitGatewayAttachmentID)
}

// Owner is the account that owns the VPC, or empty.
func (a *TransitGatewayVPCAttachment) Owner() string { return a.VPCOwnerID }

// TransitGatewayPeeringAttachment joins two transit gateways. Across Regions both
// ends share its id; within a Region the accepter has one of its own.
type TransitGatewayPeeringAttachment struct {
	Origin                             `json:"-"`
	TransitGatewayAttachmentID         string             `json:"TransitGatewayAttachmentId"`
	AccepterTransitGatewayAttachmentID string             `json:"AccepterTransitGatewayAttachmentId"`
	RequesterTGWInfo                   TransitGatewayPeer `json:"RequesterTgwInfo"`
	AccepterTGWInfo                    TransitGatewayPeer `json:"AccepterTgwInfo"`
	State                              string
}

// TransitGatewayPeer is an end of a peering attachment.
type TransitGatewayPeer struct {
	TransitGatewayID string `json:"TransitGatewayId"`
	OwnerID          string `json:"OwnerId"`
	Region           string
}

// ID implements Resource.
func (a *TransitGatewayPeeringAttachment) ID() string { return a.TransitGatewayAttachmentID }

// ARN implements Resource.
func (a *TransitGatewayPeeringAttachment) ARN() string {
	return a.arn("ec2", "", "transit-gateway-attachment/"+a.TransitGatewayAttachmentID)
}

// TransitGatewayRouteTable is a route table of a transit gateway.
type TransitGatewayRouteTable struct {
	Origin `json:"-"`
	tagged
	TransitGatewayRouteTableID string `json:"TransitGatewayRouteTableId"`
	TransitGatewayID           string `json:"TransitGatewayId"`
	State                      string
}

// ID implements Resource.
func (t *TransitGatewayRouteTable) ID() string { return t.TransitGatewayRouteTableID }

// ARN implements Resource.
func (t *TransitGatewayRouteTable) ARN() string {
	return t.arn("ec2", "", "transit-gateway-route-table/"+t.TransitGatewayRouteTableID)
}

// Name implements Resource.
func (t *TransitGatewayRouteTable) Name() string { return t.tagged.Name() }

// TransitGatewayRoute is a route of a transit gateway route table, of either
// family.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayRoute.html
type TransitGatewayRoute struct {
	Origin                    `json:"-"`
	DestinationCIDRBlock      netip.Prefix `json:"DestinationCidrBlock"`
	PrefixListID              string       `json:"PrefixListId"`
	Type                      string       // static, propagated
	State                     string       // pending, active, blackhole, deleting, deleted
	TransitGatewayAttachments []struct {
		TransitGatewayAttachmentID string `json:"TransitGatewayAttachmentId"`
		ResourceID                 string `json:"ResourceId"`
		ResourceType               string
	}
}

// ID implements Resource. It names the destination within its table.
func (r *TransitGatewayRoute) ID() string {
	if r.PrefixListID != "" {
		return r.PrefixListID + " " + r.Type + " " + r.DestinationCIDRBlock.String()
	}
	return r.DestinationCIDRBlock.String() + " " + r.Type
}

// ARN implements Resource. It is that of the route table.
func (r *TransitGatewayRoute) ARN() string {
	return r.arn("ec2", "", "transit-gateway-route-table/"+r.file.resource)
}

// TransitGatewayRoutesOf returns the routes of a transit gateway route table, or
// the gap in their place. The gateway's owner sees them, other accounts do not.
func (s *Snapshot) TransitGatewayRoutesOf(t *TransitGatewayRouteTable) ([]TransitGatewayRoute, *Gap) {
	return TransitGatewayRoutes.of(s, t.Scope(), t.TransitGatewayRouteTableID)
}
