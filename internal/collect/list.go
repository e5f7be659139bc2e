package collect

import (
	"context"
	"errors"
	"fmt"
)

// A pager is what every paginator of the SDK is.
type pager[Page, Options any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*Options)) (*Page, error)
}

// once is the pager of an API that has no pages.
type once[Page any] struct {
	call func(context.Context) (*Page, error)
	done bool
}

func (o *once[Page]) HasMorePages() bool { return !o.done }

func (o *once[Page]) NextPage(ctx context.Context, _ ...func(*struct{})) (*Page, error) {
	o.done = true
	return o.call(ctx)
}

// byToken is the pager of an API for which the SDK has none. call takes the token
// of a page and returns that of the next one.
type byToken[Page any] struct {
	call  func(context.Context, *string) (*Page, *string, error)
	token *string
	done  bool
}

func (b *byToken[Page]) HasMorePages() bool { return !b.done }

func (b *byToken[Page]) NextPage(ctx context.Context, _ ...func(*struct{})) (*Page, error) {
	page, next, err := b.call(ctx, b.token)
	b.token, b.done = next, next == nil || *next == ""
	return page, err
}

// errRepeated says that an id stands in a list twice: the state moved between
// two pages.
var errRepeated = errors.New("an id stands in the list twice")

// list reads every page of p and writes what the AWS CLI prints for the whole
// list. Each page is encoded and dropped before the next one is read. page
// returns the items of a page and the token of the next one, id the id of an
// item.
func list[Page, Options, Item any](ctx context.Context, t *task, name string, p pager[Page, Options],
	page func(*Page) ([]Item, *string), id func(*Item) *string,
) error {
	return listGroups(ctx, t, name, p, page, func(item *Item) []string {
		if id := id(item); id != nil {
			return []string{*id}
		}
		return nil
	})
}

// listGroups is list for items that are groups of what is listed, with an id for
// each member.
func listGroups[Page, Options, Item any](ctx context.Context, t *task, name string, p pager[Page, Options],
	page func(*Page) ([]Item, *string), ids func(*Item) []string,
) error {
	w := t.writer(name)
	tokens := map[string]bool{}
	for p.HasMorePages() {
		got, err := p.NextPage(ctx)
		if err != nil {
			return err
		}
		items, token := page(got)
		if err := writeItems(t, w, items, ids); err != nil {
			return err
		}
		// StopOnDuplicateToken of the SDK would take what was read so far for the
		// whole list.
		if token != nil && *token != "" {
			if tokens[*token] {
				return fmt.Errorf("%w: the token of the next page repeats", errMalformed)
			}
			tokens[*token] = true
		}
	}
	return w.close()
}

func writeItems[Item any](t *task, w *listWriter, items []Item, ids func(*Item) []string) error {
	for i := range items {
		for _, id := range ids(&items[i]) {
			before, repeated := t.ids[id]
			if repeated && t.spool == nil {
				return errRepeated
			}
			if repeated {
				t.spool.drop(before)
				t.count--
			}
			t.ids[id] = w.items
			t.count++
		}
		if err := w.item(&items[i]); err != nil {
			return err
		}
	}
	return nil
}
