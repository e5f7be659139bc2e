package reach_test

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// balancers puts a load balancer in front of some instances of a VPC.
func (w *world) balancers(v *vpc) {
	if !w.chance(4, "load balancer") {
		return
	}
	b := &balancer{v: v, name: "lb-" + v.id[4:], typ: one(w, "type", "application", "network", "network")}
	b.arn = "arn:aws:elasticloadbalancing:" + region + ":" + account + ":loadbalancer/" + map[string]string{"application": "app", "network": "net"}[b.typ] +
		"/" + b.name + "/0"
	facing := !w.chance(3, "internal")
	scheme := "internal"
	if facing {
		scheme = "internet-facing"
	}
	if b.typ == "application" || w.chance(7, "groups") {
		b.groups = append(b.groups, one(w, "group", v.groups...))
	}
	family := "ipv4"
	if b.dual = w.chance(8, "dual-stack") && !slices.ContainsFunc(v.subnets, func(s *subnet) bool { return s.cidr6 == "" }); b.dual {
		family = "dualstack"
	}
	var zones []any
	seen := map[string]bool{}
	for _, s := range v.subnets {
		if !seen[s.zone] && (len(zones) == 0 || w.chance(7, "another zone")) {
			seen[s.zone] = true
			zones = append(zones, entry{"ZoneName": region + s.zone, "SubnetId": s.id})
			w.node(b, s, facing)
		}
	}
	w.add("elbv2-describe-load-balancers", entry{
		"LoadBalancerArn": b.arn, "LoadBalancerName": b.name, "Type": b.typ, "Scheme": scheme,
		"VpcId": v.id, "State": entry{"Code": "active"}, "IpAddressType": family, "AvailabilityZones": zones, "SecurityGroups": b.groups,
	})
	var attributes []entry
	if b.typ == "network" && w.chance(5, "cross-zone") {
		attributes = append(attributes, entry{"Key": "load_balancing.cross_zone.enabled", "Value": "true"})
	}
	w.about("elbv2-describe-load-balancer-attributes", b.arn, attributes...)
	groups := 2
	if !b.dual {
		groups -= w.upTo(1, "fewer target groups")
	}
	for range groups {
		w.targetGroup(b)
	}
	w.listener(b)
}

type balancer struct {
	v              *vpc
	name, typ, arn string
	groups         []string
	targets        []string // target groups
	protocol       string
	dual           bool // it has addresses in both families
}

func (w *world) node(b *balancer, s *subnet, facing bool) {
	private := s.address()
	association := entry{}
	if facing {
		association = entry{"PublicIp": fmt.Sprintf("53.%s.%s.%d", b.v.id[4:], s.id[len(s.id)-1:], s.next)}
	}
	typ, description := "interface", "ELB app/"+b.name+"/0"
	if b.typ == "network" {
		typ, description = "network_load_balancer", "ELB net/"+b.name+"/0"
	}
	groups := []any{}
	for _, g := range b.groups {
		groups = append(groups, entry{"GroupId": g})
	}
	six := []any{}
	if b.dual {
		six = append(six, entry{"Ipv6Address": s.address6()})
	}
	w.add("ec2-describe-network-interfaces", entry{
		"Ipv6Addresses": six, "NetworkInterfaceId": "eni-" + b.name + s.zone, "VpcId": b.v.id, "SubnetId": s.id, "OwnerId": account,
		"InterfaceType": typ, "Description": description, "Status": "in-use", "SourceDestCheck": true, "PrivateIpAddress": private,
		"Association": association, "Groups": groups, "AvailabilityZone": region + s.zone, "RequesterId": "amazon-elb",
		"PrivateIpAddresses": []any{entry{"PrivateIpAddress": private, "Primary": true, "Association": association}},
	})
}

func (w *world) targetGroup(b *balancer) {
	name := fmt.Sprintf("tg-%s%d", b.v.id[4:], len(b.targets))
	arn := "arn:aws:elasticloadbalancing:" + region + ":" + account + ":targetgroup/" + name + "/0"
	b.targets = append(b.targets, arn)
	if b.protocol == "" {
		b.protocol = "HTTP"
		if b.typ == "network" {
			b.protocol = one(w, "protocol", "TCP", "TCP", "UDP", "TCP_UDP")
		}
	}
	typ, family := one(w, "target type", "instance", "ip"), "ipv4"
	if b.dual && w.chance(5, "targets of IPv6") {
		family = "ipv6"
	}
	w.add("elbv2-describe-target-groups", entry{
		"TargetGroupArn": arn, "TargetGroupName": name, "TargetType": typ, "Protocol": b.protocol, "Port": 80, "IpAddressType": family,
		"VpcId": b.v.id, "LoadBalancerArns": []any{b.arn},
	})
	var targets []entry
	for _, i := range b.v.instances {
		if !w.chance(6, "registered") || family == "ipv6" && i.address6 == "" {
			continue
		}
		id := i.id
		switch {
		case typ == "ip" && family == "ipv6":
			id = i.address6
		case typ == "ip":
			id = i.address
		}
		state := "healthy"
		if w.chance(2, "unhealthy") {
			state = "unhealthy"
		}
		targets = append(targets, entry{"Target": entry{"Id": id, "Port": one(w, "target port", 80, 8080)}, "TargetHealth": entry{"State": state}})
	}
	w.about("elbv2-describe-target-health", arn, targets...)
	var attributes []entry
	if w.chance(3, "cross-zone") {
		attributes = append(attributes, entry{
			"Key":   "load_balancing.cross_zone.enabled",
			"Value": one(w, "cross-zone", "true", "false", "use_load_balancer_configuration"),
		})
	}
	if b.protocol == "TCP" && w.chance(5, "client address") {
		attributes = append(attributes, entry{"Key": "preserve_client_ip.enabled", "Value": one(w, "kept", "true", "false")})
	}
	w.about("elbv2-describe-target-group-attributes", arn, attributes...)
}

func (w *world) listener(b *balancer) {
	arn := b.arn + "/listener"
	forward := func() []any {
		if b.typ == "application" && w.chance(2, "fixed response") {
			return []any{entry{"Type": "fixed-response"}}
		}
		return []any{entry{"Type": "forward", "TargetGroupArn": one(w, "forwards to", b.targets...)}}
	}
	normal := forward()
	w.about("elbv2-describe-listeners", b.arn, entry{
		"ListenerArn": arn, "LoadBalancerArn": b.arn, "Port": one(w, "listener", 80, 443), "Protocol": b.protocol,
		"DefaultActions": normal,
	})
	rules := []entry{{"RuleArn": arn + "/0", "Priority": "default", "IsDefault": true, "Actions": normal}}
	if b.typ == "network" {
		if b.dual && w.chance(9, "a rule") {
			family := one(w, "clients", "ipv4", "ipv6")
			rules = append(rules, entry{
				"RuleArn": arn + "/1", "Priority": "1", "Actions": forward(),
				"Conditions": []any{entry{"Field": "source-ip", "SourceIpConfig": entry{"IpAddressType": family}}},
			})
		}
		w.about("elbv2-describe-rules", arn, rapid.Permutation(rules).Draw(w.t, "order")...)
		return
	}
	for n := range w.upTo(2, "rules") {
		var conditions []any
		if w.chance(6, "source-ip") {
			conditions = append(conditions, entry{"Field": "source-ip", "SourceIpConfig": entry{"Values": []any{one(w, "source", "45.0.0.0/8", "8.8.8.0/24", "0.0.0.0/1")}}})
		}
		if len(conditions) == 0 || w.chance(3, "path") {
			conditions = append(conditions, entry{"Field": "path-pattern", "PathPatternConfig": entry{"Values": []any{"/a"}}})
		}
		rules = append(rules, entry{"RuleArn": fmt.Sprintf("%s/%d", arn, n+1), "Priority": fmt.Sprint(n + 1), "Conditions": conditions, "Actions": forward()})
	}
	w.about("elbv2-describe-rules", arn, rapid.Permutation(rules).Draw(w.t, "order")...)
}
