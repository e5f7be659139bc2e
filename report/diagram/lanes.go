package diagram

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/topology"
)

// cell is a subnet in a lane.
type cell struct {
	subnet *topology.Subnet
	col    int
	lane   *lane
}

// lane is a row of subnets of one tier, at most one in each zone.
type lane struct {
	tier  string
	cells []*cell // by column; nil where there is none
	bands []*band
	y, h  int
}

// tiers are the rows of a picture, from above.
var tiers = []string{topology.Public, topology.Private, topology.Data, topology.Unknown}

// lanesOf puts subnets into lanes, so that those which belong together stand side
// by side: those with the same name but for the zone, those that one load
// balancer, group or database spans, and else those in the same order.
func lanesOf(v *topology.VPC, columns []topology.Zone) []*lane {
	col := columnsByZone(v, columns)
	joined := spanned(v)
	var lanes []*lane
	for _, tier := range tiers {
		teams := map[string][]*topology.Subnet{}
		for i := range v.Subnets {
			if s := &v.Subnets[i]; tierOf(s) == tier {
				k := stem(s, &columns[col[s.Zone]])
				teams[k] = append(teams[k], s)
			}
		}
		lanes = append(lanes, lanesOfTier(tier, regroup(teams, joined), col, len(columns))...)
	}
	return lanes
}

// columnsByZone are the columns of all zones that subnets name.
func columnsByZone(v *topology.VPC, columns []topology.Zone) map[string]int {
	col := map[string]int{}
	for i := range columns {
		col[columns[i].ID] = i
	}
	for i := range v.Subnets {
		if _, ok := col[v.Subnets[i].Zone]; !ok {
			col[v.Subnets[i].Zone] = len(columns) - 1
		}
	}
	return col
}

// tierOf is the tier of a subnet, unknown where nobody knows the word.
func tierOf(s *topology.Subnet) string {
	if slices.Contains(tiers, s.Tier) {
		return s.Tier
	}
	return topology.Unknown
}

// regroup joins the subnets whose name says nothing of others.
func regroup(teams map[string][]*topology.Subnet, joined map[string]string) [][]*topology.Subnet {
	byKey := map[string][]*topology.Subnet{}
	var others []*topology.Subnet
	for k, team := range teams {
		if k != "" && zones(team) > 1 {
			byKey["name "+k] = team
		} else {
			others = append(others, team...)
		}
	}
	for _, s := range others {
		together := slices.ContainsFunc(others, func(o *topology.Subnet) bool {
			return o.Zone != s.Zone && joined[s.ID] != "" && joined[o.ID] == joined[s.ID]
		})
		k := ""
		if together {
			k = "span " + joined[s.ID]
		}
		byKey[k] = append(byKey[k], s)
	}
	var all [][]*topology.Subnet
	for _, team := range byKey {
		slices.SortFunc(team, bySubnet)
		all = append(all, team)
	}
	slices.SortFunc(all, func(a, b []*topology.Subnet) int { return bySubnet(a[0], b[0]) })
	return all
}

func zones(team []*topology.Subnet) int {
	seen := map[string]bool{}
	for _, s := range team {
		seen[s.Zone] = true
	}
	return len(seen)
}

func bySubnet(a, b *topology.Subnet) int {
	return cmp.Or(first(a).Compare(first(b)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
}

// first is the first address of a subnet, zero where it is not recorded.
func first(s *topology.Subnet) netip.Addr {
	if len(s.CIDRs) == 0 {
		return netip.Addr{}
	}
	p, err := netip.ParsePrefix(s.CIDRs[0])
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr()
}

func lanesOfTier(tier string, teams [][]*topology.Subnet, col map[string]int, columns int) []*lane {
	var lanes []*lane
	for _, team := range teams {
		start := len(lanes)
		used := make([]int, columns)
		for _, s := range team {
			c := col[s.Zone]
			at := start + used[c]
			used[c]++
			if at == len(lanes) {
				lanes = append(lanes, &lane{tier: tier, cells: make([]*cell, columns)})
			}
			lanes[at].cells[c] = &cell{subnet: s, col: c, lane: lanes[at]}
		}
	}
	return lanes
}

// spanned names for each subnet the first of those that something spans together
// with it.
func spanned(v *topology.VPC) map[string]string {
	parent := map[string]string{}
	var find func(string) string
	find = func(id string) string {
		if p, ok := parent[id]; ok && p != id {
			parent[id] = find(p)
			return parent[id]
		}
		return id
	}
	join := func(ids []string) {
		for _, id := range ids {
			a, b := find(ids[0]), find(id)
			parent[max(a, b)] = min(a, b)
		}
	}
	for i := range v.LoadBalancers {
		join(v.LoadBalancers[i].Subnets)
	}
	for i := range v.Groups {
		join(partSubnets(&v.Groups[i]))
	}
	for i := range v.Databases {
		join(nodeSubnets(&v.Databases[i]))
	}
	out := map[string]string{}
	for id := range parent {
		out[id] = find(id)
	}
	return out
}

func partSubnets(g *topology.Group) []string {
	ids := make([]string, len(g.Parts))
	for i := range g.Parts {
		ids[i] = g.Parts[i].Subnet
	}
	return ids
}

func nodeSubnets(d *topology.Database) []string {
	ids := make([]string, len(d.Nodes))
	for i := range d.Nodes {
		ids[i] = d.Nodes[i].Subnet
	}
	return ids
}

var (
	separators = regexp.MustCompile(`[-_./ :()]+`)
	zoneWord   = regexp.MustCompile(`^(az)?[0-9]*[a-z]?[0-9]*$`)
)

// stem is the name of a subnet without what tells its zone.
func stem(s *topology.Subnet, z *topology.Zone) string {
	letter := ""
	if n := len(z.Name); n > 0 {
		letter = z.Name[n-1:]
	}
	place := separators.Split(strings.ToLower(z.Name+"-"+z.ID), -1)
	var words []string
	for _, w := range separators.Split(s.Name, -1) {
		low := strings.ToLower(w)
		if slices.Contains(place, low) || len(low) <= 4 && zoneWord.MatchString(low) {
			continue
		}
		low = strings.TrimRight(low, "0123456789")
		if strings.HasSuffix(w, strings.ToUpper(letter)) { // "PublicSubnetA"
			low = strings.TrimRight(strings.TrimSuffix(low, letter), "0123456789")
		}
		words = append(words, low)
	}
	return strings.Join(words, "-")
}
