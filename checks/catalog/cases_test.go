package catalog_test

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/fixtures"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// testCase is one small recording of an archive in fixtures/rules.
type testCase struct {
	name  string
	files fstest.MapFS
}

// archive reads the cases of a rule. What is under common/ belongs to every
// case; a case adds files, replaces them, or takes one away by an empty one.
func archive(t *testing.T, rule *checks.Rule) (*txtar.Archive, []testCase) {
	t.Helper()
	text, err := fixtures.Rules.ReadFile("rules/" + rule.ID + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	a := txtar.Parse(text)
	common, cases := fstest.MapFS{}, []testCase{}
	for _, f := range a.Files {
		name, rest, ok := strings.Cut(f.Name, "/")
		if !ok {
			t.Fatalf("%s: is in no case", f.Name)
		}
		if name == "common" {
			common[rest] = &fstest.MapFile{Data: f.Data}
			continue
		}
		if len(cases) == 0 || cases[len(cases)-1].name != name {
			cases = append(cases, testCase{name, maps.Clone(common)})
		}
		c := cases[len(cases)-1]
		switch {
		case rest == "want":
		case len(strings.TrimSpace(string(f.Data))) == 0:
			delete(c.files, rest)
		default:
			c.files[rest] = &fstest.MapFile{Data: f.Data}
		}
	}
	return a, cases
}

// load opens a recording and decodes some kinds of it.
func load(files fs.FS, kinds []snapshot.Kind) (*snapshot.Snapshot, error) {
	r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		return nil, err
	}
	return snapshot.Load(r, kinds)
}

// results judges a recording by one rule.
func results(files fs.FS, rule *checks.Rule, kinds []snapshot.Kind) ([]checks.Result, error) {
	s, err := load(files, kinds)
	if err != nil {
		return nil, err
	}
	return slices.Collect(checks.Run(s, []*checks.Rule{rule})[0].Results()), nil
}

func mustResults(t *testing.T, files fs.FS, rule *checks.Rule, kinds []snapshot.Kind) []checks.Result {
	t.Helper()
	rs, err := results(files, rule, kinds)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// line is a result as a want file has it, without evidence. A severity is
// named where it is not that of the rule.
func line(rule *checks.Rule, r checks.Result) string {
	status := r.Status.String()
	if r.Severity != rule.Severity {
		status += "(" + r.Severity.String() + ")"
	}
	return fmt.Sprintf("%s %s %s %s", status, r.Subject.Scope().Region, r.Subject.ID(), r.Message)
}

// want is what the want file of a case has to say.
func want(rule *checks.Rule, rs []checks.Result) string {
	var b strings.Builder
	for _, r := range rs {
		fmt.Fprintln(&b, line(rule, r))
		for _, e := range r.Evidence {
			value, source := e.Lookup()
			fmt.Fprintf(&b, "  %s = %s\n", source, value)
		}
	}
	return b.String()
}

// lines are the verdicts and messages alone.
func lines(rule *checks.Rule, rs []checks.Result) string {
	var b strings.Builder
	for _, r := range rs {
		fmt.Fprintln(&b, line(rule, r))
	}
	return b.String()
}

// wantOf is what the archive says about a case.
func wantOf(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == path.Join(name, "want") {
			return string(f.Data)
		}
	}
	return ""
}
