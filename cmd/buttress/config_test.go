package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/buttress/buttress/internal/golden"
)

const configSchemaFile = "../../docs/config.schema.json"

// TestConfigSchema generates docs/config.schema.json from the flags, and holds
// files against it.
func TestConfigSchema(t *testing.T) {
	var stdout bytes.Buffer
	e := &env{
		stdin: strings.NewReader(""), stdout: &stdout, stderr: io.Discard,
		getenv: func(string) string { return "" }, environ: func() []string { return nil }, width: func() int { return 0 },
		isTerminal: func(io.Writer) bool { return false },
	}
	if code := run(context.Background(), []string{"config", "schema"}, e); code != exitMet {
		t.Fatalf("exit code %d", code)
	}
	golden.Compare(t, configSchemaFile, stdout.String())
	schema, err := jsonschema.NewCompiler().Compile(configSchemaFile)
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{
		"fail-on: high\nregion: [eu-west-1]\nformat: text\nverbose: true\nmax-files: 3\nreport: {format: [text]}": true,
		"fail-on: hgih":         false,
		"max-files: many":       false,
		"allow-unknown: 'yes'":  false,
		"region: []":            false,
		"formt: text":           false,
		"report: {formt: text}": false,
		"rule: [nosuch]":        false,
	} {
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
