package recording

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Recording implements Sink.
func (m *Memory) Recording(o Options) (*Recording, error) { return openStore(m, o) }

// Recording implements Sink. It may be called before Keep and after it.
func (d *Dir) Recording(o Options) (*Recording, error) {
	if _, err := os.Stat(d.temp); err == nil {
		return openDir(d.temp, o)
	}
	return openDir(d.name, o)
}

// The first bytes of the archives that can be read.
var (
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	zipMagic  = []byte("PK\x03\x04")
	zipEmpty  = []byte("PK\x05\x06")
)

// openArchive reads an archive from front to back into memory, where it is kept
// compressed. Its kind is told by its first bytes, not by its name.
func openArchive(name string, r io.Reader, o Options) (*Recording, error) {
	in := bufio.NewReaderSize(r, 1<<20)
	head, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, place(name, err)
	}
	u := &unpacker{Options: o, memory: NewMemory(), links: map[string]string{}}
	switch {
	case bytes.Equal(head, zstdMagic):
		err = u.tarZstd(in)
	case bytes.Equal(head, zipMagic), bytes.Equal(head, zipEmpty):
		err = u.zip(r, in)
	default:
		err = errors.New("is no recording: neither a folder, nor a .tar.zst, nor a .zip")
	}
	if err != nil {
		return nil, place(name, err)
	}
	u.resolveLinks()
	u.stripFolder()
	rec, err := openStore(u.memory, o)
	if err != nil {
		return nil, place(name, err)
	}
	return rec, nil
}

// unpacker copies the files of an archive into memory. What an archive says
// about sizes is believed where it is too much, and never where it is little.
type unpacker struct {
	Options
	memory *Memory
	links  map[string]string // name to target
	count  int
	total  int64 // bytes unpacked
	kept   int64 // bytes kept, compressed
}

func (u *unpacker) tarZstd(r io.Reader) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20), zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return err
	}
	defer z.Close()
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeReg:
			err = u.add(h.Name, h.Size, t)
		case tar.TypeSymlink:
			err = u.link(h.Name, path.Join(path.Dir(h.Name), h.Linkname)) //nolint:gosec // link refuses what leads outside, and nothing is extracted
		case tar.TypeLink:
			err = u.link(h.Name, h.Linkname)
		default:
			_, err = u.name(h.Name)
		}
		if err != nil {
			return err
		}
	}
}

// zip unpacks a zip file. A zip that comes through a pipe is kept in memory as
// a whole first, since its index stands at its end.
func (u *unpacker) zip(r io.Reader, in *bufio.Reader) error {
	at, length, err := u.seekable(r, in)
	if err != nil {
		return err
	}
	index := &budget{ReaderAt: at, left: maxZipIndex}
	z, err := zip.NewReader(index, length)
	if err != nil {
		return err
	}
	index.left = length + maxZipIndex // what is unpacked is counted elsewhere
	for _, f := range z.File {
		if err := u.zipFile(f); err != nil {
			return err
		}
		index.left = length + maxZipIndex
	}
	return nil
}

func (u *unpacker) zipFile(f *zip.File) error {
	switch mode := f.Mode(); {
	case mode.IsDir():
		_, err := u.name(f.Name)
		return err
	case mode&fs.ModeSymlink != 0:
		u.count++
		_, err := u.name(f.Name) // a link in a zip is a file that is not there
		return err
	}
	if f.UncompressedSize64 > uint64(u.Limits.Body) { //nolint:gosec // limits are positive
		return fmt.Errorf("%s: has more than %d bytes", f.Name, u.Limits.Body)
	}
	r, err := f.Open()
	if err != nil {
		return place(f.Name, err)
	}
	defer r.Close()
	return u.add(f.Name, int64(f.UncompressedSize64), r) //nolint:gosec // bounded above
}

// maxZipIndex bounds the central directory of a zip, whose entries are all held
// in memory while it is read.
const maxZipIndex = 32 << 20

// budget is a ReaderAt that refuses to be read without end.
type budget struct {
	io.ReaderAt
	left int64
}

func (b *budget) ReadAt(p []byte, off int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errors.New("the index of the zip is too large")
	}
	return b.ReaderAt.ReadAt(p, off)
}

func (u *unpacker) seekable(r io.Reader, in *bufio.Reader) (io.ReaderAt, int64, error) {
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return f, info.Size(), nil
		}
	}
	b, err := io.ReadAll(io.LimitReader(in, u.Limits.Memory+1))
	if err != nil {
		return nil, 0, err
	}
	if int64(len(b)) > u.Limits.Memory {
		return nil, 0, fmt.Errorf("has more than %d bytes, too many for a zip that comes through a pipe", u.Limits.Memory)
	}
	return bytes.NewReader(b), int64(len(b)), nil
}

// name cleans the name of an entry and refuses one that leads outside.
func (u *unpacker) name(name string) (string, error) {
	clean := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if !fs.ValidPath(clean) || strings.Contains(clean, ":/") || strings.ContainsRune(clean, 0) {
		return "", fmt.Errorf("the entry %q leads outside", name)
	}
	return clean, nil
}

func (u *unpacker) link(name, target string) error {
	u.count++
	name, err := u.name(name)
	if err != nil {
		return err
	}
	if clean := path.Clean(target); fs.ValidPath(clean) {
		u.links[name] = clean
	}
	return nil
}

// resolveLinks gives a link the content of the file it leads to. A link to
// anything else is a file that is not there.
func (u *unpacker) resolveLinks() {
	for name, target := range u.links {
		if b, ok := u.memory.bodies[target]; ok && u.memory.bodies[name] == nil {
			u.memory.bodies[name] = b
		}
	}
}

// add counts an entry and keeps it, compressed, if it is a JSON file.
func (u *unpacker) add(name string, claimed int64, r io.Reader) error {
	clean, err := u.name(name)
	if err != nil {
		return err
	}
	if u.memory.bodies[clean] != nil {
		return fmt.Errorf("the entry %q stands twice", name)
	}
	u.count++
	limit := min(u.Limits.Body, u.Limits.Total-u.total)
	switch {
	case u.count > u.Limits.Files:
		return fmt.Errorf("has more than %d files", u.Limits.Files)
	case claimed > limit:
		return fmt.Errorf("%s: is larger than the limit", name)
	}
	body := &memoryBody{to: u.memory, path: clean}
	var w io.Writer = body
	if !strings.HasSuffix(clean, ".json") {
		w = io.Discard
	}
	n, err := io.Copy(w, io.LimitReader(r, limit+1))
	if err != nil {
		return place(name, err)
	}
	if n > limit {
		return fmt.Errorf("%s: is larger than the limit", name)
	}
	u.total += n
	if err := body.Commit(); err != nil {
		return err
	}
	body.blob.size = n
	return u.keep(name, &body.blob)
}

// keep counts what memory holds on to.
func (u *unpacker) keep(name string, b *blob) error {
	for _, c := range b.chunks {
		u.kept += int64(len(c))
	}
	if u.kept > u.Limits.Memory {
		return fmt.Errorf("%s: does not fit into memory: unpack the archive into a folder", name)
	}
	return nil
}

// wrapper is a name that a folder around a recording may have: not that of a
// Region, an account or the folder of global services.
func wrapper(name string) bool {
	return !region.MatchString(name) && !accountID.MatchString(name) && name != Global
}

// safeName is a folder name that may be taken off.
var safeName = regexp.MustCompile(`^[^/]+$`)

// stripFolder takes off the one folder around all files that "tar -c recording"
// leaves in an archive.
func (u *unpacker) stripFolder() {
	var top string
	for name := range u.memory.bodies {
		first, _, ok := strings.Cut(name, "/")
		if !ok || top != "" && first != top || !wrapper(first) || !safeName.MatchString(first) {
			return
		}
		top = first
	}
	bodies := make(map[string]*blob, len(u.memory.bodies))
	for name, b := range u.memory.bodies {
		bodies[strings.TrimPrefix(name, top+"/")] = b
	}
	u.memory.bodies = bodies
}
