package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/report"
)

// counters count the failures in an output, accepted ones too.
var counters = map[string]func(*testing.T, string) int{
	"asff":     countASFF,
	"csv":      countCSV,
	"github":   countGitHub,
	"gitlab":   countGitLab,
	"html":     countHTML,
	"json":     countJSON,
	"junit":    countJUnit,
	"markdown": countMarkdown,
	"mermaid":  countPicture,
	"ocsf":     countOCSF,
	"sarif":    countSARIF,
	"svg":      countPicture,
	"text":     countText,
}

// TestFailuresAreTheSameInAllFormats counts what the formats show.
func TestFailuresAreTheSameInAllFormats(t *testing.T) {
	for _, format := range report.Formats() {
		count, ok := counters[format]
		if !ok {
			t.Errorf("%s: nothing counts its failures", format)
			continue
		}
		for name, r := range inputs(t) {
			if got := count(t, output(t, format, r)); got != r.Summary.Fail {
				t.Errorf("%s of %s: %d failures, want %d", format, name, got, r.Summary.Fail)
			}
		}
	}
}

// output is what a format writes.
func output(t testing.TB, format string, r *report.Results) string {
	t.Helper()
	write, err := report.FormatNamed(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := write(&b, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func decode[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	return v
}

func countASFF(t *testing.T, out string) int {
	t.Helper()
	n := 0
	for _, f := range decode[[]struct{ Compliance struct{ Status string } }](t, out) {
		if f.Compliance.Status == "FAILED" {
			n++
		}
	}
	return n
}

func countCSV(t *testing.T, out string) int {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range rows {
		if row[3] == "fail" {
			n++
		}
	}
	return n
}

func countGitHub(t *testing.T, out string) int {
	t.Helper()
	n := 0
	for _, m := range regexp.MustCompile(`(?m)^::\w+ title=[^:]*::([\d,]+) failures? ?`).FindAllStringSubmatch(out, -1) {
		n += number(t, m[1])
	}
	return n
}

func countGitLab(t *testing.T, out string) int {
	t.Helper()
	n := 0
	for _, f := range decode[[]struct{ Description string }](t, out) {
		if strings.HasPrefix(f.Description, "Failed (") || strings.HasPrefix(f.Description, "Accepted: ") {
			n++
		}
	}
	return n
}

func countJSON(t *testing.T, out string) int {
	t.Helper()
	n := 0
	for _, v := range decode[struct{ Results []report.Result }](t, out).Results {
		if v.Status == "fail" {
			n++
		}
	}
	return n
}

func countJUnit(t *testing.T, out string) int {
	t.Helper()
	n := 0
	for _, s := range decodeJUnit(t, out).Suites {
		for _, c := range s.Cases {
			n += len(c.Failures)
			if len(c.Skipped) > 0 && strings.HasPrefix(c.Skipped[0].Message, "accepted: ") {
				n++
			}
		}
	}
	return n
}

// countMarkdown adds up the headings of the rules and what was left out.
func countMarkdown(t *testing.T, out string) int {
	t.Helper()
	n := 0
	for _, m := range regexp.MustCompile(`(?m)^(?:<details><summary>.*: |\*\*Cut to .*: )([\d,]+) failures?\b`).FindAllStringSubmatch(out, -1) {
		n += number(t, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^\*\*Cut to .* ([\d,]+) accepted failures?\b`).FindAllStringSubmatch(out, -1) {
		n += number(t, m[1])
	}
	return n
}

func countOCSF(t *testing.T, out string) int {
	t.Helper()
	n := 0
	for _, line := range lines(out) {
		if decode[struct{ Compliance struct{ Status string } }](t, line).Compliance.Status == "Fail" {
			n++
		}
	}
	return n
}

func countSARIF(t *testing.T, out string) int {
	t.Helper()
	n := 0
	for _, v := range decodeSARIF(t, out).Results {
		if v.Kind == "fail" {
			n++
		}
	}
	return n
}

func countText(t *testing.T, out string) int {
	t.Helper()
	m := regexp.MustCompile(`(?m)^ *([\d,]+) fail\b`).FindAllStringSubmatch(out, -1)
	if len(m) != 1 {
		t.Fatalf("%d counts of failures", len(m))
	}
	return number(t, m[0][1])
}

// countPicture reads what a picture says, since badges show those failures that
// count, on what is drawn.
func countPicture(t *testing.T, out string) int {
	t.Helper()
	m := regexp.MustCompile(`(?:%% |>)([\d,]+) failures?\b`).FindStringSubmatch(out)
	if m == nil {
		t.Fatal("no number of failures")
	}
	return number(t, m[1])
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// countHTML counts the embedded results, which the page's own numbers have to
// agree with.
func countHTML(t *testing.T, out string) int {
	t.Helper()
	r, err := report.Read(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range r.Only("fail", "") {
		n++
	}
	if !strings.Contains(out, fmt.Sprintf("<b>%d</b> fail</li>", n)) {
		t.Errorf("the page does not say that %d failed", n)
	}
	return n
}

// atSeverity are results of which only those of some severities are listed.
func atSeverity(r *report.Results, severities ...string) *report.Results {
	all := r.Results
	r.Results = func(yield func(report.Result) bool) {
		for v := range all {
			if slices.Contains(severities, v.Severity) && !yield(v) {
				return
			}
		}
	}
	return r
}

// TestWhatIsLeftOutIsSaid leaves failures out by severity. The formats that have
// a place for it say so, and those that have none list nothing else.
func TestWhatIsLeftOutIsSaid(t *testing.T) {
	const before = "testdata/v1/tipster-before.json"
	for format, want := range map[string]string{
		"text": "Left out by severity: 18 results, of which 4 failures.", "markdown": "\nLeft out by severity: 18 results, of which 4 failures.\n",
		"html": ">Left out by severity: 18 results, of which 4 failures.<", "junit": "<system-out>Left out by severity: 18 results, of which 4 failures.</system-out>",
		"github": " Left out by severity: 18 results, of which 4 failures.\n", "sarif": `"text": "Left out by severity: 18 results, of which 4 failures."`,
		"svg": "13 failures (5 critical, 4 high, 4 medium), 4 of them left out by severity.", "mermaid": "4 medium), 4 of them left out by severity\n",
	} {
		cut := strings.Join(strings.Fields(output(t, format, atSeverity(read(t, before), "critical", "high"))), " ")
		if !strings.Contains(cut, strings.TrimSpace(want)) {
			t.Errorf("%s does not say what was left out", format)
		}
		if whole := output(t, format, read(t, before)); strings.Contains(strings.ToLower(whole), "left out by severity") {
			t.Errorf("%s says that something was left out", format)
		}
	}
}

// TestPageDoesNotHoldWhatIsLeftOutForMet leaves out all that failed.
func TestPageDoesNotHoldWhatIsLeftOutForMet(t *testing.T) {
	r := atSeverity(read(t, "testdata/v1/tipster-before.json"), "low", "info")
	want := `<p class="verdict fail">Account 111122223333 breaks 10 of 36 rules: 13 failures (5 critical, 4 high, 4 medium).</p>`
	if page := output(t, "html", r); !strings.Contains(page, want) {
		t.Errorf("the verdict is %q", regexp.MustCompile(`<p class="verdict.*`).FindString(page))
	}
}
