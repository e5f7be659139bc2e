// Package diagram draws a topology as an AWS architect does: VPCs in their
// Region, zones as columns, tiers as rows, and what stands in them. The layout is
// a grid of its own and knows neither files nor results.
package diagram

import (
	"strconv"
	"strings"

	"github.com/buttress/buttress/internal/topology"
)

// Options are what a diagram takes besides the topology.
type Options struct {
	// Badges are the failures of resources, by ARN.
	Badges map[string]Badge
	// Escape makes text harmless that a stranger may have written.
	Escape func(string) string
}

// Badge counts the failures of a resource.
type Badge struct {
	Severity string // the worst
	Count    int
}

// Picture is a drawing that is laid out.
type Picture struct {
	Title       string // of what, in one line
	Description string // what is in it, for those who do not see it
	Width       int
	Height      int
	Boxes       []*Box
	Edges       []*Edge
}

// Box is a rectangle of a picture. Its children lie in it.
type Box struct {
	Kind       Kind
	X, Y, W, H int
	Class      string // how it is drawn; empty for one that only holds others
	Title      string // said when pointed at
	Texts      []Text
	Children   []*Box
}

// Kind is what a box is.
type Kind int

// The kinds of boxes.
const (
	Frame   Kind = iota // a frame of AWS: Region, VPC, zone, subnet
	Span                // what stands across zones: it crosses their frames, and nothing that stands in them
	Solid               // what stands somewhere
	Part                // of a solid: its coloured square, its badge
	Gateway             // stands on the edge of its VPC
)

// Text is a line of text in a box.
type Text struct {
	X, Y   int // of the start of the baseline, or of its middle or end
	W      int // what it may take, at most
	Size   int
	Class  string
	Strong bool
	Anchor Anchor
	Turned bool // reads upwards
	Text   string
}

// Anchor is which point of a text X is.
type Anchor int

// The anchors of texts.
const (
	Start Anchor = iota
	Middle
	End
)

// Edge is a line from one thing to another.
type Edge struct {
	Points [][2]int
	Class  string
	Arrow  bool // at its end
	Title  string
}

// Pictures draws one picture for each VPC in which something stands, and for a
// Region in which nothing does one of what it has. Each has a legend.
func Pictures(t *topology.Topology, o Options) []*Picture {
	d := newDrawing(t, o)
	var all []*Picture
	for i := range t.Regions {
		all = append(all, d.region(&t.Regions[i])...)
	}
	for _, p := range all {
		p.addLegend()
	}
	return all
}

// Stack draws all pictures of a topology in one, under a title, with one legend
// and notes.
func Stack(t *topology.Topology, o Options, title string, notes []string) *Picture {
	d := newDrawing(t, o)
	out := &Picture{Title: title}
	y := margin
	head := &Box{Kind: Frame, X: margin, Y: y, H: 26}
	out.Boxes = append(out.Boxes, head)
	y += head.H + 8
	for i := range t.Regions {
		for _, p := range d.region(&t.Regions[i]) {
			p.shift(0, y)
			out.Boxes, out.Edges = append(out.Boxes, p.Boxes...), append(out.Edges, p.Edges...)
			out.Width = max(out.Width, p.Width)
			out.Description += p.Title + ": " + p.Description + " "
			y += p.Height + gap
		}
	}
	out.Width = max(out.Width, leastWidth)
	out.Height = y
	head.W = out.Width - 2*margin
	head.text(0, 18, head.W, 17, "dg-head", true, d.o.Escape(title))
	out.addNotes(notes, d.o.Escape)
	out.addLegend()
	return out
}

// Note is a picture that only says something.
func Note(title string, lines ...string) *Picture {
	p := &Picture{Title: title, Description: strings.Join(lines, " "), Width: leastWidth, Height: margin}
	same := func(s string) string { return s }
	p.addNotes(append([]string{title}, lines...), same)
	return p
}

// drawing is what all pictures share.
type drawing struct {
	o         Options
	undecided map[string]int // of how many resources it is not known what reaches them, by VPC
}

func newDrawing(t *topology.Topology, o Options) *drawing {
	d := &drawing{o: o, undecided: map[string]int{}}
	if t.Exposure != nil {
		for i := range t.Exposure.Undecided {
			d.undecided[t.Exposure.Undecided[i].VPC]++
		}
	}
	return d
}

// And joins failures.
func (b Badge) And(c Badge) Badge {
	if b.Count == 0 || c.Count > 0 && rank(c.Severity) < rank(b.Severity) {
		b.Severity = c.Severity
	}
	b.Count += c.Count
	return b
}

// Known is the badge with a severity that has a colour: one that nobody knows is
// the least.
func (b Badge) Known() Badge {
	if rank(b.Severity) == len(severities) {
		b.Severity = severities[len(severities)-1]
	}
	return b
}

// badge joins the failures of some resources.
func (d *drawing) badge(arns ...string) Badge {
	var all Badge
	for _, arn := range arns {
		if arn != "" {
			all = all.And(d.o.Badges[arn])
		}
	}
	return all.Known()
}

var severities = []string{"critical", "high", "medium", "low", "info"}

func rank(severity string) int {
	for i, s := range severities {
		if s == severity {
			return i
		}
	}
	return len(severities)
}

// says is a badge in words, as the end of a title.
func (b Badge) says() string {
	switch b.Count {
	case 0:
		return ""
	case 1:
		return "; 1 failure, " + b.Severity
	default:
		return "; " + itoa(b.Count) + " failures, the worst " + b.Severity
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// Sizes of what all pictures have, in pixels.
const (
	margin     = 12
	gap        = 12
	leastWidth = 640
	badgeH     = 16
)

// text adds a line of text that starts at a place relative to the box, cut to
// what it may take. What was cut is said when the box is pointed at.
func (b *Box) text(x, y, w, size int, class string, strong bool, s string) {
	b.Texts = append(b.Texts, Text{X: b.X + x, Y: b.Y + y, W: w, Size: size, Class: class, Strong: strong, Text: fit(s, size, strong, w)})
}

// addBadge puts a badge into the box, its right end at a place relative to it,
// and returns how much room it takes.
func (b *Box) addBadge(badge Badge, right, y int) int {
	if badge.Count == 0 {
		return 0
	}
	s, w := itoa(badge.Count), badgeW(badge)
	p := &Box{Kind: Part, X: b.X + right - w, Y: b.Y + y, W: w, H: badgeH, Class: "dg-badge dg-" + badge.Severity}
	p.Texts = []Text{{X: p.X + w/2, Y: p.Y + 12, W: w, Size: 11, Class: "dg-on-" + badge.Severity, Strong: true, Anchor: Middle, Text: s}}
	b.Children = append(b.Children, p)
	return w + 6
}

func badgeW(b Badge) int { return max(Width(itoa(b.Count), 11, true)+10, badgeH+2) }

func (b *Box) shift(dx, dy int) {
	b.X, b.Y = b.X+dx, b.Y+dy
	for i := range b.Texts {
		b.Texts[i].X += dx
		b.Texts[i].Y += dy
	}
	for _, c := range b.Children {
		c.shift(dx, dy)
	}
}

func (p *Picture) shift(dx, dy int) {
	for _, b := range p.Boxes {
		b.shift(dx, dy)
	}
	for _, e := range p.Edges {
		for i := range e.Points {
			e.Points[i][0] += dx
			e.Points[i][1] += dy
		}
	}
}
