package main

import (
	"bytes"
	"context"
	"io"
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
	e := testEnv(&stdout, io.Discard, nil)
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
		"record: out\nallow-unknown: 'true'\nmax-files: '3'\nrule: 'rds-instance-multi-az,vpc-default-unused'":    true,
		"record: {region: eu-west-1}": true,
		"max-size: -1":                false,
		"fail-on: hgih":               false,
		"max-files: many":             false,
		"allow-unknown: 'yes'":        false,
		"region: []":                  false,
		"formt: text":                 false,
		"report: {formt: text}":       false,
		"rule: [nosuch]":              false,
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
