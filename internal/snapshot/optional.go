package snapshot

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Optional is a field for which "not returned" differs from the zero value.
type Optional[T any] struct {
	value    T
	recorded bool
}

// Value returns the value and whether it was recorded. JSON null counts as not
// recorded.
func (o Optional[T]) Value() (T, bool) { return o.value, o.recorded }

// Is reports whether the value was recorded and is v.
func Is[T comparable](o Optional[T], v T) bool { return o.recorded && o.value == v }

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (o *Optional[T]) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() == 'n' {
		*o = Optional[T]{}
		return dec.SkipValue()
	}
	o.recorded = true
	if b, ok := any(&o.value).(*bool); ok { // most optional fields are one, and this is the short way
		if kind := dec.PeekKind(); kind == 't' || kind == 'f' {
			*b = kind == 't'
			return dec.SkipValue()
		}
	}
	return json.UnmarshalDecode(dec, &o.value)
}

// MarshalJSONTo implements json.MarshalerTo.
func (o Optional[T]) MarshalJSONTo(enc *jsontext.Encoder) error {
	if !o.recorded {
		return enc.WriteToken(jsontext.Null)
	}
	return json.MarshalEncode(enc, o.value)
}
