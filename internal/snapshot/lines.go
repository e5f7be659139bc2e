package snapshot

import (
	"bytes"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// decoder is a decoder that knows on which line it is.
type decoder struct {
	*jsontext.Decoder
	in *lines
}

// line is the line on which the next value begins. What stands between two
// values is white space, a comma or a colon.
func (d *decoder) line() int32 {
	d.PeekKind() // reads up to the value
	rest := d.UnreadBuffer()
	between := len(rest) - len(bytes.TrimLeft(rest, " \t\r\n,:"))
	return d.in.at(d.InputOffset() + int64(between))
}

// lines counts lines while a body is read. It remembers the ends of the lines
// that were read ahead, and no more.
type lines struct {
	r       io.Reader
	read    int64   // bytes
	ends    []int64 // offsets behind the line feeds
	counted int32   // of the ends, how many lie before the last offset that was asked for
	before  int32   // lines that ended before those
}

// Read implements io.Reader.
func (l *lines) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.before += l.counted
	l.ends, l.counted = append(l.ends[:0], l.ends[l.counted:]...), 0
	for i := 0; ; {
		next := bytes.IndexByte(p[i:n], '\n')
		if next < 0 {
			break
		}
		i += next + 1
		l.ends = append(l.ends, l.read+int64(i))
	}
	l.read += int64(n)
	return n, err
}

// at is the line of an offset, from 1 on. No offset may lie before an earlier one.
func (l *lines) at(offset int64) int32 {
	for int(l.counted) < len(l.ends) && l.ends[l.counted] <= offset {
		l.counted++
	}
	return l.before + l.counted + 1
}
