package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	draw "github.com/buttress/buttress/report/diagram"
)

const noTopology = "These results have no topology: scan again to draw the account"

// SVG draws the account: its VPCs with what stands in them, and badges where
// something failed. Results without a topology, from before there was one, give a
// picture that says so.
func SVG(w io.Writer, r *Results, _ Options) error {
	title := "AWS account " + r.Account
	if r.Account == "" {
		title = "AWS accounts " + strings.Join(r.Accounts, ", ")
	}
	if r.CapturedAt != "" {
		title += " at " + r.CapturedAt
	}
	title = Escape(title)
	f := newFailures(r)
	if r.Topology == nil {
		return draw.Note(title, append([]string{noTopology + ".", f.total + "."}, r.doubts()...)...).WriteSVG(w)
	}
	notes := append([]string{f.total + "." + f.without()}, r.doubts()...)
	if e := r.exposure(); e != nil && !e.Followed {
		notes = append(notes, r.exposed())
	}
	for _, s := range unseen(r.exposure()) {
		notes = append(notes, "Not known whether the internet reaches: "+s+".")
	}
	for _, c := range r.Topology.Cut {
		notes = append(notes, "The account is too large to be drawn whole: "+c+".")
	}
	return draw.Stack(r.Topology, draw.Options{Badges: f.badges, Escape: Escape}, title, notes).WriteSVG(w)
}

// doubts are the reasons to doubt the whole picture.
func (r *Results) doubts() []string {
	var all []string
	if r.Interrupted {
		all = append(all, "Interrupted: this is incomplete.")
	}
	if r.Endpoint != "" {
		all = append(all, "The endpoint was not AWS.")
	}
	return all
}

// diagram is a picture for a page.
type diagram struct {
	Title         string // of which VPC or Region, in one line
	Description   string // what stands in it, in words
	Width, Height int    // in pixels
	SVG           string // an element that may stand in a page as it is
}

// diagrams are pictures of all VPCs in which something stands, and of Regions in
// which nothing does. There are none without a topology.
func diagrams(r *Results, f *failures) []diagram {
	if r.Topology == nil {
		return nil
	}
	var all []diagram
	for _, p := range draw.Pictures(r.Topology, draw.Options{Badges: f.badges, Escape: Escape}) {
		var b bytes.Buffer
		_ = p.WriteSVG(&b) // a buffer takes everything
		all = append(all, diagram{p.Title, p.Description, p.Width, p.Height, b.String()})
	}
	return all
}

// failures are those that a picture shows, or says that it does not.
type failures struct {
	badges  map[string]draw.Badge // those that count, by resource
	undrawn map[string]int        // those that count, by type of resources that are not drawn
	total   string                // of all, in words
}

func newFailures(r *Results) *failures {
	f := &failures{badges: map[string]draw.Badge{}, undrawn: map[string]int{}}
	drawn := r.Topology.ARNs()
	for v := range r.Only("fail", "") {
		if !v.Counts() {
			continue
		}
		f.badges[v.Resource.ARN] = f.badges[v.Resource.ARN].And(draw.Badge{Severity: v.Severity, Count: 1})
		if !drawn[v.Resource.ARN] {
			f.undrawn[v.Resource.Type]++
		}
	}
	f.total = r.failures()
	if n := r.Summary.Unknown; n > 0 {
		f.total += ", " + number(n) + " unknown"
	}
	if n := r.leftOut().failures; n > 0 {
		f.total += fmt.Sprintf(", %d of them left out by severity", n)
	}
	return f
}

// without says which failures no badge shows.
func (f *failures) without() string {
	if len(f.undrawn) == 0 {
		return ""
	}
	return " Not drawn: " + numbers(f.undrawn) + "."
}

// undrawnTotal counts the failures that no badge shows.
func (f *failures) undrawnTotal() (n int) {
	for _, of := range f.undrawn {
		n += of
	}
	return n
}

// mostTypes is how many types of resources a note names.
const mostTypes = 5

// numbers are numbers by type in words, the highest first.
func numbers(byType map[string]int) string {
	var types []string
	total := 0
	for t, n := range byType {
		types = append(types, t)
		total += n
	}
	slices.SortFunc(types, func(a, b string) int { return cmp.Or(byType[b]-byType[a], cmp.Compare(a, b)) })
	var words []string
	for i, t := range types {
		if i == mostTypes {
			words = append(words, fmt.Sprintf("%d of other types", total))
			break
		}
		words = append(words, fmt.Sprintf("%d of %s", byType[t], short(t, 80)))
		total -= byType[t]
	}
	return strings.Join(words, ", ")
}
