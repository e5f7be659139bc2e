package snapshot

import "net/netip"

// Registration is an instance among the targets of a target group, or among the
// instances of a Classic Load Balancer.
type Registration struct {
	TargetGroup *TargetGroup             // or nil
	Target      *TargetHealthDescription // or nil
	Classic     *ClassicLoadBalancer     // or nil
	Place       Place                    // of the id of the target
}

// UnreadTargets is a target group of which the targets are not recorded.
type UnreadTargets struct {
	Group *TargetGroup
	Gap   *Gap
}

// registrations are all registrations, by what was registered.
type registrations struct {
	by      map[key][]Registration
	tallies map[*TargetGroup]Tally
	unread  map[Scope][]UnreadTargets
}

// Tally counts the distinct targets of a target group. One that is registered
// with several ports is one.
type Tally struct{ All, Healthy int }

// Healthy reports whether a target gets requests because it passes its checks.
// Every other state, and every word that nobody knows, is none of health.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
func (d *TargetHealthDescription) Healthy() bool { return d.TargetHealth.State == "healthy" }

func (s *Snapshot) allRegistrations() registrations {
	r := registrations{by: map[key][]Registration{}, tallies: map[*TargetGroup]Tally{}, unread: map[Scope][]UnreadTargets{}}
	groups := TargetGroups.In(s)
	for i := range groups {
		if g := &groups[i]; g.TargetType != "lambda" && g.TargetType != "alb" {
			r.addTargets(s, g)
		}
	}
	classics := ClassicLoadBalancers.In(s)
	for i := range classics {
		l := &classics[i]
		for j := range l.Instances {
			k := at(l.Scope(), l.Instances[j].InstanceID)
			r.by[k] = append(r.by[k], Registration{Classic: l, Place: Place{l, "Instances/" + itoa(j) + "/InstanceId"}})
		}
	}
	return r
}

func (r *registrations) addTargets(s *Snapshot, g *TargetGroup) {
	targets, gap := s.TargetsOf(g)
	if gap != nil {
		r.unread[g.Scope()] = append(r.unread[g.Scope()], UnreadTargets{g, gap})
		return
	}
	healthy := make(map[string]bool, len(targets))
	for i := range targets {
		t := &targets[i]
		healthy[t.Target.ID] = healthy[t.Target.ID] || t.Healthy()
		k := at(g.Scope(), t.Target.ID)
		if a, err := netip.ParseAddr(t.Target.ID); err == nil {
			k = atAddress(g.Scope(), g.VPCID, a)
		}
		r.by[k] = append(r.by[k], Registration{TargetGroup: g, Target: t, Place: Place{t, "Target/Id"}})
	}
	tally := Tally{All: len(healthy)}
	for _, h := range healthy {
		if h {
			tally.Healthy++
		}
	}
	r.tallies[g] = tally
}

// atAddress is the key of a private address, which is unique in its VPC.
func atAddress(scope Scope, vpcID string, a netip.Addr) key { return at(scope, vpcID+" "+a.String()) }

// RegistrationsOf are the registrations of an instance by its id.
func (s *Snapshot) RegistrationsOf(from Scope, instanceID string) []Registration {
	return s.indexes.registrations().by[at(from, instanceID)]
}

// RegistrationsAt are the registrations of an instance by its id and by its
// addresses.
func (s *Snapshot) RegistrationsAt(i *Instance) []Registration {
	all := s.RegistrationsOf(i.Scope(), i.InstanceID)
	all = all[:len(all):len(all)]
	by := s.indexes.registrations().by
	for _, a := range i.Addresses() {
		all = append(all, by[atAddress(i.Scope(), i.VPCID, a)]...)
	}
	return all
}

// Addresses are the private IPv4 addresses and the IPv6 addresses of all
// interfaces of the instance.
func (i *Instance) Addresses() []netip.Addr {
	var all []netip.Addr
	if i.PrivateIPAddress.IsValid() {
		all = append(all, i.PrivateIPAddress)
	}
	for n := range i.NetworkInterfaces {
		for _, a := range i.NetworkInterfaces[n].PrivateIPAddresses {
			if a.PrivateIPAddress.IsValid() && a.PrivateIPAddress != i.PrivateIPAddress {
				all = append(all, a.PrivateIPAddress)
			}
		}
		for _, a := range i.NetworkInterfaces[n].IPv6Addresses {
			if a.IPv6Address.IsValid() {
				all = append(all, a.IPv6Address)
			}
		}
	}
	return all
}

// TallyOf counts the targets of a target group.
func (s *Snapshot) TallyOf(g *TargetGroup) Tally { return s.indexes.registrations().tallies[g] }

// UnreadTargetGroups are the target groups of a VPC, of those that may hold
// instances, that hide their targets: an instance of the VPC may be among them.
// Without a VPC they are those of the Region.
func (s *Snapshot) UnreadTargetGroups(from Scope, vpcID string) []UnreadTargets {
	var all []UnreadTargets
	for _, u := range s.indexes.registrations().unread[from] {
		if vpcID == "" || u.Group.VPCID == "" || u.Group.VPCID == vpcID {
			all = append(all, u)
		}
	}
	return all
}

// loadBalancerGroups are the security groups that load balancers wear.
func (s *Snapshot) loadBalancerGroups() map[key]bool {
	m := map[key]bool{}
	balancers := LoadBalancers.In(s)
	for i := range balancers {
		for _, id := range balancers[i].SecurityGroups {
			m[at(balancers[i].Scope(), id)] = true
		}
	}
	classics := ClassicLoadBalancers.In(s)
	for i := range classics {
		for _, id := range classics[i].SecurityGroups {
			m[at(classics[i].Scope(), id)] = true
		}
	}
	return m
}

// WornByLoadBalancer reports whether a load balancer wears a security group.
func (s *Snapshot) WornByLoadBalancer(from Scope, groupID string) bool {
	return s.indexes.balancerGroups()[at(from, groupID)]
}
