package topology

import (
	"cmp"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// addGateways places what stands at the edge of a VPC: internet gateways, what
// else its route tables lead to, and NAT gateways.
func (b *builder) addGateways() {
	gateways := snapshot.InternetGateways.In(b.s)
	for i := range gateways {
		g := &gateways[i]
		placed := false
		for j := range g.Attachments {
			if live, known := g.Attachments[j].Live(); live || !known {
				v := b.vpc(g.Scope(), g.Attachments[j].VPCID)
				v.Gateways, placed = append(v.Gateways, b.item(InternetGateway, g)), true
			}
		}
		if !placed {
			b.unplaced(g.Scope(), b.item(InternetGateway, g), "is attached to no VPC")
		}
	}
	tables := snapshot.RouteTables.In(b.s)
	for i := range tables {
		for j := range tables[i].Routes {
			b.addTarget(&tables[i], &tables[i].Routes[j])
		}
	}
	nats := snapshot.NATGateways.In(b.s)
	for i := range nats {
		b.addNATGateway(&nats[i])
	}
}

// targetKinds are the gateways that only route tables name, by how their ids
// begin.
var targetKinds = map[string]string{
	"eigw": EgressOnlyGateway, "vgw": VPNGateway, "pcx": PeeringConnection, "tgw": TransitGateway,
}

// addTarget places a gateway that a route leads to and that no list holds.
func (b *builder) addTarget(t *snapshot.RouteTable, r *snapshot.Route) {
	id := target(r)
	prefix, _, _ := strings.Cut(id, "-")
	kind := targetKinds[prefix]
	if prefix+"-" == internetGatewayID && b.s.Gap(snapshot.InternetGateways, t.Scope()) != nil {
		kind = InternetGateway
	}
	if kind == "" || t.VPCID == "" || r.Blackhole() {
		return
	}
	v := b.vpc(t.Scope(), t.VPCID)
	if !slices.ContainsFunc(v.Gateways, func(i Item) bool { return i.ID == clip(id) }) {
		v.Gateways = append(v.Gateways, Item{Kind: kind, Resource: Resource{ID: clip(id)}, Count: 1})
	}
}

func (b *builder) addNATGateway(g *snapshot.NATGateway) {
	if g.Gone() {
		return
	}
	item := b.item(NATGateway, g)
	if g.ConnectivityType == "private" {
		item.Detail = "private"
	}
	switch {
	case g.SubnetID != "":
		b.place(g.Scope(), g.VPCID, g.SubnetID, Zone{}, item)
	case g.VPCID != "": // regional
		item.Detail = "regional"
		v := b.vpc(g.Scope(), g.VPCID)
		v.Gateways = append(v.Gateways, item)
	default:
		b.unplaced(g.Scope(), item, "neither subnet nor VPC is recorded")
	}
}

// place puts an item into a subnet, which is made up from what the item says
// where it is not recorded.
func (b *builder) place(scope snapshot.Scope, vpcID, subnetID string, zone Zone, item Item) {
	p, ok := b.known(scope, subnetID)
	switch {
	case ok:
	case vpcID == "" && subnetID == "":
		b.unplaced(scope, item, "stands in no VPC")
		return
	case vpcID == "" || subnetID == "":
		b.unplaced(scope, item, "the subnet is not recorded")
		return
	default:
		p = b.subnet(scope, vpcID, subnetID, zone)
	}
	p.hosts = true
	p.Items = append(p.Items, item)
}

func (b *builder) addInstances() {
	instances := snapshot.Instances.In(b.s)
	for i := range instances {
		n := &instances[i]
		item := b.item(Instance, n)
		switch n.State.Name {
		case "terminated", "shutting-down":
			continue
		case "running", "":
		default:
			item.Detail = clip(n.State.Name)
		}
		zone := b.zone(n.Scope(), n.Placement.AvailabilityZone)
		if g, _, ok := b.s.GroupOf(n); ok && g != nil && b.groups[g].take(b, n, zone, item) {
			continue
		}
		b.place(n.Scope(), n.VPCID, n.SubnetID, zone, item)
	}
	for _, g := range b.groups {
		g.addListed(b)
	}
}

func (b *builder) zone(scope snapshot.Scope, name string) Zone {
	z := b.s.ZoneNamed(scope, name)
	return Zone{ID: z.ID, Name: name, Type: z.Type}
}

// holderKinds are the holders of interfaces that no list of their own shows.
var holderKinds = map[snapshot.HolderKind]string{
	snapshot.HeldByEndpoint: Endpoint, snapshot.HeldByFunction: Function, snapshot.HeldByCache: Cache,
	snapshot.HeldByWarehouse: Warehouse, snapshot.HeldByTask: Task, snapshot.HeldByPod: Pod,
	snapshot.HeldByFileSystem: FileSystem, snapshot.HeldByTransitGateway: TransitGateway,
}

// addInterfaces counts what is known by its network interfaces alone.
func (b *builder) addInterfaces() {
	interfaces := snapshot.NetworkInterfaces.In(b.s)
	for i := range interfaces {
		n := &interfaces[i]
		kind := holderKinds[n.Holder().Kind]
		if kind == "" || n.SubnetID == "" {
			continue
		}
		p, ok := b.known(n.Scope(), n.SubnetID)
		if !ok {
			if n.VPCID == "" {
				continue
			}
			p = b.subnet(n.Scope(), n.VPCID, n.SubnetID, b.zone(n.Scope(), n.AvailabilityZone))
		}
		p.counted[kind]++
		p.open[kind] = p.open[kind].And(b.open[n.ARN()])
		p.hosts = p.hosts || kind != TransitGateway && kind != Cache && kind != Warehouse
	}
}

func (b *builder) addLoadBalancers() {
	behind := b.groupsBehind()
	balancers := snapshot.LoadBalancers.In(b.s)
	for i := range balancers {
		l := &balancers[i]
		ids := make([]string, 0, len(l.AvailabilityZones))
		for j := range l.AvailabilityZones {
			z := &l.AvailabilityZones[j]
			if _, ok := b.known(l.Scope(), z.SubnetID); !ok && l.VPCID != "" && z.SubnetID != "" {
				b.subnet(l.Scope(), l.VPCID, z.SubnetID, b.zone(l.Scope(), z.ZoneName))
			}
			ids = append(ids, z.SubnetID)
		}
		b.addLoadBalancer(l, ids, LoadBalancer{
			Resource: named(l), Type: clip(l.Type), Scheme: clip(l.Scheme), Groups: behind[balancer{l.Scope(), l.LoadBalancerARN}], Open: b.open[l.ARN()],
		})
	}
	classic := snapshot.ClassicLoadBalancers.In(b.s)
	for i := range classic {
		l := &classic[i]
		for _, id := range l.Subnets {
			if _, ok := b.known(l.Scope(), id); !ok && l.VPCID != "" && id != "" {
				b.subnet(l.Scope(), l.VPCID, id, Zone{})
			}
		}
		b.addLoadBalancer(l, l.Subnets, LoadBalancer{
			Resource: named(l), Type: "classic", Scheme: clip(l.Scheme), Groups: behind[balancer{l.Scope(), l.LoadBalancerName}], Open: b.open[l.ARN()],
		})
	}
}

// addLoadBalancer gives a load balancer to the VPC of its subnets.
func (b *builder) addLoadBalancer(r snapshot.Resource, subnets []string, l LoadBalancer) {
	var v *vpcParts
	for _, id := range subnets {
		p, ok := b.known(r.Scope(), id)
		if !ok || v != nil && p.vpc != v {
			continue
		}
		v, p.hosts = p.vpc, true
		if !slices.Contains(l.Subnets, p.ID) {
			l.Subnets = append(l.Subnets, p.ID)
		}
	}
	if v == nil {
		b.unplaced(r.Scope(), b.item(LoadBalancerItem, r), "none of its subnets is recorded")
		return
	}
	slices.Sort(l.Subnets)
	v.LoadBalancers = append(v.LoadBalancers, l)
}

// balancer finds a load balancer by its ARN, or a classic one by its name.
type balancer struct {
	scope snapshot.Scope
	id    string
}

// groupsBehind are the Auto Scaling groups that load balancers send traffic to.
func (b *builder) groupsBehind() map[balancer][]string {
	targets := map[string][]string{}
	targetGroups := snapshot.TargetGroups.In(b.s)
	for i := range targetGroups {
		targets[targetGroups[i].TargetGroupARN] = targetGroups[i].LoadBalancerARNs
	}
	behind := map[balancer][]string{}
	groups := snapshot.AutoScalingGroups.In(b.s)
	for i := range groups {
		g := &groups[i]
		var ids []string
		for _, arn := range g.TargetGroupARNs {
			ids = append(ids, targets[arn]...)
		}
		for _, t := range g.TrafficSources {
			ids = append(ids, targets[t.Identifier]...)
		}
		ids = append(ids, g.LoadBalancerNames...)
		slices.Sort(ids)
		for _, id := range slices.Compact(ids) {
			k := balancer{g.Scope(), id}
			behind[k] = append(behind[k], clip(g.ID()))
		}
	}
	return behind
}

// sizeOf says how many instances a group may have.
func sizeOf(g *snapshot.AutoScalingGroup) string {
	least, ok := g.MinSize.Value()
	most, ok2 := g.MaxSize.Value()
	if !ok || !ok2 {
		return ""
	}
	return itoa(least) + " to " + itoa(most)
}

// zoneNameOf is the name of the zone of a subnet as DB subnet groups write it.
func zoneNameOf(n *snapshot.DBSubnet, p *subnetParts) string {
	if n.SubnetAvailabilityZone.Name != "" || p == nil {
		return n.SubnetAvailabilityZone.Name
	}
	return cmp.Or(p.vpc.zones[p.Zone].Name, p.Zone)
}
