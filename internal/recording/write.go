package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Sink is where a recording is written: Memory or Dir.
type Sink interface {
	// Create opens the file of a body for writing. Several may be open at once.
	Create(path string) (Body, error)
	// Finish writes the manifest. After that the recording is whole.
	Finish(Manifest) error
	// Recording opens what was finished for reading.
	Recording(Options) (*Recording, error)
}

// Body is the file of one answer while it is written. It becomes a part of the
// recording by Commit; until then, and after Discard, it is none.
type Body interface {
	io.Writer
	Commit() error
	Discard()
}

// chunkSize is how much of a body is compressed at a time, and has to be read to
// look at any of it.
const chunkSize = 64 << 10

// Memory is a recording in memory. Its bodies are kept compressed: ten thousand
// instances are 63 MB of JSON.
type Memory struct {
	mu     sync.Mutex // bodies are written side by side
	bodies map[string]*blob
}

// NewMemory returns an empty recording in memory.
func NewMemory() *Memory { return &Memory{bodies: map[string]*blob{}} }

// blob is the content of a file as independently compressed chunks.
type blob struct {
	chunks [][]byte
	size   int64 // before compression
}

// The coders are shared: EncodeAll and DecodeAll may be called side by side.
var (
	encoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false))
		if err != nil {
			panic(err) // the options are constants
		}
		return e
	})
	decoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil)
		if err != nil {
			panic(err) // the options are constants
		}
		return d
	})
)

// memoryBody compresses what is written to it chunk by chunk.
type memoryBody struct {
	to   *Memory
	path string
	buf  []byte
	blob blob
}

// Create implements Sink.
func (m *Memory) Create(path string) (Body, error) {
	return &memoryBody{to: m, path: path}, nil
}

func (b *memoryBody) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if b.buf == nil {
			b.buf = make([]byte, 0, chunkSize)
		}
		k := min(len(p), chunkSize-len(b.buf))
		b.buf = append(b.buf, p[:k]...)
		p = p[k:]
		if len(b.buf) == chunkSize {
			b.flush()
		}
	}
	return n, nil
}

func (b *memoryBody) flush() {
	if len(b.buf) == 0 {
		return
	}
	b.blob.chunks = append(b.blob.chunks, bytes.Clone(encoder().EncodeAll(b.buf, nil)))
	b.blob.size += int64(len(b.buf))
	b.buf = b.buf[:0]
}

func (b *memoryBody) Commit() error {
	b.flush()
	b.buf = nil
	b.to.mu.Lock()
	defer b.to.mu.Unlock()
	b.to.bodies[b.path] = &b.blob
	return nil
}

func (b *memoryBody) Discard() { b.buf, b.blob = nil, blob{} }

// Finish implements Sink.
func (m *Memory) Finish(manifest Manifest) error {
	text, err := manifest.encode()
	if err != nil {
		return err
	}
	body, err := m.Create(ManifestFile)
	if err != nil {
		return err
	}
	_, _ = body.Write(text) // memory does not fail
	return body.Commit()
}

// blobReader reads a blob chunk by chunk.
type blobReader struct {
	chunks [][]byte // all of the blob
	rest   [][]byte // those that are still to be read
	now    []byte
	buf    []byte
}

func (r *blobReader) Read(p []byte) (int, error) {
	for len(r.now) == 0 {
		if len(r.rest) == 0 {
			return 0, io.EOF
		}
		var err error
		r.buf, err = decoder().DecodeAll(r.rest[0], r.buf[:0])
		if err != nil {
			return 0, err
		}
		r.now, r.rest = r.buf, r.rest[1:]
	}
	n := copy(p, r.now)
	r.now = r.now[n:]
	return n, nil
}

// Seek implements io.Seeker, from the start only.
func (r *blobReader) Seek(offset int64, whence int) (int64, error) {
	chunk := offset / chunkSize
	if whence != io.SeekStart || offset < 0 || chunk >= int64(len(r.chunks)) {
		return 0, errors.ErrUnsupported
	}
	r.now, r.rest = nil, r.chunks[chunk:]
	_, err := io.CopyN(io.Discard, r, offset%chunkSize)
	return offset, err
}

func (*blobReader) Close() error { return nil }

// Dir writes a recording into a folder. It is written under a temporary name
// beside the folder and renamed by Keep, so that a crash leaves no half
// recording that looks whole.
type Dir struct {
	name string   // where the recording will stand
	temp string   // where it is written
	root *os.Root // opened on temp
}

// CreateDir begins a recording that will stand at name. Something that already
// stands there, other than an empty folder, is an error.
func CreateDir(name string) (*Dir, error) {
	name = filepath.Clean(name)
	switch entries, err := os.ReadDir(name); {
	case err == nil && len(entries) > 0:
		return nil, fmt.Errorf("%s: is there already and not empty", name)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(filepath.Dir(name), "."+filepath.Base(name)+".tmp-")
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(temp)
	if err != nil {
		_ = os.RemoveAll(temp)
		return nil, err
	}
	return &Dir{name: name, temp: temp, root: root}, nil
}

// dirBody is a file that is removed unless it is committed.
type dirBody struct {
	*os.File
	root *os.Root
	path string
}

// Create implements Sink. Files have mode 0600.
func (d *Dir) Create(name string) (Body, error) {
	if err := d.root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return nil, err
	}
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &dirBody{f, d.root, name}, nil
}

func (b *dirBody) Commit() error { return b.Close() }

func (b *dirBody) Discard() {
	_ = b.Close()
	_ = b.root.Remove(b.path)
}

// Finish implements Sink.
func (d *Dir) Finish(manifest Manifest) error {
	text, err := manifest.encode()
	if err != nil {
		return err
	}
	f, err := d.Create(ManifestFile)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		f.Discard()
		return err
	}
	return f.Commit()
}

// Keep gives the finished recording its name.
func (d *Dir) Keep() error {
	_ = d.root.Close()
	if err := os.Remove(d.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = os.RemoveAll(d.temp)
		return err
	}
	if err := os.Rename(d.temp, d.name); err != nil {
		_ = os.RemoveAll(d.temp)
		return err
	}
	return nil
}

// Abandon removes what was written. After Keep it does nothing.
func (d *Dir) Abandon() {
	_ = d.root.Close()
	_ = os.RemoveAll(d.temp)
}
