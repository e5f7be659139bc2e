package securitygroup

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// opens is what a group opens to the whole internet, by protocol: ports, or of
// protocols without ports whatever there is.
type opens map[reach.Protocol]reach.Ports

// tcp is what a group opens that opens some TCP ports.
func tcp(ports []int) opens {
	ranges := make([]reach.PortRange, len(ports))
	for i, p := range ports {
		ranges[i] = reach.PortRange{From: uint16(p), To: uint16(p)} //nolint:gosec // a port
	}
	return opens{reach.TCP: reach.NewPorts(ranges...)}
}

// nothingBehind reports whether it is proven that the internet reaches nothing of
// what a group opens at anything that wears it, and what stops it at one of those
// who do. Where anything that decides is not recorded it is not proven.
func nothingBehind(s *snapshot.Snapshot, g *snapshot.SecurityGroup, open opens) ([]checks.Evidence, bool) {
	members := s.Members(g)
	if s.Gap(snapshot.NetworkInterfaces, g.Scope()) != nil || len(members) == 0 || !allSeen(s, g, members) {
		return nil, false
	}
	n := reach.Of(s)
	for _, m := range members {
		if e := n.FromInternet(m); e.Unknown || !saysAddresses(m) || reachesAny(e, open) {
			return nil, false
		}
	}
	return append([]checks.Evidence{wears(members[0], g.GroupID)}, stoppers(n, members[0], open)...), true
}

// saysAddresses reports whether an interface says of each of its IPv6 addresses
// which it is.
func saysAddresses(n *snapshot.NetworkInterface) bool {
	return !slices.ContainsFunc(n.IPv6Addresses, func(a snapshot.IPv6Address) bool { return !a.IPv6Address.IsValid() })
}

func reachesAny(e *reach.Exposure, open opens) bool {
	return slices.ContainsFunc(e.Openings, func(o reach.Opening) bool { return open[o.Protocol].Overlaps(o.Ports) })
}

// allSeen reports whether all load balancers that wear a group have interfaces in
// the recording, and so have the databases, as far as that can be told: emulators
// make none.
func allSeen(s *snapshot.Snapshot, g *snapshot.SecurityGroup, members []*snapshot.NetworkInterface) bool {
	held := func(kind func(snapshot.HolderKind) bool, id string) bool {
		return slices.ContainsFunc(members, func(n *snapshot.NetworkInterface) bool {
			h := n.Holder()
			return kind(h.Kind) && (id == "" || h.ID == id)
		})
	}
	balancers, classic := s.BalancersWearing(g)
	for _, b := range balancers {
		if !held(snapshot.HolderKind.IsLoadBalancer, b.LoadBalancerName) {
			return false
		}
	}
	for _, b := range classic {
		if !held(snapshot.HolderKind.IsLoadBalancer, b.LoadBalancerName) {
			return false
		}
	}
	instances, clusters := s.DatabasesWearing(g)
	isDatabase := func(k snapshot.HolderKind) bool { return k == snapshot.HeldByDatabase }
	return len(instances)+len(clusters) == 0 || held(isDatabase, "")
}

// stoppers are what stops the internet on its way to one of the ports at an
// interface, security groups aside: what they open is what is judged.
func stoppers(n *reach.Network, i *snapshot.NetworkInterface, open opens) []checks.Evidence {
	for _, p := range []reach.Protocol{reach.TCP, reach.UDP} {
		if ports := open[p]; len(ports) > 0 {
			first := max(int(ports[0].From), 1)
			a, err := n.Ask(reach.Question{From: reach.Internet, To: i.NetworkInterfaceID, Protocol: p.String(), Port: &first})
			if err == nil {
				return slices.DeleteFunc(checks.Stoppers(a.Blockers), func(e checks.Evidence) bool {
					_, group := e.Resource.(*snapshot.SecurityGroup)
					return group
				})
			}
		}
	}
	return nil
}
