package diagram

import (
	"cmp"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/topology"
)

// Sizes of Regions.
const (
	pillW, pillH = 96, 26
	regionHead   = 30
	lineH        = 26
	mostLines    = 100
	mostUnplaced = 12
)

// drawn reports whether a VPC gets a picture. Others are a line.
func drawn(v *topology.VPC) bool { return !v.Empty && !v.Summary }

// region draws a picture for each VPC in which something stands. The last one
// has what else is in the Region, or one of its own does.
func (d *drawing) region(r *topology.Region) []*Picture {
	var vpcs, lines []*topology.VPC
	for i := range r.VPCs {
		if v := &r.VPCs[i]; drawn(v) {
			vpcs = append(vpcs, v)
		} else {
			lines = append(lines, v)
		}
	}
	slices.SortStableFunc(vpcs, func(a, b *topology.VPC) int {
		return cmp.Or(order(a.Default)-order(b.Default), weight(b)-weight(a))
	})
	slices.SortStableFunc(lines, func(a, b *topology.VPC) int { return weight(b) - weight(a) })
	var all []*Picture
	for i, v := range vpcs {
		f := d.newRegion(r, v)
		if i == len(vpcs)-1 {
			f.addRest(lines, r.Unplaced)
		}
		all = append(all, f.finish())
	}
	if len(vpcs) == 0 && len(lines)+len(r.Unplaced) > 0 {
		f := d.newRegion(r, nil)
		f.addRest(lines, r.Unplaced)
		all = append(all, f.finish())
	}
	return all
}

func weight(v *topology.VPC) int {
	n := 0
	for _, c := range v.Counts {
		n += c.Count
	}
	return n
}

// regionFrame is the frame of a Region while it is filled.
type regionFrame struct {
	d     *drawing
	r     *topology.Region
	p     *Picture
	frame *Box
	y     int // where the next thing goes
	right int // of what is in it
	pill  *Box
	room  int // for the title
}

func (d *drawing) newRegion(r *topology.Region, v *topology.VPC) *regionFrame {
	f := &regionFrame{d: d, r: r, p: &Picture{}}
	f.frame = &Box{Kind: Frame, X: margin, Y: margin, Class: "dg-region"}
	f.p.Boxes = append(f.p.Boxes, f.frame)
	f.right = leastWidth - margin
	if v == nil {
		f.y = f.frame.Y + regionHead + 4
		f.p.Title = f.name()
		return f
	}
	top := f.frame.Y + regionHead
	l := &vpcLayout{v: v}
	if l.hasGateway() {
		f.frame.Y += pillH + 12
		top = f.frame.Y + regionHead
	}
	if len(v.Gateways) > 0 {
		top += squareW/2 + 6
	}
	l = d.vpc(v, margin+gap, top)
	if l.hasGateway() {
		f.addInternet(l)
	}
	f.frame.Children = append(f.frame.Children, l.out.Boxes...)
	f.p.Edges = append(f.p.Edges, l.out.Edges...)
	f.y = l.frame.Y + l.frame.H + gap
	f.right = max(f.right, l.frame.X+l.frame.W+gap)
	f.p.Title = strings.TrimPrefix(l.title(), "") + " in " + f.name()
	f.p.Description = d.describe(v)
	return f
}

func (f *regionFrame) name() string {
	name := f.d.o.Escape(f.r.Name)
	if f.r.Account != "" {
		name += ", account " + f.d.o.Escape(f.r.Account)
	}
	return name
}

// addInternet draws the internet above the internet gateway.
func (f *regionFrame) addInternet(l *vpcLayout) {
	x := l.trunkX()
	f.pill = &Box{Kind: Solid, X: x - pillW/2, Y: margin - 4, W: pillW, H: pillH, Class: "dg-pill", Title: "The internet"}
	f.pill.Texts = []Text{{X: x, Y: f.pill.Y + 17, W: pillW, Size: 12, Class: "dg-name", Strong: true, Anchor: Middle, Text: "Internet"}}
	f.p.Boxes = append(f.p.Boxes, f.pill)
	class := "dg-wire"
	if slices.ContainsFunc(l.wires, func(w *wire) bool { return w.open != nil }) {
		class = "dg-way"
	}
	f.p.Edges = append(f.p.Edges, &Edge{
		Points: [][2]int{{x, f.pill.Y + pillH}, {x, l.top - squareW/2}}, Class: class, Arrow: true, Title: "between the internet and the VPC",
	})
	f.room = x - f.frame.X - 20
}

// describe says in words what stands in a VPC.
func (d *drawing) describe(v *topology.VPC) string {
	var words []string
	for _, c := range v.Counts {
		words = append(words, number(c.Count, d.lookOf(c.Kind)))
	}
	if len(words) == 0 {
		return "nothing stands in it."
	}
	return strings.Join(words, ", ") + "."
}

// addRest draws VPCs in which nothing stands, or that are only counted, as lines,
// and what could not be placed.
func (f *regionFrame) addRest(lines []*topology.VPC, unplaced []topology.Unplaced) {
	for i, v := range lines {
		if i == mostLines {
			f.addLine(itoa(len(lines)-i)+" more VPCs", Badge{}, "")
			break
		}
		name := "VPC "
		if v.Default {
			name = "Default VPC "
		}
		words := []string{name + f.d.full(&v.Resource)}
		if len(v.CIDRs) > 0 {
			words = append(words, f.d.o.Escape(strings.Join(v.CIDRs, ", ")))
		}
		what := f.d.describe(v)
		if v.Empty && weight(v) > 0 {
			what = strings.TrimSuffix(what, ".") + ", nothing stands in it"
		}
		words = append(words, strings.TrimSuffix(what, "."))
		if v.Open > 0 {
			words = append(words, "the internet reaches "+itoa(v.Open))
		}
		badge := f.d.badge(v.ARN)
		f.addLine(strings.Join(words, " · "), badge, strings.Join(words, ", ")+badge.says())
	}
	if len(unplaced) > 0 {
		f.addUnplaced(unplaced)
	}
}

func (f *regionFrame) addLine(s string, badge Badge, title string) {
	x := f.frame.X + gap
	b := &Box{Kind: Solid, X: x, Y: f.y, W: f.right - gap - x, H: lineH, Class: "dg-line", Title: title}
	room := b.W - 16
	b.text(8, 17, room-b.addBadge(badge, b.W-6, 5), 12, "dg-name", false, s)
	f.frame.Children = append(f.frame.Children, b)
	f.y += lineH + 6
}

// addUnplaced lists what could not be placed, and why.
func (f *regionFrame) addUnplaced(all []topology.Unplaced) {
	var tiles []*tile
	for i := range all {
		u := &all[i]
		t := f.d.tile(&u.Item)
		t.sub = f.d.o.Escape(u.Reason)
		t.title += "; " + t.sub
		t.open = nil // the title says it: there is no line for it here
		if len(tiles) == mostUnplaced {
			last := tiles[mostUnplaced-1]
			if i == mostUnplaced {
				*last = tile{look: look{"…", "other", "", ""}, badge: last.badge.And(t.badge)}
			}
			last.name, last.sub = itoa(len(all)-mostUnplaced+1)+" more", "could not be placed"
			last.badge = last.badge.And(t.badge)
			last.title = last.name + " could not be placed"
			continue
		}
		tiles = append(tiles, t)
	}
	const w = tileW + 60
	x := f.frame.X + gap
	box := &Box{Kind: Solid, X: x, Y: f.y, W: f.right - gap - x, Class: "dg-unplaced", Title: "What could not be placed"}
	box.text(10, 18, box.W-20, 12, "dg-name", true, "Not placed")
	abreast := max((box.W-20+tileGap)/(w+tileGap), 1)
	for i, t := range tiles {
		box.Children = append(box.Children, f.d.box(t, box.X+10+i%abreast*(w+tileGap), box.Y+28+i/abreast*(tileH+tileGap), w))
	}
	box.H = 28 + (len(tiles)+abreast-1)/abreast*(tileH+tileGap) + 4
	f.frame.Children = append(f.frame.Children, box)
	f.y += box.H + gap
}

func (f *regionFrame) finish() *Picture {
	f.frame.W = f.right - f.frame.X
	f.frame.H = f.y - f.frame.Y
	room := f.frame.W - 2*gap
	if f.room > 0 {
		room = min(room, f.room-gap)
	}
	name := f.d.o.Escape(f.r.Name)
	if f.r.Account != "" {
		name += " · account " + f.d.o.Escape(f.r.Account)
	}
	f.frame.text(gap, 20, room, 13, "dg-region-text", true, name)
	f.frame.Title = "Region " + f.name()
	f.p.Width = f.right + margin
	f.p.Height = f.frame.Y + f.frame.H + margin
	return f.p
}

// gateways are the gateways of a VPC, one of each kind: several of a kind are
// counted. The internet gateway is the first.
func (l *vpcLayout) gateways() [][]topology.Item {
	var all [][]topology.Item
	for i := range l.v.Gateways {
		g := l.v.Gateways[i]
		at := slices.IndexFunc(all, func(same []topology.Item) bool { return same[0].Kind == g.Kind })
		if at < 0 {
			all = append(all, []topology.Item{g})
		} else {
			all[at] = append(all[at], g)
		}
	}
	slices.SortStableFunc(all, func(a, b []topology.Item) int {
		return order(b[0].Kind == topology.InternetGateway) - order(a[0].Kind == topology.InternetGateway)
	})
	return all
}

// Sizes of the labels of gateways.
const (
	gatewayLabel = 140 // at most
	gatewayGap   = 20
)

// mark is a gateway on the edge of a VPC, or several of a kind.
type mark struct {
	*tile
	internet bool
	x, w     int // w is that of the label
}

// markGateways finds a place on the edge for each kind of gateways: that to the
// internet above its lines, the others at its right as far as the zones reach,
// then at its left, and then at its right. It returns how far they reach.
func (l *vpcLayout) markGateways(x, right int) int {
	left, end, next := x+vpcPad, right, x+vpcPad
	if l.hasGateway() {
		next = l.trunkX() + squareW/2 + gatewayGap
		end = l.trunkX() - squareW/2 - 6 - gatewayLabel - gatewayGap
	}
	for _, same := range l.gateways() {
		m := &mark{tile: l.d.tiles(same)[0], internet: same[0].Kind == topology.InternetGateway}
		if len(same) > 1 {
			m.tile = l.d.counted(same)
		}
		m.w = min(Width(m.name, 11, true), gatewayLabel)
		if m.badge.Count > 0 {
			m.w += badgeW(m.badge) + 6
		}
		w := squareW + 6 + m.w + gatewayGap
		switch {
		case m.internet:
			m.x = l.trunkX() - squareW/2
		case l.hasGateway() && next+w-gatewayGap > right && left+w <= end:
			m.x = left
			left += w
		default:
			m.x = next
			next += w
		}
		l.marks = append(l.marks, m)
	}
	return max(next-gatewayGap+vpcPad, 0)
}

// trunkX is where the line from the internet gateway runs down.
func (l *vpcLayout) trunkX() int {
	return l.gutters[l.trunk].trackX(l.gutters[l.trunk].track("gateway"))
}

// drawGateways puts the gateways on the upper edge of the VPC, the name of that
// to the internet at its left.
func (l *vpcLayout) drawGateways() {
	for _, m := range l.marks {
		b := &Box{Kind: Gateway, X: m.x, Y: l.top - squareW/2, W: squareW, H: squareW, Class: "dg-tile", Title: m.title}
		b.square(m.look, squareW)
		label := &Box{Kind: Solid, X: m.x + squareW + 6, Y: l.top - 20, W: m.w, H: 18, Title: m.title}
		if m.internet {
			label.X = m.x - 6 - m.w
		}
		room := m.w - label.addBadge(m.badge, m.w, 1)
		label.text(0, 14, room, 11, "dg-name", true, m.name)
		l.out.Boxes = append(l.out.Boxes, label, b)
	}
}
