package report_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/report"
)

// obeyed are the lines of an output that GitHub's runner takes for commands. It
// obeys those of which it knows the name; here any name will do.
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
func obeyed(out string) (all []string) {
	for line := range strings.FieldsFuncSeq(out, func(c rune) bool { return c == '\n' || c == '\r' }) {
		if strings.HasPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::") || strings.Contains(line, "##[") {
			all = append(all, line)
		}
	}
	return all
}

// TestNoFormatIsObeyed reads every output as GitHub's runner reads the log of a
// job. It obeys nothing but what is meant for it.
func TestNoFormatIsObeyed(t *testing.T) {
	for name, r := range inputs(t) {
		for _, format := range report.Formats() {
			for _, line := range obeyed(output(t, format, r)) {
				if format != "github" || !strings.HasPrefix(line, "::") {
					t.Errorf("%s as %s: %.200q", name, format, line)
				}
			}
		}
	}
}

// TestJSONStaysTheSame writes what a runner would obey, and reads it back.
func TestJSONStaysTheSame(t *testing.T) {
	r := inputs(t)["hostile"]
	var plain bytes.Buffer
	if err := report.JSON(&plain, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plain.String(), "##[") {
		t.Error("there is nothing to be obeyed")
	}
	equalJSON(t, plain.Bytes(), jsontext.Value(output(t, "json", r)))
}

// TestWritersForLogs splits what is written at every place.
func TestWritersForLogs(t *testing.T) {
	for _, c := range []struct{ in, text, json string }{
		{"a\n", "a\n", "a\n"},
		{"##[error]x", `##\x5berror]x`, `##\u005berror]x`},
		{"a ###[error]x##[y]", `a ###\x5berror]x##\x5by]`, `a ###\u005berror]x##\u005by]`},
		{"# #[1] [2]\n#\n#[3]", "# #[1] [2]\n#\n#[3]", "# #[1] [2]\n#\n#[3]"},
		{"::error::x\n \t::a::\r::b::", `:\x3aerror::x` + "\n \t" + `:\x3aa::` + "\r" + `:\x3ab::`, `:\u003aerror::x` + "\n \t" + `:\u003aa::` + "\r" + `:\u003ab::`},
		{":::\u00a0\n\u3000::x::", `:\x3a:` + "\u00a0\n\u3000" + `:\x3ax::`, `:\u003a:` + "\u00a0\n\u3000" + `:\u003ax::`},
		{"a::b:: : ::\n: :", "a::b:: : ::\n: :", "a::b:: : ::\n: :"},
	} {
		for i := range len(c.in) + 1 {
			for want, writer := range map[string]func(io.Writer) io.Writer{c.text: report.TextForLog, c.json: report.JSONForLog} {
				var b strings.Builder
				w := writer(&b)
				for _, part := range []string{c.in[:i], c.in[i:]} {
					if n, err := io.WriteString(w, part); n != len(part) || err != nil {
						t.Errorf("%q: %d bytes, %v", part, n, err)
					}
				}
				if b.String() != want {
					t.Errorf("%q split at %d is %q, want %q", c.in, i, b.String(), want)
				}
			}
		}
	}
}
