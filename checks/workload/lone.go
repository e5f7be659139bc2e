package workload

import (
	"slices"
	"strings"
	"unicode"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// jobs are what an instance may do alone, and the words that say so in its tags.
// Two words have to follow each other.
var jobs = []struct {
	message string
	words   []string
}{
	{"is by its tags a NAT instance", []string{"nat"}},
	{"is by its tags a bastion host", []string{"bastion", "jumphost", "jumpbox", "jump host", "jump box", "jump server"}},
	{"is by its tags a build agent", []string{
		"buildagent", "build agent", "build runner", "build worker", "ci agent", "ci runner", "ci worker",
		"github runner", "gitlab runner", "jenkins agent",
	}},
}

// tellingTags are the keys, in lower case, of the tags that say what an instance
// is for.
var tellingTags = []string{"name", "role", "purpose", "function", "component"}

// lone reports whether an instance does what one instance may do alone. One that
// forwards packets of others is a NAT instance or an appliance like it.
// https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html
func lone(i *snapshot.Instance) (message string, place checks.Evidence, ok bool) {
	if snapshot.Is(i.SourceDestCheck, false) {
		return "forwards packets of others, as a NAT instance does", checks.Field(i, "SourceDestCheck"), true
	}
	for t := range i.Tags {
		if !slices.Contains(tellingTags, strings.ToLower(i.Tags[t].Key)) {
			continue
		}
		text := words(i.Tags[t].Value)
		for _, job := range jobs {
			if slices.ContainsFunc(job.words, func(w string) bool { return strings.Contains(text, " "+w+" ") }) {
				return job.message, checks.Field(i, "Tags", t, "Value"), true
			}
		}
	}
	return "", checks.Evidence{}, false
}

// words are the words of a value in lower case, each between spaces:
// "prod-Bastion01" is " prod bastion ".
func words(value string) string {
	parts := strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return !unicode.IsLetter(r) })
	return " " + strings.Join(parts, " ") + " "
}
