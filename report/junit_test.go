package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/buttress/buttress/report"
)

type junitReport struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []struct {
		Name      string `xml:"name,attr"`
		ID        string `xml:"id,attr"`
		Timestamp string `xml:"timestamp,attr"`
		Tests     int    `xml:"tests,attr"`
		Failed    int    `xml:"failures,attr"`
		Errors    int    `xml:"errors,attr"`
		Skipped   int    `xml:"skipped,attr"`
		Cases     []struct {
			Name     string      `xml:"name,attr"`
			Class    string      `xml:"classname,attr"`
			Failures []junitText `xml:"failure"`
			Skipped  []junitText `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func decodeJUnit(t *testing.T, out string) (r junitReport) {
	t.Helper()
	if err := xml.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestJUnitCounts holds the numbers that a suite begins with to what is in it,
// and the sums to those of the results.
func TestJUnitCounts(t *testing.T) {
	for name, r := range inputs(t) {
		tests, failures, skipped := 0, 0, 0
		for i, s := range decodeJUnit(t, output(t, "junit", r)).Suites {
			if s.ID != strconv.Itoa(i) || s.Errors != 0 {
				t.Errorf("%s: suite %d has the id %q and %d errors", name, i, s.ID, s.Errors)
			}
			failed, skips := 0, 0
			for _, c := range s.Cases {
				failed += len(c.Failures)
				skips += len(c.Skipped)
				if len(c.Failures)+len(c.Skipped) > 1 || c.Class != s.Name {
					t.Errorf("%s: %+v", name, c)
				}
			}
			if len(s.Cases) != s.Tests || failed != s.Failed || skips != s.Skipped {
				t.Errorf("%s: %s says %d tests, %d failures, %d skipped, and has %d, %d, %d", name, s.Name, s.Tests, s.Failed, s.Skipped, len(s.Cases), failed, skips)
			}
			tests, failures, skipped = tests+s.Tests, failures+s.Failed, skipped+s.Skipped
		}
		s, known := r.Summary, 0
		for v := range r.Only("fail", "") {
			if v.Known {
				known++
			}
		}
		if tests != s.Pass+s.Fail+s.Unknown || failures != s.Fail-s.Waived-known || skipped != s.Unknown+s.Waived+known {
			t.Errorf("%s: %d tests, %d failures, %d skipped of %+v", name, tests, failures, skipped, s)
		}
	}
}

// TestJUnitIsSafe reads every token, and looks for what a terminal would obey.
func TestJUnitIsSafe(t *testing.T) {
	for name, r := range inputs(t) {
		dec := xml.NewDecoder(strings.NewReader(output(t, "junit", r)))
		for {
			token, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var all []string
			switch token := token.(type) {
			case xml.CharData:
				all = append(all, string(token))
			case xml.StartElement:
				for _, a := range token.Attr {
					all = append(all, a.Value)
				}
			case xml.Comment, xml.Directive:
				t.Errorf("%s: %v", name, token)
			}
			for _, s := range all {
				if i := strings.IndexFunc(s, func(c rune) bool { return c != '\n' && unicode.In(c, unicode.Cc, unicode.Cf) }); i >= 0 {
					t.Errorf("%s: %q", name, s[i:])
				}
			}
		}
	}
}

// TestJUnitSaysWhatIsAccepted skips waived and known failures, and says why.
func TestJUnitSaysWhatIsAccepted(t *testing.T) {
	r := read(t, "testdata/v1/tipster-before.json")
	acceptTwo(r)
	var got []string
	for _, s := range decodeJUnit(t, output(t, "junit", r)).Suites {
		for _, c := range s.Cases {
			for _, skip := range c.Skipped {
				got = append(got, skip.Message)
			}
		}
	}
	want := "accepted: waived until 2027-01-01 by alice: a test, accepted: stands in the baseline"
	if strings.Join(got, ", ") != want {
		t.Errorf("%q", got)
	}
}

// acceptTwo waives the first failure and has the second one stand in a baseline.
func acceptTwo(r *report.Results) {
	setFailures(r, func(i int, v *report.Result) {
		switch i {
		case 0:
			v.Waiver = &report.Waiver{Reason: "a test", Owner: "alice", Expires: "2027-01-01"}
		case 1:
			v.Known = true
		}
	})
}

// TestJUnitWithoutATime says the beginning of 1970, since both schemas want one.
func TestJUnitWithoutATime(t *testing.T) {
	r := saved(t)
	r.CapturedAt = ""
	for _, s := range decodeJUnit(t, output(t, "junit", r)).Suites {
		if s.Timestamp != "1970-01-01T00:00:00" {
			t.Errorf("%s: %s", s.Name, s.Timestamp)
		}
	}
}
