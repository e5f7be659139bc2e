package reach

import (
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// likeness is what decides about packets between the internet and an interface, its
// addresses aside.
type likeness struct {
	subnet *snapshot.Subnet
	scope  snapshot.Scope
	vpc    string
	wears  string
	holder snapshot.HolderKind
	unused bool
	denies bool // what comes by internet gateways
}

// Alike is an interface that the internet reaches directly as it reaches another:
// at one public IPv4 address, on the same ports, from the same sources, by the same
// path but for the interface and its addresses. It is the same one for all that are
// alike. It is false where more decides than the subnet and the security groups.
func (n *Network) Alike(i *snapshot.NetworkInterface) (*snapshot.NetworkInterface, bool) {
	n.liken()
	c := n.nicByID[i.NetworkInterfaceID]
	if c == nil || c.NetworkInterface != i || c.like == nil {
		return nil, false
	}
	return c.like, true
}

// findAlike tells every interface which is the first that is like it.
func (n *Network) findAlike() {
	first := map[likeness]*snapshot.NetworkInterface{}
	for _, c := range n.nics {
		if !n.plain(c) {
			continue
		}
		deny, _ := c.DenyAllIGWTraffic.Value()
		k := likeness{c.subnet, c.Scope(), c.VPCID, strings.Join(c.wears, " "), c.holder.Kind, c.Status == "available", deny}
		if first[k] == nil {
			first[k] = c.NetworkInterface
		}
		c.like = first[k]
	}
}

// plain reports whether an interface stands for itself alone, has one public address,
// and packets come and go by nothing but an internet gateway.
func (n *Network) plain(c *nic) bool {
	mapped := c.mapped()
	if len(mapped) != 1 || c.unattached || c.unlisted != nil || len(c.IPv6Addresses)+len(c.delegated()) > 0 || len(c.wears) == 0 || c.nat != nil || c.subnet == nil {
		return false
	}
	if h := n.public[mapped[0].public]; h.nic != c || h.private != mapped[0].private || h.gateway != nil {
		return false
	}
	switch c.holder.Kind {
	case snapshot.HeldByInstance:
		if i := n.instances[c.holder.ID]; i == nil || i.State.Name != "running" {
			return false
		}
	case "", snapshot.HeldByDatabase, // of one subnet and the same groups all may be of the same databases
		snapshot.HeldByCache, snapshot.HeldByTask, snapshot.HeldByPod:
	default:
		return false
	}
	return n.straight(c)
}

// straight reports whether the routes of the subnet of an interface lead to internet
// gateways and nowhere else, and none lead back otherwise than to the interface.
func (n *Network) straight(c *nic) bool {
	t, ok := n.s.RouteTableOf(c.subnet)
	return ok && !slices.ContainsFunc(t.Routes, func(r snapshot.Route) bool { return r.GatewayID != "local" && !r.ToInternetGateway() }) &&
		!slices.ContainsFunc(n.attached(c.VPCID), func(g *snapshot.InternetGateway) bool { return n.edges[g.InternetGatewayID] != nil })
}
