package report

import (
	"fmt"
	"strings"

	"github.com/buttress/buttress/internal/topology"
)

// exposure is what the internet reaches, or nil in files from before that key.
func (r *Results) exposure() *topology.Exposure {
	if r.Topology == nil {
		return nil
	}
	return r.Topology.Exposure
}

// exposed says in a sentence what the internet reaches, or why nobody knows.
func (r *Results) exposed() string {
	switch e := r.exposure(); {
	case e == nil:
		return "These results do not say what the internet reaches: scan again, or ask buttress exposure."
	case !e.Followed:
		return "What the internet reaches was not looked at, since no rule of this scan follows traffic: buttress exposure tells it."
	case e.Direct+e.Behind > 0:
		return "The internet reaches " + reachedWords(e) + untold(e) + "."
	case untold(e) != "":
		return "Of no resource is it certain that the internet reaches it" + untold(e) + "."
	default:
		return "The internet reaches nothing of what was scanned."
	}
}

// untold says of how much it cannot be told. It is empty where all is known.
func untold(e *topology.Exposure) string {
	var words []string
	if n := len(e.Undecided) + e.MoreUndecided; n > 0 {
		words = append(words, plural(n, "resource", "resources"))
	}
	if len(e.Missing) > 0 {
		words = append(words, "what is on lists that the recording does not have")
	}
	if len(words) == 0 {
		return ""
	}
	return "; of " + strings.Join(words, " and of ") + " it cannot be told"
}

func reachedWords(e *topology.Exposure) string {
	var words []string
	if e.Direct > 0 {
		words = append(words, plural(e.Direct, "resource", "resources")+" directly")
	}
	if e.Behind > 0 {
		words = append(words, plural(e.Behind, "resource", "resources")+" through load balancers only")
	}
	return strings.Join(words, " and ")
}

// unseen says what is not known because lists are missing. It is empty where
// none is.
func unseen(e *topology.Exposure) []string {
	if e == nil {
		return nil
	}
	var all []string
	for i := range e.Missing {
		c := &e.Missing[i]
		all = append(all, "Everything else in "+Escape(c.Region+accountOf(c.Account))+": without "+Escape(c.Operation))
	}
	if e.MoreMissing > 0 {
		all = append(all, "and "+plural(e.MoreMissing, "more list", "more lists")+" that the recording does not have")
	}
	return all
}

func accountOf(id string) string {
	if id == "" {
		return ""
	}
	return " of " + id
}

// htmlExposure is the section about what the internet reaches.
type htmlExposure struct {
	Sentence string
	Ways     []htmlWayIn
	MoreWays int
	Unknown  []string // what cannot be told, and why
	// MoreUnknown is of how many more resources it cannot be told.
	MoreUnknown  int
	Followed     bool
	Pairs        []topology.GroupPair
	PairsLeftOut bool
}

// htmlWayIn is a row of its table.
type htmlWayIn struct {
	Resource, Type, Where, On, From, How string
	Direct                               bool
}

func newHTMLExposure(r *Results) *htmlExposure {
	x := &htmlExposure{Sentence: r.exposed()}
	e := r.exposure()
	if e == nil || !e.Followed {
		return x
	}
	for i := range e.WaysIn {
		w := &e.WaysIn[i]
		row := htmlWayIn{Resource: placed(&w.Place), Type: w.Type, Where: w.Region, On: ports(w.Protocol, w.Ports), From: wayFrom(w), How: wayHow(w), Direct: w.Via == topology.Direct}
		if len(r.Accounts) > 1 {
			row.Where += accountOf(w.Account)
		}
		x.Ways = append(x.Ways, row)
	}
	x.Unknown = unseen(e)
	for i := range e.Undecided {
		u := &e.Undecided[i]
		x.Unknown = append(x.Unknown, placed(&u.Place)+" in "+u.Region+": "+lacking(missingCalls(u.Missing)))
	}
	x.MoreWays, x.MoreUnknown = e.MoreWaysIn, e.MoreUndecided
	x.Pairs, x.PairsLeftOut, x.Followed = e.Matrix, e.MatrixLeftOut, true
	return x
}

// placed is the id of a resource, with the name where that says more.
func placed(p *topology.Place) string { return named(&Resource{ID: p.ID, Name: p.Name}) }

// ports are a protocol and its ports in words.
func ports(protocol, ports string) string {
	if ports == "all" && protocol != "tcp" && protocol != "udp" {
		return protocol
	}
	return protocol + " " + ports
}

func wayFrom(w *topology.WayIn) string {
	s := strings.Join(w.Sources, ", ")
	if w.MoreSources > 0 {
		s += fmt.Sprintf(" and %s more", number(w.MoreSources))
	}
	return s
}

func wayHow(w *topology.WayIn) string {
	switch {
	case w.Via != topology.Direct:
		return "through " + w.Entry
	case w.Entry == "":
		return "directly"
	default:
		return "directly, by " + w.Entry
	}
}

func missingCalls(calls []topology.Call) []Missing {
	var all []Missing
	for i := range calls {
		all = append(all, Missing{Operation: calls[i].Operation, Region: calls[i].Region, Resource: calls[i].Resource})
	}
	return all
}
