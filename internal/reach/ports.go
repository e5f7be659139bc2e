package reach

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// PortRange is a range of ports, both ends included. Of ICMP it is a range of
// types and codes: the type times 256, plus the code.
type PortRange struct{ From, To uint16 }

// Ports is a set of ports: sorted ranges that neither overlap nor touch. The
// zero Ports is empty.
type Ports []PortRange

var (
	allPorts = Ports{{0, 65535}}
	// clientPorts are those from which clients speak: NAT gateways and functions use
	// all of them, operating systems a part.
	// https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
	clientPorts = Ports{{1024, 65535}}
	// servicePorts are those at which something can be asked for: port 0 is
	// reserved (RFC 6335, section 6).
	servicePorts = Ports{{1, 65535}}
)

func (p Ports) empty() bool { return len(p) == 0 }

// normal sorts ranges and joins those that overlap or touch.
func normal(ranges []PortRange) Ports {
	slices.SortFunc(ranges, func(a, b PortRange) int { return cmp.Compare(a.From, b.From) })
	var out Ports
	for _, r := range ranges {
		if n := len(out); n > 0 && int(r.From) <= int(out[n-1].To)+1 {
			out[n-1].To = max(out[n-1].To, r.To)
			continue
		}
		out = append(out, r)
	}
	return out
}

func (p Ports) union(q Ports) Ports { return normal(slices.Concat(p, q)) }

func (p Ports) intersect(q Ports) Ports {
	var out Ports
	for i, j := 0, 0; i < len(p) && j < len(q); {
		if from, to := max(p[i].From, q[j].From), min(p[i].To, q[j].To); from <= to {
			out = append(out, PortRange{from, to})
		}
		if p[i].To < q[j].To {
			i++
		} else {
			j++
		}
	}
	return out
}

func (p Ports) without(q Ports) Ports {
	return p.intersect(q.others())
}

// others are the ports outside p.
func (p Ports) others() Ports {
	var out Ports
	var from uint16
	for _, r := range p {
		if r.From > from {
			out = append(out, PortRange{from, r.From - 1})
		}
		if r.To == 65535 {
			return out
		}
		from = r.To + 1
	}
	return append(out, PortRange{from, 65535})
}

// port is one port, or none where the number is no port.
func port(number int) Ports {
	if number < 0 || number > 65535 {
		return nil
	}
	return Ports{{uint16(number), uint16(number)}}
}

func (p Ports) covers(q Ports) bool {
	i := 0
	for _, r := range q {
		for i < len(p) && p[i].To < r.From {
			i++
		}
		if i == len(p) || r.From < p[i].From || p[i].To < r.To {
			return false
		}
	}
	return true
}

// Overlaps reports whether any port is in both sets.
func (p Ports) Overlaps(q Ports) bool { return !p.intersect(q).empty() }

// NewPorts is a set of ranges of ports, in any order.
func NewPorts(ranges ...PortRange) Ports { return normal(ranges) }

// String is like "22, 80-443".
func (p Ports) String() string {
	words := make([]string, len(p))
	for i, r := range p {
		words[i] = strconv.Itoa(int(r.From))
		if r.To > r.From {
			words[i] += "-" + strconv.Itoa(int(r.To))
		}
	}
	return strings.Join(words, ", ")
}
