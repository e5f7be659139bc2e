package report

import (
	"cmp"
	"io"
	"slices"
	"strings"

	draw "github.com/buttress/buttress/report/diagram"
)

// mostGroups is how many security groups the picture of the tiers shows.
const mostGroups = 30

// exposureSVG draws the tiers: who reaches whom, the internet above all.
func exposureSVG(w io.Writer, e *Exposure, _ Options) error {
	t := newTiers(e)
	var notes []string
	if n := len(t.groups) - mostGroups; n > 0 {
		t.groups = t.groups[:mostGroups]
		notes = append(notes, plural(n, "security group", "security groups")+" more take part: --format json has all of them")
	}
	if len(e.Undecided) > 0 {
		notes = append(notes, "Of "+plural(len(e.Undecided), "resource", "resources")+" it hangs on what is not recorded what reaches them")
	}
	for i := range e.Gaps {
		notes = append(notes, "Without "+Escape(e.Gaps[i].Operation+" in "+e.Gaps[i].Region)+" this is a part")
	}
	names := make([]string, len(t.groups))
	for i, g := range t.groups {
		names[i] = short(Escape(cmp.Or(g.Name, g.ID)), maxID)
	}
	rows := append([]string{"internet"}, names...)
	title := "Who reaches whom"
	if len(e.Accounts) > 0 && e.Accounts[0] != "" {
		title += " in " + Escape(short(strings.Join(e.Accounts, ", "), maxID))
	}
	p := draw.Table(title, names, rows, func(row, column int) draw.Cell { return t.cell(row, column) }, notes)
	p.Description = "A row for the internet and for each security group, a column for each security group; where they meet stand the ports that the row reaches."
	return p.WriteSVG(w)
}

// tiers are the groups of the matrix and of what is exposed.
type tiers struct {
	groups []Group
	pairs  map[[2]string][]string
	open   map[string][]string // from the internet, by group
	doubt  map[[2]string]bool
}

func newTiers(e *Exposure) *tiers {
	t := &tiers{pairs: map[[2]string][]string{}, open: map[string][]string{}, doubt: map[[2]string]bool{}}
	seen := map[string]bool{}
	add := func(g Group) {
		if !seen[g.ID] {
			seen[g.ID] = true
			t.groups = append(t.groups, g)
		}
	}
	for i := range e.Exposed {
		x := &e.Exposed[i]
		for _, g := range x.Groups {
			add(g)
			if words := x.Protocol + " " + x.Ports; x.Via == "direct" && !slices.Contains(t.open[g.ID], words) {
				t.open[g.ID] = append(t.open[g.ID], words)
			}
		}
	}
	for _, p := range e.Matrix {
		add(p.From)
		add(p.To)
		k := [2]string{p.From.ID, p.To.ID}
		t.pairs[k] = append(t.pairs[k], p.Protocol+" "+p.Ports)
		t.doubt[k] = t.doubt[k] || p.Unknown
	}
	t.order()
	return t
}

// order puts what the internet reaches first, then what that reaches, and so on.
func (t *tiers) order() {
	depth := map[string]int{}
	var level []string
	for id := range t.open {
		level = append(level, id)
	}
	reached := map[string][]string{}
	for k := range t.pairs {
		reached[k[0]] = append(reached[k[0]], k[1])
	}
	for d := 1; len(level) > 0; d++ {
		level = slices.DeleteFunc(level, func(id string) bool { return depth[id] > 0 })
		var next []string
		for _, id := range level {
			depth[id] = d
			next = append(next, reached[id]...)
		}
		level = next
	}
	rank := func(g Group) int { return cmp.Or(depth[g.ID], 1<<20) }
	slices.SortStableFunc(t.groups, func(a, b Group) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.ID, b.ID)) })
}

func (t *tiers) cell(row, column int) draw.Cell {
	to := t.groups[column]
	if row == 0 {
		words := strings.Join(t.open[to.ID], "; ")
		return draw.Cell{Text: words, Class: "public", Title: words}
	}
	k := [2]string{t.groups[row-1].ID, to.ID}
	words := strings.Join(t.pairs[k], "; ")
	class := "private"
	if t.doubt[k] {
		class = "unknown"
	}
	return draw.Cell{Text: words, Class: class, Title: words}
}
