package reach_test

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/internal/snapshot"
)

// nics are the interfaces of an instance.
func (o *oracle) nicsOf(instance string) []*snapshot.NetworkInterface {
	var all []*snapshot.NetworkInterface
	nics := snapshot.NetworkInterfaces.In(o.s)
	for i := range nics {
		if nics[i].Attachment.InstanceID == instance {
			all = append(all, &nics[i])
		}
	}
	return all
}

// tries are the packets that a question is about, but for the ports: any of them
// that gets through is enough.
func (o *oracle) tries(q question) []try {
	var all []try
	for _, from := range o.origins(q.from) {
		all = append(all, o.triesFrom(from, q)...)
	}
	return all
}

func (o *oracle) triesFrom(from origin, q question) []try {
	var all []try
	switch {
	case strings.HasPrefix(q.to, "i-"):
		for _, c := range o.nicsOf(q.to) {
			all = append(all, o.triesTo(from, c, q)...)
		}
	case strings.HasPrefix(q.to, "lb-"):
		all = append(all, o.triesToBalancer(from, q)...)
	default:
		dst := netip.MustParseAddr(q.to)
		all = append(all, try{origin: from, dst: dst, counts: func(a arrival) bool { return o.answered(from, a) }})
	}
	return slices.DeleteFunc(all, func(t try) bool {
		return t.src.Is6() != t.dst.Is6() || !speaks(q.proto, t.dst) || t.nic != nil && slices.Contains(t.nic.Addresses(), t.dst)
	})
}

// triesTo are those to an interface: to each address of it, and to each address of
// each node of a load balancer that leads to it.
func (o *oracle) triesTo(from origin, c *snapshot.NetworkInterface, q question) []try {
	var all []try
	for _, dst := range o.addressesFrom(from, c) {
		all = append(all, try{origin: from, dst: dst, counts: at(c)})
	}
	for _, w := range o.waysTo(c, q.proto, q.port) {
		if w.network && !w.forwards(from.src) {
			continue // it is no way in that family
		}
		for _, dst := range o.addressesFrom(from, w.node) {
			all = append(all, try{origin: from, dst: dst, by: &w})
		}
	}
	return all
}

// triesToBalancer are those to a listener.
func (o *oracle) triesToBalancer(from origin, q question) []try {
	var all []try
	for _, b := range snapshot.LoadBalancers.In(o.s) {
		listeners, _ := o.s.ListenersOf(&b)
		for _, l := range listeners {
			if b.LoadBalancerName != q.to || !carries(l.Protocol, q.proto) || !snapshot.Is(l.Port, q.port) {
				continue
			}
			for _, node := range o.nodesOf(&b) {
				for _, dst := range o.addressesFrom(from, node) {
					all = append(all, try{origin: from, dst: dst, counts: at(node)})
				}
			}
		}
	}
	return all
}

// speaks reports whether a protocol is of the family of an address.
func speaks(proto int, a netip.Addr) bool {
	return proto != protoICMP && proto != protoICMPv6 || a.Is6() == (proto == protoICMPv6)
}

func at(c *snapshot.NetworkInterface) func(arrival) bool {
	return func(a arrival) bool { return a.at.nic == c }
}

// addressesFrom are the addresses by which an interface is spoken to: its public
// ones from the internet, its own from other networks, and all of them from within.
func (o *oracle) addressesFrom(from origin, c *snapshot.NetworkInterface) []netip.Addr {
	if from.outside == "internet" {
		return o.publicAddresses(c)
	}
	if from.nic != nil {
		return slices.Concat(c.Addresses(), c.PublicAddresses())
	}
	return c.Addresses()
}

func (o *oracle) publicAddresses(c *snapshot.NetworkInterface) []netip.Addr {
	all := c.PublicAddresses()
	for _, a := range c.Addresses() {
		if a.Is6() && o.global(c.VPCID, a) {
			all = append(all, a)
		}
	}
	return all
}

// origins are where a question starts: every address of an instance, or outside.
func (o *oracle) origins(word string) []origin {
	var all []origin
	if strings.HasPrefix(word, "i-") {
		for _, c := range o.nicsOf(word) {
			for _, a := range c.Addresses() {
				all = append(all, origin{place{nic: c}, a})
			}
		}
		return all
	}
	a := netip.MustParseAddr(word)
	if held := o.holders(a); len(held) > 0 {
		return held
	}
	if public(a) {
		return []origin{{place{outside: "internet"}, a}}
	}
	for _, g := range snapshot.VPNGateways.In(o.s) {
		if o.behindVPN(g.VPNGatewayID, a) {
			all = append(all, origin{place{outside: g.VPNGatewayID}, a})
		}
	}
	for _, t := range snapshot.TransitGatewayAttachments.In(o.s) {
		if t.AttachedType == "vpn" && o.leadsTo(t.TransitGatewayAttachmentID, a) {
			all = append(all, origin{place{outside: t.TransitGatewayAttachmentID}, a})
		}
	}
	return all
}

// holders are the interfaces that have an address, privately or else publicly.
func (o *oracle) holders(a netip.Addr) []origin {
	var all []origin
	nics := snapshot.NetworkInterfaces.In(o.s)
	for i := range nics {
		if slices.Contains(nics[i].Addresses(), a) {
			all = append(all, origin{place{nic: &nics[i]}, a})
		}
	}
	for _, m := range o.mappings() {
		if m.public == a && len(all) == 0 {
			all = append(all, origin{place{nic: m.nic}, m.private})
		}
	}
	return all
}

// leadsTo reports whether a route of a transit gateway leads to an address by an
// attachment.
func (o *oracle) leadsTo(attachment string, a netip.Addr) bool {
	for _, t := range snapshot.TransitGatewayRouteTables.In(o.s) {
		routes, _ := o.s.TransitGatewayRoutesOf(&t)
		for _, r := range routes {
			for _, to := range r.TransitGatewayAttachments {
				if to.TransitGatewayAttachmentID == attachment && r.DestinationCIDRBlock.Contains(a) {
					return true
				}
			}
		}
	}
	return false
}

// internetSources are addresses of the internet that nothing recorded holds, at
// both sides of the borders of every block that stands in the recording.
func (o *oracle) internetSources() []netip.Addr {
	all := []netip.Addr{netip.MustParseAddr("1.0.0.1"), netip.MustParseAddr("2001:4860::1")}
	for _, b := range o.blocks() {
		last := b.Masked().Addr()
		for i := b.Bits(); i < last.BitLen(); i++ {
			last = setBit(last, i)
		}
		all = append(all, b.Masked().Addr(), last, b.Masked().Addr().Prev(), last.Next())
	}
	all = slices.DeleteFunc(all, func(a netip.Addr) bool { return !a.IsValid() || !public(a) || o.held(a) })
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}

func setBit(a netip.Addr, i int) netip.Addr {
	b := a.AsSlice()
	b[i/8] |= 0x80 >> (i % 8)
	r, _ := netip.AddrFromSlice(b)
	return r
}

func (o *oracle) held(a netip.Addr) bool {
	for _, v := range snapshot.VPCs.In(o.s) {
		if holds(v.CIDRs(), a) {
			return true
		}
	}
	for _, m := range o.mappings() {
		if m.public == a {
			return true
		}
	}
	for _, g := range snapshot.NATGateways.In(o.s) {
		for _, x := range g.NATGatewayAddresses {
			if x.PublicIP == a {
				return true
			}
		}
	}
	return false
}

// blocks are the blocks that rules and routes speak of.
func (o *oracle) blocks() []netip.Prefix {
	var all []netip.Prefix
	for _, r := range snapshot.ListenerRules.In(o.s) {
		for _, c := range r.Conditions {
			all = append(all, c.SourceIPConfig.Values...)
		}
	}
	for _, g := range snapshot.SecurityGroups.In(o.s) {
		for _, r := range slices.Concat(g.IPPermissions, g.IPPermissionsEgress) {
			for _, b := range r.IPRanges {
				all = append(all, b.CIDRIP)
			}
			for _, b := range r.IPv6Ranges {
				all = append(all, b.CIDRIPv6)
			}
		}
	}
	for _, a := range snapshot.NetworkACLs.In(o.s) {
		for _, e := range a.Entries {
			all = append(all, e.CIDRBlock, e.IPv6CIDRBlock)
		}
	}
	for _, t := range snapshot.RouteTables.In(o.s) {
		for _, r := range t.Routes {
			all = append(all, r.Destination())
		}
	}
	for _, e := range snapshot.PrefixListEntries.In(o.s) {
		all = append(all, e.CIDR)
	}
	all = slices.DeleteFunc(all, func(b netip.Prefix) bool { return !b.IsValid() })
	slices.SortFunc(all, netip.Prefix.Compare)
	return slices.Compact(all)
}
