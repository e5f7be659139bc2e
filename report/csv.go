package report

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

var csvHeader = []string{
	"rule", "title", "severity", "status", "accepted", "account", "region", "resource_type", "resource_id", "resource_name",
	"resource_arn", "message", "evidence", "missing", "pillars", "practices", "fingerprint",
}

// CSV writes a table (RFC 4180, UTF-8, no byte order mark) with a row for every
// result, whatever its status. No cell begins as a formula does.
func CSV(w io.Writer, r *Results, _ Options) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(csvHeader); err != nil {
		return err
	}
	rules := r.rulesByID()
	for v := range r.Results {
		if err := out.Write(csvRow(&v, rules[v.Rule])); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csvRow has a cell for each column of the header. The rule may be nil.
func csvRow(v *Result, rule *Rule) []string {
	if rule == nil {
		rule = &Rule{}
	}
	var evidence []string
	for _, e := range v.Evidence {
		evidence = append(evidence, e.Field+" = "+string(e.Value)+" ("+e.Source+")")
	}
	row := []string{
		v.Rule, rule.Title, v.Severity, v.Status, accepted(v), v.Resource.Account, v.Resource.Region, v.Resource.Type, v.Resource.ID,
		v.Resource.Name, v.Resource.ARN, v.Message, strings.Join(evidence, " | "), strings.Join(calls(v), " | "),
		strings.Join(rule.Pillars, " "), strings.Join(rule.Practices, " "), v.Fingerprint,
	}
	for i := range row {
		row[i] = csvCell(row[i])
	}
	return row
}

// maxCell keeps a cell within the 32,767 characters that Excel takes.
// https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
const maxCell = 32_000

// csvCell makes a text safe for a spreadsheet: on one line, not too long, and no
// formula, neither in this cell nor in the one that a program which splits at
// semicolons makes of the rest of it.
// https://owasp.org/www-community/attacks/CSV_Injection
func csvCell(s string) string {
	s = short(Escape(short(s, maxCell)), maxCell)
	if !startsFormula(s) && !strings.Contains(s, ";") {
		return s
	}
	parts := strings.Split(s, ";")
	for i, part := range parts {
		if startsFormula(part) {
			parts[i] = "'" + part
		}
	}
	return strings.Join(parts, ";")
}

// startsFormula reports whether a spreadsheet may read a text as a formula; the
// wide forms count too, as some read them like the narrow ones.
func startsFormula(s string) bool {
	s = strings.TrimLeftFunc(s, func(c rune) bool { return c == '"' || unicode.IsSpace(c) })
	first, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@＝＋－＠", first)
}
