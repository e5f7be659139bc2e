package snapshot

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/buttress/buttress/internal/jsonerror"
	"github.com/buttress/buttress/internal/recording"
)

// Snapshot is the typed, immutable model of what was recorded of one or more
// accounts. Loading builds it; nothing changes it afterwards.
type Snapshot struct {
	// Accounts are the ids of the accounts, sorted.
	Accounts []string
	// Scopes are the Regions of all accounts, sorted.
	Scopes []Scope
	// Partition is that of the first account.
	Partition string
	// CapturedAt is when the recording was made, the latest where there are
	// several accounts; zero where nobody noted it.
	CapturedAt time.Time
	// Endpoint is where the calls went if that was not AWS.
	Endpoint string

	captured map[string]time.Time // by account
	tables   []any                // *table[T], by number of the kind
	gaps     map[gapKey]*Gap
	answers  map[gapKey]bool // calls about one resource that were answered
	indexes  indexes
	derived  sync.Map // of functions, by key
}

type gapKey struct {
	scope     Scope
	operation recording.Operation
	resource  string
}

// Load decodes the kinds that are asked for from a recording. An error says
// which file of the recording is wrong, and where.
func Load(r *recording.Recording, want []Kind) (*Snapshot, error) {
	s := &Snapshot{tables: make([]any, len(kinds)), gaps: map[gapKey]*Gap{}, answers: map[gapKey]bool{}, captured: map[string]time.Time{}}
	l := &loader{s: s, accounts: r.Accounts, ids: make([]string, len(r.Accounts)), partitions: make([]string, len(r.Accounts))}
	if err := l.describe(); err != nil {
		return nil, err
	}
	if len(s.Scopes) == 0 {
		return nil, errors.New("recording.json names no Region, and no Region has a file: there is nothing to judge")
	}
	errs := make([]error, len(kinds)) // each kind has its own slot
	limit := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for _, k := range kinds {
		if !slices.Contains(want, k) {
			continue
		}
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			errs[k.number()] = k.load(l)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	s.indexes = newIndexes(s)
	return s, nil
}

// loader is what the kinds share while they are loaded.
type loader struct {
	s        *Snapshot
	accounts []*recording.Account
	// ids and partitions are those of the accounts.
	ids, partitions []string
	mu              sync.Mutex // guards gaps and answers, which kinds add side by side
}

// describe fills in what does not depend on the kinds.
func (l *loader) describe() error {
	for i, a := range l.accounts {
		id, partition, err := identify(a)
		if err != nil {
			return err
		}
		l.ids[i], l.partitions[i] = id, partition
		l.s.Accounts = append(l.s.Accounts, id)
		for _, region := range a.Regions {
			l.s.Scopes = append(l.s.Scopes, Scope{id, region})
		}
		if l.s.Partition == "" {
			l.s.Partition = partition
		}
		if m := a.Manifest; m != nil {
			l.s.captured[id] = m.CapturedAt
			if m.CapturedAt.After(l.s.CapturedAt) {
				l.s.CapturedAt = m.CapturedAt
			}
			if l.s.Endpoint == "" {
				l.s.Endpoint = m.Endpoint
			}
		}
	}
	return nil
}

// Loaded reports whether the snapshot was loaded with a kind.
func (s *Snapshot) Loaded(k Kind) bool { return s.tables[k.number()] != nil }

// CapturedIn is when the recording of an account was made, or zero.
func (s *Snapshot) CapturedIn(account string) time.Time { return s.captured[account] }

// Gap says why the list of a kind is missing in a scope. It is nil where the
// list is there, for kinds that are asked for resource by resource, and for
// options, which nothing hangs on.
func (s *Snapshot) Gap(k Kind, scope Scope) *Gap {
	if k.Optional() {
		return nil
	}
	return s.gaps[gapKey{scope, k.Operation(), ""}]
}

// ResourceGap says why the answer about one resource is missing. It is nil
// where the answer is there.
func (s *Snapshot) ResourceGap(k Kind, scope Scope, resource string) *Gap {
	if gap, ok := s.gaps[gapKey{scope, k.Operation(), resource}]; ok {
		return gap
	}
	if s.answers[gapKey{scope, k.Operation(), resource}] {
		return nil
	}
	return &Gap{
		Account: scope.Account, Region: scope.Region, Operation: k.Operation(), Resource: resource,
		Code: recording.NotRecorded, Message: "the recording has no answer to this call",
	}
}

// GapOf is the gap of a call, by its operation ("ec2:DescribeSubnets"): as it is
// recorded, one that says that nothing is or, for a list that is there, one that
// says that it lacks something that decides.
func (s *Snapshot) GapOf(operation string, scope Scope, resource string) *Gap {
	op := recording.Operation(operation)
	if gap, ok := s.gaps[gapKey{scope, op, resource}]; ok {
		return gap
	}
	message := "the recording has no answer to this call"
	if resource == "" && slices.Contains(s.Scopes, scope) {
		message = "the recorded answer leaves out what others name, or a field that decides"
	}
	return &Gap{
		Account: scope.Account, Region: scope.Region, Operation: op, Resource: resource,
		Code: recording.NotRecorded, Message: message,
	}
}

// Derived returns what make makes of the snapshot, made once for each key. It is
// for models that other packages build on it; keys are of types of their own.
func (s *Snapshot) Derived(key any, make func(*Snapshot) any) any {
	once, _ := s.derived.LoadOrStore(key, sync.OnceValue(func() any { return make(s) }))
	return once.(func() any)() //nolint:forcetypeassert // nothing else is stored
}

// Gaps returns the gaps of some kinds, in order.
func (s *Snapshot) Gaps(of []Kind) []Gap {
	ops := map[recording.Operation]bool{}
	for _, k := range of {
		ops[k.Operation()] = true
	}
	gaps := []Gap{}
	for _, g := range s.gaps {
		if ops[g.Operation] {
			gaps = append(gaps, *g)
		}
	}
	slices.SortFunc(gaps, recording.CompareGaps)
	return gaps
}

func (l *loader) addGap(scope Scope, g *Gap) {
	g.Account = scope.Account
	l.mu.Lock()
	defer l.mu.Unlock()
	l.s.gaps[gapKey{scope, g.Operation, g.Resource}] = g
}

func (l *loader) addAnswer(scope Scope, op recording.Operation, resource string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.s.answers[gapKey{scope, op, resource}] = true
}

func (k *KindOf[T]) load(l *loader) error {
	var rows pile[T]
	for i, a := range l.accounts {
		for _, region := range a.Regions {
			f := file{scope: Scope{l.ids[i], region}, partition: l.partitions[i], list: "/" + k.list, nested: k.nested, typ: k.typ, operation: k.operation, account: a}
			if err := k.loadRegion(l, a, f, &rows); err != nil {
				return err
			}
		}
	}
	sorted, err := k.sorted(l, rows.rows())
	if err != nil {
		return err
	}
	l.s.tables[k.index] = k.newTable(sorted)
	return nil
}

func (k *KindOf[T]) loadRegion(l *loader, a *recording.Account, f file, rows *pile[T]) error {
	if k.shape != perResource {
		if err := k.loadFile(l, a, f, rows); err != nil {
			return err
		}
	}
	if k.shape == perResource || k.shape == both {
		for _, id := range a.Resources(f.scope.Region, k.operation) {
			f.resource = id
			if err := k.loadFile(l, a, f, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *KindOf[T]) loadFile(l *loader, a *recording.Account, f file, rows *pile[T]) error {
	call := recording.Call{Region: f.scope.Region, Operation: k.operation, Resource: f.resource}
	f.path = a.Path(call)
	body, err := a.Open(call)
	if gap, ok := errors.AsType[*Gap](err); ok {
		l.addGap(f.scope, gap)
		return nil
	}
	if err != nil {
		return err
	}
	defer body.Close()
	f.start, f.last = body.Start, new(lastRead)
	before := rows.count
	err = k.decode(body, &f, rows)
	if gap, ok := errors.AsType[incomplete](err); ok {
		rows.cut(before)
		l.addGap(f.scope, &Gap{Region: call.Region, Operation: call.Operation, Resource: call.Resource, Code: gap.code, Message: gap.message})
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, jsonerror.Plain(err))
	}
	if f.resource != "" {
		l.addAnswer(f.scope, k.operation, f.resource)
	}
	return nil
}
