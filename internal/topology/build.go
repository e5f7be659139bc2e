package topology

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// key finds what EC2 gives an id which is unique in a Region, whoever owns it.
type key struct{ region, id string }

// builder collects what stands where. Pointers stay valid until the end, since
// every VPC and subnet is allocated on its own.
type builder struct {
	s       *snapshot.Snapshot
	regions map[snapshot.Scope]*Region
	vpcs    map[key]*vpcParts
	subnets map[key]*subnetParts
	groups  map[*snapshot.AutoScalingGroup]*groupParts
	open    map[string]*Open // by ARN
}

// vpcParts is a VPC before it is put together.
type vpcParts struct {
	VPC
	scope   snapshot.Scope
	zones   map[string]Zone
	subnets []*subnetParts
	groups  []*groupParts
}

// subnetParts is a subnet before it is put together.
type subnetParts struct {
	Subnet
	vpc     *vpcParts
	ofDB    bool // of a DB subnet group
	hosts   bool // something stands in it that is no database
	counted map[string]int
	open    map[string]*Open // of what is counted
}

// Of computes what a diagram draws from the kinds that were loaded. What was not
// loaded or not recorded draws less.
func Of(s *snapshot.Snapshot) *Topology {
	b := &builder{
		s: s, regions: map[snapshot.Scope]*Region{}, vpcs: map[key]*vpcParts{}, subnets: map[key]*subnetParts{},
		groups: map[*snapshot.AutoScalingGroup]*groupParts{}, open: map[string]*Open{},
	}
	b.addVPCs()
	b.addSubnets()
	exposure := b.follow()
	b.addGateways()
	b.addGroups()
	b.addInstances()
	b.addInterfaces()
	b.addLoadBalancers()
	b.addDatabases()
	t := b.topology()
	t.Exposure = exposure.limit()
	return limit(t)
}

func (b *builder) region(scope snapshot.Scope) *Region {
	r, ok := b.regions[scope]
	if !ok {
		r = &Region{Account: scope.Account, Name: scope.Region}
		b.regions[scope] = r
	}
	return r
}

func (b *builder) unplaced(scope snapshot.Scope, item Item, reason string) {
	r := b.region(scope)
	r.Unplaced = append(r.Unplaced, Unplaced{item, reason})
}

func named(r snapshot.Resource) Resource {
	return Resource{ID: clip(r.ID()), ARN: clip(r.ARN()), Name: clip(r.Name())}
}

// longest is how much of an id, a name or an ARN is kept. AWS allows no longer
// ones.
const longest = 512

func clip(s string) string {
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}

func (b *builder) item(kind string, r snapshot.Resource) Item {
	return Item{Kind: kind, Resource: named(r), Count: 1, Open: b.open[r.ARN()]}
}

func (b *builder) addVPCs() {
	vpcs := snapshot.VPCs.In(b.s)
	for i := range vpcs {
		v := &vpcs[i]
		p := b.vpc(v.Scope(), v.VPCID)
		p.Resource, p.Listed, p.Shared, p.CIDRs = named(v), true, v.Foreign(), texts(v.CIDRs())
		p.Default, _ = v.IsDefault.Value()
	}
}

// vpc returns the parts of a VPC, which may be known by its id alone.
func (b *builder) vpc(scope snapshot.Scope, id string) *vpcParts {
	k := key{scope.Region, id}
	p, ok := b.vpcs[k]
	if !ok {
		p = &vpcParts{VPC: VPC{Resource: Resource{ID: clip(id)}}, scope: scope, zones: map[string]Zone{}}
		b.vpcs[k] = p
	}
	return p
}

func texts(blocks []netip.Prefix) []string {
	all := make([]string, len(blocks))
	for i, p := range blocks {
		all[i] = p.String()
	}
	return all
}

func (b *builder) addSubnets() {
	subnets := snapshot.Subnets.In(b.s)
	for i := range subnets {
		n := &subnets[i]
		if n.VPCID == "" {
			b.unplaced(n.Scope(), b.item(SubnetItem, n), "the VPC is not recorded")
			continue
		}
		zone := b.s.ZoneOf(n)
		p := b.subnet(n.Scope(), n.VPCID, n.SubnetID, Zone{ID: zone.ID, Name: n.AvailabilityZone, Type: zone.Type})
		p.Resource, p.CIDRs, p.Shared, p.Listed = named(n), texts(n.CIDRs()), n.Foreign(), true
		p.vpc.Shared = p.vpc.Shared || !p.vpc.Listed && n.Foreign()
		p.Tier, p.Egress = b.tier(n)
	}
}

// subnet returns the parts of a subnet, which may be known only because
// something that stands in it names it.
func (b *builder) subnet(scope snapshot.Scope, vpcID, id string, zone Zone) *subnetParts {
	k := key{scope.Region, id}
	if p, ok := b.subnets[k]; ok {
		return p
	}
	v := b.vpc(scope, vpcID)
	p := &subnetParts{
		Subnet: Subnet{Resource: Resource{ID: clip(id)}, Zone: clip(zone.ID), Tier: Unknown}, vpc: v, counted: map[string]int{}, open: map[string]*Open{},
	}
	b.subnets[k] = p
	v.subnets = append(v.subnets, p)
	if zone.ID != "" {
		v.zones[p.Zone] = Zone{ID: p.Zone, Name: clip(cmp.Or(zone.Name, zone.ID)), Type: zone.Type}
	}
	return p
}

// known finds a subnet that is recorded or that something else named before.
func (b *builder) known(scope snapshot.Scope, id string) (*subnetParts, bool) {
	p, ok := b.subnets[key{scope.Region, id}]
	return p, ok
}

// tier tells a subnet's tier by its routes, and the target of its default route.
// Which private subnets are those of databases is seen once all is placed.
func (b *builder) tier(n *snapshot.Subnet) (tier, egress string) {
	r := b.s.RoutingOf(n)
	if r.Table != nil {
		egress = defaultTarget(r.Table)
	}
	switch {
	case r.Public4 || r.Public6 || r.Inspected:
		return Public, egress
	case r.Table == nil || r.Unknown:
		return Unknown, egress
	default:
		return Private, egress
	}
}

// defaultTarget is what the default route leads to, that of IPv4 first.
func defaultTarget(t *snapshot.RouteTable) string {
	found := ""
	for i := range t.Routes {
		r := &t.Routes[i]
		to := r.Destination()
		if !to.IsValid() || to.Bits() != 0 || r.Blackhole() {
			continue
		}
		if to.Addr().Is4() {
			return clip(target(r))
		}
		found = cmp.Or(found, clip(target(r)))
	}
	return found
}

func target(r *snapshot.Route) string {
	return cmp.Or(r.NATGatewayID, r.GatewayID, r.TransitGatewayID, r.VPCPeeringConnectionID, r.EgressOnlyGatewayID,
		r.NetworkInterfaceID, r.InstanceID, r.CarrierGatewayID, r.LocalGatewayID)
}

// topology puts the parts together.
func (b *builder) topology() *Topology {
	for _, v := range b.vpcs {
		r := b.region(v.scope)
		r.VPCs = append(r.VPCs, v.finish())
	}
	t := &Topology{}
	for _, r := range b.regions {
		slices.SortFunc(r.VPCs, func(a, b VPC) int { return cmp.Compare(a.ID, b.ID) })
		slices.SortStableFunc(r.Unplaced, func(a, b Unplaced) int {
			return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Reason, b.Reason))
		})
		t.Regions = append(t.Regions, *r)
	}
	slices.SortFunc(t.Regions, func(a, b Region) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Name, b.Name))
	})
	return t
}

// finish sorts the parts of a VPC, and counts them.
func (v *vpcParts) finish() VPC {
	counts := map[string]int{}
	for _, p := range v.subnets {
		v.Subnets = append(v.Subnets, p.finish(counts))
	}
	for _, g := range v.groups {
		v.Groups = append(v.Groups, g.finish(counts))
	}
	count(counts, GroupItem, len(v.Groups))
	count(counts, LoadBalancerItem, len(v.LoadBalancers))
	count(counts, DatabaseItem, len(v.Databases))
	for _, g := range v.Gateways {
		if g.Kind == NATGateway { // regional
			count(counts, NATGateway, 1)
		}
	}
	v.Empty = len(counts) == 0
	count(counts, SubnetItem, len(v.subnets))
	for kind, n := range counts {
		v.Counts = append(v.Counts, Count{kind, n})
	}
	for _, z := range v.zones {
		v.Zones = append(v.Zones, z)
	}
	slices.SortFunc(v.Counts, func(a, b Count) int { return cmp.Compare(a.Kind, b.Kind) })
	slices.SortFunc(v.Zones, func(a, b Zone) int {
		return cmp.Or(cmp.Compare(a.order(), b.order()), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(v.Subnets, func(a, b Subnet) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(v.Gateways, byKind)
	slices.SortFunc(v.LoadBalancers, func(a, b LoadBalancer) int { return compare(a.Resource, b.Resource) })
	slices.SortFunc(v.Groups, func(a, b Group) int { return compare(a.Resource, b.Resource) })
	slices.SortFunc(v.Databases, func(a, b Database) int { return compare(a.Resource, b.Resource) })
	return v.VPC
}

// order puts Availability Zones before others.
func (z *Zone) order() int {
	if z.Type == snapshot.TypeAvailabilityZone {
		return 0
	}
	return 1
}

func count(counts map[string]int, kind string, n int) {
	if n > 0 {
		counts[kind] += n
	}
}

func compare(a, b Resource) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.ARN, b.ARN)) }

func byKind(a, b Item) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), compare(a.Resource, b.Resource))
}

// finish decides whether a subnet is one for databases, and sorts what stands in
// it.
func (p *subnetParts) finish(counts map[string]int) Subnet {
	for kind, n := range p.counted {
		p.Items = append(p.Items, Item{Kind: kind, Count: n, Open: p.open[kind]})
	}
	if p.Tier == Private && p.ofDB && !p.hosts {
		p.Tier = Data
	}
	slices.SortFunc(p.Items, byKind)
	for _, i := range p.Items {
		count(counts, i.Kind, i.Count)
	}
	return p.Subnet
}
