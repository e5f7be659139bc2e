package diagram_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/buttress/buttress/fixtures"
	"github.com/buttress/buttress/internal/generated"
	"github.com/buttress/buttress/internal/golden"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
	"github.com/buttress/buttress/internal/topology"
	"github.com/buttress/buttress/report/diagram"
)

// busy is a topology with something of everything.
func busy(tb testing.TB) *topology.Topology {
	tb.Helper()
	text, err := os.ReadFile("testdata/busy.json")
	if err != nil {
		tb.Fatal(err)
	}
	return decode(tb, string(text))
}

func decode(tb testing.TB, text string) *topology.Topology {
	tb.Helper()
	top := new(topology.Topology)
	if err := json.Unmarshal([]byte(text), top, jsontext.AllowInvalidUTF8(true)); err != nil {
		tb.Fatal(err)
	}
	return top
}

// of is the topology of a recording. A recording that cannot be read has none.
func of(tb testing.TB, files fs.FS) (*topology.Topology, bool) {
	tb.Helper()
	r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		return nil, false
	}
	s, err := snapshot.Load(r, snapshot.Kinds())
	if err != nil {
		return nil, false
	}
	return topology.Of(s), true
}

func large(tb testing.TB, n int) *topology.Topology {
	tb.Helper()
	top, ok := of(tb, os.DirFS(generated.Account(tb, n)))
	if !ok {
		tb.Fatal("the generated account cannot be read")
	}
	return top
}

// options give every resource failures, so that there is a badge wherever there
// is room for one.
func options(top *topology.Topology) diagram.Options {
	badges := map[string]diagram.Badge{}
	severities := []string{"critical", "high", "medium", "low", "info", "a word that nobody knows"}
	for i, arn := range slices.Sorted(maps.Keys(top.ARNs())) {
		badges[arn] = diagram.Badge{Severity: severities[i%len(severities)], Count: 1 + i*i%1300}
	}
	return diagram.Options{Badges: badges, Escape: func(s string) string { return s }}
}

// pictures are all pictures of a topology, the stacked one too, with badges and
// without.
func pictures(top *topology.Topology) []*diagram.Picture {
	all := diagram.Pictures(top, options(top))
	plain := diagram.Options{Escape: options(top).Escape}
	all = append(all, diagram.Pictures(top, plain)...)
	open := opened(top)
	all = append(all, diagram.Pictures(open, plain)...)
	all = append(all, diagram.Stack(open, options(open), "All is open", nil))
	return append(all, diagram.Stack(top, options(top), "A title", []string{"A note."}), diagram.Stack(top, plain, strings.Repeat("long ", 90), nil))
}

// opened is a copy of a topology in which the internet reaches everything.
func opened(top *topology.Topology) *topology.Topology {
	n := 0
	open := func(count int) *topology.Open {
		n++
		words := [][]string{{"tcp 22"}, {"tcp 22, 80, 443, 3306, 8000-9000, 10000-20000", "udp all"}, {"icmpv6 over IPv6"}, {"tcp 443 from some ranges"}, {}}
		return &topology.Open{Count: count, On: words[n%len(words)]}
	}
	items := func(list []topology.Item) []topology.Item {
		list = slices.Clone(list)
		for i := range list {
			list[i].Open = open(list[i].Count)
		}
		return list
	}
	out := &topology.Topology{Regions: slices.Clone(top.Regions)}
	for i := range out.Regions {
		r := &out.Regions[i]
		r.VPCs, r.Unplaced = slices.Clone(r.VPCs), slices.Clone(r.Unplaced)
		for j := range r.Unplaced {
			r.Unplaced[j].Open = open(1)
		}
		for j := range r.VPCs {
			v := &r.VPCs[j]
			v.Open, v.Subnets, v.LoadBalancers, v.Groups, v.Databases = 1000, slices.Clone(v.Subnets), slices.Clone(v.LoadBalancers), slices.Clone(v.Groups), slices.Clone(v.Databases)
			for k := range v.Subnets {
				v.Subnets[k].Items = items(v.Subnets[k].Items)
			}
			for k := range v.LoadBalancers {
				v.LoadBalancers[k].Open = open(1)
			}
			for k := range v.Groups {
				v.Groups[k].Parts = slices.Clone(v.Groups[k].Parts)
				for l := range v.Groups[k].Parts {
					v.Groups[k].Parts[l].Items = items(v.Groups[k].Parts[l].Items)
				}
			}
			for k := range v.Databases {
				v.Databases[k].Nodes = slices.Clone(v.Databases[k].Nodes)
				for l := range v.Databases[k].Nodes {
					v.Databases[k].Nodes[l].Open = open(1)
				}
			}
		}
	}
	return out
}

// TestBusy holds the picture to a golden file, which is one to look at.
func TestBusy(t *testing.T) {
	top := busy(t)
	golden.Compare(t, "testdata/busy.svg", svg(t, diagram.Stack(top, options(top), "An account with something of everything", []string{"A note."})))
	golden.Compare(t, "testdata/open.svg", svg(t, diagram.Stack(opened(top), diagram.Options{Escape: options(top).Escape}, "An account in which the internet reaches everything", nil)))
}

func svg(tb testing.TB, p *diagram.Picture) string {
	tb.Helper()
	var b bytes.Buffer
	if err := p.WriteSVG(&b); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// check holds all pictures of a topology to what holds for each: nothing
// overlaps, every text fits, it is XML, and a second run gives the same bytes.
func check(t *testing.T, top *topology.Topology) {
	t.Helper()
	again := pictures(top)
	for i, p := range pictures(top) {
		checkBoxes(t, p)
		text := svg(t, p)
		wellFormed(t, text)
		if other := svg(t, again[i]); other != text {
			t.Errorf("%s: a second run gives other bytes", p.Title)
		}
	}
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "svg", "title", "desc", "style", "g", "rect", "text", "polyline", "polygon":
		default:
			t.Errorf("the element %s", start.Name.Local)
		}
		for _, a := range start.Attr {
			if name := a.Name.Local; name == "href" || name == "id" || name == "style" || strings.HasPrefix(name, "on") {
				t.Errorf("the attribute %s=%q", name, a.Value)
			}
		}
	}
}

func TestBusyIsInOrder(t *testing.T) { check(t, busy(t)) }

func TestAccounts(t *testing.T) {
	for _, name := range []string{"tipster-before", "tipster-after"} {
		files, err := fs.Sub(fixtures.Accounts, "accounts/"+name)
		if err != nil {
			t.Fatal(err)
		}
		top, ok := of(t, files)
		if !ok {
			t.Fatal(name)
		}
		check(t, top)
	}
}

// TestRuleCases draws every case of every rule.
func TestRuleCases(t *testing.T) {
	names, err := fs.Glob(fixtures.Rules, "rules/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	drawn := 0
	for _, name := range names {
		text, err := fixtures.Rules.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for what, files := range cases(txtar.Parse(text)) {
			if top, ok := of(t, files); ok {
				t.Run(what, func(t *testing.T) { check(t, top) })
				drawn++
			}
		}
	}
	if drawn < 200 {
		t.Errorf("only %d cases were drawn", drawn)
	}
}

// cases are the recordings of an archive: what is under common/ belongs to all.
func cases(a *txtar.Archive) map[string]fstest.MapFS {
	common, all := fstest.MapFS{}, map[string]fstest.MapFS{}
	for _, f := range a.Files {
		name, rest, _ := strings.Cut(f.Name, "/")
		if name == "common" {
			common[rest] = &fstest.MapFile{Data: f.Data}
			continue
		}
		if all[name] == nil {
			all[name] = maps.Clone(common)
		}
		switch {
		case rest == "want":
		case len(strings.TrimSpace(string(f.Data))) == 0:
			delete(all[name], rest)
		default:
			all[name][rest] = &fstest.MapFile{Data: f.Data}
		}
	}
	return all
}

func TestLargeAccounts(t *testing.T) {
	for _, n := range []int{500, 2_000, 100_000} {
		check(t, large(t, n))
	}
}

// TestRecordedByOthers draws whatever others recorded.
func TestRecordedByOthers(t *testing.T) {
	const shared = "../../../shared/data/recorded"
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("%s is not there: the recordings of others are not tried", shared)
	}
	for _, pattern := range []string{"batfish/test-*", "cloudmapper-demo", "c7n/*"} {
		dirs, err := filepath.Glob(filepath.Join(shared, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range dirs {
			if top, ok := of(t, os.DirFS(dir)); ok {
				t.Run(filepath.Base(dir), func(t *testing.T) { check(t, top) })
			}
		}
	}
}

// nasty is what a stranger may write into a file of results.
var nasty = []string{
	`</svg><script>alert(1)</script>`, `"/><image href="x" onload="alert(1)"/>`, `]]>`, `<!--`, `&#0;&lt;`, "a\x00b\x1b[31m", "\xff\xfe", "\ufffe\uffff",
	"\u202egnirts", "", " ", "💥💥", strings.Repeat("W", 3_000), "日本語の名前はとても長いです", "-----", "critical x", "{{.}}",
}

// TestHostile replaces every text of a topology, one file of results after the
// other, so that every text stands in every place, those that other parts refer
// to as well.
func TestHostile(t *testing.T) {
	text, err := os.ReadFile("testdata/busy.json")
	if err != nil {
		t.Fatal(err)
	}
	for shift := range nasty {
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		n := 0
		bad, err := json.Marshal(soil(v, func(s string) string {
			if n++; (n+shift)%3 == 0 {
				return nasty[(n+shift)%len(nasty)]
			}
			return s
		}), jsontext.AllowInvalidUTF8(true), json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		check(t, decode(t, string(bad)))
	}
}

// soil changes the texts of a value in a fixed order.
func soil(v any, text func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			v[k] = soil(v[k], text)
		}
	case []any:
		for i := range v {
			v[i] = soil(v[i], text)
		}
	case string:
		return text(v)
	}
	return v
}

// TestStrange draws topologies that no account gives and a file may hold.
func TestStrange(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"regions": [{}]}`, `{"regions": [{"vpcs": [{}]}]}`,
		`{"regions": [{"vpcs": [{"databases": [{"nodes": []}], "groups": [{}], "loadBalancers": [{}], "gateways": [{"kind": "internet-gateway"}, {"kind": "strange", "id": "x"}]}]}]}`,
		`{"regions": [{"vpcs": [{"subnets": [{"id": "s", "zone": "nowhere", "tier": "strange", "cidrs": ["strange"], "items": [{"kind": "strange", "count": -4}, {"id": "a", "kind": "strange"}]}, {"id": "s"}]}]}]}`,
		`{"regions": [{"vpcs": [{"zones": [{"id": "a"}, {"id": "a"}], "subnets": [{"id": "s", "zone": "a"}, {"id": "s", "zone": "a"}], "databases": [{"nodes": [{"subnet": "s"}, {"subnet": "s"}, {"subnet": "t"}]}]}]}]}`,
		`{"regions": [{"name": "x", "unplaced": [{"kind": "strange", "count": 3}]}]}`,
	} {
		check(t, decode(t, text))
	}
}

// BenchmarkSVG draws accounts of two sizes. 500 resources are to take less than
// 50 ms.
func BenchmarkSVG(b *testing.B) {
	for name, n := range map[string]int{"resources=500": 500, "resources=2000": 2_000} {
		top := large(b, n)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				svg(b, diagram.Stack(top, options(top), "An account", nil))
			}
		})
	}
}
