package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
	"github.com/buttress/buttress/report"
)

// accountOptions are the flags that say which account is read: the live one, or
// a recording.
type accountOptions struct {
	env  *env
	live liveOptions
	// given reports whether a flag stands on the command line.
	given  func(flag string) bool
	record string
	limits recording.Limits
}

func newAccountOptions(e *env) accountOptions {
	return accountOptions{env: e, limits: recording.DefaultLimits}
}

func (o *accountOptions) addFlags(f *pflag.FlagSet) {
	o.given = f.Changed
	o.live.addFlags(f)
	f.StringVar(&o.record, "record", "", "keep what is read of the live account in the folder `DIR`")
	addLimitFlags(f, &o.limits)
}

func addLimitFlags(f *pflag.FlagSet, limits *recording.Limits) {
	f.Int64Var(&limits.Total, "max-size", limits.Total, "refuse recordings with more `bytes` of JSON than this")
	f.Int64Var(&limits.Body, "max-body", limits.Body, "refuse recordings with a file of more `bytes` than this")
	f.IntVar(&limits.Files, "max-files", limits.Files, "refuse recordings with more `files` than this")
}

// check refuses flags that mean nothing with a recording, where one is named. In
// a configuration file they may stand: it serves live scans too.
func (o *accountOptions) check(args []string) error {
	if len(args) == 0 {
		return nil
	}
	for _, flag := range []string{"profile", "assume-role", "record"} {
		if o.given(flag) {
			return fmt.Errorf("--%s is for live scans, and a recording was named", flag)
		}
	}
	return nil
}

// input is a recording that was opened or made.
type input struct {
	recording   *recording.Recording
	interrupted bool
	close       func()
}

func (o *accountOptions) open(ctx context.Context, args []string, ops []recording.Operation) (*input, error) {
	if len(args) == 0 {
		return o.openLive(ctx, ops, recordingOptions(o.limits))
	}
	r, err := openRecording(o.env, args[0], o.env.stdin, o.limits)
	if err != nil {
		return nil, err
	}
	if err := restrict(r, o.live.regions); err != nil {
		_ = r.Close()
		return nil, err
	}
	return &input{recording: r, close: func() { _ = r.Close() }}, nil
}

func recordingOptions(limits recording.Limits) recording.Options {
	return recording.Options{Limits: limits, Known: snapshot.Operations(snapshot.Kinds())}
}

// openRecording opens a recording, and says with -v what in it is unknown.
func openRecording(e *env, name string, stdin io.Reader, limits recording.Limits) (*recording.Recording, error) {
	r, err := recording.Open(name, stdin, recordingOptions(limits))
	if err != nil {
		if isResults(name) {
			return nil, fmt.Errorf("%s: is a file of results, and no recording: buttress report writes it in other formats", name)
		}
		return nil, err
	}
	for _, ignored := range r.Ignored {
		e.log().Debug("ignored file", "file", ignored)
	}
	return r, nil
}

// isResults reports whether a file begins as results do, which no archive does.
func isResults(name string) bool {
	f, err := os.Open(name) //nolint:gosec // the user names the file
	if err != nil {
		return false
	}
	defer f.Close()
	start, _ := bufio.NewReader(f).Peek(512) // fewer bytes are fine
	return beginsAsResults(start)
}

// beginsAsResults reports whether a file begins as JSON or as a page, or as a text
// in UTF-16, which no archive does: whoever reads it says so.
func beginsAsResults(start []byte) bool {
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\ufeff")), " \t\r\n")
	return slices.ContainsFunc([]string{"{", "<", "\xff\xfe", "\xfe\xff"}, func(mark string) bool { return bytes.HasPrefix(start, []byte(mark)) })
}

// restrict leaves only some Regions of a recording.
func restrict(r *recording.Recording, regions []string) error {
	if len(regions) == 0 {
		return nil
	}
	known := regionsOf(r)
	for _, a := range r.Accounts {
		a.Regions = slices.DeleteFunc(slices.Clone(a.Regions), func(name string) bool { return !slices.Contains(regions, name) })
	}
	for _, name := range regions {
		if !slices.Contains(known, name) {
			return fmt.Errorf("--region: the recording does not have %q: it has %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// regionsOf are the Regions of a recording, sorted.
func regionsOf(r *recording.Recording) []string {
	var all []string
	for _, a := range r.Accounts {
		all = append(all, a.Regions...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// openLive records the live account, into a folder if that is to be kept, and
// opens the recording: there is no other way in.
func (o *accountOptions) openLive(ctx context.Context, ops []recording.Operation, options recording.Options) (*input, error) {
	var sink recording.Sink = recording.NewMemory()
	var dir *recording.Dir
	whole := func() {}
	if o.record != "" {
		var err error
		if dir, whole, err = createDir(o.env, o.record); err != nil {
			return nil, fmt.Errorf("--record: %w", err)
		}
		sink = dir
	}
	abandon := func() {
		if dir != nil {
			dir.Abandon()
			whole()
		}
	}
	err := o.read(ctx, ops, sink)
	if err != nil && !interrupted(err) {
		abandon()
		return nil, err
	}
	in := &input{interrupted: err != nil, close: func() {}}
	if dir != nil && in.interrupted {
		in.close = abandon
		fmt.Fprintf(o.env.stderr, "buttress: interrupted: nothing is kept in %s\n", report.Escape(o.record))
	}
	if in.interrupted {
		fmt.Fprintln(o.env.stderr, "buttress: interrupted: what was read is judged, and that is incomplete")
	}
	if dir != nil && !in.interrupted {
		err := dir.Keep()
		whole()
		if err != nil {
			return nil, err
		}
	}
	if in.recording, err = sink.Recording(options); err != nil {
		abandon()
		return nil, err
	}
	return in, nil
}

// read reads the live account. An interruption before it is known what there is
// to read is an error like any other.
func (o *accountOptions) read(ctx context.Context, ops []recording.Operation, sink recording.Sink) error {
	m, err := o.live.collect(ctx, o.env, ops, sink)
	if interrupted(err) && len(m.Regions) == 0 {
		return errors.New("interrupted before anything was read")
	}
	return err
}
