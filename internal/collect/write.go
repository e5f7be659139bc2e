package collect

import (
	"bytes"
	"compress/gzip"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// asCLI are the options that make of the SDK's structs what the AWS CLI prints.
// In the services read here every scalar is a pointer, so that an explicit
// false or 0 is kept, and what AWS left out is left out; a test looks after it.
var asCLI = json.JoinOptions(
	json.OmitZeroStructFields(true),
	json.Deterministic(true),
	jsontext.AllowInvalidUTF8(true),
	jsontext.Multiline(true),
	json.WithMarshalers(json.MarshalToFunc(marshalTime)),
)

// marshalTime writes a time as the AWS CLI 2 does, which is Python's isoformat:
// with the offset of UTC in digits, and microseconds only where there are any.
func marshalTime(enc *jsontext.Encoder, t time.Time) error {
	layout := "2006-01-02T15:04:05-07:00"
	if t.Nanosecond()/1000 != 0 {
		layout = "2006-01-02T15:04:05.000000-07:00"
	}
	return enc.WriteToken(jsontext.String(t.UTC().Format(layout)))
}

// listWriter writes the list that is the answer to a call.
type listWriter struct {
	t     *task
	enc   *jsontext.Encoder
	items int // written so far
	err   error
}

// writer begins the answer: an object with one list.
func (t *task) writer(name string) *listWriter {
	w := &listWriter{t: t, enc: jsontext.NewEncoder(t.body, asCLI)}
	w.token(jsontext.BeginObject, jsontext.String(name), jsontext.BeginArray)
	return w
}

// token writes tokens unless writing failed before.
func (w *listWriter) token(tokens ...jsontext.Token) {
	for _, token := range tokens {
		if w.err == nil {
			w.err = w.enc.WriteToken(token)
		}
	}
}

func (w *listWriter) item(v any) error {
	w.items++
	switch {
	case w.err != nil:
	case w.t.spool != nil:
		w.err = w.t.spool.add(v)
	default:
		w.err = json.MarshalEncode(w.enc, v, asCLI)
	}
	return w.t.kept(w.err)
}

// close ends the answer.
func (w *listWriter) close() error {
	if w.t.spool != nil && w.err == nil {
		w.err = w.t.spool.copyTo(w.enc)
	}
	w.token(jsontext.EndArray, jsontext.EndObject)
	return w.t.kept(w.err)
}

// single writes an answer that is one object.
func single(t *task, name string, v any) error {
	w := &listWriter{t: t, enc: jsontext.NewEncoder(t.body, asCLI)}
	w.token(jsontext.BeginObject, jsontext.String(name))
	if w.err == nil {
		w.err = json.MarshalEncode(w.enc, v, asCLI)
	}
	w.token(jsontext.EndObject)
	return t.kept(w.err)
}

// kept makes the error of writing an answer one that ends the scan.
func (t *task) kept(err error) error {
	if err == nil {
		return nil
	}
	return &writeError{t.call, err}
}

// spool keeps the items of a list, compressed, until it is known which of them
// count.
type spool struct {
	buf     bytes.Buffer
	gz      *gzip.Writer
	enc     *jsontext.Encoder
	dropped map[int]bool
}

func newSpool() *spool {
	s := &spool{dropped: map[int]bool{}}
	s.gz = gzip.NewWriter(&s.buf)
	s.enc = jsontext.NewEncoder(s.gz, asCLI, jsontext.Multiline(false))
	return s
}

func (s *spool) add(v any) error {
	return json.MarshalEncode(s.enc, v, asCLI, jsontext.Multiline(false))
}

// drop forgets the item with this number.
func (s *spool) drop(item int) { s.dropped[item] = true }

// copyTo writes the items that count.
func (s *spool) copyTo(enc *jsontext.Encoder) error {
	if err := s.gz.Close(); err != nil {
		return err
	}
	r, err := gzip.NewReader(&s.buf)
	if err != nil {
		return err
	}
	dec := jsontext.NewDecoder(r, jsontext.AllowInvalidUTF8(true))
	for i := 0; dec.PeekKind() != 0; i++ {
		v, err := dec.ReadValue()
		if err != nil {
			return err
		}
		if s.dropped[i] {
			continue
		}
		if err := enc.WriteValue(v); err != nil {
			return err
		}
	}
	return nil
}
