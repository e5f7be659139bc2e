package snapshot

import "net/netip"

// The kinds of data that EC2 returns about what joins a VPC to other networks
// and services.
var (
	EgressOnlyInternetGateways = newKind[EgressOnlyInternetGateway]("AWS::EC2::EgressOnlyInternetGateway",
		"ec2:DescribeEgressOnlyInternetGateways", "EgressOnlyInternetGateways")
	VPCPeeringConnections = newKind[VPCPeeringConnection]("AWS::EC2::VPCPeeringConnection",
		"ec2:DescribeVpcPeeringConnections", "VpcPeeringConnections")
	VPCEndpoints = newKind[VPCEndpoint]("AWS::EC2::VPCEndpoint", "ec2:DescribeVpcEndpoints", "VpcEndpoints")
	VPNGateways  = newKind[VPNGateway]("AWS::EC2::VPNGateway", "ec2:DescribeVpnGateways", "VpnGateways")
	// VPNConnections are recorded without their configuration, which holds keys.
	VPNConnections = newKind[VPNConnection]("AWS::EC2::VPNConnection", "ec2:DescribeVpnConnections", "VpnConnections")
	// BlockPublicAccessExclusions are the VPCs and subnets that VPC Block Public
	// Access spares.
	BlockPublicAccessExclusions = newKind[BlockPublicAccessExclusion]("AWS::EC2::VPCBlockPublicAccessExclusion",
		"ec2:DescribeVpcBlockPublicAccessExclusions", "VpcBlockPublicAccessExclusions")
	// SecurityGroupVPCAssociations put security groups to use in other VPCs.
	SecurityGroupVPCAssociations = newKind[SecurityGroupVPCAssociation]("AWS::EC2::SecurityGroupVpcAssociation",
		"ec2:DescribeSecurityGroupVpcAssociations", "SecurityGroupVpcAssociations")
)

// EgressOnlyInternetGateway lets IPv6 traffic out of a VPC, and answers in.
type EgressOnlyInternetGateway struct {
	Origin `json:"-"`
	tagged
	EgressOnlyInternetGatewayID string `json:"EgressOnlyInternetGatewayId"`
	Attachments                 []InternetGatewayAttachment
}

// ID implements Resource.
func (g *EgressOnlyInternetGateway) ID() string { return g.EgressOnlyInternetGatewayID }

// ARN implements Resource.
func (g *EgressOnlyInternetGateway) ARN() string {
	return g.arn("ec2", "", "egress-only-internet-gateway/"+g.EgressOnlyInternetGatewayID)
}

// Name implements Resource.
func (g *EgressOnlyInternetGateway) Name() string { return g.tagged.Name() }

// VPCPeeringConnection joins two VPCs, maybe of two accounts or Regions.
type VPCPeeringConnection struct {
	Origin `json:"-"`
	tagged
	VPCPeeringConnectionID string                `json:"VpcPeeringConnectionId"`
	RequesterVPCInfo       PeeredVPCInfo         `json:"RequesterVpcInfo"`
	AccepterVPCInfo        PeeredVPCInfo         `json:"AccepterVpcInfo"`
	Status                 struct{ Code string } // active, pending-acceptance, deleted, ...
}

// PeeredVPCInfo is one end of a peering connection. The blocks are there only
// while it is active.
type PeeredVPCInfo struct {
	VPCID        string       `json:"VpcId"`
	OwnerID      string       `json:"OwnerId"`
	Region       string       // empty in old answers
	CIDRBlock    netip.Prefix `json:"CidrBlock"`
	CIDRBlockSet []struct {
		CIDRBlock netip.Prefix `json:"CidrBlock"`
	} `json:"CidrBlockSet"`
	IPv6CIDRBlockSet []struct {
		IPv6CIDRBlock netip.Prefix `json:"Ipv6CidrBlock"`
	} `json:"Ipv6CidrBlockSet"`
}

// ID implements Resource.
func (p *VPCPeeringConnection) ID() string { return p.VPCPeeringConnectionID }

// ARN implements Resource.
func (p *VPCPeeringConnection) ARN() string {
	return p.arn("ec2", p.RequesterVPCInfo.OwnerID, "vpc-peering-connection/"+p.VPCPeeringConnectionID)
}

// Name implements Resource.
func (p *VPCPeeringConnection) Name() string { return p.tagged.Name() }

// Owner is the account that asked for the peering, or empty.
func (p *VPCPeeringConnection) Owner() string { return p.RequesterVPCInfo.OwnerID }

// VPCEndpoint is an endpoint of a service in a VPC.
type VPCEndpoint struct {
	Origin `json:"-"`
	tagged
	VPCEndpointID       string `json:"VpcEndpointId"`
	VPCEndpointType     string `json:"VpcEndpointType"` // Interface, Gateway, GatewayLoadBalancer, Resource, ServiceNetwork; empty in old answers: Gateway
	VPCID               string `json:"VpcId"`
	OwnerID             string `json:"OwnerId"`
	ServiceName         string
	State               string   // available, pending, ...; of either case
	RouteTableIDs       []string `json:"RouteTableIds"`
	SubnetIDs           []string `json:"SubnetIds"`
	NetworkInterfaceIDs []string `json:"NetworkInterfaceIds"`
}

// ID implements Resource.
func (e *VPCEndpoint) ID() string { return e.VPCEndpointID }

// ARN implements Resource.
func (e *VPCEndpoint) ARN() string { return e.arn("ec2", e.OwnerID, "vpc-endpoint/"+e.VPCEndpointID) }

// Name implements Resource.
func (e *VPCEndpoint) Name() string { return e.tagged.Name() }

// Owner is the account that owns the endpoint, or empty.
func (e *VPCEndpoint) Owner() string { return e.OwnerID }

// VPNGateway is a virtual private gateway.
type VPNGateway struct {
	Origin `json:"-"`
	tagged
	VPNGatewayID   string                      `json:"VpnGatewayId"`
	State          string                      // pending, available, deleting, deleted
	VPCAttachments []InternetGatewayAttachment `json:"VpcAttachments"`
}

// ID implements Resource.
func (g *VPNGateway) ID() string { return g.VPNGatewayID }

// ARN implements Resource.
func (g *VPNGateway) ARN() string { return g.arn("ec2", "", "vpn-gateway/"+g.VPNGatewayID) }

// Name implements Resource.
func (g *VPNGateway) Name() string { return g.tagged.Name() }

// VPNConnection is a Site-to-Site VPN connection of a virtual private gateway or
// a transit gateway.
type VPNConnection struct {
	Origin `json:"-"`
	tagged
	VPNConnectionID  string `json:"VpnConnectionId"`
	VPNGatewayID     string `json:"VpnGatewayId"`
	TransitGatewayID string `json:"TransitGatewayId"`
	State            string // pending, available, deleting, deleted
	Options          struct {
		StaticRoutesOnly Optional[bool]
	}
	Routes []struct {
		DestinationCIDRBlock netip.Prefix `json:"DestinationCidrBlock"`
		State                string
	}
}

// ID implements Resource.
func (c *VPNConnection) ID() string { return c.VPNConnectionID }

// ARN implements Resource.
func (c *VPNConnection) ARN() string { return c.arn("ec2", "", "vpn-connection/"+c.VPNConnectionID) }

// Name implements Resource.
func (c *VPNConnection) Name() string { return c.tagged.Name() }

// BlockPublicAccessExclusion spares a VPC or a subnet from VPC Block Public
// Access.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcBlockPublicAccessExclusion.html
type BlockPublicAccessExclusion struct {
	Origin                       `json:"-"`
	ExclusionID                  string `json:"ExclusionId"`
	InternetGatewayExclusionMode string // allow-bidirectional, allow-egress
	ResourceARN                  string `json:"ResourceArn"` // of a VPC or a subnet
	State                        string // create-complete, update-complete, delete-in-progress, ...
}

// ID implements Resource.
func (e *BlockPublicAccessExclusion) ID() string { return e.ExclusionID }

// ARN implements Resource.
func (e *BlockPublicAccessExclusion) ARN() string {
	return e.arn("ec2", "", "vpc-block-public-access-exclusion/"+e.ExclusionID)
}

// SecurityGroupVPCAssociation puts a security group to use in another VPC.
type SecurityGroupVPCAssociation struct {
	Origin     `json:"-"`
	GroupID    string `json:"GroupId"`
	VPCID      string `json:"VpcId"`
	VPCOwnerID string `json:"VpcOwnerId"`
	State      string // associating, associated, disassociating, ...
}

// ID implements Resource. It names both ends.
func (a *SecurityGroupVPCAssociation) ID() string { return a.GroupID + " " + a.VPCID }

// ARN implements Resource. It is that of the group.
func (a *SecurityGroupVPCAssociation) ARN() string {
	return a.arn("ec2", "", "security-group/"+a.GroupID)
}
