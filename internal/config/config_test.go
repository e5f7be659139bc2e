package config_test

import (
	"slices"
	"testing"

	"github.com/buttress/buttress/internal/config"
)

const good = `# a comment
region: [eu-west-1, eu-west-2]
fail-on: high      # another
allow-unknown: true
max-files: 10
format:
  - text
  - html=report.html
diff:
  format: markdown
profile: "null"
`

func TestParse(t *testing.T) {
	f, err := config.Parse("buttress.yaml", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[[2]string][]string{
		{"", "region"}: {"eu-west-1", "eu-west-2"}, {"", "fail-on"}: {"high"}, {"", "allow-unknown"}: {"true"},
		{"", "max-files"}: {"10"}, {"", "format"}: {"text", "html=report.html"}, {"diff", "format"}: {"markdown"}, {"", "profile"}: {"null"},
	} {
		s, ok := f.Lookup(path[0], path[1])
		if !ok {
			t.Errorf("%v is not there", path)
			continue
		}
		if got, err := f.Words(s); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v: %q, %v", path, got, err)
		}
	}
	s, _ := f.Lookup("diff", "format")
	if err := f.Wrong(s, "is %s", "odd"); err.Error() != "buttress.yaml:10:3: diff.format: is odd" {
		t.Error(err)
	}
}

// TestErrorsHaveAPlace has files that are wrong.
func TestErrorsHaveAPlace(t *testing.T) {
	for text, want := range map[string]string{
		"- a\n- b\n":        "x.yaml:1:1: is no mapping of keys to values",
		"just words":        "x.yaml:1:1: is no mapping of keys to values",
		"a: 1\nb: [1\n":     "x.yaml:2:4: sequence end token ']' not found",
		"a: 1\na: 2\n":      `x.yaml:2:1: mapping key "a" already defined at [1:1]`,
		"a:\n":              "x.yaml:1:1: a: has no value",
		"a: {b: {c: 1}}\n":  "x.yaml:1:5: a.b: is a mapping, where a value or a list belongs",
		"a: 1\n---\nb: 2\n": "x.yaml:2:1: a second document begins here, and one is all there may be",
		"a: &x 1\nb: *x\n":  "x.yaml:1:1: a: has no value",
		"a: 1\n  b: 2\n":    "x.yaml:1:4: mapping value is not allowed in this context",
		"\ta: 1\n":          "x.yaml:1:2: tab character cannot use as a map key directly",
	} {
		if _, err := config.Parse("x.yaml", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
	for _, text := range []string{"", "# nothing\n", "---\n", "null\n"} {
		if f, err := config.Parse("x.yaml", []byte(text)); err != nil || len(f.Settings) != 0 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWordsAreWords(t *testing.T) {
	for text, want := range map[string]string{
		"a: []\n":          "x.yaml:1:1: a: is an empty list; leave the key out instead",
		"a: [b, {c: d}]\n": "x.yaml:1:8: a: is no word",
		"a: [b, [c]]\n":    "x.yaml:1:8: a: is no word",
		"a: [b, null]\n":   "x.yaml:1:8: a: is no word",
	} {
		f, err := config.Parse("x.yaml", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if _, err := f.Words(&f.Settings[0]); err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add("a: &x [*x]\n")
	f.Fuzz(func(_ *testing.T, text string) {
		file, err := config.Parse("x.yaml", []byte(text))
		if err != nil {
			return
		}
		for i := range file.Settings {
			_, _ = file.Words(&file.Settings[i])
		}
	})
}
