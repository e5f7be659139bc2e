package snapshot

import "strconv"

// What AWS returns with every entry of a list and joins it to others: without it the
// entry looks like one that has nothing to do with them, and what hangs on it like the
// good case. An entry without it was cut, and with it the answer: rules are told that
// the call has none.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTable.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTableAssociation.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcPeeringConnection.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_PrefixListEntry.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayVpcAttachment.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AvailabilityZone.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_VpcSecurityGroupMembership.html
type cuttable interface {
	// cut is the first field that is not there, or empty.
	cut() string
}

func absent(field, value string) string {
	if value == "" {
		return field
	}
	return ""
}

func (t *RouteTable) cut() string {
	for i := range t.Routes {
		if r := &t.Routes[i]; !r.Destination().IsValid() && r.DestinationPrefixListID == "" {
			return "Routes/" + strconv.Itoa(i) + "/DestinationCidrBlock"
		}
	}
	for i := range t.Associations {
		if a := &t.Associations[i]; !a.Main && a.SubnetID == "" && a.GatewayID == "" {
			return "Associations/" + strconv.Itoa(i) + "/SubnetId"
		}
	}
	return absent("VpcId", t.VPCID)
}

func (n *NetworkInterface) cut() string {
	for i := range n.Groups {
		if n.Groups[i].GroupID == "" {
			return "Groups/" + strconv.Itoa(i) + "/GroupId"
		}
	}
	return absent("VpcId", n.VPCID)
}

func (p *VPCPeeringConnection) cut() string {
	switch {
	case p.Status.Code == "":
		return "Status/Code"
	case p.RequesterVPCInfo.VPCID == "":
		return "RequesterVpcInfo/VpcId"
	default:
		return absent("AccepterVpcInfo/VpcId", p.AccepterVPCInfo.VPCID)
	}
}

func (e *PrefixListEntry) cut() string {
	if !e.CIDR.IsValid() {
		return "Cidr"
	}
	return ""
}

func (g *TransitGateway) cut() string { return absent("OwnerId", g.OwnerID) }

func (a *TransitGatewayVPCAttachment) cut() string {
	if a.TransitGatewayID == "" {
		return "TransitGatewayId"
	}
	return absent("VpcId", a.VPCID)
}

func (d *TargetHealthDescription) cut() string { return absent("Target/Id", d.Target.ID) }

func (l *LoadBalancer) cut() string {
	for i := range l.AvailabilityZones {
		if l.AvailabilityZones[i].SubnetID == "" {
			return "AvailabilityZones/" + strconv.Itoa(i) + "/SubnetId"
		}
	}
	return ""
}

func (d *DBInstance) cut() string {
	for i := range d.VPCSecurityGroups {
		if d.VPCSecurityGroups[i].VPCSecurityGroupID == "" {
			return "VpcSecurityGroups/" + strconv.Itoa(i) + "/VpcSecurityGroupId"
		}
	}
	return ""
}
