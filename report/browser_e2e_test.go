//go:build e2e

package report_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/report"
)

// The versions of what npm installs under build/.
var browserModules = []string{"playwright-core@1.64.1", "axe-core@4.14.1", "html-validate@10.17.0"}

// seen is what report/testdata/browser/check.mjs prints.
type seen struct {
	Errors, Requests, Violations []string
	Wide                         []int
	Opened, Filtered             int
	Found, FoundNothing          string
	Passes, Plain, Dead, Pages   int
}

// TestPagesInABrowser opens the pages of all inputs, and one of 100,000 results,
// in Chromium: nothing is fetched, nothing fails, axe-core finds nothing, and
// paper holds it.
func TestPagesInABrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not on the PATH: on Debian, apt-get install chromium")
	}
	modules := npmModules(t)
	pages := inputs(t)
	pages["many"] = many(t, 100_000)
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

// TestPagesAreValid asks html-validate, with the standard's rules.
func TestPagesAreValid(t *testing.T) {
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

// npmModules installs what the tests need under build/, once.
func npmModules(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not on the PATH")
	}
	dir, err := filepath.Abs("../build/browser")
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "html-validate")); err == nil {
		return modules
	}
	args := append([]string{"install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", dir}, browserModules...)
	if text, err := exec.Command("npm", args...).CombinedOutput(); err != nil {
		t.Fatalf("npm: %v: %s", err, text)
	}
	return modules
}

// many are n results: those of an account over and over, with other ids.
func many(t *testing.T, n int) *report.Results {
	t.Helper()
	r := read(t, "testdata/v1/tipster-before.json")
	var few []report.Result
	for v := range r.Results {
		few = append(few, v)
	}
	r.Summary = report.Summary{}
	each := func(yield func(report.Result) bool) {
		for i := range n {
			v := few[i%len(few)]
			v.Resource.ID += fmt.Sprintf("-%d", i)
			v.Resource.ARN += fmt.Sprintf("-%d", i)
			if !yield(v) {
				return
			}
		}
	}
	for v := range each {
		switch v.Status {
		case "pass":
			r.Summary.Pass++
		case "fail":
			r.Summary.Fail++
		case "unknown":
			r.Summary.Unknown++
		default:
			r.Summary.NotApplicable++
		}
	}
	r.Results = each
	return r
}
