package reach_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/invopop/jsonschema"

	"github.com/buttress/buttress/internal/golden"
	"github.com/buttress/buttress/internal/reach"
)

const schemaFile = "../../docs/trace.schema.json"

// TestSchema generates docs/trace.schema.json from the types, and validates
// answers.
func TestSchema(t *testing.T) {
	words := map[string][]any{
		"answer": {reach.Reachable, reach.Partial, reach.ForwardOnly, reach.Blocked, reach.Unknown},
		"via":    {"direct", "load-balancer", "mixed"},
	}
	golden.Schema(t, schemaFile, "An answer of buttress trace, version 1", jsonschema.Reflector{}, words, &reach.Answer{})
	n := load(t, "../../fixtures/accounts/tipster-after")
	port := 3306
	for _, q := range []reach.Question{
		{From: reach.Internet, To: "tipster-db", Port: &port},
		{From: reach.Internet, To: "tipster-alb"},
		{Who: true, To: "tipster-db", Protocol: "any"},
	} {
		a, err := n.Ask(q)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(a, json.FormatNilSliceAsNull(false))
		if err != nil {
			t.Fatal(err)
		}
		if err := golden.Validate(t, schemaFile, string(text)); err != nil {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if golden.Validate(t, schemaFile, `{"answer": "maybe"}`) == nil {
		t.Error("the schema accepts what it should refuse")
	}
}
