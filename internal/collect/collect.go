// Package collect reads the state of an AWS account into a recording. It is the
// only package that calls AWS, and it promises to read only: every operation it
// can reach is a Describe, a Get, a List or a Search.
//
// What AWS answers is turned into what the AWS CLI prints, page by page, and
// written to a recording.Sink. A call that is refused becomes a gap and stops
// nothing else. User data is searched for secrets and masked before it is
// written, and keys and passwords are.
package collect

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/buttress/buttress/internal/recording"
)

// maxCalls is how many calls are under way at once, in all Regions together.
const maxCalls = 16

// Config says what a scan reads and with whose credentials.
type Config struct {
	// Profile is a profile of the AWS configuration files; empty means what the
	// environment says.
	Profile string
	// AssumeRole is the ARN of a role to assume before anything is read.
	AssumeRole string
	// Regions are the Regions to read; empty means every Region that is enabled
	// in the account.
	Regions []string
	// Operations are the operations to call, from those of Operations. A call
	// about one resource needs the operation that lists these resources too.
	Operations []recording.Operation
	// Tool is the program that the manifest names.
	Tool recording.Tool
	// Log may be nil.
	Log *slog.Logger
	// Progress is told how far a scan is, never twice at once. It may be nil.
	Progress func(Progress)
	// Now is the clock of the capture time; nil means the system's.
	Now func() time.Time

	pace *pace // nil means that of AWS's documentation; tests are faster
}

// Progress is how far a scan is.
type Progress struct {
	Regions   int // that are read
	Calls     int // that have an answer or a gap
	Known     int // calls known so far; a list that was read can add some
	Resources int // found so far
	Gaps      int // so far
}

// Run reads the account into sink and finishes it with the manifest that it
// returns. A refused call is a gap in the manifest and no error. Credentials,
// profiles and Regions that cannot be used are a *ConfigError. When ctx ends,
// the calls that came too late are gaps, the recording is finished all the same,
// and the error is that of ctx. If a body cannot be written, the recording is
// not finished.
func Run(ctx context.Context, c Config, sink recording.Sink) (recording.Manifest, error) {
	ops, err := lookUp(c.Operations)
	if err != nil {
		return recording.Manifest{}, err
	}
	c = c.withDefaults()
	began := c.Now().UTC().Truncate(time.Second)
	acc, err := open(ctx, c)
	if err != nil {
		return recording.Manifest{}, err
	}
	regions, err := acc.regions(ctx, c.Regions)
	if err != nil {
		return recording.Manifest{}, err
	}
	s := &scan{Config: c, account: acc, sink: sink}
	s.progress.Regions = len(regions)
	if err := s.read(ctx, regions, ops); err != nil {
		return recording.Manifest{}, err
	}
	slices.SortFunc(s.gaps, recording.CompareGaps)
	m := recording.Manifest{
		FormatVersion: recording.FormatVersion, Account: acc.id, Partition: acc.partition, CapturedAt: began,
		Caller: acc.caller, Tool: &c.Tool, Regions: regions, Endpoint: acc.endpoint(ops), Gaps: s.gaps,
	}
	if err := sink.Finish(m); err != nil {
		return recording.Manifest{}, err
	}
	return m, ctx.Err()
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now //nolint:forbidigo // the one clock: the capture time
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
	if c.pace == nil {
		c.pace = &documented
	}
	return c
}

// scan is one run.
type scan struct {
	Config
	account *account
	sink    recording.Sink

	mu       sync.Mutex // calls end side by side; guards what follows
	progress Progress
	gaps     []recording.Gap
}

// read reads the Regions side by side. Its error is that of a body that could
// not be written.
func (s *scan) read(ctx context.Context, regions []string, ops []*operation) error {
	g, ctx := errgroup.WithContext(ctx)
	slots := make(chan struct{}, maxCalls)
	for _, name := range regions {
		g.Go(func() error {
			r := &region{scan: s, name: name, clients: newClients(s.account.in(name, s.pace, slots))}
			return r.read(ctx, ops)
		})
	}
	return g.Wait()
}

// region is a Region while it is read. Clients live as long as it does.
type region struct {
	*scan
	name    string
	clients *clients
}

// read makes the calls that list, then those about what they listed, and those
// about what these listed in turn.
func (r *region) read(ctx context.Context, ops []*operation) error {
	var f found
	for round := range rounds(ops) {
		tasks := r.tasks(ops, round, &f) // each call has its own slot
		if err := r.do(ctx, tasks); err != nil {
			return err
		}
		for _, t := range tasks {
			f.add(t)
		}
	}
	return nil
}

// tasks are the calls of a round.
func (r *region) tasks(ops []*operation, round int, f *found) []*task {
	var tasks []*task
	versions := f.pinnedVersions()
	for _, op := range ops {
		switch {
		case round == 0 && op.lists():
			tasks = append(tasks, r.task(op, ""))
		case round > 0 && round == op.round():
			for _, id := range op.asked(f) {
				t := r.task(op, id)
				t.versions = versions[id]
				tasks = append(tasks, t)
			}
		}
	}
	return tasks
}

func (r *region) task(op *operation, resource string) *task {
	return &task{
		op: op, clients: r.clients, page: op.page, resource: resource,
		call: recording.Call{Region: r.name, Operation: op.name, Resource: resource},
	}
}

// do makes calls side by side. A call that has no answer becomes a gap.
func (r *region) do(ctx context.Context, tasks []*task) error {
	r.report(func(p *Progress) { p.Known += len(tasks) })
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(maxCalls)
	for _, t := range tasks {
		g.Go(func() error { return r.doOne(ctx, t) })
	}
	return g.Wait()
}

func (r *region) doOne(ctx context.Context, t *task) error {
	err := ctx.Err()
	if err == nil {
		err = t.run(ctx, r.sink)
	}
	if w, ok := errors.AsType[*writeError](err); ok {
		return w
	}
	if err != nil {
		r.miss(ctx, t.call, err)
		return nil
	}
	r.report(func(p *Progress) { p.Calls++; p.Resources += t.count })
	return nil
}

// miss notes that a call has no answer.
func (s *scan) miss(ctx context.Context, c recording.Call, err error) {
	g := gap(ctx, c, err)
	s.Log.Warn("no answer", "operation", g.Operation, "region", g.Region, "resource", g.Resource, "code", g.Code, "message", g.Message)
	s.report(func(p *Progress) {
		s.gaps = append(s.gaps, g)
		p.Calls++
		p.Gaps++
	})
}

// report changes the progress and tells it.
func (s *scan) report(change func(*Progress)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.progress)
	s.Progress(s.progress)
}

// task is one call while it is made: all pages of one list.
type task struct {
	op       *operation
	call     recording.Call
	clients  *clients
	page     int32    // the largest page that the API takes
	resource string   // that the call is about, if any
	versions []string // of the launch template that the call is about

	body     recording.Body
	spool    *spool         // nil unless the list has to be sorted out
	found    found          // what the answer refers to
	ids      map[string]int // the number of the item that each id stands in
	count    int            // resources in the answer
	answered bool
}

// run makes the call and writes the answer. A list that had an id on two pages
// is read once more, through a spool that keeps the later one.
func (t *task) run(ctx context.Context, sink recording.Sink) error {
	err := t.try(ctx, sink)
	if errors.Is(err, errRepeated) {
		t.spool = newSpool()
		err = t.try(ctx, sink)
	}
	return err
}

func (t *task) try(ctx context.Context, sink recording.Sink) error {
	t.ids, t.found, t.count = map[string]int{}, found{}, 0
	body, err := sink.Create(t.call.Path())
	if err != nil {
		return &writeError{t.call, err}
	}
	t.body = body
	if err := t.op.read(ctx, t); err != nil {
		body.Discard()
		return err
	}
	if err := body.Commit(); err != nil {
		return &writeError{t.call, err}
	}
	t.answered = true
	return nil
}

// writeError says that an answer could not be kept. It ends a scan.
type writeError struct {
	call recording.Call
	err  error
}

func (e *writeError) Error() string { return e.call.Path() + ": " + e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }
