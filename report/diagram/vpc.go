package diagram

import (
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/topology"
)

// vpcLayout is a VPC while it is laid out.
type vpcLayout struct {
	d       *drawing
	v       *topology.VPC
	columns []topology.Zone
	lanes   []*lane
	cells   map[string]*cell // by subnet

	frames  map[string][]*band // by group
	public  map[*band]bool     // bars that face the internet
	targets map[*band][]string // groups behind a bar

	perZone int // tiles side by side in a subnet
	tileW   int
	colX    []int
	gutters []gutter
	trunk   int // the gutter under the internet gateway
	wires   []*wire
	marks   []*mark // gateways
	top     int     // of the VPC
	channel int     // above the zones
	zonesY  int
	frame   *Box
	out     *Picture
}

// Sizes of VPCs.
const (
	vpcPad    = 12
	railW     = 24
	zonePad   = 10
	zoneHead  = 26
	subnetPad = 10
	innerPad  = 8 // of groups, and of tiles so that all are aligned
	laneGap   = 12
	tierGap   = 18
	squareW   = 40 // of gateways
)

// vpc lays a VPC out, its frame at x and at top.
func (d *drawing) vpc(v *topology.VPC, x, top int) *vpcLayout {
	l := &vpcLayout{
		d: d, v: v, cells: map[string]*cell{}, frames: map[string][]*band{},
		public: map[*band]bool{}, targets: map[*band][]string{}, top: top, out: &Picture{},
	}
	l.columns = columnsOf(v)
	l.lanes = lanesOf(v, l.columns)
	for _, lane := range l.lanes {
		for _, c := range lane.cells {
			if c != nil {
				l.cells[c.subnet.ID] = c
			}
		}
	}
	l.addBars()
	l.addFree()
	l.addGroups()
	l.addDatabases()
	l.perZone = l.tilesAbreast()
	l.planWires()
	l.tileW = l.tileWidth()
	l.placeColumns(x)
	l.placeLanes()
	l.draw(x)
	return l
}

// columnsOf are the zones in which there are subnets, and a column for those
// whose zone is not recorded.
func columnsOf(v *topology.VPC) []topology.Zone {
	used := map[string]bool{}
	for i := range v.Subnets {
		used[v.Subnets[i].Zone] = true
	}
	var columns []topology.Zone
	for _, z := range v.Zones {
		if used[z.ID] {
			columns = append(columns, z)
		}
		delete(used, z.ID)
	}
	if len(used) > 0 { // without a zone, or in one that was cut
		columns = append(columns, topology.Zone{Name: "zone not recorded"})
	}
	return columns
}

// tilesAbreast is how many tiles stand side by side in a subnet: two where there
// is room and much to show.
func (l *vpcLayout) tilesAbreast() int {
	if len(l.columns) >= 4 {
		return 1
	}
	if len(l.columns) == 1 {
		return 2
	}
	for _, lane := range l.lanes {
		for _, b := range lane.bands {
			for _, tiles := range b.tiles {
				if len(tiles) > 3 {
					return 2
				}
			}
		}
	}
	return 1
}

// innerW is the width of a subnet inside of its padding.
func (l *vpcLayout) innerW() int {
	return l.perZone*l.tileW + (l.perZone-1)*tileGap + 2*innerPad
}

// tileWidth is wider than it has to be where there are so few zones that the
// picture would not fill its width.
func (l *vpcLayout) tileWidth() int {
	n := len(l.columns)
	if n == 0 {
		return tileW
	}
	room := leastWidth - 4*margin - 2*vpcPad - railW
	for _, g := range l.gutters {
		room -= g.w
	}
	room = room/n - 2*zonePad - 2*subnetPad - 2*innerPad - (l.perZone-1)*tileGap
	return max(room/l.perZone, tileW)
}

func (l *vpcLayout) subnetW() int { return l.innerW() + 2*subnetPad }
func (l *vpcLayout) zoneW() int   { return l.subnetW() + 2*zonePad }

// innerX is where a column's subnets begin inside of their padding.
func (l *vpcLayout) innerX(col int) int { return l.colX[col] + zonePad + subnetPad }

func (l *vpcLayout) placeColumns(x int) {
	x += vpcPad + railW
	for g := range l.gutters {
		l.gutters[g].x = x
		x += l.gutters[g].w
		if g < len(l.columns) {
			l.colX = append(l.colX, x)
			x += l.zoneW()
		}
	}
}

// rows is how many rows so many tiles take.
func (l *vpcLayout) rows(tiles int) int { return (tiles + l.perZone - 1) / l.perZone }

// placeLanes gives each lane and band its height and its place.
func (l *vpcLayout) placeLanes() {
	l.channel = l.headY() + 30
	if len(l.facts()) > 0 {
		l.channel += 14
	}
	l.zonesY = l.channel + 4
	if slices.ContainsFunc(l.trunkWires(), func(w *wire) bool { return w.gutter != l.trunk }) {
		l.zonesY += 10
	}
	y := l.zonesY + zoneHead
	for i, lane := range l.lanes {
		if i > 0 && lane.tier != l.lanes[i-1].tier {
			y += tierGap - laneGap
		}
		lane.y = y
		y += subnetHead
		for _, b := range lane.bands {
			l.size(b)
			b.y = y
			y += b.h + bandGap
		}
		if len(lane.bands) > 0 {
			y += subnetPad - bandGap
		}
		lane.h = y - lane.y
		y += laneGap
	}
}

func (l *vpcLayout) size(b *band) {
	rows := 0
	b.rowH = tileH + tileGap
	for _, tiles := range b.tiles {
		rows = max(rows, l.rows(len(tiles)))
		for _, t := range tiles {
			b.rowH = max(b.rowH, t.height()+tileGap)
		}
	}
	switch b.kind {
	case freeBand:
		b.h = rows*b.rowH - tileGap
	case groupBand:
		b.h = groupHead + rows*b.rowH
		if rows == 0 {
			b.h = groupHead + innerPad
		}
	case databaseBand:
		for _, n := range b.nodes {
			rows, b.rowH = max(rows, n.row+1), max(b.rowH, n.height()+tileGap)
		}
		b.h = rows*b.rowH - tileGap
		if b.linked = b.needsLink(); b.linked {
			b.h += linkH
		}
	case barBand:
	}
}

// draw makes the boxes, once everything has its place.
func (l *vpcLayout) draw(x int) {
	right := l.gutters[len(l.gutters)-1]
	w := max(right.x+right.w+vpcPad-x, leastWidth-4*margin)
	w = max(w, l.markGateways(x, x+w-vpcPad)-x)
	h := l.zonesY - l.top + vpcPad
	if n := len(l.lanes); n > 0 {
		h = l.lanes[n-1].y + l.lanes[n-1].h + zonePad + vpcPad - l.top
	} else {
		h -= 8
	}
	l.frame = &Box{Kind: Frame, X: x, Y: l.top, W: w, H: h, Class: "dg-vpc", Title: l.title()}
	l.out.Boxes = append(l.out.Boxes, l.frame)
	l.drawHead()
	l.drawRails(x + vpcPad)
	for c := range l.columns {
		l.drawZone(c)
	}
	for _, lane := range l.lanes {
		for _, b := range lane.bands {
			l.drawBand(b)
		}
	}
	l.drawGateways()
	l.drawWires()
}

func (l *vpcLayout) title() string {
	words := "VPC " + l.d.full(&l.v.Resource)
	if l.v.Name == "" {
		words = "VPC " + l.d.o.Escape(l.v.ID)
	}
	return words + said(l.d.o.Escape(strings.Join(l.v.CIDRs, ", "))) + l.d.badge(l.v.ARN).says()
}

// headY is where the name of the VPC begins: below the gateways on its edge.
func (l *vpcLayout) headY() int {
	if len(l.v.Gateways) > 0 {
		return l.top + squareW/2 + 2
	}
	return l.top + 4
}

func (l *vpcLayout) drawHead() {
	f := l.frame
	y := l.headY() - l.top
	room := f.W - 2*vpcPad
	if len(l.trunkWires()) > 0 {
		room = l.gutters[l.trunk].trackX(0) - f.X - vpcPad - 10
	}
	x := vpcPad
	if b := l.d.badge(l.v.ARN); b.Count > 0 {
		x += f.addBadge(b, vpcPad+badgeW(b), y+3)
	}
	name := l.d.o.Escape(l.v.Name)
	if name == "" {
		name = l.d.o.Escape(l.v.ID)
	}
	if !strings.HasPrefix(strings.ToLower(name), "vpc") {
		name = "VPC " + name
	}
	words := []string{name}
	if len(l.v.CIDRs) > 0 {
		words = append(words, l.d.o.Escape(strings.Join(l.v.CIDRs, ", ")))
	}
	f.text(x, y+16, room-(x-vpcPad), 14, "dg-vpc-text", true, strings.Join(words, " · "))
	f.text(vpcPad, y+33, room, 11, "dg-sub", false, strings.Join(l.facts(), " · "))
}

// facts are what is said of a VPC below its name.
func (l *vpcLayout) facts() []string {
	var facts []string
	if l.v.Name != "" {
		facts = append(facts, l.d.o.Escape(l.v.ID))
	}
	if l.v.Default {
		facts = append(facts, "default VPC")
	}
	if l.v.Shared {
		facts = append(facts, "of another account")
	}
	if !l.v.Listed {
		facts = append(facts, "known by what stands in it")
	}
	drawn := map[string]int{
		topology.SubnetItem: len(l.v.Subnets), topology.LoadBalancerItem: len(l.v.LoadBalancers),
		topology.GroupItem: len(l.v.Groups), topology.DatabaseItem: len(l.v.Databases),
	}
	for _, c := range l.v.Counts {
		if n, ok := drawn[c.Kind]; ok && n < c.Count {
			facts = append(facts, itoa(c.Count-n)+" more "+looks[c.Kind].plural+" are not drawn")
		}
	}
	if n := l.v.Open - openIn(l.v); n > 0 {
		facts = append(facts, "the internet reaches "+itoa(n)+" more, not drawn")
	}
	if n := l.d.undecided[l.v.ID]; n > 0 {
		facts = append(facts, "of "+itoa(n)+" it is not known whether the internet reaches it")
	}
	return facts
}

// openIn counts what is drawn in a VPC and reached from the internet.
func openIn(v *topology.VPC) int {
	var all *topology.Open
	items := func(list []topology.Item) {
		for i := range list {
			all = all.And(list[i].Open)
		}
	}
	for i := range v.Subnets {
		items(v.Subnets[i].Items)
	}
	for i := range v.LoadBalancers {
		all = all.And(v.LoadBalancers[i].Open)
	}
	for i := range v.Groups {
		for j := range v.Groups[i].Parts {
			items(v.Groups[i].Parts[j].Items)
		}
	}
	for i := range v.Databases {
		for j := range v.Databases[i].Nodes {
			all = all.And(v.Databases[i].Nodes[j].Open)
		}
	}
	if all == nil {
		return 0
	}
	return all.Count
}

var tierNames = map[string]string{
	topology.Public: "PUBLIC", topology.Private: "PRIVATE", topology.Data: "DATA", topology.Unknown: "SUBNETS",
}

// drawRails names the tiers at the left.
func (l *vpcLayout) drawRails(x int) {
	for i := 0; i < len(l.lanes); {
		j := i
		for j+1 < len(l.lanes) && l.lanes[j+1].tier == l.lanes[i].tier {
			j++
		}
		lane := l.lanes[i]
		rail := &Box{Kind: Solid, X: x, Y: lane.y, W: railW - 2, H: l.lanes[j].y + l.lanes[j].h - lane.y, Class: "dg-rail dg-rail-" + lane.tier}
		s := tierNames[lane.tier]
		size := 11
		for size > 7 && Width(s, size, true) > rail.H-6 {
			size--
		}
		rail.Texts = []Text{{
			X: rail.X + rail.W/2 + 4, Y: rail.Y + rail.H/2, W: rail.H, Size: size, Class: "dg-rail-text", Strong: true,
			Anchor: Middle, Turned: true, Text: fit(s, size, true, rail.H),
		}}
		l.frame.Children = append(l.frame.Children, rail)
		i = j + 1
	}
}

func (l *vpcLayout) drawZone(c int) {
	z := &l.columns[c]
	h := l.frame.Y + l.frame.H - vpcPad - l.zonesY
	b := &Box{Kind: Frame, X: l.colX[c], Y: l.zonesY, W: l.zoneW(), H: h, Class: "dg-zone"}
	name := l.d.o.Escape(z.Name)
	if z.ID != "" && z.ID != z.Name {
		name += " · " + l.d.o.Escape(z.ID)
	}
	switch z.Type {
	case "availability-zone", "":
	default:
		name += " · " + l.d.o.Escape(strings.ReplaceAll(z.Type, "-", " "))
	}
	b.Title = "Zone " + name
	b.text(zonePad, 17, b.W-2*zonePad, 12, "dg-zone-text", true, name)
	for _, lane := range l.lanes {
		if cell := lane.cells[c]; cell != nil {
			b.Children = append(b.Children, l.subnet(cell))
		}
	}
	l.frame.Children = append(l.frame.Children, b)
}

func (l *vpcLayout) subnet(c *cell) *Box {
	s := c.subnet
	b := &Box{Kind: Frame, X: l.colX[c.col] + zonePad, Y: c.lane.y, W: l.subnetW(), H: c.lane.h, Class: "dg-subnet dg-" + c.lane.tier}
	badge := l.d.badge(s.ARN)
	b.Title = "Subnet " + l.d.full(&s.Resource) + said(l.d.o.Escape(strings.Join(s.CIDRs, ", "))) + badge.says()
	room := b.W - 2*subnetPad
	name, _ := l.d.label(&s.Resource)
	b.text(subnetPad, 17, room-b.addBadge(badge, b.W-6, 6), 12, "dg-"+c.lane.tier+"-text", true, name)
	words := []string{}
	if len(s.CIDRs) > 0 {
		words = append(words, l.d.o.Escape(s.CIDRs[0]))
	}
	if out := l.egress(s); out != "" {
		words = append(words, out)
	}
	if s.Shared {
		words = append(words, "shared")
	}
	b.text(subnetPad, 32, room, 11, "dg-sub", false, strings.Join(words, " · "))
	return b
}

// egresses are what the default route of a subnet leads to, by how its id begins.
var egresses = map[string]string{
	"vgw": "via VPN", "tgw": "via transit gateway", "pcx": "via peering", "eigw": "IPv6 out only",
	"eni": "via an appliance", "i": "via an instance", "vpce": "via an endpoint",
}

func (l *vpcLayout) egress(s *topology.Subnet) string {
	prefix, _, _ := strings.Cut(s.Egress, "-")
	switch {
	case s.Egress == "" && (s.Tier == topology.Private || s.Tier == topology.Data):
		return "no way out"
	case prefix == "nat":
		return "via " + l.natName(s.Egress)
	default:
		return egresses[prefix]
	}
}

// natName is the name of a NAT gateway of the VPC, or its id.
func (l *vpcLayout) natName(id string) string {
	named := func(items []topology.Item) string {
		i := slices.IndexFunc(items, func(i topology.Item) bool { return i.ID == id })
		if i < 0 || items[i].Name == "" {
			return ""
		}
		return "NAT " + l.d.o.Escape(items[i].Name)
	}
	for i := range l.v.Subnets {
		if name := named(l.v.Subnets[i].Items); name != "" {
			return name
		}
	}
	if name := named(l.v.Gateways); name != "" {
		return name
	}
	return l.d.o.Escape(id)
}

// drawBand makes the boxes of a band.
func (l *vpcLayout) drawBand(b *band) {
	switch b.kind {
	case barBand:
		for i, r := range runs(b.cols) {
			l.frame.Children = append(l.frame.Children, l.drawBar(b, r, b.badgeOf(i)))
		}
	case groupBand:
		for i, r := range runs(b.cols) {
			l.frame.Children = append(l.frame.Children, l.drawGroup(b, r, b.badgeOf(i)))
		}
	case freeBand:
		for _, c := range b.cols {
			l.frame.Children = append(l.frame.Children, l.drawTiles(b, c)...)
		}
	case databaseBand:
		l.drawDatabase(b)
	}
	l.joinRuns(b)
}

// run is a number of neighbouring columns.
type run struct{ from, to int }

func runs(cols []int) []run {
	var all []run
	for _, c := range cols {
		if n := len(all); n > 0 && all[n-1].to == c-1 {
			all[n-1].to = c
		} else {
			all = append(all, run{c, c})
		}
	}
	return all
}

// badgeOf is the badge of a run: that of the band, on the first one.
func (b *band) badgeOf(run int) Badge {
	if run > 0 {
		return Badge{}
	}
	return b.badge
}

// span is the box of a run.
func (l *vpcLayout) span(b *band, r run) *Box {
	x := l.innerX(r.from)
	return &Box{Kind: Span, X: x, Y: b.y, W: l.innerX(r.to) + l.innerW() - x, H: b.h, Title: b.title}
}

func (l *vpcLayout) drawBar(b *band, r run, badge Badge) *Box {
	box := l.span(b, r)
	box.Class = "dg-bar dg-bar-" + b.category
	box.square(b.look, barH)
	room := l.innerW() - barH - 8 - 8
	if r.from < r.to {
		box.addBadge(badge, box.W-8, (barH-badgeH)/2)
	} else {
		room -= box.addBadge(badge, box.W-8, (barH-badgeH)/2)
	}
	if b.sub == "" && b.open == nil {
		box.text(barH+8, 21, room, 12, "dg-name", true, b.name)
		return box
	}
	box.text(barH+8, 15, room, 12, "dg-name", true, b.name)
	if b.open != nil {
		box.text(barH+8, 28, room, 11, "dg-way-text", true, l.d.on(b.open, b.of))
	} else {
		box.text(barH+8, 28, room, 11, "dg-sub", false, b.sub)
	}
	return box
}

func (l *vpcLayout) drawGroup(b *band, r run, badge Badge) *Box {
	box := l.span(b, r)
	box.Class = "dg-group"
	room := l.innerW() - 2*innerPad
	taken := box.addBadge(badge, box.W-8, 4)
	if r.from == r.to {
		room -= taken
	}
	head := b.name
	if b.sub != "" {
		size := " · " + b.sub
		head = fit(b.name, 12, true, max(room-Width(size, 12, true), room/3)) + size
	}
	box.text(innerPad, 16, room, 12, "dg-group-text", true, head)
	for c := r.from; c <= r.to; c++ {
		box.Children = append(box.Children, l.drawTiles(b, c)...)
	}
	return box
}

// spot is where the tile of a band stands that has so many before it in its
// column.
func (l *vpcLayout) spot(b *band, col, before int) (x, y int) {
	y = b.y + before/l.perZone*b.rowH
	if b.kind == groupBand {
		y += groupHead
	}
	return l.innerX(col) + innerPad + before%l.perZone*(l.tileW+tileGap), y
}

func (l *vpcLayout) drawTiles(b *band, col int) []*Box {
	var boxes []*Box
	for i, t := range b.tiles[col] {
		x, y := l.spot(b, col, i)
		boxes = append(boxes, l.d.box(t, x, y, l.tileW))
	}
	return boxes
}

func (l *vpcLayout) drawDatabase(b *band) {
	for _, n := range b.nodes {
		n.x, n.y = l.spot(b, n.col, n.row*l.perZone)
		l.frame.Children = append(l.frame.Children, l.d.box(n.tile, n.x, n.y, l.tileW))
	}
	l.drawReplication(b)
}

// joinRuns draws a line where a band leaves zones out.
func (l *vpcLayout) joinRuns(b *band) {
	if b.kind != barBand && b.kind != groupBand {
		return
	}
	all := runs(b.cols)
	for i := 1; i < len(all); i++ {
		from := l.innerX(all[i-1].to) + l.innerW()
		l.out.Edges = append(l.out.Edges, &Edge{
			Points: [][2]int{{from, b.y + 8}, {l.innerX(all[i].from), b.y + 8}}, Class: "dg-joint", Title: b.title,
		})
	}
}
