package report

import (
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// visible writes JSON in which characters that a terminal obeys or does not show
// stand as \u009b. Only strings can have them, so the values are the same.
type visible struct {
	w    io.Writer
	rest []byte // of a character of which the end is not there yet
}

// Write implements io.Writer.
func (v *visible) Write(p []byte) (int, error) {
	text := p
	if len(v.rest) > 0 {
		text = append(v.rest, p...)
		v.rest = nil
	}
	done := 0
	for i := 0; i < len(text); {
		if text[i] < 0x7f {
			i++
			continue
		}
		if !utf8.FullRune(text[i:]) {
			v.rest = append(v.rest, text[i:]...)
			text = text[:i]
			break
		}
		r, size := utf8.DecodeRune(text[i:])
		if unsafeInText(r) {
			if _, err := fmt.Fprintf(v.w, "%s%s", text[done:i], inUTF16(r)); err != nil {
				return 0, err
			}
			done = i + size
		}
		i += size
	}
	if _, err := v.w.Write(text[done:]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// inUTF16 is how JSON escapes a character.
func inUTF16(r rune) string {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
