package snapshot

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/internal/recording"
)

// incomplete is the error of a body that is whole JSON and yet not the answer.
type incomplete struct{ code, message string }

func (e incomplete) Error() string { return e.message }

// Tokens that say that a list goes on, with the kind of their values: the AWS CLI
// prints them for --no-paginate and --max-items, and the last one where it does
// not know that SearchTransitGatewayRoutes has pages.
var tokens = map[string]jsontext.Kind{"NextToken": '"', "Marker": '"', "NextMarker": '"', "nextToken": '"', "AdditionalRoutesAvailable": 't'}

// decode reads the body of one answer. It holds one entry at a time beside
// those that it adds to rows.
func (k *KindOf[T]) decode(r io.Reader, f *file, rows *pile[T]) error {
	in := &lines{r: r}
	dec := &decoder{jsontext.NewDecoder(in, jsontext.AllowInvalidUTF8(true)), in}
	if kind := dec.PeekKind(); kind != '{' {
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		return fmt.Errorf("is no JSON object but %s", kind)
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	found, more := false, false
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		switch key := name.String(); {
		case key == k.list:
			found = true
			err = k.decodeList(dec, f, rows)
		case tokens[key] == dec.PeekKind():
			more = true
			err = dec.SkipValue()
		default:
			err = dec.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	if err := end(dec.Decoder); err != nil {
		return err
	}
	switch {
	case !found:
		return incomplete{recording.MalformedResponse, "the file has no " + k.list}
	case more:
		return incomplete{recording.NotRecorded, "the file holds the first page of several"}
	}
	return nil
}

// end reads the end of the body and refuses what comes after it.
func end(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); err == nil {
		return errors.New("has something behind its end")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (k *KindOf[T]) decodeList(dec *decoder, f *file, rows *pile[T]) error {
	if k.shape == oneObject {
		return k.decodeOne(dec, Origin{file: f, index: -1}, rows)
	}
	if kind := dec.PeekKind(); kind != '[' {
		if _, err := dec.ReadToken(); err != nil {
			return err
		}
		return fmt.Errorf("/%s: is no list", k.list)
	}
	return eachEntry(dec.Decoder, func(i int32) error {
		if k.nested == "" {
			return k.decodeOne(dec, Origin{file: f, index: i}, rows)
		}
		return eachMember(dec.Decoder, k.nested, func(j int32) error {
			return k.decodeOne(dec, Origin{file: f, index: i, inner: j}, rows)
		})
	})
}

func (k *KindOf[T]) decodeOne(dec *decoder, at Origin, rows *pile[T]) error {
	at.line = dec.line()
	t := rows.add()
	at.offset = dec.InputOffset()
	if err := json.UnmarshalDecode(dec.Decoder, t); err != nil {
		return err
	}
	if dec.InputOffset()-at.offset > largestEntry {
		return fmt.Errorf("%s: has more than %d bytes", dec.StackPointer(), largestEntry)
	}
	r := k.resource(t)
	*r.origin() = at
	return checkEntry(r, k.named)
}

// eachMember reads an object and calls decode for each entry of one of its lists.
func eachMember(dec *jsontext.Decoder, list string, decode func(int32) error) error {
	if dec.PeekKind() != '{' {
		if err := dec.SkipValue(); err != nil {
			return err
		}
		return fmt.Errorf("%s: is no object", dec.StackPointer())
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if name.String() == list && dec.PeekKind() == '[' {
			err = eachEntry(dec, decode)
		} else {
			err = dec.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// eachEntry reads a list and calls decode for each of its entries.
func eachEntry(dec *jsontext.Decoder, decode func(int32) error) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for j := int32(0); dec.PeekKind() != ']'; j++ {
		if err := decode(j); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}
