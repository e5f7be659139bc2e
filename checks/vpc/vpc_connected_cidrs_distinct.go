package vpc

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// ConnectedCIDRsDistinct is the rule vpc-connected-cidrs-distinct.
var ConnectedCIDRsDistinct = checks.Rule{
	ID:    "vpc-connected-cidrs-distinct",
	Title: "The address blocks of connected networks do not overlap",
	Why: `An address that two connected networks have is delivered to one of them, and to the wrong one for half of
those who ask for it: the local route wins over every other, and a transit gateway takes one of two equal routes. VPCs
that overlap and are not connected cannot be, on the day that they have to.`,
	Fix: `Move what is in one of the networks to a VPC with a block of its own, or reach the service by PrivateLink.

    aws ec2 create-vpc --ipv4-ipam-pool-id POOL --ipv4-netmask-length 20
    aws ec2 create-vpc-endpoint --vpc-id ID --service-name SERVICE --vpc-endpoint-type Interface --subnet-ids SUBNET

In Terraform, take cidr_block of the aws_vpc from an aws_vpc_ipam_pool, which hands out no block twice.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL02-BP05"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html",
		"https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html",
	},
	Reads: []snapshot.Kind{
		snapshot.VPCPeeringConnections, snapshot.TransitGateways, snapshot.TransitGatewayVPCAttachments,
		snapshot.RouteTables, snapshot.PrefixListEntries,
	},
	Judge: checks.Each(snapshot.VPCs, connectedCIDRsDistinct),
}

func connectedCIDRsDistinct(s *snapshot.Snapshot, v *snapshot.VPC) checks.Verdict {
	if v.Foreign() {
		return checks.NotApplicable("belongs to another account", field(v, "OwnerId"))
	}
	blocks := v.Blocks()
	if len(blocks) == 0 {
		return checks.Unknown("does not say which blocks it has", field(v, "CidrBlock"))
	}
	n := neighbours{vpc: v, joins: joinsOf(s), peers: map[string]*snapshot.VPCPeeringConnection{}}
	n.peerings(s, blocks)
	n.attachments(s)
	for _, b := range blocks {
		n.recorded(s, b)
	}
	n.routes(s)
	return n.verdict(blocks)
}

// neighbours are the networks that a VPC is connected with.
type neighbours struct {
	vpc   *snapshot.VPC
	joins *joins
	peers map[string]*snapshot.VPCPeeringConnection // by VPC

	connections              []checks.Evidence
	connected, routed, apart []checks.Evidence // overlaps
	unseen                   []checks.Evidence
	missing                  *snapshot.Gap
}

// peerings finds the peers of the VPC, and overlaps with those that only the
// connection tells of.
func (n *neighbours) peerings(s *snapshot.Snapshot, blocks []snapshot.Block) {
	for _, p := range activePeerings(s)[n.vpc.VPCID] {
		far, name := &p.AccepterVPCInfo, "AccepterVpcInfo"
		if far.VPCID == n.vpc.VPCID {
			far, name = &p.RequesterVPCInfo, "RequesterVpcInfo"
		}
		n.peers[far.VPCID] = p
		n.connections = append(n.connections, field(p, name+"/VpcId"), field(p, "Status/Code"))
		region := cmp.Or(far.Region, n.vpc.Region())
		if _, ok := s.VPC(snapshot.Scope{Account: far.OwnerID, Region: region}, far.VPCID); ok {
			continue
		}
		theirs := far.Blocks(p, name)
		if len(theirs) == 0 {
			n.unseen = append(n.unseen, field(p, name+"/CidrBlockSet"))
		}
		for _, b := range theirs {
			if i := slices.IndexFunc(blocks, func(own snapshot.Block) bool { return own.CIDR.Overlaps(b.CIDR) }); i >= 0 {
				n.connected = append(n.connected, blocks[i].Place, b.Place, field(p, "Status/Code"))
			}
		}
	}
}

// attachments finds the transit gateways that the VPC is attached to. Only their
// owner sees who else is.
func (n *neighbours) attachments(s *snapshot.Snapshot) {
	for _, a := range n.joins.attached[n.vpc.VPCID] {
		at := field(a, "TransitGatewayId")
		n.connections = append(n.connections, at, field(a, "State"))
		g, ok := s.TransitGateway(a.Scope(), a.TransitGatewayID)
		owner := a.Scope()
		if ok && g.OwnerID != "" {
			owner.Account = g.OwnerID
		}
		switch stranger := n.joins.stranger[a.TransitGatewayID]; {
		case !ok || !slices.Contains(s.Scopes, owner):
			n.unseen = append(n.unseen, at)
		case s.Gap(snapshot.TransitGatewayVPCAttachments, owner) != nil:
			n.missing = s.Gap(snapshot.TransitGatewayVPCAttachments, owner)
		case stranger != nil:
			n.unseen = append(n.unseen, at, field(stranger, "VpcId"))
		}
	}
}

// mostOverlaps is how many overlaps with others a failure names, of each block.
const mostOverlaps = 8

// recorded finds overlaps of a block with those of recorded VPCs. Default VPCs all
// have the same block, which is no matter before they are connected.
func (n *neighbours) recorded(s *snapshot.Snapshot, own snapshot.Block) {
	alone := len(n.peers) == 0 && len(n.joins.attached[n.vpc.VPCID]) == 0
	if alone && snapshot.Is(n.vpc.IsDefault, true) {
		return
	}
	connected, apart := 0, 0
	for b := range s.BlocksOverlapping(own.CIDR) {
		if connected == mostOverlaps || alone && apart == mostOverlaps {
			return
		}
		by := n.joined(b.VPC)
		switch {
		case b.VPC.VPCID == n.vpc.VPCID:
		case by != nil:
			connected++
			n.connected = append(append(n.connected, own.Place, b.Place), by...)
		case apart < mostOverlaps && n.confusable(b.VPC):
			apart++
			n.apart = append(n.apart, own.Place, b.Place)
		}
	}
}

// confusable reports whether the account has a VPC too, and both are of its making.
func (n *neighbours) confusable(v *snapshot.VPC) bool {
	return v.Account() == n.vpc.Account() && !v.Foreign() && !snapshot.Is(n.vpc.IsDefault, true) && !snapshot.Is(v.IsDefault, true)
}

// joined is what connects the VPC with another: a peering, or attachments to one
// transit gateway.
func (n *neighbours) joined(v *snapshot.VPC) []checks.Evidence {
	if p := n.peers[v.VPCID]; p != nil {
		return []checks.Evidence{field(p, "Status/Code")}
	}
	for _, a := range n.joins.attached[n.vpc.VPCID] {
		for _, b := range n.joins.attached[v.VPCID] {
			if a.TransitGatewayID == b.TransitGatewayID {
				return []checks.Evidence{field(a, "TransitGatewayId"), field(b, "TransitGatewayId")}
			}
		}
	}
	return nil
}

// routes finds blocks of the VPC's own that a route leads to another network for:
// the local route wins, so what is there is never reached. Wider ones are how many
// networks are routed to at once.
// https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
func (n *neighbours) routes(s *snapshot.Snapshot) {
	for _, t := range n.joins.tables[n.vpc.VPCID] {
		for i := range t.Routes {
			r := &t.Routes[i]
			target := r.OtherNetwork()
			if target == "" || r.Blackhole() {
				continue
			}
			to, gap := s.Destinations(t, r)
			if gap != nil {
				n.missing = gap
			}
			if slices.ContainsFunc(to, func(p netip.Prefix) bool { return n.vpc.Holds(p) }) {
				n.routed = append(n.routed, routeField(t, i, r.DestinationField()), routeField(t, i, target))
			}
		}
	}
}

func (n *neighbours) verdict(blocks []snapshot.Block) checks.Verdict {
	own := make([]checks.Evidence, len(blocks))
	for i := range blocks {
		own[i] = blocks[i].Place
	}
	switch {
	case n.connected != nil:
		return checks.Fail("overlaps with a network that it is connected with", n.connected...)
	case n.routed != nil:
		return checks.Fail("has routes to another network for a block of its own", append(n.routed, own...)...)
	case n.apart != nil:
		return checks.Fail("overlaps with another VPC of the account, with which it is not connected", n.apart...).At(checks.Low)
	case n.missing != nil:
		return checks.Missing(n.missing)
	case n.unseen != nil:
		return checks.Unknown("is connected with networks whose blocks are not recorded", n.unseen...)
	case n.connections == nil && snapshot.Is(n.vpc.IsDefault, true):
		return checks.NotApplicable("is a default VPC that is connected with nothing", field(n.vpc, "IsDefault"))
	case n.connections == nil:
		return checks.Pass("overlaps with no other VPC of the account, default ones aside", own...)
	default:
		return checks.Pass("overlaps with no network that it is connected with", append(own, n.connections...)...)
	}
}

// joins are what connects VPCs, and the tables that lead to other networks.
type joins struct {
	attached map[string][]*snapshot.TransitGatewayVPCAttachment // by VPC
	stranger map[string]*snapshot.TransitGatewayVPCAttachment   // by transit gateway: one of a VPC that is not recorded
	tables   map[string][]*snapshot.RouteTable                  // by VPC
}

type joinsKey struct{}

func joinsOf(s *snapshot.Snapshot) *joins {
	return s.Derived(joinsKey{}, func(s *snapshot.Snapshot) any {
		j := &joins{
			attached: map[string][]*snapshot.TransitGatewayVPCAttachment{}, stranger: map[string]*snapshot.TransitGatewayVPCAttachment{},
			tables: map[string][]*snapshot.RouteTable{},
		}
		attachments := snapshot.TransitGatewayVPCAttachments.In(s)
		for i := range attachments {
			j.add(s, &attachments[i])
		}
		tables := snapshot.RouteTables.In(s)
		for i := range tables {
			if t := &tables[i]; slices.ContainsFunc(t.Routes, func(r snapshot.Route) bool { return r.OtherNetwork() != "" }) {
				j.tables[t.VPCID] = append(j.tables[t.VPCID], t)
			}
		}
		return j
	}).(*joins) //nolint:forcetypeassert // it is one
}

// add adds an attachment that carries packets, or may, once though two accounts
// list it.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayVpcAttachment.html
func (j *joins) add(s *snapshot.Snapshot, a *snapshot.TransitGatewayVPCAttachment) {
	switch a.State {
	case "deleted", "deleting", "failed", "failing", "rejected", "rejecting", "initiating", "initiatingRequest", "pendingAcceptance", "pending", "rollingBack":
		return
	}
	known := j.attached[a.VPCID]
	if slices.ContainsFunc(known, func(b *snapshot.TransitGatewayVPCAttachment) bool {
		return a.TransitGatewayAttachmentID == b.TransitGatewayAttachmentID
	}) {
		return
	}
	j.attached[a.VPCID] = append(known, a)
	if _, ok := s.VPC(a.Scope(), a.VPCID); !ok {
		j.stranger[a.TransitGatewayID] = a
	}
}
