package checks

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/buttress/buttress/internal/snapshot"
)

// The words by which tags say what an instance is for. Two words have to follow
// each other.
var (
	NATWords     = []string{"nat"}
	BastionWords = []string{"bastion", "jumphost", "jumpbox", "jump host", "jump box", "jump server"}
	BuildWords   = []string{
		"buildagent", "build agent", "build runner", "build worker", "ci agent", "ci runner", "ci worker",
		"github runner", "gitlab runner", "jenkins agent",
	}
)

// tellingTags are the keys, in any case, of the tags that say what an instance
// is for.
var tellingTags = []string{"name", "role", "purpose", "function", "component"}

// Says finds the first tag that says what something is for with one of some words.
func Says(tags []snapshot.Tag, with []string) (index int, ok bool) {
	index = slices.IndexFunc(tags, func(t snapshot.Tag) bool {
		if !slices.ContainsFunc(tellingTags, func(key string) bool { return strings.EqualFold(key, t.Key) }) {
			return false
		}
		text := wordsOf(t.Value)
		return slices.ContainsFunc(with, func(w string) bool { return strings.Contains(text, " "+w+" ") })
	})
	return index, index >= 0
}

// wordsOf are the words of a value in lower case, each between spaces:
// "prod-Bastion01" is " prod bastion ".
func wordsOf(value string) string {
	text := make([]byte, 1, len(value)+2)
	text[0] = ' '
	for _, r := range value {
		if r = unicode.ToLower(r); unicode.IsLetter(r) {
			text = utf8.AppendRune(text, r)
		} else if text[len(text)-1] != ' ' {
			text = append(text, ' ')
		}
	}
	if text[len(text)-1] != ' ' {
		text = append(text, ' ')
	}
	return string(text)
}
