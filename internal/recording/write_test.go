package recording_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/recording"
)

// write fills a sink with two bodies, and a third that is given up.
func write(t *testing.T, s recording.Sink) {
	t.Helper()
	for _, e := range sample()[1:3] {
		b, err := s.Create(e.name)
		must(t, err)
		_, err = b.Write([]byte(e.body))
		must(t, err)
		must(t, b.Commit())
	}
	b, err := s.Create("eu-west-1/ec2-describe-vpcs.json")
	must(t, err)
	_, err = b.Write([]byte(`{"Vpcs": [`))
	must(t, err)
	b.Discard()
}

func written() recording.Manifest {
	return recording.Manifest{
		FormatVersion: recording.FormatVersion, Account: "111122223333", Partition: "aws", Regions: []string{"eu-west-1"},
		CapturedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Caller: "arn:aws:iam::111122223333:user/alice",
		Tool: &recording.Tool{Name: "buttress", Version: "0.1.0"}, Endpoint: "http://127.0.0.1:5000",
		Gaps: []recording.Gap{
			{Account: "111122223333", Region: "eu-west-1", Operation: "elbv2:DescribeTargetHealth", Resource: "arn:2", Code: "Throttling", Message: "slow"},
			{Account: "111122223333", Region: "eu-west-1", Operation: "ec2:DescribeVpcs", Code: "UnauthorizedOperation", Message: "no"},
		},
	}
}

const writtenManifest = `{
  "formatVersion": "1",
  "account": "111122223333",
  "partition": "aws",
  "capturedAt": "2026-11-23T10:00:00Z",
  "caller": "arn:aws:iam::111122223333:user/alice",
  "tool": {
    "name": "buttress",
    "version": "0.1.0"
  },
  "regions": [
    "eu-west-1"
  ],
  "endpoint": "http://127.0.0.1:5000",
  "gaps": [
    {
      "region": "eu-west-1",
      "operation": "ec2:DescribeVpcs",
      "resource": "",
      "code": "UnauthorizedOperation",
      "message": "no"
    },
    {
      "region": "eu-west-1",
      "operation": "elbv2:DescribeTargetHealth",
      "resource": "arn:2",
      "code": "Throttling",
      "message": "slow"
    }
  ]
}
`

// readBack reads what write wrote.
func readBack(t *testing.T, s recording.Sink) {
	t.Helper()
	o := options()
	o.Known = append(o.Known, "ec2:DescribeVpcs")
	r, err := s.Recording(o)
	must(t, err)
	t.Cleanup(func() { _ = r.Close() })
	a := r.Accounts[0]
	if got := body(t, a, subnetsCall); got != subnets {
		t.Error(got)
	}
	if got := body(t, a, healthCall); got != `{"TargetHealthDescriptions": []}` {
		t.Error(got)
	}
	if got := body(t, a, recording.Call{Region: "eu-west-1", Operation: "ec2:DescribeVpcs"}); got != "gap UnauthorizedOperation: no" {
		t.Error(got)
	}
	want := written()
	want.Gaps[0], want.Gaps[1] = want.Gaps[1], want.Gaps[0]
	if diff := cmp.Diff(&want, a.Manifest); diff != "" {
		t.Errorf("manifest -want +got:\n%s", diff)
	}
}

func TestMemory(t *testing.T) {
	m := recording.NewMemory()
	write(t, m)
	must(t, m.Finish(written()))
	readBack(t, m)
}

// A body is kept in chunks of 256 KiB, and read in other pieces than written.
func TestMemoryKeepsLargeBodies(t *testing.T) {
	o := recording.Options{Limits: recording.DefaultLimits, Known: options().Known}
	m := recording.NewMemory()
	var wg sync.WaitGroup
	text := strings.Repeat("0123456789abcde", 1_000_000)
	regions := []string{"eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"}
	for i, region := range regions {
		wg.Go(func() {
			b, err := m.Create(region + "/ec2-describe-subnets.json")
			if err != nil {
				t.Error(err)
				return
			}
			for rest := []byte(text[i:]); len(rest) > 0; {
				n, err := b.Write(rest[:min(len(rest), 100_000*(i+1)+1)])
				if err != nil {
					t.Error(err)
					return
				}
				rest = rest[n:]
			}
			if err := b.Commit(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	must(t, m.Finish(recording.Manifest{FormatVersion: "1", Regions: regions}))
	r, err := m.Recording(o)
	must(t, err)
	for i, region := range regions {
		if got := body(t, r.Accounts[0], recording.Call{Region: region, Operation: "ec2:DescribeSubnets"}); got != text[i:] {
			t.Errorf("%s: %d bytes, want %d", region, len(got), len(text)-i)
		}
	}
}

// tree lists what is in a folder, with modes.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		b.WriteString(info.Mode().String() + " " + filepath.ToSlash(rel) + "\n")
		return err
	}))
	return b.String()
}

func TestDir(t *testing.T) {
	parent := t.TempDir()
	name := filepath.Join(parent, "made", "r")
	d, err := recording.CreateDir(name)
	must(t, err)
	write(t, d)
	must(t, d.Finish(written()))
	readBack(t, d)
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("it is there before it is whole: %v", err)
	}
	must(t, d.Keep())
	readBack(t, d)
	want := `drwx------ .
drwx------ eu-west-1
-rw------- ` + subnetsFile + `
drwx------ eu-west-1/elbv2-describe-target-health
-rw------- ` + healthFile + `
-rw------- recording.json
`
	if diff := cmp.Diff(want, tree(t, name)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	text, err := os.ReadFile(filepath.Join(name, "recording.json"))
	must(t, err)
	if diff := cmp.Diff(writtenManifest, string(text)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	d.Abandon()
	readBack(t, d)
	if got := tree(t, filepath.Dir(name)); strings.Contains(got, ".tmp-") {
		t.Errorf("something is left:\n%s", got)
	}
}

func TestAbandonLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	d, err := recording.CreateDir(filepath.Join(parent, "r"))
	must(t, err)
	write(t, d)
	d.Abandon()
	d.Abandon()
	if got := tree(t, parent); strings.Count(got, "\n") != 1 {
		t.Errorf("something is left:\n%s", got)
	}
}

func TestDirIsWrittenToNothingElse(t *testing.T) {
	t.Run("an empty folder", func(t *testing.T) {
		name := t.TempDir()
		d, err := recording.CreateDir(name)
		must(t, err)
		write(t, d)
		must(t, d.Finish(written()))
		must(t, d.Keep())
		readBack(t, d)
	})
	t.Run("a folder with something in it", func(t *testing.T) {
		parent := t.TempDir()
		name := filepath.Join(parent, "r")
		must(t, os.Mkdir(name, 0o700))
		must(t, os.WriteFile(filepath.Join(name, "notes"), nil, 0o600))
		before := tree(t, parent)
		if _, err := recording.CreateDir(name); err == nil || !strings.Contains(err.Error(), "is there already and not empty") {
			t.Errorf("got %v", err)
		}
		if diff := cmp.Diff(before, tree(t, parent)); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
	})
	t.Run("a file", func(t *testing.T) {
		name := file(t, "r", []byte("mine"))
		if _, err := recording.CreateDir(name); err == nil {
			t.Error("was taken")
		}
	})
	t.Run("a folder that was filled in the meantime", func(t *testing.T) {
		parent := t.TempDir()
		name := filepath.Join(parent, "r")
		d, err := recording.CreateDir(name)
		must(t, err)
		write(t, d)
		must(t, d.Finish(written()))
		must(t, os.Mkdir(name, 0o700))
		must(t, os.WriteFile(filepath.Join(name, "notes"), []byte("mine"), 0o600))
		before := tree(t, name)
		if err := d.Keep(); err == nil {
			t.Error("was taken")
		}
		if diff := cmp.Diff(before, tree(t, name)); diff != "" {
			t.Errorf("-before +after:\n%s", diff)
		}
		if got := tree(t, parent); strings.Contains(got, ".tmp-") {
			t.Errorf("something is left:\n%s", got)
		}
	})
	t.Run("a path that leads outside", func(t *testing.T) {
		parent := t.TempDir()
		d, err := recording.CreateDir(filepath.Join(parent, "r"))
		must(t, err)
		defer d.Abandon()
		if _, err := d.Create("../outside.json"); err == nil {
			t.Error("was written")
		}
	})
}

func TestAManifestHasListsWhereItHasNothing(t *testing.T) {
	m := recording.NewMemory()
	must(t, m.Finish(recording.Manifest{FormatVersion: "1", Account: "111122223333", Partition: "aws"}))
	r, err := m.Recording(options())
	must(t, err)
	f, err := r.Accounts[0].OpenPath("recording.json")
	must(t, err)
	var b bytes.Buffer
	_, err = b.ReadFrom(f)
	must(t, err)
	want := "{\n  \"formatVersion\": \"1\",\n  \"account\": \"111122223333\",\n  \"partition\": \"aws\",\n  \"regions\": [],\n  \"gaps\": []\n}\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
