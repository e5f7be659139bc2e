package diagram

import (
	"iter"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/topology"
)

// gutter is the room left of a column, or right of the last one, in which lines
// run down.
type gutter struct {
	x, w   int
	tracks []any // whose line runs in which track
}

// Sizes of gutters.
const (
	gutterW    = 28
	trackW     = 10
	mostTracks = 8
)

// track returns the track of something, which is made where there is none.
func (g *gutter) track(of any) int {
	if i := slices.Index(g.tracks, of); i >= 0 {
		return i
	}
	if len(g.tracks) < mostTracks {
		g.tracks = append(g.tracks, of)
	}
	return len(g.tracks) - 1
}

// trackX is where a track runs.
func (g *gutter) trackX(i int) int { return g.x + g.w/2 + trackW*i - trackW*max(len(g.tracks)-1, 0)/2 }

// wire is a line from the internet gateway or a load balancer to a load
// balancer, a group or a subnet.
type wire struct {
	from   *band // nil for the gateway
	to     *band
	cell   *cell // in place of to
	tile   *tile // of to, in place of the whole of it
	col    int   // of the tile
	before int   // tiles that stand before it in its column
	gutter int
	track  int
	open   *topology.Open // what the internet reaches at its end, or nil
	name   string         // of what that is
}

// far is a gutter that does not lead to a band.
const far = 1000

// reach is 0 where a band crosses a gutter and 1 where it ends at it.
func reach(b *band, g int) int {
	best := far
	for _, r := range runs(b.cols) {
		switch {
		case r.from < g && g <= r.to:
			return 0
		case r.from == g || r.to == g-1:
			best = 1
		}
	}
	return best
}

// planWires decides which lines there are and in which gutter each runs.
func (l *vpcLayout) planWires() {
	l.gutters = make([]gutter, len(l.columns)+1)
	l.trunk = l.chooseTrunk()
	if l.hasGateway() {
		l.planFromGateway()
	}
	for b := range l.bands() {
		for _, group := range l.targets[b] {
			for _, to := range l.frames[group] {
				l.plan(&wire{from: b, to: to})
			}
		}
	}
	for g := range l.gutters {
		l.gutters[g].w = l.gutterWidth(g)
	}
}

// bands are those of all lanes, from above.
func (l *vpcLayout) bands() iter.Seq[*band] {
	return func(yield func(*band) bool) {
		for _, lane := range l.lanes {
			for _, b := range lane.bands {
				if !yield(b) {
					return
				}
			}
		}
	}
}

func (l *vpcLayout) gutterWidth(g int) int {
	last := g == len(l.gutters)-1
	w := gutterW
	if g == 0 || last {
		w = 10
	}
	if n := len(l.gutters[g].tracks); n > 0 {
		w = max(w, 2*12+(n-1)*trackW)
	}
	switch {
	case g != l.trunk || !last || !l.hasGateway():
		return w
	case len(l.columns) == 0: // nothing else makes room for the gateway's name
		return 2 * (gatewayLabel + squareW)
	default:
		return max(w, squareW+8)
	}
}

func (l *vpcLayout) hasGateway() bool {
	return slices.ContainsFunc(l.v.Gateways, func(i topology.Item) bool { return i.Kind == topology.InternetGateway })
}

// chooseTrunk is the gutter that most load balancers which face the internet
// cross, the nearest to the middle.
func (l *vpcLayout) chooseTrunk() int {
	best, bestCost := len(l.columns), 1<<30
	middle := (len(l.columns) + 1) / 2
	for g := 1; g <= len(l.columns); g++ {
		cost := 2 * max(g-middle, middle-g)
		for b, public := range l.public {
			if public {
				cost += 10 * min(reach(b, g), 3)
			}
		}
		if cost < bestCost {
			best, bestCost = g, cost
		}
	}
	return best
}

// planFromGateway leads from the internet gateway to the load balancers that face
// the internet and, where there are none, to the public subnets in which
// something stands.
func (l *vpcLayout) planFromGateway() {
	l.gutters[l.trunk].track("gateway")
	wired := false
	for b := range l.bands() {
		if l.public[b] {
			l.plan(&wire{to: b, open: b.open, name: b.name})
			wired = true
		}
		l.planToTiles(b)
	}
	if !wired {
		l.planToSubnets()
	}
}

// planToTiles leads to the tiles of a band that the internet reaches.
func (l *vpcLayout) planToTiles(b *band) {
	for _, c := range b.cols {
		tiles := b.tiles[c]
		for i, t := range tiles {
			if t.open != nil {
				l.planToTile(&wire{to: b, tile: t, col: c, before: i}, i+1 == len(tiles))
			}
		}
	}
	for _, n := range b.nodes {
		if n.open != nil {
			l.planToTile(&wire{to: b, tile: n.tile, col: n.col, before: n.row * l.perZone}, true)
		}
	}
}

// planToTile leads to a tile from the side on which nothing stands next to it;
// nothing does right of the last of its column.
func (l *vpcLayout) planToTile(w *wire, last bool) {
	right := w.before%l.perZone == l.perZone-1
	switch left := w.before%l.perZone == 0; {
	case left && (right || last):
		w.gutter = l.toTrunk(w.col)
	case left:
		w.gutter = w.col
	default:
		w.gutter = w.col + 1
	}
	w.open, w.name = w.tile.open, w.tile.name
	w.track = l.gutters[w.gutter].track("gateway")
	l.wires = append(l.wires, w)
}

// toTrunk is the gutter at the side of a column that is nearer to the trunk.
func (l *vpcLayout) toTrunk(col int) int {
	if col >= l.trunk {
		return col
	}
	return col + 1
}

// enters reports whether a wire leads to a tile in a subnet.
func (l *vpcLayout) enters(c *cell) bool {
	return slices.ContainsFunc(l.wires, func(w *wire) bool { return w.tile != nil && w.to.lane == c.lane && w.col == c.col })
}

func (l *vpcLayout) planToSubnets() {
	for _, lane := range l.lanes {
		if lane.tier != topology.Public {
			continue
		}
		for _, c := range lane.cells {
			if c == nil || !lane.holds(c.col) || l.enters(c) {
				continue
			}
			g := l.toTrunk(c.col)
			l.wires = append(l.wires, &wire{cell: c, gutter: g, track: l.gutters[g].track("gateway")})
		}
	}
}

// holds reports whether something stands in a column of the lane.
func (l *lane) holds(col int) bool {
	return slices.ContainsFunc(l.bands, func(b *band) bool { return slices.Contains(b.cols, col) })
}

// plan finds the gutter for a wire, or drops the wire where no gutter leads from
// one end to the other.
func (l *vpcLayout) plan(w *wire) {
	best := far
	for g := range l.gutters {
		cost := 10*reach(w.to, g) + max(g-l.trunk, l.trunk-g)
		if w.from != nil {
			cost += 10 * reach(w.from, g)
		}
		if cost < best {
			best, w.gutter = cost, g
		}
	}
	if best >= far {
		return
	}
	owner := any("gateway")
	if w.from != nil {
		owner = w.from
	}
	w.track = l.gutters[w.gutter].track(owner)
	l.wires = append(l.wires, w)
}

// trunkWires are the wires of the internet gateway.
func (l *vpcLayout) trunkWires() []*wire {
	if !l.hasGateway() {
		return nil
	}
	var all []*wire
	for _, w := range l.wires {
		if w.from == nil {
			all = append(all, w)
		}
	}
	return all
}

// drawWires draws the lines, the ways in above the others.
func (l *vpcLayout) drawWires() {
	slices.SortStableFunc(l.wires, func(a, b *wire) int { return order(a.open != nil) - order(b.open != nil) })
	for _, w := range l.wires {
		x := l.gutters[w.gutter].trackX(w.track)
		e := &Edge{Class: "dg-wire", Arrow: true}
		if w.from == nil {
			e.Title = "from the internet gateway"
			if w.open != nil {
				e.Class, e.Title = "dg-way", "the internet reaches "+w.name+" on "+l.d.o.Escape(strings.Join(w.open.On, "; "))
			}
			trunk := l.trunkX()
			e.Points = [][2]int{{trunk, l.top + squareW/2}}
			if w.gutter != l.trunk {
				e.Points = append(e.Points, [2]int{trunk, l.channel}, [2]int{x, l.channel})
			}
		} else {
			e.Title = "from " + w.from.name
			e.Points = l.leave(w.from, w.gutter, x)
		}
		e.Points = append(e.Points, l.arrive(w, x)...)
		l.out.Edges = append(l.out.Edges, e)
	}
}

// leave is where a wire leaves a bar for a track.
func (l *vpcLayout) leave(b *band, g, x int) [][2]int {
	if reach(b, g) == 0 {
		return [][2]int{{x, b.y + b.h}}
	}
	y := b.y + b.h/2
	return [][2]int{{l.side(b, g), y}, {x, y}}
}

// side is the end of a band at a gutter.
func (l *vpcLayout) side(b *band, g int) int {
	for _, r := range runs(b.cols) {
		if r.from == g {
			return l.innerX(g)
		}
		if r.to == g-1 {
			return l.innerX(g-1) + l.innerW()
		}
	}
	return l.innerX(b.cols[0])
}

// arrive is where a wire in a track comes to what it leads to.
func (l *vpcLayout) arrive(w *wire, x int) [][2]int {
	if w.cell != nil {
		y := w.cell.lane.y + 24
		left := l.colX[w.cell.col] + zonePad
		if w.gutter == w.cell.col {
			return [][2]int{{x, y}, {left, y}}
		}
		return [][2]int{{x, y}, {left + l.subnetW(), y}}
	}
	if w.tile != nil {
		left, y := l.spot(w.to, w.col, w.before)
		y += tileH + openH/2
		if w.gutter == w.col {
			return [][2]int{{x, y}, {left, y}}
		}
		return [][2]int{{x, y}, {left + l.tileW, y}}
	}
	if reach(w.to, w.gutter) == 0 {
		if w.from != nil && w.from.y > w.to.y {
			return [][2]int{{x, w.to.y + w.to.h}}
		}
		return [][2]int{{x, w.to.y}}
	}
	y := w.to.y + min(w.to.h/2, 20)
	return [][2]int{{x, y}, {l.side(w.to, w.gutter), y}}
}

// needsLink reports whether a node of the band has another one between it and
// the first.
func (b *band) needsLink() bool {
	first := b.firstNode()
	return first != nil && slices.ContainsFunc(b.nodes, func(n *nodeTile) bool {
		return n.row == 0 && n.col != first.col && b.between(first, n)
	})
}

func (b *band) firstNode() *nodeTile {
	if i := slices.IndexFunc(b.nodes, func(n *nodeTile) bool { return n.first }); i >= 0 {
		return b.nodes[i]
	}
	return nil
}

func (b *band) between(a, z *nodeTile) bool {
	lo, hi := min(a.col, z.col), max(a.col, z.col)
	return slices.ContainsFunc(b.nodes, func(n *nodeTile) bool { return lo < n.col && n.col < hi && n.row == 0 })
}

// drawReplication draws lines from the first node of a database to the others:
// straight, or under the tiles where another one is in the way.
func (l *vpcLayout) drawReplication(b *band) {
	first := b.firstNode()
	if first == nil {
		return
	}
	for _, n := range b.nodes {
		if n.col == first.col || n.row > 0 {
			continue
		}
		e := &Edge{Class: "dg-replication", Arrow: true, Title: "replication to " + n.name}
		y := n.y + tileH/2
		switch {
		case b.between(first, n):
			under := b.y + b.h - linkH/2
			e.Points = [][2]int{{first.x + l.tileW/2, first.y + first.height()}, {first.x + l.tileW/2, under}, {n.x + l.tileW/2, under}, {n.x + l.tileW/2, n.y + n.height()}}
		case n.col > first.col:
			e.Points = [][2]int{{first.x + l.tileW, y}, {n.x, y}}
		default:
			e.Points = [][2]int{{first.x, y}, {n.x + l.tileW, y}}
		}
		l.out.Edges = append(l.out.Edges, e)
	}
}
