package main

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/report"
)

// TestExposureWithoutAFile takes one file after the other away from the bundled
// accounts. What is still said was said before; what no longer is, is said to be
// unknown.
func TestExposureWithoutAFile(t *testing.T) {
	for _, account := range []string{"tipster-before", "tipster-after"} {
		whole := filepath.Join("../../fixtures/accounts", account)
		before, _ := exposureOf(t, whole)
		files, err := filepath.Glob(filepath.Join(whole, "eu-west-1", "*"))
		if err != nil || len(files) < 20 {
			t.Fatalf("%d files: %v", len(files), err)
		}
		for _, file := range files {
			t.Run(account+"/"+filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				less := t.TempDir()
				if err := os.CopyFS(less, os.DirFS(whole)); err != nil {
					t.Fatal(err)
				}
				if err := os.RemoveAll(filepath.Join(less, "eu-west-1", filepath.Base(file))); err != nil {
					t.Fatal(err)
				}
				after, code := exposureOf(t, less)
				says(t, before, after)
				unknown := len(after.Undecided)+len(after.Gaps) > 0 || slices.ContainsFunc(after.Matrix, func(p report.GroupPair) bool { return p.Unknown })
				if (code == exitUnclear) != unknown {
					t.Errorf("exit code %d", code)
				}
			})
		}
	}
}

func exposureOf(t *testing.T, recording string) (e report.Exposure, code int) {
	t.Helper()
	out := buttress(t, "exposure", recording, "--format", "json")
	if err := json.Unmarshal([]byte(out.stdout), &e); err != nil {
		t.Fatalf("%v: %s", err, out.stderr)
	}
	return e, out.code
}

// says compares what is said of a recording with what is said of a part of it.
func says(t *testing.T, whole, part report.Exposure) {
	t.Helper()
	opened, then := openings(whole), openings(part)
	for o := range then {
		if !opened[o] && !strings.HasPrefix(o, "node ") {
			t.Errorf("%s is said to be open, and was not", o)
		}
	}
	pairs, kept := pairs(whole), pairs(part)
	for p, sure := range kept {
		if _, was := pairs[p]; sure && !was {
			t.Errorf("%s is said to be open, and was not", p)
		}
	}
	if len(part.Gaps) > 0 {
		return
	}
	undecided := map[string]bool{} // by interface: what that belongs to may be what is not recorded
	for _, u := range part.Undecided {
		undecided[u.Interface] = true
	}
	for o := range maps.Keys(opened) {
		if id, _, _ := strings.Cut(o, " "); !then[o] && !undecided[id] {
			t.Errorf("%s is left out, and not said to be unknown", o)
		}
	}
	for p := range pairs {
		if _, is := kept[p]; !is {
			t.Errorf("%s is left out, and not said to be unknown", p)
		}
	}
}

func openings(e report.Exposure) map[string]bool {
	all := map[string]bool{}
	for _, x := range e.Exposed {
		all[strings.Join(append([]string{cmp.Or(x.Interface, "node"), x.Protocol, x.Ports, x.Through}, x.Sources...), " ")] = true
	}
	return all
}

// pairs are the pairs of groups, and whether it is sure that the one reaches the
// other.
func pairs(e report.Exposure) map[string]bool {
	all := map[string]bool{}
	for _, p := range e.Matrix {
		all[p.From.ID+" to "+p.To.ID+" "+p.Protocol+" "+p.Ports] = !p.Unknown
	}
	return all
}
