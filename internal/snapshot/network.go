package snapshot

import (
	"fmt"
	"net/netip"
)

// The kinds of data that EC2 returns about networks.
var (
	AvailabilityZones = newKind[AvailabilityZone]("AWS::EC2::AvailabilityZone", "ec2:DescribeAvailabilityZones", "AvailabilityZones", byName)
	VPCs              = newKind[VPC]("AWS::EC2::VPC", "ec2:DescribeVpcs", "Vpcs")
	Subnets           = newKind[Subnet]("AWS::EC2::Subnet", "ec2:DescribeSubnets", "Subnets")
	RouteTables       = newKind[RouteTable]("AWS::EC2::RouteTable", "ec2:DescribeRouteTables", "RouteTables")
	InternetGateways  = newKind[InternetGateway]("AWS::EC2::InternetGateway", "ec2:DescribeInternetGateways", "InternetGateways")
	NATGateways       = newKind[NATGateway]("AWS::EC2::NatGateway", "ec2:DescribeNatGateways", "NatGateways")
	SecurityGroups    = newKind[SecurityGroup]("AWS::EC2::SecurityGroup", "ec2:DescribeSecurityGroups", "SecurityGroups")
	NetworkInterfaces = newKind[NetworkInterface]("AWS::EC2::NetworkInterface", "ec2:DescribeNetworkInterfaces", "NetworkInterfaces")
	// PrefixListEntries are the entries of the prefix lists that security groups
	// or routes refer to.
	PrefixListEntries = newKind[PrefixListEntry]("AWS::EC2::PrefixList", "ec2:GetManagedPrefixListEntries", "Entries", asked(perResource))
	// BlockPublicAccess is the option of a Region that blocks its internet gateways.
	BlockPublicAccess = newKind[BlockPublicAccessOptions]("AWS::EC2::VPCBlockPublicAccessOptions",
		"ec2:DescribeVpcBlockPublicAccessOptions", "VpcBlockPublicAccessOptions", asked(oneObject), byName)
)

// Tag is a tag of a resource.
type Tag struct {
	Key   string
	Value string
}

// tagged is embedded by what has tags.
type tagged struct {
	Tags []Tag
}

// Tag returns the value of a tag, and whether there is one. Keys are
// case-sensitive.
func (t *tagged) Tag(k string) (string, bool) {
	for _, tag := range t.Tags {
		if tag.Key == k {
			return tag.Value, true
		}
	}
	return "", false
}

// Name implements Resource.
func (t *tagged) Name() string {
	name, _ := t.Tag("Name")
	return name
}

// AvailabilityZone is a zone of a Region: an Availability Zone, a Local Zone or
// a Wavelength Zone.
type AvailabilityZone struct {
	Origin   `json:"-"`
	ZoneName string
	ZoneID   string `json:"ZoneId"`
	ZoneType string
}

// ID implements Resource.
func (z *AvailabilityZone) ID() string { return z.ZoneName }

// ARN implements Resource. Zones have none, so it is their id.
func (z *AvailabilityZone) ARN() string { return z.ZoneID }

// VPC is a virtual private cloud.
type VPC struct {
	Origin `json:"-"`
	tagged
	VPCID     string `json:"VpcId"`
	OwnerID   string `json:"OwnerId"`
	IsDefault Optional[bool]
	CIDRBlock netip.Prefix `json:"CidrBlock"`
	// CIDRBlockAssociationSet holds the blocks that were added, and the first.
	CIDRBlockAssociationSet     []CIDRBlockAssociation     `json:"CidrBlockAssociationSet"`
	IPv6CIDRBlockAssociationSet []IPv6CIDRBlockAssociation `json:"Ipv6CidrBlockAssociationSet"`
}

// CIDRBlockAssociation is an IPv4 block of a VPC.
type CIDRBlockAssociation struct {
	CIDRBlock      netip.Prefix           `json:"CidrBlock"`
	CIDRBlockState struct{ State string } `json:"CidrBlockState"`
}

// IPv6CIDRBlockAssociation is an IPv6 block of a VPC or a subnet.
type IPv6CIDRBlockAssociation struct {
	IPv6CIDRBlock      netip.Prefix           `json:"Ipv6CidrBlock"`
	IPv6CIDRBlockState struct{ State string } `json:"Ipv6CidrBlockState"`
	// IPv6AddressAttribute is public or private; empty in old answers.
	IPv6AddressAttribute string `json:"Ipv6AddressAttribute"`
}

// ID implements Resource.
func (v *VPC) ID() string { return v.VPCID }

// ARN implements Resource.
func (v *VPC) ARN() string { return v.arn("ec2", v.OwnerID, "vpc/"+v.VPCID) }

// Name implements Resource.
func (v *VPC) Name() string { return v.tagged.Name() }

// Owner is the account that owns the VPC, or empty.
func (v *VPC) Owner() string { return v.OwnerID }

// Subnet is a subnet of a VPC.
type Subnet struct {
	Origin `json:"-"`
	tagged
	SubnetID                    string `json:"SubnetId"`
	SubnetARN                   string `json:"SubnetArn"`
	VPCID                       string `json:"VpcId"`
	OwnerID                     string `json:"OwnerId"`
	AvailabilityZone            string
	AvailabilityZoneID          string `json:"AvailabilityZoneId"`
	State                       string
	CIDRBlock                   netip.Prefix               `json:"CidrBlock"` // zero in an IPv6-only subnet
	IPv6CIDRBlockAssociationSet []IPv6CIDRBlockAssociation `json:"Ipv6CidrBlockAssociationSet"`
	AvailableIPAddressCount     Optional[int]              `json:"AvailableIpAddressCount"`
	MapPublicIPOnLaunch         Optional[bool]             `json:"MapPublicIpOnLaunch"`
	OutpostARN                  string                     `json:"OutpostArn"`
	BlockPublicAccessStates     struct{ InternetGatewayBlockMode string }
}

// ID implements Resource.
func (s *Subnet) ID() string { return s.SubnetID }

// ARN implements Resource.
func (s *Subnet) ARN() string {
	if s.SubnetARN != "" {
		return s.SubnetARN
	}
	return s.arn("ec2", s.OwnerID, "subnet/"+s.SubnetID)
}

// Name implements Resource.
func (s *Subnet) Name() string { return s.tagged.Name() }

// Owner is the account that owns the subnet, or empty.
func (s *Subnet) Owner() string { return s.OwnerID }

// RouteTable is a route table of a VPC.
type RouteTable struct {
	Origin `json:"-"`
	tagged
	RouteTableID string `json:"RouteTableId"`
	VPCID        string `json:"VpcId"`
	OwnerID      string `json:"OwnerId"`
	Associations []RouteTableAssociation
	Routes       []Route
}

// mostRoutesOfAWS bounds the routes of a table, ten times over: AWS allows 1,000.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-route-tables
const mostRoutesOfAWS = 10_000

// unreal refuses a table that no account can have, and that would cost every
// rule about subnets a walk through all of it.
func (t *RouteTable) unreal() error {
	if len(t.Routes) > mostRoutesOfAWS {
		return unrealCount("routes", len(t.Routes), "1,000")
	}
	return nil
}

func unrealCount(what string, n int, allowed string) error {
	return fmt.Errorf("has %d %s, where AWS allows %s", n, what, allowed)
}

// RouteTableAssociation says for what a route table decides: one subnet, a
// gateway (ingress routing), or, as the main table, for every subnet of the VPC
// that has no table of its own.
type RouteTableAssociation struct {
	Main             bool
	SubnetID         string `json:"SubnetId"`
	GatewayID        string `json:"GatewayId"`
	AssociationState struct{ State string }
}

// Route is a route of a route table. One of the destinations and at most one of
// the targets is set.
type Route struct {
	DestinationCIDRBlock     netip.Prefix `json:"DestinationCidrBlock"`
	DestinationIPv6CIDRBlock netip.Prefix `json:"DestinationIpv6CidrBlock"`
	DestinationPrefixListID  string       `json:"DestinationPrefixListId"`
	GatewayID                string       `json:"GatewayId"` // igw-, vgw-, vpce- or local
	NATGatewayID             string       `json:"NatGatewayId"`
	NetworkInterfaceID       string       `json:"NetworkInterfaceId"`
	InstanceID               string       `json:"InstanceId"`
	CarrierGatewayID         string       `json:"CarrierGatewayId"`
	LocalGatewayID           string       `json:"LocalGatewayId"`
	TransitGatewayID         string       `json:"TransitGatewayId"`
	VPCPeeringConnectionID   string       `json:"VpcPeeringConnectionId"`
	CoreNetworkARN           string       `json:"CoreNetworkArn"`
	EgressOnlyGatewayID      string       `json:"EgressOnlyInternetGatewayId"`
	Origin                   string
	State                    string // active, blackhole
}

// ID implements Resource.
func (t *RouteTable) ID() string { return t.RouteTableID }

// ARN implements Resource.
func (t *RouteTable) ARN() string { return t.arn("ec2", t.OwnerID, "route-table/"+t.RouteTableID) }

// Name implements Resource.
func (t *RouteTable) Name() string { return t.tagged.Name() }

// Owner is the account that owns the route table, or empty.
func (t *RouteTable) Owner() string { return t.OwnerID }

// InternetGateway is an internet gateway.
type InternetGateway struct {
	Origin `json:"-"`
	tagged
	InternetGatewayID string `json:"InternetGatewayId"`
	OwnerID           string `json:"OwnerId"`
	Attachments       []InternetGatewayAttachment
}

// InternetGatewayAttachment joins an internet gateway to a VPC.
type InternetGatewayAttachment struct {
	VPCID string `json:"VpcId"`
	State string
}

// ID implements Resource.
func (g *InternetGateway) ID() string { return g.InternetGatewayID }

// ARN implements Resource.
func (g *InternetGateway) ARN() string {
	return g.arn("ec2", g.OwnerID, "internet-gateway/"+g.InternetGatewayID)
}

// Name implements Resource.
func (g *InternetGateway) Name() string { return g.tagged.Name() }

// Owner is the account that owns the gateway, or empty.
func (g *InternetGateway) Owner() string { return g.OwnerID }

// NATGateway is a NAT gateway: zonal, in a subnet, or regional, in none.
type NATGateway struct {
	Origin `json:"-"`
	tagged
	NATGatewayID        string `json:"NatGatewayId"`
	VPCID               string `json:"VpcId"`
	SubnetID            string `json:"SubnetId"` // empty for a regional one
	State               string
	ConnectivityType    string              // public, private; empty in old answers means public
	AvailabilityMode    string              // zonal, regional; empty in old answers means zonal
	AutoProvisionZones  string              // enabled, disabled; regional ones only
	RouteTableID        string              `json:"RouteTableId"` // of a regional one
	NATGatewayAddresses []NATGatewayAddress `json:"NatGatewayAddresses"`
}

// NATGatewayAddress is an address of a NAT gateway. Regional ones have one or
// more in each zone that they cover.
type NATGatewayAddress struct {
	AvailabilityZone   string
	AvailabilityZoneID string `json:"AvailabilityZoneId"`
	Status             string
	NetworkInterfaceID string     `json:"NetworkInterfaceId"` // of a zonal one
	PrivateIP          netip.Addr `json:"PrivateIp"`
	PublicIP           netip.Addr `json:"PublicIp"` // zero in a private one
}

// ID implements Resource.
func (g *NATGateway) ID() string { return g.NATGatewayID }

// ARN implements Resource.
func (g *NATGateway) ARN() string { return g.arn("ec2", "", "natgateway/"+g.NATGatewayID) }

// Name implements Resource.
func (g *NATGateway) Name() string { return g.tagged.Name() }

// SecurityGroup is a security group of a VPC.
type SecurityGroup struct {
	Origin `json:"-"`
	tagged
	GroupID             string `json:"GroupId"`
	GroupName           string
	VPCID               string         `json:"VpcId"` // empty in EC2-Classic
	OwnerID             string         `json:"OwnerId"`
	IPPermissions       []IPPermission `json:"IpPermissions"`
	IPPermissionsEgress []IPPermission `json:"IpPermissionsEgress"`
}

// mostRulesOfAWS bounds the rules of a group in one direction, ten times over:
// the quotas of rules in a group and of groups on an interface multiply to at
// most 1,000, for each family of addresses.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
const mostRulesOfAWS = 10_000

// unreal refuses a group that no account can have, and that would cost each rule
// about groups a walk through all of it.
func (g *SecurityGroup) unreal() error {
	for _, permissions := range [][]IPPermission{g.IPPermissions, g.IPPermissionsEgress} {
		n := 0
		for i := range permissions {
			p := &permissions[i]
			n += max(1, len(p.IPRanges)+len(p.IPv6Ranges)+len(p.PrefixListIDs)+len(p.UserIDGroupPairs))
		}
		if n > mostRulesOfAWS {
			return fmt.Errorf("has %d rules in one direction, where AWS allows 1,000 of each family", n)
		}
	}
	return nil
}

// IPPermission is a set of rules of a security group with the same protocol and
// ports.
type IPPermission struct {
	IPProtocol       string            `json:"IpProtocol"` // a name, a number, or -1 for all
	FromPort         Optional[int]     // ICMP: the type
	ToPort           Optional[int]     // ICMP: the code
	IPRanges         []IPRange         `json:"IpRanges"`
	IPv6Ranges       []IPv6Range       `json:"Ipv6Ranges"`
	PrefixListIDs    []PrefixListID    `json:"PrefixListIds"`
	UserIDGroupPairs []UserIDGroupPair `json:"UserIdGroupPairs"`
}

// IPRange is an IPv4 source or destination.
type IPRange struct {
	CIDRIP netip.Prefix `json:"CidrIp"`
}

// IPv6Range is an IPv6 source or destination.
type IPv6Range struct {
	CIDRIPv6 netip.Prefix `json:"CidrIpv6"`
}

// PrefixListID refers to a prefix list.
type PrefixListID struct {
	PrefixListID string `json:"PrefixListId"`
}

// UserIDGroupPair refers to a security group, maybe of another account.
type UserIDGroupPair struct {
	GroupID string `json:"GroupId"`
	UserID  string `json:"UserId"`
	VPCID   string `json:"VpcId"`
	// VPCPeeringConnectionID and PeeringStatus stand in references to groups of a
	// peer VPC.
	VPCPeeringConnectionID string `json:"VpcPeeringConnectionId"`
	PeeringStatus          string
}

// ID implements Resource.
func (g *SecurityGroup) ID() string { return g.GroupID }

// ARN implements Resource.
func (g *SecurityGroup) ARN() string { return g.arn("ec2", g.OwnerID, "security-group/"+g.GroupID) }

// Name implements Resource. It is the name of the group, which every group has.
func (g *SecurityGroup) Name() string { return g.GroupName }

// Owner is the account that owns the group, or empty.
func (g *SecurityGroup) Owner() string { return g.OwnerID }

// NetworkInterface is an elastic network interface: of an instance, a load
// balancer, a database, a NAT gateway, or of nothing.
type NetworkInterface struct {
	Origin             `json:"-"`
	NetworkInterfaceID string `json:"NetworkInterfaceId"`
	VPCID              string `json:"VpcId"`
	SubnetID           string `json:"SubnetId"`
	AvailabilityZone   string
	OwnerID            string `json:"OwnerId"`
	InterfaceType      string
	Description        string
	RequesterID        string `json:"RequesterId"`
	Status             string
	Groups             []GroupIdentifier
	PrivateIPAddress   netip.Addr         `json:"PrivateIpAddress"`
	PrivateIPAddresses []PrivateIPAddress `json:"PrivateIpAddresses"`
	IPv6Addresses      []IPv6Address      `json:"Ipv6Addresses"`
	IPv4Prefixes       []IPv4Prefix       `json:"Ipv4Prefixes"` // whose addresses it has too
	IPv6Prefixes       []IPv6Prefix       `json:"Ipv6Prefixes"` // likewise
	Association        InterfaceAssociation
	Attachment         struct {
		InstanceID      string `json:"InstanceId"`
		InstanceOwnerID string `json:"InstanceOwnerId"`
	}
	TagSet          []Tag
	SourceDestCheck Optional[bool]
	// DenyAllIGWTraffic says that nothing comes in from an internet gateway, as
	// for internal load balancers with IPv6 addresses.
	DenyAllIGWTraffic Optional[bool] `json:"DenyAllIgwTraffic"`
}

// GroupIdentifier names a security group that something wears.
type GroupIdentifier struct {
	GroupID string `json:"GroupId"`
}

// PrivateIPAddress is an IPv4 address of an interface, with the public address
// that is mapped to it, if any.
type PrivateIPAddress struct {
	PrivateIPAddress netip.Addr `json:"PrivateIpAddress"`
	Association      InterfaceAssociation
}

// InterfaceAssociation maps an address from outside the VPC to a private one. Few
// have one that is not public.
type InterfaceAssociation struct {
	PublicIP        netip.Addr  `json:"PublicIp"`
	CarrierIP       *netip.Addr `json:"CarrierIp"`       // in a Wavelength Zone
	CustomerOwnedIP *netip.Addr `json:"CustomerOwnedIp"` // on an Outpost
}

// OfCarrier is the address by which a carrier knows the private one, if any.
func (a *InterfaceAssociation) OfCarrier() netip.Addr { return orZero(a.CarrierIP) }

// OfCustomer is the address by which the network of an Outpost knows the private
// one, if any.
func (a *InterfaceAssociation) OfCustomer() netip.Addr { return orZero(a.CustomerOwnedIP) }

func orZero(a *netip.Addr) netip.Addr {
	if a == nil {
		return netip.Addr{}
	}
	return *a
}

// IPv4Prefix is a block of private IPv4 addresses that an interface has.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html
type IPv4Prefix struct {
	IPv4Prefix netip.Prefix `json:"Ipv4Prefix"`
}

// IPv6Prefix is a block of IPv6 addresses that an interface has.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html
type IPv6Prefix struct {
	IPv6Prefix netip.Prefix `json:"Ipv6Prefix"`
}

// IPv6Address is an IPv6 address of an interface.
type IPv6Address struct {
	IPv6Address netip.Addr `json:"Ipv6Address"`
}

// ID implements Resource.
func (n *NetworkInterface) ID() string { return n.NetworkInterfaceID }

// ARN implements Resource.
func (n *NetworkInterface) ARN() string {
	return n.arn("ec2", n.OwnerID, "network-interface/"+n.NetworkInterfaceID)
}

// Owner is the account that owns the interface, or empty.
func (n *NetworkInterface) Owner() string { return n.OwnerID }

// PrefixListEntry is a CIDR block of a prefix list.
type PrefixListEntry struct {
	Origin `json:"-"`
	CIDR   netip.Prefix `json:"Cidr"`
}

// ID implements Resource.
func (e *PrefixListEntry) ID() string { return e.CIDR.String() }

// ARN implements Resource. It is that of the prefix list.
func (e *PrefixListEntry) ARN() string { return e.arn("ec2", "", "prefix-list/"+e.file.resource) }

// BlockPublicAccessOptions is VPC Block Public Access in one Region.
type BlockPublicAccessOptions struct {
	Origin                   `json:"-"`
	InternetGatewayBlockMode string // off, block-bidirectional, block-ingress
	State                    string // default-state, update-in-progress, update-complete
}

// ID implements Resource.
func (*BlockPublicAccessOptions) ID() string { return "vpc-block-public-access" }

// ARN implements Resource. The option has none, so it names itself.
func (o *BlockPublicAccessOptions) ARN() string {
	return o.arn("ec2", "", "vpc-block-public-access-options")
}
