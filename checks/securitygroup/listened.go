package securitygroup

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// onlyListened reports whether only internet-facing load balancers wear a group
// and each of them listens on all of some ports: then the ports are open on
// purpose. Where that cannot be seen it is not so.
func onlyListened(s *snapshot.Snapshot, g *snapshot.SecurityGroup, ports []int) ([]checks.Evidence, bool) {
	if s.Gap(snapshot.NetworkInterfaces, g.Scope()) != nil {
		return nil, false
	}
	balancers, classic := s.BalancersWearing(g)
	instances, clusters := s.DatabasesWearing(g)
	if len(balancers)+len(classic) == 0 || len(instances)+len(clusters) > 0 || !heldByAny(s.Members(g), balancers, classic) {
		return nil, false
	}
	var evidence []checks.Evidence
	for _, b := range balancers {
		listeners, ok := listenersOn(s, b, ports)
		if !ok || !b.InternetFacing() {
			return nil, false
		}
		evidence = append(append(evidence, checks.Field(b, "Scheme")), listeners...)
	}
	for _, b := range classic {
		listeners, ok := classicListeners(b, ports)
		if !ok || !b.InternetFacing() {
			return nil, false
		}
		evidence = append(append(evidence, checks.Field(b, "Scheme")), listeners...)
	}
	return evidence, true
}

// heldByAny reports whether each of some interfaces is held by one of some load
// balancers. Their names are unique among those of one generation only.
func heldByAny(members []*snapshot.NetworkInterface, balancers []*snapshot.LoadBalancer, classic []*snapshot.ClassicLoadBalancer) bool {
	return !slices.ContainsFunc(members, func(n *snapshot.NetworkInterface) bool {
		holder := n.Holder()
		if holder.Kind == snapshot.HeldByClassicBalancer {
			return !slices.ContainsFunc(classic, func(b *snapshot.ClassicLoadBalancer) bool { return b.LoadBalancerName == holder.ID })
		}
		return !holder.Kind.IsLoadBalancer() ||
			!slices.ContainsFunc(balancers, func(b *snapshot.LoadBalancer) bool { return b.LoadBalancerName == holder.ID })
	})
}

// overTCP are the protocols of listeners that take TCP connections.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html
var overTCP = []string{"HTTP", "HTTPS", "TCP", "TLS", "TCP_UDP", "TCP_QUIC"}

func listens(l *snapshot.Listener, port int) bool {
	return snapshot.Is(l.Port, port) && slices.Contains(overTCP, l.Protocol)
}

// listenersOn are the listeners on some ports. It is false where one is missing,
// and where they are not recorded.
func listenersOn(s *snapshot.Snapshot, b *snapshot.LoadBalancer, ports []int) ([]checks.Evidence, bool) {
	listeners, _ := s.ListenersOf(b) // none where they are not recorded
	var evidence []checks.Evidence
	for _, port := range ports {
		i := slices.IndexFunc(listeners, func(l snapshot.Listener) bool { return listens(&l, port) })
		if i < 0 {
			return nil, false
		}
		evidence = append(evidence, checks.Field(&listeners[i], "Port"))
	}
	return evidence, true
}

// classicListeners are the listeners on some ports. It is false where one is
// missing.
func classicListeners(b *snapshot.ClassicLoadBalancer, ports []int) ([]checks.Evidence, bool) {
	var evidence []checks.Evidence
	for _, port := range ports {
		found := false
		for i := range b.ListenerDescriptions {
			if snapshot.Is(b.ListenerDescriptions[i].Listener.LoadBalancerPort, port) {
				found = true
				evidence = append(evidence, checks.Field(b, "ListenerDescriptions", i, "Listener/LoadBalancerPort"))
			}
		}
		if !found {
			return nil, false
		}
	}
	return evidence, true
}
