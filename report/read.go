package report

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/internal/jsonerror"
)

// Read reads results that were written as JSON or as a page, by this version or
// an earlier one. All of them are held in memory. An error says where the JSON is
// wrong, or contradicts itself: what has no known status, for one, would be
// missing in some formats and not in others.
func Read(from io.Reader) (*Results, error) {
	r := new(Results)
	if err := decode(jsonerror.Reader(from), r); err != nil {
		return nil, jsonerror.Plain(err)
	}
	if r.SchemaVersion != SchemaVersion {
		return nil, fmt.Errorf("/schemaVersion: is %q, and this program reads results of version %q only", r.SchemaVersion, SchemaVersion)
	}
	switch {
	case r.Results == nil:
		return nil, errors.New("/results: is missing")
	case r.Rules == nil:
		return nil, errors.New("/rules: is missing")
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	r.group()
	if r.Summary.Failures == (Severities{}) { // a file from before that key
		for v := range r.Only("fail", "") {
			r.Summary.Failures.Count(v.Severity)
		}
	}
	return r, nil
}

// decode reads the JSON, or what a page embeds.
func decode(from *bufio.Reader, r *Results) error {
	first := byte(' ')
	for strings.IndexByte(" \t\r\n", first) >= 0 {
		var err error
		if first, err = from.ReadByte(); err != nil {
			first = 0 // the decoder says what is wrong
		}
	}
	_ = from.UnreadByte() // it was read
	if first == '<' {
		if err := skipTo(from, resultsBegin); err != nil {
			return err
		}
		return json.UnmarshalDecode(jsontext.NewDecoder(from, jsontext.AllowInvalidUTF8(true)), r)
	}
	return json.UnmarshalRead(from, r, jsontext.AllowInvalidUTF8(true))
}

// skipTo reads up to and including the first place where a text stands.
func skipTo(from *bufio.Reader, text string) error {
	for matched := 0; matched < len(text); {
		c, err := from.ReadByte()
		switch {
		case err == io.EOF:
			return errors.New("is a page without results in it")
		case err != nil:
			return err
		case c == text[matched]:
			matched++
		case c == text[0]:
			matched = 1
		default:
			matched = 0
		}
	}
	return nil
}

// Count adds one at a severity.
func (s *Severities) Count(severity string) {
	switch severity {
	case "critical":
		s.Critical++
	case "high":
		s.High++
	case "medium":
		s.Medium++
	case "low":
		s.Low++
	default:
		s.Info++
	}
}

// group puts the results of each rule side by side, in the order of the rules,
// where another program left them in another order: formats begin something new
// with each rule.
func (r *Results) group() {
	place := make(map[string]int, len(r.Rules))
	for i := range r.Rules {
		place[r.Rules[i].ID] = i
	}
	last, grouped := 0, true
	for v := range r.Results {
		grouped = grouped && place[v.Rule] >= last
		last = place[v.Rule]
	}
	if grouped {
		return
	}
	all := slices.SortedStableFunc(iter.Seq[Result](r.Results), func(a, b Result) int { return cmp.Compare(place[a.Rule], place[b.Rule]) })
	r.Results = Seq(slices.Values(all))
}
