package snapshot

// pile collects rows of which nobody knows the number beforehand. It grows by
// parts, so that no row is copied before all are sorted.
type pile[T any] struct {
	parts [][]T
	count int
}

// partSize is how many rows a part of a pile has at the most.
const partSize = 1024

// add returns a new, empty row.
func (p *pile[T]) add() *T {
	last := len(p.parts) - 1
	if last < 0 || len(p.parts[last]) == cap(p.parts[last]) {
		p.parts = append(p.parts, make([]T, 0, min(partSize, max(4, p.count))))
		last++
	}
	p.parts[last] = p.parts[last][:len(p.parts[last])+1]
	p.count++
	return &p.parts[last][len(p.parts[last])-1]
}

// cut takes away all rows but the first n.
func (p *pile[T]) cut(n int) {
	for p.count > n {
		last := len(p.parts) - 1
		drop := min(p.count-n, len(p.parts[last]))
		clear(p.parts[last][len(p.parts[last])-drop:])
		p.parts[last] = p.parts[last][:len(p.parts[last])-drop]
		p.count -= drop
		if len(p.parts[last]) == 0 {
			p.parts = p.parts[:last]
		}
	}
}

// rows are pointers to all rows, in the order in which they were added.
func (p *pile[T]) rows() []*T {
	all := make([]*T, 0, p.count)
	for _, part := range p.parts {
		for i := range part {
			all = append(all, &part[i])
		}
	}
	return all
}
