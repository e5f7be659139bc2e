package reach_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing/fstest"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// compared counts the packets of which both engines told the fate.
var compared atomic.Int64

func headline(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// inFiles says where the engines differ about a recording.
func inFiles(files fstest.MapFS, q question) (differ string) {
	defer func() {
		if err := recover(); err != nil { // the oracle needs whole recordings
			differ = fmt.Sprint(err)
		}
	}()
	s, err := loaded(files)
	if err != nil {
		return err.Error()
	}
	for _, b := range snapshot.LoadBalancers.In(s) {
		if len((&oracle{s: s}).nodesOf(&b)) < len(b.AvailabilityZones) {
			return "" // the engine makes up nodes that are not recorded
		}
	}
	return disagreement(s, reach.NewNetwork(s), q)
}

func loaded(files fstest.MapFS) (*snapshot.Snapshot, error) {
	r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		return nil, err
	}
	return snapshot.Load(r, reach.Kinds())
}

// question is a question for both engines.
type question struct {
	from, to string
	proto    int
	port     int
}

func (q question) String() string {
	return fmt.Sprintf("%s -> %s %s/%d", q.from, q.to, reach.Protocol(q.proto), q.port)
}

func (q question) words() reach.Question {
	port := q.port
	return reach.Question{From: q.from, To: q.to, Protocol: fmt.Sprint(q.proto), Port: &port}
}

// question draws a question about a network.
func (w *world) question(s *snapshot.Snapshot) question {
	q := question{port: one(w, "port", 22, 80, 443, 8080), proto: one(w, "protocol", protoTCP, protoTCP, protoTCP, protoTCP, protoUDP, protoICMP, protoICMPv6)}
	switch q.proto {
	case protoICMP:
		q.port = 8
	case protoICMPv6:
		q.port = 128
	}
	var instances []string
	addresses := map[string][]string{}
	for _, c := range snapshot.NetworkInterfaces.In(s) {
		if id := c.Attachment.InstanceID; id != "" {
			instances = append(instances, id)
			for _, a := range c.Addresses() {
				addresses[id] = append(addresses[id], a.String())
			}
			for _, a := range c.PublicAddresses() {
				addresses[id] = append(addresses[id], a.String())
			}
		}
	}
	q.to = one(w, "to", instances...)
	other := slices.DeleteFunc(slices.Clone(instances), func(id string) bool { return id == q.to })
	kind := w.upTo(9, "question")
	if len(other) == 0 && (kind == 2 || kind == 3) {
		kind = 0
	}
	switch kind {
	case 7, 8:
		q.from = one(w, "client", "internet", "internet", "8.8.8.8", "2a00::7")
		if targets := registered(s); len(targets) > 0 {
			target := one(w, "target", targets...)
			q.to, q.port, q.proto = target.to, target.port, target.proto
		}
	case 9:
		q.from, q.to = one(w, "from", instances...), one(w, "to a service", "8.8.8.8", "45.2.2.3")
	case 0, 1:
		q.from = "internet"
	case 2:
		q.from = one(w, "from", other...)
		q.to = one(w, "to address", addresses[q.to]...)
		if slices.Contains(addresses[q.from], q.to) { // where ranges overlap
			q.from = "internet"
		}
	case 3:
		q.from = one(w, "from", other...)
	case 4:
		q.from = one(w, "from address", "8.8.8.8", "45.1.2.3", "45.2.2.3", "192.168.50.7", "192.168.60.7", "192.168.7.7", "2a00::7")
	case 6:
		q.from = "internet"
		if balancers := snapshot.LoadBalancers.In(s); len(balancers) > 0 {
			q.to = balancers[0].LoadBalancerName
		}
	case 5:
		q.from, q.to = one(w, "from", instances...), one(w, "to internet", "8.8.8.8", "45.1.2.3", "45.2.2.3", "192.168.50.7", "192.168.60.7", "2a00::7")
	}
	return q
}

// registered are questions for what target groups register.
func registered(s *snapshot.Snapshot) []question {
	o := &oracle{s: s}
	var all []question
	groups := snapshot.TargetGroups.In(s)
	for i := range groups {
		proto := protoTCP
		if groups[i].Protocol == "UDP" {
			proto = protoUDP
		}
		for _, c := range snapshot.NetworkInterfaces.In(s) {
			for _, port := range []int{80, 8080} {
				if _, _, ok := o.registered(&groups[i], &c, port); ok && c.Attachment.InstanceID != "" {
					all = append(all, question{to: c.Attachment.InstanceID, proto: proto, port: port})
				}
			}
		}
	}
	return all
}

// try is a way to go: from somewhere to an address, directly or by way of a load
// balancer.
type try struct {
	origin
	dst    netip.Addr
	counts func(arrival) bool
	by     *way
}

// answered leaves out what nobody recorded has, such as a private address behind a
// VPN, and ports of a load balancer at which it does not listen. Outside is somebody
// for those alone who stand in a recorded network.
func (o *oracle) answered(from origin, a arrival) bool {
	if a.at.nic == nil {
		return from.nic != nil && (a.at.outside == "internet" || o.endpoint(a.at.outside) != nil)
	}
	for _, b := range snapshot.LoadBalancers.In(o.s) {
		if !slices.Contains(o.nodesOf(&b), a.at.nic) {
			continue
		}
		listeners, _ := o.s.ListenersOf(&b)
		return slices.ContainsFunc(listeners, func(l snapshot.Listener) bool {
			return carries(l.Protocol, a.proto) && snapshot.Is(l.Port, a.dport)
		})
	}
	return true
}

// fate is what became of packets for all ports of clients.
type fate struct{ arrives, some, all bool }

// disagreement asks both engines and says where they differ.
func disagreement(s *snapshot.Snapshot, n *reach.Network, q question) string {
	answer, err := n.Ask(q.words())
	if err != nil {
		return err.Error()
	}
	o := &oracle{s: s}
	if q.from == "internet" {
		return o.fromInternet(q, answer)
	}
	if want := o.answer(q); answer.Answer != want {
		return fmt.Sprintf("%s: %s, want %s\n%s", q, answer.Answer, want, explain(answer))
	}
	return ""
}

// answer is the answer to a question about packets from one place. It is unknown
// where they come from behind a virtual private gateway if that was announced.
func (o *oracle) answer(q question) string {
	want := o.fateOf(o.tries(q), q).answer()
	more := *o
	if more.announced = true; len(more.origins(q.from)) == len(o.origins(q.from)) {
		return want
	}
	if f := more.fateOf(more.tries(q), q); f.some && f.answer() != want {
		return reach.Unknown
	}
	return want
}

func (f fate) answer() string {
	switch {
	case f.all:
		return reach.Reachable
	case f.some:
		return reach.Partial
	case f.arrives:
		return reach.ForwardOnly
	default:
		return reach.Blocked
	}
}

func explain(a *reach.Answer) string {
	var b strings.Builder
	for _, p := range a.Paths {
		for _, h := range p.Hops {
			fmt.Fprintf(&b, "  %s %s: %s\n", h.Kind, h.Resource, h.Decided)
		}
		b.WriteString("  reply:\n")
		for _, h := range p.Reply {
			fmt.Fprintf(&b, "  %s %s: %s\n", h.Kind, h.Resource, h.Decided)
		}
	}
	for _, x := range a.Blockers {
		fmt.Fprintf(&b, "  blocker %s %s: %s\n", x.Kind, x.Resource, x.Message)
	}
	for _, x := range a.Missing {
		fmt.Fprintf(&b, "  missing %s %s\n", x.Operation, x.Resource)
	}
	return b.String()
}

// fateOf carries packets from every port of a client that some rule tells apart,
// every way in turn: one that works is enough.
func (o *oracle) fateOf(all []try, q question) fate {
	f := fate{all: len(all) > 0}
	clients := []int{1024}
	if q.proto == protoTCP || q.proto == protoUDP {
		clients = o.clientPorts()
	}
	for _, c := range clients {
		for _, nat := range clients {
			o.natPort = nat
			one := false
			for _, t := range all {
				p := packet{src: t.src, dst: t.dst, sport: c, dport: q.port, proto: q.proto}
				if p.isICMP() {
					p.dport = q.port << 8
				}
				compared.Add(1)
				arrives, returns := o.carry(t, p)
				f.arrives, one = f.arrives || arrives, one || returns
			}
			f.some, f.all = f.some || one, f.all && one
		}
	}
	return f
}

func (o *oracle) carry(t try, p packet) (arrives, returns bool) {
	if t.by != nil {
		return o.through(*t.by, t.origin, p)
	}
	return o.converse(t.origin, p, t.counts)
}

// clientPorts are ports of clients, one for each stretch that rules tell apart.
func (o *oracle) clientPorts() []int {
	ports := []int{1024}
	cut := func(p int) {
		if p > 1024 && p <= 65535 {
			ports = append(ports, p)
		}
	}
	for _, a := range snapshot.NetworkACLs.In(o.s) {
		for _, e := range a.Entries {
			if from, ok := e.PortRange.From.Value(); ok {
				to, _ := e.PortRange.To.Value()
				cut(from)
				cut(to + 1)
			}
		}
	}
	for _, g := range snapshot.SecurityGroups.In(o.s) {
		for _, r := range slices.Concat(g.IPPermissions, g.IPPermissionsEgress) {
			if from, ok := r.FromPort.Value(); ok {
				to, _ := r.ToPort.Value()
				cut(from)
				cut(to + 1)
			}
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// fromInternet compares what the internet reaches: from one address of each
// stretch that rules and routes tell apart.
func (o *oracle) fromInternet(q question, answer *reach.Answer) string {
	sum := fate{all: true}
	asked := false
	for _, a := range o.internetSources() {
		tries := o.triesFrom(origin{place{outside: "internet"}, a}, q)
		if len(tries) == 0 {
			continue
		}
		f := o.fateOf(tries, q)
		asked = true
		if listed := within(answer.Sources, a); listed != f.some {
			return fmt.Sprintf("%s: from %s: sources has it: %v, want %v\n%s %s\n%s", q, a, listed, f.some, answer.Answer, answer.Sources, explain(answer))
		}
		sum.arrives, sum.some, sum.all = sum.arrives || f.arrives, sum.some || f.some, sum.all && f.all
	}
	sum.all = sum.all && asked
	if want := sum.answer(); answer.Answer != want {
		return fmt.Sprintf("%s: %s, want %s\n%s\n%s", q, answer.Answer, want, answer.Sources, explain(answer))
	}
	return ""
}

func within(ranges []string, a netip.Addr) bool {
	return slices.ContainsFunc(ranges, func(r string) bool {
		p, err := netip.ParsePrefix(r)
		return err == nil && p.Contains(a)
	})
}
