package gate

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/internal/jsonerror"
)

// BaselineVersion is the version of the JSON that a Baseline is written as.
const BaselineVersion = "1"

// Baseline has the failures that are known, so that only others count: the
// public contract of docs/baseline.schema.json.
type Baseline struct {
	SchemaVersion string    `json:"schemaVersion"`
	Tool          Tool      `json:"tool"`
	Account       string    `json:"account"`    // empty where there are several
	CapturedAt    string    `json:"capturedAt"` // RFC 3339, or empty
	Failures      []Failure `json:"failures"`
	// More are keys that this version does not know, which Write keeps.
	More jsontext.Value `json:",embed" jsonschema:"-"`
}

// Tool is the program that judged.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Failure is a failure by what makes it one: not by its message, which may be
// put into other words.
type Failure struct {
	Fingerprint string  `json:"fingerprint"` // by which it is recognised
	Rule        string  `json:"rule"`
	Resource    Subject `json:"resource"`
	Severity    string  `json:"severity"`
	// More are keys that this version does not know: a note of its owner, say.
	More jsontext.Value `json:",embed" jsonschema:"-"`
}

// Subject is the resource that failed.
type Subject struct {
	Type    string `json:"type"` // CloudFormation's
	ID      string `json:"id"`
	ARN     string `json:"arn"`
	Account string `json:"account"`
	Region  string `json:"region"`
}

// ReadBaseline reads a baseline. An error says where the JSON is wrong.
func ReadBaseline(from io.Reader) (*Baseline, error) {
	b := new(Baseline)
	if err := json.UnmarshalRead(jsonerror.Reader(from), b, jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, jsonerror.Plain(err)
	}
	if b.SchemaVersion != BaselineVersion {
		return nil, fmt.Errorf("/schemaVersion: is %q, and this program reads baselines of version %q only", b.SchemaVersion, BaselineVersion)
	}
	if b.Failures == nil {
		return nil, errors.New("/failures: is missing (buttress baseline makes a baseline from results)")
	}
	for i, f := range b.Failures {
		if f.Fingerprint == "" || f.Rule == "" {
			return nil, fmt.Errorf("/failures/%d: has no fingerprint or no rule", i)
		}
	}
	return b, nil
}

// Write writes the baseline as JSON, sorted, so that two of them can be compared
// line by line.
func (b *Baseline) Write(w io.Writer) error {
	sorted := *b
	sorted.Failures = slices.SortedFunc(slices.Values(b.Failures), func(a, b Failure) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Resource.Account, b.Resource.Account),
			cmp.Compare(a.Resource.Region, b.Resource.Region), cmp.Compare(a.Resource.Type, b.Resource.Type),
			cmp.Compare(a.Resource.ID, b.Resource.ID), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	enc := jsontext.NewEncoder(w, jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true),
		json.Deterministic(true), json.FormatNilSliceAsNull(false))
	return json.MarshalEncode(enc, &sorted)
}

// Without is the baseline without some of its failures.
func (b *Baseline) Without(gone []Failure) *Baseline {
	drop := map[string]bool{}
	for _, f := range gone {
		drop[f.Fingerprint] = true
	}
	rest := *b
	rest.Failures = slices.DeleteFunc(slices.Clone(b.Failures), func(f Failure) bool { return drop[f.Fingerprint] })
	return &rest
}
