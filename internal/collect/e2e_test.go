//go:build e2e

package collect

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/fakeaws"
	"github.com/buttress/buttress/internal/moto"
	"github.com/buttress/buttress/internal/recording"
)

// What Run records of an emulated account is what the AWS CLI prints, and what
// the script records.
func TestE2EAgainstTheCLI(t *testing.T) {
	moto.Start(t)
	command(t, "python3", "testdata/seed.py")

	live := filepath.Join(t.TempDir(), "live")
	dir, err := recording.CreateDir(live)
	if err != nil {
		t.Fatal(err)
	}
	c := site()
	c.pace = nil
	if _, err := Run(t.Context(), c, dir); err != nil {
		t.Fatal(err)
	}
	if err := dir.Keep(); err != nil {
		t.Fatal(err)
	}
	got := decoded(t, live)
	if len(got) < 25 {
		t.Fatalf("only %d files", len(got))
	}

	// Without secrets in it user data stays as it is.
	for _, args := range [][]string{
		{"autoscaling", "describe-launch-configurations"},
		{"ec2", "describe-launch-template-versions", "--versions", "$Latest", "$Default"},
	} {
		out := command(t, "aws", append(args, "--region", fakeaws.Region, "--output", "json")...)
		file := fakeaws.Region + "/" + args[0] + "-" + args[1] + ".json"
		if diff := cmp.Diff(stable(asMap(t, out)), got[file]); diff != "" {
			t.Errorf("%s: -CLI +live\n%s", file, diff)
		}
	}

	byScript := recordByScript(t)
	for _, files := range []map[string]any{got, byScript} {
		for _, file := range files {
			dropKeys(file, "UserData", "ButtressSecrets", "tool", "capturedAt", "message")
		}
	}
	if diff := cmp.Diff(byScript, got); diff != "" {
		t.Errorf("-script +live\n%s", diff)
	}
}

// recordByScript records the account with the AWS CLI.
func recordByScript(t *testing.T) map[string]any {
	t.Helper()
	var script bytes.Buffer
	if err := Script(&script, Operations(), []string{fakeaws.Region}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "by script")
	cmd := exec.Command("sh", "-s", dir)
	cmd.Stdin, cmd.Stderr = &script, t.Output()
	// moto does not know one of the operations, which is a gap.
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 3 {
		t.Fatalf("the script: %v, want exit code 3", err)
	}
	return decoded(t, dir)
}

// decoded are the files of a recording.
func decoded(t *testing.T, dir string) map[string]any {
	t.Helper()
	files := map[string]any{}
	fsys := os.DirFS(dir)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			return err
		}
		files[name] = stable(v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// stable leaves out what moto answers differently each time.
func stable(v any) any {
	dropKeys(v, "LatestRestorableTime", "EarliestRestorableTime")
	return v
}

func dropKeys(v any, keys ...string) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range keys {
			delete(v, key)
		}
		for _, value := range v {
			dropKeys(value, keys...)
		}
	case []any:
		for _, value := range v {
			dropKeys(value, keys...)
		}
	}
}

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return string(out)
}
