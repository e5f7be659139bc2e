package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// source is a file or a folder that something is read from.
type source struct{ flag, name string }

// sources are what a command reads that is about one recording, if one is named.
func (e *env) sources(args []string) []source {
	return []source{{"the recording", strings.Join(args, "")}, {"the configuration", e.configuration}}
}

// standardInput is the file that standard input comes from, if it is one.
func standardInput(e *env) []source {
	f, ok := e.stdin.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return []source{{"standard input", f.Name()}}
}

// isStandardOutput reports whether a name leads to the file that standard output
// goes to.
func isStandardOutput(e *env, name string) bool {
	f, ok := e.stdout.(*os.File)
	if !ok {
		return false
	}
	to, err := f.Stat()
	if err != nil || !to.Mode().IsRegular() {
		return false
	}
	named, err := os.Stat(name)
	return err == nil && os.SameFile(to, named)
}

var errTwice = errors.New("two formats on standard output: give one of them a file, as in --format json=results.json")

// apart refuses an output that goes where another one goes, or to what is read.
func (o *output) apart(others []*output, inputs []source) error {
	for _, other := range others {
		switch {
		case o.stdout != nil && other.stdout != nil:
			return errTwice
		case o.regular() && other.regular() && sameFile(o.file, other.file):
			return fmt.Errorf("%s: another format goes there too", o.file)
		}
	}
	if !o.regular() {
		return nil
	}
	for _, in := range inputs {
		switch {
		case in.name == "" || in.name == "-":
		case sameFile(o.file, in.name):
			return fmt.Errorf("%s: is what %s is read from", o.file, in.flag)
		case isPartOf(o.file, in.name):
			return fmt.Errorf("%s: is a file of the recording", o.file)
		}
	}
	return nil
}

// regular reports whether the output is a file of its own. Two may go to
// /dev/null.
func (o *output) regular() bool {
	if o.stdout != nil {
		return false
	}
	if o.stream == nil {
		return true
	}
	info, err := o.stream.Stat()
	return err == nil && info.Mode().IsRegular()
}

// sameFile reports whether two names are those of one file, which need not be
// there yet.
func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return resolved(a) == resolved(b)
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// resolved is a name without links, as far as it leads to something.
func resolved(name string) string {
	if all, err := filepath.EvalSymlinks(name); err == nil {
		name = all
	} else if dir, err := filepath.EvalSymlinks(filepath.Dir(name)); err == nil {
		name = filepath.Join(dir, filepath.Base(name))
	}
	if all, err := filepath.Abs(name); err == nil {
		return all
	}
	return filepath.Clean(name)
}

// Folders of a recording: those of accounts and Regions, and of what has none.
var ofRecording = regexp.MustCompile(`^(global|\d{12}|[a-z]{2,4}(-[a-z]+)+-\d+)$`)

// isPartOf reports whether a file is one of those that a recording in a folder
// consists of.
func isPartOf(file, folder string) bool {
	rel, err := filepath.Rel(resolved(folder), resolved(file))
	if err != nil {
		return false
	}
	first, rest, deeper := strings.Cut(filepath.ToSlash(rel), "/")
	return first == "recording.json" && !deeper || deeper && rest != "" && ofRecording.MatchString(first)
}
