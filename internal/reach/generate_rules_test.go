package reach_test

import (
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// blocks are the ranges that rules and routes speak of.
func (w *world) blocks(v *vpc) []string {
	all := []string{
		"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "8.8.8.0/24", "45.0.0.0/8", "45.1.0.0/16", "192.168.0.0/16", "10.0.0.0/8",
		"52.0.0.0/8", "54.0.0.0/8", "::/0", "2a00::/16", "2600::/12", v.cidr,
	}
	if v.cidr6 != "" {
		all = append(all, v.cidr6)
	}
	for _, s := range v.subnets {
		all = append(all, s.cidr)
		if s.cidr6 != "" {
			all = append(all, s.cidr6)
		}
	}
	return all
}

// portRanges are the ranges that rules speak of.
var portRanges = [][2]int{{0, 65535}, {0, 65535}, {22, 8080}, {22, 22}, {80, 443}, {443, 443}, {1024, 65535}, {32768, 60999}, {1024, 40000}, {0, 1023}}

func (w *world) groupRules(v *vpc) {
	for _, id := range v.groups {
		everything := []any{entry{"IpProtocol": "-1", "IpRanges": []any{entry{"CidrIp": "0.0.0.0/0"}}, "Ipv6Ranges": []any{entry{"CidrIpv6": "::/0"}}}}
		egress, ingress := everything, everything
		if w.chance(2, "narrow egress") {
			egress = w.permissions(v)
		}
		if w.chance(4, "narrow ingress") {
			ingress = w.permissions(v)
		}
		w.add("ec2-describe-security-groups", entry{
			"GroupId": id, "GroupName": id, "VpcId": v.id, "OwnerId": account,
			"IpPermissions": ingress, "IpPermissionsEgress": egress,
		})
	}
}

func (w *world) permissions(v *vpc) []any {
	all := []any{}
	for range w.upTo(3, "rules") {
		all = append(all, w.permission(v))
	}
	return all
}

func (w *world) permission(v *vpc) entry {
	protocol := one(w, "protocol", "-1", "-1", "tcp", "tcp", "6", "udp", "icmp", "icmpv6")
	p := entry{"IpProtocol": protocol}
	switch protocol {
	case "tcp", "udp", "6":
		ports := one(w, "ports", portRanges...)
		p["FromPort"], p["ToPort"] = ports[0], ports[1]
	case "icmp":
		p["FromPort"], p["ToPort"] = one(w, "type", -1, 8, 0, 3), -1
	case "icmpv6":
		p["FromPort"], p["ToPort"] = one(w, "type", -1, 128, 129), -1
	}
	switch w.upTo(5, "peer") {
	case 4:
		p["UserIdGroupPairs"] = []any{w.pair(v)}
	case 5:
		p["PrefixListIds"] = []any{entry{"PrefixListId": one(w, "list", "pl-1", "pl-2", "pl-s3")}}
	default:
		if b := one(w, "range", w.blocks(v)...); strings.Contains(b, ":") {
			p["Ipv6Ranges"] = []any{entry{"CidrIpv6": b}}
		} else {
			p["IpRanges"] = []any{entry{"CidrIp": b}}
		}
	}
	return p
}

// pair refers to a group of the VPC, of a peer, or of a VPC of the same transit
// gateway.
func (w *world) pair(v *vpc) entry {
	var all []entry
	for _, g := range v.groups {
		all = append(all, entry{"GroupId": g, "UserId": account})
	}
	for _, p := range v.peers {
		status := "active"
		if !p.active {
			status = "deleted"
		}
		for _, g := range p.other.groups {
			all = append(all, entry{"GroupId": g, "UserId": account, "VpcId": p.other.id, "VpcPeeringConnectionId": p.id, "PeeringStatus": status})
		}
	}
	for _, other := range w.vpcs {
		if other == v || !other.tgw || !v.tgw || slices.ContainsFunc(v.peers, func(p peer) bool { return p.other == other }) {
			continue
		}
		for _, g := range other.groups {
			all = append(all, entry{"GroupId": g, "UserId": account, "VpcId": other.id})
		}
	}
	return one(w, "group", all...)
}

func (w *world) networkACLs(v *vpc) {
	which := map[int][]any{}
	for _, s := range v.subnets {
		n := w.upTo(1, "network ACL")
		which[n] = append(which[n], entry{"SubnetId": s.id, "NetworkAclId": "acl-" + v.id[4:] + string(rune('0'+n))})
	}
	for n := range 2 {
		associations := which[n]
		if associations == nil {
			associations = []any{}
		}
		w.add("ec2-describe-network-acls", entry{
			"NetworkAclId": "acl-" + v.id[4:] + string(rune('0'+n)), "VpcId": v.id, "OwnerId": account,
			"IsDefault": n == 0, "Associations": associations, "Entries": w.aclEntries(v),
		})
	}
}

func (w *world) aclEntries(v *vpc) []any {
	all := []any{}
	for _, egress := range []bool{false, true} {
		all = append(all, entry{"Egress": egress, "RuleNumber": 32767, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
			entry{"Egress": egress, "RuleNumber": 32768, "RuleAction": "deny", "Protocol": "-1", "Ipv6CidrBlock": "::/0"})
		if !w.chance(1, "nothing but rules") {
			all = append(all, entry{"Egress": egress, "RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
				entry{"Egress": egress, "RuleNumber": 101, "RuleAction": "allow", "Protocol": "-1", "Ipv6CidrBlock": "::/0"})
		}
		if !w.chance(4, "own rules") {
			continue
		}
		for number := range 1 + w.upTo(3, "rules") {
			all = append(all, w.aclEntry(v, egress, one(w, "before or after", 10, 200)+number))
		}
	}
	return rapid.Permutation(all).Draw(w.t, "order")
}

func (w *world) aclEntry(v *vpc, egress bool, number int) entry {
	protocol := one(w, "protocol", "-1", "6", "6", "17", "1", "58")
	e := entry{"Egress": egress, "RuleNumber": number, "RuleAction": one(w, "action", "allow", "deny"), "Protocol": protocol}
	switch protocol {
	case "6", "17":
		ports := one(w, "ports", portRanges...)
		e["PortRange"] = entry{"From": ports[0], "To": ports[1]}
	case "1":
		e["IcmpTypeCode"] = entry{"Type": one(w, "type", -1, 8, 0), "Code": -1}
	case "58":
		e["IcmpTypeCode"] = entry{"Type": one(w, "type", -1, 128, 129), "Code": -1}
	}
	b := one(w, "range", w.blocks(v)...)
	if strings.Contains(b, ":") {
		e["Ipv6CidrBlock"] = b
	} else {
		e["CidrBlock"] = b
	}
	return e
}

// table is a route table that is being made up.
type table struct {
	routes []any
	taken  map[string]bool // destinations of static routes
}

func (w *world) routeTables(v *vpc) {
	associations := map[int][]any{0: {entry{"Main": true, "AssociationState": entry{"State": "associated"}}}}
	for _, s := range v.subnets {
		if n := w.upTo(2, "route table"); n > 0 {
			associations[n] = append(associations[n], entry{"Main": false, "SubnetId": s.id, "AssociationState": entry{"State": "associated"}})
		}
	}
	for n := range 3 {
		if n == 0 || associations[n] != nil {
			t := w.newTable(v)
			w.routes(v, t)
			w.add("ec2-describe-route-tables", entry{
				"RouteTableId": "rtb-" + v.id[4:] + string(rune('0'+n)), "VpcId": v.id, "OwnerId": account,
				"Associations": associations[n], "Routes": t.routes,
			})
		}
	}
	for _, gateway := range []string{v.igw, v.vgw} {
		if gateway == "" || len(v.appliances) == 0 || !w.chance(2, "edge table") {
			continue
		}
		t := w.newTable(v)
		w.within(v, t)
		w.add("ec2-describe-route-tables", entry{
			"RouteTableId": "rtb-edge-" + gateway, "VpcId": v.id, "OwnerId": account,
			"Associations": []any{entry{"Main": false, "GatewayId": gateway, "AssociationState": entry{"State": "associated"}}}, "Routes": t.routes,
		})
	}
}

func (w *world) newTable(v *vpc) *table {
	t := &table{taken: map[string]bool{}}
	local := []string{v.cidr}
	if v.cidr6 != "" {
		local = append(local, v.cidr6)
	}
	for _, b := range local {
		t.taken[b] = true
		t.routes = append(t.routes, routeTo(b, entry{"GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}))
	}
	return t
}

func routeTo(destination string, r entry) entry {
	switch {
	case strings.HasPrefix(destination, "pl-"):
		r["DestinationPrefixListId"] = destination
	case strings.Contains(destination, ":"):
		r["DestinationIpv6CidrBlock"] = destination
	default:
		r["DestinationCidrBlock"] = destination
	}
	return r
}

// static adds a static route, unless there is one for the destination.
func (w *world) static(t *table, destination string, r entry) {
	if t.taken[destination] {
		return
	}
	t.taken[destination] = true
	r["Origin"], r["State"] = "CreateRoute", "active"
	if w.chance(1, "blackhole") {
		r["State"] = "blackhole"
	}
	t.routes = append(t.routes, routeTo(destination, r))
}

// within sends what is for a whole subnet through an appliance.
func (w *world) within(v *vpc, t *table) {
	if len(v.appliances) == 0 {
		return
	}
	for _, s := range v.subnets {
		for _, b := range []string{s.cidr, s.cidr6} {
			if b != "" && w.chance(4, "through an appliance") {
				w.static(t, b, entry{"NetworkInterfaceId": one(w, "appliance", v.appliances...)})
			}
		}
	}
}

func (w *world) routes(v *vpc, t *table) {
	if w.chance(2, "middlebox") {
		w.within(v, t)
	}
	if v.igw != "" && w.chance(4, "public") {
		w.static(t, "0.0.0.0/0", entry{"GatewayId": v.igw})
		w.static(t, "::/0", entry{"GatewayId": v.igw})
	}
	if v.vpce != "" && w.chance(6, "service") {
		w.static(t, "pl-s3", entry{"GatewayId": v.vpce})
	}
	for range 1 + w.upTo(4, "routes") {
		target := w.target(v)
		if target == nil {
			continue
		}
		w.static(t, w.destination(v, target), target)
	}
	if v.vgw != "" && w.chance(6, "propagation") {
		for _, b := range []string{"192.168.50.0/24", "10.1.0.0/16", "8.8.8.0/24"} {
			if b != v.cidr && w.chance(4, "propagated") {
				t.routes = append(t.routes, routeTo(b, entry{"GatewayId": v.vgw, "Origin": "EnableVgwRoutePropagation", "State": "active"}))
			}
		}
	}
}

// target draws where a route leads to, of what the VPC has.
func (w *world) target(v *vpc) entry {
	var all []entry
	add := func(id string, e entry) {
		if id != "" {
			all = append(all, e)
		}
	}
	add(v.igw, entry{"GatewayId": v.igw})
	add(v.igw, entry{"GatewayId": v.igw})
	add(v.eigw, entry{"EgressOnlyInternetGatewayId": v.eigw})
	add(v.vgw, entry{"GatewayId": v.vgw})
	for _, id := range v.nats {
		add(id, entry{"NatGatewayId": id})
	}
	for _, id := range v.appliances {
		add(id, entry{"NetworkInterfaceId": id})
	}
	for _, p := range v.peers {
		add(p.id, entry{"VpcPeeringConnectionId": p.id})
		add(p.id, entry{"VpcPeeringConnectionId": p.id})
	}
	if v.tgw {
		add("tgw-1", entry{"TransitGatewayId": "tgw-1"})
		add("tgw-1", entry{"TransitGatewayId": "tgw-1"})
	}
	if len(all) == 0 {
		return nil
	}
	return one(w, "target", all...)
}

// destination draws what a route to a target is for.
func (w *world) destination(v *vpc, target entry) string {
	all := []string{
		"0.0.0.0/0", "0.0.0.0/0", "8.8.8.0/24", "45.0.0.0/8", "192.168.0.0/16", "192.168.50.0/24", "192.168.60.0/24", "pl-1", "10.0.0.0/8",
		"::/0", "2a00::/16",
	}
	for _, other := range w.vpcs {
		if other.cidr != v.cidr {
			all = append(all, other.cidr)
		}
		if other != v && other.cidr6 != "" {
			all = append(all, other.cidr6)
		}
	}
	if target["EgressOnlyInternetGatewayId"] != nil {
		all = []string{"::/0", "2a00::/16"}
	}
	if target["NatGatewayId"] != nil {
		all = slices.DeleteFunc(all, func(b string) bool { return strings.Contains(b, ":") })
	}
	if fitting := w.fitting(v, target); len(fitting) > 0 && w.chance(7, "fitting") {
		all = fitting
	}
	return one(w, "destination", all...)
}

// fitting are the destinations for which a route to another network makes sense.
func (w *world) fitting(v *vpc, target entry) []string {
	var all []string
	for _, other := range w.vpcs {
		if other == v || other.cidr == v.cidr {
			continue
		}
		peered := slices.ContainsFunc(v.peers, func(p peer) bool { return p.other == other && p.id == target["VpcPeeringConnectionId"] })
		if !peered && (target["TransitGatewayId"] == nil || !other.tgw) {
			continue
		}
		all = append(all, other.cidr)
		if other.cidr6 != "" {
			all = append(all, other.cidr6)
		}
	}
	if target["GatewayId"] == v.vgw && v.vgw != "" {
		all = append(all, "192.168.50.0/24", "192.168.0.0/16")
	}
	return all
}
