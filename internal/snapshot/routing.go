package snapshot

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// RouteTableOf returns the route table that decides for a subnet: its own, else
// the main table of the same VPC. It is false where none was recorded, such as
// for a subnet that another account shares.
func (s *Snapshot) RouteTableOf(n *Subnet) (*RouteTable, bool) {
	if t, ok := s.indexes.subnetTable()[at(n.Scope(), n.SubnetID)]; ok {
		return t, true
	}
	t, ok := s.indexes.mainTable()[at(n.Scope(), n.VPCID)]
	return t, ok
}

// live reports whether an association is in force. Those being removed and those
// that failed are not. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RouteTableAssociationState.html
func (a *RouteTableAssociation) live() bool {
	return a.AssociationState.State == "" || a.AssociationState.State == "associated" || a.AssociationState.State == "associating"
}

func subnetOf(_ *RouteTable, a *RouteTableAssociation) string { return a.SubnetID }

func mainOf(t *RouteTable, a *RouteTableAssociation) string {
	if a.Main {
		return t.VPCID
	}
	return ""
}

func (s *Snapshot) tablesBy(id func(*RouteTable, *RouteTableAssociation) string) map[key]*RouteTable {
	m := map[key]*RouteTable{}
	tables := RouteTables.In(s)
	for i := range tables {
		t := &tables[i]
		for j := range t.Associations {
			a := &t.Associations[j]
			if of := id(t, a); of != "" && a.live() {
				m[at(t.Scope(), of)] = t
			}
		}
	}
	return m
}

// edgeTables are the tables of ingress routing of internet gateways, by VPC.
// They decide for what comes in through the gateway and for no subnet.
func (s *Snapshot) edgeTables() map[key][]*RouteTable {
	return group(RouteTables.In(s), func(t *RouteTable) []string {
		ofGateway := func(a RouteTableAssociation) bool { return strings.HasPrefix(a.GatewayID, "igw-") && a.live() }
		if slices.ContainsFunc(t.Associations, ofGateway) {
			return []string{t.VPCID}
		}
		return nil
	})
}

// AttachedTo reports whether the gateway is attached to a VPC. AWS says
// "available" for a live attachment, where the documentation says "attached".
func (g *InternetGateway) AttachedTo(vpcID string) bool {
	return slices.ContainsFunc(g.Attachments, func(a InternetGatewayAttachment) bool {
		return a.VPCID == vpcID && (a.State == "available" || a.State == "attached")
	})
}

// Active reports whether packets follow the route. A route to something that
// has gone is a blackhole until it is deleted.
func (r *Route) Active() bool { return r.State == "active" }

// ToInternetGateway reports whether the target of the route is an internet
// gateway, of whatever VPC and in whatever state.
func (r *Route) ToInternetGateway() bool { return strings.HasPrefix(r.GatewayID, "igw-") }

// ToEndpoint reports whether the target of the route is a Gateway Load Balancer
// endpoint or one of a Network Firewall.
func (r *Route) ToEndpoint() bool { return strings.HasPrefix(r.GatewayID, "vpce-") }

// Destination is the CIDR block of the route, or zero for a prefix list.
func (r *Route) Destination() netip.Prefix {
	if r.DestinationCIDRBlock.IsValid() {
		return r.DestinationCIDRBlock
	}
	return r.DestinationIPv6CIDRBlock
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
	// firewall and back, in one of the families or both.
	Inspected, Inspected4, Inspected6 bool
	// Unknown says that a route leads to a prefix list that was not recorded, or
	// to a gateway that was not.
	Unknown bool
	// Blocked is the mode of VPC Block Public Access that is in force: empty,
	// block-bidirectional, block-ingress, or a word that nobody knows.
	Blocked string
	// Decisive are the routes, and where there are none the table, on which the
	// answer rests.
	Decisive []Place
}

// Public reports whether the internet can send to the subnet in either family,
// as far as routes and Block Public Access decide.
func (r *Routing) Public() bool { return (r.Public4 || r.Public6) && r.Blocked == "" }

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
	table, ok := s.RouteTableOf(n)
	if !ok {
		return Routing{Decisive: []Place{{n, "VpcId"}}}
	}
	r := s.RoutingBy(table)
	r.Blocked = s.blockMode(n)
	if r.Inspected {
		back4, back6 := s.returnsThroughEndpoint(n, &r)
		r.Inspected4, r.Inspected6 = r.Inspected4 && back4, r.Inspected6 && back6
		r.Inspected = r.Inspected4 || r.Inspected6
	}
	return r
}

// RoutingBy says how the internet and a subnet that a table decides for would
// reach each other. Inspected then says only that a default route leads to an
// endpoint.
func (s *Snapshot) RoutingBy(table *RouteTable) Routing {
	r := Routing{Table: table}
	var gateway, endpoint []netip.Prefix
	for i := range table.Routes {
		route := &table.Routes[i]
		if !route.Active() {
			continue
		}
		switch {
		case route.ToInternetGateway():
			gateway = s.addGateway(&r, i, gateway)
		case route.ToEndpoint():
			if to, ok := s.destinations(table, route); ok {
				endpoint = append(endpoint, to...)
			}
		}
	}
	r.Public4, r.Public6 = Open(gateway)
	r.Partial = len(gateway) > 0 && !r.Public4 && !r.Public6
	if r.Inspected4, r.Inspected6 = Open(endpoint); r.Inspected4 || r.Inspected6 {
		r.Inspected = true
		r.Decisive = append(r.Decisive, endpointPlaces(table)...)
	}
	if len(r.Decisive) == 0 {
		r.Decisive = []Place{{table, "RouteTableId"}}
	}
	return r
}

// addGateway adds the destinations of a route to an internet gateway, if that is
// attached to the VPC of the table.
func (s *Snapshot) addGateway(r *Routing, i int, to []netip.Prefix) []netip.Prefix {
	route := &r.Table.Routes[i]
	g, ok := s.InternetGateway(r.Table.Scope(), route.GatewayID)
	if ok && !g.AttachedTo(r.Table.VPCID) {
		return to
	}
	prefixes, known := s.destinations(r.Table, route)
	if !ok || !known {
		r.Unknown = true
	}
	r.Decisive = append(r.Decisive, Place{r.Table, "Routes/" + strconv.Itoa(i) + "/GatewayId"})
	if !ok {
		return to
	}
	return append(to, prefixes...)
}

func endpointPlaces(t *RouteTable) []Place {
	var places []Place
	for i := range t.Routes {
		if r := &t.Routes[i]; r.Active() && r.ToEndpoint() {
			places = append(places, Place{t, "Routes/" + strconv.Itoa(i) + "/GatewayId"})
		}
	}
	return places
}

// destinations are the CIDR blocks that a route is for. It is false for a prefix
// list of which the entries are not recorded.
func (s *Snapshot) destinations(t *RouteTable, r *Route) ([]netip.Prefix, bool) {
	if r.DestinationPrefixListID == "" {
		return []netip.Prefix{r.Destination()}, true
	}
	entries, gap := s.Entries(t.Scope(), r.DestinationPrefixListID)
	if gap != nil {
		return nil, false
	}
	var to []netip.Prefix
	for i := range entries {
		to = append(to, entries[i].CIDR)
	}
	return to, true
}

// returnsThroughEndpoint reports for each family whether a table of an internet
// gateway of the VPC leads what comes in for the subnet through an endpoint.
func (s *Snapshot) returnsThroughEndpoint(n *Subnet, r *Routing) (ipv4, ipv6 bool) {
	for _, t := range s.indexes.edgeTables()[at(n.Scope(), n.VPCID)] {
		back4, back6 := t.returnsThroughEndpoint(n, r)
		ipv4, ipv6 = ipv4 || back4, ipv6 || back6
	}
	return ipv4, ipv6
}

func (t *RouteTable) returnsThroughEndpoint(n *Subnet, r *Routing) (ipv4, ipv6 bool) {
	for i := range t.Routes {
		route := &t.Routes[i]
		if !route.Active() || !route.ToEndpoint() || !covers(route.Destination(), n) {
			continue
		}
		r.Decisive = append(r.Decisive, Place{t, "Routes/" + strconv.Itoa(i) + "/GatewayId"})
		if route.Destination().Addr().Is4() {
			ipv4 = true
		} else {
			ipv6 = true
		}
	}
	return ipv4, ipv6
}

func covers(p netip.Prefix, n *Subnet) bool {
	if !p.IsValid() {
		return false
	}
	if n.CIDRBlock.IsValid() && p.Bits() <= n.CIDRBlock.Bits() && p.Contains(n.CIDRBlock.Addr()) {
		return true
	}
	return slices.ContainsFunc(n.IPv6CIDRBlockAssociationSet, func(a IPv6CIDRBlockAssociation) bool {
		b := a.IPv6CIDRBlock
		return b.IsValid() && p.Bits() <= b.Bits() && p.Contains(b.Addr())
	})
}

// blockMode is the mode of Block Public Access for a subnet: as recorded with the
// subnet, where exclusions are counted in, else that of the Region. Without
// either nothing is blocked. A mode that nobody knows is returned as it is.
func (s *Snapshot) blockMode(n *Subnet) string {
	mode := n.BlockPublicAccessStates.InternetGatewayBlockMode
	if mode == "" {
		for _, o := range BlockPublicAccess.In(s) {
			if o.Scope() == n.Scope() {
				mode = o.InternetGatewayBlockMode
			}
		}
	}
	if mode == "off" {
		return ""
	}
	return mode
}
