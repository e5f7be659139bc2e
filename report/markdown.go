package report

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"strings"
	"time"
)

// MaxComment is how many characters GitHub takes in a comment. A job's summary
// takes 1 MiB a step, GitLab a million characters in a note.
// https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits
const MaxComment = 65_536

// Markdown writes a comment for a pull request, or a job's summary: what failed,
// the worst first, a <details> for each rule; what is unknown; what is accepted.
// It has at most so many bytes as the options allow; what did not fit is counted
// at the end. What strangers may have written stands in code, where nothing of it
// has a meaning and nobody is mentioned.
func Markdown(w io.Writer, r *Results, o Options) error {
	m := &markdown{r: r, rules: r.rulesByID(), limit: cmp.Or(max(o.Limit, 0), MaxComment)}
	m.header()
	for _, severity := range severities {
		m.failures(severity.name)
	}
	m.unknowns()
	m.exposed()
	m.accepted()
	m.idle()
	m.omitted()
	_, err := io.WriteString(w, m.out.String())
	return err
}

type markdown struct {
	r     *Results
	rules map[string]*Rule
	out   strings.Builder
	limit int
	full  bool // something did not fit: from here on all is left out
	// What was left out.
	cutRules, cutFailures, cutUnknown, cutAccepted int
}

// noticeSize is kept free for what is said about what was left out.
const noticeSize = 400

// add writes a block if it fits.
func (m *markdown) add(block string) bool {
	m.full = m.full || m.out.Len()+len(block) > m.limit-noticeSize
	if !m.full {
		m.out.WriteString(block)
	}
	return !m.full
}

func (m *markdown) header() {
	var b strings.Builder
	s := &m.r.Summary
	switch {
	case s.Fail > 0:
		fmt.Fprintf(&b, "## Buttress: %s\n\n", m.r.failures())
	case s.Unknown > 0:
		fmt.Fprintf(&b, "## Buttress: nothing failed, %s unknown\n\n", number(s.Unknown))
	default:
		fmt.Fprint(&b, "## Buttress: nothing failed\n\n")
	}
	fmt.Fprintf(&b, "%s, by %s of Buttress %s.\n", s.counts(""),
		plural(len(m.r.Rules), "rule", "rules"), MarkdownProse(m.r.Tool.Version))
	fmt.Fprintf(&b, "Account %s in %s", markdownList(m.r.Accounts), markdownList(m.r.Regions))
	if m.r.CapturedAt != "" {
		fmt.Fprintf(&b, ", recorded at %s", m.r.captured().Format(time.RFC3339))
	}
	fmt.Fprint(&b, ".\n")
	if m.r.Endpoint != "" {
		fmt.Fprintf(&b, "The endpoint was %s: this is not AWS.\n", MarkdownCode(m.r.Endpoint))
	}
	if s := m.r.leftOut().String(); s != "" {
		fmt.Fprintf(&b, "%s\n", s)
	}
	if m.r.Interrupted {
		fmt.Fprint(&b, "**Interrupted: this report is incomplete.**\n")
	}
	m.add(b.String())
}

// items are the lines of a block, of which as many are kept as fit.
type items struct {
	b           strings.Builder
	limit, left int
}

// add keeps the first one, whatever its size.
func (i *items) add(s string) {
	if i.left > 0 || i.b.Len() > 0 && i.b.Len()+len(s) > i.limit {
		i.left++
		return
	}
	i.b.WriteString(s)
}

func (i *items) String() string {
	if i.left > 0 {
		return i.b.String() + fmt.Sprintf("- … and %d more\n", i.left)
	}
	return i.b.String()
}

// items take an eighth of what there is, so that one rule does not hide the rest.
func (m *markdown) items() *items { return &items{limit: m.limit / 8} }

// failures writes the rules that were broken at a severity.
func (m *markdown) failures(severity string) {
	rule, n, shown := "", 0, m.items()
	end := func() {
		if n > 0 && !m.add(m.broken(rule, severity, n, shown)) {
			m.cutRules++
			m.cutFailures += n
		}
	}
	for v := range m.r.Only("fail", severity) {
		if accepted(&v) != "" {
			continue
		}
		if v.Rule != rule {
			end()
			rule, n, shown = v.Rule, 0, m.items()
		}
		n++
		shown.add(m.item(&v, m.sentence(&v)))
	}
	end()
}

func (m *markdown) broken(id, severity string, n int, shown *items) string {
	rule := cmp.Or(m.rules[id], &Rule{})
	var b strings.Builder
	fmt.Fprintf(&b, "\n<details><summary><b>%s</b> <code>%s</code>: %s</summary>\n\n", html.EscapeString(Escape(severity)),
		html.EscapeString(Escape(short(id, maxID))), plural(n, "failure", "failures"))
	if rule.Title != "" {
		fmt.Fprintf(&b, "Wanted: %s.\n\n", MarkdownProse(rule.Title))
	}
	if rule.Why != "" {
		fmt.Fprintf(&b, "%s\n\n", MarkdownProse(short(rule.Why, maxProse)))
	}
	fmt.Fprintf(&b, "%s\n", shown)
	switch {
	case strings.HasPrefix(rule.Fix, "    "):
		b.WriteString("**Fix:**\n\n")
	case rule.Fix != "":
		b.WriteString("**Fix:** ")
	}
	for p := range strings.SplitSeq(short(rule.Fix, maxProse), "\n\n") {
		if strings.TrimSpace(p) != "" {
			b.WriteString(markdownParagraph(p))
		}
	}
	for _, link := range httpsLinks(rule) {
		fmt.Fprintf(&b, "<%s>\n\n", link)
	}
	b.WriteString("</details>\n")
	return b.String()
}

// maxProse is how much of what a rule says is shown; none of ours is longer.
const maxProse = 4000

// item is a line of a list, with the facts below it.
func (m *markdown) item(v *Result, line string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "- %s\n", line)
	for i, e := range v.Evidence {
		if i == maxEvidence {
			fmt.Fprintf(&b, "  - … and %d more facts\n", len(v.Evidence)-i)
			break
		}
		fmt.Fprintf(&b, "  - %s = %s in %s\n", MarkdownCode(e.Field), MarkdownCode(short(string(e.Value), maxValue)), MarkdownCode(e.Source))
	}
	return b.String()
}

func (m *markdown) sentence(v *Result) string {
	s := MarkdownCode(v.Resource.ID)
	if v.Resource.Name != "" && v.Resource.Name != v.Resource.ID {
		s += " (" + MarkdownCode(v.Resource.Name) + ")"
	}
	s += " in " + MarkdownProse(v.Resource.Region)
	if len(m.r.Accounts) > 1 {
		s += " of " + MarkdownProse(v.Resource.Account)
	}
	return s + " " + MarkdownProse(short(v.Message, maxMessage))
}

func (m *markdown) unknowns() {
	calls, undecided := m.r.unknowns()
	if m.r.Summary.Unknown == 0 && len(calls) == 0 && len(undecided) == 0 {
		return
	}
	shown := m.items()
	for _, h := range calls {
		shown.add(fmt.Sprintf("- %s in %s has no answer%s. %s on it: %s\n", MarkdownCode(h.operation), MarkdownProse(h.region), m.reason(h),
			plural(h.verdicts, "verdict hangs", "verdicts hang"), markdownList(h.rules)))
	}
	for _, v := range undecided {
		shown.add(m.item(&v, MarkdownCode(v.Rule)+": "+m.sentence(&v)))
	}
	block := fmt.Sprintf("\n<details><summary>Unknown: %s</summary>\n\n%s\n</details>\n", plural(m.r.Summary.Unknown, "result", "results"), shown)
	if !m.add(block) {
		m.cutUnknown = m.r.Summary.Unknown
	}
}

// reason is why a call has no answer, in brackets: the first reason there is.
func (m *markdown) reason(h *hanging) string {
	for _, g := range m.r.Gaps {
		if g.Operation == h.operation && g.Region == h.region && g.Code != "" {
			return " (" + MarkdownCode(g.Code) + ")"
		}
	}
	return ""
}

func (m *markdown) accepted() {
	n, shown := 0, m.items()
	for v := range m.r.Only("fail", "") {
		if accepted(&v) == "" {
			continue
		}
		n++
		shown.add(fmt.Sprintf("- %s: %s\n  - %s\n", MarkdownCode(v.Rule), m.sentence(&v), MarkdownProse(accepted(&v))))
	}
	if n == 0 {
		return
	}
	if !m.add(fmt.Sprintf("\n<details><summary>Accepted: %s</summary>\n\n%s\n</details>\n", plural(n, "failure", "failures"), shown)) {
		m.cutAccepted = n
	}
}

// exposed lists what the internet reaches.
func (m *markdown) exposed() {
	e := m.r.exposure()
	if e == nil || e.Direct+e.Behind == 0 {
		return
	}
	shown := m.items()
	for i := range e.WaysIn {
		w := &e.WaysIn[i]
		shown.add(fmt.Sprintf("- %s in %s: %s from %s, %s\n", MarkdownCode(placed(&w.Place)), MarkdownCode(w.Region),
			MarkdownCode(ports(w.Protocol, w.Ports)), MarkdownCode(wayFrom(w)), MarkdownProse(wayHow(w))))
	}
	shown.left += e.MoreWaysIn
	m.add(fmt.Sprintf("\n<details><summary>Reached from the internet: %s</summary>\n\n%s\n</details>\n", reachedWords(e), shown))
}

// idle lists the waivers that waive nothing, and why.
func (m *markdown) idle() {
	n, shown := 0, m.items()
	for i := range m.r.Waivers {
		w := &m.r.Waivers[i]
		if why := idleBecause(w); why != "" {
			n++
			shown.add(fmt.Sprintf("- %s for %s, owned by %s: %s\n", MarkdownCode(w.Rule), MarkdownCode(w.Resource), MarkdownCode(w.Owner), MarkdownProse(why)))
		}
	}
	if n > 0 {
		m.add(fmt.Sprintf("\n<details><summary>Waivers that waive nothing: %d of %d</summary>\n\n%s\n</details>\n", n, len(m.r.Waivers), shown))
	}
}

// omitted says what did not fit.
func (m *markdown) omitted() {
	if !m.full {
		return
	}
	var parts []string
	if m.cutFailures > 0 {
		parts = append(parts, plural(m.cutFailures, "failure", "failures")+" of "+plural(m.cutRules, "rule and severity", "rules and severities"))
	}
	if m.cutUnknown > 0 {
		parts = append(parts, plural(m.cutUnknown, "unknown result", "unknown results"))
	}
	if m.cutAccepted > 0 {
		parts = append(parts, plural(m.cutAccepted, "accepted failure", "accepted failures"))
	}
	notice := fmt.Sprintf("\n**Cut to %d bytes.** Left out: %s.\n", m.limit, cmp.Or(strings.Join(parts, "; "), "the rest"))
	if m.out.Len()+len(notice) <= m.limit {
		m.out.WriteString(notice)
	}
}

func markdownList(all []string) string {
	var parts []string
	for i, s := range all {
		if i == maxCalls {
			parts = append(parts, fmt.Sprintf("%d more", len(all)-i))
			break
		}
		parts = append(parts, MarkdownCode(s))
	}
	return cmp.Or(strings.Join(parts, ", "), "unknown")
}
