package snapshot

import (
	"net/netip"
	"strconv"
)

// NetworkACLs are the network ACLs of a Region, with the subnets that each
// decides for.
var NetworkACLs = newKind[NetworkACL]("AWS::EC2::NetworkAcl", "ec2:DescribeNetworkAcls", "NetworkAcls")

// NetworkACL is a network ACL of a VPC.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAcl.html
type NetworkACL struct {
	Origin `json:"-"`
	tagged
	NetworkACLID string `json:"NetworkAclId"`
	VPCID        string `json:"VpcId"`
	OwnerID      string `json:"OwnerId"`
	IsDefault    bool
	Associations []NetworkACLAssociation
	Entries      []NetworkACLEntry // in no order that means anything
}

// NetworkACLAssociation puts a network ACL in force for a subnet.
type NetworkACLAssociation struct {
	SubnetID string `json:"SubnetId"`
}

// NetworkACLEntry is a rule of a network ACL: of one direction and one family.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html
type NetworkACLEntry struct {
	Egress        Optional[bool]
	RuleNumber    int          // from 1
	RuleAction    string       // allow, deny
	Protocol      string       // a number, or -1 for all
	CIDRBlock     netip.Prefix `json:"CidrBlock"`     // zero in a rule of IPv6
	IPv6CIDRBlock netip.Prefix `json:"Ipv6CidrBlock"` // zero in a rule of IPv4
	PortRange     PortRange    // of TCP and UDP
	ICMPTypeCode  ICMPTypeCode `json:"IcmpTypeCode"` // of ICMP and ICMPv6
}

// PortRange is a range of ports, both ends included.
type PortRange struct {
	From Optional[int]
	To   Optional[int]
}

// ICMPTypeCode is a type and a code of ICMP; -1 means all.
type ICMPTypeCode struct {
	Type Optional[int]
	Code Optional[int]
}

// ID implements Resource.
func (a *NetworkACL) ID() string { return a.NetworkACLID }

// ARN implements Resource.
func (a *NetworkACL) ARN() string { return a.arn("ec2", a.OwnerID, "network-acl/"+a.NetworkACLID) }

// Name implements Resource.
func (a *NetworkACL) Name() string { return a.tagged.Name() }

// Owner is the account that owns the network ACL, or empty.
func (a *NetworkACL) Owner() string { return a.OwnerID }

// NetworkACLOf is the network ACL that decides for a subnet. Every subnet has
// one; it is false where none was recorded.
func (s *Snapshot) NetworkACLOf(n *Subnet) (*NetworkACL, bool) {
	all := s.indexes.subnetACLs()[at(n.Scope(), n.SubnetID)]
	if len(all) == 0 {
		return nil, false
	}
	return all[0], true
}

func (a *NetworkACL) subnetIDs() []string {
	ids := make([]string, len(a.Associations))
	for i := range a.Associations {
		ids[i] = a.Associations[i].SubnetID
	}
	return ids
}

// mostACLRulesOfAWS bounds the rules of a network ACL: AWS allows 40 in each
// direction and family.
// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-nacls
const mostACLRulesOfAWS = 10_000

// unreal refuses a network ACL that no account can have.
func (a *NetworkACL) unreal() error {
	if len(a.Entries) > mostACLRulesOfAWS {
		return unrealCount("rules", len(a.Entries), "40")
	}
	return nil
}

// Field is where a rule stands in its network ACL.
func (a *NetworkACL) Field(entry int) string { return "Entries/" + strconv.Itoa(entry) }

// KnowsWhat reports whether a rule says what it does with what: a rule without a
// direction or a number, or with an action, a protocol or a block that AWS does not document says
// nothing.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkAclEntry.html
func (e *NetworkACLEntry) KnowsWhat() bool {
	_, err := strconv.ParseUint(e.Protocol, 10, 8)
	_, directed := e.Egress.Value()
	return directed && e.RuleNumber > 0 && (e.RuleAction == "allow" || e.RuleAction == "deny") && (err == nil || e.Protocol == "-1") &&
		(e.CIDRBlock.IsValid() || e.IPv6CIDRBlock.IsValid())
}

// BlockField is the field of a rule that says for whom it is.
func (e *NetworkACLEntry) BlockField() string {
	if e.IPv6CIDRBlock.IsValid() && !e.CIDRBlock.IsValid() {
		return "Ipv6CidrBlock"
	}
	return "CidrBlock"
}
