package snapshot

import "sync"

// wearers are those who say themselves which security groups they wear. Each is
// built when somebody first asks for it.
type wearers struct {
	balancers func() map[key][]*LoadBalancer
	classic   func() map[key][]*ClassicLoadBalancer
	databases func() map[key][]*DBInstance
	clusters  func() map[key][]*DBCluster
}

func newWearers(s *Snapshot) wearers {
	return wearers{
		balancers: sync.OnceValue(func() map[key][]*LoadBalancer {
			return group(LoadBalancers.In(s), func(l *LoadBalancer) []string { return l.SecurityGroups })
		}),
		classic: sync.OnceValue(func() map[key][]*ClassicLoadBalancer {
			return group(ClassicLoadBalancers.In(s), func(l *ClassicLoadBalancer) []string { return l.SecurityGroups })
		}),
		databases: sync.OnceValue(func() map[key][]*DBInstance {
			return group(DBInstances.In(s), func(d *DBInstance) []string { return memberships(d.VPCSecurityGroups) })
		}),
		clusters: sync.OnceValue(func() map[key][]*DBCluster {
			return group(DBClusters.In(s), func(c *DBCluster) []string { return memberships(c.VPCSecurityGroups) })
		}),
	}
}

func memberships(groups []VPCSecurityGroupMembership) []string {
	ids := make([]string, len(groups))
	for i := range groups {
		ids[i] = groups[i].VPCSecurityGroupID
	}
	return ids
}

// BalancersWearing are the load balancers that list a security group as theirs.
// Their interfaces wear it too, where those are recorded: emulators have none.
func (s *Snapshot) BalancersWearing(g *SecurityGroup) ([]*LoadBalancer, []*ClassicLoadBalancer) {
	at := at(g.Scope(), g.GroupID)
	return s.indexes.wearers.balancers()[at], s.indexes.wearers.classic()[at]
}

// WornByLoadBalancer reports whether a load balancer lists a security group as
// its own.
func (s *Snapshot) WornByLoadBalancer(from Scope, groupID string) bool {
	at := at(from, groupID)
	return len(s.indexes.wearers.balancers()[at])+len(s.indexes.wearers.classic()[at]) > 0
}

// DBInstancesWearing are the DB instances that have a security group, those of
// DocumentDB and Neptune among them.
func (s *Snapshot) DBInstancesWearing(g *SecurityGroup) []*DBInstance {
	return s.indexes.wearers.databases()[at(g.Scope(), g.GroupID)]
}

// DatabasesWearing are the DB instances and clusters that list a security group
// as theirs.
func (s *Snapshot) DatabasesWearing(g *SecurityGroup) ([]*DBInstance, []*DBCluster) {
	return s.DBInstancesWearing(g), s.indexes.wearers.clusters()[at(g.Scope(), g.GroupID)]
}
