package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/buttress/buttress/report"
)

// TestAtMost cuts at the end of a line.
func TestAtMost(t *testing.T) {
	lines := func(w io.Writer, _ *report.Results, _ report.Options) error {
		for range 10 {
			if _, err := io.WriteString(w, "123456789\n"); err != nil {
				return err
			}
		}
		return nil
	}
	all := strings.Repeat("123456789\n", 10)
	for limit, want := range map[int64]string{
		-1: "", 0: "", 10: "", 100: all, 1000: all, int64(len(summaryCut)): summaryCut,
		99: all[:30] + summaryCut, int64(len(summaryCut)) + 29: all[:20] + summaryCut,
	} {
		var b bytes.Buffer
		if err := atMost(limit, lines)(&b, nil, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("%d: %q, want %q", limit, b.String(), want)
		}
	}
}

// TestJobSummary appends to the file that GitHub Actions names, once.
func TestJobSummary(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "summary.md")
	if err := os.WriteFile(file, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr writer
	e := testEnv(&stdout, &stderr, map[string]string{"GITHUB_STEP_SUMMARY": file})
	args := []string{
		"scan", "../../fixtures/accounts/tipster-before", "--format", "github", "--format", "github=" + filepath.Join(dir, "commands"),
		"--format", "markdown=" + filepath.Join(dir, "report.md"),
	}
	if code := run(context.Background(), args, e); code != exitBroken {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if !strings.HasPrefix(string(stdout), "::error title=") {
		t.Errorf("%.200s", stdout)
	}
	want, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != "before\n"+string(want) {
		t.Errorf("%q", got)
	}
}

// TestJobSummaryIsOpenedFirst refuses a file that cannot be written before
// anything is scanned.
func TestJobSummaryIsOpenedFirst(t *testing.T) {
	var stdout, stderr writer
	e := testEnv(&stdout, &stderr, map[string]string{"GITHUB_STEP_SUMMARY": filepath.Join(t.TempDir(), "none", "summary.md")})
	if code := run(context.Background(), []string{"scan", "../../fixtures/accounts/tipster-before", "--format", "github"}, e); code != exitError || len(stdout) > 0 {
		t.Errorf("exit code %d: %s", code, stdout)
	}
}
