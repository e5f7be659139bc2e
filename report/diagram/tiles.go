package diagram

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/buttress/buttress/internal/topology"
)

// look is how a kind of things is drawn.
type look struct {
	code     string // three or four letters
	category string // a class, in the colour of AWS's category
	name     string
	plural   string
}

var looks = map[string]look{
	topology.Instance:          {"EC2", "compute", "EC2 instance", "instances"},
	topology.NATGateway:        {"NAT", "network", "NAT gateway", "NAT gateways"},
	topology.Endpoint:          {"VPCE", "network", "VPC endpoint", "VPC endpoints"},
	topology.Function:          {"λ", "compute", "Lambda function", "Lambda interfaces"},
	topology.Cache:             {"ELC", "database", "ElastiCache node", "ElastiCache nodes"},
	topology.Warehouse:         {"DW", "network", "Redshift node", "Redshift nodes"},
	topology.Task:              {"ECS", "compute", "ECS task", "ECS tasks"},
	topology.Pod:               {"POD", "compute", "EKS pod", "EKS pods"},
	topology.FileSystem:        {"EFS", "storage", "EFS mount target", "EFS mount targets"},
	topology.TransitGateway:    {"TGW", "network", "transit gateway", "transit gateways"},
	topology.InternetGateway:   {"IGW", "network", "internet gateway", "internet gateways"},
	topology.EgressOnlyGateway: {"EIGW", "network", "egress-only internet gateway", "egress-only gateways"},
	topology.VPNGateway:        {"VGW", "network", "virtual private gateway", "virtual private gateways"},
	topology.PeeringConnection: {"PCX", "network", "VPC peering connection", "peering connections"},
	topology.DatabaseItem:      {"RDS", "database", "RDS database", "databases"},
	topology.LoadBalancerItem:  {"ELB", "network", "load balancer", "load balancers"},
	topology.GroupItem:         {"ASG", "compute", "Auto Scaling group", "Auto Scaling groups"},
	topology.SubnetItem:        {"NET", "network", "subnet", "subnets"},
}

// NameOf is how one thing of a kind is called.
func NameOf(kind string) string { return cmp.Or(looks[kind].name, kind) }

// PluralOf is how several things of a kind are called.
func PluralOf(kind string) string { return cmp.Or(looks[kind].plural, kind) }

var balancerLooks = map[string]look{
	"application": {"ALB", "network", "Application Load Balancer", "load balancers"},
	"network":     {"NLB", "network", "Network Load Balancer", "load balancers"},
	"gateway":     {"GWLB", "network", "Gateway Load Balancer", "load balancers"},
	"classic":     {"CLB", "network", "Classic Load Balancer", "load balancers"},
}

func (d *drawing) lookOf(kind string) look {
	if l, ok := looks[kind]; ok {
		return l
	}
	return look{"?", "other", d.o.Escape(kind), d.o.Escape(kind)}
}

func lookOfBalancer(kind string) look {
	if l, ok := balancerLooks[kind]; ok {
		return l
	}
	return looks[topology.LoadBalancerItem]
}

// lookOfEngine is how a database is drawn.
func lookOfEngine(engine string) look {
	switch {
	case strings.HasPrefix(engine, "aurora"):
		return look{"AUR", "database", "Aurora database", "databases"}
	case strings.HasPrefix(engine, "docdb"):
		return look{"DOC", "database", "DocumentDB database", "databases"}
	case strings.HasPrefix(engine, "neptune"):
		return look{"NEP", "database", "Neptune database", "databases"}
	default:
		return looks[topology.DatabaseItem]
	}
}

// tile is something that stands in a subnet.
type tile struct {
	look
	name, sub string
	title     string
	badge     Badge
	of        int            // how many things it stands for
	open      *topology.Open // what the internet reaches of them, or nil
}

// Sizes of tiles.
const (
	tileW   = 184 // at least
	tileH   = 40
	tileGap = 8
	openH   = 16 // of the line that says what is open
)

// most is how many things of a kind in one place are drawn one by one.
const most = 6

// tiles draws items one by one, or those of a kind as one where there are many.
func (d *drawing) tiles(items []topology.Item) []*tile {
	var all []*tile
	for lo := 0; lo < len(items); {
		hi := lo
		for hi < len(items) && items[hi].Kind == items[lo].Kind {
			hi++
		}
		if hi-lo > most || items[hi-1].ID == "" && hi-lo > 1 {
			all = append(all, d.counted(items[lo:hi]))
		} else {
			for i := range items[lo:hi] {
				all = append(all, d.tile(&items[lo+i]))
			}
		}
		lo = hi
	}
	return all
}

func (d *drawing) tile(i *topology.Item) *tile {
	if i.ID == "" {
		return d.counted([]topology.Item{*i})
	}
	l := d.lookOf(i.Kind)
	t := &tile{look: l, badge: d.badge(i.ARN), of: 1, open: i.Open}
	t.name, t.sub = d.label(&i.Resource)
	if i.Detail != "" {
		t.sub = d.o.Escape(i.Detail) + " · " + t.sub
	}
	t.sub = strings.TrimSuffix(t.sub, " · ")
	t.title = l.name + " " + d.full(&i.Resource) + said(d.o.Escape(i.Detail)) + d.reached(i.Open, 1) + t.badge.says()
	return t
}

func said(detail string) string {
	if detail == "" {
		return ""
	}
	return ", " + detail
}

// label is the name of a resource and below it its id, or the id alone.
func (d *drawing) label(r *topology.Resource) (name, sub string) {
	if r.Name == "" {
		return d.o.Escape(r.ID), ""
	}
	return d.o.Escape(r.Name), d.o.Escape(r.ID)
}

// full is a resource in a title.
func (d *drawing) full(r *topology.Resource) string {
	if r.Name == "" {
		return d.o.Escape(r.ID)
	}
	return d.o.Escape(r.Name) + " (" + d.o.Escape(r.ID) + ")"
}

// counted draws items of one kind as one tile.
func (d *drawing) counted(items []topology.Item) *tile {
	l := d.lookOf(items[0].Kind)
	t := &tile{look: l}
	arns := make([]string, len(items))
	for i := range items {
		t.of += items[i].Count
		t.open = t.open.And(items[i].Open)
		arns[i] = items[i].ARN
	}
	t.name, t.badge = number(t.of, l), d.badge(arns...)
	t.title = t.name + d.reached(t.open, t.of) + t.badge.says()
	return t
}

// on says what is open, and of how many things of several.
func (d *drawing) on(o *topology.Open, of int) string {
	words := d.o.Escape(strings.Join(o.On, "; "))
	if of > 1 {
		words = fmt.Sprintf("%d of %d: %s", o.Count, of, words)
	}
	return words
}

// reached says it as a part of a title.
func (d *drawing) reached(o *topology.Open, of int) string {
	if o == nil {
		return ""
	}
	return "; reached from the internet: " + d.on(o, of)
}

func number(n int, l look) string {
	if n == 1 {
		return "1 " + l.name
	}
	return itoa(n) + " " + l.plural
}

// height is that of the tile: it has one more line where the internet reaches it.
func (t *tile) height() int {
	if t.open == nil {
		return tileH
	}
	return tileH + openH
}

// box draws a tile at a place.
func (d *drawing) box(t *tile, x, y, w int) *Box {
	b := &Box{Kind: Solid, X: x, Y: y, W: w, H: t.height(), Class: "dg-tile", Title: t.title}
	b.square(t.look, tileH)
	if t.open != nil {
		b.text(8, tileH+11, w-16, 11, "dg-way-text", true, d.on(t.open, t.of))
	}
	room := w - tileH - 8 - 6
	first := room - b.addBadge(t.badge, w-6, 4)
	if t.sub == "" {
		b.text(tileH+8, 25, first, 12, "dg-name", true, t.name)
		return b
	}
	b.text(tileH+8, 17, first, 12, "dg-name", true, t.name)
	b.text(tileH+8, 32, room, 11, "dg-sub", false, t.sub)
	return b
}

// square puts the coloured square with the code of a kind at the left of a box.
func (b *Box) square(l look, size int) {
	s := &Box{Kind: Part, X: b.X, Y: b.Y, W: size, H: size, Class: "dg-square dg-" + l.category}
	font := 12
	for font > 8 && Width(l.code, font, true) > size-4 {
		font--
	}
	s.Texts = []Text{{X: s.X + size/2, Y: s.Y + size/2 + font*36/100, W: size - 2, Size: font, Class: "dg-code", Strong: true, Anchor: Middle, Text: l.code}}
	b.Children = append(b.Children, s)
}
