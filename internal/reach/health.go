package reach

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/buttress/buttress/internal/snapshot"
)

// takes reports whether a node of a load balancer sends new connections to a target:
// those that are healthy get them or, where too few are, all.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (w *walker) takes(l *balancer, node *nic, r *registration) bool {
	switch r.target.TargetHealth.State {
	case "healthy", "unavailable", "":
		return true
	case "unused", "draining", "unhealthy.draining":
		return false
	}
	return w.failsOver(l, node, r.group)
}

const (
	leastCount   = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count"
	leastPercent = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage"
)

// failsOver reports whether a node sends to unhealthy targets too: fewer are healthy
// than the target group asks for, of all in zones that are enabled or, where the load
// balancer does not send across zones, of those in the node's zone.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/modify-target-group-health-settings.html
func (w *walker) failsOver(l *balancer, node *nic, g *snapshot.TargetGroup) bool {
	crosses := w.crossZone(l, g)
	healthy, all := w.healthy(l, node, g, crosses)
	if healthy == 0 {
		return true
	}
	if !crosses {
		if gone, allowed := w.unread(snapshot.Subnets, node.Scope(), false); gone && allowed {
			return true // none of its zone may be healthy
		}
	}
	rows, gap := w.n.s.GroupAttributesOf(g)
	if gap != nil {
		return w.sure(missing(gap, g.Scope(), false))
	}
	least := func(key string) int { // zero stands for a threshold that is off
		n, _ := strconv.Atoi(attribute(rows, func(a *snapshot.TargetGroupAttribute) (string, string) { return a.Key, a.Value }, key))
		return n
	}
	return healthy < least(leastCount) || 100*healthy < least(leastPercent)*all
}

// healthy counts the targets that a node may send to, and those of them that are
// healthy.
func (w *walker) healthy(l *balancer, node *nic, g *snapshot.TargetGroup, crosses bool) (healthy, all int) {
	targets, _ := w.n.s.TargetsOf(g)
	near := node.subnet != nil && !crosses
	for i := range targets {
		if s := w.n.subnetOf(g, &targets[i]); s != nil && (s.VPCID == l.vpc() && !w.enabled(l, s) || near && !w.inZone(node.subnet, s)) {
			continue
		}
		all++
		if targets[i].TargetHealth.State == "healthy" {
			healthy++
		}
	}
	return healthy, all
}

// subnetOf is the subnet of a target, or nil where that is not recorded.
func (n *Network) subnetOf(g *snapshot.TargetGroup, t *snapshot.TargetHealthDescription) *snapshot.Subnet {
	if a, err := netip.ParseAddr(t.Target.ID); err == nil {
		if c := n.at(g.VPCID, a); c != nil {
			return c.subnet
		}
	} else if i := n.instances[t.Target.ID]; i != nil {
		return n.subnets[i.SubnetID]
	}
	return nil
}

// healthyInstance stops what a Classic Load Balancer does not send to an instance: it sends
// to those that are in service, and to none where none is.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-healthchecks.html
func (w *walker) healthyInstance(f flow, l *balancer, instance string) flow {
	if l.classic == nil {
		return f
	}
	h := newHop(l.name, kindBalancer, instance+" is in service", l.says())
	states, gap := w.n.s.InstanceHealthOf(l.classic)
	if gap != nil {
		return f.guess(w.sure(missing(gap, l.classic.Scope(), false)), h)
	}
	i := slices.IndexFunc(states, func(s snapshot.InstanceState) bool { return s.InstanceID == instance })
	switch {
	case i < 0 || states[i].State != "InService" && states[i].State != "OutOfService":
		return f.guess(w.unclear(snapshot.ClassicInstanceHealth, l.classic.Scope(), "whether "+instance+" is in service at "+l.name), h)
	case states[i].State == "OutOfService":
		return f.stop(newBlocker(kindBalancer, l.name, instance+" is out of service, and gets no connections", source(&states[i], "State")))
	default:
		return f
	}
}
