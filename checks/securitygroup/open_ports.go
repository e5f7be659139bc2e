package securitygroup

import (
	"strconv"
	"strings"
	"sync"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// opening is what a security group opens of some TCP ports to the whole
// internet.
type opening struct {
	ports    []int // those that are open, in order
	open     opens // the same, as traffic is told apart
	evidence []checks.Evidence
	// ipv4 and ipv6 say in which families any of the ports is open.
	ipv4, ipv6 bool

	seen map[checks.Evidence]bool // a permission may cover many of the ports
}

// add adds what makes a port open.
func (o *opening) add(x *snapshot.Sources) {
	if o.seen == nil {
		o.seen = map[checks.Evidence]bool{}
	}
	for _, b := range x.Decisive() {
		for _, e := range append(permission(nil, x.Group, b.Permission), x.Places(b)...) {
			if !o.seen[e] {
				o.seen[e] = true
				o.evidence = append(o.evidence, e)
			}
		}
	}
}

// openPorts judges which of some TCP ports a group opens to the whole internet.
// The sources are united over all permissions that cover a port. Where none is
// open it gives the verdict on that, whose message is passed.
func openPorts(s *snapshot.Snapshot, g *snapshot.SecurityGroup, ports []int, passed string) (opening, checks.Verdict) {
	var o opening
	all := s.IngressSources(g, func(p *snapshot.IPPermission) bool { return p.CoversAnyTCP(ports...) })
	ipv4, ipv6 := all.Open()
	if !ipv4 && !ipv6 {
		return o, closed(&all, ports, false, passed)
	}
	for _, port := range ports {
		x := s.IngressSources(g, func(p *snapshot.IPPermission) bool { return p.CoversTCP(port) })
		if ipv4, ipv6 := x.Open(); ipv4 || ipv6 {
			o.ports = append(o.ports, port)
			o.ipv4, o.ipv6 = o.ipv4 || ipv4, o.ipv6 || ipv6
			o.add(&x)
		}
	}
	if len(o.ports) == 0 {
		return o, closed(&all, ports, true, passed)
	}
	o.open = tcp(o.ports)
	return o, checks.Verdict{}
}

// closed is the verdict on a group that opens none of some ports, or of which
// that is not known. It rests on the sources of the permissions that cover one
// of the ports, and on the ports of the others: of all, where the sources are the
// internet, though for no port alone.
func closed(x *snapshot.Sources, ports []int, apart bool, message string) checks.Verdict {
	if v, ok := atOnce(x, message); ok {
		return v
	}
	g := x.Group
	evidence := x.AllPlaces()
	for i := range g.IPPermissions {
		switch p := &g.IPPermissions[i]; {
		case apart, !p.CoversAnyTCP(ports...):
			evidence = permission(evidence, g, i)
		case addressless(p):
			evidence = lists(evidence, g, i)
		}
	}
	return checks.Pass(message, evidence...)
}

// atOnce is the verdict on a group that opens nothing, where it is not known whom its
// rules admit, or where it has none.
func atOnce(x *snapshot.Sources, message string) (checks.Verdict, bool) {
	switch {
	case len(x.Missing) > 0:
		return checks.Missing(x.Missing...), true
	case len(x.Silent) > 0:
		return checks.Unknown("does not say whom its rules admit, or to what", x.Silent...), true
	case len(x.Group.IPPermissions) == 0:
		return checks.Pass(message, checks.Field(x.Group, "IpPermissions")), true
	}
	return checks.Verdict{}, false
}

// addressless reports whether a permission names groups only.
func addressless(p *snapshot.IPPermission) bool {
	return len(p.IPRanges)+len(p.IPv6Ranges)+len(p.PrefixListIDs) == 0
}

// permission adds the protocol of a permission and, where ports count, its ports.
func permission(to []checks.Evidence, g *snapshot.SecurityGroup, i int) []checks.Evidence {
	f := fieldsOf(i)
	to = append(to, checks.Evidence{Resource: g, Field: f.protocol})
	if g.IPPermissions[i].Protocol() != "tcp" {
		return to
	}
	return append(to, checks.Evidence{Resource: g, Field: f.from}, checks.Evidence{Resource: g, Field: f.to})
}

// lists adds the lists of blocks of a permission.
func lists(to []checks.Evidence, g *snapshot.SecurityGroup, i int) []checks.Evidence {
	f := fieldsOf(i)
	return append(to, checks.Evidence{Resource: g, Field: f.ipv4}, checks.Evidence{Resource: g, Field: f.ipv6})
}

// fields are the names of fields of a permission.
type fields struct{ protocol, from, to, ipv4, ipv6 string }

// few is how many permissions most groups have at most. The names of their
// fields are made once: a million of them are asked for.
const few = 16

var fewFields = sync.OnceValue(func() *[few]fields {
	all := new([few]fields)
	for i := range all {
		all[i] = newFields(i)
	}
	return all
})

func fieldsOf(i int) fields {
	if i < few {
		return fewFields()[i]
	}
	return newFields(i)
}

func newFields(i int) fields {
	at := "IpPermissions/" + strconv.Itoa(i) + "/"
	return fields{at + "IpProtocol", at + "FromPort", at + "ToPort", at + "IpRanges", at + "Ipv6Ranges"}
}

// numbers lists ports.
func numbers(ports []int) string {
	words := make([]string, len(ports))
	for i, p := range ports {
		words[i] = strconv.Itoa(p)
	}
	return strings.Join(words, ", ")
}
