package report

import (
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// JSON writes the results as JSON, one result at a time.
func JSON(w io.Writer, r *Results, _ Options) error {
	enc := jsontext.NewEncoder(w, jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true),
		json.Deterministic(true), json.FormatNilSliceAsNull(false))
	if err := json.MarshalEncode(enc, r); err != nil {
		return err
	}
	return nil
}

// MarshalJSONTo implements json.MarshalerTo.
func (s Seq) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	if s != nil {
		for r := range s {
			if err := json.MarshalEncode(enc, &r); err != nil {
				return err
			}
		}
	}
	return enc.WriteToken(jsontext.EndArray)
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom. What is read is held in
// memory.
func (s *Seq) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	var all []Result
	if err := json.UnmarshalDecode(dec, &all); err != nil {
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
