package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/buttress/buttress/report"
)

// output is one --format: where it goes, and how it is written.
type output struct {
	name    string // of the format
	format  report.Format
	options report.Options
	stdout  io.Writer // nil for a file
	file    string
	temp    *os.File // written beside the file and renamed, so that the file is whole or not there
	whole   func()   // says that temp is no more
	stream  *os.File // in place of temp for what is no regular file, such as a pipe or a device
}

func addFormatFlag(f *pflag.FlagSet, formats *[]string) {
	f.StringArrayVar(formats, "format", []string{"text"}, "write the results as `F[=FILE]`: "+strings.Join(report.Formats(), ", ")+"; may be repeated")
}

// outputs reads the --format flags, whose formats have names. Files are opened at
// once, so that one that cannot be written, or that something is read from, is
// said before anything is scanned.
func outputs(e *env, flags []string, named func(string) (report.Format, error), inputs ...source) ([]*output, error) {
	inputs = append(inputs, standardInput(e)...)
	var all []*output
	for _, flag := range flags {
		out, err := newOutput(e, flag, named)
		if err == nil {
			all = append(all, out)
			err = out.apart(all[:len(all)-1], inputs)
		}
		if err != nil {
			abandon(all)
			return nil, fmt.Errorf("--format: %w", err)
		}
	}
	if slices.ContainsFunc(flags, isGitHub) {
		out, err := jobSummary(e)
		if out != nil {
			all = append(all, out)
			err = out.apart(all[:len(all)-1], inputs)
		}
		if err != nil {
			abandon(all)
			return nil, fmt.Errorf("GITHUB_STEP_SUMMARY: %w", err)
		}
	}
	return all, nil
}

func isGitHub(flag string) bool {
	name, _, _ := strings.Cut(flag, "=")
	return name == "github"
}

func newOutput(e *env, flag string, named func(string) (report.Format, error)) (*output, error) {
	name, file, toFile := strings.Cut(flag, "=")
	format, err := named(name)
	if err != nil {
		return nil, err
	}
	out := &output{name: name, format: format, file: file}
	if !toFile || file == "-" || isStandardOutput(e, file) {
		out.file, out.stdout = "", e.stdout
		out.options = report.Options{Colour: e.colour(e.stdout), Width: e.width()}
		return out, nil
	}
	if i := strings.LastIndex(file, ","); i >= 0 {
		if next, _, _ := strings.Cut(file[i+1:], "="); isFormat(next, named) {
			return nil, fmt.Errorf("%s: give each format a --format of its own", flag)
		}
	}
	if file == "" {
		return nil, fmt.Errorf("%s= names no file", name)
	}
	return out, out.openFile(e.signals)
}

func isFormat(name string, named func(string) (report.Format, error)) bool {
	_, err := named(name)
	return err == nil
}

// openFile opens a file to write to. A link is followed, so that it stays. What
// is no regular file is written to as it is: renaming something over /dev/null
// would end the device.
func (o *output) openFile(s *signals) error {
	info, err := os.Stat(o.file)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("%s: is a folder", o.file)
	case err == nil && !info.Mode().IsRegular():
		o.stream, err = os.OpenFile(o.file, os.O_WRONLY, 0)
		return err
	case err == nil:
		if o.file, err = filepath.EvalSymlinks(o.file); err != nil {
			return err
		}
	case isLink(o.file):
		return fmt.Errorf("%s: is a link that leads nowhere", o.file)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if o.temp, o.whole, err = s.tempFile(o.file); err != nil {
		return fmt.Errorf("%s: %w", o.file, cause(err))
	}
	if info != nil {
		return o.temp.Chmod(info.Mode().Perm()) // a file that was there keeps who may read it
	}
	return nil
}

func isLink(file string) bool {
	info, err := os.Lstat(file)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

func (o *output) abandon() {
	if o.stream != nil {
		_ = o.stream.Close()
	}
	if o.temp != nil {
		_ = o.temp.Close()
		_ = os.Remove(o.temp.Name())
		o.whole()
	}
}

func (o *output) write(r *report.Results) error {
	switch {
	case o.stdout != nil:
		return o.writeTo(o.stdout, r)
	case o.stream != nil:
		err := errors.Join(o.writeTo(o.stream, r), o.stream.Close())
		if err != nil {
			return fmt.Errorf("%s: %w", o.file, cause(err))
		}
		return nil
	}
	err := o.writeTo(o.temp, r)
	if err == nil {
		err = o.temp.Close()
	}
	if err == nil {
		err = os.Rename(o.temp.Name(), o.file)
	}
	o.abandon()
	if err != nil {
		return fmt.Errorf("%s: %w", o.file, cause(err))
	}
	return nil
}

func (o *output) writeTo(to io.Writer, r *report.Results) error {
	w := bufio.NewWriterSize(to, 64<<10)
	if err := o.format(w, r, o.options); err != nil {
		return err
	}
	return w.Flush()
}

// abandon removes the files that were opened for nothing.
func abandon(outputs []*output) {
	for _, out := range outputs {
		out.abandon()
	}
}

// writeAll writes every output, and returns the errors of those that failed.
// Where somebody closed the pipe that standard output goes to, that is said and
// no error.
func writeAll(e *env, outputs []*output, r *report.Results) error {
	var errs []error
	for _, out := range outputs {
		err := out.write(r)
		if closedPipe(err) {
			sayClosed(e, err)
			continue
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// lists are the formats that have results and nothing else, and so no place to
// say that some are left out.
var lists = []string{"asff", "csv", "gitlab", "ocsf"}

// sayLeftOut says what outputs lack that cannot say it themselves.
func sayLeftOut(e *env, outputs []*output, r *report.Results) {
	var names []string
	for _, out := range outputs {
		if slices.Contains(lists, out.name) {
			names = append(names, out.name)
		}
	}
	if len(names) == 0 {
		return
	}
	if left := r.LeftOut(); left != "" {
		fmt.Fprintf(e.stderr, "buttress: %s: %s\n", strings.Join(names, ", "), left)
	}
}
