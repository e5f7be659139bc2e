package catalog_test

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing/fstest"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// clone copies a recording, so that a test may change one of its files.
func clone(files fstest.MapFS) fstest.MapFS { return maps.Clone(files) }

// read decodes a file of a recording.
func read(files fstest.MapFS, name string) (any, error) {
	f, ok := files[name]
	if !ok {
		return nil, fmt.Errorf("%s: is not there", name)
	}
	var v any
	err := json.Unmarshal(f.Data, &v)
	return v, err
}

// replace encodes a file of a recording anew.
func replace(files fstest.MapFS, name string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // it was decoded from JSON
	}
	files[name] = &fstest.MapFile{Data: b}
}

// lookup follows a pointer. It is false where a key or an index is missing.
func lookup(v any, pointer string) (any, bool) {
	for _, key := range strings.Split(pointer, "/")[1:] {
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[key]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// change returns v with the value at a pointer changed by f. Where f says so the
// value is removed instead.
func change(v any, pointer string, f func(any) (any, bool)) any {
	key, rest, more := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	inner := func(old any) (any, bool) {
		if more {
			return change(old, "/"+rest, f), true
		}
		return f(old)
	}
	switch in := v.(type) {
	case map[string]any:
		out := maps.Clone(in)
		if now, keep := inner(in[key]); keep {
			out[key] = now
		} else {
			delete(out, key)
		}
		return out
	case []any:
		i, err := strconv.Atoi(key)
		if err != nil || i >= len(in) {
			return v
		}
		out := append([]any{}, in[:i]...)
		if now, keep := inner(in[i]); keep {
			out = append(out, now)
		}
		return append(out, in[i+1:]...)
	default:
		return v
	}
}

// reversed turns every list of a value around.
func reversed(v any) any {
	switch in := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range in {
			out[k] = reversed(x)
		}
		return out
	case []any:
		out := make([]any, len(in))
		for i, x := range in {
			out[len(in)-1-i] = reversed(x)
		}
		return out
	default:
		return v
	}
}

// canonical is a value in the one form that can be compared.
func canonical(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // it was decoded from JSON
	}
	value := jsontext.Value(b)
	if err := value.Canonicalize(); err != nil {
		panic(err)
	}
	return string(value)
}
