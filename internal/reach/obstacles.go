package reach

import (
	"slices"
	"strings"
)

// obstacles are what stops packets, each with the ways on which it does. Where it does
// not on all of them, its message says on which.
type obstacles struct {
	all  []obstacle
	at   map[Blocker]int
	ways []*way // all that there are
}

type obstacle struct {
	Blocker
	ways []*way
}

func (o *obstacles) add(y *way, all []Blocker) {
	for _, b := range all {
		i, known := o.at[b]
		if !known {
			i = len(o.all)
			o.at[b], o.all = i, append(o.all, obstacle{Blocker: b})
		}
		o.all[i].ways = append(o.all[i].ways, y)
	}
}

// blockers are the obstacles with their ways in words.
func (o *obstacles) blockers() []Blocker {
	every := sortsOf(o.ways)
	var all []Blocker
	for _, b := range o.all {
		if on := sortsOf(b.ways).amid(every, b.names); on != "" {
			b.Message = on + ": " + b.Message
		}
		all = append(all, b.Blocker)
	}
	return all
}

// names reports whether an obstacle says itself which address it is about.
func (b *Blocker) names(at string) bool {
	return at != "" && (b.Kind == kindInterface || strings.Contains(b.Message, at))
}

// sort is what tells ways apart: the family, the load balancers, and the address that
// is called or the nodes.
type sort struct {
	family family
	by     string
	at     string
}

// sorts are those of some ways, in their order.
type sorts []sort

// sortsOf leaves out load balancers that are no ways: what is said of those names them.
func sortsOf(ways []*way) sorts {
	var all sorts
	seen := map[sort]bool{}
	for _, y := range ways {
		if y.idle {
			continue
		}
		if s := y.sort(); !seen[s] {
			seen[s] = true
			all = append(all, s)
		}
	}
	return all
}

func (y *way) sort() sort {
	s := sort{family: y.family}
	var names, nodes []string
	for _, p := range y.by {
		names, nodes = append(names, p.balancer), append(nodes, p.node)
	}
	switch {
	case len(names) > 0:
		s.by, s.at = "through "+strings.Join(names, " and "), strings.Join(nodes, " and ")
	case y.to.IsValid():
		s.at = y.to.String()
	}
	return s
}

// amid says which of all sorts these are, in no more words than tell them apart. It is
// empty where they are all of them.
func (s sorts) amid(every sorts, named func(at string) bool) string {
	if len(s) == 0 {
		return ""
	}
	var words []string
	if f := s[0].family; !s.any(func(o sort) bool { return o.family != f }) {
		if every.any(func(o sort) bool { return o.family != f }) && !named(s[0].at) {
			words = append(words, f.String())
		}
		every = slices.DeleteFunc(slices.Clone(every), func(o sort) bool { return o.family != f })
	}
	missed := every.any(func(o sort) bool { return !s.any(func(p sort) bool { return p.by == o.by }) })
	var ways []string
	for i, one := range s {
		if s[:i].any(func(o sort) bool { return o.by == one.by }) {
			continue
		}
		if on := s.through(one.by, every, missed, named); on != "" {
			ways = append(ways, on)
		}
	}
	if len(ways) > 3 {
		ways = append(ways[:3], "and more")
	}
	return strings.Join(append(words, ways...), ", ")
}

// through says by which load balancers ways go, and to which of their nodes or, of
// direct ones, to which addresses.
func (s sorts) through(by string, every sorts, missed bool, named func(at string) bool) string {
	var at []string
	all := true
	for _, o := range every {
		switch {
		case o.by != by:
		case s.any(func(p sort) bool { return p.by == by && p.at == o.at }):
			if !slices.Contains(at, o.at) {
				at = append(at, o.at)
			}
		default:
			all = false
		}
	}
	if all || by == "" && named(at[0]) {
		at = nil
	}
	switch {
	case by == "" && at == nil && missed:
		return "directly"
	case by == "" && at == nil, at == nil && !missed:
		return ""
	case at == nil:
		return by
	case by == "":
		return "to " + strings.Join(at, " and ")
	default:
		return by + " at " + strings.Join(at, " and ")
	}
}

func (s sorts) any(is func(sort) bool) bool { return slices.ContainsFunc(s, is) }
