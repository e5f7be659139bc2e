package reach

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"go4.org/netipx"

	"github.com/buttress/buttress/internal/snapshot"
)

// Internet stands for every address that is routed globally and that nothing
// recorded holds.
const Internet = "internet"

// farBlocks are the addresses of one end of a peering connection.
func farBlocks(p *snapshot.PeeredVPCInfo) []netip.Prefix {
	var all []netip.Prefix
	if p.CIDRBlock.IsValid() {
		all = append(all, p.CIDRBlock)
	}
	for _, b := range p.CIDRBlockSet {
		all = append(all, b.CIDRBlock)
	}
	for _, b := range p.IPv6CIDRBlockSet {
		all = append(all, b.IPv6CIDRBlock)
	}
	return all
}

// meaning is what a word of a question means.
type meaning struct {
	internet bool
	nics     []*nic
	addr     netip.Addr
	cidr     netip.Prefix
	router   *snapshot.VPC
	subnet   *snapshot.Subnet
	vpn      *snapshot.VPNGateway
	doubts   []doubt // what it means is not recorded
	blocker  Blocker
}

// resolve finds out what a word means: an address, a range, or the id of
// something recorded.
func (n *Network) resolve(word string) (meaning, error) {
	if strings.EqualFold(word, Internet) {
		return meaning{internet: true}, nil
	}
	if a, err := netip.ParseAddr(word); err == nil {
		if a.Zone() != "" {
			return meaning{}, fmt.Errorf("%s: an address with a zone means nothing outside a host", word)
		}
		return meaning{addr: a.Unmap()}, noHost(word, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
	}
	if p, err := netip.ParsePrefix(word); err == nil {
		return meaning{cidr: p.Masked()}, noHost(word, p)
	}
	return n.resolveID(word)
}

// hostless are the addresses that no host has for others, with the reason: no packet
// comes from them, and what becomes of packets to them is not followed.
// https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml
var hostless = []struct {
	block netip.Prefix
	why   string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "stands for no host; to ask for all outside say internet"},
	{netip.MustParsePrefix("127.0.0.0/8"), "is what each host calls itself, and no network carries it"},
	{netip.MustParsePrefix("224.0.0.0/4"), "is for multicast, which is not followed"},
	{netip.MustParsePrefix("255.255.255.255/32"), "is for broadcast, which VPCs do not carry"},
	{netip.MustParsePrefix("::/128"), "stands for no host; to ask for all outside say internet"},
	{netip.MustParsePrefix("::1/128"), "is what each host calls itself, and no network carries it"},
	{netip.MustParsePrefix("ff00::/8"), "is for multicast, which is not followed"},
}

// noHost is the error of a question about addresses that no host has.
func noHost(word string, p netip.Prefix) error {
	for _, h := range hostless {
		if h.block.Bits() <= p.Bits() && h.block.Contains(p.Addr()) {
			return fmt.Errorf("%s: %s", word, h.why)
		}
	}
	return nil
}

func (n *Network) resolveID(word string) (meaning, error) {
	if v := n.vpcs[word]; v != nil {
		return meaning{router: v}, nil
	}
	if g := n.vpns[word]; g != nil {
		return meaning{vpn: g}, nil
	}
	if s := n.subnets[word]; s != nil {
		m := meaning{nics: n.inside[word], subnet: s, blocker: newBlocker(kindInterface, word, "no interface is in the subnet", nowhere)}
		if len(m.nics) == 0 {
			m.doubts = n.unrecorded(word, snapshot.NetworkInterfaces)
		}
		return m, nil
	}
	if c := n.nicByID[word]; c != nil {
		return meaning{nics: []*nic{c}}, nil
	}
	if i := n.instances[word]; i != nil {
		return n.ofInstance(i), nil
	}
	if g := n.nats[word]; g != nil {
		return n.ofNATGateway(g), nil
	}
	if e := n.endpoints[word]; e != nil {
		m := meaning{blocker: newBlocker(kindEndpoint, word, "the endpoint has no interface", source(e, "NetworkInterfaceIds"))}
		for _, id := range e.NetworkInterfaceIDs {
			if c := n.nicByID[id]; c != nil {
				m.nics = append(m.nics, c)
			}
			m.doubts = append(m.doubts, n.absentee(id, e.Scope())...)
		}
		return m, nil
	}
	return n.resolveName(word)
}

func (n *Network) ofInstance(i *snapshot.Instance) meaning {
	m := meaning{blocker: newBlocker(kindInterface, i.InstanceID, "the instance has no interface", source(i, "NetworkInterfaces"))}
	for _, c := range n.nics {
		if c.Attachment.InstanceID == i.InstanceID {
			m.nics = append(m.nics, c)
		}
	}
	if len(m.nics) == 0 {
		m.doubts = n.unrecorded(i.InstanceID, snapshot.NetworkInterfaces)
	}
	for _, c := range i.NetworkInterfaces {
		m.doubts = append(m.doubts, n.absentee(c.NetworkInterfaceID, i.Scope())...)
	}
	return m
}

// absentee is the doubt about an interface that something names as its own, where
// the list of interfaces is recorded and does not hold it: a part of an account.
func (n *Network) absentee(id string, scope snapshot.Scope) []doubt {
	if id == "" || n.nicByID[id] != nil || n.s.Gap(snapshot.NetworkInterfaces, scope) != nil {
		return nil
	}
	d := unlisted(snapshot.NetworkInterfaces, scope, false)
	d.undecided = "what " + id + " is"
	return []doubt{d}
}

// unrecorded are the doubts about what a word means: the lists in which it may
// stand and that are not recorded.
func (n *Network) unrecorded(word string, kinds ...snapshot.Kind) []doubt {
	var all []doubt
	for _, scope := range n.s.Scopes {
		for _, k := range kinds {
			if gap := n.s.Gap(k, scope); gap != nil {
				all = append(all, doubt{Missing: missing(gap, scope, false).Missing, undecided: "what " + word + " is"})
			}
		}
	}
	return all
}

// listing are the kinds among which an id of a prefix stands.
var listing = map[string]snapshot.Kind{
	"i": snapshot.Instances, "eni": snapshot.NetworkInterfaces, "subnet": snapshot.Subnets, "vpc": snapshot.VPCs,
	"vgw": snapshot.VPNGateways, "nat": snapshot.NATGateways, "vpce": snapshot.VPCEndpoints,
}

// unlisted is what an id or a name means that is in no list: nothing, unless the
// list in which it would be is not recorded.
func (n *Network) unlisted(word string) (meaning, error) {
	kinds := []snapshot.Kind{snapshot.LoadBalancers, snapshot.ClassicLoadBalancers, snapshot.DBInstances, snapshot.DBClusters}
	prefix, _, _ := strings.Cut(word, "-")
	if k := listing[prefix]; k != nil {
		kinds = []snapshot.Kind{k}
	}
	doubts := n.unrecorded(word, kinds...)
	if len(doubts) == 0 {
		return meaning{}, &UnknownError{Word: word}
	}
	if prefix == "i" { // its interfaces would tell too
		doubts = append(doubts, n.unrecorded(word, snapshot.NetworkInterfaces)...)
	}
	m := meaning{}
	for _, c := range n.nics {
		if c.Attachment.InstanceID == word {
			m.nics = append(m.nics, c)
		}
	}
	if len(m.nics) == 0 {
		m.doubts = doubts
	}
	return m, nil
}

func (n *Network) ofNATGateway(g *snapshot.NATGateway) meaning {
	m := meaning{blocker: newBlocker(kindNAT, g.NATGatewayID, "a NAT gateway takes no connections", source(g, "NatGatewayId"))}
	if c, _ := n.interfaceOf(g); c != nil {
		m.nics = []*nic{c}
	}
	return m
}

// resolveName finds load balancers and databases, by name or ARN.
func (n *Network) resolveName(word string) (meaning, error) {
	for _, l := range n.balanced().all {
		if l.name == word || l.arn == word {
			m := meaning{nics: l.nodes, blocker: newBlocker(kindBalancer, l.name, "no node of the load balancer is recorded", nowhere)}
			if len(m.nics) == 0 {
				m.doubts = n.unrecorded(word, snapshot.Subnets, snapshot.NetworkInterfaces)
			}
			return m, nil
		}
	}
	instances := snapshot.DBInstances.In(n.s)
	for i := range instances {
		if d := &instances[i]; d.DBInstanceIdentifier == word || d.ARN() == word {
			return n.called(d), nil
		}
	}
	clusters := snapshot.DBClusters.In(n.s)
	for i := range clusters {
		if c := &clusters[i]; c.DBClusterIdentifier == word || c.ARN() == word {
			return n.ofCluster(c), nil
		}
	}
	return n.unlisted(word)
}

// ofCluster are the interfaces of the members of a database cluster.
func (n *Network) ofCluster(c *snapshot.DBCluster) meaning {
	var m meaning
	instances := snapshot.DBInstances.In(n.s)
	for i := range instances {
		if d := &instances[i]; d.DBClusterIdentifier == c.DBClusterIdentifier && d.Scope() == c.Scope() {
			one := n.called(d)
			m.blocker = cmp.Or(m.blocker, one.blocker)
			m.doubts = append(m.doubts, one.doubts...)
			for _, nic := range one.nics {
				if !slices.Contains(m.nics, nic) {
					m.nics = append(m.nics, nic)
				}
			}
		}
	}
	switch {
	case len(m.nics) > 0:
		m.doubts = nil
	case m.doubts == nil && m.blocker == (Blocker{}):
		m.doubts = append(n.unrecorded(c.DBClusterIdentifier, snapshot.DBInstances), doubt{undecided: "the interfaces of " + c.DBClusterIdentifier})
	}
	return m
}

// UnknownError says that a question names what is not recorded.
type UnknownError struct{ Word string }

// Error implements error.
func (e *UnknownError) Error() string { return e.Word + ": nothing of this name or id is recorded" }

// called is what a database means as the end of a conversation. What is stopped
// answers nothing, so an interface that one that runs may have is not taken for its.
func (n *Network) called(d *snapshot.DBInstance) meaning {
	m := n.ofDatabase(d)
	if !isStopped(d) {
		return m
	}
	m.blocker, m.doubts = stoppedDatabase(d), nil
	m.nics = slices.DeleteFunc(m.nics, func(c *nic) bool { return !stoppedAll(n.databases()[c]) })
	return m
}

// isStopped reports whether a database is stopped.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html
func isStopped(d *snapshot.DBInstance) bool { return d.DBInstanceStatus == "stopped" }

// stoppedAll reports whether an interface is that of stopped databases alone.
func stoppedAll(all []*snapshot.DBInstance) bool {
	return len(all) > 0 && !slices.ContainsFunc(all, func(d *snapshot.DBInstance) bool { return !isStopped(d) })
}

func stoppedDatabase(d *snapshot.DBInstance) Blocker {
	return newBlocker(kindState, d.DBInstanceIdentifier, "the database is stopped", source(d, "DBInstanceStatus"))
}

// ofDatabase are the interfaces that a database may have: AWS does not say which
// they are, so they are those of RDS in the subnets of its subnet group that wear
// its groups, of those the ones in its zones. One that is not publicly accessible has
// none with a public IPv4 address.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
func (n *Network) ofDatabase(d *snapshot.DBInstance) meaning {
	var want []string
	for _, g := range d.VPCSecurityGroups {
		want = append(want, g.VPCSecurityGroupID)
	}
	slices.Sort(want)
	var m meaning
	for _, s := range d.DBSubnetGroup.Subnets {
		for _, c := range n.inside[s.SubnetIdentifier] {
			if c.holder.Kind == snapshot.HeldByDatabase && slices.Equal(slices.Sorted(slices.Values(c.wears)), want) &&
				(len(c.mapped()) == 0 || !snapshot.Is(d.PubliclyAccessible, false)) {
				m.nics = append(m.nics, c)
			}
		}
	}
	near := slices.DeleteFunc(slices.Clone(m.nics), func(c *nic) bool {
		return c.AvailabilityZone != "" && c.AvailabilityZone != d.AvailabilityZone && c.AvailabilityZone != d.SecondaryAvailabilityZone
	})
	if len(near) > 0 {
		m.nics = near
	}
	if len(m.nics) == 0 {
		m.doubts = n.unrecorded(d.DBInstanceIdentifier, snapshot.NetworkInterfaces)
		if m.doubts == nil {
			unseen := unlisted(snapshot.NetworkInterfaces, d.Scope(), false)
			unseen.undecided = "the interfaces of " + d.DBInstanceIdentifier
			m.doubts = []doubt{unseen}
		}
	}
	return m
}

// databaseInterfaces are the DB instances that interfaces of RDS may belong to.
func (n *Network) databaseInterfaces() map[*nic][]*snapshot.DBInstance {
	m := map[*nic][]*snapshot.DBInstance{}
	rows := snapshot.DBInstances.In(n.s)
	for i := range rows {
		for _, c := range n.ofDatabase(&rows[i]).nics {
			m[c] = append(m[c], &rows[i])
		}
	}
	return m
}

// behind are the addresses in the network behind a virtual private gateway: of a
// connection with static routes those, else what the route tables say that was
// propagated from there.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html
func (n *Network) behind(gateway string) []netip.Prefix {
	all := n.staticRoutes(gateway)
	for _, t := range n.tables {
		for i := range t.Routes {
			if r := &t.Routes[i]; r.GatewayID == gateway && r.Origin == propagated {
				all = append(all, r.Destination())
			}
		}
	}
	return slices.DeleteFunc(all, func(p netip.Prefix) bool { return !p.IsValid() })
}

// staticRoutes are those of the VPN connections of a virtual private gateway.
func (n *Network) staticRoutes(gateway string) []netip.Prefix {
	var all []netip.Prefix
	connections := snapshot.VPNConnections.In(n.s)
	for i := range connections {
		c := &connections[i]
		if c.VPNGatewayID != gateway || c.State == "deleted" {
			continue
		}
		for _, r := range c.Routes {
			if r.State == "available" || r.State == "" {
				all = append(all, r.DestinationCIDRBlock)
			}
		}
	}
	return all
}

// announcedTo is what may be behind a virtual private gateway besides what is known
// to be: the addresses to which the routes of its VPC lead by it, if BGP may have
// announced them. What it did is recorded nowhere but in the tables that the
// gateway propagates to, and there not beside a static route for the same block.
// https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-tables-priority
func (n *Network) announcedTo(g *snapshot.VPNGateway, known start, f family) start {
	s := known
	s.lack = &doubt{undecided: "what is announced to " + s.exit.id, announced: true}
	s.far = noAddresses
	if n.speaksBGP(g) {
		s.far = withoutAddresses(n.ledTo(s.exit.vpc, s.exit.id, f), known.far, f)
	}
	return s
}

// speaksBGP reports whether a virtual private gateway may learn routes by BGP: from
// a VPN connection or, where it has none, from Direct Connect.
// https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNRoutingTypes.html
func (n *Network) speaksBGP(g *snapshot.VPNGateway) bool {
	static := n.s.Gap(snapshot.VPNConnections, g.Scope()) != nil
	for _, c := range snapshot.VPNConnections.In(n.s) {
		if c.VPNGatewayID != g.VPNGatewayID || c.State == "deleted" {
			continue
		}
		if !snapshot.Is(c.Options.StaticRoutesOnly, true) {
			return true
		}
		static = true
	}
	return !static
}

// entrances are the ways in for packets from networks outside that are not the
// internet: virtual private gateways, and VPNs, Direct Connect and Connect at
// transit gateways, with the addresses behind each.
func (n *Network) entrances(f family) []start {
	var all []start
	for id, g := range n.vpns {
		for _, a := range g.VPCAttachments {
			if live, _ := a.Live(); live {
				s := start{kind: fromOutside, exit: exit{kindVPN, id, a.VPCID}, far: setOf(f, n.behind(id)...)}
				all = append(all, s, n.announcedTo(g, s, f))
			}
		}
	}
	for _, a := range n.transit.attachments {
		switch a.AttachedType {
		case "vpn", "direct-connect-gateway", "connect":
			all = append(all, start{
				kind: fromOutside, exit: exit{kindTransit, a.TransitGatewayAttachmentID, a.TransitGatewayID},
				far: setOf(f, n.behindAttachment(a.TransitGatewayAttachmentID)...),
			})
		}
	}
	all = append(all, n.untoldNetworks(f)...)
	all = slices.DeleteFunc(all, func(s start) bool { return noneOf(s.far) })
	slices.SortStableFunc(all, func(a, b start) int { return cmp.Compare(a.exit.id, b.exit.id) })
	return all
}

func (n *Network) behindAttachment(id string) []netip.Prefix {
	var all []netip.Prefix
	rows := snapshot.TransitGatewayRoutes.In(n.s)
	for i := range rows {
		for _, a := range rows[i].TransitGatewayAttachments {
			if a.TransitGatewayAttachmentID == id && rows[i].State == "active" && rows[i].DestinationCIDRBlock.IsValid() {
				all = append(all, rows[i].DestinationCIDRBlock)
			}
		}
	}
	return all
}

// vpcSpace is the ranges of all recorded VPCs.
func (n *Network) vpcSpace(f family) addresses {
	var all []netip.Prefix
	for _, blocks := range n.vpcBlocks {
		all = append(all, blocks...)
	}
	return setOf(f, all...)
}

// privateSpace is what the internet never carries.
func privateSpace(f family) addresses {
	var b netipx.IPSetBuilder
	for _, p := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::/8"} {
		if p := netip.MustParsePrefix(p); f.has(p.Addr()) {
			b.AddPrefix(p)
		}
	}
	return built(&b)
}

// Names are the ids and names that a question can use, in no order.
func (n *Network) Names() []string {
	names := []string{Internet}
	for _, ids := range []map[string]bool{keys(n.vpcs), keys(n.vpns), keys(n.subnets), keys(n.nicByID), keys(n.instances), keys(n.nats), keys(n.endpoints)} {
		for id := range ids {
			names = append(names, id)
		}
	}
	for _, l := range n.balanced().all {
		names = append(names, l.name)
	}
	for _, d := range snapshot.DBInstances.In(n.s) {
		names = append(names, d.DBInstanceIdentifier)
	}
	return names
}

func keys[V any](m map[string]V) map[string]bool {
	all := make(map[string]bool, len(m))
	for k := range m {
		all[k] = true
	}
	return all
}
