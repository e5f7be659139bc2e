package snapshot

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go4.org/netipx"
)

// RouteTableOf returns the route table that decides for a subnet: its own, else
// the main table of the same VPC. It is false where none was recorded, such as
// for a subnet that another account shares, and where a table does not say for what
// it decides.
func (s *Snapshot) RouteTableOf(n *Subnet) (*RouteTable, bool) {
	l, ok := s.indexes.links()[n]
	return l.table, ok
}

// link is an association that puts a table in force.
type link struct {
	table       *RouteTable
	association int
}

func (l link) state() linkState { return l.table.Associations[l.association].state() }

func (l link) place() Place {
	field := "/Main"
	if l.table.Associations[l.association].SubnetID != "" {
		field = "/SubnetId"
	}
	return Place{l.table, "Associations/" + itoa(l.association) + field}
}

// subnetLink is the link of a subnet, with what its table says.
type subnetLink struct {
	link
	follows Place // says why the table is the subnet's
	routing *tableRouting
}

func (s *Snapshot) subnetLinks() map[*Subnet]subnetLink {
	own, mains, routings := s.tablesBy(subnetOf), s.tablesBy(mainOf), s.indexes.routings()
	for k := range s.tablesUnsaid() {
		delete(mains, k)
	}
	subnets := Subnets.In(s)
	m := make(map[*Subnet]subnetLink, len(subnets))
	for i := range subnets {
		n := &subnets[i]
		l, ok := own[at(n.Scope(), n.SubnetID)]
		if !ok {
			l, ok = mains[at(n.Scope(), n.VPCID)]
		}
		if ok {
			m[n] = subnetLink{l, l.place(), routings[l.table]}
		}
	}
	return m
}

// linkState says whether an association is in force.
type linkState int

const (
	gone    linkState = iota // being removed, or never made
	unclear                  // in a state that nobody knows
	live
)

// state tells the states of
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTableAssociationState.html
// apart. Old versions of the AWS CLI print none.
func (a *RouteTableAssociation) state() linkState {
	switch a.AssociationState.State {
	case "", "associated", "associating":
		return live
	case "disassociating", "disassociated", "failed":
		return gone
	default:
		return unclear
	}
}

func subnetOf(_ *RouteTable, a *RouteTableAssociation) string { return a.SubnetID }

func mainOf(t *RouteTable, a *RouteTableAssociation) string {
	if a.Main {
		return t.VPCID
	}
	return ""
}

func (s *Snapshot) tablesBy(id func(*RouteTable, *RouteTableAssociation) string) map[key]link {
	m := map[key]link{}
	tables := RouteTables.In(s)
	for i := range tables {
		t := &tables[i]
		for j := range t.Associations {
			a := &t.Associations[j]
			of := id(t, a)
			if of == "" || a.state() == gone {
				continue
			}
			k := at(t.Scope(), of)
			if old, taken := m[k]; !taken || old.state() < a.state() {
				m[k] = link{t, j}
			}
		}
	}
	return m
}

// tablesUnsaid are the VPCs with a table of which it is not recorded for what it
// decides: that may be any subnet that no other table names. AWS returns an empty
// list where it decides for none.
func (s *Snapshot) tablesUnsaid() map[key]bool {
	m := map[key]bool{}
	tables := RouteTables.In(s)
	for i := range tables {
		if tables[i].Associations == nil {
			m[at(tables[i].Scope(), tables[i].VPCID)] = true
		}
	}
	return m
}

// IsMain reports whether the table is the main table of its VPC: that of every
// subnet, present and future, that has none of its own. It says also whether that
// is known, and the place that says so.
func (t *RouteTable) IsMain() (main, known bool, says Place) {
	for i := range t.Associations {
		if a := &t.Associations[i]; a.Main && a.state() != gone {
			return true, a.state() == live, Place{t, "Associations/" + strconv.Itoa(i) + "/AssociationState/State"}
		}
	}
	return false, true, Place{t, "RouteTableId"}
}

// edgeTables are the tables of ingress routing by VPC. They decide for what
// comes in through an internet gateway and for no subnet.
func (s *Snapshot) edgeTables() map[key][]*RouteTable {
	return group(RouteTables.In(s), func(t *RouteTable) []string {
		if slices.ContainsFunc(t.Associations, func(a RouteTableAssociation) bool {
			return isInternetGateway(a.GatewayID) && a.state() != gone
		}) {
			return []string{t.VPCID}
		}
		return nil
	})
}

// AttachedTo reports whether the gateway is attached to a VPC, whether that is
// known, and the place that says so. AWS says "available" for a live attachment,
// where the documentation says "attached".
func (g *InternetGateway) AttachedTo(vpcID string) (attached, known bool, says Place) {
	state, field := g.attachment(vpcID)
	return state == live, state != unclear, Place{g, field}
}

// attachment says whether the gateway is attached to a VPC, and the field that
// says so. While it is being attached or detached that is unclear.
func (g *InternetGateway) attachment(vpcID string) (linkState, string) {
	if g.Attachments == nil {
		return unclear, "Attachments"
	}
	for i := range g.Attachments {
		if g.Attachments[i].VPCID == vpcID {
			return g.Attachments[i].state(), "Attachments/" + strconv.Itoa(i) + "/State"
		}
	}
	for i := range g.Attachments {
		if a := &g.Attachments[i]; a.VPCID == "" && a.state() != gone {
			return unclear, "Attachments/" + strconv.Itoa(i) + "/VpcId"
		}
	}
	if len(g.Attachments) == 0 {
		return gone, "Attachments"
	}
	return gone, "Attachments/0/VpcId"
}

func (a *InternetGatewayAttachment) state() linkState {
	switch a.State {
	case "available", "attached":
		return live
	case "detached":
		return gone
	default:
		return unclear
	}
}

// Live reports whether the attachment is in force, and whether its state says.
func (a *InternetGatewayAttachment) Live() (attached, known bool) {
	return a.state() == live, a.state() != unclear
}

// Active reports whether packets follow the route. A route to something that
// has gone is a blackhole until it is deleted.
func (r *Route) Active() bool { return r.State == "active" }

// Blackhole reports whether the target of the route has gone.
func (r *Route) Blackhole() bool { return r.State == "blackhole" }

// ToInternetGateway reports whether the target of the route is an internet
// gateway, of whatever VPC and in whatever state.
func (r *Route) ToInternetGateway() bool { return isInternetGateway(r.GatewayID) }

func isInternetGateway(id string) bool { return strings.HasPrefix(id, "igw-") }

// ToVPNGateway reports whether the target of the route is a virtual private gateway.
func (r *Route) ToVPNGateway() bool { return strings.HasPrefix(r.GatewayID, "vgw-") }

// ToEndpoint reports whether the target of the route is a Gateway Load Balancer
// endpoint or one of a Network Firewall.
func (r *Route) ToEndpoint() bool { return strings.HasPrefix(r.GatewayID, "vpce-") }

// toMiddlebox reports whether the target may inspect packets and pass them on:
// an endpoint, or the network interface of an appliance.
// https://docs.aws.amazon.com/vpc/latest/userguide/gwlb-route.html
func (r *Route) toMiddlebox() bool {
	return r.ToEndpoint() || r.NetworkInterfaceID != "" || r.InstanceID != ""
}

// OtherNetwork is the field that names the target of the route where that is a
// network besides the VPC and the internet: one on premises, a peer, or whatever
// a transit gateway or a core network joins. It is empty for other targets.
// https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
func (r *Route) OtherNetwork() string {
	switch {
	case r.ToVPNGateway():
		return "GatewayId"
	case r.TransitGatewayID != "":
		return "TransitGatewayId"
	case r.VPCPeeringConnectionID != "":
		return "VpcPeeringConnectionId"
	case r.CoreNetworkARN != "":
		return "CoreNetworkArn"
	case r.LocalGatewayID != "":
		return "LocalGatewayId"
	default:
		return ""
	}
}

// Destination is the CIDR block of the route, or zero for a prefix list.
func (r *Route) Destination() netip.Prefix {
	if r.DestinationCIDRBlock.IsValid() {
		return r.DestinationCIDRBlock
	}
	return r.DestinationIPv6CIDRBlock
}

// DestinationField is the field of the route that says what it is for.
func (r *Route) DestinationField() string {
	switch {
	case r.DestinationPrefixListID != "":
		return "DestinationPrefixListId"
	case r.DestinationIPv6CIDRBlock.IsValid() && !r.DestinationCIDRBlock.IsValid():
		return "DestinationIpv6CidrBlock"
	default:
		return "DestinationCidrBlock"
	}
}

// Routing says how the internet and a subnet reach each other.
type Routing struct {
	// Table is the table in force, or nil where none was recorded.
	Table *RouteTable
	// Public4 and Public6 say that the internet is routed to and from the subnet
	// through an internet gateway attached to its VPC.
	Public4, Public6 bool
	// Partial says that some destinations, less than half of a family, are routed
	// through an internet gateway.
	Partial bool
	// Inspected says that traffic with the internet goes through an endpoint of a
	// firewall, or another appliance, and back, in one of the families or both.
	Inspected, Inspected4, Inspected6 bool
	// Unknown says that something which decides is not recorded or in a state that
	// nobody knows: a prefix list, a gateway, a route, an association.
	Unknown bool
	// Missing is the call, if any, that would have told what is not known.
	Missing *Gap
	// Blocked is the mode of VPC Block Public Access that is in force: empty,
	// block-bidirectional, block-ingress, or a word that nobody knows.
	Blocked string
	// BlockedBy is the field that says Blocked.
	BlockedBy Place
	// Decisive are the routes, and where there are none the table, on which the
	// answer rests; before them, for a subnet, why it follows the table.
	Decisive []Place
	// Idle say of routes to internet gateways why they carry nothing: blackholes,
	// and gateways that are not attached to the VPC.
	Idle []Place
}

// Public reports whether the internet can send to the subnet in either family,
// as far as routes and Block Public Access decide.
func (r *Routing) Public() bool { return (r.Public4 || r.Public6) && !r.Closed() }

// Closed reports whether VPC Block Public Access lets nothing in. A mode that
// nobody knows is not taken for that.
func (r *Routing) Closed() bool {
	return r.Blocked == "block-bidirectional" || r.Blocked == "block-ingress"
}

// Private reports whether no route of the subnet leads to or from the internet
// through an internet gateway.
func (r *Routing) Private() bool {
	return r.Table != nil && !r.Public4 && !r.Public6 && !r.Partial && !r.Inspected && !r.Unknown
}

// RoutingOf says how the internet and a subnet reach each other, by the routes
// of the table in force and the gateways of its VPC.
func (s *Snapshot) RoutingOf(n *Subnet) Routing {
	l, ok := s.indexes.links()[n]
	if !ok {
		return Routing{Decisive: []Place{{n, "VpcId"}}}
	}
	t := l.routing
	r := t.Routing
	r.Blocked, r.BlockedBy = s.blockMode(n)
	if l.state() == unclear {
		r.Public4, r.Public6, r.Partial, r.Unknown = false, false, false, true
		r.Decisive = append(r.Decisive, Place{l.table, "Associations/" + strconv.Itoa(l.association) + "/AssociationState/State"})
	}
	if t.diverted4 || t.diverted6 || t.maybeDiverted {
		s.inspect(n, &r, t)
	}
	r.Decisive = slices.Concat([]Place{l.follows}, r.Decisive)
	return r
}

// RoutingBy says how the internet and a subnet that a table decides for would
// reach each other, without what differs between subnets: it is neither blocked
// nor inspected.
func (s *Snapshot) RoutingBy(table *RouteTable) Routing { return s.indexes.routings()[table].Routing }

// tableRouting is what the routes of one table say about every subnet.
type tableRouting struct {
	Routing
	// diverted4 and diverted6 say that the internet is routed to a middlebox, maybeDiverted that
	// a route whose state or destination is not known would do so.
	diverted4, diverted6, maybeDiverted bool
	middleboxes                         []Place
}

func (s *Snapshot) tableRoutings() map[*RouteTable]*tableRouting {
	tables := RouteTables.In(s)
	m := make(map[*RouteTable]*tableRouting, len(tables))
	for i := range tables {
		m[&tables[i]] = s.tableRouting(&tables[i])
	}
	return m
}

func (s *Snapshot) tableRouting(table *RouteTable) *tableRouting {
	t := &tableRouting{Routing: Routing{Table: table}}
	if table.Routes == nil { // every table has a route to its own VPC
		t.Unknown = true
		t.Decisive = []Place{{table, "Routes"}}
		return t
	}
	var gateway, middlebox []netip.Prefix
	var widths []int // of what the routes in t.Decisive are for
	for i := range table.Routes {
		switch route := &table.Routes[i]; {
		case route.ToInternetGateway():
			to := s.throughGateway(&t.Routing, i)
			if len(t.Decisive) > len(widths) {
				widths = append(widths, shortest(to))
			}
			gateway = append(gateway, to...)
		case route.toMiddlebox():
			middlebox = append(middlebox, s.throughMiddlebox(t, i)...)
		}
	}
	t.Public4, t.Public6 = Open(gateway)
	t.Partial = len(gateway) > 0 && !t.Public4 && !t.Public6
	t.diverted4, t.diverted6 = Open(middlebox)
	if len(t.Decisive) == 0 {
		t.Decisive = []Place{{table, "RouteTableId"}}
	} else {
		t.Decisive = widest(t.Decisive, widths)
	}
	t.Decisive = slices.Clip(t.Decisive) // the table's subnets share it
	t.Idle = slices.Clip(t.Idle[:min(len(t.Idle), mostRoutes)])
	return t
}

// mostRoutes is how many routes of a table are named as deciding.
const mostRoutes = 64

// widest are the places of at most so many routes, in order: those for the most
// addresses, and before them those of which it is not known what they are for.
func widest(routes []Place, widths []int) []Place {
	if len(routes) <= mostRoutes {
		return routes
	}
	order := make([]int, len(routes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(widths[a], widths[b]) })
	order = order[:mostRoutes]
	slices.Sort(order)
	some := make([]Place, mostRoutes)
	for i, route := range order {
		some[i] = routes[route]
	}
	return some
}

// shortest is the length of the shortest prefix, or -1 where there is none.
func shortest(blocks []netip.Prefix) int {
	if len(blocks) == 0 {
		return -1
	}
	return slices.MinFunc(blocks, func(a, b netip.Prefix) int { return cmp.Compare(a.Bits(), b.Bits()) }).Bits()
}

// throughGateway returns the destinations of a route to an internet gateway that
// carries packets, and notes what it found.
func (s *Snapshot) throughGateway(r *Routing, i int) []netip.Prefix {
	table, route := r.Table, &r.Table.Routes[i]
	at := "Routes/" + strconv.Itoa(i)
	decides := func(p Place) { r.Decisive, r.Unknown = append(r.Decisive, p), true }
	switch {
	case route.Blackhole():
		r.Idle = append(r.Idle, Place{table, at + "/State"})
		return nil
	case !route.Active():
		decides(Place{table, at + "/State"})
		return nil
	}
	g, ok := s.InternetGateway(table.Scope(), route.GatewayID)
	if !ok {
		decides(Place{table, at + "/GatewayId"})
		return nil
	}
	switch state, field := g.attachment(table.VPCID); state {
	case gone:
		r.Idle = append(r.Idle, Place{g, field})
		return nil
	case unclear:
		decides(Place{g, field})
		return nil
	case live:
	}
	to, gap := s.Destinations(table, route)
	if gap != nil {
		r.Unknown, r.Missing = true, gap
	}
	r.Decisive = append(r.Decisive, Place{table, at + "/GatewayId"})
	return to
}

// throughMiddlebox does the same for a route to a middlebox.
func (s *Snapshot) throughMiddlebox(t *tableRouting, i int) []netip.Prefix {
	route := &t.Table.Routes[i]
	if route.Blackhole() {
		return nil
	}
	to, gap := s.Destinations(t.Table, route)
	t.maybeDiverted = t.maybeDiverted || gap != nil || !route.Active()
	t.middleboxes = append(t.middleboxes, Place{t.Table, "Routes/" + strconv.Itoa(i) + "/" + route.middleboxField()})
	return to
}

func (r *Route) middleboxField() string {
	switch {
	case r.ToEndpoint():
		return "GatewayId"
	case r.NetworkInterfaceID != "":
		return "NetworkInterfaceId"
	default:
		return "InstanceId"
	}
}

// Destinations are the CIDR blocks that a route is for. For a prefix list of which
// the entries are not recorded there is the gap in their place.
func (s *Snapshot) Destinations(t *RouteTable, r *Route) ([]netip.Prefix, *Gap) {
	if r.DestinationPrefixListID == "" {
		return []netip.Prefix{r.Destination()}, nil
	}
	entries, gap := s.Entries(t.Scope(), r.DestinationPrefixListID)
	if gap != nil {
		return nil, gap
	}
	to := make([]netip.Prefix, len(entries))
	for i := range entries {
		to[i] = entries[i].CIDR
	}
	return to, nil
}

// inspect notes whether a table of an internet gateway of the VPC leads what
// comes in for the subnet through a middlebox, which the subnet answers through.
func (s *Snapshot) inspect(n *Subnet, r *Routing, t *tableRouting) {
	for _, edge := range s.indexes.edgeTables()[at(n.Scope(), n.VPCID)] {
		state, to4, to6, back := returns(edge, n)
		to4, to6 = to4 && (t.diverted4 || t.maybeDiverted), to6 && (t.diverted6 || t.maybeDiverted)
		if !to4 && !to6 {
			continue
		}
		if len(r.Decisive) == 1 && r.Decisive[0].Field == "RouteTableId" {
			r.Decisive = nil
		}
		r.Decisive = slices.Concat(r.Decisive, t.middleboxes, back)
		if state == live && !t.maybeDiverted {
			r.Inspected, r.Inspected4, r.Inspected6 = true, to4, to6
		} else {
			r.Unknown = true
		}
		return
	}
}

// returns says whether a table of ingress routing leads to a subnet through
// middleboxes, in which families, and the routes that do.
func returns(edge *RouteTable, n *Subnet) (state linkState, ipv4, ipv6 bool, places []Place) {
	var b netipx.IPSetBuilder
	blocks := n.CIDRs()
	state = live
	for i := range edge.Routes {
		route := &edge.Routes[i]
		if !route.toMiddlebox() || route.Blackhole() || !slices.ContainsFunc(blocks, route.Destination().Overlaps) {
			continue
		}
		if !route.Active() {
			state = unclear
		}
		b.AddPrefix(route.Destination())
		places = append(places, Place{edge, "Routes/" + strconv.Itoa(i) + "/" + route.middleboxField()})
	}
	set, err := b.IPSet()
	if err != nil {
		return gone, false, false, nil
	}
	for _, block := range blocks {
		if set.ContainsPrefix(block) {
			ipv4, ipv6 = ipv4 || block.Addr().Is4(), ipv6 || block.Addr().Is6()
		}
	}
	return state, ipv4, ipv6, places
}

// blockMode is the mode of Block Public Access for a subnet, and the field that
// says so: as recorded with the subnet, where exclusions are counted in, else
// that of its owner's Region. Without either nothing is blocked.
// https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa-basics.html
func (s *Snapshot) blockMode(n *Subnet) (string, Place) {
	mode, says := n.BlockPublicAccessStates.InternetGatewayBlockMode, Place{n, "BlockPublicAccessStates/InternetGatewayBlockMode"}
	if mode == "" && len(s.indexes.blocking()) > 0 {
		owner := Scope{cmp.Or(n.OwnerID, n.Account()), n.Region()}
		if o := s.indexes.blocking()[owner]; o != nil {
			mode, says = o.InternetGatewayBlockMode, Place{o, "InternetGatewayBlockMode"}
		}
	}
	if mode == "" || mode == "off" {
		return "", Place{}
	}
	return mode, says
}

func (s *Snapshot) blocking() map[Scope]*BlockPublicAccessOptions {
	m := map[Scope]*BlockPublicAccessOptions{}
	options := BlockPublicAccess.In(s)
	for i := range options {
		m[options[i].Scope()] = &options[i]
	}
	return m
}
