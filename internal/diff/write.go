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

// Markdown writes the diff for a pull request or a job summary.
func Markdown(to io.Writer, d *Diff, _ int) error {
	m := markdown{bufio.NewWriter(to)}
	fmt.Fprintf(m.w, "# What changed\n\n- Before: %s\n- After: %s\n", report.MarkdownProse(d.Before.String()), report.MarkdownProse(d.After.String()))
	if d.OtherAccount {
		fmt.Fprintf(m.w, "\n%s\n", otherAccount)
	}
	fmt.Fprintf(m.w, "\n**%s**\n", d.summary())
	tell(m, d.notes())
	return m.w.Flush()
}

type markdown struct{ w *bufio.Writer }

func (m markdown) note(title string) { fmt.Fprintf(m.w, "\n## %s\n", title) }

func (m markdown) group(g *group) {
	if g.rule != "" {
		fmt.Fprintf(m.w, "\n### %s (%s)\n\n%s.\n", report.MarkdownCode(g.rule), report.MarkdownProse(g.severity), report.MarkdownProse(g.title))
	}
	fmt.Fprintln(m.w)
}

func (m markdown) item(i *item) {
	if i.resource == nil {
		fmt.Fprintf(m.w, "- %s\n", report.MarkdownProse(i.text))
		return
	}
	fmt.Fprintf(m.w, "- %s in %s %s\n", report.MarkdownCode(named(i.resource)), report.MarkdownProse(i.resource.Region), report.MarkdownProse(short(i.text, maxText)))
}

func (m markdown) fact(f *fact) {
	fmt.Fprintf(m.w, "  - %s\n", report.MarkdownCode(f.text))
	for _, source := range f.sources {
		fmt.Fprintf(m.w, "    - %s\n", report.MarkdownCode(short(source, maxText)))
	}
}
