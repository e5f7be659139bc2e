// Package jsonerror puts the errors of the JSON decoder into words for people
// who wrote the JSON and have never seen the program.
package jsonerror

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Plain returns an error that says where in the JSON something is wrong, by JSON
// pointer or offset in bytes, and what. The decoder's own texts change from
// build to build on purpose and name Go types. What the reader behind a decoder
// said, and other errors, are returned as they are, and nil as nil.
func Plain(err error) error {
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return syntactic(e)
	}
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		return semantic(e)
	}
	if err != nil && strings.HasPrefix(err.Error(), "jsontext: read error: ") {
		return errors.Unwrap(err) // what the reader behind the decoder said
	}
	return err
}

func syntactic(e *jsontext.SyntacticError) error {
	if errors.Is(e.Err, jsontext.ErrDuplicateName) {
		return fmt.Errorf("%s: the key stands there twice", pointer(e.JSONPointer))
	}
	if e.JSONPointer == "" {
		return fmt.Errorf("offset %d: %w", e.ByteOffset, e.Err)
	}
	return fmt.Errorf("%s: offset %d: %w", pointer(e.JSONPointer), e.ByteOffset, e.Err)
}

func semantic(e *json.SemanticError) error {
	is := "is " + article(e.JSONKind)
	switch {
	case errors.Is(e.Err, json.ErrUnknownName):
		is = "is no known key"
	case e.GoType == nil:
	case e.JSONKind == '0' && errors.Is(e.Err, strconv.ErrRange):
		is = "is a number that is too large"
	case e.JSONKind == '0' && wanted(e.GoType) == "a number":
		is = "is no whole number"
	case e.JSONKind == '"' && texts[e.GoType.String()] != "":
		is = "is no " + texts[e.GoType.String()]
	default:
		is += " where " + wanted(e.GoType) + " belongs"
	}
	if e.JSONPointer == "" {
		return errors.New(is)
	}
	return fmt.Errorf("%s: %s", pointer(e.JSONPointer), is)
}

// pointer is a JSON pointer that people can read: of a long one the beginning and
// the end.
func pointer(p jsontext.Pointer) string {
	const most, kept = 400, 100
	if len(p) <= most {
		return string(p)
	}
	return strings.ToValidUTF8(string(p[:kept])+"…"+string(p[len(p)-kept:]), "")
}

// article names a kind of JSON values.
func article(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '{', '}':
		return "an object"
	case '[', ']':
		return "a list"
	default:
		return "of another kind"
	}
}

// texts are types that are written as a string of some form.
var texts = map[string]string{"netip.Addr": "IP address", "netip.Prefix": "CIDR block", "time.Time": "time (RFC 3339)"}

// wanted names what a type of the program is in JSON.
func wanted(t reflect.Type) string {
	if texts[t.String()] != "" {
		return "a string"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "something else"
	}
}

// mark is the byte order mark that Windows puts before a text.
const mark = "\ufeff"

var errUTF16 = errors.New("is text in UTF-16, and JSON is UTF-8: " +
	"in Windows PowerShell, write it with Out-File -Encoding utf8 rather than with >")

// SkipMark skips the byte order mark that some programs begin a text with, and
// returns how many bytes that were. It is an error if the mark is that of UTF-16,
// in which Windows PowerShell writes what ">" redirects.
func SkipMark(r *bufio.Reader) (int, error) {
	if start, err := r.Peek(2); err == nil && (string(start) == "\xff\xfe" || string(start) == "\xfe\xff") {
		return 0, errUTF16
	}
	if start, err := r.Peek(len(mark)); err != nil || string(start) != mark {
		return 0, nil //nolint:nilerr // whoever reads on meets the error
	}
	return r.Discard(len(mark))
}

// Reader reads JSON that any program may have written: a byte order mark is
// skipped, and reading fails if it is one that SkipMark refuses.
func Reader(from io.Reader) *bufio.Reader {
	r := bufio.NewReaderSize(from, 64<<10)
	if _, err := SkipMark(r); err != nil {
		return bufio.NewReader(failing{err})
	}
	return r
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
