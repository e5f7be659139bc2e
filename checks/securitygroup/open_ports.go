package securitygroup

import (
	"slices"
	"strconv"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// opening is what a security group opens of some TCP ports to the whole
// internet.
type opening struct {
	ports    []int // those that are open, in order
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
		for _, e := range append(permission(x.Group, b.Permission), x.Places(b)...) {
			if !o.seen[e] {
				o.seen[e] = true
				o.evidence = append(o.evidence, e)
			}
		}
	}
}

// openPorts says which of some TCP ports a group opens to the whole internet.
// The sources are united over all permissions that cover a port.
func openPorts(s *snapshot.Snapshot, g *snapshot.SecurityGroup, ports []int) opening {
	var o opening
	all := s.IngressSources(g, func(p *snapshot.IPPermission) bool { return slices.ContainsFunc(ports, p.CoversTCP) })
	if ipv4, ipv6 := all.Open(); !ipv4 && !ipv6 {
		return o
	}
	for _, port := range ports {
		x := s.IngressSources(g, func(p *snapshot.IPPermission) bool { return p.CoversTCP(port) })
		if ipv4, ipv6 := x.Open(); ipv4 || ipv6 {
			o.ports = append(o.ports, port)
			o.ipv4, o.ipv6 = o.ipv4 || ipv4, o.ipv6 || ipv6
			o.add(&x)
		}
	}
	return o
}

// permission is the protocol of a permission and, where ports count, its ports.
func permission(g *snapshot.SecurityGroup, i int) []checks.Evidence {
	at := "IpPermissions/" + strconv.Itoa(i)
	if p := &g.IPPermissions[i]; p.Protocol() != "tcp" {
		return []checks.Evidence{{Resource: g, Field: at + "/IpProtocol"}}
	}
	return []checks.Evidence{
		{Resource: g, Field: at + "/IpProtocol"},
		{Resource: g, Field: at + "/FromPort"},
		{Resource: g, Field: at + "/ToPort"},
	}
}

// closed is the verdict on a group that opens none of some ports, or of which
// that is not known. It rests on the sources of the permissions that cover one
// of the ports, and on the ports of the others.
func closed(s *snapshot.Snapshot, g *snapshot.SecurityGroup, message string, ports []int) checks.Verdict {
	covers := func(p *snapshot.IPPermission) bool {
		return slices.ContainsFunc(ports, p.CoversTCP)
	}
	x := s.IngressSources(g, covers)
	switch {
	case len(x.Missing) > 0:
		return checks.Missing(x.Missing...)
	case len(x.Silent) > 0:
		return checks.Unknown("does not say whom its rules admit, or to what", x.Silent...)
	case len(g.IPPermissions) == 0:
		return checks.Pass(message, checks.Field(g, "IpPermissions"))
	}
	evidence := x.AllPlaces()
	ipv4, ipv6 := x.Open() // though for no port alone
	for i := range g.IPPermissions {
		p := &g.IPPermissions[i]
		switch {
		case !covers(p), ipv4, ipv6:
			evidence = append(evidence, permission(g, i)...)
		case len(p.IPRanges)+len(p.IPv6Ranges)+len(p.PrefixListIDs) == 0: // references to groups only
			evidence = append(evidence, checks.Field(g, "IpPermissions", i, "IpRanges"), checks.Field(g, "IpPermissions", i, "Ipv6Ranges"))
		}
	}
	return checks.Pass(message, evidence...)
}

// numbers lists ports.
func numbers(ports []int) string {
	words := make([]string, len(ports))
	for i, p := range ports {
		words[i] = strconv.Itoa(p)
	}
	return strings.Join(words, ", ")
}
