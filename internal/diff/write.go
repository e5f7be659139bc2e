package diff

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/report"
)

// Format writes a diff. Width is the number of columns to wrap text at; zero
// means 80.
type Format func(w io.Writer, d *Diff, width int) error

var formats = map[string]Format{"text": Text, "json": JSON, "markdown": Markdown}

// Formats are the names of all formats, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// FormatNamed returns a format by its name. An unknown name is an error that
// lists the known ones.
func FormatNamed(name string) (Format, error) {
	f, ok := formats[name]
	if !ok {
		return nil, fmt.Errorf("unknown format %q: it is one of %s", name, strings.Join(Formats(), ", "))
	}
	return f, nil
}

// JSON writes the diff as JSON.
func JSON(w io.Writer, d *Diff, _ int) error {
	return json.MarshalEncode(jsontext.NewEncoder(report.JSONForLog(w), jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true),
		json.Deterministic(true), json.FormatNilSliceAsNull(false)), d)
}

// printer writes the notes of a diff.
type printer interface {
	note(title string)
	group(*group)
	item(*item)
	fact(*fact)
}

func tell(p printer, notes []note) {
	for _, n := range notes {
		p.note(n.title)
		for _, g := range n.groups {
			p.group(&g)
			for _, i := range g.items {
				p.item(&i)
				for _, f := range i.facts {
					p.fact(&f)
				}
			}
		}
	}
}

const otherAccount = "This is another account: a resource is the same where Region, type and id are."

// Text writes the diff for people who read it on a terminal.
func Text(to io.Writer, d *Diff, width int) error {
	if width <= 0 {
		width = 80
	}
	t := &text{bufio.NewWriter(report.TextForLog(to)), width}
	fmt.Fprintln(t.w, "Buttress "+report.Escape(d.Tool.Version)+": what changed")
	t.wrap("Before  ", "        ", d.Before.String())
	t.wrap("After   ", "        ", d.After.String())
	if d.OtherAccount {
		t.wrap("        ", "        ", otherAccount)
	}
	fmt.Fprintln(t.w)
	t.wrap("", "", d.summary())
	tell(t, d.notes())
	return t.w.Flush()
}

type text struct {
	w     *bufio.Writer
	width int
}

func (t *text) wrap(first, rest, s string) {
	fmt.Fprint(t.w, report.Wrap(report.Escape(s), first, rest, t.width))
}

func (t *text) note(title string) { fmt.Fprintf(t.w, "\n%s\n", title) }

func (t *text) group(g *group) {
	fmt.Fprintln(t.w)
	if g.rule != "" {
		fmt.Fprintf(t.w, "%-8s  %s\n", report.Escape(g.severity), report.Escape(g.rule))
		t.wrap("  ", "  ", "Wanted: "+g.title+".")
	}
}

func (t *text) item(i *item) {
	s := i.text
	if i.resource != nil {
		s = named(i.resource) + " in " + i.resource.Region + " " + short(s, maxText)
	}
	t.wrap("  - ", "    ", s)
}

func (t *text) fact(f *fact) {
	fmt.Fprintf(t.w, "      %s\n", report.Escape(f.text))
	for _, source := range f.sources {
		fmt.Fprintf(t.w, "        %s\n", report.Escape(short(source, maxText)))
	}
}

// Markdown writes the diff for a pull request or a job summary. It has at most so
// many bytes as a comment on GitHub takes; what did not fit is counted at the end.
func Markdown(to io.Writer, d *Diff, _ int) error {
	m := &markdown{}
	fmt.Fprintf(&m.out, "# What changed\n\n- Before: %s\n- After: %s\n", report.MarkdownProse(d.Before.String()), report.MarkdownProse(d.After.String()))
	if d.OtherAccount {
		fmt.Fprintf(&m.out, "\n%s\n", otherAccount)
	}
	fmt.Fprintf(&m.out, "\n**%s**\n", d.summary())
	tell(m, d.notes())
	m.flush()
	if m.cut > 0 {
		fmt.Fprintf(&m.out, "\n**Cut to %d bytes.** Left out: %s.\n", report.MaxComment, plural(m.cut, "more line of what changed", "more lines of what changed"))
	}
	_, err := io.WriteString(to, m.out.String())
	return err
}

// markdown is a diff while it is written. An item is written with its facts and
// with the headings that nothing stands below yet, or not at all.
type markdown struct {
	out      strings.Builder
	headings string
	entry    strings.Builder
	cut      int // items that did not fit
}

// forNotice is kept free to say how much was left out.
const forNotice = 200

func (m *markdown) flush() {
	if m.entry.Len() == 0 {
		return
	}
	if m.cut > 0 || m.out.Len()+len(m.headings)+m.entry.Len() > report.MaxComment-forNotice {
		m.cut++
	} else {
		m.out.WriteString(m.headings + m.entry.String())
	}
	m.headings = ""
	m.entry.Reset()
}

func (m *markdown) note(title string) {
	m.flush()
	m.headings = fmt.Sprintf("\n## %s\n", title)
}

func (m *markdown) group(g *group) {
	m.flush()
	if g.rule != "" {
		m.headings += fmt.Sprintf("\n### %s (%s)\n\n%s.\n", report.MarkdownCode(g.rule), report.MarkdownProse(g.severity), report.MarkdownProse(g.title))
	}
	m.headings += "\n"
}

func (m *markdown) item(i *item) {
	m.flush()
	if i.resource == nil {
		fmt.Fprintf(&m.entry, "- %s\n", report.MarkdownProse(i.text))
		return
	}
	fmt.Fprintf(&m.entry, "- %s in %s %s\n", report.MarkdownCode(named(i.resource)), report.MarkdownProse(i.resource.Region), report.MarkdownProse(short(i.text, maxText)))
}

func (m *markdown) fact(f *fact) {
	fmt.Fprintf(&m.entry, "  - %s\n", report.MarkdownCode(f.text))
	for _, source := range f.sources {
		fmt.Fprintf(&m.entry, "    - %s\n", report.MarkdownCode(short(source, maxText)))
	}
}
