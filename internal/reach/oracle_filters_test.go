package reach_test

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/buttress/buttress/internal/snapshot"
)

// aclAdmits asks the network ACL of a subnet: the rule with the lowest number
// that matches decides, and where none does the packet is dropped.
// https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
func (o *oracle) aclAdmits(n *snapshot.Subnet, egress bool, p packet) bool {
	if o.unfiltered {
		return true
	}
	for _, acl := range snapshot.NetworkACLs.In(o.s) {
		for _, a := range acl.Associations {
			if a.SubnetID == n.SubnetID {
				return entriesAdmit(acl.Entries, egress, p)
			}
		}
	}
	return false
}

func entriesAdmit(all []snapshot.NetworkACLEntry, egress bool, p packet) bool {
	lowest, action := 1<<20, "deny"
	for i := range all {
		if e := &all[i]; snapshot.Is(e.Egress, egress) && e.RuleNumber < lowest && entryMatches(e, p) {
			lowest, action = e.RuleNumber, e.RuleAction
		}
	}
	return action == "allow"
}

func entryMatches(e *snapshot.NetworkACLEntry, p packet) bool {
	block, addr := e.CIDRBlock, p.src
	if p.is6() {
		block = e.IPv6CIDRBlock
	}
	if snapshot.Is(e.Egress, true) {
		addr = p.dst
	}
	if !block.IsValid() || !block.Contains(addr) {
		return false
	}
	if e.Protocol == "-1" {
		return true
	}
	if e.Protocol != strconv.Itoa(p.proto) {
		return false
	}
	switch p.proto {
	case protoTCP, protoUDP:
		return between(e.PortRange.From, e.PortRange.To, p.dport)
	case protoICMP, protoICMPv6:
		return isOrAny(e.ICMPTypeCode.Type, p.dport>>8) && isOrAny(e.ICMPTypeCode.Code, p.dport&255)
	default:
		return true
	}
}

func between(from, to snapshot.Optional[int], port int) bool {
	lo, loSaid := from.Value()
	hi, hiSaid := to.Value()
	return !loSaid || !hiSaid || lo <= port && port <= hi
}

func isOrAny(v snapshot.Optional[int], n int) bool {
	x, said := v.Value()
	return !said || x == -1 || x == n
}

// groupsAdmit asks the security groups that an interface wears. They remember
// what they let pass, and let pass what answers it. An interface of AWS's that
// wears no group, such as that of a NAT gateway, has no such filter.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-connection-tracking.html
func (o *oracle) groupsAdmit(c *snapshot.NetworkInterface, egress bool, p packet) bool {
	if o.unfiltered || len(c.Groups) == 0 && c.Attachment.InstanceID == "" || p.answers(c.NetworkInterfaceID) {
		return true
	}
	for _, worn := range c.Groups {
		g, ok := o.s.SecurityGroup(c.Scope(), worn.GroupID)
		if !ok {
			continue
		}
		rules := g.IPPermissions
		if egress {
			rules = g.IPPermissionsEgress
		}
		for i := range rules {
			if ruleSpeaks(&rules[i], p) && o.peerMatches(&rules[i], c, egress, p) {
				return true
			}
		}
	}
	return false
}

var protocolNames = map[string]int{"tcp": protoTCP, "udp": protoUDP, "icmp": protoICMP, "icmpv6": protoICMPv6}

// ruleSpeaks compares protocol and ports. FromPort is the type of ICMP and ToPort
// the code.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
func ruleSpeaks(r *snapshot.IPPermission, p packet) bool {
	if r.IPProtocol == "-1" {
		return true
	}
	number, named := protocolNames[r.IPProtocol]
	if !named {
		number, _ = strconv.Atoi(r.IPProtocol)
	}
	if number != p.proto {
		return false
	}
	switch p.proto {
	case protoTCP, protoUDP:
		return between(r.FromPort, r.ToPort, p.dport)
	case protoICMP, protoICMPv6:
		return isOrAny(r.FromPort, p.dport>>8) && isOrAny(r.ToPort, p.dport&255)
	default:
		return true
	}
}

func (o *oracle) peerMatches(r *snapshot.IPPermission, c *snapshot.NetworkInterface, egress bool, p packet) bool {
	far := p.src
	if egress {
		far = p.dst
	}
	for _, b := range r.IPRanges {
		if b.CIDRIP.Contains(far) {
			return true
		}
	}
	for _, b := range r.IPv6Ranges {
		if b.CIDRIPv6.Contains(far) {
			return true
		}
	}
	for _, l := range r.PrefixListIDs {
		if o.listed(c.Scope(), l.PrefixListID, far) {
			return true
		}
	}
	for i := range r.UserIDGroupPairs {
		if o.pairMatches(&r.UserIDGroupPairs[i], c, egress, p) {
			return true
		}
	}
	return false
}

func (o *oracle) listed(from snapshot.Scope, list string, a netip.Addr) bool {
	entries, gap := o.s.Entries(from, list)
	return gap == nil && slices.ContainsFunc(entries, func(e snapshot.PrefixListEntry) bool { return e.CIDR.Contains(a) })
}

// pairMatches compares a reference to a group: it stands for the private
// addresses of the interfaces that wear the group in the same VPC, or in one that
// an active peering connection of the Region joins; of packets that come in also
// over a transit gateway where that is switched on. What an appliance passed on
// no longer counts as coming from where it came.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-referencing
func (o *oracle) pairMatches(pair *snapshot.UserIDGroupPair, c *snapshot.NetworkInterface, egress bool, p packet) bool {
	if !egress {
		return p.node != nil && wears(p.node, pair.GroupID) || p.from != nil && wears(p.from, pair.GroupID) && o.joinedBy(p.over, p.from.VPCID, c.VPCID)
	}
	for _, other := range snapshot.NetworkInterfaces.In(o.s) {
		if wears(&other, pair.GroupID) && owns(&other, p.dst) && o.joined(c.VPCID, other.VPCID) {
			return true
		}
	}
	return false
}

func wears(c *snapshot.NetworkInterface, group string) bool {
	return slices.ContainsFunc(c.Groups, func(g snapshot.GroupIdentifier) bool { return g.GroupID == group })
}

// joinedBy reports whether a group of one VPC may be named in another when the
// packet came over something.
func (o *oracle) joinedBy(over, a, b string) bool {
	switch over {
	case "":
		return a == b
	case "pcx":
		return o.joined(a, b)
	default:
		return o.refersOver(over, a, b)
	}
}

// joined reports whether two VPCs are one, or peers in one Region.
func (o *oracle) joined(a, b string) bool {
	if a == b {
		return true
	}
	for _, c := range snapshot.VPCPeeringConnections.In(o.s) {
		r, acc := c.RequesterVPCInfo, c.AccepterVPCInfo
		ends := r.VPCID == a && acc.VPCID == b || r.VPCID == b && acc.VPCID == a
		if ends && c.Status.Code == "active" && r.Region == acc.Region {
			return true
		}
	}
	return false
}

// refersOver reports whether groups may be named over a transit gateway: it and
// both attachments have to support it. Over a peering of transit gateways nobody may.
func (o *oracle) refersOver(gateway, a, b string) bool {
	if !slices.ContainsFunc(snapshot.TransitGateways.In(o.s), func(g snapshot.TransitGateway) bool {
		return g.TransitGatewayID == gateway && g.Options.SecurityGroupReferencingSupport == "enable"
	}) {
		return false
	}
	for _, t := range snapshot.TransitGatewayVPCAttachments.In(o.s) {
		if t.TransitGatewayID == gateway && (t.VPCID == a || t.VPCID == b) && t.Options.SecurityGroupReferencingSupport == "disable" {
			return false
		}
	}
	return true
}
