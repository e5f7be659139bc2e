package workload

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/buttress/buttress/internal/snapshot"
)

// feed is a target of load balancers.
type feed struct {
	group     *snapshot.TargetGroup
	target    *snapshot.TargetHealthDescription
	balancers []*snapshot.LoadBalancer
	port      int
	health    int // the port of the health check; zero if it is the same, or none is known
}

// feeds are what load balancers send to, by interface.
type feeds struct {
	to      map[*snapshot.NetworkInterface][]*feed
	classic map[string][]*snapshot.ClassicLoadBalancer // by instance
}

type feedsKey struct{}

// feedsOf are the feeds of a snapshot, made once.
func feedsOf(s *snapshot.Snapshot) *feeds {
	return s.Derived(feedsKey{}, func(s *snapshot.Snapshot) any { return newFeeds(s) }).(*feeds) //nolint:forcetypeassert // it is one
}

func newFeeds(s *snapshot.Snapshot) *feeds {
	all := &feeds{to: map[*snapshot.NetworkInterface][]*feed{}, classic: map[string][]*snapshot.ClassicLoadBalancer{}}
	byARN := map[string]*snapshot.LoadBalancer{}
	balancers := snapshot.LoadBalancers.In(s)
	for i := range balancers {
		byARN[balancers[i].LoadBalancerARN] = &balancers[i]
	}
	groups := snapshot.TargetGroups.In(s)
	for i := range groups {
		all.add(s, &groups[i], byARN)
	}
	classic := snapshot.ClassicLoadBalancers.In(s)
	for i := range classic {
		for _, one := range classic[i].Instances {
			all.classic[one.InstanceID] = append(all.classic[one.InstanceID], &classic[i])
		}
	}
	return all
}

// add adds the targets of a group that are interfaces.
func (all *feeds) add(s *snapshot.Snapshot, g *snapshot.TargetGroup, byARN map[string]*snapshot.LoadBalancer) {
	var balancers []*snapshot.LoadBalancer
	for _, arn := range g.LoadBalancerARNs {
		if l := byARN[arn]; l != nil {
			balancers = append(balancers, l)
		}
	}
	targets, _ := s.TargetsOf(g) // those of groups that are not read are asked for elsewhere
	if len(balancers) == 0 {
		return
	}
	for i := range targets {
		t := &targets[i]
		n := interfaceOf(s, g, t)
		port, ok := t.Target.Port.Value()
		if !ok {
			port, ok = g.Port.Value()
		}
		if n != nil && ok {
			health, _ := strconv.Atoi(g.HealthCheckPort) // traffic-port is none of its own
			all.to[n] = append(all.to[n], &feed{g, t, balancers, port, health})
		}
	}
}

// interfaceOf is the interface to which a target group sends for a target: of an
// instance the one that has its first address.
func interfaceOf(s *snapshot.Snapshot, g *snapshot.TargetGroup, t *snapshot.TargetHealthDescription) *snapshot.NetworkInterface {
	switch g.TargetType {
	case snapshot.TargetIP:
		if a, err := netip.ParseAddr(t.Target.ID); err == nil {
			n, _ := s.InterfaceAt(g.Scope(), g.VPCID, a)
			return n
		}
	case snapshot.TargetInstance:
		i, ok := s.Instance(g.Scope(), t.Target.ID)
		if !ok {
			return nil
		}
		all := s.InterfacesOfInstance(i)
		if at := slices.IndexFunc(all, func(n *snapshot.NetworkInterface) bool { return n.PrivateIPAddress == i.PrivateIPAddress }); at >= 0 {
			return all[at]
		}
		if len(all) > 0 {
			return all[0]
		}
	}
	return nil
}

// listensFor reports whether a Classic Load Balancer sends to a port of its
// instances.
func listensFor(l *snapshot.ClassicLoadBalancer, port int) bool {
	return slices.ContainsFunc(l.ListenerDescriptions, func(d struct{ Listener snapshot.ClassicListener }) bool {
		return snapshot.Is(d.Listener.InstancePort, port)
	})
}
