package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes text that a stranger may have written safe for a terminal:
// control characters and marks that change the direction or the width of text
// are written as escapes. So is what the runner of GitHub Actions would obey in
// the middle of a line.
func Escape(s string) string {
	if harmless(s) { // most texts are, and there are many
		return s
	}
	return strings.ReplaceAll(escape(s), "##[", "##"+inText.bracket)
}

// harmless reports whether a text is of such characters of ASCII alone that nothing
// can be wrong with it.
func harmless(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '#' {
			return false
		}
	}
	return true
}

func escape(s string) string {
	if !strings.ContainsFunc(s, unsafeInText) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !unsafeInText(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// unsafeInText holds control characters (Cc), format characters (Cf: the
// bidirectional marks, zero-width ones, tags) and the separators of lines.
func unsafeInText(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// short cuts a text that is too long to be read.
func short(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… (%d bytes)", s[:cut], len(s))
}

// escapeLines is Escape for a text of several lines.
func escapeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Escape(lines[i])
	}
	return strings.Join(lines, "\n")
}
