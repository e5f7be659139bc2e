package diagram

// Cell is where a row and a column of a table meet.
type Cell struct {
	Text  string // empty: nothing
	Class string // public, private, data or unknown: the colours of the tiers
	Title string // said when pointed at
}

// How wide and high the cells of a table are.
const (
	headWidth  = 190
	cellWidth  = 120
	cellHeight = 34
)

// Table draws rows against columns: who reaches whom.
func Table(title string, columns, rows []string, cell func(row, column int) Cell, notes []string) *Picture {
	p := &Picture{Title: title, Width: max(leastWidth, 2*margin+headWidth+cellWidth*len(columns)), Height: margin}
	head := &Box{X: margin, Y: p.Height, W: p.Width - 2*margin, H: 26}
	head.text(0, 18, head.W, 17, "dg-head", true, title)
	p.Boxes = append(p.Boxes, head)
	y := p.Height + 40
	for c, name := range columns {
		b := &Box{Kind: Solid, X: margin + headWidth + c*cellWidth, Y: y, W: cellWidth - 6, H: cellHeight - 6, Class: "dg-tile", Title: name}
		b.text(6, 18, b.W-12, 11, "dg-name", true, name)
		p.Boxes = append(p.Boxes, b)
	}
	for r, name := range rows {
		y += cellHeight
		b := &Box{Kind: Solid, X: margin, Y: y, W: headWidth - 6, H: cellHeight - 6, Class: "dg-tile", Title: name}
		b.text(6, 18, b.W-12, 11, "dg-name", true, name)
		p.Boxes = append(p.Boxes, b)
		for c := range columns {
			one := cell(r, c)
			if one.Text == "" {
				continue
			}
			b := &Box{Kind: Solid, X: margin + headWidth + c*cellWidth, Y: y, W: cellWidth - 6, H: cellHeight - 6, Class: "dg-subnet dg-" + one.Class, Title: one.Title}
			b.text(6, 18, b.W-12, 11, "dg-"+one.Class+"-text", false, one.Text)
			p.Boxes = append(p.Boxes, b)
		}
	}
	p.Height = y + cellHeight + margin
	p.addNotes(notes, func(s string) string { return s })
	return p
}
