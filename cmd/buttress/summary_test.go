package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestJobSummaryIsCut keeps below what GitHub shows, with what the file holds
// already.
func TestJobSummaryIsCut(t *testing.T) {
	for _, room := range []int{0, 1, 5_000, maxSummary} {
		file := filepath.Join(t.TempDir(), "summary.md")
		if err := os.WriteFile(file, bytes.Repeat([]byte("x"), maxSummary-room), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr writer
		e := testEnv(&stdout, &stderr, map[string]string{"GITHUB_STEP_SUMMARY": file})
		if code := run(context.Background(), []string{"scan", "../../fixtures/accounts/tipster-before", "--format", "github"}, e); code != exitBroken {
			t.Fatalf("exit code %d: %s", code, stderr)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		added := string(got[maxSummary-room:])
		if len(got) > maxSummary || strings.Contains(added, "Cut to") != (room == 5_000) || strings.Contains(added, "## Buttress") != (room > 1) {
			t.Errorf("%d bytes of room: %q", room, added)
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
