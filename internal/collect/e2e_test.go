//go:build e2e

package collect

import (
	"bytes"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/fakeaws"
	"github.com/buttress/buttress/internal/recording"
)

// What Run records of an emulated account is what the AWS CLI prints, and what
// the script records.
func TestAgainstTheCLI(t *testing.T) {
	moto(t)
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

// moto starts an emulated AWS and leads the environment to it. The AWS CLI is
// told to print times as its version 2 does.
func moto(t *testing.T) {
	t.Helper()
	for _, program := range []string{"moto_server", "aws", "python3"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	server := exec.Command("moto_server", "-H", "127.0.0.1", "-p", address[strings.LastIndex(address, ":")+1:])
	server.Stdout, server.Stderr = io.Discard, io.Discard
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	environment(t, "http://"+address)
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(100 * time.Millisecond) {
		if r, err := http.Get("http://" + address + "/moto-api/"); err == nil {
			_ = r.Body.Close()
			return
		}
	}
	t.Fatal("moto_server does not answer")
}

func environment(t *testing.T, endpoint string) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("[default]\ncli_timestamp_format = iso8601\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": fakeaws.Region,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
	} {
		t.Setenv(key, value)
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
