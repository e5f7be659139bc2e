package topology

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/buttress/buttress/internal/snapshot"
)

func itoa(n int) string { return strconv.Itoa(n) }

// groupParts is an Auto Scaling group before it is put together.
type groupParts struct {
	Group
	of    *snapshot.AutoScalingGroup
	vpc   *vpcParts
	parts map[*subnetParts][]Item
	seen  map[string]bool // instances that the list of instances holds
}

func (b *builder) addGroups() {
	groups := snapshot.AutoScalingGroups.In(b.s)
	for i := range groups {
		g := &groups[i]
		p := &groupParts{
			Group: Group{Resource: named(g), Size: sizeOf(g)}, of: g,
			parts: map[*subnetParts][]Item{}, seen: map[string]bool{},
		}
		b.groups[g] = p
		for _, id := range g.SubnetIDs() {
			if n, ok := b.known(g.Scope(), id); ok {
				p.join(n)
			}
		}
	}
}

// join makes a subnet one of the group's, unless it is one of another VPC.
func (g *groupParts) join(n *subnetParts) bool {
	if g.vpc == nil {
		g.vpc = n.vpc
		n.vpc.groups = append(n.vpc.groups, g)
	}
	if n.vpc != g.vpc {
		return false
	}
	if _, ok := g.parts[n]; !ok {
		g.parts[n] = nil
		n.hosts = true
	}
	return true
}

// take puts an instance of the group into the subnet in which it stands.
func (g *groupParts) take(b *builder, i *snapshot.Instance, zone Zone, item Item) bool {
	n, ok := b.known(i.Scope(), i.SubnetID)
	if !ok {
		if i.VPCID == "" || i.SubnetID == "" {
			return false
		}
		n = b.subnet(i.Scope(), i.VPCID, i.SubnetID, zone)
	}
	if !g.join(n) {
		return false
	}
	g.seen[i.InstanceID] = true
	g.parts[n] = append(g.parts[n], item)
	return true
}

// addListed places the instances that the group lists and the list of instances
// does not hold, by their zone. A group without a known subnet is not placed.
func (g *groupParts) addListed(b *builder) {
	if g.vpc == nil {
		b.unplaced(g.of.Scope(), b.item(GroupItem, g.of), "none of its subnets is recorded")
		return
	}
	scope := g.of.Scope()
	for i := range g.of.Instances {
		listed := &g.of.Instances[i]
		if _, recorded := b.s.Instance(scope, listed.InstanceID); recorded || g.seen[listed.InstanceID] {
			continue
		}
		item := Item{Kind: Instance, Count: 1, Resource: Resource{
			ID:  clip(listed.InstanceID),
			ARN: clip("arn:" + b.s.Partition + ":ec2:" + scope.Region + ":" + scope.Account + ":instance/" + listed.InstanceID),
		}}
		if n := g.inZone(b.zone(scope, listed.AvailabilityZone)); n != nil {
			g.parts[n] = append(g.parts[n], item)
		} else {
			b.unplaced(scope, item, "its subnet is not recorded")
		}
	}
}

// inZone is the first of the group's subnets in a zone.
func (g *groupParts) inZone(z Zone) *subnetParts {
	var found *subnetParts
	for n := range g.parts {
		same := n.Zone == clip(z.ID) || z.Name != "" && n.vpc.zones[n.Zone].Name == z.Name
		if same && (found == nil || n.ID < found.ID) {
			found = n
		}
	}
	return found
}

func (g *groupParts) finish(counts map[string]int) Group {
	for n, items := range g.parts {
		slices.SortFunc(items, byKind)
		count(counts, Instance, len(items))
		g.Parts = append(g.Parts, Part{n.ID, items})
	}
	slices.SortFunc(g.Parts, func(a, b Part) int { return cmp.Compare(a.Subnet, b.Subnet) })
	return g.Group
}
