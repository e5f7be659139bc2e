package gate

import "testing"

// TestMatches holds the wildcard to the whole of a text.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"db-1", "db-1", true},
		{"db-1", "db-10", false},
		{"db-1", "my-db-1", false},
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything", true},
		{"db-*", "db-", true},
		{"db-*", "DB-1", false},
		{"*-1", "db-1", true},
		{"*-1", "db-10", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a*b*c", "abc", true},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "acb", false},
		{"**", "x", true},
		{"d?-[1]", "db-1", false},
		{"d?-[1]", "d?-[1]", true},
		{"a.c", "abc", false},
		{`\*`, `\anything`, true},
	} {
		if got := matches(c.pattern, c.s); got != c.want {
			t.Errorf("matches(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}
