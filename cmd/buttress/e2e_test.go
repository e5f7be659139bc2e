//go:build e2e

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/moto"
)

// TestE2ELiveEqualsRecorded scans one emulated account live, by a recording that
// the scan kept, by one that record made, and by one that the script made with
// the AWS CLI: the same verdicts. The last one comes as a folder, as archives and
// through pipes: the same bytes.
func TestE2ELiveEqualsRecorded(t *testing.T) {
	moto.Start(t)
	if out, err := exec.Command("python3", "../../internal/collect/testdata/seed.py").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	dir := t.TempDir()
	kept, made, scripted := filepath.Join(dir, "kept"), filepath.Join(dir, "made"), filepath.Join(dir, "scripted")
	want := verdicts(buttress(t, "scan", "--region", region, "--format", "json", "--record", kept).decode(t))
	if len(want) < 35 {
		t.Fatalf("only %d verdicts", len(want))
	}
	// moto does not know some of the operations, which are gaps.
	if code := buttress(t, "record", "--region", region, made).code; code != exitUnclear {
		t.Fatalf("record: exit code %d", code)
	}
	script(t, scripted)
	for _, recorded := range []string{kept, made, scripted} {
		got := verdicts(buttress(t, "scan", "--format", "json", recorded).decode(t))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -live +recorded\n%s", filepath.Base(recorded), diff)
		}
	}
	everyForm(t, scripted)
}

// script makes a recording with the AWS CLI alone.
func script(t *testing.T, dir string) {
	t.Helper()
	file := dir + ".sh"
	if err := os.WriteFile(file, []byte(buttress(t, "record", "--script", "--region", region).stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", file, dir)
	if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != exitUnclear {
		t.Fatalf("%v: %s", err, out)
	}
}

// everyForm scans a recording from every form that it may have.
func everyForm(t *testing.T, dir string) {
	t.Helper()
	folder := buttress(t, "scan", "--format", "json", dir)
	for name, pack := range map[string]string{
		"a.zip": "python3 -m zipfile -c ../a.zip .", "a.tar.zst": "tar -c . | zstd -q -o ../a.tar.zst",
	} {
		packed(t, dir, name, pack, folder)
	}
}
