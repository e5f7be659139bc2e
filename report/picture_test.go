package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/buttress/buttress/internal/golden"
)

// TestPicturesOfTheAccounts holds the pictures of the documentation to what is
// drawn.
func TestPicturesOfTheAccounts(t *testing.T) {
	for _, name := range []string{"tipster-before", "tipster-after"} {
		r := scanned(t, name)
		golden.Compare(t, "../docs/img/"+name+".svg", output(t, "svg", r))
		golden.Compare(t, "testdata/"+name+".mmd", output(t, "mermaid", r))
	}
}

// TestSVGIsAPictureAndNothingElse reads what is drawn of all inputs as XML, and
// looks for elements that no picture needs.
func TestSVGIsAPictureAndNothingElse(t *testing.T) {
	known := regexp.MustCompile(`^(svg|title|desc|style|g|rect|text|polyline|polygon)$`)
	for name, r := range inputs(t) {
		dec := xml.NewDecoder(strings.NewReader(output(t, "svg", r)))
		elements := 0
		for {
			token, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				elements++
				if !known.MatchString(token.Name.Local) {
					t.Errorf("%s: the element %s", name, token.Name.Local)
				}
			case xml.CharData:
				if bad := strings.IndexAny(string(token), "\x1b\a\u202e\u200e\u2066"); bad >= 0 {
					t.Errorf("%s: %.60q", name, token[bad:])
				}
			}
		}
		if elements < 5 {
			t.Errorf("%s: %d elements", name, elements)
		}
	}
}

// statement is a line of Mermaid as it may be written: whatever a stranger chose
// is a number in a label.
var statement = regexp.MustCompile(`^ *(flowchart TB|%% ([0-9,]+ failures?[a-z0-9 ,()]*|Interrupted: this is incomplete\.|The endpoint was not AWS\.)|subgraph s\d+ \["LABEL"\]|end|n(\d+|one)[\[{]"LABEL"[\]}](:::[a-z]+)?|n\d+ (-->|-->\|"LABEL"\||-\.-|-\. replication \.->) n\d+|classDef [a-z]+ [a-z0-9#:,]+)$`)

// TestMermaidHoldsStrangersTexts reads every line of what is written of all inputs.
func TestMermaidHoldsStrangersTexts(t *testing.T) {
	label := regexp.MustCompile(`"(?:[a-zA-Z0-9 .:/,…-]|#[0-9]+;|<br/>)*"`)
	for name, r := range inputs(t) {
		out := output(t, "mermaid", r)
		if len(out) > 50_000 {
			t.Errorf("%s: %d bytes, and Mermaid draws 50,000", name, len(out))
		}
		depth := 0
		for line := range strings.SplitSeq(strings.TrimSuffix(out, "\n"), "\n") {
			if !statement.MatchString(label.ReplaceAllString(line, `"LABEL"`)) {
				t.Errorf("%s: %.200q", name, line)
			}
			switch words := strings.TrimSpace(line); {
			case strings.HasPrefix(words, "subgraph"):
				depth++
			case words == "end":
				depth--
			}
		}
		if depth != 0 {
			t.Errorf("%s: %d subgraphs have no end", name, depth)
		}
	}
}

// TestPicturesWithoutATopology draws results from before there was one.
func TestPicturesWithoutATopology(t *testing.T) {
	r := read(t, "testdata/v1/tipster-before.json")
	r.Topology = nil
	for _, format := range []string{"svg", "mermaid"} {
		if out := output(t, format, r); !strings.Contains(out, "have no topology: scan again") || !strings.Contains(out, "13 failures") {
			t.Errorf("%s: %s", format, out)
		}
	}
}

// TestPageSaysWhatIsNotDrawn compares the page with the picture, which names what
// its badges do not show.
func TestPageSaysWhatIsNotDrawn(t *testing.T) {
	const of = "7 of AWS::EC2::SecurityGroup, 1 of AWS::RDS::DBSubnetGroup"
	r := read(t, "testdata/v1/tipster-before.json")
	if picture := output(t, "svg", r); !strings.Contains(picture, "Not drawn: "+of) {
		t.Error("the picture does not say what is not drawn")
	}
	want := `<p class="note">8 failures concern what is not drawn (<a href="#resources">by resource</a>): ` + of + `.</p>`
	if page := output(t, "html", r); !strings.Contains(page, want) {
		t.Errorf("the page says %q", regexp.MustCompile(`<p class="note">.*`).FindString(page))
	}
	if page := output(t, "html", read(t, "testdata/v1/tipster-after.json")); strings.Contains(page, "what is not drawn") {
		t.Error("the page says that something is not drawn")
	}
}
