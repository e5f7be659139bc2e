package diff

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/buttress/buttress/report"
)

// note is a part of the diff as people read it, before it is written as text or
// as Markdown. Nothing in it is escaped.
type note struct {
	title  string
	groups []group
}

// group is what a note says about one rule.
type group struct {
	severity, rule string
	title          string // of the rule
	items          []item
}

// item is one line, and the facts below it.
type item struct {
	resource *report.Resource // what the text is about, if anything
	text     string
	facts    []fact
}

// fact is a field that changed, and where it stands.
type fact struct {
	text    string
	sources []string
}

// How much of what a stranger wrote is shown.
const (
	maxText   = 400
	maxValue  = 120
	maxFields = 8
	maxNames  = 20
)

// summary is what changed, in a few words.
func (d *Diff) summary() string {
	s := &d.Summary
	var fresh int
	var severities []string
	for _, severity := range []string{"critical", "high", "medium", "low", "info"} {
		if n := s.New.At(severity); n > 0 {
			fresh += n
			severities = append(severities, fmt.Sprintf("%d %s", n, severity))
		}
	}
	first := "No failure is new."
	if fresh > 0 {
		first = fmt.Sprintf("%s (%s).", plural(fresh, "failure is new", "failures are new"), strings.Join(severities, ", "))
	}
	unread := 0
	for _, c := range d.Changes {
		if c.Kind == BecameUnknown && c.Before.Status == "fail" {
			unread++
		}
	}
	var rest []string
	for _, part := range []struct {
		n         int
		one, many string
	}{
		{s.Mended, "was mended", "were mended"},
		{s.Went, "went with its resource", "went with their resources"},
		{s.SeverityChanged, "has another severity", "have another severity"},
		{s.StillFailing, "fails as before", "fail as before"},
		{unread, "is unknown now", "are unknown now"},
	} {
		if part.n > 0 {
			rest = append(rest, plural(part.n, part.one, part.many))
		}
	}
	if len(rest) > 0 {
		first += fmt.Sprintf(" Of %d before, %s.", d.Before.Fail, strings.Join(rest, ", "))
	}
	if s.BecameUnknown > 0 {
		first += " " + plural(s.BecameUnknown, "verdict is unknown now, and was not before.", "verdicts are unknown now, and were not before.")
	}
	return first
}

// notes are the parts of the diff, the worst news first.
func (d *Diff) notes() []note {
	failures := func(kind Kind) func(*Change) bool {
		return func(c *Change) bool { return c.Kind == kind && (kind != JudgedAgain || c.After.Status == "fail") }
	}
	all := []note{
		{"Began to fail", d.verdicts(failures(BeganToFail))},
		{"Failing on new resources", d.verdicts(failures(AppearedFailing))},
		{"Failing, and not judged before", d.verdicts(failures(JudgedAgain))},
		{"Another severity", d.verdicts(failures(SeverityChanged))},
		{"Unknown now", d.unknowns()},
		{"Mended", d.verdicts(failures(Mended))},
		{"Gone with their resources", d.verdicts(failures(Went))},
		{"Judged again", d.judged()},
		{"New resources", resources(d.Appeared)},
		{"Resources that went", resources(d.Went)},
		{"Rules of one side only", d.rules()},
	}
	return slices.DeleteFunc(all, func(n note) bool { return len(n.groups) == 0 })
}

// verdicts are some changes by rule.
func (d *Diff) verdicts(wanted func(*Change) bool) []group {
	var groups []group
	for i := range d.Changes {
		c := &d.Changes[i]
		if !wanted(c) {
			continue
		}
		if n := len(groups); n == 0 || groups[n-1].rule != c.Rule || groups[n-1].severity != c.Severity {
			groups = append(groups, group{severity: c.Severity, rule: c.Rule, title: c.Title})
		}
		g := &groups[len(groups)-1]
		g.items = append(g.items, c.item())
	}
	return groups
}

func (c *Change) item() item {
	i := item{resource: &c.Resource, text: c.After.Message}
	switch {
	case c.Kind == Went:
		i.text = c.Before.Message
	case c.Kind == SeverityChanged:
		i.text += " (" + c.Before.Severity + " before)"
	case c.Before.Message != "":
		i.text += " (before: " + c.Before.Message + ")"
	}
	if c.After.Status == "fail" && c.Before.Status != "fail" && !c.New {
		i.text += " (waived, or known to the baseline)"
	}
	if c.Kind == Went {
		return i
	}
	for n := range c.Fields {
		if n == maxFields {
			i.facts = append(i.facts, fact{text: fmt.Sprintf("… and %d more facts", len(c.Fields)-n)})
			break
		}
		i.facts = append(i.facts, c.Fields[n].fact())
	}
	return i
}

func (f *Field) fact() fact {
	from, to := short(string(f.From), maxValue), short(string(f.To), maxValue)
	switch {
	case f.SourceBefore == f.SourceAfter:
		return fact{f.Field + ": " + from + " → " + to, []string{f.SourceAfter}}
	case f.SourceBefore == "":
		return fact{f.Field + " = " + to, []string{f.SourceAfter}}
	case f.SourceAfter == "":
		return fact{f.Field + " was " + from, []string{"before: " + f.SourceBefore}}
	default:
		return fact{f.Field + ": " + from + " → " + to, []string{"before: " + f.SourceBefore, "after: " + f.SourceAfter}}
	}
}

// unknowns are the calls on which verdicts hang now that did not before, and the
// verdicts that hang on no call.
func (d *Diff) unknowns() []group {
	rules := map[string]map[string]int{} // verdicts by rule, by why they are unknown
	for i := range d.Changes {
		c := &d.Changes[i]
		for _, why := range c.because() {
			if rules[why] == nil {
				rules[why] = map[string]int{}
			}
			rules[why][c.Rule]++
		}
	}
	var because group
	for _, why := range slices.Sorted(maps.Keys(rules)) {
		n := 0
		for _, k := range rules[why] {
			n += k
		}
		because.items = append(because.items, item{text: fmt.Sprintf("%s; %s on that: %s", why,
			plural(n, "verdict hangs", "verdicts hang"), strings.Join(slices.Sorted(maps.Keys(rules[why])), ", "))})
	}
	groups := d.verdicts(func(c *Change) bool { return c.Kind == BecameUnknown && len(c.because()) == 0 })
	if len(because.items) == 0 {
		return groups
	}
	return append([]group{because}, groups...)
}

// because says why a verdict became unknown, if not the verdict itself does.
func (c *Change) because() []string {
	var all []string
	if c.Kind != BecameUnknown {
		return nil
	}
	if c.After.Status == notJudged {
		return []string{"the rule or " + c.Resource.Region + " was left out"}
	}
	for _, m := range c.Missing {
		all = append(all, m.Operation+" in "+m.Region+" has no answer")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// judged counts by rule what can be judged again and does not fail.
func (d *Diff) judged() []group {
	counts := map[string]int{}
	for _, c := range d.Changes {
		if c.Kind == JudgedAgain && c.After.Status != "fail" {
			counts[c.Rule]++
		}
	}
	return counted(counts, func(rule string, n int) string {
		return rule + ": " + plural(n, "verdict that was unknown does not fail", "verdicts that were unknown do not fail")
	})
}

// resources are names of resources by type.
func resources(all []report.Resource) []group {
	names := map[string][]string{}
	counts := map[string]int{}
	for i := range all {
		r := &all[i]
		counts[r.Type]++
		if len(names[r.Type]) < maxNames {
			names[r.Type] = append(names[r.Type], named(r))
		}
	}
	return counted(counts, func(typ string, n int) string {
		s := typ + ": " + strings.Join(names[typ], ", ")
		if more := n - len(names[typ]); more > 0 {
			s += fmt.Sprintf(" … and %d more", more)
		}
		return s
	})
}

// rules are those that judged on one side only.
func (d *Diff) rules() []group {
	var g group
	if only := d.Before.OnlyRules; len(only) > 0 {
		g.items = append(g.items, item{text: "before: " + strings.Join(only, ", ")})
	}
	if only := d.After.OnlyRules; len(only) > 0 {
		g.items = append(g.items, item{text: "after: " + strings.Join(only, ", ")})
	}
	if len(g.items) == 0 {
		return nil
	}
	return []group{g}
}

// counted is one group with a line for each word, sorted.
func counted(counts map[string]int, line func(string, int) string) []group {
	var g group
	for word, n := range counts {
		g.items = append(g.items, item{text: line(word, n)})
	}
	if len(g.items) == 0 {
		return nil
	}
	slices.SortFunc(g.items, func(a, b item) int { return cmp.Compare(a.text, b.text) })
	return []group{g}
}

// String says which scan it was.
func (s *Side) String() string {
	accounts := "an unknown account"
	if len(s.Accounts) > 0 && s.Accounts[0] != "" {
		accounts = words(len(s.Accounts), "account ", "accounts ") + strings.Join(s.Accounts, ", ")
	}
	text := accounts
	if s.CapturedAt != "" {
		text += ", recorded " + s.CapturedAt
	}
	text += fmt.Sprintf(": %d fail", s.Fail)
	if s.Unknown > 0 {
		text += fmt.Sprintf(", %d unknown", s.Unknown)
	}
	if s.Interrupted {
		text += "; interrupted, and so incomplete"
	}
	return text
}

// named is a resource as people call it.
func named(r *report.Resource) string {
	s := short(r.ID, maxValue)
	if r.Name != "" && r.Name != r.ID {
		s += " (" + short(r.Name, maxValue) + ")"
	}
	return s
}

func plural(n int, one, many string) string { return fmt.Sprintf("%d %s", n, words(n, one, many)) }

func words(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// short cuts a text that is too long to be read.
func short(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + fmt.Sprintf("… (%d bytes)", len(s))
}
