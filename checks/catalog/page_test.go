package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/golden"
	"github.com/buttress/buttress/internal/snapshot"
)

// TestReferencePage holds docs/rules.md to the rules.
func TestReferencePage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# The rules\n\nThis page is generated from the rules themselves: `make generate`.\n\n")
	b.WriteString("| rule | severity | pillar | what it wants |\n|---|---|---|---|\n")
	for _, r := range catalog.All {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", r.ID, r.ID, r.Severity, r.Pillars[0], r.Title)
	}
	for _, r := range catalog.All {
		page(&b, r)
	}
	golden.Compare(t, "../../docs/rules.md", b.String())
}

func page(b *strings.Builder, r *checks.Rule) {
	fmt.Fprintf(b, "\n## %s\n\n%s.\n\n%s\n\n%s\n\n", r.ID, r.Title, r.Why, r.Fix)
	fmt.Fprintf(b, "- severity: %s\n- pillars: %s\n- best practices: %s\n", r.Severity, words(r.Pillars), strings.Join(r.Practices, ", "))
	if len(r.Controls) > 0 {
		fmt.Fprintf(b, "- the same elsewhere: %s\n", strings.Join(r.Controls, ", "))
	}
	fmt.Fprintf(b, "- judges: %s\n- calls: %s\n", r.Subject().Type(), words(snapshot.Operations(r.Kinds())))
	for _, l := range r.Links {
		fmt.Fprintf(b, "- <%s>\n", l)
	}
}

func words[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}
