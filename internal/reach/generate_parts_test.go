package reach_test

import (
	"fmt"
	"strings"
)

// gateways gives a VPC its internet, egress-only, VPN and NAT gateways, and its
// gateway endpoint.
func (w *world) gateways(v *vpc) {
	i := v.id[4:]
	attached := []any{entry{"VpcId": v.id, "State": "available"}}
	if w.chance(9, "internet gateway") {
		v.igw = "igw-" + i
		e := entry{"InternetGatewayId": v.igw, "OwnerId": account, "Attachments": attached}
		if w.chance(1, "detached") {
			e["Attachments"] = []any{}
		}
		w.add("ec2-describe-internet-gateways", e)
	}
	if v.cidr6 != "" && w.chance(4, "egress-only") {
		v.eigw = "eigw-" + i
		w.add("ec2-describe-egress-only-internet-gateways", entry{
			"EgressOnlyInternetGatewayId": v.eigw,
			"Attachments":                 []any{entry{"VpcId": v.id, "State": "attached"}},
		})
	}
	if w.chance(3, "VPN gateway") {
		v.vgw = "vgw-" + i
		w.vpn(v)
	}
	if w.chance(3, "gateway endpoint") {
		v.vpce = "vpce-" + i
		w.add("ec2-describe-vpc-endpoints", entry{
			"VpcEndpointId": v.vpce, "VpcEndpointType": "Gateway", "VpcId": v.id, "OwnerId": account, "State": "available",
			"ServiceName": "com.amazonaws." + region + ".s3",
		})
	}
	for n := range w.upTo(1, "NAT gateways") {
		w.newNAT(v, fmt.Sprintf("nat-%s%d", i, n))
	}
}

func (w *world) vpn(v *vpc) {
	e := entry{"VpnGatewayId": v.vgw, "State": "available", "VpcAttachments": []any{entry{"VpcId": v.id, "State": "attached"}}}
	if w.chance(1, "detached") {
		e["VpcAttachments"] = []any{entry{"VpcId": v.id, "State": "detached"}}
	}
	w.add("ec2-describe-vpn-gateways", e)
	static := w.chance(5, "static routes only")
	c := entry{"VpnConnectionId": "vpn-" + v.id[4:], "VpnGatewayId": v.vgw, "State": "available", "Options": entry{"StaticRoutesOnly": static}}
	if static {
		c["Routes"] = []any{entry{"DestinationCidrBlock": one(w, "behind", "192.168.50.0/24", "192.168.0.0/16"), "State": "available"}}
	}
	w.add("ec2-describe-vpn-connections", c)
}

func (w *world) newNAT(v *vpc, id string) {
	v.nats = append(v.nats, id)
	state := "available"
	if w.chance(1, "down") {
		state = one(w, "state", "pending", "failed", "deleted")
	}
	public := fmt.Sprintf("54.0.%s.%d", v.id[4:], len(v.nats))
	e := entry{"NatGatewayId": id, "VpcId": v.id, "State": state}
	if w.chance(2, "regional") {
		e["AvailabilityMode"], e["ConnectivityType"] = "regional", "public"
		e["RouteTableId"] = "rtb-" + id
		e["NatGatewayAddresses"] = []any{entry{
			"PublicIp": public, "AvailabilityZone": region + "a", "AvailabilityZoneId": zoneID("a"),
			"Status": "succeeded",
		}}
		w.add("ec2-describe-nat-gateways", e)
		w.regionalTable(v, "rtb-"+id)
		return
	}
	s := one(w, "subnet of NAT", v.subnets...)
	private := s.address()
	address := entry{"NetworkInterfaceId": "eni-" + id, "PrivateIp": private, "Status": "succeeded", "IsPrimary": true}
	association := entry{}
	e["ConnectivityType"] = "private"
	if !w.chance(2, "private") {
		e["ConnectivityType"], address["PublicIp"] = "public", public
		association = entry{"PublicIp": public}
	}
	e["SubnetId"], e["NatGatewayAddresses"] = s.id, []any{address}
	w.add("ec2-describe-nat-gateways", e)
	w.add("ec2-describe-network-interfaces", entry{
		"NetworkInterfaceId": "eni-" + id, "VpcId": v.id, "SubnetId": s.id, "OwnerId": account,
		"InterfaceType": "nat_gateway", "Description": "Interface for NAT Gateway " + id, "Status": "in-use", "SourceDestCheck": false,
		"PrivateIpAddress": private, "Association": association, "Groups": []any{}, "AvailabilityZone": region + s.zone,
		"PrivateIpAddresses": []any{entry{"PrivateIpAddress": private, "Primary": true, "Association": association}},
	})
}

func (w *world) regionalTable(v *vpc, id string) {
	routes := []any{entry{"DestinationCidrBlock": v.cidr, "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"}}
	if v.igw != "" && !w.chance(1, "no route out") {
		routes = append(routes, entry{"DestinationCidrBlock": one(w, "out", "0.0.0.0/0", "8.0.0.0/8"), "GatewayId": v.igw, "State": "active", "Origin": "CreateRoute"})
	}
	w.add("ec2-describe-route-tables", entry{"RouteTableId": id, "VpcId": v.id, "OwnerId": account, "Associations": []any{}, "Routes": routes})
}

// address takes a free IPv4 address of a subnet.
func (s *subnet) address() string {
	s.next++
	return strings.TrimSuffix(s.cidr, "0/24") + fmt.Sprint(s.next)
}

// interfaces makes instances with their interfaces; some forward.
func (w *world) interfaces(v *vpc) {
	for _, s := range v.subnets {
		for range 1 + w.upTo(1, "more instances") {
			w.instance(v, s)
		}
	}
}

func (w *world) instance(v *vpc, s *subnet) {
	private := s.address()
	name := fmt.Sprintf("%s%d", s.id[len("subnet-"):], s.next)
	state := "running"
	if w.chance(1, "stopped") {
		state = "stopped"
	}
	forwards := w.chance(3, "forwards")
	groups := []any{entry{"GroupId": one(w, "group", v.groups...)}}
	first := entry{"PrivateIpAddress": private, "Primary": true}
	addresses := []any{first}
	eni := entry{
		"NetworkInterfaceId": "eni-" + name, "VpcId": v.id, "SubnetId": s.id, "OwnerId": account, "InterfaceType": "interface",
		"Status": "in-use", "SourceDestCheck": !forwards, "Groups": groups, "AvailabilityZone": region + s.zone,
		"PrivateIpAddress": private, "Attachment": entry{"InstanceId": "i-" + name, "InstanceOwnerId": account, "Status": "attached"},
	}
	public := fmt.Sprintf("52.%s.%d", v.id[4:], len(w.lists["ec2-describe-network-interfaces"])+1) + "."
	if w.chance(7, "public address") {
		first["Association"] = entry{"PublicIp": public + "1"}
		eni["Association"] = first["Association"]
	}
	if w.chance(2, "second address") {
		second := entry{"PrivateIpAddress": s.address(), "Primary": false}
		if w.chance(5, "public second address") {
			second["Association"] = entry{"PublicIp": public + "2"}
		}
		addresses = append(addresses, second)
	}
	eni["PrivateIpAddresses"] = addresses
	if s.cidr6 != "" && w.chance(8, "IPv6 address") {
		eni["Ipv6Addresses"] = []any{entry{"Ipv6Address": strings.TrimSuffix(s.cidr6, "/64") + fmt.Sprint(s.next)}}
	}
	v.instances = append(v.instances, instance{"i-" + name, private})
	if forwards {
		v.appliances = append(v.appliances, "eni-"+name)
	}
	w.add("ec2-describe-network-interfaces", eni)
	w.add("ec2-describe-instances", entry{"ReservationId": "r-" + name, "OwnerId": account, "Instances": []any{entry{
		"InstanceId": "i-" + name,
		"State":      entry{"Name": state}, "VpcId": v.id, "SubnetId": s.id, "PrivateIpAddress": private, "SecurityGroups": groups,
		"SourceDestCheck": !forwards, "Placement": entry{"AvailabilityZone": region + s.zone},
	}}})
}

// transit joins some VPCs, and maybe a VPN, by a transit gateway.
func (w *world) transit() {
	if !w.chance(4, "transit gateway") {
		return
	}
	w.add("ec2-describe-transit-gateways", entry{
		"TransitGatewayId": "tgw-1", "OwnerId": account, "State": "available",
		"Options": entry{"SecurityGroupReferencingSupport": one(w, "references", "disable", "enable")},
	})
	tables := []string{"tgw-rtb-1", "tgw-rtb-2"}[:1+w.upTo(1, "more tables")]
	var attachments []entry
	var routes []entry
	for _, v := range w.vpcs {
		if !w.chance(8, "attached") {
			continue
		}
		id := "tgw-attach-" + v.id[4:]
		v.tgw = true
		attachments = append(attachments, entry{"TransitGatewayAttachmentId": id, "ResourceType": "vpc", "ResourceId": v.id})
		if v.cidr != "10.0.0.0/16" || v.id == "vpc-0" { // a table propagates one of two that overlap
			routes = append(routes, transitRoute(v.cidr, id, "vpc", "propagated"))
		}
		if v.cidr6 != "" {
			routes = append(routes, transitRoute(v.cidr6, id, "vpc", "propagated"))
		}
		w.vpcAttachment(v, id)
	}
	if w.chance(5, "VPN attachment") {
		attachments = append(attachments, entry{"TransitGatewayAttachmentId": "tgw-attach-vpn", "ResourceType": "vpn", "ResourceId": "vpn-tgw"})
		routes = append(routes, transitRoute("192.168.60.0/24", "tgw-attach-vpn", "vpn", "static"))
		w.add("ec2-describe-vpn-connections", entry{
			"VpnConnectionId": "vpn-tgw", "TransitGatewayId": "tgw-1", "State": "available",
			"Options": entry{"StaticRoutesOnly": true},
		})
	}
	for _, a := range attachments {
		a["TransitGatewayId"], a["TransitGatewayOwnerId"], a["ResourceOwnerId"], a["State"] = "tgw-1", account, account, "available"
		if !w.chance(1, "not associated") {
			a["Association"] = entry{"TransitGatewayRouteTableId": one(w, "associated", tables...), "State": "associated"}
		}
		w.add("ec2-describe-transit-gateway-attachments", a)
	}
	for _, table := range tables {
		w.transitTable(table, routes, attachments)
	}
}

func transitRoute(to, attachment, typ, origin string) entry {
	return entry{
		"DestinationCidrBlock": to, "Type": origin, "State": "active",
		"TransitGatewayAttachments": []any{entry{"TransitGatewayAttachmentId": attachment, "ResourceType": typ}},
	}
}

func (w *world) transitTable(id string, propagated, attachments []entry) {
	w.add("ec2-describe-transit-gateway-route-tables", entry{"TransitGatewayRouteTableId": id, "TransitGatewayId": "tgw-1", "State": "available"})
	var all []entry
	for _, r := range propagated {
		if !w.chance(2, "not propagated") {
			all = append(all, r)
		}
	}
	for _, to := range []string{"0.0.0.0/0", "10.1.0.0/16", "10.1.1.0/24", "::/0"} {
		if len(attachments) == 0 || !w.chance(2, "static route") {
			continue
		}
		a := one(w, "to", attachments...)
		r := transitRoute(to, a["TransitGatewayAttachmentId"].(string), a["ResourceType"].(string), "static")
		if w.chance(3, "blackhole") {
			r = entry{"DestinationCidrBlock": to, "Type": "static", "State": "blackhole"}
		}
		all = append(all, r)
	}
	w.about("ec2-search-transit-gateway-routes", id, all...)
}

func (w *world) vpcAttachment(v *vpc, id string) {
	var subnets []any
	zones := map[string]bool{}
	for _, s := range v.subnets {
		if !zones[s.zone] && (len(subnets) == 0 || w.chance(6, "another zone")) {
			zones[s.zone] = true
			subnets = append(subnets, s.id)
		}
	}
	w.add("ec2-describe-transit-gateway-vpc-attachments", entry{
		"TransitGatewayAttachmentId": id, "TransitGatewayId": "tgw-1", "VpcId": v.id,
		"VpcOwnerId": account, "State": "available", "SubnetIds": subnets,
		"Options": entry{
			"ApplianceModeSupport": "disable", "Ipv6Support": "enable",
			"SecurityGroupReferencingSupport": one(w, "references", "enable", "disable"),
		},
	})
}
