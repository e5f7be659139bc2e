package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// GitHub writes workflow commands, which GitHub Actions shows as annotations: one
// for each rule and severity that failed, the worst first, since of each level
// only the first ten of a step are shown; one for all that is unknown; one for
// the failures that are accepted; one for the counts.
// https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
func GitHub(w io.Writer, r *Results, _ Options) error {
	g := &github{w: bufio.NewWriter(w), r: r, rules: r.rulesByID()}
	for _, severity := range severities {
		if severity.name == "medium" { // before the other warnings
			g.unknowns()
		}
		g.failures(severity.name)
	}
	g.accepted()
	g.counts()
	return g.w.Flush()
}

type github struct {
	w     *bufio.Writer
	r     *Results
	rules map[string]*Rule
}

// maxListed is how many results an annotation names.
const maxListed = 10

// githubData and githubProperty undo what the runner does to the text of a
// command and to the values of its properties.
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// command writes one command. The lines are safe for a terminal.
func (g *github) command(name, title string, lines ...string) {
	fmt.Fprintf(g.w, "::%s title=%s::%s\n", name, githubProperty.Replace(title), githubData.Replace(strings.Join(lines, "\n")))
}

// listing is the results that one annotation is about, of which it names some.
type listing struct {
	rule  string
	n     int
	lines []string
}

func (l *listing) add(line string) {
	if l.n++; l.n <= maxListed {
		l.lines = append(l.lines, line)
	}
}

// all are the lines, and how many are not among them.
func (l *listing) all() []string {
	if more := l.n - len(l.lines); more > 0 {
		return append(l.lines, fmt.Sprintf("… and %d more", more))
	}
	return l.lines
}

// failures annotates the rules that were broken at a severity.
func (g *github) failures(severity string) {
	var l listing
	for v := range g.r.Only("fail", severity) {
		if !v.Counts() {
			continue
		}
		if v.Rule != l.rule {
			g.broken(severity, &l)
			l = listing{rule: v.Rule}
		}
		l.add(g.r.sentence(&v))
	}
	g.broken(severity, &l)
}

func (g *github) broken(severity string, l *listing) {
	if l.n == 0 {
		return
	}
	lines := l.all()
	first := plural(l.n, "failure", "failures") + "."
	if rule := g.rules[l.rule]; rule != nil {
		fix, _, _ := strings.Cut(rule.Fix, "\n\n")
		first += " Wanted: " + Escape(short(rule.Title, maxMessage)) + "."
		lines = append(lines, "Fix: "+Escape(short(strings.Join(strings.Fields(fix), " "), maxMessage)))
	}
	name := level(severity)
	if name == "note" {
		name = "notice"
	}
	g.command(name, Escape(l.rule)+" ("+severity+")", append([]string{first}, lines...)...)
}

// unknowns says what could not be judged: which calls have no answer.
func (g *github) unknowns() {
	if g.r.Interrupted {
		g.command("warning", "Interrupted", "The scan was ended before all calls were made: this report is incomplete.")
	}
	verdicts := 0
	var l listing
	seen := map[string]bool{}
	for v := range g.r.Only("unknown", "") {
		verdicts++
		if len(v.Missing) == 0 {
			l.add(g.r.sentence(&v) + " (" + Escape(v.Rule) + ")")
		}
		for _, m := range v.Missing {
			line := call(&Missing{Operation: m.Operation, Region: m.Region}) + " has no answer"
			if !seen[line] {
				seen[line] = true
				l.add(line)
			}
		}
	}
	if verdicts > 0 {
		first := plural(verdicts, "result is", "results are") + " unknown."
		g.command("warning", "Unknown", append([]string{first}, l.all()...)...)
	}
}

// accepted says which failures do not count, and why.
func (g *github) accepted() {
	var l listing
	for v := range g.r.Only("fail", "") {
		if reason := accepted(&v); reason != "" {
			l.add(Escape(v.Rule) + ": " + g.r.sentence(&v) + " (" + reason + ")")
		}
	}
	if l.n > 0 {
		first := plural(l.n, "failure does", "failures do") + " not count."
		g.command("notice", "Accepted", append([]string{first}, l.all()...)...)
	}
}

func (g *github) counts() {
	s := &g.r.Summary
	line := s.counts(s.bySeverity()) + "."
	if g.r.Endpoint != "" {
		line += " The endpoint was " + Escape(short(g.r.Endpoint, maxMessage)) + ", which is not AWS."
	}
	if left := g.r.leftOut().String(); left != "" {
		line += " " + left
	}
	g.command("notice", strings.TrimSpace("Buttress "+Escape(g.r.Tool.Version)), line)
}
