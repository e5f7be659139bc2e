package snapshot

import (
	"bytes"
	"io"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/internal/recording"
)

// largestEntry bounds the text of one resource, which is held in memory when it
// is read once more. AWS's own answers, of up to a thousand resources, are
// smaller.
const largestEntry = 64 << 20

// lastRead remembers the entry of a body that was read again last: evidence names
// several fields of one resource.
type lastRead struct {
	mu     sync.Mutex // results may be written side by side
	offset int64
	entry  *part
}

// part is a value in a recorded entry.
type part struct {
	text  jsontext.Value
	parts map[string]*part // by name or index; nil until somebody asks
}

// reread reads where the resource stands in its body once more. The caller holds
// the lock of what was read last.
func (o *Origin) reread() (*part, error) {
	last := o.file.last
	if last.entry != nil && last.offset == o.offset {
		return last.entry, nil
	}
	call := recording.Call{Region: o.file.scope.Region, Operation: o.file.operation, Resource: o.file.resource}
	body, err := o.file.account.Again(call, o.file.start+o.offset)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	dec := jsontext.NewDecoder(&separated{Reader: body}, jsontext.AllowInvalidUTF8(true))
	text, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	last.offset, last.entry = o.offset, &part{text: text.Clone()}
	return last.entry, nil
}

// separated reads JSON without what separates it from what stands before it.
type separated struct {
	io.Reader
	begun bool
}

func (s *separated) Read(p []byte) (int, error) {
	for {
		n, err := s.Reader.Read(p)
		text := p[:n]
		if !s.begun {
			text = bytes.TrimLeft(text, " \t\r\n,:")
		}
		if s.begun = s.begun || len(text) > 0; s.begun || err != nil {
			return copy(p, text), err
		}
	}
}

// small is up to which size a value is taken apart anew each time.
const small = 1 << 10

// member is the value of a name in an object, or at an index in a list, or nil.
func (p *part) member(name string) *part {
	if p.parts != nil {
		return p.parts[name]
	}
	parts := p.split()
	if len(p.text) > small {
		p.parts = parts
	}
	return parts[name]
}

// split takes an object or a list apart.
func (p *part) split() map[string]*part {
	parts := map[string]*part{}
	dec := jsontext.NewDecoder(bytes.NewBuffer(p.text), jsontext.AllowInvalidUTF8(true))
	kind := dec.PeekKind()
	if kind != '{' && kind != '[' {
		return parts
	}
	_, _ = dec.ReadToken() // the text was read as one value before, so nothing fails
	for i := 0; dec.PeekKind() != '}' && dec.PeekKind() != ']'; i++ {
		name := strconv.Itoa(i)
		if kind == '{' {
			key, err := dec.ReadToken()
			if err != nil {
				break
			}
			name = key.String()
		}
		value, err := dec.ReadValue()
		if err != nil {
			break
		}
		end := dec.InputOffset()
		parts[name] = &part{text: p.text[end-int64(len(value)) : end]}
	}
	return parts
}
