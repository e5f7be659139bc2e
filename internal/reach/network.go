// Package reach follows traffic through a snapshot: who can reach what, on which
// ports, by which path, and what stands in the way. Packets are sets: one walk
// answers for all addresses of the internet and all ports at once.
package reach

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
	"sync"

	"go4.org/netipx"

	"github.com/buttress/buttress/internal/snapshot"
)

// Kinds are the kinds of data that following traffic reads.
func Kinds() []snapshot.Kind {
	return []snapshot.Kind{
		snapshot.VPCs, snapshot.Subnets, snapshot.RouteTables, snapshot.NetworkACLs, snapshot.SecurityGroups,
		snapshot.NetworkInterfaces, snapshot.Instances, snapshot.AvailabilityZones,
		snapshot.InternetGateways, snapshot.EgressOnlyInternetGateways, snapshot.NATGateways, snapshot.VPCEndpoints,
		snapshot.VPCPeeringConnections, snapshot.VPNGateways, snapshot.VPNConnections, snapshot.PrefixListEntries,
		snapshot.BlockPublicAccess, snapshot.BlockPublicAccessExclusions, snapshot.SecurityGroupVPCAssociations,
		snapshot.TransitGateways, snapshot.TransitGatewayAttachments, snapshot.TransitGatewayVPCAttachments,
		snapshot.TransitGatewayPeeringAttachments, snapshot.TransitGatewayRouteTables, snapshot.TransitGatewayRoutes,
		snapshot.LoadBalancers, snapshot.LoadBalancerAttributes, snapshot.Listeners, snapshot.ListenerRules,
		snapshot.TargetGroups, snapshot.TargetGroupAttributes, snapshot.TargetHealth, snapshot.ClassicLoadBalancers,
		snapshot.ClassicInstanceHealth, snapshot.DBInstances, snapshot.DBClusters, snapshot.DBSubnetGroups,
	}
}

// Network is what traffic moves through: the networks of all recorded accounts
// and Regions, as one.
type Network struct {
	s *snapshot.Snapshot

	vpcs       map[string]*snapshot.VPC
	subnets    map[string]*snapshot.Subnet
	tables     map[string]*snapshot.RouteTable
	groups     map[string]*snapshot.SecurityGroup
	instances  map[string]*snapshot.Instance
	gateways   map[string]*snapshot.InternetGateway
	egressOnly map[string]*snapshot.EgressOnlyInternetGateway
	nats       map[string]*snapshot.NATGateway
	endpoints  map[string]*snapshot.VPCEndpoint
	peerings   map[string]*snapshot.VPCPeeringConnection
	vpns       map[string]*snapshot.VPNGateway

	vpcBlocks map[string][]netip.Prefix // the addresses of the VPCs
	// shared are the VPCs that accounts own which are not recorded, and where they
	// would be.
	shared map[string]snapshot.Scope

	nics    []*nic
	nicByID map[string]*nic
	private map[placed]*nic     // by VPC and address, the first that has it
	has     map[netip.Addr]bool // what some interface has
	public  map[netip.Addr]held // IPv4 and IPv6 addresses that the internet knows
	worn    map[string][]*nic   // by security group
	inside  map[string][]*nic   // by subnet
	// withBlocks are those that have blocks of addresses.
	withBlocks []*nic
	// strangeNodes are, by VPC, the interfaces of load balancers whose accounts are not
	// recorded.
	strangeNodes map[string][]*nic

	edges    map[string]*snapshot.RouteTable // by the gateway that they decide for
	transit  *transit
	balanced func() *balanced
	// databases are the DB instances that interfaces of RDS may belong to.
	databases func() map[*nic][]*snapshot.DBInstance
	// vouchers are what says that somebody has addresses that nobody recorded has.
	vouchers func() map[placed]voucher
	outer    map[family]addresses    // all that is routed globally and in no recorded VPC
	held     map[family][]netip.Addr // public addresses, sorted
	acls     sync.Map                // compiled network ACLs
	routes   sync.Map                // compiled route tables
	exposed  sync.Map                // exposures by interface
	liken    func()                  // finds the interfaces that are alike
}

// placed is an address in a VPC: VPCs may overlap.
type placed struct {
	vpc  string
	addr netip.Addr
}

// held is who holds a public address, and by which private one.
type held struct {
	nic     *nic
	private netip.Addr
	gateway *snapshot.NATGateway // of a regional NAT gateway, which has no interface
}

// nic is a network interface: a recorded one, or a node of a load balancer of
// which none is recorded.
type nic struct {
	*snapshot.NetworkInterface
	subnet *snapshot.Subnet // nil where it is not recorded
	vpc    *snapshot.VPC    // nil where it is not recorded
	holder snapshot.Holder
	nat    *snapshot.NATGateway // that it belongs to
	// node says that the interface stands for a node of a load balancer of which no
	// interface is recorded: its address is one of the subnet's.
	node    bool
	guessed bool   // interfaces of other nodes are recorded, so it is not sure to be there
	open    bool   // the node has a public address
	balance string // the name of the load balancer
	wears   []string
	// unlisted are the addresses, and unattached is the attachment, that its instance
	// names and the list of interfaces does not.
	unlisted   []netip.Addr
	unattached bool
	like       *snapshot.NetworkInterface // the first that is like it, or nil: see Alike
}

func (c *nic) id() string {
	if c.node {
		return c.balance
	}
	return c.NetworkInterfaceID
}

// place is the id of the interface: of a node of which none is recorded, that of its
// subnet.
func (c *nic) place() string {
	if c.node {
		return c.SubnetID
	}
	return c.NetworkInterfaceID
}

type networkKey struct{}

// Of is the network of a snapshot that was loaded with Kinds. It is made once.
func Of(s *snapshot.Snapshot) *Network {
	return s.Derived(networkKey{}, func(s *snapshot.Snapshot) any { return NewNetwork(s) }).(*Network) //nolint:forcetypeassert // it is one
}

// NewNetwork indexes a snapshot, loaded with Kinds.
func NewNetwork(s *snapshot.Snapshot) *Network {
	rows := len(snapshot.NetworkInterfaces.In(s))
	n := &Network{
		s:          s,
		vpcs:       byID(snapshot.VPCs.In(s)),
		subnets:    byID(snapshot.Subnets.In(s)),
		tables:     byID(snapshot.RouteTables.In(s)),
		groups:     byID(snapshot.SecurityGroups.In(s)),
		instances:  byID(snapshot.Instances.In(s)),
		gateways:   byID(snapshot.InternetGateways.In(s)),
		egressOnly: byID(snapshot.EgressOnlyInternetGateways.In(s)),
		nats:       byID(snapshot.NATGateways.In(s)),
		endpoints:  byID(snapshot.VPCEndpoints.In(s)),
		peerings:   byID(snapshot.VPCPeeringConnections.In(s)),
		vpns:       byID(snapshot.VPNGateways.In(s)),
		nicByID:    make(map[string]*nic, rows), private: make(map[placed]*nic, rows), has: map[netip.Addr]bool{}, public: map[netip.Addr]held{},
		worn: map[string][]*nic{}, inside: map[string][]*nic{}, strangeNodes: map[string][]*nic{},
	}
	n.vpcBlocks = n.rangesOfVPCs()
	n.shared = n.ownersOfShared()
	n.addInterfaces()
	n.addNATGateways()
	n.edges = edgeTables(snapshot.RouteTables.In(s))
	n.transit = newTransit(s)
	n.balanced = sync.OnceValue(n.newBalanced)
	n.databases = sync.OnceValue(n.databaseInterfaces)
	n.vouchers = sync.OnceValue(n.vouchersOf)
	n.liken = sync.OnceFunc(n.findAlike)
	n.outer = map[family]addresses{ipv4: n.globallyRouted(ipv4), ipv6: n.globallyRouted(ipv6)}
	n.held = map[family][]netip.Addr{ipv4: n.heldAddresses(ipv4), ipv6: n.heldAddresses(ipv6)}
	return n
}

// rangesOfVPCs are the blocks of the VPCs, the first one first. Where a VPC is not
// recorded, its tables have a local route for each block.
// https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-table-routes
func (n *Network) rangesOfVPCs() map[string][]netip.Prefix {
	all := map[string][]netip.Prefix{}
	for id, v := range n.vpcs {
		all[id] = v.CIDRs()
	}
	tables := snapshot.RouteTables.In(n.s)
	for i := range tables {
		t := &tables[i]
		for j := range t.Routes {
			if r := &t.Routes[j]; n.vpcs[t.VPCID] == nil && r.GatewayID == "local" && r.Destination().IsValid() && !slices.Contains(all[t.VPCID], r.Destination()) {
				all[t.VPCID] = append(all[t.VPCID], r.Destination())
			}
		}
	}
	return all
}

// scopeOf is where a VPC is recorded, or would be: where its tables are, or its
// subnets.
func (n *Network) scopeOf(vpc string) snapshot.Scope {
	if v := n.vpcs[vpc]; v != nil {
		return v.Scope()
	}
	tables := snapshot.RouteTables.In(n.s)
	if i := slices.IndexFunc(tables, func(t snapshot.RouteTable) bool { return t.VPCID == vpc }); i >= 0 {
		return tables[i].Scope()
	}
	subnets := snapshot.Subnets.In(n.s)
	if i := slices.IndexFunc(subnets, func(s snapshot.Subnet) bool { return s.VPCID == vpc }); i >= 0 {
		return subnets[i].Scope()
	}
	return n.s.Scopes[0]
}

func byID[T any, P interface {
	*T
	snapshot.Resource
}](rows []T) map[string]*T {
	m := make(map[string]*T, len(rows))
	for i := range rows {
		if id := P(&rows[i]).ID(); m[id] == nil {
			m[id] = &rows[i]
		}
	}
	return m
}

func (n *Network) addInterfaces() {
	rows := snapshot.NetworkInterfaces.In(n.s)
	n.nics = make([]*nic, len(rows))
	for i := range rows {
		c := &nic{NetworkInterface: &rows[i], subnet: n.subnets[rows[i].SubnetID], vpc: n.vpcs[rows[i].VPCID], holder: rows[i].Holder()}
		c.wears = n.groupsOf(c)
		slices.Sort(c.wears)
		n.nics[i] = c
		n.nicByID[c.NetworkInterfaceID] = c
	}
	n.hearInstances()
	for _, c := range n.nics {
		c.holder = c.Holder()
		n.add(c)
	}
}

// hearInstances adds to the interfaces what their instances say of them.
func (n *Network) hearInstances() {
	instances := snapshot.Instances.In(n.s)
	for i := range instances {
		for j := range instances[i].NetworkInterfaces {
			if c := n.nicByID[instances[i].NetworkInterfaces[j].NetworkInterfaceID]; c != nil {
				c.hear(&instances[i], &instances[i].NetworkInterfaces[j])
			}
		}
	}
}

// hear adds what an instance says of its interface and the list of interfaces
// leaves out.
func (c *nic) hear(i *snapshot.Instance, said *snapshot.InstanceInterface) {
	if c.Attachment.InstanceID == "" && c.Status != "available" {
		c.changed().Attachment.InstanceID = i.InstanceID
		c.unattached = true
	}
	for _, a := range said.IPv6Addresses {
		if a.IPv6Address.IsValid() && !c.hasIPv6(a.IPv6Address) {
			row := c.changed()
			row.IPv6Addresses = append(slices.Clip(row.IPv6Addresses), a)
			c.unlisted = append(c.unlisted, a.IPv6Address)
		}
	}
	c.hearPublic(said.Association.PublicIP, c.PrivateIPAddress)
	for _, p := range said.PrivateIPAddresses {
		c.hearPublic(p.Association.PublicIP, p.PrivateIPAddress)
	}
	if i.PrivateIPAddress == c.PrivateIPAddress {
		c.hearPublic(i.PublicIPAddress, c.PrivateIPAddress)
	}
}

func (c *nic) hearPublic(public, private netip.Addr) {
	outer := func(a *snapshot.InterfaceAssociation) bool {
		return a.PublicIP == public || a.OfCarrier() == public || a.OfCustomer() == public
	}
	if !public.IsValid() || !private.IsValid() || outer(&c.Association) ||
		slices.ContainsFunc(c.PrivateIPAddresses, func(p snapshot.PrivateIPAddress) bool { return outer(&p.Association) }) {
		return
	}
	row := c.changed()
	row.PrivateIPAddresses = append(slices.Clip(row.PrivateIPAddresses), snapshot.PrivateIPAddress{
		PrivateIPAddress: private, Association: snapshot.InterfaceAssociation{PublicIP: public},
	})
	c.unlisted = append(c.unlisted, public)
}

// changed is the recorded interface as a copy that may differ.
func (c *nic) changed() *snapshot.NetworkInterface {
	if !c.unattached && c.unlisted == nil {
		row := *c.NetworkInterface
		c.NetworkInterface = &row
	}
	return c.NetworkInterface
}

func (c *nic) hasIPv6(a netip.Addr) bool {
	return slices.ContainsFunc(c.IPv6Addresses, func(b snapshot.IPv6Address) bool { return b.IPv6Address == a }) ||
		slices.ContainsFunc(c.IPv6Prefixes, func(b snapshot.IPv6Prefix) bool { return b.IPv6Prefix.Contains(a) })
}

// add makes an interface known by its addresses, groups and subnet.
func (n *Network) add(c *nic) {
	if !c.node {
		n.nicByID[c.NetworkInterfaceID] = c
	}
	for _, a := range c.Addresses() {
		at := placed{c.VPCID, a}
		if n.private[at] == nil {
			n.private[at] = c
		}
		n.has[a] = true
		if a.Is6() {
			n.public[a] = held{nic: c, private: a}
		}
	}
	for _, m := range c.mapped() {
		n.public[m.public] = held{nic: c, private: m.private}
	}
	for _, g := range c.wears {
		n.worn[g] = append(n.worn[g], c)
	}
	n.inside[c.SubnetID] = append(n.inside[c.SubnetID], c)
	if len(c.delegated()) > 0 {
		n.withBlocks = append(n.withBlocks, c)
	}
	if !c.node && c.Foreign() && c.holder.Kind.IsLoadBalancer() {
		n.strangeNodes[c.VPCID] = append(n.strangeNodes[c.VPCID], c)
	}
}

// mapping is a public IPv4 address and the private one that it is mapped to.
type mapping struct{ public, private netip.Addr }

// mapped are the public IPv4 addresses of the interface. That of the interface
// belongs to its first private address.
func (c *nic) mapped() []mapping {
	var all []mapping
	for _, p := range c.PrivateIPAddresses {
		if a := p.Association.PublicIP; a.IsValid() {
			all = append(all, mapping{a, p.PrivateIPAddress})
		}
	}
	if a := c.Association.PublicIP; a.IsValid() && !slices.ContainsFunc(all, func(m mapping) bool { return m.public == a }) {
		all = append(all, mapping{a, c.PrivateIPAddress})
	}
	return all
}

// publicOf is the public address that a private one is mapped to: of IPv6 itself.
func (c *nic) publicOf(private netip.Addr) netip.Addr {
	if private.Is6() {
		return private
	}
	for _, m := range c.mapped() {
		if m.private == private {
			return m.public
		}
	}
	return netip.Addr{}
}

func (n *Network) addNATGateways() {
	gateways := snapshot.NATGateways.In(n.s)
	for i := range gateways {
		g := &gateways[i]
		for _, a := range g.NATGatewayAddresses {
			c := n.nicByID[a.NetworkInterfaceID]
			if c != nil {
				c.nat = g
			}
			if h, taken := n.public[a.PublicIP]; a.PublicIP.IsValid() && (!taken || h.nic == nil) {
				n.public[a.PublicIP] = held{nic: c, private: a.PrivateIP, gateway: g}
			}
		}
	}
	for _, c := range n.nics {
		if c.nat == nil && c.holder.Kind == snapshot.HeldByNATGateway {
			c.nat = n.nats[c.holder.ID]
		}
	}
}

// edgeTables are the route tables that decide for what comes in by a gateway.
func edgeTables(tables []snapshot.RouteTable) map[string]*snapshot.RouteTable {
	m := map[string]*snapshot.RouteTable{}
	for i := range tables {
		for _, a := range tables[i].Associations {
			if a.GatewayID != "" && (a.AssociationState.State == "" || a.AssociationState.State == "associated") {
				m[a.GatewayID] = &tables[i]
			}
		}
	}
	return m
}

// special are the blocks that are not routed globally.
// https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
// https://www.iana.org/assignments/iana-ipv6-special-registry/iana-ipv6-special-registry.xhtml
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("224.0.0.0/4"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001:2::/48"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
}

var globalUnicast = netip.MustParsePrefix("2000::/3")

// globallyRouted is every globally routable address of a family outside of the
// recorded VPCs, whose blocks may be such addresses: of IPv6 most are.
func (n *Network) globallyRouted(f family) addresses {
	var b netipx.IPSetBuilder
	if f == ipv4 {
		b.AddPrefix(f.all())
	} else {
		b.AddPrefix(globalUnicast)
	}
	for _, p := range special {
		b.RemovePrefix(p)
	}
	return withoutAddresses(built(&b), n.vpcSpace(f), f)
}

// blocks writes a set of addresses of the internet in as few blocks as can be: what
// is not of the internet counts in where both halves of a block have more of it.
func (n *Network) blocks(set addresses, f family) []netip.Prefix {
	return slices.Collect(n.eachBlock(set, f))
}

func (n *Network) eachBlock(set addresses, f family) iter.Seq[netip.Prefix] {
	outer := n.outer[f]
	rest := withoutAddresses(outer, set, f)
	var walk func(p netip.Prefix, yield func(netip.Prefix) bool) bool
	walk = func(p netip.Prefix, yield func(netip.Prefix) bool) bool {
		switch low, high := halves(p); {
		case set != nil && !set.overlapsPrefix(p) || !outer.overlapsPrefix(p):
			return true
		case !n.anyIn(rest, p, f) && (p.IsSingleIP() || outer.overlapsPrefix(low) && outer.overlapsPrefix(high)):
			return yield(p)
		default:
			return p.IsSingleIP() || walk(low, yield) && walk(high, yield)
		}
	}
	return func(yield func(netip.Prefix) bool) {
		if n.fills(set, f) {
			yield(f.all())
			return
		}
		walk(f.all(), yield)
	}
}

// halves are the two halves of a block; those of one address are that address.
func halves(p netip.Prefix) (low, high netip.Prefix) {
	if p.IsSingleIP() {
		return p, p
	}
	low = netip.PrefixFrom(p.Addr(), p.Bits()+1)
	return low, netip.PrefixFrom(netipx.RangeOfPrefix(low).To().Next(), p.Bits()+1)
}

// isPrivate reports whether an address belongs to networks of one's own: of
// IPv4 those of RFC 1918 and RFC 6598, of IPv6 those of RFC 4193.
func isPrivate(a netip.Addr) bool {
	return a.IsPrivate() || netip.MustParsePrefix("100.64.0.0/10").Contains(a) || a.IsLinkLocalUnicast() || a.IsLoopback()
}

// vpcHolding reports whether an address lies in the range of a recorded VPC.
func (n *Network) vpcHolding(a netip.Addr) bool {
	for _, blocks := range n.vpcBlocks {
		if contains(blocks, a) {
			return true
		}
	}
	return false
}

func contains(blocks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(blocks, func(p netip.Prefix) bool { return p.Contains(a) })
}

// zone is the id of the zone of a subnet, or its name where no id is recorded.
func zone(n *snapshot.Subnet) string {
	return cmp.Or(n.AvailabilityZoneID, n.AvailabilityZone)
}

// sameZone reports whether two subnets are in one zone: by its id or, where that is
// not recorded of both, by its name, which means one zone within an account.
// https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html
func sameZone(a, b *snapshot.Subnet) (same, known bool) {
	switch {
	case a.SubnetID == b.SubnetID:
		return true, true
	case a.AvailabilityZoneID != "" && b.AvailabilityZoneID != "":
		return a.AvailabilityZoneID == b.AvailabilityZoneID, true
	case a.AvailabilityZone != "" && b.AvailabilityZone != "" && a.Scope().Account == b.Scope().Account:
		return a.AvailabilityZone == b.AvailabilityZone, true
	default:
		return false, false
	}
}

func surelySame(a, b *snapshot.Subnet) bool {
	same, _ := sameZone(a, b)
	return same
}

// inZone is sameZone with what to assume where it is not recorded.
func (w *walker) inZone(a, b *snapshot.Subnet) bool {
	same, known := sameZone(a, b)
	return same || !known && w.sure(unlisted(snapshot.Subnets, a.Scope(), false))
}
