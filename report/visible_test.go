package report_test

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/report"
)

// TestJSONShowsWhatIsInIt writes characters that a terminal obeys, byte by byte
// and at once: they are escaped, and the value is the same.
func TestJSONShowsWhatIsInIt(t *testing.T) {
	const value, want = "é\u009b2J \u007f \u202eabc\u2028 \U000e0041💥 ##[x]", `"é\u009b2J \u007f \u202eabc\u2028 \udb40\udc41💥 ##\u005bx]"` + "\n"
	for _, wrap := range []func(w *strings.Builder) error{
		func(w *strings.Builder) error { return json.MarshalWrite(report.JSONForLog(w), value) },
		func(w *strings.Builder) error {
			text, err := json.Marshal(value)
			to := report.JSONForLog(w)
			for _, c := range text {
				if _, err := to.Write([]byte{c}); err != nil {
					return err
				}
			}
			return err
		},
	} {
		var b strings.Builder
		if err := wrap(&b); err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSuffix(b.String(), "\n") + "\n"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		var back string
		if err := json.Unmarshal([]byte(b.String()), &back); err != nil || back != value {
			t.Errorf("%q %v", back, err)
		}
	}
	if err := json.MarshalWrite(report.JSONForLog(iotest.TruncateWriter(&strings.Builder{}, 0)), value); err != nil {
		t.Error(err)
	}
}

// TestFormatsShowWhatIsInThem looks for such characters in every format of
// hostile results: none has any, the line separators of text apart.
func TestFormatsShowWhatIsInThem(t *testing.T) {
	for _, format := range report.Formats() {
		r := hostile(scanned(t, "tipster-before"))
		r.CapturedAt = "\u009b2J\nstamp\u202e"
		r.Account, r.Accounts = nasty[25], []string{nasty[25]}
		out := output(t, format, r)
		for i, c := range out {
			if c != '\n' && c != '\r' && (c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 || strings.ContainsRune("\u200e\u2028\u202e\u2066\u2069\ufeff", c)) {
				t.Errorf("%s: %q in %q", format, c, out[max(0, i-40):i+20])
				break
			}
		}
		if strings.Contains(out, "\nstamp") {
			t.Errorf("%s: the time of the recording has a line of its own", format)
		}
	}
}
