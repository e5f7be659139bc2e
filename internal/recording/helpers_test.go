package recording_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"

	"github.com/buttress/buttress/internal/recording"
)

// entry is a file of an archive or of a folder, or a link if it has a target.
type entry struct {
	name, body, target string
}

const (
	subnetsFile = "eu-west-1/ec2-describe-subnets.json"
	healthFile  = "eu-west-1/elbv2-describe-target-health/arn%3Aaws%3Aelasticloadbalancing%3Aeu-west-1%3A111122223333%3Atargetgroup%2Fweb%2F1.json"
	subnets     = `{"Subnets": [{"SubnetId": "subnet-a"}]}`
	manifest    = `{"formatVersion": "1", "account": "111122223333", "regions": ["eu-west-1"], "gaps": []}`
)

var (
	subnetsCall = recording.Call{Region: "eu-west-1", Operation: "ec2:DescribeSubnets"}
	healthCall  = recording.Call{
		Region: "eu-west-1", Operation: "elbv2:DescribeTargetHealth",
		Resource: "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1",
	}
)

// sample is a small recording of one account.
func sample() []entry {
	return []entry{
		{name: "recording.json", body: manifest},
		{name: subnetsFile, body: subnets},
		{name: healthFile, body: `{"TargetHealthDescriptions": []}`},
		{name: "README.txt", body: "made by hand"},
	}
}

// options know two operations and have small limits.
func options() recording.Options {
	return recording.Options{
		Limits: recording.Limits{Total: 1 << 20, Body: 64 << 10, Files: 50, Depth: 20, Memory: 256 << 10},
		Known:  []recording.Operation{"ec2:DescribeSubnets", "elbv2:DescribeTargetHealth"},
	}
}

// container is a form in which a recording can lie.
type container struct {
	name string
	open func(*testing.T, []entry, recording.Options) (*recording.Recording, error)
}

func containers() []container {
	return []container{
		{"folder", func(t *testing.T, entries []entry, o recording.Options) (*recording.Recording, error) {
			t.Helper()
			return recording.Open(folder(t, entries), nil, o)
		}},
		{"tar.zst", func(t *testing.T, entries []entry, o recording.Options) (*recording.Recording, error) {
			t.Helper()
			return recording.Open(file(t, "r.tar.zst", tarZstd(t, entries)), nil, o)
		}},
		{"zip", func(t *testing.T, entries []entry, o recording.Options) (*recording.Recording, error) {
			t.Helper()
			return recording.Open(file(t, "r.zip", zipped(t, entries)), nil, o)
		}},
		{"tar.zst on standard input", func(t *testing.T, entries []entry, o recording.Options) (*recording.Recording, error) {
			t.Helper()
			return recording.Open("-", bytes.NewReader(tarZstd(t, entries)), o)
		}},
		{"zip on standard input", func(t *testing.T, entries []entry, o recording.Options) (*recording.Recording, error) {
			t.Helper()
			return recording.Open("-", bytes.NewReader(zipped(t, entries)), o)
		}},
	}
}

// inAll runs a test on a recording in every form.
func inAll(t *testing.T, entries []entry, o recording.Options, test func(*testing.T, *recording.Recording, error)) {
	t.Helper()
	for _, c := range containers() {
		t.Run(c.name, func(t *testing.T) {
			r, err := c.open(t, entries, o)
			if err == nil {
				t.Cleanup(func() { _ = r.Close() })
			}
			test(t, r, err)
		})
	}
}

func folder(t *testing.T, entries []entry) string {
	t.Helper()
	dir := t.TempDir()
	for _, e := range entries {
		name := filepath.Join(dir, filepath.FromSlash(e.name))
		must(t, os.MkdirAll(filepath.Dir(name), 0o700))
		if e.target != "" {
			must(t, os.Symlink(e.target, name))
			continue
		}
		must(t, os.WriteFile(name, []byte(e.body), 0o600))
	}
	return dir
}

func file(t *testing.T, name string, content []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(name, content, 0o600))
	return name
}

func tarZstd(t *testing.T, entries []entry) []byte {
	t.Helper()
	return tarHeaders(t, func(w *tar.Writer) {
		for _, e := range entries {
			h := &tar.Header{Name: e.name, Mode: 0o600, Size: int64(len(e.body)), Typeflag: tar.TypeReg}
			if e.target != "" {
				h.Typeflag, h.Linkname = tar.TypeSymlink, e.target
			}
			must(t, w.WriteHeader(h))
			_, err := io.WriteString(w, e.body)
			must(t, err)
		}
	})
}

func tarHeaders(t *testing.T, write func(*tar.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	must(t, err)
	w := tar.NewWriter(z)
	write(w)
	must(t, w.Close())
	must(t, z.Close())
	return b.Bytes()
}

func zipped(t *testing.T, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.target != "" {
			h.SetMode(fs.ModeSymlink | 0o777)
			e.body = e.target
		}
		f, err := w.CreateHeader(h)
		must(t, err)
		_, err = io.WriteString(f, e.body)
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

// body reads the answer to a call, or gives the code of the gap in its place.
func body(t *testing.T, a *recording.Account, c recording.Call) string {
	t.Helper()
	r, err := a.Open(c)
	if gap, ok := errors.AsType[*recording.Gap](err); ok {
		return "gap " + gap.Code + ": " + gap.Message
	}
	must(t, err)
	defer r.Close()
	b, err := io.ReadAll(r)
	must(t, err)
	return string(b)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// inMemory are files without a folder on disk.
func inMemory(entries ...entry) fstest.MapFS {
	files := fstest.MapFS{}
	for _, e := range entries {
		files[e.name] = &fstest.MapFile{Data: []byte(e.body)}
	}
	return files
}
