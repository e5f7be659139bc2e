package recording_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/buttress/buttress/internal/recording"
)

// inArchives opens entries as the two kinds of archives.
func inArchives(t *testing.T, entries []entry, o recording.Options, test func(*testing.T, *recording.Recording, error)) {
	t.Helper()
	for _, c := range containers()[1:3] {
		t.Run(c.name, func(t *testing.T) {
			r, err := c.open(t, entries, o)
			test(t, r, err)
		})
	}
}

func refused(want string) func(*testing.T, *recording.Recording, error) {
	return func(t *testing.T, _ *recording.Recording, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestNamesThatLeadOutsideMakeAnArchiveUnreadable(t *testing.T) {
	for _, name := range []string{
		"/etc/passwd", "../outside.json", "eu-west-1/../../outside.json", "..", `..\outside.json`, `eu-west-1\..\..\outside.json`,
		`C:\outside.json`, "C:/outside.json", "//host/share.json",
	} {
		t.Run(name, func(t *testing.T) {
			inArchives(t, append(sample(), entry{name: name}), options(), refused("leads outside"))
			inArchives(t, append(sample(), entry{name: name, target: "recording.json"}), options(), refused("leads outside"))
		})
	}
	for _, kind := range []byte{tar.TypeDir, tar.TypeFifo, tar.TypeChar, tar.TypeLink} {
		archive := tarHeaders(t, func(w *tar.Writer) {
			must(t, w.WriteHeader(&tar.Header{Name: "../outside", Typeflag: kind, Linkname: "recording.json"}))
		})
		_, err := recording.Open("-", bytes.NewReader(archive), options())
		refused("leads outside")(t, nil, err)
	}
}

func TestNamesThatStayInsideAreCleaned(t *testing.T) {
	inArchives(t, []entry{{name: "./recording.json", body: manifest}, {name: "eu-north-1/../" + subnetsFile, body: subnets}}, options(),
		func(t *testing.T, r *recording.Recording, err error) {
			t.Helper()
			must(t, err)
			if got := body(t, r.Accounts[0], subnetsCall); got != subnets {
				t.Error(got)
			}
		})
}

func TestEntriesThatStandTwice(t *testing.T) {
	for name, again := range map[string]entry{
		"the same":                {name: subnetsFile, body: subnets},
		"another body":            {name: subnetsFile, body: "{}"},
		"spelled otherwise":       {name: "./eu-west-1//ec2-describe-subnets.json", body: "{}"},
		"a link of the same name": {name: subnetsFile, target: "../recording.json"},
		"no JSON":                 {name: "README.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			inArchives(t, append(sample(), again), options(), refused("stands twice"))
		})
	}
}

func TestAFolderAroundTheRecordingIsTakenOff(t *testing.T) {
	around := func(folder string) []entry {
		var entries []entry
		for _, e := range sample() {
			e.name = folder + e.name
			entries = append(entries, e)
		}
		return entries
	}
	inArchives(t, around("./my recording/"), options(), func(t *testing.T, r *recording.Recording, err error) {
		t.Helper()
		must(t, err)
		if got := r.Accounts[0].Path(subnetsCall); got != subnetsFile {
			t.Error(got)
		}
	})
	inArchives(t, around("a/b/"), options(), refused("is no recording"))
	inArchives(t, append(around("one/"), around("two/")...), options(), refused("is no recording"))
	inArchives(t, around("111122223333/"), options(), func(t *testing.T, r *recording.Recording, err error) {
		t.Helper()
		must(t, err)
		if got := r.Accounts[0].Folder; got != "111122223333/" {
			t.Errorf("the folder of an account was taken off: %q", got)
		}
	})
	inArchives(t, []entry{{name: subnetsFile, body: subnets}}, options(), func(t *testing.T, r *recording.Recording, err error) {
		t.Helper()
		must(t, err)
		if got := r.Accounts[0].Path(subnetsCall); got != subnetsFile {
			t.Errorf("the folder of a Region was taken off: %q", got)
		}
	})
}

func TestManyEntriesOfAnyType(t *testing.T) {
	for name, header := range map[string]tar.Header{
		"files":   {Typeflag: tar.TypeReg},
		"links":   {Typeflag: tar.TypeSymlink, Linkname: "x"},
		"pipes":   {Typeflag: tar.TypeFifo},
		"folders": {Typeflag: tar.TypeDir},
		"headers": {Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			archive := tarHeaders(t, func(w *tar.Writer) {
				for i := range 60 {
					h := header
					if h.Typeflag != tar.TypeXGlobalHeader {
						h.Name = fmt.Sprintf("%d.json", i)
					}
					must(t, w.WriteHeader(&h))
				}
			})
			_, err := recording.Open("-", bytes.NewReader(archive), options())
			refused("has more than 50 files")(t, nil, err)
		})
	}
}

func TestLongNamesCount(t *testing.T) {
	inArchives(t, append(sample(), entry{name: strings.Repeat("n", 5000)}), options(), refused("has a name of more than 4096 bytes"))
	var entries []entry
	for i := range 40 {
		entries = append(entries, entry{name: fmt.Sprint(i) + strings.Repeat("n", 4000)})
	}
	o := options()
	o.Limits.Memory = 100 << 10
	inArchives(t, entries, o, refused("does not fit into memory"))
}

func TestBombs(t *testing.T) {
	zeros := func(n int) string { return strings.Repeat(" ", n) }
	inArchives(t, append(sample(), entry{name: "eu-west-1/a.json", body: zeros(64<<10 + 1)}), options(), refused("eu-west-1/a.json: "))
	t.Run("together", func(t *testing.T) {
		var entries []entry
		for i := range 20 {
			entries = append(entries, entry{name: fmt.Sprintf("notes/%d.txt", i), body: zeros(60 << 10)})
		}
		inArchives(t, append(entries, sample()...), options(), refused("is larger than the limit"))
	})
	t.Run("what does not compress", func(t *testing.T) {
		var entries []entry
		for i := range 8 {
			b := make([]byte, 60<<10)
			noise := sha256.Sum256([]byte{byte(i)})
			for j := range b {
				if j%len(noise) == 0 {
					noise = sha256.Sum256(noise[:])
				}
				b[j] = noise[j%len(noise)] | 1
			}
			entries = append(entries, entry{name: fmt.Sprintf("eu-west-1/%d.json", i), body: string(b)})
		}
		inArchives(t, entries, options(), refused("does not fit into memory"))
	})
	t.Run("a zip through a pipe", func(t *testing.T) {
		o := options()
		o.Limits.Memory = 100
		_, err := recording.Open("-", bytes.NewReader(zipped(t, sample())), o)
		refused("too many for a zip that comes through a pipe")(t, nil, err)
	})
}

// An entry of a type that nobody knows is skipped by reading over it.
func TestATarIsNotReadOverWithoutEnd(t *testing.T) {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b)
	must(t, err)
	w := tar.NewWriter(z)
	must(t, w.WriteHeader(&tar.Header{Name: "x", Typeflag: tar.TypeReg, Size: 1 << 40}))
	blank := make([]byte, 1<<20)
	for range 8 { // of a terabyte, which is all that has to be read
		_, err := z.Write(blank)
		must(t, err)
	}
	must(t, z.Close())
	o := options()
	_, err = recording.Open("-", bytes.NewReader(b.Bytes()), o)
	refused("limit")(t, nil, err)

	b.Reset()
	z.Reset(&b)
	header := make([]byte, 512) // a sparse file as an old tar writes it, with a size
	copy(header, "x")
	copy(header[100:], "0000600\x00")
	copy(header[124:], "77777777777\x00") // 8 GiB
	header[156] = tar.TypeCont
	copy(header[257:], "ustar\x0000")
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum(header)))
	_, err = z.Write(header)
	must(t, err)
	for range 8 {
		_, err := z.Write(blank)
		must(t, err)
	}
	must(t, z.Close())
	_, err = recording.Open("-", bytes.NewReader(b.Bytes()), o)
	refused("is larger than the limit")(t, nil, err)
}

// sum is the checksum of a header, its own field taken for blanks.
func sum(header []byte) int {
	total := 8 * int(' ')
	for i, c := range header {
		if i < 148 || i >= 156 {
			total += int(c)
		}
	}
	return total
}

// A zip says in its index how large its files are.
func TestAZipsClaims(t *testing.T) {
	with := func(claimed uint64, content string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		h := &zip.FileHeader{Name: subnetsFile, Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(content)), CompressedSize64: uint64(len(content)), UncompressedSize64: claimed}
		f, err := w.CreateRaw(h)
		must(t, err)
		_, err = io.WriteString(f, content)
		must(t, err)
		must(t, w.Close())
		return b.Bytes()
	}
	for name, test := range map[string]struct {
		archive []byte
		want    string
	}{
		"too large":            {with(1<<40, subnets), "has more than 65536 bytes"},
		"larger than it is":    {with(1000, subnets), "unexpected EOF"},
		"smaller than it is":   {with(3, subnets), subnetsFile},
		"small, and it is not": {with(3, strings.Repeat(" ", 70<<10)), subnetsFile},
		"nothing":              {with(0, subnets), subnetsFile},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := recording.Open(file(t, "r.zip", test.archive), nil, options())
			refused(test.want)(t, nil, err)
		})
	}
	t.Run("an index that lies about how many files there are", func(t *testing.T) {
		archive := zipped(t, sample())
		end := bytes.LastIndex(archive, []byte("PK\x05\x06"))
		binary.LittleEndian.PutUint16(archive[end+10:], 0xfffe)
		if _, err := recording.Open(file(t, "r.zip", archive), nil, options()); err == nil {
			t.Error("was read")
		}
	})
	t.Run("a body whose checksum is wrong", func(t *testing.T) {
		archive := bytes.Replace(with(uint64(len(subnets)), subnets), []byte("subnet-a"), []byte("subnet-b"), 1)
		_, err := recording.Open(file(t, "r.zip", archive), nil, options())
		refused("checksum")(t, nil, err)
	})
}

func TestCutArchives(t *testing.T) {
	for name, whole := range map[string][]byte{"tar.zst": tarZstd(t, sample()), "zip": zipped(t, sample())} {
		for cut := range len(whole) - 1 {
			if _, err := recording.Open("-", bytes.NewReader(whole[:cut]), options()); err == nil {
				t.Errorf("%s: the first %d of %d bytes were taken for the whole", name, cut, len(whole))
			}
		}
	}
}

func TestArchiveOfFoldersAndWhatGitAdds(t *testing.T) {
	archive := tarHeaders(t, func(w *tar.Writer) {
		must(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "commit"}}))
		must(t, w.WriteHeader(&tar.Header{Name: "r/", Typeflag: tar.TypeDir, Mode: 0o700}))
		for _, e := range sample() {
			must(t, w.WriteHeader(&tar.Header{Name: "r/" + e.name, Typeflag: tar.TypeReg, Size: int64(len(e.body))}))
			_, err := io.WriteString(w, e.body)
			must(t, err)
		}
	})
	r, err := recording.Open("-", bytes.NewReader(archive), options())
	must(t, err)
	if got := body(t, r.Accounts[0], subnetsCall); got != subnets {
		t.Error(got)
	}
}

func TestWhatIsNoFileIsRefusedInArchives(t *testing.T) {
	for name, kind := range map[string]byte{"folder": tar.TypeDir, "pipe": tar.TypeFifo, "device": tar.TypeChar} {
		t.Run("tar.zst of a "+name, func(t *testing.T) {
			archive := tarHeaders(t, func(w *tar.Writer) { must(t, w.WriteHeader(&tar.Header{Name: subnetsFile, Typeflag: kind})) })
			_, err := recording.Open("-", bytes.NewReader(archive), options())
			refused(subnetsFile+": is no regular file")(t, nil, err)
		})
	}
	for name, mode := range map[string]fs.FileMode{"folder": fs.ModeDir, "pipe": fs.ModeNamedPipe, "device": fs.ModeDevice} {
		t.Run("zip of a "+name, func(t *testing.T) {
			var b bytes.Buffer
			w := zip.NewWriter(&b)
			h := &zip.FileHeader{Name: subnetsFile}
			h.SetMode(mode | 0o600)
			_, err := w.CreateHeader(h)
			must(t, err)
			must(t, w.Close())
			_, err = recording.Open("-", bytes.NewReader(b.Bytes()), options())
			refused(subnetsFile+": is no regular file")(t, nil, err)
		})
	}
}
