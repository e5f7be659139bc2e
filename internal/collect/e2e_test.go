//go:build e2e

package collect

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	if diff := cmp.Diff(unknownToMoto, gapsOf(got)); diff != "" {
		t.Errorf("gaps: -want +got\n%s", diff)
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

	byScript := recordByScript(t, Operations(), 3) // for the gaps
	for _, files := range []map[string]any{got, byScript} {
		for _, file := range files {
			dropKeys(file, "UserData", "ButtressSecrets", "tool", "capturedAt", "message")
		}
	}
	if diff := cmp.Diff(byScript, got); diff != "" {
		t.Errorf("-script +live\n%s", diff)
	}
	noSecrets(t, byScript)
}

// unknownToMoto are the operations that it has no answer to.
var unknownToMoto = []string{"ec2:DescribeSecurityGroupVpcAssociations", "ec2:DescribeVpcBlockPublicAccessExclusions", "ec2:DescribeVpcBlockPublicAccessOptions"}

// gapsOf are the operations of the gaps of a recording.
func gapsOf(files map[string]any) []string {
	var ops []string
	for _, g := range files["recording.json"].(map[string]any)["gaps"].([]any) {
		ops = append(ops, g.(map[string]any)["operation"].(string))
	}
	return ops
}

// noSecrets looks for the secrets of the account in a recording.
func noSecrets(t *testing.T, files map[string]any) {
	t.Helper()
	for name, file := range files {
		if text := fmt.Sprint(file); strings.Contains(text, "not-to-be-seen") || strings.Contains(text, "pre_shared_key") {
			t.Errorf("%s holds a secret", name)
		}
	}
}

// TestE2EScriptReadsPages records the account of package fakeaws, which answers in
// pages and tells every secret, with the AWS CLI and live: the same, and no
// secret.
func TestE2EScriptReadsPages(t *testing.T) {
	s := fakeaws.New(t)
	moto.Setenv(t, s.URL)
	s.PageSize = 2
	to, _ := run(t, site())
	byScript := recordByScript(t, Operations(), 0)
	noSecrets(t, byScript)
	if len(byScript) != len(to.bodies)+1 {
		t.Errorf("%d files by the script, %d live", len(byScript), len(to.bodies)+1)
	}
	for name, text := range to.bodies {
		got, want := byScript[name], stable(asMap(t, text))
		for _, file := range []any{got, want} {
			dropKeys(file, "UserData", "ButtressSecrets")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -live +script\n%s", name, diff)
		}
	}
}

// TestE2EScriptKnowsCutLists has AWS say that there is more where the AWS CLI
// turns no pages: the list is a gap.
func TestE2EScriptKnowsCutLists(t *testing.T) {
	s := fakeaws.New(t)
	moto.Setenv(t, s.URL)
	s.Intercept(func(w http.ResponseWriter, r fakeaws.Request) bool {
		if r.Op != "ec2:DescribeVpcBlockPublicAccessExclusions" {
			return false
		}
		_, _ = io.WriteString(w, "<DescribeVpcBlockPublicAccessExclusionsResponse><vpcBlockPublicAccessExclusionSet/><nextToken>more</nextToken></DescribeVpcBlockPublicAccessExclusionsResponse>")
		return true
	})
	const op = "ec2:DescribeVpcBlockPublicAccessExclusions"
	if diff := cmp.Diff([]string{op}, gapsOf(recordByScript(t, []recording.Operation{op}, 3))); diff != "" {
		t.Errorf("gaps: -want +got\n%s", diff)
	}
}

// TestE2ELargestPages compares the page sizes with the largest that the models of
// the API allow, where they say it.
func TestE2ELargestPages(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not installed")
	}
	var largest map[string]int32
	if err := json.Unmarshal([]byte(command(t, "python3", "testdata/pages.py")), &largest); err != nil {
		t.Fatal(err)
	}
	delete(largest, "ec2:SearchTransitGatewayRoutes") // which is the default
	told := 0
	for _, op := range operations {
		if most, ok := largest[string(op.name)]; ok && most != op.page {
			t.Errorf("%s: pages of %d, and the largest are of %d", op.name, op.page, most)
		} else if ok {
			told++
		}
	}
	if told < 20 {
		t.Errorf("the models say the largest page of %d operations only", told)
	}
}

// recordByScript records answers to operations with the AWS CLI. The script has to
// end with the exit code.
func recordByScript(t *testing.T, ops []recording.Operation, code int) map[string]any {
	t.Helper()
	var script bytes.Buffer
	if err := Script(&script, ops, []string{fakeaws.Region}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "by script")
	cmd := exec.Command("sh", "-s", dir)
	cmd.Stdin, cmd.Stderr = &script, t.Output()
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != code {
		t.Fatalf("the script: %v, want exit code %d", err, code)
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
