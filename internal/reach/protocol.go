package reach

import (
	"strconv"

	"github.com/buttress/buttress/internal/snapshot"
)

// Protocol is a number of
// https://www.iana.org/assignments/protocol-numbers/protocol-numbers.xhtml
type Protocol uint8

// The protocols that AWS tells apart by more than their number.
const (
	ICMP   Protocol = 1
	TCP    Protocol = 6
	UDP    Protocol = 17
	ICMPv6 Protocol = 58
)

// String is the name that AWS uses, or the number.
func (p Protocol) String() string {
	switch p {
	case ICMP:
		return "icmp"
	case TCP:
		return "tcp"
	case UDP:
		return "udp"
	case ICMPv6:
		return "icmpv6"
	default:
		return strconv.Itoa(int(p))
	}
}

func (p Protocol) hasPorts() bool { return p == TCP || p == UDP }

func (p Protocol) isICMP() bool { return p == ICMP || p == ICMPv6 }

// asked is every packet of the protocol: all ports at which there can be a
// service, from all ports of clients.
func (p Protocol) asked() box {
	if p.hasPorts() {
		return box{service: servicePorts, client: clientPorts}
	}
	return box{service: allPorts, client: allPorts}
}

// replies are the types of ICMP that answer others, by the type that asks.
// https://www.iana.org/assignments/icmp-parameters/icmp-parameters.xhtml
// https://www.iana.org/assignments/icmpv6-parameters/icmpv6-parameters.xhtml
var replies = map[Protocol]map[uint16]uint16{
	ICMP:   {8: 0, 13: 14, 15: 16, 17: 18},
	ICMPv6: {128: 129, 133: 134, 135: 136},
}

// icmpRange is the types and codes that a rule names; -1 and nothing mean all.
func icmpRange(typ, code snapshot.Optional[int]) Ports {
	t, ok := typ.Value()
	if !ok || t < 0 || t > 255 {
		return allPorts
	}
	c, ok := code.Value()
	if !ok || c < 0 || c > 255 {
		return icmpType(t)
	}
	return port(t<<8 | c)
}

// icmpType is a type with all its codes.
func icmpType(t int) Ports { return Ports{{port(t << 8)[0].From, port(t<<8 | 255)[0].To}} }

// portRange is the ports that a rule names; nothing and -1 mean all.
func portRange(from, to snapshot.Optional[int]) Ports {
	f, hasFrom := from.Value()
	t, hasTo := to.Value()
	if !hasFrom || !hasTo || f < 0 || t < 0 {
		return allPorts
	}
	first, last := port(f), port(min(t, 65535))
	if f > t || first.empty() {
		return nil
	}
	return Ports{{first[0].From, last[0].To}}
}

// matches reports whether the protocol that a rule names, a number, a name or -1,
// is this one. It is false for a word that nobody knows.
func (p Protocol) matches(rule string) bool {
	switch rule {
	case "-1", "all":
		return true
	case "tcp":
		return p == TCP
	case "udp":
		return p == UDP
	case "icmp":
		return p == ICMP
	case "icmpv6":
		return p == ICMPv6
	}
	n, err := strconv.ParseUint(rule, 10, 8)
	return err == nil && Protocol(n) == p
}

// Words are ports in words: "22, 80-443", "all", or of ICMP the types.
func (p Protocol) Words(ports Ports) string {
	switch {
	case ports.covers(servicePorts), !p.hasPorts() && !p.isICMP():
		return "all"
	case p.isICMP():
		var types []PortRange
		for _, r := range ports {
			types = append(types, PortRange{r.From >> 8, r.To >> 8})
		}
		return "type " + normal(types).String()
	default:
		return ports.String()
	}
}
