package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/buttress/buttress/internal/collect"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/report"
)

// liveOptions say which account is read, and how.
type liveOptions struct {
	regions    []string
	profile    string
	assumeRole string
}

func (o *liveOptions) addFlags(f *pflag.FlagSet) {
	f.StringSliceVar(&o.regions, "region", nil, "read these `Regions` only, separated by commas (default: all that are enabled)")
	f.StringVar(&o.profile, "profile", "", "use this `profile` of the AWS configuration files")
	f.StringVar(&o.assumeRole, "assume-role", "", "assume the role with this `ARN` before reading")
}

// collect reads the live account into a sink. When the user interrupts, what
// was read is finished and the error is that of the context; a second Ctrl-C
// ends the program at once.
func (o *liveOptions) collect(ctx context.Context, e *env, ops []recording.Operation, sink recording.Sink) (recording.Manifest, error) {
	ctx, stop := e.interrupted(ctx)
	defer stop()
	p := newProgress(e)
	defer p.end()
	return collect.Run(ctx, collect.Config{
		Profile: o.profile, AssumeRole: o.assumeRole, Regions: o.regions, Operations: ops,
		Tool: recording.Tool{Name: "buttress", Version: version}, Log: e.log(), Progress: p.show,
	}, sink)
}

// createDir begins a recording in a folder, of which nothing is left when the
// program is ended before it is whole. The function that it returns says that it
// is, or is abandoned.
func createDir(e *env, name string) (dir *recording.Dir, whole func(), err error) {
	whole, err = e.signals.half(func() (func(), error) {
		if dir, err = recording.CreateDir(name); err != nil {
			return nil, err
		}
		return dir.Abandon, nil
	})
	return dir, whole, err
}

// interrupted reports whether a scan was ended by its user rather than by an
// error.
func interrupted(err error) bool { return errors.Is(err, context.Canceled) }

// progress shows on standard error how far a scan is: in place on a terminal,
// as a plain line now and then elsewhere.
type progress struct {
	e        *env
	terminal bool
	last     time.Time
	shown    bool
	now      func() time.Time
}

func newProgress(e *env) *progress {
	return &progress{e: e, terminal: e.isTerminal(e.stderr), now: clock}
}

// How often progress is shown.
const (
	onTerminal = 100 * time.Millisecond
	elsewhere  = 10 * time.Second
)

func (p *progress) show(s collect.Progress) {
	every := elsewhere
	if p.terminal {
		every = onTerminal
	}
	now := p.now()
	if p.last.IsZero() && !p.terminal {
		p.last = now // a short scan needs no line
	}
	if now.Sub(p.last) < every {
		return
	}
	p.last = now
	line := fmt.Sprintf("%d Regions, %d of %d calls, %d resources, %d gaps", s.Regions, s.Calls, s.Known, s.Resources, s.Gaps)
	if p.terminal {
		fmt.Fprintf(p.e.stderr, "\r\x1b[K%s", line)
		p.shown = true
		return
	}
	fmt.Fprintln(p.e.stderr, line)
}

// end clears the line in place.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.e.stderr, "\r\x1b[K")
	}
}

// sayGaps names on standard error what could not be read, briefly.
func sayGaps(e *env, gaps []recording.Gap) {
	const most = 10
	for i, g := range gaps {
		if i == most {
			fmt.Fprintf(e.stderr, "… and %d more gaps\n", len(gaps)-most)
			return
		}
		what := strings.TrimSpace(string(g.Operation) + " " + g.Resource)
		fmt.Fprintf(e.stderr, "no answer: %s in %s: %s: %s\n", report.Escape(what), report.Escape(g.Region), report.Escape(g.Code), report.Escape(g.Message))
	}
}
