package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
)

// selection says which rules are meant.
type selection struct {
	ids     []string
	pillars []string
}

func (s *selection) addFlags(f *pflag.FlagSet) {
	f.StringSliceVar(&s.ids, "rule", nil, "only the rules with these `IDs`, separated by commas")
	f.StringSliceVar(&s.pillars, "pillar", nil, "only the rules of these `pillars` of the Well-Architected Framework")
}

// notEmpty refuses a flag that was given without a value, such as an unset shell
// variable: it would select everything. StringSlice reads "" as an empty list.
func notEmpty(f *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		if flag := f.Lookup(name); flag != nil && flag.Changed && flag.Value.String() == "[]" {
			return fmt.Errorf("--%s: has no value; leave the flag out to select all", name)
		}
	}
	return nil
}

func (s *selection) rules() ([]*checks.Rule, error) {
	pillars, err := pillarsNamed(s.pillars)
	if err != nil {
		return nil, err
	}
	rules, err := checks.Select(catalog.All, s.ids, pillars)
	if err != nil {
		return nil, fmt.Errorf("--rule: %w", err)
	}
	return rules, nil
}

func pillarsNamed(names []string) ([]checks.Pillar, error) {
	var pillars []checks.Pillar
	for _, name := range names {
		p := checks.Pillar(name)
		if !slices.Contains(checks.Pillars(), p) {
			return nil, fmt.Errorf("--pillar: unknown pillar %q: it is one of %s", name, join(checks.Pillars()))
		}
		pillars = append(pillars, p)
	}
	return pillars, nil
}

func join(pillars []checks.Pillar) string { return strings.Join(texts(pillars), ", ") }

func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}
