package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/buttress/buttress/internal/gate"
)

// TestPruneNeedsWholeScan prunes after a scan that was ended early, and after one
// that was not.
func TestPruneNeedsWholeScan(t *testing.T) {
	file := filepath.Join(t.TempDir(), "baseline.json")
	old := gate.Failure{Fingerprint: "1", Rule: "rds-instance-multi-az", Severity: "high"}
	b := &gate.Baseline{SchemaVersion: "1", Failures: []gate.Failure{old}}
	var before bytes.Buffer
	if err := b.Write(&before); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, before.Bytes(), 0o640); err != nil {
		t.Fatal(err)
	}
	for _, interrupted := range []bool{true, false} {
		var stderr bytes.Buffer
		p, err := (&exceptions{baseline: file, prune: true}).pruning(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.prune(&env{stderr: &stderr}, b, &gate.Review{Gone: b.Failures}, interrupted); err != nil {
			t.Fatal(err)
		}
		p.abandon()
		after, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if kept := bytes.Equal(before.Bytes(), after); kept != interrupted {
			t.Errorf("interrupted: %v, and the baseline is as it was: %v", interrupted, kept)
		}
		if !strings.Contains(stderr.String(), "baseline.json") {
			t.Errorf("nothing was said: %q", stderr.String())
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestDay measures by the day of the recording, in UTC.
func TestDay(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	if got := day(time.Date(2026, 11, 24, 1, 0, 0, 0, zone)); got != "2026-11-23" {
		t.Errorf("%s", got)
	}
	if got := day(time.Time{}); got < "2020-01-01" {
		t.Errorf("no time: %s", got)
	}
}
