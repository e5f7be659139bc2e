package snapshot

import (
	"cmp"
	"slices"
	"sync"

	"github.com/buttress/buttress/internal/recording"
)

// Kind is one kind of data: what one operation returns. Rules list the kinds
// that they read; decoding, calls and gaps follow.
type Kind interface {
	// Type is the CloudFormation type of the resources ("AWS::EC2::Subnet").
	Type() string
	// Operation is the call that returns them.
	Operation() recording.Operation
	// PerResource reports whether the operation is called for one resource at a
	// time, so that it has no list that could be missing as a whole.
	PerResource() bool
	// Optional reports whether the kind is an option of a Region that counts as
	// off where nobody recorded it, so that nothing is unknown without it.
	Optional() bool

	// Rows are the resources, as a slice of their type.
	Rows(*Snapshot) any

	load(*loader) error
	number() int
}

// kinds are all kinds, in the order of their declaration.
var kinds []Kind

// Kinds are all kinds of data that this package can decode.
func Kinds() []Kind { return slices.Clone(kinds) }

// Operations are the operations behind some kinds, each once, sorted.
func Operations(kinds []Kind) []recording.Operation {
	var ops []recording.Operation
	for _, k := range kinds {
		ops = append(ops, k.Operation())
	}
	slices.Sort(ops)
	return slices.Compact(ops)
}

// KindOf is the typed side of a kind.
type KindOf[T any] struct {
	typ       string
	operation recording.Operation
	list      string // the key of the list in the body
	nested    string // the key of the list in an entry, if resources are nested
	shape     shape
	named     bool // ids are names, unique in one account and Region only
	index     int
	resource  func(*T) entry
}

// shape says how answers to an operation lie in the recording.
type shape int

const (
	oneList     shape = iota // one list for the Region
	oneObject                // one object for the Region: an option
	perResource              // a list for each resource
	both                     // a list for the Region, and lists for some resources
)

// entry is a resource that embeds an Origin.
type entry interface {
	Resource
	origin() *Origin
}

// option changes what newKind makes.
type option func(shape *shape, named *bool, nested *string)

func asked(s shape) option                { return func(t *shape, _ *bool, _ *string) { *t = s } }
func byName(_ *shape, n *bool, _ *string) { *n = true }
func nestedIn(list string) option         { return func(_ *shape, _ *bool, n *string) { *n = list } }

// newKind declares a kind. Declarations are package variables, so they are made
// one after the other.
func newKind[T any, P interface {
	*T
	entry
}](typ string, op recording.Operation, list string, options ...option) *KindOf[T] {
	k := &KindOf[T]{typ: typ, operation: op, list: list, index: len(kinds), resource: func(t *T) entry { return P(t) }}
	for _, o := range options {
		o(&k.shape, &k.named, &k.nested)
	}
	kinds = append(kinds, k)
	return k
}

// Type implements Kind.
func (k *KindOf[T]) Type() string { return k.typ }

// Operation implements Kind.
func (k *KindOf[T]) Operation() recording.Operation { return k.operation }

// PerResource implements Kind.
func (k *KindOf[T]) PerResource() bool { return k.shape == perResource }

// Optional implements Kind.
func (k *KindOf[T]) Optional() bool { return k.shape == oneObject }

// Rows implements Kind.
func (k *KindOf[T]) Rows(s *Snapshot) any { return k.In(s) }

func (k *KindOf[T]) number() int { return k.index }

// Resource is t as evidence and as the subject of a rule.
func (k *KindOf[T]) Resource(t *T) Resource { return k.resource(t) }

// In returns all resources of the kind, sorted by account, Region and ID. The
// slice belongs to the snapshot.
func (k *KindOf[T]) In(s *Snapshot) []T { return k.table(s).rows }

// table is the decoded form of a kind.
type table[T any] struct {
	rows []T
	// ids finds a row by its key. It is built when first asked for.
	ids func() map[key]*T
	// asked finds the rows that a call about one resource returned.
	asked func() map[key][]T
}

// key is what a resource is found by.
type key struct{ account, region, id string }

// key leaves the account out where ids are unique without it, so that what one
// account shares with another is found from either.
func (k *KindOf[T]) key(scope Scope, id string) key {
	if !k.named {
		scope.Account = ""
	}
	return key{scope.Account, scope.Region, id}
}

func (k *KindOf[T]) table(s *Snapshot) *table[T] {
	if t, ok := s.tables[k.index].(*table[T]); ok {
		return t
	}
	return &table[T]{
		ids:   func() map[key]*T { return nil },
		asked: func() map[key][]T { return nil },
	}
}

// find looks a resource up by its id, as seen from a scope.
func (k *KindOf[T]) find(s *Snapshot, from Scope, id string) (*T, bool) {
	if id == "" {
		return nil, false
	}
	t, ok := k.table(s).ids()[k.key(from, id)]
	return t, ok
}

// of returns what the call about one resource returned, or the gap that stands
// in its place.
func (k *KindOf[T]) of(s *Snapshot, scope Scope, resource string) ([]T, *Gap) {
	if gap := s.ResourceGap(k, scope, resource); gap != nil {
		return nil, gap
	}
	return k.table(s).asked()[key{scope.Account, scope.Region, resource}], nil
}

func (k *KindOf[T]) newTable(rows []T) *table[T] {
	t := &table[T]{rows: rows}
	t.ids = sync.OnceValue(func() map[key]*T {
		m := make(map[key]*T, len(rows))
		for i := range rows {
			r := k.resource(&rows[i])
			id := k.key(r.Scope(), r.ID())
			if _, taken := m[id]; !taken {
				m[id] = &rows[i]
			}
		}
		return m
	})
	t.asked = sync.OnceValue(func() map[key][]T {
		m := map[key][]T{}
		for lo := 0; lo < len(rows); {
			f := k.resource(&rows[lo]).origin().file
			hi := lo + 1
			for hi < len(rows) && k.resource(&rows[hi]).origin().file == f {
				hi++
			}
			m[key{f.scope.Account, f.scope.Region, f.resource}] = rows[lo:hi:hi]
			lo = hi
		}
		return m
	})
	return t
}

// compare orders resources by account, Region, the resource that was asked
// about, and ID. Where a list and answers about one resource say the same of one
// row, who was asked does not count, so that the two are neighbours.
func (k *KindOf[T]) compare(a, b entry) int {
	fa, fb := a.origin().file, b.origin().file
	if fa != fb {
		if c := cmp.Or(cmp.Compare(fa.scope.Account, fb.scope.Account), cmp.Compare(fa.scope.Region, fb.scope.Region)); c != 0 {
			return c
		}
		if c := cmp.Compare(fa.resource, fb.resource); c != 0 && k.shape == perResource {
			return c
		}
	}
	return cmp.Compare(a.ID(), b.ID())
}
