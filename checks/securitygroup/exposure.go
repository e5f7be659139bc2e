package securitygroup

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// wearing is who wears a security group, as far as that moves a severity.
type wearing int

const (
	unseen  wearing = iota // the interfaces are not recorded
	unworn                 // nothing wears the group
	worn                   // something does, and none of it is seen to be public
	exposed                // something public does
)

// exposureKinds are what tells who wears a group, and how public that is.
var exposureKinds = []snapshot.Kind{
	snapshot.NetworkInterfaces, snapshot.Subnets, snapshot.RouteTables, snapshot.InternetGateways, snapshot.BlockPublicAccess,
	snapshot.LoadBalancers, snapshot.ClassicLoadBalancers, snapshot.DBInstances, snapshot.DBClusters,
}

// exposure says who wears a group that opens something, and what shows it.
func exposure(s *snapshot.Snapshot, g *snapshot.SecurityGroup, o opening) (wearing, []checks.Evidence) {
	if s.Gap(snapshot.NetworkInterfaces, g.Scope()) != nil {
		return unseen, nil
	}
	members := s.Members(g)
	if len(members) == 0 {
		return listsNobody(s, g), nil
	}
	routes := map[string]snapshot.Routing{} // by subnet: a group may have many members
	for _, n := range members {
		if evidence, ok := public(s, n, o, routes); ok {
			i := slices.IndexFunc(n.Groups, func(id snapshot.GroupIdentifier) bool { return id.GroupID == g.GroupID })
			return exposed, append([]checks.Evidence{checks.Field(n, "Groups", i, "GroupId")}, evidence...)
		}
	}
	return worn, nil
}

// listsNobody tells a group that nobody wears from one whose wearers have no
// interfaces in the recording, as emulators make them.
func listsNobody(s *snapshot.Snapshot, g *snapshot.SecurityGroup) wearing {
	balancers, classic := s.BalancersWearing(g)
	instances, clusters := s.DatabasesWearing(g)
	if len(balancers)+len(classic)+len(instances)+len(clusters) > 0 {
		return worn
	}
	return unworn
}

// public reports whether the internet reaches an interface, as far as its
// addresses, the routes of its subnet and Block Public Access decide.
func public(s *snapshot.Snapshot, n *snapshot.NetworkInterface, o opening, routes map[string]snapshot.Routing) ([]checks.Evidence, bool) {
	ipv4, ipv6 := publicAddress(n)
	open4, open6 := o.ipv4 && ipv4 != "", o.ipv6 && ipv6 != ""
	if !open4 && !open6 { // most interfaces, told apart without their routes
		return nil, false
	}
	subnet, ok := s.Subnet(n.Scope(), n.SubnetID)
	if !ok {
		return nil, false
	}
	r, ok := routes[subnet.SubnetID]
	if !ok {
		r = s.RoutingOf(subnet)
		routes[subnet.SubnetID] = r
	}
	switch {
	case r.Blocked != "":
		return nil, false
	case open4 && r.Public4:
		return append([]checks.Evidence{checks.Field(n, ipv4)}, r.Decisive...), true
	case open6 && r.Public6:
		return append([]checks.Evidence{checks.Field(n, ipv6)}, r.Decisive...), true
	}
	return nil, false
}

// publicAddress says where the public addresses of an interface stand. IPv6
// addresses are public but for those of private ranges and of interfaces that
// take nothing from internet gateways.
func publicAddress(n *snapshot.NetworkInterface) (ipv4, ipv6 string) {
	ipv4 = mapped(n)
	if snapshot.Is(n.DenyAllIGWTraffic, true) {
		return ipv4, ""
	}
	for i, a := range n.IPv6Addresses {
		if global(a.IPv6Address) {
			return ipv4, "Ipv6Addresses/" + strconv.Itoa(i) + "/Ipv6Address"
		}
	}
	return ipv4, ""
}

func mapped(n *snapshot.NetworkInterface) string {
	if n.Association.PublicIP.IsValid() {
		return "Association/PublicIp"
	}
	for i := range n.PrivateIPAddresses {
		if n.PrivateIPAddresses[i].Association.PublicIP.IsValid() {
			return "PrivateIpAddresses/" + strconv.Itoa(i) + "/Association/PublicIp"
		}
	}
	return ""
}

func global(a netip.Addr) bool { return a.IsGlobalUnicast() && !a.IsPrivate() }
