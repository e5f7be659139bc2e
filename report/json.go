package report

import (
	"io"
	"iter"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// JSON writes the results as JSON, one result at a time.
func JSON(w io.Writer, r *Results, _ Options) error {
	return writeJSON(w, r)
}

// writeJSON writes one value, indented. What is no UTF-8 becomes U+FFFD.
func writeJSON(w io.Writer, value any) error {
	enc := jsontext.NewEncoder(w, jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true),
		json.Deterministic(true), json.FormatNilSliceAsNull(false))
	return json.MarshalEncode(enc, value)
}

// MarshalJSONTo implements json.MarshalerTo.
func (s Seq) MarshalJSONTo(enc *jsontext.Encoder) error {
	return list[Result](s).MarshalJSONTo(enc)
}

// list is a JSON list that is written item by item.
type list[T any] iter.Seq[T]

// MarshalJSONTo implements json.MarshalerTo.
func (l list[T]) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	if l != nil {
		for item := range l {
			if err := json.MarshalEncode(enc, &item); err != nil {
				return err
			}
		}
	}
	return enc.WriteToken(jsontext.EndArray)
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom. What is read is held in
// memory.
func (s *Seq) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if k := dec.PeekKind(); k != '[' {
		return &json.SemanticError{JSONPointer: dec.StackPointer(), JSONKind: k, GoType: reflect.TypeFor[[]Result]()}
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	var all []Result
	for dec.PeekKind() != ']' {
		var r Result
		if err := r.read(dec); err != nil {
			return err
		}
		all = append(all, r)
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	*s = func(yield func(Result) bool) {
		for _, r := range all {
			if !yield(r) {
				return
			}
		}
	}
	return nil
}

// read reads one result, which null is not. Its values are those that a scan has,
// however the file writes them.
func (r *Result) read(dec *jsontext.Decoder) error {
	if dec.PeekKind() == 'n' {
		_, _ = dec.ReadToken() // for its pointer
		return &json.SemanticError{JSONPointer: dec.StackPointer(), JSONKind: 'n', GoType: reflect.TypeFor[Result]()}
	}
	if err := json.UnmarshalDecode(dec, r); err != nil {
		return err
	}
	for i := range r.Evidence {
		r.Evidence[i].Value = canonical(r.Evidence[i].Value)
	}
	return nil
}
