package recording

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"syscall"
)

// dirStore is a folder on disk. os.Root lets no path and no link lead out of it.
type dirStore struct{ root *os.Root }

func (s dirStore) files(yield func(string, int64) error) error {
	return fs.WalkDir(s.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return folder(name, yield)
		}
		// Stat follows links. One that leads out of the folder, or to nothing, is
		// a file that is not there.
		info, err := s.root.Stat(name)
		if err != nil {
			return yield(name, astray)
		}
		return yield(name, size(info))
	})
}

// folder reports a folder that has the name of a file, so that it is refused
// rather than overlooked.
func folder(name string, yield func(string, int64) error) error {
	if len(name) > 5 && name[len(name)-5:] == ".json" {
		return yield(name, -1)
	}
	return nil
}

// astray is the size of a link that leads nowhere, or out of the folder.
const astray = -2

// size is the size of a regular file, and -1 for anything else.
func size(info fs.FileInfo) int64 {
	if !info.Mode().IsRegular() {
		return -1
	}
	return info.Size()
}

// open looks at the file once more: it may not be what it was. Opening a pipe
// would wait for somebody to write into it, but for the flag.
func (s dirStore) open(name string) (io.ReadCloser, error) {
	f, err := s.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errIrregular
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

var errIrregular = errors.New("is no regular file")

// fsStore is a file system of Go.
type fsStore struct{ fs fs.FS }

func (s fsStore) files(yield func(string, int64) error) error {
	return fs.WalkDir(s.fs, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return folder(name, yield)
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return yield(name, size(info))
	})
}

func (s fsStore) open(name string) (io.ReadCloser, error) { return s.fs.Open(name) }

func (m *Memory) open(name string) (io.ReadCloser, error) {
	b, ok := m.bodies[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return &blobReader{chunks: b.chunks, rest: b.chunks}, nil
}

func (m *Memory) files(yield func(string, int64) error) error {
	for _, name := range slices.Sorted(maps.Keys(m.bodies)) {
		if err := yield(name, m.bodies[name].size); err != nil {
			return err
		}
	}
	return nil
}
