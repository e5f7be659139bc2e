package catalog_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/fixtures"
	"github.com/buttress/buttress/internal/golden"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// neverPasses are the rules whose subjects should not be there at all, so that
// none of them can pass.
var neverPasses = map[string]bool{"elb-classic-not-used": true}

// TestCases holds every case of every rule to what no author should have to
// think of.
func TestCases(t *testing.T) {
	for _, rule := range catalog.All {
		t.Run(rule.ID, func(t *testing.T) {
			t.Parallel()
			a, cases := archive(t, rule)
			seen, blanked := map[checks.Status]bool{}, map[string]bool{}
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					rs := mustResults(t, c.files, rule, rule.Kinds())
					for _, r := range rs {
						seen[r.Status] = true
					}
					compare(t, rule, a, c, rs)
					evidenceIsTrue(t, c, rs)
					blanksAreShown(t, rule, c, rs, blanked)
					declaresWhatItReads(t, rule, c, rs)
					if testing.Short() {
						return // what follows judges the case again and again, for which the race detector takes minutes
					}
					changesNothing(t, rule, c)
					ordersDoNotMatter(t, rule, c, rs)
					refusalsAreNoPass(t, rule, c)
					refusalsOfTrafficDecideNothing(t, rule, c, rs)
					mutationsShow(t, rule, c, rs)
				})
			}
			if *golden.Update {
				write(t, rule, a)
			}
			for _, s := range []checks.Status{checks.StatusPass, checks.StatusFail, checks.StatusUnknown} {
				if !seen[s] && (s != checks.StatusPass || !neverPasses[rule.ID]) {
					t.Errorf("no case has the verdict %s", s)
				}
			}
		})
	}
}

// compare compares the results with the want file of the case, or keeps them.
func compare(t *testing.T, rule *checks.Rule, a *txtar.Archive, c testCase, rs []checks.Result) {
	t.Helper()
	got := want(rule, rs)
	if *golden.Update {
		keep(a, c.name, got)
		return
	}
	if diff := cmp.Diff(wantOf(a, c.name), got); diff != "" {
		t.Errorf("-want +got (make generate rewrites it):\n%s", diff)
	}
}

// keep puts what a case gave into its archive, after the case's last file.
func keep(a *txtar.Archive, name, got string) {
	last := 0
	for i, f := range a.Files {
		if f.Name == name+"/want" {
			a.Files[i].Data = []byte(got)
			return
		}
		if strings.HasPrefix(f.Name, name+"/") {
			last = i
		}
	}
	a.Files = slices.Insert(a.Files, last+1, txtar.File{Name: name + "/want", Data: []byte(got)})
}

func write(t *testing.T, rule *checks.Rule, a *txtar.Archive) {
	t.Helper()
	name := filepath.Join("..", "..", "fixtures", "rules", rule.ID+".txtar")
	if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// evidenceIsTrue follows each source into the recorded file.
func evidenceIsTrue(t *testing.T, c testCase, rs []checks.Result) {
	t.Helper()
	for _, r := range rs {
		decided := r.Status == checks.StatusPass || r.Status == checks.StatusFail
		if len(r.Evidence) == 0 && (decided || len(r.Missing) == 0) {
			t.Errorf("%s: %s, and nothing says why", r.Subject.ID(), r.Status)
		}
		for _, e := range r.Evidence {
			value, source := e.Lookup()
			name, pointer, _ := strings.Cut(source, "#")
			body, err := read(c.files, name)
			if err != nil {
				t.Errorf("%s: %v", source, err)
				continue
			}
			if at := beginsOn(t, c.files, e.Resource.Source("")); e.Resource.Line() != at {
				t.Errorf("%s: the resource is said to begin on line %d, and does on line %d", source, e.Resource.Line(), at)
			}
			recorded, ok := lookup(body, pointer)
			if !ok {
				if _, parent := lookup(body, pointer[:strings.LastIndex(pointer, "/")]); string(value) != "null" || !parent {
					t.Errorf("%s is not there, and the evidence says %s", source, value)
				}
				continue
			}
			switch got := canonical(recorded); {
			case got == canonical(value):
			case string(value) == "null":
				t.Errorf("%s = %s, and the evidence says null: a field that may be recorded as its zero value has to be an Optional", source, got)
			default:
				t.Errorf("%s = %s, and the evidence says %s", source, got, value)
			}
		}
	}
}

// blanksAreShown makes a value that evidence names one that is easily taken for
// another: absent, empty or false. What the file holds then is what the evidence
// says. Each field is tried once: seen keeps which were.
func blanksAreShown(t *testing.T, rule *checks.Rule, c testCase, rs []checks.Result, seen map[string]bool) {
	t.Helper()
	set := func(now any) func(any) (any, bool) { return func(any) (any, bool) { return now, true } }
	blanks := []func(any) (any, bool){set(""), set(false), func(any) (any, bool) { return nil, false }}
	for _, r := range rs {
		for _, e := range r.Evidence {
			value, source := e.Lookup()
			name, pointer, _ := strings.Cut(source, "#")
			field := numbers.ReplaceAllString(pointer, "") + value.Kind().String()
			body, err := read(c.files, name)
			if err != nil || seen[field] {
				continue
			}
			seen[field] = true
			for _, blank := range blanks {
				now := testCase{files: clone(c.files)}
				replace(now.files, name, change(body, pointer, blank))
				if rs, err := results(now.files, rule, rule.Kinds()); err == nil {
					evidenceIsTrue(t, now, rs)
				}
			}
		}
	}
}

// beginsOn finds the line on which a value of a recorded file begins.
func beginsOn(t *testing.T, files fs.FS, source string) int {
	t.Helper()
	name, pointer, _ := strings.Cut(source, "#")
	text, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowInvalidUTF8(true))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		parent, read := dec.StackIndex(dec.StackDepth())
		isKey := token.Kind() == '"' && parent == '{' && read%2 == 1
		if string(dec.StackPointer()) == pointer && !isKey {
			return 1 + bytes.Count(text[:dec.InputOffset()], []byte("\n"))
		}
	}
}

var numbers = regexp.MustCompile("[0-9]+")

// declaresWhatItReads judges with everything loaded, and with what only refines
// left out. Block Public Access is kept: it moves verdicts where it is recorded,
// and where it is not nothing counts as blocked.
func declaresWhatItReads(t *testing.T, rule *checks.Rule, c testCase, rs []checks.Result) {
	t.Helper()
	all := mustResults(t, c.files, rule, snapshot.Kinds())
	if diff := cmp.Diff(want(rule, rs), want(rule, all)); diff != "" {
		t.Errorf("reads more than it declares -declared +all:\n%s", diff)
	}
	needed := append([]snapshot.Kind{rule.Subject()}, rule.Reads...)
	if rule.Follows {
		needed = append(needed, reach.Kinds()...)
	}
	for i, r := range mustResults(t, c.files, rule, needed) {
		if r.Status != rs[i].Status {
			t.Errorf("%s: is %s, and %s without what only refines", r.Subject.ID(), rs[i].Status, r.Status)
		}
	}
}

// changesNothing loads the case once more and compares.
func changesNothing(t *testing.T, rule *checks.Rule, c testCase) {
	t.Helper()
	judged, err := load(c.files, rule.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	_ = slices.Collect(checks.Run(judged, []*checks.Rule{rule})[0].Results())
	fresh, err := load(c.files, rule.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range rule.Kinds() {
		if canonical(k.Rows(fresh)) != canonical(k.Rows(judged)) {
			t.Errorf("judging changed the resources of %s", k.Operation())
		}
	}
}

// ordersDoNotMatter turns every list around.
func ordersDoNotMatter(t *testing.T, rule *checks.Rule, c testCase, rs []checks.Result) {
	t.Helper()
	turned := clone(c.files)
	for name := range turned {
		v, err := read(turned, name)
		if err != nil {
			t.Fatal(err)
		}
		replace(turned, name, reversed(v))
	}
	if diff := cmp.Diff(lines(rule, rs), lines(rule, mustResults(t, turned, rule, rule.Kinds()))); diff != "" {
		t.Errorf("the order of lists matters -recorded +reversed:\n%s", diff)
	}
}

// refusalsAreNoPass takes away what the rule needs, one operation at a time.
func refusalsAreNoPass(t *testing.T, rule *checks.Rule, c testCase) {
	t.Helper()
	for _, kind := range append([]snapshot.Kind{rule.Subject()}, rule.Reads...) {
		if kind.Optional() {
			continue
		}
		rs, err := results(refused(c, kind), rule, rule.Kinds())
		if err != nil {
			continue // nothing was left of the recording
		}
		for _, r := range rs {
			if r.Status == checks.StatusPass && (!kind.PerResource() || reads(r, kind)) {
				t.Errorf("%s passes without %s", r.Subject.ID(), kind.Operation())
			}
		}
	}
}

// refused is a case without what the operation of a kind returned.
func refused(c testCase, kind snapshot.Kind) fstest.MapFS {
	less := clone(c.files)
	for name := range less {
		if strings.Contains(name, "/"+kind.Operation().File()+".json") || strings.Contains(name, "/"+kind.Operation().File()+"/") {
			delete(less, name)
		}
	}
	return less
}

// refusalsOfTrafficDecideNothing takes away what traffic is followed by, one
// operation at a time: a verdict stays, or is unknown and names the operation.
func refusalsOfTrafficDecideNothing(t *testing.T, rule *checks.Rule, c testCase, rs []checks.Result) {
	t.Helper()
	if !rule.Follows {
		return
	}
	for _, kind := range reach.Kinds() {
		if kind == rule.Subject() {
			continue
		}
		less, err := results(refused(c, kind), rule, rule.Kinds())
		if err != nil {
			continue // nothing was left of the recording
		}
		for i, r := range less {
			names := slices.ContainsFunc(r.Missing, func(g *snapshot.Gap) bool { return g.Operation == kind.Operation() })
			if r.Status != rs[i].Status && (r.Status != checks.StatusUnknown || !names) {
				t.Errorf("%s: is %s, and without %s %s: %s", r.Subject.ID(), rs[i].Status, kind.Operation(), r.Status, r.Message)
			}
		}
	}
}

// reads reports whether evidence comes from a kind.
func reads(r checks.Result, kind snapshot.Kind) bool {
	return slices.ContainsFunc(r.Evidence, func(e checks.Evidence) bool {
		_, source := e.Lookup()
		return strings.Contains(source, "/"+kind.Operation().File()+"/")
	})
}

// mutationsShow changes what each pass rests on: at least one change of a value,
// or the loss of what holds it, has to end the pass.
func mutationsShow(t *testing.T, rule *checks.Rule, c testCase, rs []checks.Result) {
	t.Helper()
	for _, r := range rs {
		if r.Status == checks.StatusPass && !slices.ContainsFunc(r.Evidence, func(e checks.Evidence) bool { return decides(rule, c, r, e) }) {
			t.Errorf("%s passes whatever its evidence says", r.Subject.ID())
		}
	}
}

func decides(rule *checks.Rule, c testCase, r checks.Result, e checks.Evidence) bool {
	_, source := e.Lookup()
	name, pointer, _ := strings.Cut(source, "#")
	body, err := read(c.files, name)
	if err != nil {
		return false
	}
	_, whole, _ := strings.Cut(e.Resource.Source(""), "#")
	for _, mutant := range mutants(body, pointer, whole) {
		files := clone(c.files)
		replace(files, name, mutant)
		if !passes(files, rule, r) {
			return true
		}
	}
	return false
}

// mutants are bodies in which a value was changed or taken away, or the resource
// that holds it.
func mutants(body any, pointer, resource string) []any {
	set := func(now any) func(any) (any, bool) { return func(any) (any, bool) { return now, true } }
	remove := func(any) (any, bool) { return nil, false }
	out := []any{change(body, pointer, remove), change(body, resource, remove)}
	old, _ := lookup(body, pointer)
	switch v := old.(type) {
	case bool:
		return append(out, change(body, pointer, set(!v)))
	case float64:
		return append(out, change(body, pointer, set(0)), change(body, pointer, set(v+1000)))
	case string:
		return append(out, change(body, pointer, set("changed")), change(body, pointer, set(v+"x")))
	default:
		return append(out, change(body, pointer, set("added")), change(body, pointer, set(true)), change(body, pointer, set(0)))
	}
}

func passes(files fs.FS, rule *checks.Rule, of checks.Result) bool {
	rs, err := results(files, rule, rule.Kinds())
	if err != nil {
		return false
	}
	return slices.ContainsFunc(rs, func(r checks.Result) bool {
		return r.Status == checks.StatusPass && r.Subject.ID() == of.Subject.ID() && r.Subject.Scope() == of.Subject.Scope()
	})
}

// form is what the parts of the metadata look like.
var form = map[string]*regexp.Regexp{
	"ID":       regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`),
	"practice": regexp.MustCompile(`^(OPS|SEC|REL|PERF|COST|SUS)[0-9]{2}-BP[0-9]{2}$`),
	"link":     regexp.MustCompile(`^https://docs\.aws\.amazon\.com/`),
}

func TestMetadata(t *testing.T) {
	for _, r := range catalog.All {
		t.Run(r.ID, func(t *testing.T) {
			if !form["ID"].MatchString(r.ID) {
				t.Error("the ID is not kebab-case")
			}
			if r.Title == "" || strings.HasSuffix(r.Title, ".") || r.Why == "" || r.Fix == "" {
				t.Error("title, why and fix have to be there, and the title ends without a full stop")
			}
			if !strings.Contains(r.Fix, "\n\n    aws ") || !strings.Contains(r.Fix, "Terraform") {
				t.Error("the fix has no form for the AWS CLI or for Terraform")
			}
			if r.Severity < checks.Info || r.Severity > checks.Critical || len(r.Pillars) == 0 || len(r.Practices) == 0 || len(r.Links) == 0 {
				t.Error("severity, pillars, practices and links have to be there")
			}
			for _, p := range r.Practices {
				if !form["practice"].MatchString(p) {
					t.Errorf("%s is no best practice", p)
				}
			}
			for _, l := range r.Links {
				if !form["link"].MatchString(l) {
					t.Errorf("%s is none of AWS's documents", l)
				}
			}
			files, err := filepath.Glob("../*/" + strings.ReplaceAll(r.ID, "-", "_") + ".go")
			if err != nil || len(files) != 1 {
				t.Errorf("the file named after the rule: %v %v", files, err)
			}
		})
	}
}

// TestEveryFixtureHasARule finds archives that nothing runs.
func TestEveryFixtureHasARule(t *testing.T) {
	entries, err := fs.ReadDir(fixtures.Rules, "rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		id := strings.TrimSuffix(e.Name(), ".txtar")
		if !slices.ContainsFunc(catalog.All, func(r *checks.Rule) bool { return r.ID == id }) {
			t.Errorf("%s belongs to no rule", e.Name())
		}
	}
}
