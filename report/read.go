package report

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/internal/jsonerror"
)

// Read reads results that were written as JSON, by this version or an earlier
// one. All of them are held in memory. An error says where the JSON is wrong.
func Read(from io.Reader) (*Results, error) {
	r := new(Results)
	if err := json.UnmarshalRead(from, r, jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, jsonerror.Plain(err)
	}
	if r.SchemaVersion != SchemaVersion {
		return nil, fmt.Errorf("/schemaVersion: is %q, and this program reads results of version %q only", r.SchemaVersion, SchemaVersion)
	}
	if r.Results == nil {
		return nil, errors.New("/results: is missing")
	}
	if r.Summary.Failures == (Severities{}) { // a file from before that key
		for v := range r.Only("fail", "") {
			r.Summary.Failures.Count(v.Severity)
		}
	}
	return r, nil
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
