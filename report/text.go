package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Text writes the results for people: what failed first, by severity, then what
// somebody accepted, what is unknown and on which call that hangs, and counts.
func Text(w io.Writer, r *Results, o Options) error {
	t := &text{w: bufio.NewWriter(w), r: r, colour: o.Colour, width: o.Width}
	if t.width <= 0 {
		t.width = 80
	}
	t.header()
	t.failures()
	t.waived()
	t.unknowns()
	t.idle()
	t.baseline()
	t.counts()
	return t.w.Flush()
}

// text is the report while it is written. Errors of the writer show at the end.
type text struct {
	w      *bufio.Writer
	r      *Results
	colour bool
	width  int
	failed bool // a failure was shown
}

// How much of what a stranger wrote is shown.
const (
	maxID       = 100
	maxMessage  = 400
	maxValue    = 120
	maxEvidence = 8
	maxCalls    = 10
)

// severities, the worst first, with the colour of each: red, red, yellow, cyan,
// and none.
var severities = []struct{ name, colour string }{
	{"critical", "1;31"}, {"high", "31"}, {"medium", "33"}, {"low", "36"}, {"info", ""},
}

func (t *text) paint(code, s string) string {
	if !t.colour || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// wrap prints a paragraph, its first line after first, the others after rest.
func (t *text) wrap(first, rest, s string) {
	fmt.Fprint(t.w, Wrap(s, first, rest, t.width))
}

func (t *text) heading(s string) {
	fmt.Fprintf(t.w, "\n%s\n", t.paint("1", s))
}

func (t *text) header() {
	fmt.Fprintln(t.w, t.paint("1", "Buttress "+Escape(t.r.Tool.Version)))
	accounts := "unknown"
	if len(t.r.Accounts) > 0 && t.r.Accounts[0] != "" {
		accounts = strings.Join(t.r.Accounts, ", ")
	}
	t.wrap("Account   ", "          ", Escape(accounts))
	t.wrap("Regions   ", "          ", Escape(strings.Join(t.r.Regions, ", ")))
	if t.r.CapturedAt != "" {
		fmt.Fprintf(t.w, "Recorded  %s\n", Escape(t.r.CapturedAt))
	}
	if t.r.Endpoint != "" {
		t.wrap("Endpoint  ", "          ", Escape(short(t.r.Endpoint, maxMessage))+" (this is not AWS)")
	}
	if t.r.Interrupted {
		fmt.Fprintln(t.w, t.paint("1", "Interrupted: this report is incomplete."))
	}
}

// failures goes through the results once for each severity that has some, so
// that none has to be kept.
func (t *text) failures() {
	rules := t.r.rulesByID()
	for _, severity := range severities {
		last := ""
		for r := range t.r.Only("fail", severity.name) {
			if !r.Counts() {
				continue
			}
			if r.Rule != last {
				t.fix(rules[last])
				t.failedHeading()
				t.failedRule(severity.colour, &r, rules[r.Rule])
				last = r.Rule
			}
			t.result(&r)
		}
		t.fix(rules[last])
	}
}

// failedHeading stands above the first failure.
func (t *text) failedHeading() {
	if !t.failed {
		t.failed = true
		t.heading("Failed")
	}
}

func (t *text) failedRule(colour string, r *Result, rule *Rule) {
	fmt.Fprintf(t.w, "\n%s  %s\n", t.paint(colour, fmt.Sprintf("%-8s", r.Severity)), t.paint("1", Escape(r.Rule)))
	if rule != nil {
		t.wrap("  ", "  ", "Wanted: "+Escape(rule.Title)+".")
	}
}

// fix prints the one thing to do: the first line of the rule's fix.
func (t *text) fix(rule *Rule) {
	if rule == nil {
		return
	}
	first, _, _ := strings.Cut(rule.Fix, "\n\n")
	t.wrap("  Fix: ", "       ", escapeLines(first))
}

// subject names a resource as people do.
func subject(r *Resource) string {
	s := Escape(short(r.ID, maxID))
	if r.Name != "" && r.Name != r.ID {
		s += " (" + Escape(short(r.Name, maxID)) + ")"
	}
	s += " in " + Escape(r.Region)
	return s
}

// sentence says of a result what was found, safe for a terminal.
func (r *Results) sentence(v *Result) string {
	return r.where(&v.Resource) + " " + Escape(short(v.Message, maxMessage))
}

// where names a resource, with its account if there are several.
func (r *Results) where(v *Resource) string {
	where := subject(v)
	if len(r.Accounts) > 1 {
		where += " of " + Escape(v.Account)
	}
	return where
}

func (t *text) result(r *Result) {
	t.wrap("  - ", "    ", t.r.sentence(r))
	for i, e := range r.Evidence {
		if i == maxEvidence {
			fmt.Fprintf(t.w, "      … and %d more facts\n", len(r.Evidence)-i)
			break
		}
		fmt.Fprintf(t.w, "      %s = %s\n", Escape(e.Field), Escape(short(string(e.Value), maxValue)))
		fmt.Fprintf(t.w, "        %s\n", Escape(short(e.Source, maxMessage)))
	}
}

// hanging are the verdicts that hang on one operation in one Region.
type hanging struct {
	operation, region string
	resources         map[string]bool
	rules             []string
	verdicts          int
}

func (t *text) unknowns() {
	calls, undecided := t.r.unknowns()
	if len(calls) == 0 && len(undecided) == 0 {
		return
	}
	t.heading("Unknown")
	for _, c := range calls {
		t.call(c)
	}
	for _, r := range undecided {
		fmt.Fprintf(t.w, "\n%-8s  %s\n", Escape(r.Severity), t.paint("1", Escape(r.Rule)))
		t.result(&r)
	}
}

// unknowns are the calls that verdicts hang on, by Region and name, and the
// results that are unknown though all calls were answered.
func (r *Results) unknowns() (calls []*hanging, undecided []Result) {
	byCall := map[Missing]*hanging{}
	for r := range r.Only("unknown", "") {
		if len(r.Missing) == 0 {
			undecided = append(undecided, r)
			continue
		}
		for _, m := range r.Missing {
			id := Missing{Operation: m.Operation, Region: m.Region}
			h := byCall[id]
			if h == nil {
				h = &hanging{operation: m.Operation, region: m.Region, resources: map[string]bool{}}
				byCall[id] = h
				calls = append(calls, h)
			}
			h.add(&r, m.Resource)
		}
	}
	slices.SortFunc(calls, func(a, b *hanging) int {
		return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.operation, b.operation))
	})
	return calls, undecided
}

func (h *hanging) add(r *Result, resource string) {
	h.verdicts++
	if resource != "" {
		h.resources[resource] = true
	}
	if !slices.Contains(h.rules, r.Rule) {
		h.rules = append(h.rules, r.Rule)
	}
}

func (t *text) call(h *hanging) {
	fmt.Fprintf(t.w, "\n%s in %s\n", t.paint("1", Escape(h.operation)), Escape(h.region))
	shown := 0
	seen := map[string]bool{}
	for _, g := range t.r.Gaps {
		if g.Operation != h.operation || g.Region != h.region || seen[g.Code+g.Message] {
			continue
		}
		if shown++; shown > maxCalls {
			fmt.Fprintln(t.w, "  … and other reasons")
			break
		}
		seen[g.Code+g.Message] = true
		t.wrap("  ", "  ", Escape(g.Code)+": "+Escape(short(g.Message, maxMessage)))
	}
	if n := len(h.resources); n > 0 {
		t.wrap("  ", "  ", "Asked about "+plural(n, "resource", "resources")+".")
	}
	t.wrap("  ", "    ", fmt.Sprintf("%s on it: %s", plural(h.verdicts, "verdict hangs", "verdicts hang"), Escape(strings.Join(h.rules, ", "))))
}

func (t *text) counts() {
	t.heading("Counts")
	s := t.r.Summary
	fmt.Fprintf(t.w, "%7s pass\n%7s fail%s\n", number(s.Pass), number(s.Fail), s.bySeverity())
	t.excused()
	fmt.Fprintf(t.w, "%7s unknown\n%7s not applicable\n", number(s.Unknown), number(s.NotApplicable))
	if s := t.r.leftOut().String(); s != "" {
		t.wrap("", "", s)
	}
	states := map[string]int{}
	for _, r := range t.r.Rules {
		states[r.Status]++
	}
	t.wrap("", "", fmt.Sprintf("%s: %d held, %d broken, %d not judged in full, %d with nothing to judge.",
		plural(len(t.r.Rules), "rule", "rules"), states["pass"], states["fail"], states["unknown"], states["not_applicable"]))
}

// counts are the numbers of all verdicts, with more about the failures.
func (s *Summary) counts(failures string) string {
	return fmt.Sprintf("%s pass, %s fail%s, %s unknown, %s not applicable", number(s.Pass), number(s.Fail), failures, number(s.Unknown), number(s.NotApplicable))
}

// bySeverity breaks the failures down, in brackets. It is empty without any.
func (s *Summary) bySeverity() string {
	var parts []string
	for _, severity := range severities {
		if n := s.Failures.At(severity.name); n > 0 {
			parts = append(parts, number(n)+" "+severity.name)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// Plural is a number and what there is of it, with commas between the thousands.
func Plural(n int, one, many string) string { return plural(n, one, many) }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}
