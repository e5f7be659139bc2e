package snapshot

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// databaseIndexes join databases with what they stand in and what they wear.
type databaseIndexes struct {
	placeDBs       func() map[key][]*DBInstance     // by DB subnet group
	placeClusters  func() map[key][]*DBCluster      // by DB subnet group
	groupStrangers func() map[key]*NetworkInterface // of other services than RDS, by security group
	subnets        func() map[key]Place             // by subnet: where the subnet group of a database names it
}

func newDatabaseIndexes(s *Snapshot) databaseIndexes {
	return databaseIndexes{
		placeDBs: sync.OnceValue(func() map[key][]*DBInstance {
			return groupNamed(DBInstances.In(s), func(d *DBInstance) string { return d.DBSubnetGroup.DBSubnetGroupName })
		}),
		placeClusters: sync.OnceValue(func() map[key][]*DBCluster {
			return groupNamed(DBClusters.In(s), func(c *DBCluster) string { return c.DBSubnetGroup })
		}),
		groupStrangers: sync.OnceValue(s.strangers),
		subnets:        sync.OnceValue(s.databaseSubnets),
	}
}

// groupNamed collects pointers to rows under a name, which is unique in one
// account and Region only.
func groupNamed[T any, P interface {
	*T
	entry
}](rows []T, name func(*T) string) map[key][]*T {
	m := map[key][]*T{}
	for i := range rows {
		scope := P(&rows[i]).Scope()
		if n := name(&rows[i]); n != "" {
			k := key{scope.Account, scope.Region, n}
			m[k] = append(m[k], &rows[i])
		}
	}
	return m
}

func (s *Snapshot) strangers() map[key]*NetworkInterface {
	m := map[key]*NetworkInterface{}
	all := NetworkInterfaces.In(s)
	for i := range all {
		if all[i].OfRDS() {
			continue
		}
		for _, g := range all[i].Groups {
			k := at(all[i].Scope(), g.GroupID)
			if _, taken := m[k]; !taken {
				m[k] = &all[i]
			}
		}
	}
	return m
}

// Stranger is a network interface of another service than RDS that wears a
// security group: the first by id.
func (s *Snapshot) Stranger(g *SecurityGroup) (*NetworkInterface, bool) {
	n, ok := s.indexes.databases.groupStrangers()[at(g.Scope(), g.GroupID)]
	return n, ok
}

func (s *Snapshot) databaseSubnets() map[key]Place {
	m := map[key]Place{}
	groups := DBSubnetGroups.In(s)
	for i := range groups {
		g := &groups[i]
		if len(s.DBInstancesOf(g))+len(s.DBClustersOf(g)) == 0 {
			continue
		}
		for j := range g.Subnets {
			k := at(g.Scope(), g.Subnets[j].SubnetIdentifier)
			if _, taken := m[k]; !taken {
				m[k] = Place{g, "Subnets/" + itoa(j) + "/SubnetIdentifier"}
			}
		}
	}
	return m
}

// DatabaseSubnet reports whether a database may stand in a subnet, today or after
// a failover: whether the DB subnet group of one names it, and where.
func (s *Snapshot) DatabaseSubnet(from Scope, subnetID string) (Place, bool) {
	p, ok := s.indexes.databases.subnets()[at(from, subnetID)]
	return p, ok
}

// DBInstancesOf are the DB instances that are in a DB subnet group.
func (s *Snapshot) DBInstancesOf(g *DBSubnetGroup) []*DBInstance {
	return s.indexes.databases.placeDBs()[key{g.Account(), g.Region(), g.DBSubnetGroupName}]
}

// DBClustersOf are the clusters that are in a DB subnet group.
func (s *Snapshot) DBClustersOf(g *DBSubnetGroup) []*DBCluster {
	return s.indexes.databases.placeClusters()[key{g.Account(), g.Region(), g.DBSubnetGroupName}]
}

// OfRDS reports whether the interface belongs to a database or a proxy of RDS,
// as its requester says and, for a proxy, its description. The description of a
// database's interface alone counts unless an EC2 instance has the interface.
func (n *NetworkInterface) OfRDS() bool {
	switch {
	case n.RequesterID == "amazon-rds" || n.Attachment.InstanceOwnerID == "amazon-rds":
		return true
	case n.Attachment.InstanceID != "":
		return false
	default:
		return n.Description == "RDSNetworkInterface" || strings.HasPrefix(n.Description, "Network interface for DBProxy ")
	}
}

// InCluster reports whether the instance is a member of a cluster, which decides
// for it: whether there are backups and a standby, for example. Aurora knows no
// other instances.
func (d *DBInstance) InCluster() bool {
	return d.DBClusterIdentifier != "" || strings.HasPrefix(d.Engine, "aurora")
}

// SupportsMultiAZ reports whether the engine can have a standby at all. SQL
// Server Express cannot; Web Edition can since it replicates blocks.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_SQLServerMultiAZ.html
func (d *DBInstance) SupportsMultiAZ() bool { return d.Engine != "sqlserver-ex" }

// IsMultiAZCluster reports whether the cluster is a Multi-AZ DB cluster: one of
// RDS with a writer and two readable standbys, which is not Aurora.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.html
func (c *DBCluster) IsMultiAZCluster() bool {
	return c.Engine != "" && c.IsRDS() && !c.IsAurora()
}

// privateRanges are the addresses that the internet does not route: RFC 1918,
// RFC 6598, RFC 3927, RFC 1122, RFC 4193 and RFC 4291.
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
}

// InPrivateRange reports whether a block lies wholly in a range that the
// internet does not route.
func InPrivateRange(p netip.Prefix) bool { return within(p, privateRanges) }

// Holds reports whether a block lies wholly in one of the VPC's.
func (v *VPC) Holds(p netip.Prefix) bool { return within(p, v.CIDRs()) }

func within(p netip.Prefix, blocks []netip.Prefix) bool {
	return p.IsValid() && slices.ContainsFunc(blocks, func(b netip.Prefix) bool {
		return p.Bits() >= b.Bits() && b.Contains(p.Addr())
	})
}

// UnreadPrefixLists are the gaps in place of the prefix lists that the routes of
// a table to internet gateways are for, each once.
func (s *Snapshot) UnreadPrefixLists(t *RouteTable) []*Gap {
	var gaps []*Gap
	for i := range t.Routes {
		r := &t.Routes[i]
		if r.DestinationPrefixListID == "" || !r.Active() || !r.ToInternetGateway() {
			continue
		}
		_, gap := s.Entries(t.Scope(), r.DestinationPrefixListID)
		if gap != nil && !slices.ContainsFunc(gaps, func(g *Gap) bool { return g.Resource == gap.Resource }) {
			gaps = append(gaps, gap)
		}
	}
	return gaps
}
