package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/buttress/buttress/report"
)

// annotation is a workflow command.
type annotation struct{ command, title, message string }

// annotations reads an output as GitHub's runner does: a line that begins with ::
// is a command.
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
func annotations(t *testing.T, out string) (all []annotation) {
	t.Helper()
	property := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	data := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%")
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		head, message, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		command, properties, _ := strings.Cut(head, " ")
		title, isTitle := strings.CutPrefix(properties, "title=")
		if !ok || !isTitle || !strings.HasPrefix(line, "::") || strings.Contains(title, ",") || strings.ContainsRune(line, '\r') {
			t.Fatalf("%.200q is no command", line)
		}
		all = append(all, annotation{command, property.Replace(title), data.Replace(message)})
	}
	return all
}

// TestGitHubWritesNothingButItsCommands reads every output back.
func TestGitHubWritesNothingButItsCommands(t *testing.T) {
	for name, r := range inputs(t) {
		rules := map[string]bool{}
		for _, rule := range r.Rules {
			rules[rule.ID] = true
		}
		order := []string{"error", "warning", "notice"}
		last := 0
		for _, a := range annotations(t, output(t, "github", r)) {
			at := slices.Index(order, a.command)
			if at < last {
				t.Errorf("%s: %q", name, a)
			}
			last = at
			rule, _, isRule := strings.Cut(a.title, " (")
			if isRule && !rules[rule] || !isRule && !slices.Contains([]string{"Unknown", "Accepted", "Interrupted"}, a.title) && !strings.HasPrefix(a.title, "Buttress") {
				t.Errorf("%s: title %q", name, a.title)
			}
			if len(a.message) > 64<<10 {
				t.Errorf("%s: %d bytes about %s", name, len(a.message), a.title)
			}
		}
	}
}

// TestGitHubGroups writes an annotation for each rule and severity, and names ten
// of what failed.
func TestGitHubGroups(t *testing.T) {
	r := &report.Results{Tool: report.Tool{Version: "1"}, Rules: []report.Rule{{ID: "a", Title: "Wanted thing", Fix: "Do\nthis.\n\n    code"}}, Interrupted: true}
	add := func(n int, v report.Result) {
		before := r.Results
		r.Results = func(yield func(report.Result) bool) {
			if before != nil {
				before(yield)
			}
			for range n {
				yield(v)
			}
		}
	}
	x := report.Resource{ID: "x", Region: "eu-west-1"}
	add(12, report.Result{Rule: "a", Status: "fail", Severity: "high", Resource: x, Message: "is 50%, bad"})
	add(1, report.Result{Rule: "a", Status: "fail", Severity: "low", Resource: x, Message: "is bad"})
	add(1, report.Result{Rule: "a", Status: "fail", Severity: "low", Resource: x, Message: "is bad", Known: true})
	add(1, report.Result{Rule: "a", Status: "fail", Severity: "low", Resource: x, Message: "is bad", Waiver: &report.Waiver{Reason: "why", Owner: "me", Expires: "2027-01-01"}})
	add(2, report.Result{Rule: "a", Status: "unknown", Severity: "low", Resource: x, Missing: []report.Missing{{Operation: "ec2:DescribeVpcs", Region: "eu-west-1", Resource: "y"}}})
	got := annotations(t, output(t, "github", r))
	want := []annotation{
		{"error", "a (high)", "12 failures. Wanted: Wanted thing.\n" + strings.Repeat("x in eu-west-1 is 50%, bad\n", 10) + "… and 2 more\nFix: Do this."},
		{"warning", "Interrupted", "The scan was ended before all calls were made: this report is incomplete."},
		{"warning", "Unknown", "2 results are unknown.\nec2:DescribeVpcs in eu-west-1 has no answer"},
		{"notice", "a (low)", "1 failure. Wanted: Wanted thing.\nx in eu-west-1 is bad\nFix: Do this."},
		{"notice", "Accepted", "2 failures do not count.\na: x in eu-west-1 is bad (stands in the baseline)\n" +
			"a: x in eu-west-1 is bad (waived until 2027-01-01 by me: why)"},
		{"notice", "Buttress 1", "0 pass, 0 fail, 0 unknown, 0 not applicable."},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
