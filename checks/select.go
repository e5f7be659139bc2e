package checks

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/buttress/buttress/internal/nearest"
)

// Sorted returns rules in the order of their IDs.
func Sorted(rules ...*Rule) []*Rule {
	slices.SortFunc(rules, func(a, b *Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules
}

// Select returns the rules with some IDs and of some pillars, in order. Without
// IDs or pillars it returns all. An unknown ID is an error that names the
// nearest.
func Select(all []*Rule, ids []string, pillars []Pillar) ([]*Rule, error) {
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(r *Rule) bool { return r.ID == id }) {
			return nil, fmt.Errorf("unknown rule %q%s (buttress rules lists all)", id, nearest.Hint(id, names(all)))
		}
	}
	var selected []*Rule
	for _, r := range all {
		if (len(ids) == 0 || slices.Contains(ids, r.ID)) && (len(pillars) == 0 || slices.ContainsFunc(r.Pillars, func(p Pillar) bool { return slices.Contains(pillars, p) })) {
			selected = append(selected, r)
		}
	}
	if len(selected) == 0 {
		return nil, fmt.Errorf("no rule is selected: none of those named is of these pillars")
	}
	return selected, nil
}

func names(rules []*Rule) []string {
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	return ids
}
