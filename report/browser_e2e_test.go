//go:build e2e

package report_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/report"
)

// seen is what report/testdata/browser/check.mjs prints.
type seen struct {
	Errors, Requests, Violations []string
	Wide                         []int
	Opened, Filtered             int
	Found, FoundNothing          string
	Passes, Plain, Dead, Pages   int
}

// TestE2EPagesInABrowser opens the pages of all inputs, and one of 100,000 results,
// in Chromium: nothing is fetched, nothing fails, axe-core finds nothing, and
// paper holds it.
func TestE2EPagesInABrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not on the PATH: on Debian, apt-get install chromium")
	}
	modules := npmModules(t)
	pages := inputs(t)
	pages["many"] = many(100_000)
	for name, r := range pages {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), name+".html")
			writePage(t, file, r)
			cmd := exec.Command("node", "testdata/browser/check.mjs", file, modules, os.Getenv("SCREENSHOTS"))
			cmd.Env = append(os.Environ(), "CHROMIUM="+chromium)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			text, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, stderr.String())
			}
			var s seen
			if err := json.Unmarshal(text, &s, json.MatchCaseInsensitiveNames(true)); err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: opened in %d ms, filtered in %d ms, %d pages, %d passes of axe", name, s.Opened, s.Filtered, s.Pages, s.Passes)
			judge(t, &s)
		})
	}
}

func judge(t *testing.T, s *seen) {
	t.Helper()
	for what, list := range map[string][]string{"console": s.Errors, "request": s.Requests, "axe-core": s.Violations} {
		for _, one := range list {
			t.Errorf("%s: %s", what, one)
		}
	}
	if len(s.Wide) > 0 {
		t.Errorf("the page is wider than the window at %v pixels", s.Wide)
	}
	if s.Passes == 0 || s.Plain < 1000 || s.Dead > 0 {
		t.Errorf("%d passes of axe-core, %d characters and %d dead controls without JavaScript", s.Passes, s.Plain, s.Dead)
	}
	if s.Pages < 1 || s.Pages > 40 {
		t.Errorf("%d pages on paper", s.Pages)
	}
	if s.Found == "" || s.FoundNothing[:5] != "0 of " {
		t.Errorf("the search found %q and %q", s.Found, s.FoundNothing)
	}
	if s.Opened > 3000 || s.Filtered > 300 { // a goal on a machine of one's own; these are shared
		t.Logf("slow: opened in %d ms, filtered in %d ms", s.Opened, s.Filtered)
	}
}

// TestE2EPagesAreValid asks html-validate, with the standard's rules.
func TestE2EPagesAreValid(t *testing.T) {
	modules := npmModules(t)
	dir := t.TempDir()
	for name, r := range inputs(t) {
		writePage(t, filepath.Join(dir, name+".html"), r)
	}
	config := filepath.Join(dir, ".htmlvalidate.json")
	if err := os.WriteFile(config, []byte(`{"root": true, "extends": ["html-validate:standard", "html-validate:a11y"]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", filepath.Join(modules, "html-validate/bin/html-validate.mjs"), "--config", config, dir)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %.4000s", err, text)
	}
}

func writePage(t *testing.T, file string, r *report.Results) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := report.HTML(f, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
}

// npmModules is where make e2e has npm install what the tests need.
func npmModules(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../build/npm/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "html-validate")); err != nil {
		t.Skip("html-validate is not installed under build/npm: make e2e does it")
	}
	return dir
}

// TestE2EMermaid has Mermaid itself read and draw the flowcharts of all inputs.
// That it sees something is seen on one that was spoilt.
func TestE2EMermaid(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not on the PATH: on Debian, apt-get install chromium")
	}
	modules := npmModules(t)
	if _, err := os.Stat(filepath.Join(modules, "mermaid")); err != nil {
		t.Skip("mermaid is not installed under build/npm: make e2e does it")
	}
	dir := t.TempDir()
	charts := map[string]string{}
	for name, r := range inputs(t) {
		charts[name] = output(t, "mermaid", r)
	}
	charts["spoilt"] = strings.Replace(charts["tipster-before"], `"]`, `]`, 1)
	names := slices.Sorted(maps.Keys(charts))
	args := []string{"testdata/browser/mermaid.mjs", modules}
	for _, name := range names {
		file := filepath.Join(dir, name+".mmd")
		if err := os.WriteFile(file, []byte(charts[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	cmd := exec.Command("node", args...)
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium)
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	drawn := regexp.MustCompile(`(?m)^ *(subgraph |n\d+[^ \d]|none\[)`)
	for i, d := range decode[[]struct {
		Error, Type string
		Nodes       int
		Active      []string
	}](t, string(text)) {
		switch want := len(drawn.FindAllString(charts[names[i]], -1)); {
		case names[i] == "spoilt":
			if d.Error == "" {
				t.Error("Mermaid does not mind a label without an end")
			}
		case d.Error != "" || d.Type != "flowchart-v2" || d.Nodes != want || want == 0:
			t.Errorf("%s: %d nodes of a %s, want %d of a flowchart-v2: %s", names[i], d.Nodes, d.Type, want, d.Error)
		case len(d.Active) > 0:
			t.Errorf("%s: %q", names[i], d.Active)
		}
	}
}
