package report

import (
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

// manifest is the file of a recording that lists the calls without an answer.
const manifest = "recording.json"

// place is where in the recording a fact stands.
type place struct {
	file string // a path below the recording
	line int    // from 1 on, or 0 where it is not known
}

// location is the place that a verdict rests on: that of its first fact or, where
// no fact is known, the manifest of the account.
func (r *Results) location(v *Result) place {
	for i := range v.Evidence {
		if at := v.Evidence[i].place(); at.file != "" {
			return at
		}
	}
	if len(r.Accounts) > 1 {
		return place{file: cleanPath(v.Resource.Account + "/" + manifest)}
	}
	return place{file: manifest}
}

// place is where a fact stands.
func (e *Evidence) place() place {
	file, _, _ := strings.Cut(e.Source, "#")
	return place{cleanPath(file), max(e.Line, 0)}
}

// cleanPath makes a path that a stranger may have written one that leads nowhere
// but down.
func cleanPath(file string) string {
	return strings.TrimPrefix(path.Clean("/"+short(file, maxMessage)), "/")
}

// relativeURI writes a path as a relative reference of RFC 3986. A colon in its
// first segment would make it a scheme.
func relativeURI(file string) string {
	return strings.ReplaceAll((&url.URL{Path: file}).EscapedPath(), ":", "%3A")
}

// level is the SARIF level of a severity: error, warning or note.
func level(severity string) string {
	switch severity {
	case "critical", "high":
		return "error"
	case "medium":
		return "warning"
	default:
		return "note"
	}
}

// accepted says why a failure does not count: who waived it, or that it stands in
// the baseline. It is empty for every other result.
func accepted(v *Result) string {
	switch {
	case v.Status != "fail":
		return ""
	case v.Waiver != nil:
		return "waived until " + Escape(short(v.Waiver.Expires, maxID)) + " by " + Escape(short(v.Waiver.Owner, maxID)) +
			": " + Escape(short(v.Waiver.Reason, maxMessage))
	case v.Known:
		return "stands in the baseline"
	default:
		return ""
	}
}

// calls names the calls that an unknown hangs on.
func calls(v *Result) []string {
	var all []string
	for i, m := range v.Missing {
		if i == maxCalls {
			return append(all, fmt.Sprintf("%d more", len(v.Missing)-i))
		}
		all = append(all, call(&m))
	}
	return all
}

// call names a call without an answer.
func call(m *Missing) string {
	s := Escape(m.Operation) + " in " + Escape(m.Region)
	if m.Resource != "" {
		s += " about " + Escape(short(m.Resource, maxID))
	}
	return s
}

// rulesByID finds the rules of the results.
func (r *Results) rulesByID() map[string]*Rule {
	rules := make(map[string]*Rule, len(r.Rules))
	for i := range r.Rules {
		rules[r.Rules[i].ID] = &r.Rules[i]
	}
	return rules
}

// captured is when the account was recorded. Formats that cannot do without a
// time get the beginning of 1970 where that is not known, so that two runs write
// the same.
func (r *Results) captured() time.Time {
	at, err := time.Parse(time.RFC3339, r.CapturedAt)
	if err != nil {
		return time.Unix(0, 0).UTC()
	}
	return at.UTC()
}

// firstParagraph of a text, as one line.
func firstParagraph(s string) string {
	first, _, _ := strings.Cut(s, "\n\n")
	return strings.Join(strings.Fields(first), " ")
}

// cut makes a text fit into a field of so many bytes. What is no UTF-8 becomes
// U+FFFD.
func cut(s string, limit int) string {
	const mark = "…"
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) <= limit {
		return s
	}
	end := max(limit-len(mark), 0)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}

// factLines are the facts of a verdict, one a line, safe for a terminal.
func factLines(v *Result) []string {
	var all []string
	for i, e := range v.Evidence {
		if i == maxEvidence {
			return append(all, fmt.Sprintf("… and %d more facts", len(v.Evidence)-i))
		}
		all = append(all, Escape(e.Field)+" = "+Escape(short(string(e.Value), maxValue))+" ("+Escape(short(e.Source, maxMessage))+")")
	}
	return all
}
