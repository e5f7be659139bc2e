package reach_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

func networkACL(t *testing.T, entries string) *snapshot.NetworkACL {
	t.Helper()
	var a snapshot.NetworkACL
	if err := json.Unmarshal([]byte(`{"Entries": [`+entries+`]}`), &a); err != nil {
		t.Fatal(err)
	}
	return &a
}

func TestAdmissionsFollowTheOrderOfRules(t *testing.T) {
	a := networkACL(t, `
		{"Egress": false, "RuleNumber": 200, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
		{"Egress": false, "RuleNumber": 100, "RuleAction": "deny", "Protocol": "6", "PortRange": {"From": 22, "To": 22}, "CidrBlock": "128.0.0.0/1"},
		{"RuleNumber": 100, "RuleAction": "allow", "Protocol": "6", "Egress": true, "CidrBlock": "0.0.0.0/0"},
		{"Egress": false, "RuleNumber": 300, "RuleAction": "allow", "Protocol": "6", "PortRange": {"From": 20, "To": 30}, "Ipv6CidrBlock": "2000::/3"}`)
	all := reach.Admissions(a, reach.TCP, reach.NewPorts(reach.PortRange{From: 22, To: 22}))
	want := []reach.Admission{
		{Entry: 0, Blocks: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/1")}},
		{Entry: 3, Blocks: []netip.Prefix{netip.MustParsePrefix("2000::/3")}},
	}
	if !slices.EqualFunc(all, want, func(a, b reach.Admission) bool { return a.Entry == b.Entry && slices.Equal(a.Blocks, b.Blocks) }) {
		t.Errorf("%v, and not %v", all, want)
	}
}

func TestUnansweredCalls(t *testing.T) {
	const web = `{"Egress": false, "RuleNumber": 100, "RuleAction": "allow", "Protocol": "6", "PortRange": {"From": 443, "To": 443}, "CidrBlock": "0.0.0.0/0"}, `
	reply := func(number, action, from, to, block string) string {
		return `{"RuleNumber": ` + number + `, "RuleAction": "` + action + `", "Protocol": "6", "Egress": true, "PortRange": {"From": ` + from + `, "To": ` + to + `}, "CidrBlock": "` + block + `"}`
	}
	cases := map[string]struct {
		entries string
		want    []reach.Unanswered
	}{
		"answered":                   {web + reply("1", "allow", "1024", "65535", "0.0.0.0/0"), nil},
		"no replies":                 {web + reply("1", "allow", "443", "443", "0.0.0.0/0"), []reach.Unanswered{{Stops: -1}}},
		"some clients":               {web + reply("1", "allow", "32768", "65535", "0.0.0.0/0"), []reach.Unanswered{{Stops: -1, Partly: true}}},
		"replies to others":          {web + reply("1", "allow", "1024", "65535", "10.0.0.0/8"), []reach.Unanswered{{Stops: -1}}},
		"few are shut out":           {web + reply("1", "deny", "0", "65535", "198.51.100.0/24") + "," + reply("2", "allow", "1024", "65535", "0.0.0.0/0"), nil},
		"all are shut out":           {web + reply("1", "deny", "0", "65535", "0.0.0.0/0") + "," + reply("2", "allow", "1024", "65535", "0.0.0.0/0"), []reach.Unanswered{{Stops: 1}}},
		"a service is denied":        {web + reply("1", "deny", "3389", "3389", "0.0.0.0/0") + "," + reply("2", "allow", "1024", "65535", "0.0.0.0/0"), nil},
		"replies alone are let in":   {`{"Egress": false, "RuleNumber": 1, "RuleAction": "allow", "Protocol": "6", "PortRange": {"From": 1024, "To": 65535}, "CidrBlock": "0.0.0.0/0"}`, nil},
		"everything is, in a family": {`{"Egress": false, "RuleNumber": 1, "RuleAction": "allow", "Protocol": "-1", "Ipv6CidrBlock": "::/0"}`, []reach.Unanswered{{Stops: -1}}},
	}
	blocks := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := reach.UnansweredCalls(networkACL(t, c.entries), reach.TCP, false, blocks, reach.NewPorts(reach.PortRange{From: 1024, To: 65535}))
			if !slices.Equal(got, c.want) {
				t.Errorf("%+v, and not %+v", got, c.want)
			}
		})
	}
}
