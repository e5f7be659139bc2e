package diagram

import (
	"bytes"
	_ "embed" // the style
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

//go:embed style.css
var style string

// Style is the content of the style element in each picture, for pages whose
// Content-Security-Policy names what it allows.
func Style() string { return "\n" + style }

// WriteSVG writes the picture as an SVG document that needs nothing else: no font,
// no script, no file. It may stand in a page as it is: its classes begin with
// "dg", and it has no ids.
func (p *Picture) WriteSVG(w io.Writer) error {
	s := &svg{}
	s.put(`<svg xmlns="http://www.w3.org/2000/svg" class="dg" role="img" width="`, p.Width, `" height="`, p.Height,
		`" viewBox="0 0 `, p.Width, ` `, p.Height, `">`, "\n")
	s.title(p.Title)
	if p.Description != "" {
		s.put("<desc>")
		s.text(p.Description)
		s.put("</desc>\n")
	}
	s.put("<style>", Style(), "</style>\n")
	s.put(`<rect class="dg-page" width="`, p.Width, `" height="`, p.Height, `"/>`, "\n")
	for _, b := range p.Boxes {
		s.frames(b)
	}
	for _, e := range p.Edges {
		s.edge(e)
	}
	for _, b := range p.Boxes {
		s.solids(b)
	}
	s.put("</svg>\n")
	_, err := w.Write(s.out.Bytes())
	return err
}

type svg struct{ out bytes.Buffer }

// put writes markup and numbers as they are.
func (s *svg) put(parts ...any) {
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			s.out.WriteString(p)
		case int:
			s.out.WriteString(strconv.Itoa(p))
		}
	}
}

// text writes text, escaped. Characters that XML does not allow become a mark.
// https://www.w3.org/TR/xml/#charsets
func (s *svg) text(t string) {
	for _, r := range t {
		switch {
		case r == '&':
			s.out.WriteString("&amp;")
		case r == '<':
			s.out.WriteString("&lt;")
		case r == '>':
			s.out.WriteString("&gt;")
		case r == '"':
			s.out.WriteString("&#34;")
		case r < ' ' && r != '\t' && r != '\n' || r == 0x7f || r == 0xfffe || r == 0xffff || r == utf8.RuneError:
			s.out.WriteRune(utf8.RuneError)
		default:
			s.out.WriteRune(r)
		}
	}
}

// longestTitle is how much of a title is said.
const longestTitle = 400

func (s *svg) title(t string) {
	if t == "" {
		return
	}
	s.put("<title>")
	if len(t) > longestTitle {
		t = strings.ToValidUTF8(t[:longestTitle], "") + ellipsis
	}
	s.text(t)
	s.put("</title>")
}

// frames writes the frames, which lie below everything.
func (s *svg) frames(b *Box) {
	if b.Kind != Frame {
		return
	}
	s.box(b)
	for _, c := range b.Children {
		s.frames(c)
	}
	s.end()
}

// solids writes what stands in the frames, which lies above the lines.
func (s *svg) solids(b *Box) {
	if b.Kind == Frame {
		for _, c := range b.Children {
			s.solids(c)
		}
		return
	}
	s.box(b)
	for _, c := range b.Children {
		s.solids(c)
	}
	s.end()
}

func (s *svg) box(b *Box) {
	s.put("<g>")
	s.title(b.Title)
	if b.Class != "" {
		s.put(`<rect class="`, b.Class, `" x="`, b.X, `" y="`, b.Y, `" width="`, b.W, `" height="`, b.H, `" rx="`, radius(b), `"/>`)
	}
	for i := range b.Texts {
		s.line(&b.Texts[i])
	}
	s.put("\n")
}

func (s *svg) end() { s.put("</g>\n") }

func radius(b *Box) int {
	switch {
	case strings.HasPrefix(b.Class, "dg-badge"), b.Class == "dg-pill":
		return b.H / 2
	case b.Kind == Frame && !strings.HasPrefix(b.Class, "dg-subnet"):
		return 2
	default:
		return 4
	}
}

// line writes a line of text. Where another font might make it too wide it is
// held to its width.
func (s *svg) line(t *Text) {
	if t.Text == "" {
		return
	}
	s.put(`<text class="`, t.Class, `" x="`, t.X, `" y="`, t.Y, `" font-size="`, t.Size, `"`)
	if t.Strong {
		s.put(` font-weight="700"`)
	}
	switch t.Anchor {
	case Middle:
		s.put(` text-anchor="middle"`)
	case End:
		s.put(` text-anchor="end"`)
	case Start:
	}
	if t.Turned {
		s.put(` transform="rotate(-90 `, t.X, ` `, t.Y, `)"`)
	}
	if w := Width(t.Text, t.Size, t.Strong); 100*w > 85*t.W {
		s.put(` textLength="`, w, `" lengthAdjust="spacingAndGlyphs"`)
	}
	s.put(">")
	s.text(t.Text)
	s.put("</text>")
}

func (s *svg) edge(e *Edge) {
	s.put("<g>")
	s.title(e.Title)
	s.put(`<polyline class="`, e.Class, `" points="`)
	for i, p := range e.Points {
		if i > 0 {
			s.put(" ")
		}
		s.put(p[0], ",", p[1])
	}
	s.put(`"/>`)
	if e.Arrow && len(e.Points) > 1 {
		s.arrow(e)
	}
	s.put("</g>\n")
}

// arrow writes the head of an arrow at the end of an edge.
func (s *svg) arrow(e *Edge) {
	end, from := e.Points[len(e.Points)-1], e.Points[len(e.Points)-2]
	dx, dy := sign(end[0]-from[0]), sign(end[1]-from[1])
	const long, half = 8, 4
	back := [2]int{end[0] - dx*long, end[1] - dy*long}
	s.put(`<polygon class="`, e.Class, `-head" points="`, end[0], ",", end[1], " ", back[0]+dy*half, ",", back[1]+dx*half, " ", back[0]-dy*half, ",", back[1]-dx*half, `"/>`)
}

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	default:
		return 0
	}
}
