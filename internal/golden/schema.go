package golden

import (
	"maps"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/invopop/jsonschema"
	santhosh "github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema compares a file in docs with the JSON Schema of a value, made from its
// type. Words are those that a key may have, by key; types are further ones that
// stand behind what the reflector maps.
func Schema(t *testing.T, file, title string, r jsonschema.Reflector, words map[string][]any, value any, types ...any) {
	t.Helper()
	r.AllowAdditionalProperties = true // keys may be added within a version
	schema := r.Reflect(value)
	for _, typ := range types {
		maps.Copy(schema.Definitions, r.Reflect(typ).Definitions)
	}
	schema.ID = jsonschema.ID("https://github.com/buttress/buttress/" + strings.TrimLeft(file, "./"))
	schema.Title = title
	for _, def := range schema.Definitions {
		for name, enum := range words {
			if p, ok := def.Properties.Get(name); ok && p.Type == "string" {
				p.Enum = enum
			}
		}
	}
	text, err := json.Marshal(schema, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	indented := jsontext.Value(text)
	if err := indented.Indent(); err != nil {
		t.Fatal(err)
	}
	Compare(t, file, string(indented)+"\n")
}

// Validate says how a JSON text breaks the schema in a file.
func Validate(t *testing.T, file, text string) error {
	t.Helper()
	schema, err := santhosh.NewCompiler().Compile(file)
	if err != nil {
		t.Fatal(err)
	}
	v, err := santhosh.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(v)
}
