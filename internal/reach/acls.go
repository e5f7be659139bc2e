package reach

import (
	"math"
	"net/netip"
	"slices"

	"github.com/buttress/buttress/internal/snapshot"
)

// decideBy lets the rules of a network ACL decide in their order: each about the
// packets that it means and no rule before it did.
func decideBy(rules []aclRule, rest space, f family, means func(*aclRule) (box, bool), decided func(*aclRule, space)) {
	for i := range rules {
		r := &rules[i]
		c, ok := means(r)
		if !ok {
			continue
		}
		hit := rest.within(c)
		if hit.empty() {
			continue
		}
		decided(r, hit)
		if rest = rest.without(c, f); rest.empty() {
			return
		}
	}
}

// Admission is what a rule of a network ACL lets through in effect: what no rule
// before it decides.
type Admission struct {
	Entry  int // of the Entries of the network ACL
	Blocks []netip.Prefix
}

// Admissions are what a network ACL by itself lets in to some ports of a protocol,
// in the order in which its rules decide: packets to any of the ports count.
func Admissions(acl *snapshot.NetworkACL, p Protocol, ports Ports) []Admission {
	var all []Admission
	for _, f := range p.families() {
		decideBy(rulesOf(acl, false, f), space{{service: ports, client: allPorts}}, f, meant(p), func(r *aclRule, hit space) {
			if r.allow {
				all = append(all, Admission{r.entry, blocksOf(hit.far(), f)})
			}
		})
	}
	return all
}

// meant is what a rule means of the requests of a protocol.
func meant(p Protocol) func(*aclRule) (box, bool) {
	return func(r *aclRule) (box, bool) {
		return box{far: r.far, service: r.ports(p), client: allPorts}, p.matches(r.protocol)
	}
}

func blocksOf(a addresses, f family) []netip.Prefix {
	if a == nil {
		return []netip.Prefix{f.all()}
	}
	return a.prefixes()
}

// Unanswered is a rule of a network ACL that lets requests through, whose replies
// the network ACL stops.
type Unanswered struct {
	Entry  int  // of the Entries of the network ACL
	Egress bool // the requests go out of the subnet
	// Partly says that replies to some of the ports of clients get through.
	Partly bool
	// Stops is the entry that stops the replies, or -1 where none names them.
	Stops int
}

// UnansweredCalls are the rules of a network ACL that let requests of TCP or UDP
// through, in one direction, between a subnet and some blocks, whose replies it
// stops for more than half of the addresses that the rule means: fewer are shut out
// on purpose. A rule whose range of ports reaches into those from which the systems
// of today speak is taken to let replies through, and counts for the TCP ports below
// 1024 alone. One that denies a range below them is taken to be against calls of what
// listens there, and to leave replies alone. Of UDP, by which much is sent that
// nobody answers, a rule counts that names it and the port of something that always
// answers.
func UnansweredCalls(acl *snapshot.NetworkACL, p Protocol, egress bool, blocks []netip.Prefix, clients Ports) []Unanswered {
	var all []Unanswered
	for _, f := range []family{ipv4, ipv6} {
		if b := setOf(f, blocks...); !noneOf(b) {
			all = append(all, (&calls{acl, p, egress, f, clients}).unanswered(b)...)
		}
	}
	return all
}

// calls are the requests that a network ACL is asked about, in one family.
type calls struct {
	acl     *snapshot.NetworkACL
	of      Protocol
	egress  bool
	family  family
	clients Ports
}

func (c *calls) unanswered(blocks addresses) []Unanswered {
	f := c.family
	asked := space{{far: blocks, service: c.clients, client: allPorts}}
	back := slices.DeleteFunc(rulesOf(c.acl, !c.egress, f), c.against)
	var through space
	decideBy(back, asked, f, meant(c.of), func(r *aclRule, hit space) {
		if r.allow {
			through = append(through, hit...)
		}
	})
	stopped := asked.minus(through, f)
	some, notAll := through.far(), stopped.far()
	var all []Unanswered
	requests := space{{far: blocks, service: servicePorts, client: allPorts}}
	decideBy(rulesOf(c.acl, c.egress, f), requests, f, meant(c.of), func(r *aclRule, hit space) {
		to := hit.within(box{service: c.called(r), client: allPorts}).far()
		if !r.allow || noneOf(to) {
			return
		}
		u := Unanswered{Entry: r.entry, Egress: c.egress, Stops: -1}
		switch {
		case mostOf(withoutAddresses(to, some, f), to):
		case mostOf(intersectAddresses(to, notAll), to):
			u.Partly = true
		default:
			return
		}
		u.Stops = c.stopper(back, to)
		all = append(all, u)
	})
	return all
}

// stopper is the entry of the first rule that stops the replies to some addresses,
// or -1.
func (c *calls) stopper(rules []aclRule, to addresses) int {
	entry := -1
	decideBy(rules, space{{far: to, service: c.clients, client: allPorts}}, c.family, meant(c.of), func(r *aclRule, _ space) {
		if !r.allow && entry < 0 {
			entry = r.entry
		}
	})
	return entry
}

// dynamic are the ports from which the systems of today speak: Linux 32768-60999,
// Windows 49152-65535.
// https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
const dynamic = 32768

// answered are the UDP ports of what answers each request, at a port that the client
// picks: DNS (RFC 5452, section 9.2) and HTTP over QUIC (RFC 9114, section 3.1).
var answered = Ports{{53, 53}, {443, 443}}

// called are the ports of a rule at which somebody is called who answers.
func (c *calls) called(r *aclRule) Ports {
	ports := r.ports(c.of)
	wide := slices.ContainsFunc(ports, func(r PortRange) bool { return r.To >= dynamic })
	switch {
	case c.of == UDP && wide:
		return nil
	case c.of == UDP:
		return ports.intersect(answered)
	case wide:
		return ports.intersect(Ports{{1, clientPorts[0].From - 1}})
	default:
		return ports
	}
}

// against reports whether a rule denies ports at which services listen.
func (c *calls) against(r aclRule) bool {
	return !r.allow && !slices.ContainsFunc(r.ports(c.of), func(p PortRange) bool { return p.To >= dynamic })
}

// mostOf reports whether some addresses are more than half of others, of which
// they are a part.
func mostOf(some, all addresses) bool { return 2*sizeOf(some) > sizeOf(all) }

func sizeOf(a addresses) float64 {
	var n float64
	for _, p := range a.prefixes() {
		n += math.Exp2(float64(p.Addr().BitLen() - p.Bits()))
	}
	return n
}
