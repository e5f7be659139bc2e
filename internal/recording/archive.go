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
	kept   int64 // bytes kept: compressed files, and names
}

func (u *unpacker) tarZstd(r io.Reader) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20), zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return err
	}
	defer z.Close()
	t := tar.NewReader(&bounded{r: z, left: u.Limits.Total + int64(u.Limits.Files)*perEntry})
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
			err = u.link(h.Name, symlink(h.Name, h.Linkname))
		case tar.TypeLink:
			err = u.link(h.Name, h.Linkname)
		case tar.TypeXGlobalHeader: // no entry: what "git archive" says about itself
			_, err = u.entry(h.Name)
		default:
			err = u.irregular(h.Name)
		}
		if err != nil {
			return err
		}
	}
}

// perEntry is what a tar may need for an entry besides its content: the header,
// one more with a long name, and what fills the last block.
const perEntry = 8 << 10

// bounded is a reader that does not go on without end, whatever it is read for.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errors.New("is larger than the limit")
	}
	return n, err
}

// symlink is where a link leads to, from the folder that it is in.
func symlink(name, target string) string {
	if path.IsAbs(target) {
		return target
	}
	return path.Join(path.Dir(path.Clean(name)), target)
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
	case mode&fs.ModeSymlink != 0:
		return u.zipLink(f)
	case !mode.IsRegular():
		return u.irregular(f.Name)
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

// zipLink reads a link of a zip, whose content is the name of its target.
func (u *unpacker) zipLink(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return place(f.Name, err)
	}
	defer r.Close()
	target, err := io.ReadAll(io.LimitReader(r, maxName+1))
	if err != nil {
		return place(f.Name, err)
	}
	return u.link(f.Name, symlink(f.Name, string(target)))
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

// maxName bounds the length of a name, as systems do.
const maxName = 4096

// entry counts an entry of any type, and returns its clean name.
func (u *unpacker) entry(name string) (string, error) {
	if u.count++; u.count > u.Limits.Files {
		return "", fmt.Errorf("has more than %d files", u.Limits.Files)
	}
	if len(name) > maxName {
		return "", fmt.Errorf("the entry %q... has a name of more than %d bytes", name[:64], maxName)
	}
	return u.name(name)
}

// take takes a name that no other entry has.
func (u *unpacker) take(name string) (string, error) {
	clean, err := u.entry(name)
	if err != nil {
		return "", err
	}
	if _, isLink := u.links[clean]; isLink || u.memory.bodies[clean] != nil {
		return "", fmt.Errorf("the entry %q stands twice", name)
	}
	return clean, u.keep(name, int64(len(clean)+perName))
}

// perName is about what memory needs to know an entry by its name.
const perName = 200

// irregular keeps that something which is no regular file stands where a file
// could be, so that it is refused rather than overlooked.
func (u *unpacker) irregular(name string) error {
	clean, err := u.entry(name)
	if err != nil || !strings.HasSuffix(clean, ".json") || u.memory.bodies[clean] != nil {
		return err
	}
	u.memory.bodies[clean] = &blob{size: -1}
	return u.keep(name, int64(len(clean)+perName))
}

// link keeps where a link leads to. One that leads outside is a file that is not
// there.
func (u *unpacker) link(name, target string) error {
	name, err := u.take(name)
	if err != nil {
		return err
	}
	clean := path.Clean(target)
	if !fs.ValidPath(clean) || len(clean) > maxName {
		clean = ""
	}
	u.links[name] = clean
	return u.keep(name, int64(len(clean)))
}

// maxHops is how many links may follow each other, as on Linux.
const maxHops = 40

// resolveLinks gives a link the content of the file it leads to, maybe by way of
// other links. A link to anything else is a file that is not there.
func (u *unpacker) resolveLinks() {
	for name, target := range u.links {
		for range maxHops {
			next, isLink := u.links[target]
			if !isLink {
				break
			}
			target = next
		}
		if _, isLink := u.links[target]; isLink {
			continue
		}
		if b, ok := u.memory.bodies[target]; ok {
			u.memory.bodies[name] = b
		}
	}
}

// add counts an entry and keeps it, compressed, if it is a JSON file.
func (u *unpacker) add(name string, claimed int64, r io.Reader) error {
	clean, err := u.take(name)
	if err != nil {
		return err
	}
	limit := min(u.Limits.Body, u.Limits.Total-u.total)
	if claimed > limit {
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
	for _, c := range body.blob.chunks {
		if err := u.keep(name, int64(len(c))); err != nil {
			return err
		}
	}
	return nil
}

// keep counts what memory holds on to.
func (u *unpacker) keep(name string, size int64) error {
	u.kept += size
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
