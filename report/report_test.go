package report_test

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"

	"github.com/buttress/buttress/internal/golden"
	"github.com/buttress/buttress/report"
)

// TestFormats holds every format to its golden file.
func TestFormats(t *testing.T) {
	for _, name := range report.Formats() {
		t.Run(name, func(t *testing.T) {
			format, err := report.FormatNamed(name)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := format(&b, saved(t), report.Options{}); err != nil {
				t.Fatal(err)
			}
			if name == "json" { // what was read has to come out again
				want, err := os.ReadFile("testdata/results.json")
				if err != nil {
					t.Fatal(err)
				}
				equalJSON(t, want, b.Bytes())
				return
			}
			golden.Compare(t, "testdata/"+name+".golden", b.String())
		})
	}
}

func equalJSON(t *testing.T, want, got jsontext.Value) {
	t.Helper()
	if err := errors.Join(want.Canonicalize(), got.Canonicalize()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("want %s\ngot %s", want, got)
	}
}

// TestTextIsSafe looks for what a terminal would obey.
func TestTextIsSafe(t *testing.T) {
	var b bytes.Buffer
	if err := report.Text(&b, saved(t), report.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"\x1b", "\a", "\u202e", "\u200e", "\u2066", "\u2069", "\nfail critical forged"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the text has %q", bad)
		}
	}
}

func TestUnknownFormatNamesTheKnownOnes(t *testing.T) {
	_, err := report.FormatNamed("yaml")
	if err == nil || !strings.Contains(err.Error(), strings.Join(report.Formats(), ", ")) {
		t.Errorf("got %v", err)
	}
}

const schemaFile = "../docs/results.schema.json"

// TestSchema generates docs/results.schema.json from the types.
func TestSchema(t *testing.T) {
	reflector := jsonschema.Reflector{
		Mapper: func(typ reflect.Type) *jsonschema.Schema {
			switch typ {
			case reflect.TypeFor[report.Seq]():
				return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Ref: "#/$defs/Result"}}
			case reflect.TypeFor[jsontext.Value]():
				return jsonschema.TrueSchema
			}
			return nil
		},
	}
	words := map[string][]any{
		"status":   {"pass", "fail", "unknown", "not_applicable"},
		"severity": {"critical", "high", "medium", "low", "info"},
		"state":    {"used", "expired", "unmatched", "not_judged"},
		"via":      {"direct", "load-balancer"},
	}
	golden.Schema(t, schemaFile, "Results of a Buttress scan, version 1", reflector, words, &report.Results{}, &report.Result{})
}

// TestResultsFollowTheSchema validates what is written, and sees that the schema
// refuses something.
func TestResultsFollowTheSchema(t *testing.T) {
	var b bytes.Buffer
	if err := report.JSON(&b, saved(t), report.Options{}); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	if err := golden.Validate(t, schemaFile, good); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		strings.Replace(good, `"status": "fail"`, `"status": "warn"`, 1),
		strings.Replace(good, `"fingerprint"`, `"finger"`, 1),
		strings.Replace(good, `"evidence": []`, `"evidence": null`, 1),
	} {
		if golden.Validate(t, schemaFile, bad) == nil {
			t.Error("the schema accepts what it should refuse")
		}
	}
}

// TestErrorsOfTheWriterAreReturned writes to a pipe that nobody reads.
func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	for _, name := range report.Formats() {
		format, err := report.FormatNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := format(closed{}, saved(t), report.Options{}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestReadRefuses reads what is no result file.
func TestReadRefuses(t *testing.T) {
	for in, want := range map[string]string{
		``:                       "unexpected EOF",
		`[]`:                     "is a list where an object belongs",
		`{}`:                     `/schemaVersion: is ""`,
		`{"schemaVersion": "2"}`: `/schemaVersion: is "2", and this program reads results of version "1" only`,
		`{"schemaVersion": "1"}`: "/results: is missing",
		`{"schemaVersion": "1", "results": [{"rule": 7}]}`: "/results/0/rule: is a number where a string belongs",
		`{"schemaVersion": "1", "results": []} {}`:         "after top-level value",
	} {
		if _, err := report.Read(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

// TestReadCountsFailuresOfOlderFiles reads a file from before the failures were
// counted by severity.
func TestReadCountsFailuresOfOlderFiles(t *testing.T) {
	in := `{"schemaVersion": "1", "summary": {"fail": 2, "pass": 1}, "rules": [{"id": "a", "status": "fail", "severity": "high", "fail": 2, "pass": 1}], "results": [
		{"rule": "a", "status": "fail", "severity": "high", "fingerprint": "1"}, {"rule": "a", "status": "pass", "severity": "low", "fingerprint": "2"},
		{"rule": "a", "status": "fail", "severity": "info", "fingerprint": "3"}]}`
	r, err := report.Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if want := (report.Severities{High: 1, Info: 1}); r.Summary.Failures != want {
		t.Errorf("%+v", r.Summary.Failures)
	}
}

// TestEveryInputInEveryFormat writes what others recorded, and the hostile copy,
// twice: it neither fails nor differs.
func TestEveryInputInEveryFormat(t *testing.T) {
	for name, r := range inputs(t) {
		for _, format := range report.Formats() {
			write, err := report.FormatNamed(format)
			if err != nil {
				t.Fatal(err)
			}
			var once, twice bytes.Buffer
			if err := errors.Join(write(&once, r, report.Options{}), write(&twice, r, report.Options{})); err != nil {
				t.Errorf("%s as %s: %v", name, format, err)
			}
			if once.Len() == 0 || !bytes.Equal(once.Bytes(), twice.Bytes()) {
				t.Errorf("%s as %s: %d bytes, and %d others the second time", name, format, once.Len(), twice.Len())
			}
		}
	}
}

// TestPagesAreReadBack writes pages and reads the results out of them.
func TestPagesAreReadBack(t *testing.T) {
	for name, r := range inputs(t) {
		var page, want, got bytes.Buffer
		if err := errors.Join(report.HTML(&page, r, report.Options{}), report.JSON(&want, r, report.Options{})); err != nil {
			t.Fatal(err)
		}
		back, err := report.Read(&page)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := report.JSON(&got, back, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want.Bytes(), got.Bytes()) {
			t.Errorf("%s came back otherwise", name)
		}
	}
	if _, err := report.Read(strings.NewReader("<!DOCTYPE html><p>a page</p>")); err == nil || !strings.Contains(err.Error(), "is a page without results in it") {
		t.Errorf("got %v", err)
	}
}

// TestNothingOnThePageIsCode looks for what a browser would obey.
func TestNothingOnThePageIsCode(t *testing.T) {
	var b bytes.Buffer
	if err := report.HTML(&b, inputs(t)["hostile"], report.Options{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "<script"); n != 2 {
		t.Errorf("%d scripts, and the page has two", n)
	}
	shown, _, _ := strings.Cut(b.String(), `<script type="application/json"`)
	for _, bad := range []string{"<img", "onerror=alert(1)>", `href="javascript:`, "<details>\u202e", "\x1b", "\u202e"} {
		if strings.Contains(shown, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}
