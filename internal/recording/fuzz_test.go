package recording_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/buttress/buttress/internal/recording"
)

// readAll reads everything of a recording: whatever was let in can be read, or
// says why not.
func readAll(t *testing.T, r *recording.Recording) {
	t.Helper()
	if len(r.Accounts) == 0 {
		t.Fatal("has no account")
	}
	for _, a := range r.Accounts {
		for _, region := range a.Regions {
			for _, op := range options().Known {
				for _, id := range append([]string{""}, a.Resources(region, op)...) {
					readOne(t, a, recording.Call{Region: region, Operation: op, Resource: id})
				}
			}
		}
	}
	must(t, r.Close())
}

func readOne(t *testing.T, a *recording.Account, c recording.Call) {
	t.Helper()
	f, err := a.Open(c)
	if gap, ok := errors.AsType[*recording.Gap](err); ok {
		if gap.Error() == "" || gap.Operation != c.Operation {
			t.Errorf("%+v is not about %+v", gap, c)
		}
		return
	}
	if err != nil {
		return
	}
	defer f.Close()
	if n, err := io.Copy(io.Discard, f); err == nil && n > options().Limits.Body {
		t.Errorf("%+v has %d bytes", c, n)
	}
	if !fs.ValidPath(a.Path(c)) || !strings.HasPrefix(a.Path(c), a.Folder) {
		t.Errorf("%+v is in %q", c, a.Path(c))
	}
}

// FuzzArchive reads any bytes as an archive, and as a tar before it is
// compressed: a recording, or an error.
func FuzzArchive(f *testing.F) {
	t := new(testing.T)
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		f.Fatal(err)
	}
	unpack, err := zstd.NewReader(nil)
	if err != nil {
		f.Fatal(err)
	}
	defer unpack.Close()
	links := append(sample()[:1:1], entry{name: subnetsFile, target: "../x.json"}, entry{name: "x.json", body: subnets})
	accounts := []entry{{name: "r/111122223333/recording.json", body: manifest}, {name: "r/444455556666/" + subnetsFile, body: subnets}}
	for _, entries := range [][]entry{nil, sample(), links, accounts} {
		f.Add(tarZstd(t, entries))
		f.Add(zipped(t, entries))
		if plain, err := unpack.DecodeAll(tarZstd(t, entries), nil); err == nil {
			f.Add(plain)
		}
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		for _, b := range [][]byte{archive, z.EncodeAll(archive, nil)} {
			if r, err := recording.Open("-", bytes.NewReader(b), options()); err == nil {
				readAll(t, r)
			}
		}
	})
}

// FuzzManifest reads any bytes as a manifest: a recording, or an error.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(manifest))
	f.Add([]byte(writtenManifest))
	f.Add([]byte(`{"formatVersion": "1", "colour": {"a": [1, 2]}, "gaps": [{"region": "global", "operation": "ec2:DescribeSubnets"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := recording.OpenFS(inMemory(entry{name: "recording.json", body: string(text)}), options())
		if err != nil {
			return
		}
		m := recording.NewMemory()
		if err := m.Finish(*r.Accounts[0].Manifest); err != nil {
			t.Fatalf("was read and cannot be written: %v", err)
		}
		if _, err := m.Recording(options()); err != nil {
			t.Fatalf("was read, was written and cannot be read again: %v", err)
		}
		readAll(t, r)
	})
}
