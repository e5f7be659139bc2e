package diagram_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/buttress/buttress/report/diagram"
)

// rect is a rectangle of a picture, without its edge.
type rect struct{ x, y, w, h int }

func rectOf(b *diagram.Box) rect { return rect{b.X, b.Y, b.W, b.H} }

func (r rect) meets(o rect) bool {
	return r.x < o.x+o.w && o.x < r.x+r.w && r.y < o.y+o.h && o.y < r.y+r.h
}

func (r rect) holds(o rect) bool {
	return r.x <= o.x && r.y <= o.y && o.x+o.w <= r.x+r.w && o.y+o.h <= r.y+r.h
}

// textRect is where a text is drawn.
func textRect(t *diagram.Text) rect {
	w, up := diagram.Width(t.Text, t.Size, t.Strong), t.Size*3/4
	if t.Turned {
		return rect{t.X - up, t.Y - w/2, t.Size, w}
	}
	switch t.Anchor {
	case diagram.Middle:
		return rect{t.X - (w+1)/2, t.Y - up, w, t.Size}
	case diagram.End:
		return rect{t.X - w, t.Y - up, w, t.Size}
	default:
		return rect{t.X, t.Y - up, w, t.Size}
	}
}

// thing is a part of a picture that nothing else may cover.
type thing struct {
	rect
	what string
	box  *diagram.Box
	text bool
}

// found is what a picture is made of.
type found struct {
	t      *testing.T
	p      *diagram.Picture
	things []thing // what stands somewhere, bars, and the titles of frames
	frames []thing // dashed frames of groups
	nets   []rect  // subnets
}

// checkBoxes asks that children lie in their parents, that what stands somewhere
// is covered by nothing, that texts fit, and that lines cross none of it.
func checkBoxes(t *testing.T, p *diagram.Picture) {
	t.Helper()
	f := &found{t: t, p: p}
	page := &diagram.Box{Kind: diagram.Frame, W: p.Width, H: p.Height, Children: p.Boxes}
	f.walk(page)
	f.apart()
	for _, e := range p.Edges {
		f.edge(e)
	}
}

func (f *found) errorf(format string, args ...any) {
	f.t.Helper()
	f.t.Errorf("%.60s: %s", f.p.Title, fmt.Sprintf(format, args...))
}

func name(b *diagram.Box) string {
	if len(b.Texts) > 0 {
		return fmt.Sprintf("%s %.40q", b.Class, b.Texts[0].Text)
	}
	return fmt.Sprintf("%s %.40q", b.Class, b.Title)
}

func (f *found) walk(b *diagram.Box) {
	if b.W <= 0 || b.H <= 0 {
		f.errorf("%s is %d by %d", name(b), b.W, b.H)
	}
	for i := range b.Texts {
		f.text(b, &b.Texts[i])
	}
	for i, c := range b.Children {
		if !rectOf(b).holds(rectOf(c)) {
			f.errorf("%s %v is not in %s %v", name(c), rectOf(c), name(b), rectOf(b))
		}
		for _, other := range b.Children[:i] {
			if c.Kind == other.Kind && rectOf(c).meets(rectOf(other)) {
				f.errorf("%s %v meets %s %v", name(c), rectOf(c), name(other), rectOf(other))
			}
		}
		f.note(c)
		f.walk(c)
	}
}

// note sorts a box in.
func (f *found) note(b *diagram.Box) {
	here := thing{rectOf(b), name(b), b, false}
	switch {
	case b.Class == "dg-group" && b.Kind == diagram.Span:
		f.frames = append(f.frames, here)
	case b.Class == "dg-unplaced": // holds tiles
	case b.Kind == diagram.Solid, b.Kind == diagram.Span, b.Kind == diagram.Gateway:
		f.things = append(f.things, here)
	case strings.HasPrefix(b.Class, "dg-subnet"):
		f.nets = append(f.nets, rectOf(b))
	}
}

// text asks that a text fits, and notes those that belong to frames.
func (f *found) text(b *diagram.Box, t *diagram.Text) {
	r := textRect(t)
	if w := diagram.Width(t.Text, t.Size, t.Strong); w > t.W {
		f.errorf("the text %.40q takes %d of %d", t.Text, w, t.W)
	}
	if !rectOf(b).holds(r) {
		f.errorf("the text %.40q %v is not in %s %v", t.Text, r, name(b), rectOf(b))
	}
	for _, c := range b.Children {
		if c.Kind == diagram.Part && r.meets(rectOf(c)) {
			f.errorf("the text %.40q meets %s of its box", t.Text, name(c))
		}
	}
	if b.Kind == diagram.Frame || b.Class == "dg-group" || b.Class == "dg-unplaced" {
		f.things = append(f.things, thing{r, fmt.Sprintf("the title %.40q", t.Text), b, true})
	}
}

// apart asks that nothing covers anything.
func (f *found) apart() {
	for i := range f.things {
		a := &f.things[i]
		for j := range f.things[:i] {
			if b := &f.things[j]; a.meets(b.rect) {
				f.errorf("%s %v covers %s %v", a.what, a.rect, b.what, b.rect)
			}
		}
		for _, g := range f.frames {
			if a.meets(g.rect) && !g.holds(a.rect) {
				f.errorf("%s %v is half in %s", a.what, a.rect, g.what)
			}
		}
		if !a.text && a.box.Class == "dg-tile" && a.box.Kind == diagram.Solid {
			f.standsSomewhere(a)
		}
	}
	for i, g := range f.frames {
		for _, o := range f.frames[:i] {
			if g.meets(o.rect) {
				f.errorf("%s meets %s", g.what, o.what)
			}
		}
	}
}

// standsSomewhere asks that a tile is in one subnet, or in none.
func (f *found) standsSomewhere(a *thing) {
	for _, n := range f.nets {
		if n.meets(a.rect) && !n.holds(a.rect) {
			f.errorf("%s is half in a subnet", a.what)
		}
	}
}

// edge asks that a line runs straight, in the picture, and through no title and
// nothing that stands somewhere. It may pass below a load balancer.
func (f *found) edge(e *diagram.Edge) {
	for i := 1; i < len(e.Points); i++ {
		a, b := e.Points[i-1], e.Points[i]
		if a[0] != b[0] && a[1] != b[1] {
			f.errorf("a line from %v to %v", a, b)
		}
		line := rect{min(a[0], b[0]), min(a[1], b[1]), max(a[0]-b[0], b[0]-a[0]) + 1, max(a[1]-b[1], b[1]-a[1]) + 1}
		if !(rect{0, 0, f.p.Width, f.p.Height}).holds(line) {
			f.errorf("the line %v leaves the picture", line)
		}
		for j := range f.things {
			t := &f.things[j]
			inside := rect{t.x + 1, t.y + 1, t.w - 2, t.h - 2}
			switch {
			case !line.meets(inside):
			case !t.text && (t.box.Kind == diagram.Span || t.box.Kind == diagram.Gateway):
			case e.Title == "": // in the legend
			default:
				f.errorf("the line %v of %q crosses %s %v", line, e.Title, t.what, t.rect)
			}
		}
		for _, g := range f.frames {
			for k := range g.box.Texts {
				if line.meets(textRect(&g.box.Texts[k])) {
					f.errorf("the line %v crosses the title of %s", line, g.what)
				}
			}
		}
	}
}
