package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/buttress/buttress/report"
)

// output is one --format: where it goes, and how it is written.
type output struct {
	format  report.Format
	options report.Options
	stdout  io.Writer // nil for a file
	file    string
	temp    *os.File // written beside the file and renamed, so that the file is whole or not there
}

// outputs reads the --format flags. Files are opened at once, so that one that
// cannot be written is said before anything is scanned.
func outputs(e *env, flags []string) ([]*output, error) {
	var all []*output
	for _, flag := range flags {
		out, err := newOutput(e, flag)
		if err == nil && out.stdout != nil && toStdout(all) {
			err = errors.New("two formats on standard output: give one of them a file, as in --format json=results.json")
		}
		if err != nil {
			abandon(all)
			return nil, fmt.Errorf("--format: %w", err)
		}
		all = append(all, out)
	}
	return all, nil
}

func toStdout(all []*output) bool {
	for _, out := range all {
		if out.stdout != nil {
			return true
		}
	}
	return false
}

func newOutput(e *env, flag string) (*output, error) {
	name, file, toFile := strings.Cut(flag, "=")
	format, err := report.FormatNamed(name)
	if err != nil {
		return nil, err
	}
	out := &output{format: format, file: file}
	if !toFile {
		out.stdout = e.stdout
		out.options = report.Options{Colour: e.colour(e.stdout), Width: e.width()}
		return out, nil
	}
	if file == "" {
		return nil, fmt.Errorf("%s= names no file", name)
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: is a folder", file)
	}
	out.temp, err = os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".tmp-*")
	return out, err
}

func (o *output) abandon() {
	if o.temp != nil {
		_ = o.temp.Close()
		_ = os.Remove(o.temp.Name())
	}
}

func (o *output) write(r *report.Results) error {
	if o.stdout != nil {
		w := bufio.NewWriterSize(o.stdout, 64<<10)
		if err := o.format(w, r, o.options); err != nil {
			return err
		}
		return w.Flush()
	}
	w := bufio.NewWriterSize(o.temp, 64<<10)
	err := o.format(w, r, o.options)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = o.temp.Close()
	}
	if err == nil {
		err = os.Rename(o.temp.Name(), o.file)
	}
	if err != nil {
		o.abandon()
		return fmt.Errorf("%s: %w", o.file, err)
	}
	return nil
}
