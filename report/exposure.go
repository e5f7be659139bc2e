package report

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Exposure is what the internet reaches in an account, and which security groups
// reach which. It is a public contract: docs/exposure.schema.json.
type Exposure struct {
	SchemaVersion string   `json:"schemaVersion"`
	Accounts      []string `json:"accounts"`
	CapturedAt    string   `json:"capturedAt"` // empty where nobody noted it
	Regions       []string `json:"regions"`
	// Exposed is what the internet reaches, by resource, protocol and ports.
	Exposed []Exposed `json:"exposed"`
	// Undecided are the resources of which that hangs on what is not recorded.
	Undecided []Undecided `json:"undecided"`
	// Gaps are the lists that are not recorded and of which anything may be reached:
	// what is exposed, and who reaches whom, is then a part.
	Gaps []Gap `json:"gaps"`
	// Matrix is which security groups' members reach which.
	Matrix []GroupPair `json:"matrix"`
}

// Exposed is one opening to the internet.
type Exposed struct {
	Resource  Resource `json:"resource"`
	Interface string   `json:"interface"` // the id of the network interface; empty for a node that is not recorded
	Protocol  string   `json:"protocol"`  // tcp, udp, icmp, icmpv6, or a number
	// Ports are those of the resource: "443", "22, 8000-8080"; "all" where every port
	// is open or the protocol has none.
	Ports   string   `json:"ports"`
	Sources []string `json:"sources"` // ranges, sorted
	Via     string   `json:"via"`     // direct, load-balancer
	Through string   `json:"through"` // the name of the load balancer, or empty
	// Groups are the security groups of the interface.
	Groups []Group `json:"groups"`
}

// Undecided is a resource of which it hangs on missing calls what reaches it.
type Undecided struct {
	Resource  Resource  `json:"resource"`
	Interface string    `json:"interface"`
	Missing   []Missing `json:"missing"` // empty where no recording could tell
}

// GroupPair says that members of a security group reach those of another one.
type GroupPair struct {
	From     Group  `json:"from"`
	To       Group  `json:"to"`
	Protocol string `json:"protocol"`
	Ports    string `json:"ports"`
	Unknown  bool   `json:"unknown"` // it hangs on what is not recorded
}

// Group is a security group.
type Group struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ExposureFormat writes what is exposed.
type ExposureFormat func(w io.Writer, e *Exposure, o Options) error

// ExposureFormats are the names of the formats of what is exposed.
func ExposureFormats() []string { return []string{"text", "json", "csv", "svg"} }

// ExposureFormatNamed is a format by its name. The error names them all.
func ExposureFormatNamed(name string) (ExposureFormat, error) {
	switch name {
	case "text":
		return exposureText, nil
	case "json":
		return exposureJSON, nil
	case "csv":
		return exposureCSV, nil
	case "svg":
		return exposureSVG, nil
	}
	return nil, fmt.Errorf("unknown format %q: it is one of %s", name, strings.Join(ExposureFormats(), ", "))
}

func exposureJSON(w io.Writer, e *Exposure, _ Options) error {
	text, err := json.Marshal(e, jsontext.WithIndent("  "), json.FormatNilSliceAsNull(false), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// exposureCSV has a row for each opening and each pair of groups, of one width.
func exposureCSV(w io.Writer, e *Exposure, _ Options) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	write := func(cells ...string) {
		for i := range cells {
			cells[i] = csvCell(cells[i])
		}
		_ = out.Write(cells) // the error stays until Flush
	}
	write("from", "to", "to name", "account", "region", "protocol", "ports", "sources", "via", "through")
	for i := range e.Exposed {
		x := &e.Exposed[i]
		write("internet", x.Resource.ID, x.Resource.Name, x.Resource.Account, x.Resource.Region, x.Protocol, x.Ports, strings.Join(x.Sources, " "), x.Via, x.Through)
	}
	for i := range e.Undecided {
		x := &e.Undecided[i]
		write("internet", x.Resource.ID, x.Resource.Name, x.Resource.Account, x.Resource.Region, "", "", "", "unknown", "")
	}
	for i := range e.Gaps {
		g := &e.Gaps[i]
		write("internet", "", "", g.Account, g.Region, "", "", "", "unknown", "")
	}
	for _, p := range e.Matrix {
		write(p.From.ID, p.To.ID, p.To.Name, "", "", p.Protocol, p.Ports, "", map[bool]string{true: "unknown"}[p.Unknown], "")
	}
	out.Flush()
	return out.Error()
}

func exposureText(w io.Writer, e *Exposure, o Options) error {
	t := &text{w: bufio.NewWriter(w), colour: o.Colour, width: o.Width}
	if t.width <= 0 {
		t.width = 80
	}
	fmt.Fprintln(t.w, t.paint("1", "What the internet reaches"))
	if len(e.Exposed) == 0 {
		fmt.Fprintln(t.w, "  Nothing"+known(len(e.Gaps)+len(e.Undecided)))
	}
	last, said := "", map[string]bool{} // several interfaces of a resource may be open alike
	for i := range e.Exposed {
		x := &e.Exposed[i]
		if x.Resource.ARN != last {
			last, said = x.Resource.ARN, map[string]bool{}
			t.wrap("  ", "    ", t.paint("1", Escape(named(&x.Resource)))+" in "+Escape(x.Resource.Region))
		}
		via := "directly"
		if x.Via != "direct" {
			via = "through " + Escape(x.Through)
		}
		if words := x.Protocol + " " + x.Ports + " from " + few(x.Sources) + ", " + via; !said[words] {
			said[words] = true
			t.wrap("    ", "      ", words)
		}
	}
	t.undecided(e)
	t.heading("Which security groups reach which")
	if len(e.Matrix) == 0 {
		fmt.Fprintln(t.w, "  None reaches another"+known(len(e.Gaps)))
	}
	for _, p := range e.Matrix {
		hangs := ""
		if p.Unknown {
			hangs = ", if what is not recorded allows it"
		}
		t.wrap("  ", "    ", groupWords(p.From)+" reaches "+groupWords(p.To)+" on "+p.Protocol+" "+p.Ports+hangs)
	}
	return t.w.Flush()
}

// undecided says what cannot be told, and why.
func (t *text) undecided(e *Exposure) {
	if len(e.Undecided)+len(e.Gaps) > 0 {
		t.heading("What cannot be told")
	}
	for i := range e.Gaps {
		g := &e.Gaps[i]
		t.wrap("  ", "    ", "Everything else in "+Escape(g.Region)+": without "+Escape(g.Operation+" ("+g.Code+")"))
	}
	for i := range e.Undecided {
		x := &e.Undecided[i]
		t.wrap("  ", "    ", Escape(named(&x.Resource))+" in "+Escape(x.Resource.Region)+": "+lacking(x.Missing))
	}
}

// known ends a sentence that says that there is nothing.
func known(missing int) string {
	if missing > 0 {
		return ", of what can be told."
	}
	return "."
}

func groupWords(g Group) string {
	if g.Name == "" {
		return Escape(g.ID)
	}
	return Escape(g.ID + " (" + g.Name + ")")
}

// few names the first of some things, and how many more there are.
func few(all []string) string {
	const most = 4
	if len(all) > most {
		return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %d more", len(all)-most)
	}
	return strings.Join(all, ", ")
}

func lacking(all []Missing) string {
	if len(all) == 0 {
		return "something on the way decides by itself, which no recording tells"
	}
	var words []string
	for _, m := range all {
		words = append(words, Escape(strings.TrimSpace(m.Operation+" "+m.Resource)))
	}
	return "without " + few(words)
}
