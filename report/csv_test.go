package report_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/buttress/buttress/report"
)

// TestCSVIsATable reads every output as RFC 4180 has it, and as a spreadsheet
// does that splits at semicolons.
func TestCSVIsATable(t *testing.T) {
	for name, r := range inputs(t) {
		out := output(t, "csv", r)
		if strings.Count(out, "\n") != strings.Count(out, "\r\n") {
			t.Errorf("%s: a line ends without CR", name)
		}
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll() // which wants one width
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := 1 + r.Summary.Pass + r.Summary.Fail + r.Summary.Unknown + r.Summary.NotApplicable; len(rows) != want {
			t.Errorf("%s: %d rows, want %d", name, len(rows), want)
		}
		for i, row := range rows {
			for j, cell := range row {
				if isFormula(cell) || utf8.RuneCountInString(cell) > 32_767 {
					t.Errorf("%s: row %d, column %d: %.80q", name, i, j, cell)
				}
			}
		}
		for line := range strings.SplitSeq(out, "\r\n") {
			for cell := range strings.SplitSeq(line, ";") {
				if isFormula(cell) {
					t.Errorf("%s: %.80q", name, cell)
				}
			}
		}
	}
}

func isFormula(cell string) bool {
	cell = strings.TrimLeft(cell, " \"\u00a0")
	return cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r")
}

func TestCSVCells(t *testing.T) {
	for in, want := range map[string]string{
		"":               "",
		"plain, text":    "plain, text",
		"=1+1":           "'=1+1",
		" +1":            "' +1",
		"-1":             "'-1",
		"@SUM(A1)":       "'@SUM(A1)",
		"＝1+1":           "'＝1+1",
		"\"=1\"":         "'\"=1\"",
		"\t=1":           `\x09=1`,
		"a\r\nb":         `a\x0d\x0ab`,
		"a=1":            "a=1",
		"a;b":            "a;b",
		"a;=1;\"-1; x=2": "a;'=1;'\"-1; x=2",
		"a\xffb":         `a\xffb`,
	} {
		r := &report.Results{Results: func(yield func(report.Result) bool) {
			yield(report.Result{Rule: "r", Status: "fail", Severity: "high", Resource: report.Resource{Name: in}})
		}}
		rows, err := csv.NewReader(strings.NewReader(output(t, "csv", r))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if got := rows[1][9]; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
