package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page, its style and its script
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/internal/topology"
)

//go:embed html/page.gohtml
var htmlPage string

//go:embed html/style.css
var htmlStyle string

//go:embed html/script.js
var htmlScript string

// HTML writes the results as one page that needs nothing else: no network, and
// no script but for the search. Of many results of a kind it shows the first;
// all of them are embedded as JSON, for the search and for Read.
func HTML(w io.Writer, r *Results, _ Options) error {
	out := bufio.NewWriterSize(w, 64<<10)
	p := newHTMLPage(r)
	if err := htmlTemplate.ExecuteTemplate(out, "head", p); err != nil {
		return err
	}
	if _, err := out.WriteString(resultsBegin); err != nil {
		return err
	}
	enc := jsontext.NewEncoder(inJSON.writer(out), jsontext.EscapeForHTML(true), jsontext.AllowInvalidUTF8(true),
		json.Deterministic(true), json.FormatNilSliceAsNull(false))
	if err := json.MarshalEncode(enc, r); err != nil {
		return err
	}
	if _, err := out.WriteString(resultsEnd); err != nil {
		return err
	}
	if err := htmlTemplate.ExecuteTemplate(out, "tail", p); err != nil {
		return err
	}
	return out.Flush()
}

// What stands around the embedded results. Nothing else on a page can read like
// the beginning: all other text is escaped.
const (
	resultsBegin = `<script type="application/json" id="results">`
	resultsEnd   = "</script>\n"
)

var htmlTemplate = template.Must(template.New("").Funcs(template.FuncMap{
	"text":   func(s string) string { return Escape(short(s, maxMessage)) },
	"list":   func(l []string) string { return Escape(short(strings.Join(l, ", "), maxMessage)) },
	"number": number,
	"status": func(s string) string { return strings.ReplaceAll(s, "_", " ") },
	"prose":  prose,
	"link":   link,
	"idle":   func(w gate.Use) string { return idleBecause(&w) },
	"row":    func(g *htmlGroup, i int, r Result) htmlRow { return htmlRow{R: r, Late: i >= g.Printed} },
	"late":   func(i int) bool { return i >= maxOnPaper },
	"on":     func(p topology.GroupPair) string { return ports(p.Protocol, p.Ports) },
}).Parse(htmlPage))

// How much of a kind the page shows without the embedded results, and how much
// of that is printed.
const (
	maxRows      = 25   // of a group
	maxAllRows   = 1000 // of all groups of a section; from there on, each shows one
	maxPrinted   = 3    // of a group
	maxLines     = 1000 // of what failed, on some 24 pages
	briefLines   = 3    // of a group of which nothing but the heading is printed
	maxResources = 200
	maxOnPaper   = 40 // resources
	maxWaived    = 500
	maxGapRows   = 100
)

// number writes a number with commas between the thousands.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// prose makes paragraphs of a rule's text, and blocks of what is indented.
func prose(s string) template.HTML {
	var b strings.Builder
	for block := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		if strings.HasPrefix(block, "    ") {
			b.WriteString("<pre>")
			for line := range strings.SplitSeq(block, "\n") {
				b.WriteString(template.HTMLEscapeString(Escape(strings.TrimPrefix(line, "    "))) + "\n")
			}
			b.WriteString("</pre>\n")
			continue
		}
		fmt.Fprintf(&b, "<p>%s</p>\n", template.HTMLEscapeString(Escape(strings.Join(strings.Fields(block), " "))))
	}
	return template.HTML(b.String()) //nolint:gosec // every part of it is escaped above
}

// link lets through nothing but addresses of the web: a result file may come
// from anywhere.
func link(s string) string {
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" {
		return "#rules"
	}
	return s
}

// htmlPageData is what the page shows.
type htmlPageData struct {
	Results  *Results
	Title    string
	Accounts string
	State    string // pass, fail or unknown; unknown too where all failures are accepted
	Verdict  string
	LeftOut  string // what is not listed
	Counts   []htmlCount
	Diagrams []template.HTML
	NotDrawn string // how many failures concern what is not drawn
	OfWhat   string // by type
	Exposure *htmlExposure

	Groups        []*htmlGroup
	Unknown       []*htmlGroup
	Gaps          []Gap
	MoreGaps      int
	NotLooked     string
	Pillars       []htmlPillar
	Resources     []*htmlResource
	MoreResources int
	Waived        []Result
	MoreWaived    int
	Idle          []gate.Use
	Gone          []gate.Failure
	MoreGone      int

	Policy string
	Style  template.CSS
	Script template.JS
}

type htmlCount struct {
	Class, What string
	N           int
}

// htmlGroup are the results of one rule at one severity.
type htmlGroup struct {
	Rule     *Rule
	Severity string
	N        int
	Rows     []Result
	Printed  int  // how many of Rows are printed; with 0, nothing but the heading is
	Anchor   bool // the first group of the rule
}

// More is the number of results that are not shown.
func (g *htmlGroup) More() int { return g.N - len(g.Rows) }

// htmlResource is a resource with its failures.
type htmlResource struct {
	Resource Resource
	Worst    string
	N        int
	Failures []Result
}

// Anchor is where the resource stands on the page.
func (r *htmlResource) Anchor() string { return anchor(&r.Resource) }

// Name is the id, with the name where that says more.
func (r *htmlResource) Name() string { return strings.TrimSuffix(named(&r.Resource), " ()") }

// Type is the CloudFormation type.
func (r *htmlResource) Type() string { return Escape(short(r.Resource.Type, maxID)) }

// Region is where it is.
func (r *htmlResource) Region() string { return r.Resource.Region }

// ARN is its ARN.
func (r *htmlResource) ARN() string { return r.Resource.ARN }

// More is the number of failures that are not shown.
func (r *htmlResource) More() int { return r.N - len(r.Failures) }

func named(r *Resource) string {
	if r.Name == "" || r.Name == r.ID {
		return r.ID
	}
	return r.ID + " (" + r.Name + ")"
}

func anchor(r *Resource) string {
	sum := sha256.Sum256([]byte(r.Account + "\x00" + r.Region + "\x00" + r.Type + "\x00" + r.ID))
	return "resource-" + hex.EncodeToString(sum[:8])
}

// htmlRow is a result in a list.
type htmlRow struct {
	R    Result
	Late bool // left out in print
}

// Anchor is where the resource stands on the page.
func (r htmlRow) Anchor() string { return anchor(&r.R.Resource) }

// ARN is that of the resource, or its id.
func (r htmlRow) ARN() string {
	if r.R.Resource.ARN == "" {
		return r.R.Resource.ID
	}
	return r.R.Resource.ARN
}

// Name is that of the resource, if it says more than the id.
func (r htmlRow) Name() string {
	if r.R.Resource.Name == r.R.Resource.ID {
		return ""
	}
	return r.R.Resource.Name
}

// Evidence are the facts that are shown.
func (r htmlRow) Evidence() []htmlFact {
	var facts []htmlFact
	for _, e := range r.R.Evidence[:min(len(r.R.Evidence), maxEvidence)] {
		facts = append(facts, htmlFact{e.Field, short(string(e.Value), maxValue), e.Source})
	}
	return facts
}

type htmlFact struct{ Field, Value, Source string }

// More is the number of facts that are not shown.
func (r htmlRow) More() int { return max(0, len(r.R.Evidence)-maxEvidence) }

type htmlPillar struct {
	ID, Name string
	Rows     []htmlPractice
}

type htmlPractice struct {
	Practice string
	Rule     *Rule
}

// hash is what a Content-Security-Policy calls a piece of the page by.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
