package recording

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// bodyReader reads a body and refuses what is larger or nested deeper than the
// limits allow, before a decoder sees it.
type bodyReader struct {
	r      *bufio.Reader
	closer io.Closer
	left   int64 // bytes that may still come

	maxDepth int
	depth    int
	inString bool
	escaped  bool // the next byte of a string stands behind a backslash
}

func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errors.New("is larger than the limit")
	}
	if !b.shallow(p[:n]) {
		return 0, fmt.Errorf("is nested deeper than %d", b.maxDepth)
	}
	return n, err
}

func (b *bodyReader) Close() error { return b.closer.Close() }

// special marks the bytes that change the depth or begin a string.
var special = [256]bool{'"': true, '{': true, '[': true, '}': true, ']': true}

// shallow follows the depth of the JSON through p.
func (b *bodyReader) shallow(p []byte) bool {
	i := 0
	for i < len(p) {
		if b.inString {
			i = b.skipString(p, i)
			continue
		}
		c := p[i]
		i++
		if !special[c] {
			continue
		}
		switch c {
		case '"':
			b.inString = true
		case '{', '[':
			if b.depth++; b.depth > b.maxDepth {
				return false
			}
		default:
			b.depth--
		}
	}
	return true
}

// skipString returns where the string that p[i] stands in ends.
func (b *bodyReader) skipString(p []byte, i int) int {
	if b.escaped {
		b.escaped = false
		i++
	}
	for {
		rest := p[i:]
		n := bytes.IndexByte(rest, '"')
		if n < 0 {
			b.escaped = backslashes(rest)%2 == 1
			return len(p)
		}
		i += n + 1
		if backslashes(rest[:n])%2 == 0 {
			b.inString = false
			return i
		}
	}
}

// backslashes counts those at the end of p.
func backslashes(p []byte) int {
	n := 0
	for n < len(p) && p[len(p)-1-n] == '\\' {
		n++
	}
	return n
}
