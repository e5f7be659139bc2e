package snapshot

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Lookup returns the recorded value of the field, as JSON, and where it stands.
// A field that was not recorded has the value null, and a source that ends with
// the first key that is missing.
func (p Place) Lookup() (value jsontext.Value, source string) {
	v := reflect.ValueOf(p.Resource).Elem()
	var at []string
	for name := range strings.SplitSeq(p.Field, "/") {
		at = append(at, name)
		next, ok := member(v, name)
		if !ok {
			return jsontext.Value("null"), p.Resource.Source(strings.Join(at, "/"))
		}
		v = next
	}
	value, err := json.Marshal(v.Interface(), json.FormatNilSliceAsNull(true))
	if err != nil {
		value = jsontext.Value("null")
	}
	return value, p.Resource.Source(p.Field)
}

// member steps into a struct by the JSON name of a field, or into a list by an
// index. It is false where nothing was recorded.
func member(v reflect.Value, name string) (reflect.Value, bool) {
	switch v.Kind() {
	case reflect.Struct:
		v = fieldNamed(v, name)
	case reflect.Slice:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= v.Len() {
			return reflect.Value{}, false
		}
		if inside, ok := recorded(v.Index(i)); ok {
			return inside, true
		}
		return v.Index(i), true // an entry is there, even if nothing of it is known
	default:
		return reflect.Value{}, false
	}
	return recorded(v)
}

// recorded unwraps an Optional and tells an absent field by its zero value.
func recorded(v reflect.Value) (reflect.Value, bool) {
	if !v.IsValid() {
		return v, false
	}
	if o, ok := reflect.TypeAssert[interface{ inside() (any, bool) }](v); ok {
		inside, ok := o.inside()
		return reflect.ValueOf(inside), ok
	}
	switch v.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int32, reflect.Int64:
		return v, true
	case reflect.Slice:
		return v, !v.IsNil()
	default:
		return v, !v.IsZero()
	}
}

// inside is the value for those that do not know its type.
func (o Optional[T]) inside() (any, bool) { return o.value, o.recorded }

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
