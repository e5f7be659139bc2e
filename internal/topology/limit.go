package topology

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// mostBytes bounds the JSON of a topology, as results carry it: 300 KB with
// something to spare, since sizes are reckoned and not measured.
const mostBytes = 280_000

// levels are how many resources are named, from most to least.
var levels = []level{{48, 100, 240}, {16, 50, 120}, {6, 25, 60}, {2, 12, 36}, {0, 6, 24}}

type level struct {
	items   int // of a kind in a subnet, and of a kind that are unplaced for a reason
	spans   int // load balancers, groups and databases of a VPC, each
	subnets int // of a VPC
}

// The most that is kept of short lists: more is none of AWS's.
const (
	mostZones    = 24
	mostBlocks   = 8
	mostInvolved = 24 // subnets of a load balancer or group, nodes of a database
	mostGateways = 12 // of a kind
)

// limit returns the topology with as much as fits: first the resources of a kind
// in a subnet are counted instead of named, then whole VPCs are.
func limit(full *Topology) *Topology {
	var t *Topology
	for i, l := range levels {
		t = full.cutTo(l)
		if i > 0 {
			t.Cut = append(t.Cut, fmt.Sprintf("of the resources of a kind in a subnet at most %d are named, the others are counted", l.items))
		}
		if t.size() <= mostBytes {
			return t
		}
	}
	return t.summarise()
}

func (t *Topology) cutTo(l level) *Topology {
	out := &Topology{Regions: slices.Clone(t.Regions), Exposure: t.Exposure}
	for i := range out.Regions {
		r := &out.Regions[i]
		r.VPCs = slices.Clone(r.VPCs)
		for j := range r.VPCs {
			r.VPCs[j].cutTo(l)
		}
		r.Unplaced = cutUnplaced(r.Unplaced, max(l.items, 2))
	}
	return out
}

func (v *VPC) cutTo(l level) {
	v.CIDRs = first(v.CIDRs, mostBlocks)
	v.Gateways = cutItems(v.Gateways, mostGateways)
	v.Zones = first(v.Zones, mostZones)
	v.Subnets = slices.Clone(first(v.Subnets, l.subnets))
	for i := range v.Subnets {
		v.Subnets[i].CIDRs = first(v.Subnets[i].CIDRs, mostBlocks)
		v.Subnets[i].Items = cutItems(v.Subnets[i].Items, l.items)
	}
	v.LoadBalancers = slices.Clone(first(v.LoadBalancers, l.spans))
	for i := range v.LoadBalancers {
		b := &v.LoadBalancers[i]
		b.Subnets, b.Groups = first(b.Subnets, mostInvolved), first(b.Groups, mostInvolved)
	}
	v.Groups = slices.Clone(first(v.Groups, l.spans))
	for i := range v.Groups {
		g := &v.Groups[i]
		g.Parts = slices.Clone(first(g.Parts, mostInvolved))
		for j := range g.Parts {
			g.Parts[j].Items = cutItems(g.Parts[j].Items, l.items)
		}
	}
	v.Databases = slices.Clone(first(v.Databases, l.spans))
	for i := range v.Databases {
		v.Databases[i].Nodes = first(v.Databases[i].Nodes, mostInvolved)
	}
}

func first[T any](list []T, n int) []T { return list[:min(len(list), n)] }

// cutItems names the first so many items of a kind, and counts the others.
// Items are sorted by kind.
func cutItems(items []Item, most int) []Item {
	var out []Item
	for lo := 0; lo < len(items); {
		hi := lo
		for hi < len(items) && items[hi].Kind == items[lo].Kind {
			hi++
		}
		named := items[lo:min(lo+most, hi)]
		if len(named) == hi-lo-1 { // one that is counted takes as much room as one that is named
			named = items[lo:hi]
		}
		out = append(out, named...)
		if rest := items[lo+len(named) : hi]; len(rest) > 0 {
			out = append(out, counted(rest))
		}
		lo = hi
	}
	return out
}

// counted are items of a kind as one.
func counted(items []Item) Item {
	all := Item{Kind: items[0].Kind}
	for i := range items {
		all.Count += items[i].Count
		all.Open = all.Open.And(items[i].Open)
	}
	return all
}

func cutUnplaced(items []Unplaced, most int) []Unplaced {
	type why struct{ kind, reason string }
	seen, index := map[why]int{}, map[why]int{}
	var out []Unplaced
	for i := range items {
		u := &items[i]
		w := why{u.Kind, u.Reason}
		if seen[w]++; seen[w] <= most {
			out = append(out, *u)
			continue
		}
		if _, ok := index[w]; !ok {
			index[w] = len(out)
			out = append(out, Unplaced{Item{Kind: u.Kind}, u.Reason})
		}
		rest := &out[index[w]].Item
		rest.Count, rest.Open = rest.Count+u.Count, rest.Open.And(u.Open)
	}
	return out
}

// summarise counts what stands in VPCs instead of naming it, in those with the
// least in them first, and leaves VPCs out that even so do not fit.
func (t *Topology) summarise() *Topology {
	var all []*VPC
	size := t.size()
	for i := range t.Regions {
		for j := range t.Regions[i].VPCs {
			all = append(all, &t.Regions[i].VPCs[j])
		}
	}
	slices.SortStableFunc(all, func(a, b *VPC) int { return cmp.Compare(a.weight(), b.weight()) })
	counted, out := 0, map[*VPC]bool{}
	for _, v := range all {
		if size <= mostBytes {
			break
		}
		before := v.size()
		v.Summary = true
		v.Gateways, v.Zones, v.Subnets, v.LoadBalancers, v.Groups, v.Databases = nil, nil, nil, nil, nil, nil
		size -= before - v.size()
		counted++
	}
	for _, v := range all {
		if size <= mostBytes {
			break
		}
		size -= v.size()
		out[v] = true
	}
	t.leaveOut(out)
	if counted -= len(out); counted > 0 {
		t.Cut = append(t.Cut, fmt.Sprintf("%d of %d VPCs are only counted", counted, len(all)))
	}
	if len(out) > 0 {
		t.Cut = append(t.Cut, fmt.Sprintf("%d of %d VPCs are left out", len(out), len(all)))
	}
	return t
}

func (t *Topology) leaveOut(vpcs map[*VPC]bool) {
	for i := range t.Regions {
		r := &t.Regions[i]
		kept := make([]VPC, 0, len(r.VPCs))
		for j := range r.VPCs {
			if !vpcs[&r.VPCs[j]] {
				kept = append(kept, r.VPCs[j])
			}
		}
		r.VPCs = kept
	}
}

// weight is how much stands in a VPC.
func (v *VPC) weight() int {
	n := 0
	for _, c := range v.Counts {
		n += c.Count
	}
	return n
}

// The sizes of objects in indented JSON without their texts.
const (
	sizeOfItem   = 260
	sizeOfSubnet = 330
	sizeOfVPC    = 520
	sizeOfSpan   = 330
	sizeOfPart   = 130
	sizeOfNode   = 250
	sizeOfCount  = 110
	sizeOfZone   = 130
	sizeOfLine   = 26
)

func (t *Topology) size() int {
	n := 200 + t.Exposure.size()
	for i := range t.Regions {
		r := &t.Regions[i]
		n += sizeOfZone + texted(r.Account, r.Name)
		for j := range r.VPCs {
			n += r.VPCs[j].size()
		}
		for j := range r.Unplaced {
			n += sizeOfItem + sizeOfLine + r.Unplaced[j].Open.size() + r.Unplaced[j].texted() + texted(r.Unplaced[j].Kind, r.Unplaced[j].Detail, r.Unplaced[j].Reason)
		}
	}
	return n
}

func (r *Resource) texted() int { return texted(r.ID, r.ARN, r.Name) }

func (v *VPC) size() int {
	n := sizeOfVPC + v.texted() + lines(v.CIDRs) + sizeOfCount*len(v.Counts) + sizeOfItems(v.Gateways)
	for i := range v.Zones {
		n += sizeOfZone + texted(v.Zones[i].ID, v.Zones[i].Name, v.Zones[i].Type)
	}
	for i := range v.Subnets {
		s := &v.Subnets[i]
		n += sizeOfSubnet + s.texted() + texted(s.Zone, s.Tier, s.Egress) + lines(s.CIDRs) + sizeOfItems(s.Items)
	}
	for i := range v.LoadBalancers {
		l := &v.LoadBalancers[i]
		n += sizeOfSpan + l.Open.size() + l.texted() + texted(l.Type, l.Scheme) + lines(l.Subnets) + lines(l.Groups)
	}
	for i := range v.Groups {
		g := &v.Groups[i]
		n += sizeOfSpan + g.texted() + texted(g.Size)
		for j := range g.Parts {
			n += sizeOfPart + texted(g.Parts[j].Subnet) + sizeOfItems(g.Parts[j].Items)
		}
	}
	for i := range v.Databases {
		d := &v.Databases[i]
		n += sizeOfSpan + d.texted() + texted(d.Engine)
		for j := range d.Nodes {
			n += sizeOfNode + d.Nodes[j].Open.size() + d.Nodes[j].texted() + texted(d.Nodes[j].Role, d.Nodes[j].Subnet, d.Nodes[j].Detail)
		}
	}
	return n
}

func sizeOfItems(items []Item) int {
	n := 0
	for i := range items {
		n += sizeOfItem + items[i].Open.size() + items[i].texted() + texted(items[i].Kind, items[i].Detail)
	}
	return n
}

func lines(list []string) int { return sizeOfLine*len(list) + texted(list...) }

// texted is at most how long texts are in JSON.
func texted(list ...string) int {
	n := 0
	for _, s := range list {
		for i := range len(s) {
			switch c := s[i]; {
			case c < ' ':
				n += len(`\u0000`)
			case c == '"' || c == '\\':
				n += len(`\"`)
			case c >= utf8.RuneSelf:
				n += len("\ufffd")
			default:
				n++
			}
		}
	}
	return n
}
