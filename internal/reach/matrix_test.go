package reach_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/buttress/buttress/internal/reach"
)

// TestMatrix asks which groups reach which in the network of the traps.
func TestMatrix(t *testing.T) {
	base := func(lines string) *reach.Network {
		c := trap{files: documents{}}
		for _, f := range parseArchive(t, "testdata/traps/base.txtar").Files {
			c.files[f.Name] = decoded(t, f.Name, f.Data)
		}
		if err := c.read(lines); err != nil {
			t.Fatal(err)
		}
		return c.files.network(t)
	}
	for name, test := range map[string]struct {
		lines string
		want  []string
	}{
		"as it is": {want: []string{"sg-db sg-web tcp/443", "sg-web sg-db tcp/5432"}},
		"a group of which the id is not recorded": {
			lines: `set eni-1/Groups/0 {"GroupId": ""}`,
		},
		"nothing leaves": {
			lines: `set sg-web {"IpPermissionsEgress": []}`,
			want:  []string{"sg-db sg-web tcp/443"},
		},
		"a network ACL between": {
			lines: `set acl-b/Entries/1 {"RuleAction": "deny"}
				set sg-web/IpPermissions/0 {"IpRanges": []}`,
			want: []string{"sg-web sg-db tcp/5432"},
		},
	} {
		var got []string
		for _, p := range base(test.lines).Matrix() {
			got = append(got, fmt.Sprintf("%s %s %s/%s", p.From, p.To, p.Protocol, p.Ports))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\n want %q\n got  %q", name, test.want, got)
		}
	}
}
