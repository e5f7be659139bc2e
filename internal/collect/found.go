package collect

import (
	"cmp"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/buttress/buttress/internal/recording"
)

// found is what the lists of a Region refer to and what further calls ask about.
type found struct {
	listed      map[recording.Operation][]string
	prefixLists map[string]bool
	pins        []pin
	templates   map[string]string // ids of launch templates by name
}

// add adds what the list of a task refers to. A list without an answer refers to
// nothing.
func (f *found) add(t *task) {
	if !t.answered {
		return
	}
	if f.listed == nil {
		f.listed = map[recording.Operation][]string{}
	}
	f.listed[t.op.name] = append(f.listed[t.op.name], sortedKeys(t.ids)...)
	for id := range t.found.prefixLists {
		f.prefixList(&id)
	}
	f.pins = append(f.pins, t.found.pins...)
	for name, id := range t.found.templates {
		f.template(&name, &id)
	}
}

func (f *found) template(name, id *string) {
	if f.templates == nil {
		f.templates = map[string]string{}
	}
	if name != nil && id != nil {
		f.templates[*name] = *id
	}
}

func (f *found) prefixList(id *string) {
	if f.prefixLists == nil {
		f.prefixLists = map[string]bool{}
	}
	if id != nil && *id != "" {
		f.prefixLists[*id] = true
	}
}

func (f *found) prefixListsOf(permissions []types.IpPermission) {
	for _, p := range permissions {
		for _, l := range p.PrefixListIds {
			f.prefixList(l.PrefixListId)
		}
	}
}

// referencedPrefixLists are the prefix lists that security groups and routes, of
// VPCs and of transit gateways, name.
func referencedPrefixLists(f *found) []string { return sortedKeys(f.prefixLists) }

// listedBy are the resources that an operation listed.
func listedBy(op recording.Operation) func(*found) []string {
	return func(f *found) []string { return f.listed[op] }
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
