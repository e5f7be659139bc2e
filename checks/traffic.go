package checks

import (
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// Path is the evidence of a path: the field that decided at each hop, there and
// back.
func Path(p *reach.Path) []Evidence {
	var all []Evidence
	for _, hops := range [][]reach.Hop{p.Hops, p.Reply} {
		for i := range hops {
			if hops[i].Place != (Evidence{}) {
				all = append(all, hops[i].Place)
			}
		}
	}
	return all
}

// Stoppers are the evidence of what stops traffic.
func Stoppers(all []reach.Blocker) []Evidence {
	var out []Evidence
	for i := range all {
		if all[i].Place != (Evidence{}) {
			out = append(out, all[i].Place)
		}
	}
	return out
}

// Hangs says that a verdict hangs on an answer that is unknown: on the calls that
// it names, or on what no recording can decide.
func Hangs(s *snapshot.Snapshot, missing []reach.Missing) Verdict {
	if len(missing) == 0 {
		return Unknown("hangs on something that decides about traffic by itself, which no recording tells")
	}
	gaps := make([]*snapshot.Gap, len(missing))
	for i := range missing {
		gaps[i] = s.GapOf(missing[i].Operation, snapshot.Scope{Account: missing[i].Account, Region: missing[i].Region}, missing[i].Resource)
	}
	return Missing(gaps...)
}

// Opened reports whether the internet reaches one of some ports of a protocol at
// an interface, and by which path.
func Opened(e *reach.Exposure, p reach.Protocol, ports reach.Ports) ([]Evidence, bool) {
	for i := range e.Openings {
		if o := &e.Openings[i]; o.Protocol == p && o.Ports.Overlaps(ports) {
			return Path(&o.Path), true
		}
	}
	return nil, false
}
