package yamlfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/buttress/buttress/internal/yamlfile"
)

// TestParseRefuses has what is no file that a person wrote.
func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"a: \xff":                            "f: is no text in UTF-8",
		"a: " + strings.Repeat("x", 4<<20):   "f: is larger than 4194304 bytes",
		"a: " + strings.Repeat("[", 100_000): "f: is nested deeper than 100",
		strings.Repeat("{a: ", 100_000):      "f: is nested deeper than 100",
		strings.Repeat("- ", 100_000):        "f: is nested deeper than 100",
		strings.Repeat("? ", 100_000):        "f: is nested deeper than 100",
		"a: 'x\n":                            "f:1:4: could not find end character of single-quoted text",
	} {
		if _, err := yamlfile.Parse("f", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%.40q: %v\nwant %s", text, err, want)
		}
	}
}

func TestParseOfNothing(t *testing.T) {
	for _, text := range []string{"", "\ufeff", "# only words\n", "---\n", "null\n", "~"} {
		if node, err := yamlfile.Parse("f", []byte(text)); node != nil || err != nil {
			t.Errorf("%q: %v, %v", text, node, err)
		}
	}
	if _, err := yamlfile.Parse("f", []byte("a: [[[1]]]\nb: '[[[[[['\n")); err != nil {
		t.Error(err)
	}
}

func TestMistakesCanBeFound(t *testing.T) {
	_, err := yamlfile.Parse("f", []byte("a: 1\na: 2\n"))
	m, ok := errors.AsType[*yamlfile.Mistake](err)
	if !ok || m.Line != 2 || m.Column != 1 || m.File != "f" {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a: [b, {c: 1}]\n"))
	f.Fuzz(func(_ *testing.T, text []byte) { _, _ = yamlfile.Parse("f", text) })
}
