package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/buttress/buttress/internal/topology"
	draw "github.com/buttress/buttress/report/diagram"
)

// mostMermaid is how much text is written: Mermaid itself draws nothing above
// 50,000 characters or 500 edges.
// https://mermaid.js.org/config/schema-docs/config.html#maxtextsize
const (
	mostMermaid = 48_000
	mostEdges   = 480
)

// Mermaid writes the account as a flowchart of Mermaid, for a README. Zones and
// tiers stand where Mermaid puts them; the SVG has them in columns and rows.
func Mermaid(w io.Writer, r *Results, _ Options) error {
	m := &mermaid{used: map[string]bool{}}
	f := newFailures(r)
	m.line("flowchart TB")
	m.line("%% " + f.total)
	for _, s := range r.doubts() {
		m.line("%% " + s)
	}
	if r.Topology == nil {
		m.line("none[" + m.label(noTopology) + "]")
	} else {
		m.badges = f.badges
		m.account(r.Topology)
	}
	for _, severity := range mermaidColours {
		if m.used[severity.name] {
			m.line("classDef " + severity.name + " " + severity.style)
		}
	}
	_, err := io.WriteString(w, m.out.String())
	return err
}

var mermaidColours = []struct{ name, style string }{
	{"critical", "fill:#a1001c,color:#fff"},
	{"high", "fill:#c84a08,color:#fff"},
	{"medium", "fill:#ffb81c,color:#16191f"},
	{"low", "fill:#1166bb,color:#fff"},
	{"info", "fill:#687078,color:#fff"},
}

// mermaid is a flowchart that is being written.
type mermaid struct {
	out    strings.Builder
	badges map[string]draw.Badge
	used   map[string]bool
	indent int
	nodes  int
	edges  []string
	entry  string // the node of the internet gateway of the VPC
}

func (m *mermaid) line(s string) {
	m.out.WriteString(strings.Repeat("  ", m.indent) + s + "\n")
}

// longestLabel is how many characters of a text are shown.
const longestLabel = 80

// label writes texts as a label, on a line each.
func (*mermaid) label(lines ...string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, s := range lines {
		if s == "" {
			continue
		}
		if b.Len() > 1 {
			b.WriteString("<br/>")
		}
		coded(&b, Escape(s))
	}
	b.WriteByte('"')
	return b.String()
}

// coded writes a text with all but letters, digits and a few marks as numbers, so
// that nothing in it means anything to Mermaid or to HTML.
func coded(b *strings.Builder, s string) {
	n := 0
	for _, r := range s {
		if n++; n > longestLabel {
			b.WriteString("…")
			return
		}
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .:/,-", r)) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(b, "#%d;", r)
		}
	}
}

// node writes a node with a colour for its failures, and returns its id.
func (m *mermaid) node(badge draw.Badge, shape string, lines ...string) string {
	m.nodes++
	id := fmt.Sprintf("n%d", m.nodes)
	class := ""
	if badge.Count > 0 {
		severity := badge.Known().Severity
		m.used[severity] = true
		class = ":::" + severity
		lines = append(lines, plural(badge.Count, "failure", "failures")+", worst "+severity)
	}
	m.line(id + shape[:1] + m.label(lines...) + shape[1:] + class)
	return id
}

// open begins a frame. Its title is one line: frames in it cover a second one.
func (m *mermaid) open(title ...string) {
	m.nodes++
	title = slices.DeleteFunc(title, func(s string) bool { return s == "" })
	m.line(fmt.Sprintf("subgraph s%d [%s]", m.nodes, m.label(strings.Join(title, ", "))))
	m.indent++
}

func (m *mermaid) close() {
	m.indent--
	m.line("end")
}

func (m *mermaid) edge(from, arrow, to string) {
	if from != "" && to != "" && len(m.edges) < mostEdges {
		m.edges = append(m.edges, from+" "+arrow+" "+to)
	}
}

// way leads from the internet gateway to what the internet reaches.
func (m *mermaid) way(open *topology.Open, id string) {
	if open != nil {
		m.edge(m.entry, "-->|"+m.label(cmp.Or(strings.Join(open.On, "; "), "open"))+"|", id)
	}
}

func (m *mermaid) account(t *topology.Topology) {
	left := 0
	for i := range t.Regions {
		r := &t.Regions[i]
		m.open(r.Name, "account "+r.Account)
		for j := range r.VPCs {
			if !m.fits(&r.VPCs[j]) {
				left++
			}
		}
		for j := range r.Unplaced {
			u := &r.Unplaced[j]
			if j == 10 {
				m.node(draw.Badge{}, "[]", fmt.Sprintf("%d more that could not be placed", len(r.Unplaced)-j))
				break
			}
			m.node(m.badges[u.ARN], "[]", draw.NameOf(u.Kind), cmp.Or(u.Name, u.ID), "not placed: "+u.Reason)
		}
		m.close()
	}
	if left > 0 {
		m.node(draw.Badge{}, "[]", plural(left, "more VPC", "more VPCs"))
	}
	for _, e := range m.edges {
		m.line(e)
	}
}

// fits writes a VPC, unless the text would grow too long by it.
func (m *mermaid) fits(v *topology.VPC) bool {
	part := &mermaid{badges: m.badges, used: m.used, indent: m.indent, nodes: m.nodes, edges: m.edges}
	part.vpc(v)
	size := m.out.Len() + part.out.Len()
	for _, e := range part.edges {
		size += len(e) + 1
	}
	if size > mostMermaid-2_000 {
		return false
	}
	m.out.WriteString(part.out.String())
	m.used, m.nodes, m.edges = part.used, part.nodes, part.edges
	return true
}

func (m *mermaid) vpc(v *topology.VPC) {
	name := cmp.Or(v.Name, v.ID)
	if v.Default {
		name = "default VPC " + name
	} else {
		name = "VPC " + name
	}
	cidrs := strings.Join(v.CIDRs, ", ")
	if v.Empty || v.Summary {
		m.node(m.badges[v.ARN], "[]", name, cidrs, contents(v))
		return
	}
	m.open(name, cidrs)
	at := &places{subnets: map[string][]string{}, groups: map[string]string{}, members: map[string][]string{}}
	for i := range v.Gateways {
		g := &v.Gateways[i]
		id := m.node(m.badges[g.ARN], "{}", draw.NameOf(g.Kind), cmp.Or(g.Name, g.ID))
		if g.Kind == topology.InternetGateway {
			m.entry = cmp.Or(m.entry, id)
		}
	}
	m.zones(v, at)
	m.spans(v, at)
	m.close()
}

// contents says what stands in a VPC that is not drawn.
func contents(v *topology.VPC) string {
	if v.Empty {
		return "nothing stands in it"
	}
	var words []string
	for _, c := range v.Counts {
		words = append(words, fmt.Sprintf("%d %s", c.Count, draw.PluralOf(c.Kind)))
	}
	return strings.Join(words, ", ")
}

// places are the nodes that edges lead to.
type places struct {
	subnets map[string][]string // nodes of databases, as database and node
	groups  map[string]string
	members map[string][]string // nodes of groups
}

func (m *mermaid) zones(v *topology.VPC, at *places) {
	zones := append([]topology.Zone{}, v.Zones...)
	known := map[string]bool{}
	for _, z := range zones {
		known[z.ID] = true
	}
	zones = append(zones, topology.Zone{Name: "zone not recorded"})
	for _, z := range zones {
		var in []*topology.Subnet
		for i := range v.Subnets {
			if s := &v.Subnets[i]; s.Zone == z.ID || z.ID == "" && !known[s.Zone] {
				in = append(in, s)
			}
		}
		if len(in) == 0 {
			continue
		}
		m.open(z.Name)
		for _, s := range in {
			m.subnet(v, s, at)
		}
		m.close()
	}
}

func (m *mermaid) subnet(v *topology.VPC, s *topology.Subnet, at *places) {
	m.open(s.Tier+" subnet "+cmp.Or(s.Name, s.ID), strings.Join(s.CIDRs, ", "))
	before := m.nodes
	m.items(s.Items, "")
	for i := range v.Groups {
		g := &v.Groups[i]
		for _, p := range g.Parts {
			if p.Subnet == s.ID {
				at.members[g.ID] = append(at.members[g.ID], m.items(p.Items, g.ID)...)
			}
		}
	}
	m.databases(v, s, at)
	if m.nodes == before {
		m.node(m.badges[s.ARN], "[]", "empty")
	}
	m.close()
}

func (m *mermaid) databases(v *topology.VPC, s *topology.Subnet, at *places) {
	for i := range v.Databases {
		db := &v.Databases[i]
		for j := range db.Nodes {
			if n := &db.Nodes[j]; n.Subnet == s.ID {
				role := n.Role
				if role == topology.Single {
					role = "database"
				}
				id := m.node(m.badges[n.ARN], "[]", db.Engine+" "+role, n.ID)
				m.way(n.Open, id)
				at.subnets[db.ARN+"/"+n.Role] = append(at.subnets[db.ARN+"/"+n.Role], id)
			}
		}
	}
}

// mostItems is how many resources of a kind in a subnet are nodes of their own.
const mostItems = 4

func (m *mermaid) items(items []topology.Item, group string) []string {
	var ids []string
	for lo := 0; lo < len(items); {
		hi, n := lo, 0
		var all draw.Badge
		var open *topology.Open
		for hi < len(items) && items[hi].Kind == items[lo].Kind {
			n += items[hi].Count
			all = all.And(m.badges[items[hi].ARN])
			open = open.And(items[hi].Open)
			hi++
		}
		of := ""
		if group != "" {
			of = "of " + group
		}
		if n > mostItems || n != hi-lo {
			ids = append(ids, m.node(all, "[]", fmt.Sprintf("%d %s", n, draw.PluralOf(items[lo].Kind)), of))
			m.way(open, ids[len(ids)-1])
		} else {
			for i := range items[lo:hi] {
				item := &items[lo+i]
				ids = append(ids, m.node(m.badges[item.ARN], "[]", draw.NameOf(item.Kind), cmp.Or(item.Name, item.ID), of))
				m.way(item.Open, ids[len(ids)-1])
			}
		}
		lo = hi
	}
	return ids
}

// spans writes what stands across zones, and the edges.
func (m *mermaid) spans(v *topology.VPC, at *places) {
	for i := range v.Groups {
		g := &v.Groups[i]
		at.groups[g.ID] = m.node(m.badges[g.ARN], "[]", "Auto Scaling group", g.ID, g.Size)
		for _, id := range at.members[g.ID] {
			m.edge(at.groups[g.ID], "-.-", id)
		}
	}
	for i := range v.LoadBalancers {
		l := &v.LoadBalancers[i]
		id := m.node(m.badges[l.ARN], "[]", l.Type+" load balancer", l.ID, l.Scheme)
		if m.way(l.Open, id); l.Open == nil && l.Scheme == "internet-facing" {
			m.edge(m.entry, "-->", id)
		}
		for _, g := range l.Groups {
			m.edge(id, "-->", at.groups[g])
		}
	}
	for i := range v.Databases {
		m.replication(v.Databases[i].ARN, at)
	}
}

func (m *mermaid) replication(arn string, at *places) {
	for _, first := range slices.Concat(at.subnets[arn+"/"+topology.Primary], at.subnets[arn+"/"+topology.Writer]) {
		for _, role := range []string{topology.Standby, topology.Reader, topology.Replica} {
			for _, second := range at.subnets[arn+"/"+role] {
				m.edge(first, "-. replication .->", second)
			}
		}
	}
}
