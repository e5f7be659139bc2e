// Package golden compares what a test got with a file that a human has read.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Update says that golden files are to be rewritten: go test -update.
var Update = flag.Bool("update", false, "rewrite the golden files")

// Compare fails the test where got differs from the file, or rewrites the file
// if the test was asked to.
func Compare(t *testing.T, file, got string) {
	t.Helper()
	if *Update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (make generate writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (make generate rewrites it) -want +got:\n%s", file, diff)
	}
}
