package securitygroup

import (
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// ScopedByReference is the rule security-group-scoped-by-reference.
var ScopedByReference = checks.Rule{
	ID:    "security-group-scoped-by-reference",
	Title: "Rules between tiers name the security group of the caller, not the network it is in",
	Why: `A rule that admits the whole VPC, or a whole subnet, admits whatever is put there next: a build
server, a function, a test machine that somebody took over. Where all callers of today wear one security group,
a rule that names the group says the same about them and nothing about anybody else.`,
	Fix: `Admit the security group of the callers in place of the address range.

    aws ec2 authorize-security-group-ingress --group-id ID --protocol tcp --port PORT --source-group CALLER-ID
    aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE-ID

In Terraform, set referenced_security_group_id on the aws_vpc_security_group_ingress_rule, in place of cidr_ipv4 or cidr_ipv6.`,
	Severity:  checks.Low,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02"},
	Links:     []string{"https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-referencing"},
	Reads:     []snapshot.Kind{snapshot.VPCs, snapshot.Subnets, snapshot.RouteTables, snapshot.NetworkInterfaces, snapshot.PrefixListEntries},
	Judge:     checks.Each(snapshot.SecurityGroups, scopedByReference),
}

func scopedByReference(s *snapshot.Snapshot, g *snapshot.SecurityGroup) checks.Verdict {
	members := s.Members(g)
	worn, public := calledInside(members)
	switch {
	case g.Foreign():
		return notOurs(g)
	case g.VPCID == "":
		return checks.NotApplicable("is in no VPC", checks.Field(g, "VpcId"))
	case worn == nil:
		return checks.NotApplicable("is worn by no network interface of an instance, database, cache or internal load balancer", checks.Field(g, "GroupId"))
	}
	v, ok := s.VPC(g.Scope(), g.VPCID)
	if !ok || len(v.CIDRs()) == 0 {
		return checks.Unknown("is in a VPC whose address blocks are not recorded", checks.Field(g, "VpcId"))
	}
	x := s.IngressSources(g, func(*snapshot.IPPermission) bool { return true })
	c := callers{group: g, unseen: s.Gap(snapshot.NetworkInterfaces, v.Scope())}
	if v.Foreign() || c.unseen != nil {
		c.partial = []checks.Evidence{checks.Field(v, "OwnerId")}
	}
	for i := range x.Blocks {
		b := &x.Blocks[i]
		if public && internetWide(b.CIDR) {
			c.internet = true // callers from there wear no group
			continue
		}
		whole, ok := s.Within(v, b.CIDR)
		if !ok {
			continue
		}
		network := append(x.Places(b), whole.Place)
		if v.Holds(b.CIDR) || !c.outside(s, members, b.CIDR, network) {
			c.add(network, s.NeighboursIn(v, b.CIDR))
		}
	}
	return c.verdict(&x, wears(worn, g.GroupID))
}

// calledInside is the first of some interfaces that belongs to a tier which
// others call inside of the VPC: an instance, a database, a cache or an internal
// load balancer. It says also whether any of the interfaces has a public address.
func calledInside(members []*snapshot.NetworkInterface) (first *snapshot.NetworkInterface, public bool) {
	for _, n := range members {
		ipv4, ipv6 := publicAddress(n)
		hasPublic := ipv4 != "" || ipv6 != ""
		public = public || hasPublic
		if first != nil {
			continue
		}
		switch kind := n.Holder().Kind; {
		case kind == snapshot.HeldByInstance, kind == snapshot.HeldByDatabase, kind == snapshot.HeldByCache,
			kind.IsLoadBalancer() && !hasPublic:
			first = n
		}
	}
	return first, public
}

// internetWide reports whether a block is the internet of its family, or a half
// of all its addresses.
func internetWide(block netip.Prefix) bool {
	_, ipv6 := snapshot.Open([]netip.Prefix{block}) // 2000::/3
	return ipv6 || block.Bits() <= 1
}

// wears is where an interface names a group as its own.
func wears(n *snapshot.NetworkInterface, groupID string) checks.Evidence {
	i := slices.IndexFunc(n.Groups, func(g snapshot.GroupIdentifier) bool { return g.GroupID == groupID })
	if i < few {
		return checks.Evidence{Resource: n, Field: fewGroups()[i]}
	}
	return checks.Field(n, "Groups", i, "GroupId")
}

var fewGroups = sync.OnceValue(func() *[few]string {
	all := new([few]string)
	for i := range all {
		all[i] = "Groups/" + strconv.Itoa(i) + "/GroupId"
	}
	return all
})

// callers are those who may call a group from the whole networks that it admits.
type callers struct {
	group *snapshot.SecurityGroup
	// partial is why others may be there who were not recorded: those who share a
	// VPC see only their own interfaces, its owner sees them all.
	// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-share-subnet-working-with.html
	partial  []checks.Evidence
	unseen   *snapshot.Gap // the owner's interfaces, if they were not recorded
	internet bool          // the internet is admitted to something public
	ways     *ways         // to other networks, once they are asked for
	missing  *snapshot.Gap // where it hangs on what the ways are for

	shared, unsure, beyond, apart, nobody []checks.Evidence
}

// mostPeers is how many interfaces a failure names.
const mostPeers = 4

// add sorts a network by what its interfaces have in common.
func (c *callers) add(network []checks.Evidence, n *snapshot.Neighbours) {
	shared := n.Shared(c.group)
	peers := n.Peers(c.group, mostPeers)
	switch {
	case len(peers) > 0 && shared == "": // whoever else is there, no group is common to all
		c.apart = append(c.apart, network...)
		for _, p := range n.Apart(c.group) {
			c.apart = append(c.apart, allGroups(p)...)
		}
	case n.Silent != nil:
		c.unsure = append(append(c.unsure, network...), checks.Field(n.Silent, "Groups"))
	case c.partial != nil:
		c.unsure = append(append(c.unsure, network...), c.partial...)
	case len(peers) == 0:
		c.nobody = append(c.nobody, network...)
	default:
		c.shared = append(c.shared, network...)
		for _, p := range peers {
			c.shared = append(c.shared, wears(p, shared))
		}
	}
}

// outside sorts a network that is wider than the VPC. It is true where callers
// come in from what is outside, who wear no group that could be named, and where
// it is not known whether they do.
func (c *callers) outside(s *snapshot.Snapshot, members []*snapshot.NetworkInterface, block netip.Prefix, network []checks.Evidence) bool {
	if c.ways == nil {
		c.ways = waysOf(s, c.group, members)
	}
	if i := slices.IndexFunc(c.ways.all, func(w way) bool { return w.to.Overlaps(block) }); i >= 0 {
		c.beyond = append(append(c.beyond, network...), c.ways.all[i].places...)
		return true
	}
	switch {
	case c.ways.missing != nil:
		c.missing = c.ways.missing
	case c.ways.unseen != nil:
		c.unsure = append(append(c.unsure, network...), c.ways.unseen...)
	default:
		return false
	}
	return true
}

// ways are the routes by which the members of a group and other networks than
// the VPC and the internet reach each other.
type ways struct {
	all     []way
	unseen  []checks.Evidence // members whose routes are not recorded
	missing *snapshot.Gap     // the entries of a prefix list
}

type way struct {
	to     netip.Prefix
	places []checks.Evidence
}

func waysOf(s *snapshot.Snapshot, g *snapshot.SecurityGroup, members []*snapshot.NetworkInterface) *ways {
	w := &ways{}
	seen := map[*snapshot.RouteTable]bool{nil: true}
	for _, n := range members {
		var table *snapshot.RouteTable
		subnet, ok := s.Subnet(n.Scope(), n.SubnetID)
		if ok {
			table, _ = s.RouteTableOf(subnet)
		}
		if table == nil && w.unseen == nil {
			w.unseen = []checks.Evidence{checks.Field(n, "SubnetId")}
		}
		if !seen[table] {
			seen[table] = true
			w.add(s, table, wears(n, g.GroupID), s.Association(subnet))
		}
	}
	return w
}

// add adds the ways of a table. The places say who follows it.
func (w *ways) add(s *snapshot.Snapshot, t *snapshot.RouteTable, by ...checks.Evidence) {
	for i := range t.Routes {
		r := &t.Routes[i]
		target := r.OtherNetwork()
		if target == "" || !r.Active() {
			continue
		}
		to, gap := s.Destinations(t, r)
		if gap != nil {
			w.missing = gap
		}
		places := append(slices.Clip(by), checks.Field(t, "Routes", i, r.DestinationField()), checks.Field(t, "Routes", i, target))
		for _, p := range to {
			w.all = append(w.all, way{p, places})
		}
	}
}

// allGroups is where an interface names its groups.
func allGroups(n *snapshot.NetworkInterface) []checks.Evidence {
	if len(n.Groups) == 0 {
		return []checks.Evidence{checks.Field(n, "Groups")}
	}
	var all []checks.Evidence
	for i := range n.Groups {
		all = append(all, checks.Field(n, "Groups", i, "GroupId"))
	}
	return all
}

func (c *callers) verdict(x *snapshot.Sources, worn checks.Evidence) checks.Verdict {
	switch {
	case c.shared != nil:
		return checks.Fail("admits a whole network, though all that is there wears one group that could be named", append(c.shared, worn)...)
	case len(x.Missing) > 0:
		return checks.Missing(x.Missing...)
	case c.missing != nil:
		return checks.Missing(c.missing)
	case len(x.Silent) > 0:
		return checks.Unknown("does not say whom its rules admit, or to what", x.Silent...)
	case c.unsure != nil && c.unseen != nil:
		return checks.Missing(c.unseen)
	case c.unsure != nil:
		return checks.Unknown("admits a whole network of which not all is recorded", c.unsure...)
	case c.beyond != nil:
		return checks.Pass("admits networks beyond the VPC too, from which callers wear none of its groups", c.beyond...)
	case c.apart != nil:
		return checks.Pass("admits a whole network whose interfaces have no group in common", c.apart...)
	case c.nobody != nil:
		return checks.Pass("admits a whole network in which nothing else is", c.nobody...)
	case c.internet:
		return checks.Pass("admits the internet, and no whole VPC or subnet by name", sources(c.group, x)...)
	default:
		return checks.Pass("admits no whole VPC or subnet", sources(c.group, x)...)
	}
}

// sources are where a group says whom it admits, or that it admits nobody.
func sources(g *snapshot.SecurityGroup, x *snapshot.Sources) []checks.Evidence {
	all := x.AllPlaces()
	for i := range g.IPPermissions {
		if addressless(&g.IPPermissions[i]) {
			all = lists(all, g, i)
		}
	}
	if len(g.IPPermissions) == 0 {
		all = append(all, checks.Field(g, "IpPermissions"))
	}
	return all
}
