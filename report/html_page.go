package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/gate"
	draw "github.com/buttress/buttress/report/diagram"
)

// newHTMLPage goes through the results once, and keeps what the page shows.
func newHTMLPage(r *Results) *htmlPageData {
	b := &htmlBuilder{
		page:    &htmlPageData{Results: r, Style: template.CSS(htmlStyle), Script: template.JS(htmlScript)}, //nolint:gosec // they are part of the program
		rules:   map[string]*Rule{},
		failed:  map[[2]string]*htmlGroup{},
		unknown: map[string]*htmlGroup{},
		broken:  map[string]*htmlResource{},
	}
	for i := range r.Rules {
		b.rules[r.Rules[i].ID] = &r.Rules[i]
	}
	for v := range r.Results {
		b.add(&v)
	}
	b.sort()
	b.sums()
	b.pillars()
	p := b.page
	p.Gaps = r.Gaps[:min(len(r.Gaps), maxGapRows)]
	p.MoreGaps = len(r.Gaps) - len(p.Gaps)
	b.exceptions()
	p.Exposure = newHTMLExposure(r)
	f := newFailures(r)
	for _, d := range diagrams(r, f) {
		p.Diagrams = append(p.Diagrams, template.HTML(d.SVG)) //nolint:gosec // the picture escapes what it shows
	}
	if n := f.undrawnTotal(); n > 0 {
		p.NotDrawn, p.OfWhat = plural(n, "failure concerns", "failures concern"), Escape(numbers(f.undrawn))
	}
	p.Policy = "default-src 'none'; style-src " + hash(htmlStyle) + " " + hash(draw.Style()) + "; script-src " + hash(htmlScript) + "; base-uri 'none'; form-action 'none'"
	return p
}

type htmlBuilder struct {
	page    *htmlPageData
	rules   map[string]*Rule
	failed  map[[2]string]*htmlGroup // by severity and rule
	unknown map[string]*htmlGroup    // by rule
	broken  map[string]*htmlResource // by anchor
}

func (b *htmlBuilder) add(v *Result) {
	switch {
	case v.Status == "unknown":
		group(b.unknown, v.Rule, b.rule(v), v)
	case v.Status != "fail":
	case v.Waiver != nil:
		if len(b.page.Waived) < maxWaived {
			b.page.Waived = append(b.page.Waived, *v)
		} else {
			b.page.MoreWaived++
		}
	case v.Known:
	default:
		group(b.failed, [2]string{v.Severity, v.Rule}, b.rule(v), v)
		b.addResource(v)
	}
}

// rule is that of a result. One that the file does not list has its id alone.
func (b *htmlBuilder) rule(v *Result) *Rule {
	if b.rules[v.Rule] == nil {
		b.rules[v.Rule] = &Rule{ID: v.Rule, Title: v.Rule}
	}
	return b.rules[v.Rule]
}

func group[K comparable](groups map[K]*htmlGroup, key K, rule *Rule, v *Result) {
	g := groups[key]
	if g == nil {
		g = &htmlGroup{Rule: rule, Severity: v.Severity}
		groups[key] = g
	}
	if g.N++; len(g.Rows) < maxRows {
		g.Rows = append(g.Rows, *v)
	}
}

func (b *htmlBuilder) addResource(v *Result) {
	key := anchor(&v.Resource)
	r := b.broken[key]
	if r == nil {
		r = &htmlResource{Resource: v.Resource, Worst: v.Severity}
		b.broken[key] = r
	}
	if worse(v.Severity, r.Worst) {
		r.Worst = v.Severity
	}
	if r.N++; len(r.Failures) < maxRows {
		r.Failures = append(r.Failures, Result{Rule: v.Rule, Severity: v.Severity, Message: v.Message})
	}
}

// rank orders severities, the worst first.
func rank(severity string) int {
	for i, s := range severities {
		if s.name == severity {
			return i
		}
	}
	return len(severities)
}

func worse(a, b string) bool { return rank(a) < rank(b) }

func (b *htmlBuilder) sort() {
	p := b.page
	p.Groups = values(b.failed, func(x, y *htmlGroup) int {
		return cmp.Or(cmp.Compare(rank(x.Severity), rank(y.Severity)), cmp.Compare(x.Rule.ID, y.Rule.ID))
	})
	seen := map[string]bool{}
	for _, g := range p.Groups {
		g.Anchor = !seen[g.Rule.ID]
		seen[g.Rule.ID] = true
	}
	p.Unknown = values(b.unknown, func(x, y *htmlGroup) int { return cmp.Compare(x.Rule.ID, y.Rule.ID) })
	fit(p.Groups)
	fit(p.Unknown)
	p.Resources = values(b.broken, func(x, y *htmlResource) int {
		return cmp.Or(cmp.Compare(rank(x.Worst), rank(y.Worst)), cmp.Compare(y.N, x.N),
			cmp.Compare(x.Resource.ID, y.Resource.ID), cmp.Compare(x.Anchor(), y.Anchor()))
	})
	if n := len(p.Resources) - maxResources; n > 0 {
		p.Resources, p.MoreResources = p.Resources[:maxResources], n
	}
}

// fit keeps a section of many groups short. On paper the first groups have as
// many of their results as leave room for one of each other; where not even that
// has room, the last have nothing but their headings.
func fit(groups []*htmlGroup) {
	rows, lines, rest := maxAllRows, maxLines, 0
	for _, g := range groups {
		g.Rows = g.Rows[:min(len(g.Rows), max(rows, 1))]
		rows -= len(g.Rows)
		rest += g.lines(1)
	}
	for i, g := range groups {
		rest -= g.lines(1)
		switch headings := briefLines * (len(groups) - i - 1); {
		case g.lines(maxPrinted)+rest <= lines:
			g.Printed = maxPrinted
		case g.lines(1)+headings <= lines:
			g.Printed = 1
		}
		lines -= g.lines(g.Printed)
	}
}

// lines estimates how many lines of paper the group takes with so many results.
func (g *htmlGroup) lines(printed int) int {
	if printed == 0 {
		return briefLines
	}
	const width = 95
	n := 14 + len(g.Rule.Why)/width + len(g.Rule.Fix)/width + strings.Count(g.Rule.Fix, "\n")
	for i := range g.Rows[:min(printed, len(g.Rows))] {
		n += 2 + len(g.Rows[i].Message)/width + 2*min(len(g.Rows[i].Evidence), maxEvidence)
	}
	return n
}

func values[K comparable, V any](m map[K]V, compare func(a, b V) int) []V {
	all := make([]V, 0, len(m))
	for _, v := range m {
		all = append(all, v)
	}
	slices.SortFunc(all, compare)
	return all
}

// exceptions are the waivers that waive nothing, and what the baseline has too
// much.
func (b *htmlBuilder) exceptions() {
	p := b.page
	for _, w := range p.Results.Waivers {
		if w.State != gate.Used && len(p.Idle) < maxWaived {
			p.Idle = append(p.Idle, w)
		}
	}
	if base := p.Results.Baseline; base != nil {
		p.Gone = base.Gone[:min(len(base.Gone), maxGapRows)]
		p.MoreGone = len(base.Gone) - len(p.Gone)
	}
}

// sums writes the verdict in one sentence, and the numbers beside it.
func (b *htmlBuilder) sums() {
	p, s := b.page, &b.page.Results.Summary
	p.Accounts = "unknown"
	if a := p.Results.Accounts; len(a) > 0 && a[0] != "" {
		p.Accounts = Escape(short(strings.Join(a, ", "), maxMessage))
	}
	subject := "Account " + p.Accounts
	if len(p.Results.Accounts) > 1 {
		subject = number(len(p.Results.Accounts)) + " accounts"
		p.Accounts += " (" + subject + ")"
	}
	p.Title = "Architecture review of " + strings.ToLower(subject[:1]) + subject[1:]
	p.LeftOut = p.Results.leftOut().String()
	p.State, p.Verdict = p.Results.verdict(subject)
	p.Counts = []htmlCount{{"fail", "fail", s.Fail}}
	for _, severity := range severities {
		if n := s.Failures.At(severity.name); n > 0 {
			p.Counts = append(p.Counts, htmlCount{"severity " + severity.name, "of them " + severity.name, n})
		}
	}
	if s.Waived > 0 {
		p.Counts = append(p.Counts, htmlCount{"", "of them waived", s.Waived})
	}
	if n := p.Results.known(); n > 0 {
		p.Counts = append(p.Counts, htmlCount{"", "of them in the baseline", n})
	}
	p.Counts = append(p.Counts, htmlCount{"unknown", "unknown", s.Unknown}, htmlCount{"pass", "pass", s.Pass}, htmlCount{"", "not applicable", s.NotApplicable})
}

// verdict is the report in one sentence. It rests on the counts of all results,
// whatever is listed, and calls an account good only where nothing failed.
func (r *Results) verdict(subject string) (state, sentence string) {
	s := &r.Summary
	unjudged := ""
	if s.Unknown > 0 {
		unjudged = "; " + plural(s.Unknown, "verdict", "verdicts") + " could not be made"
	}
	lower := strings.ToLower(subject[:1]) + subject[1:]
	switch {
	case s.Fail > 0:
		state = "fail"
		if r.accepted() == s.Fail {
			state = "unknown"
		}
		return state, fmt.Sprintf("%s: %s%s.", r.breaks(subject), r.failures(), unjudged)
	case s.Unknown > 0:
		return "unknown", fmt.Sprintf("Nothing failed in %s, but %s could not be made.", lower, plural(s.Unknown, "verdict", "verdicts"))
	case s.Pass == 0:
		return "unknown", fmt.Sprintf("Nothing was judged in %s: there is nothing that a rule applies to.", lower)
	default:
		return "pass", fmt.Sprintf("%s %s every rule that applies: %s passed, and nothing failed.",
			subject, r.verb("meets", "meet"), plural(s.Pass, "verdict", "verdicts"))
	}
}

// breaks says how many rules are broken, accepted failures or not.
func (r *Results) breaks(subject string) string {
	broken := 0
	for i := range r.Rules {
		if r.Rules[i].Fail > 0 {
			broken++
		}
	}
	return fmt.Sprintf("%s %s %d of %s", subject, r.verb("breaks", "break"), broken, plural(len(r.Rules), "rule", "rules"))
}

// verb is that of a sentence about the accounts.
func (r *Results) verb(one, many string) string {
	if len(r.Accounts) > 1 {
		return many
	}
	return one
}

// pillars lists the rules by pillar and best practice, and says which pillars no
// rule looked at.
func (b *htmlBuilder) pillars() {
	var without []string
	for _, pillar := range checks.Pillars() {
		rows := b.practices(string(pillar))
		if len(rows) == 0 {
			without = append(without, pillarName(string(pillar)))
			continue
		}
		b.page.Pillars = append(b.page.Pillars, htmlPillar{string(pillar), pillarName(string(pillar)), rows})
	}
	b.page.NotLooked = "The best practices below are those that a rule of this scan looks at; nothing is said about any other."
	if len(without) > 0 {
		b.page.NotLooked += " No rule looked at " + strings.Join(without, ", ") + "."
	}
}

func (b *htmlBuilder) practices(pillar string) []htmlPractice {
	var rows []htmlPractice
	for i := range b.page.Results.Rules {
		r := &b.page.Results.Rules[i]
		if !slices.Contains(r.Pillars, pillar) {
			continue
		}
		of := slices.DeleteFunc(slices.Clone(r.Practices), func(practice string) bool { return !strings.HasPrefix(practice, prefixes[pillar]) })
		if len(of) == 0 {
			of = []string{""}
		}
		for _, practice := range of {
			rows = append(rows, htmlPractice{practice, r})
		}
	}
	slices.SortStableFunc(rows, func(x, y htmlPractice) int { return cmp.Compare(x.Practice, y.Practice) })
	return rows
}

// prefixes are how the best practices of a pillar begin.
// https://docs.aws.amazon.com/wellarchitected/latest/framework/appendix.html
var prefixes = map[string]string{
	"operational-excellence": "OPS", "security": "SEC", "reliability": "REL",
	"performance-efficiency": "PERF", "cost-optimization": "COST", "sustainability": "SUS",
}

// pillarName is how AWS writes the name of a pillar.
func pillarName(id string) string {
	words := strings.ReplaceAll(id, "-", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}
