package gate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/gate"
)

const good = "waivers:\n- rule: rds-instance-multi-az\n  resource: db\n  reason: a test\n  owner: alice\n  expires: 2027-01-31\n"

// TestReadWaivers reads every form of text that YAML has.
func TestReadWaivers(t *testing.T) {
	want := gate.Waiver{
		Rule: "rds-instance-multi-az", Resource: "db", Region: "*", Account: "*",
		Reason: "a test", Owner: "alice", Expires: "2027-01-31",
	}
	numbered := want
	numbered.Account, numbered.Resource = "012345678901", "1e5"
	for text, want := range map[string][]gate.Waiver{
		"waivers: []\n":                        {},
		good:                                   {want},
		"\ufeff" + good:                        {want}, // as some editors begin a file
		strings.ReplaceAll(good, "\n", "\r\n"): {want},
		strings.Replace(good, "a test", "|\n    a test\n", 1):          {want},
		strings.Replace(good, "a test", ">-\n    a\n    test", 1):      {want},
		strings.Replace(good, "a test", `"a test" # why`, 1):           {want},
		strings.Replace(good, "db", "1e5\n  account: 012345678901", 1): {numbered},
	} {
		got, err := gate.ReadWaivers("w.yaml", []byte(text), catalog.All)
		if err != nil {
			t.Errorf("%s\n%v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n-want +got:\n%s", text, diff)
		}
	}
}

// TestReadWaiversRefuses makes one mistake at a time, and looks at its place.
func TestReadWaiversRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{good, "", `1:1: waivers is missing`},
		{good, "# nothing", `1:1: waivers is missing`},
		{good, "- a", `1:1: the file is a list where an object belongs`},
		{good, "waivers:", `1:10: waivers is empty where a list belongs`},
		{good, "waivers: {a: b}", `1:10: waivers is an object where a list belongs`},
		{good, "waivers: [a]", `1:11: the waiver is a text where an object belongs`},
		{good, "waivers: []\n---\nwaivers: []", `2:1: a second document begins here`},
		{"waivers:", "waivers:\n- a\nwaiver:", `3:1: unknown key "waiver": the nearest is waivers`},
		{"  owner: alice\n", "", `2:3: the waiver has no owner`},
		{"resource: db", "resource: '" + strings.Repeat("*a", 17) + "'", `3:13: resource is longer than 2048 bytes, which no ARN is, or has more than 16 wildcards`},
		{"resource: db", "resource: " + strings.Repeat("a", 2049), `3:13: resource is longer than 2048 bytes, which no ARN is, or has more than 16 wildcards`},
		{"  reason: a test\n", "", `2:3: the waiver has no reason`},
		{"  expires: 2027-01-31\n", "", `2:3: the waiver has no expires`},
		{"  resource: db\n", "", `2:3: the waiver has no resource`},
		{"rule: rds-instance-multi-az\n  ", "", `2:3: the waiver has no rule`},
		{"alice", "", `5:9: owner is empty`},
		{"alice", `" "`, `5:10: owner is empty`},
		{"alice", "[alice]", `5:10: owner is a list where a text belongs`},
		{"alice", "true", `5:10: owner is a boolean where a text belongs`},
		{"owner", "onwer", `5:3: unknown key "onwer": the nearest is owner`},
		{"  owner: alice", "  reason: again", `5:3: mapping key "reason" already defined at [4:3]`},
		{"2027-01-31", "2027-1-31", `6:12: expires: "2027-1-31" is no date such as 2027-01-31`},
		{"2027-01-31", "tomorrow", `6:12: expires: "tomorrow" is no date`},
		{"rds-instance-multi-az", "rds-instance-multiaz", `2:9: rule: "rds-instance-multiaz" matches no rule: the nearest is rds-instance-multi-az`},
		{"rds-instance-multi-az", "s3-*", `2:9: rule: "s3-*" matches no rule`},
		{"resource: db", "resource: *", `3:13: mapping value is not allowed in this context: a value that starts with * needs quotes`},
		{"resource: db\n  reason: a test\n  owner: alice\n  expires: 2027-01-31\n", "resource: *", `3:13: undefined alias name: a value that starts with * needs quotes`},
		{"resource: db", "resource: *db", `3:13: resource is an alias: a value that starts with * needs quotes`},
		{"  owner", "\towner", `5:`},
		{"alice", "\xff", ` is no text in UTF-8`},
		{"alice", strings.Repeat("a", 5<<20), ` is larger than 4194304 bytes`},
	} {
		_, err := gate.ReadWaivers("w.yaml", []byte(strings.Replace(good, c.old, c.new, 1)), catalog.All)
		if err == nil || !strings.HasPrefix(err.Error(), "w.yaml:"+c.want) {
			t.Errorf("%q for %q: %v, want %s", short(c.new), short(c.old), err, c.want)
		}
	}
}

func short(s string) string { return s[:min(len(s), 40)] }
