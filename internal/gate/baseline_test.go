package gate_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"

	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/internal/golden"
)

const baselineSchema = "../../docs/baseline.schema.json"

// TestBaselineSchema generates docs/baseline.schema.json from the types.
func TestBaselineSchema(t *testing.T) {
	words := map[string][]any{"severity": {"critical", "high", "medium", "low", "info"}}
	golden.Schema(t, baselineSchema, "A baseline of Buttress, version 1", jsonschema.Reflector{}, words, &gate.Baseline{})
}

func baseline(ids ...string) *gate.Baseline {
	b := &gate.Baseline{SchemaVersion: "1", Tool: gate.Tool{Name: "buttress", Version: "1.2.3"}, Account: "111122223333", CapturedAt: "2026-11-23T10:00:00Z"}
	for _, id := range ids {
		b.Failures = append(b.Failures, gate.Failure{
			Fingerprint: "print-" + id, Rule: "rds-instance-multi-az", Severity: "high",
			Resource: gate.Subject{Type: "AWS::RDS::DBInstance", ID: id, ARN: "arn:" + id, Account: "111122223333", Region: "eu-west-1"},
		})
	}
	return b
}

func written(t *testing.T, b *gate.Baseline) string {
	t.Helper()
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestBaselineIsReadBack writes one, sorted, holds it to the schema, and reads it.
func TestBaselineIsReadBack(t *testing.T) {
	text := written(t, baseline("b", "a"))
	if text != written(t, baseline("a", "b")) {
		t.Errorf("not sorted:\n%s", text)
	}
	for text, ok := range map[string]bool{
		text:                   true,
		written(t, baseline()): true,
		strings.Replace(text, `"high"`, `"bad"`, 1):        false,
		strings.Replace(text, `"fingerprint"`, `"x"`, 1):   false,
		strings.Replace(text, `"capturedAt"`, `"when"`, 1): false,
	} {
		if err := golden.Validate(t, baselineSchema, text); (err == nil) != ok {
			t.Errorf("%s\n%v", text, err)
		}
	}
	got, err := gate.ReadBaseline(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(baseline("a", "b"), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestBaselineWithout takes failures out by their fingerprint.
func TestBaselineWithout(t *testing.T) {
	b := baseline("a", "b", "c")
	rest := b.Without(baseline("a", "c", "d").Failures)
	if diff := cmp.Diff(baseline("b"), rest); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(b.Failures) != 3 {
		t.Errorf("the baseline itself has %d failures now", len(b.Failures))
	}
}

// TestReadBaselineRefuses reads what is no baseline.
func TestReadBaselineRefuses(t *testing.T) {
	for in, want := range map[string]string{
		``:                                      "unexpected EOF",
		`{}`:                                    `/schemaVersion: is ""`,
		`{"schemaVersion": "2"}`:                `/schemaVersion: is "2", and this program reads baselines of version "1" only`,
		`{"schemaVersion": "1", "results": []}`: "/failures: is missing (buttress baseline makes a baseline from results)",
		`{"schemaVersion": "1", "failures": [{"rule": "x"}]}`:          "/failures/0: has no fingerprint or no rule",
		`{"schemaVersion": "1", "failures": [{"fingerprint": 1}]}`:     "/failures/0/fingerprint: is a number where a string belongs",
		`{"schemaVersion": "1", "schemaVersion": "1", "failures": []}`: "/schemaVersion: the key stands there twice",
	} {
		if _, err := gate.ReadBaseline(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}
