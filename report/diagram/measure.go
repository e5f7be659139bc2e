package diagram

import (
	"strings"
	"unicode/utf8"
)

// The widths of the printable characters of ASCII in thousandths of the size: those of
// Helvetica, which Arial, Liberation Sans and Nimbus Sans share.
// https://github.com/adobe-type-tools/agl-aglfn and the AFM files of the 14 core fonts
var (
	regular = [95]int{
		278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
		1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
		333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
	}
	bold = [95]int{
		278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
		975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
		333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
	}
)

// wide is how wide a character that is not in the tables is taken to be: as wide
// as those of Chinese and Japanese.
const wide = 1000

// Width is how wide a text is, in pixels, rounded up. What other fonts make of
// characters outside of ASCII can only be guessed; the writer holds them to it.
func Width(s string, size int, strong bool) int {
	table := &regular
	if strong {
		table = &bold
	}
	n := 0
	for _, r := range s {
		if r >= ' ' && r <= '~' {
			n += table[r-' ']
		} else {
			n += wide
		}
	}
	return (n*size + 999) / 1000
}

const ellipsis = "…"

// fit cuts a text to a width, with an ellipsis.
func fit(s string, size int, strong bool, width int) string {
	if len(s) <= width && Width(s, size, strong) <= width {
		return s
	}
	room := width - Width(ellipsis, size, strong)
	used, end := 0, 0
	for i, r := range s {
		used += Width(string(r), size, strong)
		if used > room {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return strings.TrimRight(s[:end], " ·-") + ellipsis
}
