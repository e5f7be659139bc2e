//go:build e2e

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestE2ECIFiles has the files for pipelines judged by the schemas of GitHub,
// GitLab and pre-commit that check-jsonschema brings, and the workflow that
// docs/ci.md shows. Each schema is seen to object to a spoilt copy.
func TestE2ECIFiles(t *testing.T) {
	check, err := exec.LookPath("check-jsonschema")
	if err != nil {
		t.Skip("check-jsonschema is not on the PATH: make e2e installs it")
	}
	doc := readFile(t, "../../docs/ci.md")
	workflow := regexp.MustCompile("(?s)```yaml\n(name: architecture.*?)```").FindStringSubmatch(doc)
	if workflow == nil {
		t.Fatal("docs/ci.md shows no workflow")
	}
	for _, file := range []struct{ name, text, schema, from, to string }{
		{"action.yml", readFile(t, "../../action.yml"), "vendor.github-actions", "using: composite", "using: nothing"},
		{"gitlab-ci.yml", readFile(t, "../../ci/gitlab.yml"), "vendor.gitlab-ci", "script:", "skript:"},
		{"workflow.yml", workflow[1], "vendor.github-workflows", "runs-on:", "runs-at:"},
	} {
		if said, ok := conforms(t, check, file.name, file.text, file.schema); !ok {
			t.Errorf("%s: %s", file.name, said)
		}
		if _, ok := conforms(t, check, file.name, strings.Replace(file.text, file.from, file.to, 1), file.schema); ok {
			t.Errorf("%s: nobody minds %s", file.name, file.to)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func conforms(t *testing.T, check, name, text, schema string) (said string, ok bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(check, "--builtin-schema", schema, file).CombinedOutput()
	return string(out), err == nil
}
