package snapshot

import (
	"net/netip"
	"slices"
)

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
	by        map[key][]Registration // by instance
	byAddress map[addressKey][]Registration
	tallies   map[*TargetGroup]Tally
	unread    map[key][]UnreadTargets // by VPC, and all under anyVPC
}

// addressKey is what a private address is found by: it is unique in its VPC.
type addressKey struct {
	region, vpc string
	address     netip.Addr
}

// anyVPC is no id of a VPC.
const anyVPC = "*"

// Tally counts the distinct targets of a target group. One that is registered
// with several ports is one.
type Tally struct{ All, Healthy int }

// Healthy reports whether a target gets requests because it passes its checks.
// Every other state, and every word that nobody knows, is none of health.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
func (d *TargetHealthDescription) Healthy() bool { return d.TargetHealth.State == "healthy" }

func (s *Snapshot) allRegistrations() registrations {
	r := registrations{
		by: map[key][]Registration{}, byAddress: map[addressKey][]Registration{},
		tallies: map[*TargetGroup]Tally{}, unread: map[key][]UnreadTargets{},
	}
	groups := TargetGroups.In(s)
	for i := range groups {
		if g := &groups[i]; g.TargetType != TargetLambda && g.TargetType != TargetALB {
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
		for _, vpc := range []string{g.VPCID, anyVPC} {
			k := named(g.Scope(), vpc)
			r.unread[k] = append(r.unread[k], UnreadTargets{g, gap})
		}
		return
	}
	healthy := make(map[string]bool, len(targets))
	for i := range targets {
		t := &targets[i]
		healthy[t.Target.ID] = healthy[t.Target.ID] || t.Healthy()
		registration := Registration{TargetGroup: g, Target: t, Place: Place{t, "Target/Id"}}
		if a, err := netip.ParseAddr(t.Target.ID); err == nil {
			k := addressKey{g.Region(), g.VPCID, a}
			r.byAddress[k] = append(r.byAddress[k], registration)
			continue
		}
		k := at(g.Scope(), t.Target.ID)
		r.by[k] = append(r.by[k], registration)
	}
	tally := Tally{All: len(healthy)}
	for _, h := range healthy {
		if h {
			tally.Healthy++
		}
	}
	r.tallies[g] = tally
}

// RegistrationsOf are the registrations of an instance by its id.
func (s *Snapshot) RegistrationsOf(from Scope, instanceID string) []Registration {
	return s.indexes.registrations().by[at(from, instanceID)]
}

// RegistrationsAt are the registrations of an instance by its id and by its
// addresses.
func (s *Snapshot) RegistrationsAt(i *Instance) []Registration {
	all := s.RegistrationsOf(i.Scope(), i.InstanceID)
	all = slices.Clip(all) // the rest belongs to the index
	by := s.indexes.registrations().byAddress
	if len(by) == 0 {
		return all
	}
	for _, a := range i.Addresses() {
		all = append(all, by[addressKey{i.Region(), i.VPCID, a}]...)
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
	unread := s.indexes.registrations().unread
	if vpcID == "" {
		return unread[named(from, anyVPC)]
	}
	return slices.Concat(unread[named(from, vpcID)], unread[named(from, "")])
}
