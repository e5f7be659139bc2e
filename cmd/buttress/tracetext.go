package main

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/report"
)

// answerText writes an answer for people: the answer in a sentence, the path hop
// by hop, what stops packets and what is missing.
type answerText struct {
	w     *bufio.Writer
	a     *reach.Answer
	width int
	bold  func(string) string
}

func writeAnswer(e *env, a *reach.Answer) error {
	t := &answerText{w: bufio.NewWriter(e.stdout), a: a, width: e.width(), bold: func(s string) string { return s }}
	if t.width <= 0 {
		t.width = 80
	}
	if e.colour(e.stdout) {
		t.bold = func(s string) string { return "\x1b[1m" + s + "\x1b[0m" }
	}
	t.sentence()
	t.stoppers()
	t.paths()
	t.sources()
	t.missing()
	t.assumed()
	return t.w.Flush()
}

// most bounds how many things of a kind are shown; the JSON form has all of them.
const mostShown = 10

func (t *answerText) wrap(first, rest, s string) {
	fmt.Fprint(t.w, report.Wrap(report.Escape(s), first, rest, t.width))
}

func (t *answerText) heading(s string) { fmt.Fprintf(t.w, "\n%s\n", t.bold(s)) }

func (t *answerText) more(n int) {
	if n > 0 {
		fmt.Fprintf(t.w, "  … and %d more (--format json has all)\n", n)
	}
}

// what is asked about: "tcp/22".
func (t *answerText) what() string {
	if t.a.Port == nil {
		return t.a.Protocol
	}
	return t.a.Protocol + "/" + strconv.Itoa(*t.a.Port)
}

func (t *answerText) sentence() {
	from, to := "", t.a.To
	if t.a.From != nil {
		from = *t.a.From
	}
	via := map[string]string{"load-balancer": ", through a load balancer", "mixed": ", directly and through a load balancer"}[t.a.Via]
	words := map[string]string{
		reach.Reachable:   from + " reaches " + to + " on " + t.what() + via + ".",
		reach.Partial:     from + " reaches " + to + " on " + t.what() + " in part" + via + ".",
		reach.ForwardOnly: "Packets from " + from + " get to " + to + " on " + t.what() + ", but the replies do not return.",
		reach.Blocked:     from + " does not reach " + to + " on " + t.what() + ".",
		reach.Unknown:     "Whether " + from + " reaches " + to + " on " + t.what() + " hangs on what is not recorded.",
	}[t.a.Answer]
	if t.a.From == nil {
		words = map[string]string{
			reach.Reachable: to + " can be reached on " + t.what() + via + ".",
			reach.Blocked:   "Nothing reaches " + to + " on " + t.what() + ".",
			reach.Unknown:   "Who reaches " + to + " on " + t.what() + " hangs on what is not recorded.",
		}[t.a.Answer]
	}
	fmt.Fprintln(t.w, t.bold(strings.ReplaceAll(t.a.Answer, "_", " ")))
	t.wrap("", "", words)
}

func (t *answerText) stoppers() {
	if len(t.a.Blockers) == 0 {
		return
	}
	t.heading(map[string]string{
		reach.Partial: "What stops the rest", reach.ForwardOnly: "What stops the replies",
	}[t.a.Answer] + map[bool]string{true: "What stops it, in order"}[t.a.Answer == reach.Blocked])
	for i, b := range t.a.Blockers {
		if i == mostShown {
			t.more(len(t.a.Blockers) - i)
			break
		}
		t.wrap(fmt.Sprintf("  %d. ", i+1), "     ", kindWords(b.Kind)+" "+b.Resource+": "+b.Message)
		t.source(b.Source)
	}
}

// kindWords writes a kind as people do.
func kindWords(kind string) string {
	return strings.NewReplacer("-", " ", "network-acl", "network ACL", "nat-gateway", "NAT gateway", "vpc-", "VPC ", "vpn-gateway", "VPN gateway").Replace(kind)
}

func (t *answerText) source(s string) {
	if s != "" {
		fmt.Fprintf(t.w, "     %s\n", report.Escape(s))
	}
}

func (t *answerText) paths() {
	for i, p := range t.a.Paths {
		if i == 3 {
			fmt.Fprintln(t.w)
			t.more(len(t.a.Paths) - i)
			break
		}
		title := "The path"
		if len(t.a.Paths) > 1 {
			title = fmt.Sprintf("Path %d of %d", i+1, len(t.a.Paths))
		}
		t.heading(title)
		t.hops(p.Hops)
		if len(p.Reply) > 0 {
			t.heading("The way back")
			t.hops(p.Reply)
		}
	}
}

func (t *answerText) hops(hops []reach.Hop) {
	for i, h := range hops {
		t.wrap(fmt.Sprintf("%3d. ", i+1), "     ", kindWords(h.Kind)+" "+h.Resource+": "+h.Decided)
		t.source(h.Source)
	}
}

func (t *answerText) sources() {
	if len(t.a.Sources) == 0 {
		return
	}
	t.heading("From where it works")
	some := t.a.Sources
	if t.a.From != nil && len(some) > mostShown {
		some = some[:mostShown]
	}
	t.wrap("  ", "  ", strings.Join(some, ", "))
	t.more(len(t.a.Sources) - len(some))
}

func (t *answerText) missing() {
	switch {
	case t.a.Answer == reach.Unknown:
		t.heading("What is missing")
	case len(t.a.Missing) > 0:
		t.heading("What is missing: there may be more who reach it")
	default:
		return
	}
	if len(t.a.Missing) == 0 {
		t.wrap("  ", "  ", "nothing that a recording can hold: what something on the way lets through, or what is announced to a VPN gateway")
	}
	for _, m := range t.a.Missing {
		what := m.Operation
		if m.Resource != "" {
			what += " of " + m.Resource
		}
		what += " in " + m.Region
		if m.Account != "" {
			what += " of account " + m.Account
		}
		t.wrap("  ", "    ", what)
	}
}

func (t *answerText) assumed() {
	if len(t.a.Assumed) == 0 {
		return
	}
	t.heading("What was assumed")
	for _, s := range t.a.Assumed {
		t.wrap("  ", "    ", s)
	}
}
