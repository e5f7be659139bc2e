package diagram

import (
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/topology"
)

// band is a stripe of a lane: a load balancer or a group across its subnets, the
// nodes of a database side by side, or what else stands in each subnet.
type band struct {
	look
	kind      bandKind
	lane      *lane
	cols      []int // in which it has something, sorted
	tiles     map[int][]*tile
	name, sub string
	title     string
	badge     Badge
	nodes     []*nodeTile // of a database
	linked    bool        // the nodes of a database are joined under their tiles
	open      *topology.Open
	of        int // things that it stands for
	y, h      int
	rowH      int // of its tiles
}

type bandKind int

const (
	barBand bandKind = iota
	freeBand
	groupBand
	databaseBand
)

// nodeTile is a node of a database in a band.
type nodeTile struct {
	*tile
	col, row int
	first    bool // the primary or the writer
	x, y     int
}

// Sizes of bands and lanes.
const (
	barH       = 34
	groupHead  = 24
	bandGap    = 8
	subnetHead = 40
	linkH      = 12
)

// mostBands is how many load balancers, groups and databases of a lane are drawn
// one by one, each.
const mostBands = 6

// cellsOf collects for each lane the columns of some subnets.
func (l *vpcLayout) cellsOf(subnets []string) map[*lane][]int {
	all := map[*lane][]int{}
	for _, id := range subnets {
		if c, ok := l.cells[id]; ok && !slices.Contains(all[c.lane], c.col) {
			all[c.lane] = append(all[c.lane], c.col)
		}
	}
	for _, cols := range all {
		slices.Sort(cols)
	}
	return all
}

// addBars gives each lane the load balancers in its subnets, those that face the
// internet first.
func (l *vpcLayout) addBars() {
	balancers := slices.Clone(l.v.LoadBalancers)
	slices.SortStableFunc(balancers, func(a, b topology.LoadBalancer) int {
		return order(b.Scheme == internetFacing) - order(a.Scheme == internetFacing)
	})
	for i := range balancers {
		b := &balancers[i]
		for lane, cols := range l.cellsOf(b.Subnets) {
			lane.bands = append(lane.bands, l.bar(b, lane, cols))
		}
	}
	for _, lane := range l.lanes {
		l.fold(lane, barBand, looks[topology.LoadBalancerItem])
	}
}

const internetFacing = "internet-facing"

func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (l *vpcLayout) bar(b *topology.LoadBalancer, lane *lane, cols []int) *band {
	look := lookOfBalancer(b.Type)
	badge := l.d.badge(b.ARN)
	out := &band{look: look, kind: barBand, lane: lane, cols: cols, badge: badge, h: barH, name: l.d.o.Escape(b.ID), open: b.Open, of: 1}
	out.sub = l.d.o.Escape(b.Scheme)
	out.title = look.name + " " + out.name + said(out.sub) + l.d.reached(b.Open, 1) + badge.says()
	l.public[out] = b.Scheme == internetFacing || b.Open != nil
	for _, g := range b.Groups {
		l.targets[out] = append(l.targets[out], l.d.o.Escape(g))
	}
	return out
}

// fold replaces the last bands of a kind by one that counts them, where there
// are many. They are the last of the lane.
func (l *vpcLayout) fold(lane *lane, kind bandKind, of look) {
	from := slices.IndexFunc(lane.bands, func(b *band) bool { return b.kind == kind })
	if from < 0 || len(lane.bands)-from <= mostBands {
		return
	}
	rest := lane.bands[from+mostBands-1:]
	all := &band{look: of, kind: barBand, lane: lane, h: barH, name: itoa(len(rest)) + " more " + of.plural}
	tiles := 0
	for _, b := range rest {
		all.open, all.of = all.open.And(b.open), all.of+b.of
		for _, c := range b.cols {
			if !slices.Contains(all.cols, c) {
				all.cols = append(all.cols, c)
			}
			tiles += len(b.tiles[c])
			for _, t := range b.tiles[c] {
				all.badge = all.badge.And(t.badge)
				all.open, all.of = all.open.And(t.open), all.of+t.of
			}
		}
		all.badge = all.badge.And(b.badge)
		l.public[all] = l.public[all] || l.public[b] || all.open != nil
	}
	slices.Sort(all.cols)
	if tiles > 0 {
		all.sub = "with what stands in them"
	}
	all.title = all.name + l.d.reached(all.open, all.of) + all.badge.says()
	lane.bands = append(lane.bands[:from+mostBands-1:from+mostBands-1], all)
}

// addFree gives each lane what stands in its subnets on its own, single
// databases too.
func (l *vpcLayout) addFree() {
	singles := map[*cell][]*topology.Database{}
	for i := range l.v.Databases {
		db := &l.v.Databases[i]
		if len(db.Nodes) != 1 {
			continue
		}
		if c, ok := l.cells[db.Nodes[0].Subnet]; ok {
			singles[c] = append(singles[c], db)
		}
	}
	for _, lane := range l.lanes {
		lane.free(func(c *cell) []*tile {
			return append(l.d.tiles(c.subnet.Items), l.d.singles(singles[c])...)
		})
	}
}

// free gives the lane a band of tiles in each subnet that has some.
func (l *lane) free(tiles func(*cell) []*tile) {
	b := &band{kind: freeBand, lane: l, tiles: map[int][]*tile{}}
	for _, c := range l.cells {
		if c == nil {
			continue
		}
		if all := tiles(c); len(all) > 0 {
			b.cols, b.tiles[c.col] = append(b.cols, c.col), all
		}
	}
	if len(b.cols) > 0 {
		l.bands = append(l.bands, b)
	}
}

func (d *drawing) singles(all []*topology.Database) []*tile {
	if len(all) > most {
		items := make([]topology.Item, len(all))
		for i, db := range all {
			items[i] = nodeItem(&db.Nodes[0])
		}
		return []*tile{d.counted(items)}
	}
	tiles := make([]*tile, len(all))
	for i, db := range all {
		tiles[i] = d.node(db, &db.Nodes[0])
	}
	return tiles
}

func nodeItem(n *topology.Node) topology.Item {
	return topology.Item{Kind: topology.DatabaseItem, Resource: n.Resource, Count: 1, Open: n.Open}
}

// node is the tile of a node of a database. The badge of a cluster stands on its
// first node.
func (d *drawing) node(db *topology.Database, n *topology.Node) *tile {
	look := lookOfEngine(db.Engine)
	t := &tile{look: look, name: d.o.Escape(n.ID), badge: d.badge(n.ARN), of: 1, open: n.Open}
	if db.Cluster && n == &db.Nodes[0] {
		t.badge = t.badge.And(d.badge(db.ARN))
	}
	engine := d.o.Escape(db.Engine)
	t.sub = engine
	if n.Role != topology.Single {
		t.sub = d.o.Escape(n.Role)
		if n.Role == topology.Primary || n.Role == topology.Writer {
			t.sub += " · " + engine
		}
	}
	t.title = look.name + " " + t.name + said(engine) + said(d.o.Escape(n.Role))
	if db.Cluster {
		t.title += " of the cluster " + d.o.Escape(db.ID)
	}
	if n.Detail != "" {
		t.title += said(d.o.Escape(n.Detail))
		t.sub = "Multi-AZ · " + engine
	}
	t.title += d.reached(n.Open, 1) + t.badge.says()
	return t
}

// addGroups gives each lane the Auto Scaling groups in its subnets.
func (l *vpcLayout) addGroups() {
	for i := range l.v.Groups {
		g := &l.v.Groups[i]
		for lane, cols := range l.cellsOf(partSubnets(g)) {
			lane.bands = append(lane.bands, l.groupBand(g, lane, cols))
		}
	}
	for _, lane := range l.lanes {
		l.fold(lane, groupBand, looks[topology.GroupItem])
		for _, b := range lane.bands {
			if b.kind == groupBand {
				l.frames[b.name] = append(l.frames[b.name], b)
			}
		}
	}
}

func (l *vpcLayout) groupBand(g *topology.Group, lane *lane, cols []int) *band {
	b := &band{
		look: looks[topology.GroupItem], kind: groupBand, lane: lane, cols: cols, tiles: map[int][]*tile{},
		name: l.d.o.Escape(g.ID), badge: l.d.badge(g.ARN),
	}
	for i := range g.Parts {
		if c := l.cells[g.Parts[i].Subnet]; c != nil && c.lane == lane {
			b.tiles[c.col] = append(b.tiles[c.col], l.d.tiles(g.Parts[i].Items)...)
		}
	}
	if g.Size != "" {
		b.sub = l.d.o.Escape(g.Size) + " instances"
	}
	b.title = b.look.name + " " + b.name + said(b.sub) + b.badge.says()
	return b
}

// addDatabases gives each lane the databases with several nodes. Where there are
// many the last of them are counted.
func (l *vpcLayout) addDatabases() {
	in := map[*lane][]*topology.Database{}
	for i := range l.v.Databases {
		db := &l.v.Databases[i]
		if len(db.Nodes) < 2 {
			continue
		}
		for lane := range l.cellsOf(nodeSubnets(db)) {
			in[lane] = append(in[lane], db)
		}
	}
	for _, lane := range l.lanes {
		all := in[lane]
		most := len(all)
		if most > mostBands {
			most = mostBands - 1
		}
		for _, db := range all[:most] {
			lane.bands = append(lane.bands, l.databaseBand(db, lane, l.cellsOf(nodeSubnets(db))[lane]))
		}
		l.countDatabases(lane, all[most:])
	}
}

// countDatabases gives a lane a tile in each subnet in which databases have
// nodes.
func (l *vpcLayout) countDatabases(lane *lane, all []*topology.Database) {
	more := map[*cell][]topology.Item{}
	for _, db := range all {
		for i := range db.Nodes {
			if c := l.cells[db.Nodes[i].Subnet]; c != nil {
				more[c] = append(more[c], nodeItem(&db.Nodes[i]))
			}
		}
	}
	lane.free(func(c *cell) []*tile {
		if more[c] == nil {
			return nil
		}
		t := l.d.counted(more[c])
		t.name, t.sub = strings.Replace(t.name, " ", " more ", 1), "standbys and readers too"
		return []*tile{t}
	})
}

func (l *vpcLayout) databaseBand(db *topology.Database, lane *lane, cols []int) *band {
	b := &band{kind: databaseBand, lane: lane, cols: cols}
	rows := map[int]int{}
	for i := range db.Nodes {
		n := &db.Nodes[i]
		c := l.cells[n.Subnet]
		if c == nil || c.lane != lane {
			continue
		}
		b.nodes = append(b.nodes, &nodeTile{tile: l.d.node(db, n), col: c.col, row: rows[c.col], first: i == 0})
		rows[c.col]++
	}
	return b
}
