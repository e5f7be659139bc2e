package topology

import (
	"cmp"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

func (b *builder) addDatabases() {
	b.markSubnets()
	members := map[*snapshot.DBInstance]bool{}
	clusters := snapshot.DBClusters.In(b.s)
	for i := range clusters {
		b.addCluster(&clusters[i], members)
	}
	replicas := map[*snapshot.DBInstance][]*snapshot.DBInstance{}
	var own []*snapshot.DBInstance
	instances := snapshot.DBInstances.In(b.s)
	for i := range instances {
		d := &instances[i]
		source, ok := b.source(d)
		switch {
		case members[d]:
		case ok && !members[source] && b.vpcOf(source) != nil && b.vpcOf(source) == b.vpcOf(d):
			replicas[source] = append(replicas[source], d)
		default:
			own = append(own, d)
		}
	}
	for _, d := range own {
		b.addInstanceDB(d, replicas[d])
	}
}

// markSubnets marks the subnets of DB subnet groups.
func (b *builder) markSubnets() {
	mark := func(scope snapshot.Scope, subnets []snapshot.DBSubnet) {
		for i := range subnets {
			if p, ok := b.known(scope, subnets[i].SubnetIdentifier); ok {
				p.ofDB = true
			}
		}
	}
	groups := snapshot.DBSubnetGroups.In(b.s)
	for i := range groups {
		mark(groups[i].Scope(), groups[i].Subnets)
	}
	instances := snapshot.DBInstances.In(b.s)
	for i := range instances {
		mark(instances[i].Scope(), instances[i].DBSubnetGroup.Subnets)
	}
}

// source is the instance of which another one is a read replica.
func (b *builder) source(d *snapshot.DBInstance) (*snapshot.DBInstance, bool) {
	if d.ReadReplicaSourceDBInstanceIdentifier == "" || d.ReadReplicaSourceDBInstanceIdentifier == d.DBInstanceIdentifier {
		return nil, false
	}
	source, ok := b.s.DBInstance(d.Scope(), d.ReadReplicaSourceDBInstanceIdentifier)
	if ok && source.IsReadReplica() { // a replica of a replica stands for itself
		return nil, false
	}
	return source, ok
}

// vpcOf is the VPC of the subnet in which an instance stands.
func (b *builder) vpcOf(d *snapshot.DBInstance) *vpcParts {
	if p := b.subnetIn(d.Scope(), b.dbSubnets(d), d.AvailabilityZone, d.DBSubnetGroup.VPCID); p != nil {
		return p.vpc
	}
	return nil
}

// dbSubnets are the subnets that an instance may stand in.
func (b *builder) dbSubnets(d *snapshot.DBInstance) []snapshot.DBSubnet {
	if d.DBSubnetGroup.Subnets != nil {
		return d.DBSubnetGroup.Subnets
	}
	if g, ok := b.s.DBSubnetGroup(d.Scope(), d.DBSubnetGroup.DBSubnetGroupName); ok {
		return g.Subnets
	}
	return nil
}

// subnetIn is the first subnet in a zone of those that a database may stand in.
func (b *builder) subnetIn(scope snapshot.Scope, subnets []snapshot.DBSubnet, zone, vpcID string) *subnetParts {
	var found *subnetParts
	for i := range subnets {
		n := &subnets[i]
		p, ok := b.known(scope, n.SubnetIdentifier)
		if zone == "" || zoneNameOf(n, p) != zone {
			continue
		}
		if !ok && vpcID != "" && n.SubnetIdentifier != "" {
			p = b.subnet(scope, vpcID, n.SubnetIdentifier, b.zone(scope, zone))
			p.ofDB = true
		}
		if p != nil && (found == nil || p.ID < found.ID) {
			found = p
		}
	}
	return found
}

// addNode puts an instance where it stands. It is false where that is not known.
func (b *builder) addNode(db *Database, v **vpcParts, d *snapshot.DBInstance, role string) bool {
	subnets := b.dbSubnets(d)
	p := b.subnetIn(d.Scope(), subnets, d.AvailabilityZone, d.DBSubnetGroup.VPCID)
	if p == nil || *v != nil && p.vpc != *v {
		return false
	}
	*v = p.vpc
	node := Node{Resource: named(d), Role: role, Subnet: p.ID, Open: b.open[d.ARN()]}
	standby := b.standby(d, subnets)
	if snapshot.Is(d.MultiAZ, true) && !d.InCluster() && standby == nil {
		node.Detail = "Multi-AZ, the standby's zone is not recorded"
	}
	db.Nodes = append(db.Nodes, node)
	if standby != nil && standby.vpc == *v {
		db.Nodes = append(db.Nodes, Node{Resource: Resource{ID: node.ID}, Role: Standby, Subnet: standby.ID})
	}
	return true
}

// standby is where the standby of a Multi-AZ instance stands: in the zone that
// AWS names, or where it names none in the only other zone of the subnet group.
func (b *builder) standby(d *snapshot.DBInstance, subnets []snapshot.DBSubnet) *subnetParts {
	if !snapshot.Is(d.MultiAZ, true) || d.InCluster() {
		return nil
	}
	if d.SecondaryAvailabilityZone != "" {
		return b.subnetIn(d.Scope(), subnets, d.SecondaryAvailabilityZone, d.DBSubnetGroup.VPCID)
	}
	zones := map[string]bool{}
	other := ""
	for i := range subnets {
		p, _ := b.known(d.Scope(), subnets[i].SubnetIdentifier)
		name := zoneNameOf(&subnets[i], p)
		zones[name] = true
		if name != d.AvailabilityZone {
			other = name
		}
	}
	if len(zones) != 2 || !zones[d.AvailabilityZone] {
		return nil
	}
	return b.subnetIn(d.Scope(), subnets, other, d.DBSubnetGroup.VPCID)
}

// addInstanceDB places an instance with its standby and its read replicas.
func (b *builder) addInstanceDB(d *snapshot.DBInstance, replicas []*snapshot.DBInstance) {
	db := Database{Resource: named(d), Engine: clip(d.Engine)}
	var v *vpcParts
	role := Single
	if snapshot.Is(d.MultiAZ, true) || len(replicas) > 0 {
		role = Primary
	}
	if d.IsReadReplica() {
		role = Replica
	}
	if !b.addNode(&db, &v, d, role) {
		b.unplaced(d.Scope(), b.item(DatabaseItem, d), whyNot(d))
		return
	}
	for _, r := range replicas {
		b.addNode(&db, &v, r, Replica)
	}
	v.Databases = append(v.Databases, db)
}

func whyNot(d *snapshot.DBInstance) string {
	switch {
	case d.DBSubnetGroup.DBSubnetGroupName == "" && d.DBSubnetGroup.Subnets == nil:
		return "no DB subnet group is recorded"
	case d.AvailabilityZone == "":
		return "the zone is not recorded"
	default:
		return "the subnet in its zone is not recorded"
	}
}

// addCluster places a cluster by its members.
func (b *builder) addCluster(c *snapshot.DBCluster, members map[*snapshot.DBInstance]bool) {
	db := Database{Resource: named(c), Cluster: true, Engine: clip(c.Engine)}
	var v *vpcParts
	reason := "none of its members is recorded"
	if len(c.DBClusterMembers) == 0 {
		reason = "has no member"
	}
	for _, m := range c.DBClusterMembers {
		d, ok := b.s.DBInstance(c.Scope(), m.DBInstanceIdentifier)
		if !ok {
			continue
		}
		members[d] = true
		role := Reader
		if m.IsClusterWriter {
			role = Writer
		}
		if !b.addNode(&db, &v, d, role) {
			reason = whyNot(d)
			b.unplaced(d.Scope(), b.item(DatabaseItem, d), reason)
		}
	}
	if v == nil {
		b.unplaced(c.Scope(), b.item(DatabaseItem, c), reason)
		return
	}
	slices.SortStableFunc(db.Nodes, func(a, b Node) int { return cmp.Compare(rank(a.Role), rank(b.Role)) })
	v.Databases = append(v.Databases, db)
}

func rank(role string) int {
	if role == Writer {
		return 0
	}
	return 1
}
