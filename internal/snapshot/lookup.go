package snapshot

import (
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Lookup returns the recorded value of the field, as JSON, and where it stands.
// A field that was not recorded has the value null, and a source that ends with
// the first key that is missing.
//
// What the resource keeps as it was recorded is taken from there. Where it does
// not, as with an empty text, which may also be none, and with lists of which
// only some fields are kept, the recording is looked at again.
func (p Place) Lookup() (value jsontext.Value, source string) {
	parts := strings.Split(p.Field, "/")
	value, depth, ok := kept(reflect.ValueOf(p.Resource).Elem(), parts)
	if !ok {
		value, depth = p.again(parts)
	}
	return value, p.Resource.Source(strings.Join(parts[:depth], "/"))
}

var null = jsontext.Value("null")

// kept follows the parts of a field through a resource. It returns the value and
// how many parts lead to it, or to the first that is missing. It is false where
// the resource does not know what was recorded.
func kept(v reflect.Value, parts []string) (value jsontext.Value, depth int, ok bool) {
	sure := false
	for i, name := range parts {
		if v.IsZero() && !sure {
			return nil, 0, false // maybe nothing of what it stands in was recorded
		}
		if v, sure = member(v, name); !v.IsValid() {
			return null, i + 1, sure
		}
	}
	if !plain(v) || v.IsZero() && !sure {
		return nil, 0, false
	}
	value, err := json.Marshal(v.Interface())
	return value, len(parts), err == nil
}

// member steps into a struct by the JSON name of a field, or into a list by an
// index. Nothing comes back where nothing is. It is sure where that, or a zero
// value, is what was recorded.
func member(v reflect.Value, name string) (next reflect.Value, sure bool) {
	switch v.Kind() {
	case reflect.Struct:
		v = fieldNamed(v, name)
	case reflect.Slice:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= v.Len() {
			return reflect.Value{}, err == nil
		}
		v = v.Index(i)
	default:
		return reflect.Value{}, false
	}
	if !v.IsValid() {
		return v, false
	}
	if o, ok := reflect.TypeAssert[interface{ inside() (any, bool) }](v); ok {
		if inside, recorded := o.inside(); recorded {
			return reflect.ValueOf(inside), true
		}
		return reflect.Value{}, true
	}
	if v.Kind() == reflect.Slice && v.IsNil() {
		return reflect.Value{}, true
	}
	return v, v.Kind() == reflect.Slice
}

// plain reports whether a value is kept in one form only, the recorded one: a
// text, a number, a truth value, a block of IPv4, a list of texts or of nothing.
func plain(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64:
		return true
	case reflect.Slice:
		texts, ok := reflect.TypeAssert[[]string](v)
		return v.Len() == 0 || ok && !slices.Contains(texts, "")
	default:
		block, ok := reflect.TypeAssert[netip.Prefix](v)
		return ok && block.Addr().Is4() // IPv6 may be written in many ways
	}
}

// inside is the value for those that do not know its type.
func (o Optional[T]) inside() (any, bool) { return o.value, o.recorded }

// again follows the parts of a field through the recording, as kept does through
// the resource. A recording that has gone by now has nothing.
func (p Place) again(parts []string) (value jsontext.Value, depth int) {
	r, ok := p.Resource.(entry)
	if !ok {
		return null, len(parts)
	}
	o := r.origin()
	o.file.last.mu.Lock()
	defer o.file.last.mu.Unlock()
	at, err := o.reread()
	if err != nil {
		return null, len(parts)
	}
	for i, name := range parts {
		if at.text.Kind() == 'n' {
			return null, i
		}
		if at = at.member(name); at == nil {
			return null, i + 1
		}
	}
	value = at.text.Clone()
	if value.Format(jsontext.AllowInvalidUTF8(true)) != nil {
		return null, len(parts)
	}
	return value, len(parts)
}

// fieldNamed finds a field by its JSON name, in embedded structs too.
func fieldNamed(v reflect.Value, name string) reflect.Value {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case tag == "-":
		case f.Anonymous:
			if inner := fieldNamed(v.Field(i), name); inner.IsValid() {
				return inner
			}
		case tag == name, tag == "" && f.Name == name:
			return v.Field(i)
		}
	}
	return reflect.Value{}
}
