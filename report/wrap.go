package report

import (
	"strings"
	"unicode/utf8"
)

// Wrap breaks a paragraph into lines of at most width columns, its first line
// behind first and the others behind rest. Words that are wider stay whole.
func Wrap(s, first, rest string, width int) string {
	var b strings.Builder
	b.WriteString(first)
	used, empty := utf8.RuneCountInString(first), true
	for word := range strings.FieldsSeq(s) {
		n := utf8.RuneCountInString(word)
		if !empty && used+1+n > width {
			b.WriteString("\n" + rest)
			used, empty = utf8.RuneCountInString(rest), true
		}
		if !empty {
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used, empty = used+n, false
	}
	b.WriteByte('\n')
	return b.String()
}

// Paragraphs wraps a text paragraph by paragraph. Those that are indented, such
// as commands, stay as they are.
func Paragraphs(s string, width int) string {
	var parts []string
	for p := range strings.SplitSeq(s, "\n\n") {
		if strings.HasPrefix(p, "    ") {
			parts = append(parts, p+"\n")
		} else {
			parts = append(parts, Wrap(p, "", "", width))
		}
	}
	return strings.Join(parts, "\n")
}

// unwrapped joins the lines of every paragraph.
func unwrapped(s string) string {
	var parts []string
	for p := range strings.SplitSeq(s, "\n\n") {
		parts = append(parts, strings.Join(strings.Fields(p), " "))
	}
	return strings.Join(parts, "\n\n")
}
