package report_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/buttress/buttress/report"
)

// markdown writes with a limit; zero is the limit of a comment.
func markdown(t *testing.T, r *report.Results, limit int) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Markdown(&b, r, report.Options{Limit: limit}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestMarkdownKeepsTheLimit writes as much as a comment takes, as the summary of a
// job takes, and as nobody would want. What is there is whole, and what is not is
// counted.
func TestMarkdownKeepsTheLimit(t *testing.T) {
	all := inputs(t)
	all["many"] = many(10_000)
	for name, r := range all {
		for _, limit := range []int{0, 1 << 20, 20_000, 5_000, 100, 1} {
			out := markdown(t, r, limit)
			if most := max(limit, 1); limit == 0 && len(out) > 65_536 || limit > 0 && len(out) > most {
				t.Errorf("%s: %d bytes of %d", name, len(out), limit)
			}
			if opened, closed := strings.Count(out, "\n<details>"), strings.Count(out, "\n</details>"); opened != closed {
				t.Errorf("%s: %d details are opened and %d closed", name, opened, closed)
			}
			if limit == 0 || limit > 1_000 {
				if got := countMarkdown(t, out); got != r.Summary.Fail {
					t.Errorf("%s within %d: %d failures, want %d", name, limit, got, r.Summary.Fail)
				}
			}
		}
	}
}

// TestMarkdownPutsTheWorstFirst reads the severities in their order.
func TestMarkdownPutsTheWorstFirst(t *testing.T) {
	out := markdown(t, many(10_000), 0)
	if !strings.Contains(out, "Cut to 65536 bytes.") {
		t.Error("nothing was cut")
	}
	const order = "critical high medium low info"
	last, seen := 0, 0
	for _, m := range regexp.MustCompile(`<summary><b>(\w+)</b>`).FindAllStringSubmatch(out, -1) {
		at := strings.Index(order, m[1])
		if at < last {
			t.Errorf("%s after something less bad", m[1])
		}
		last = at
		seen++
	}
	if seen < 3 {
		t.Errorf("only %d rules", seen)
	}
}

// markdownCodes are fences and spans of code.
var markdownCodes = []*regexp.Regexp{regexp.MustCompile("(?ms)^```+\n.*?\n```+$"), regexp.MustCompile("````.+?````|```.+?```|``.+?``|`[^`\n]+`")}

// TestMarkdownShowsNothingAsCode takes away what stands in code: what remains has
// no meaning in Markdown but that which is ours, and mentions nobody.
func TestMarkdownShowsNothingAsCode(t *testing.T) {
	ours := regexp.MustCompile(`(?m)^(## Buttress: |\*\*(Fix:|Interrupted: .*|Cut to \d+ bytes\.)\*\*|<https://docs\.aws\.amazon\.com/[^>\s]+>$|<details><summary>(<b>\w+</b> <code>[\w-]+</code>|Unknown|Accepted|Waivers that waive nothing): [\d,]+ \w+( \d+)?</summary>$|<details><summary>Reached from the internet: [a-z0-9, ]+</summary>$|</details>)`)
	for name, r := range inputs(t) {
		out := markdown(t, r, 1<<20)
		for _, code := range markdownCodes {
			out = code.ReplaceAllString(out, "CODE")
		}
		out = ours.ReplaceAllString(out, "")
		for line := range strings.SplitSeq(out, "\n") {
			if strings.ContainsAny(line, "`*_[]<>#|~&\\@$\r\t\x00\x1b\u202e") || strings.Contains(line, "://") || strings.Contains(line, "::") {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}

// TestMarkdownIsNoCommand looks for what the runner of GitHub Actions obeys in
// its log.
func TestMarkdownIsNoCommand(t *testing.T) {
	for name, r := range inputs(t) {
		if m := regexp.MustCompile(`(?m)^\s*::.*|##\[.*`).FindString(markdown(t, r, 1<<20)); m != "" {
			t.Errorf("%s: %q", name, m)
		}
	}
}

// TestMarkdownSaysWhatIsAccepted lists it apart.
func TestMarkdownSaysWhatIsAccepted(t *testing.T) {
	r := read(t, "testdata/v1/tipster-before.json")
	acceptTwo(r)
	_, got, found := strings.Cut(markdown(t, r, 0), "<details><summary>Accepted: 2 failures</summary>\n\n")
	want := "- `rds-automated-backups`: `tipster-db` in eu-west-1 has no automated backups\n  - waived until 2027-01-01 by alice: a test\n"
	if !found || !strings.HasPrefix(got, want) || !strings.Contains(got, "\n  - stands in the baseline\n") {
		t.Errorf("%s", got)
	}
}
