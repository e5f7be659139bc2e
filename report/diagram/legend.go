package diagram

import (
	"slices"
	"strings"
)

// entry explains a class of boxes or edges.
type entry struct {
	class string // of the box, or of the line
	code  string
	text  string
	line  bool
}

var frameEntries = []entry{
	{class: "dg-subnet dg-public", text: "public subnet: the internet is routed to it"},
	{class: "dg-subnet dg-private", text: "private subnet"},
	{class: "dg-subnet dg-data", text: "data subnet: private, for databases only"},
	{class: "dg-subnet dg-unknown", text: "subnet, routes not recorded"},
	{class: "dg-group", text: "Auto Scaling group"},
	{class: "dg-way", text: "way in: the internet reaches it, on the ports in this colour", line: true},
	{class: "dg-wire", text: "traffic", line: true},
	{class: "dg-replication", text: "replication", line: true},
	{class: "dg-badge dg-critical", code: "1", text: "critical failures"},
	{class: "dg-badge dg-high", code: "1", text: "high"},
	{class: "dg-badge dg-medium", code: "1", text: "medium"},
	{class: "dg-badge dg-low", code: "1", text: "low"},
	{class: "dg-badge dg-info", code: "1", text: "info"},
}

// used is what a picture has in it.
type used struct {
	classes map[string]bool
	codes   map[string]string // class of the square, by code
}

func (p *Picture) used() used {
	u := used{map[string]bool{}, map[string]string{}}
	var walk func([]*Box)
	walk = func(boxes []*Box) {
		for _, b := range boxes {
			u.classes[b.Class] = true
			if strings.HasPrefix(b.Class, "dg-square") && len(b.Texts) == 1 {
				u.codes[b.Texts[0].Text] = b.Class
			}
			walk(b.Children)
		}
	}
	walk(p.Boxes)
	for _, e := range p.Edges {
		u.classes[e.Class] = true
	}
	return u
}

// names are the words for codes.
func names() map[string]string {
	all := map[string]string{"AUR": "Aurora", "DOC": "DocumentDB", "NEP": "Neptune"}
	for _, l := range looks {
		all[l.code] = l.name
	}
	for _, l := range balancerLooks {
		all[l.code] = l.name
	}
	return all
}

const legendRow = 26

// addLegend explains what the picture has in it, below it.
func (p *Picture) addLegend() {
	u := p.used()
	var entries []entry
	for _, e := range frameEntries {
		if u.classes[e.class] {
			entries = append(entries, e)
		}
	}
	words := names()
	var codes []entry
	for code, class := range u.codes {
		if words[code] != "" {
			codes = append(codes, entry{class: class, code: code, text: words[code]})
		}
	}
	slices.SortFunc(codes, func(a, b entry) int { return strings.Compare(a.code, b.code) })
	entries = append(entries, codes...)
	if len(entries) == 0 {
		return
	}
	box := &Box{Kind: Frame, X: margin, Y: p.Height, W: p.Width - 2*margin, Class: "dg-legend", Title: "Legend"}
	x, y := box.X+10, box.Y+6
	for _, e := range entries {
		w := e.swatch() + 6 + Width(e.text, 11, false) + 18
		if x+w > box.X+box.W && x > box.X+10 {
			x, y = box.X+10, y+legendRow
		}
		box.Children = append(box.Children, e.box(x, y, min(w, box.W-20)))
		if e.line {
			p.Edges = append(p.Edges, &Edge{Points: [][2]int{{x, y + 11}, {x + 34, y + 11}}, Class: e.class, Arrow: true})
		}
		x += w
	}
	box.H = y + legendRow - box.Y + 2
	p.Boxes = append(p.Boxes, box)
	p.Height += box.H + margin
}

// swatch is how wide what an entry explains is.
func (e *entry) swatch() int {
	if strings.HasPrefix(e.class, "dg-badge") {
		return badgeH + 2
	}
	return 34
}

func (e *entry) box(x, y, w int) *Box {
	b := &Box{Kind: Solid, X: x, Y: y, W: w, H: 22}
	b.text(e.swatch()+6, 15, w-e.swatch()-6, 11, "dg-legend-text", false, e.text)
	if e.line {
		return b
	}
	s := &Box{Kind: Part, X: x, Y: y + 3, W: e.swatch(), H: 16, Class: e.class}
	if e.code != "" {
		class := "dg-code"
		if severity, ok := strings.CutPrefix(e.class, "dg-badge dg-"); ok {
			class = "dg-on-" + severity
		}
		size := 11
		for size > 7 && Width(e.code, size, true) > s.W-4 {
			size--
		}
		s.Texts = []Text{{X: s.X + s.W/2, Y: s.Y + 12, W: s.W, Size: size, Class: class, Strong: true, Anchor: Middle, Text: e.code}}
	}
	b.Children = append(b.Children, s)
	return b
}

// addNotes writes lines below the picture.
func (p *Picture) addNotes(notes []string, escape func(string) string) {
	for _, n := range notes {
		b := &Box{Kind: Frame, X: margin, Y: p.Height, W: p.Width - 2*margin, H: 20, Title: escape(n)}
		b.text(0, 14, b.W, 12, "dg-sub", false, escape(n))
		p.Boxes = append(p.Boxes, b)
		p.Height += 22
	}
	if len(notes) > 0 {
		p.Height += 6
	}
}
