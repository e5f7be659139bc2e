package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Options are what a writer may know of where its output goes.
type Options struct {
	// Colour says that the output goes to a terminal that shows colours.
	Colour bool
	// Width is the number of columns to wrap at; zero means 80.
	Width int
	// Limit is the number of bytes that Markdown may have; zero means as many as a
	// comment on GitHub takes.
	Limit int
}

// Format writes results.
type Format func(io.Writer, *Results, Options) error

// formats write no workflow commands, but for those of GitHub. Markdown sees to
// that itself, since it counts its bytes.
var formats = map[string]Format{
	"asff":     spelt(ASFF, inJSON),
	"csv":      spelt(CSV, inText),
	"github":   GitHub,
	"gitlab":   spelt(GitLab, inJSON),
	"html":     spelt(HTML, inXML),
	"json":     spelt(JSON, inJSON),
	"junit":    spelt(JUnit, inXML),
	"markdown": Markdown,
	"mermaid":  spelt(Mermaid, inText),
	"ocsf":     spelt(OCSF, inJSON),
	"sarif":    spelt(SARIF, inJSON),
	"svg":      spelt(SVG, inXML),
	"text":     spelt(Text, inText),
}

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
