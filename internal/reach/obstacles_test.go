package reach_test

import (
	"slices"
	"testing"

	"github.com/buttress/buttress/internal/reach"
)

// TestBlockersSayWhere asks questions of traps that several ways lead to, or both
// families: a message says of which it is, where it is not of all.
func TestBlockersSayWhere(t *testing.T) {
	port := func(n int) *int { return &n }
	for _, test := range []struct {
		trap string
		q    reach.Question
		want []string
	}{
		{
			"interfaces/blockers say of which family and which address they are",
			reach.Question{From: "internet", To: "i-1", Port: port(22)},
			[]string{
				"no rule admits tcp/22 in from the internet",
				"IPv6: rule 10 denies tcp/22 in from the internet",
			},
		},
		{
			"interfaces/blockers say of which family and which address they are",
			reach.Question{From: "internet", To: "i-1", Port: port(443)},
			[]string{"IPv6: rule 10 denies tcp/443 in from the internet"},
		},
		{
			"balancers/a private instance behind a load balancer",
			reach.Question{From: "internet", To: "i-2"},
			[]string{
				"directly: 10.0.2.10 has no public address",
				"directly: no rule admits tcp/1-8079, 8081-65535 in from the internet",
				"directly: the route 0.0.0.0/0 leads to nat-1: a NAT gateway passes no reply to what it did not translate",
			},
		},
		{
			"network-balancers/not across zones unless told to",
			reach.Question{From: "internet", To: "i-2", Port: port(8080)},
			[]string{"it does not send across zones: its node is in euw1-az1, its target 10.0.2.10 in euw1-az2"},
		},
		{
			"network-balancers/two nodes, of which one has a healthy target in its zone",
			reach.Question{From: "internet", To: "i-2", Port: port(8080)},
			[]string{
				"through tcp at eni-nlb: it does not send across zones: its node is in euw1-az1, its target 10.0.2.10 in euw1-az2",
				"the target is draining, and gets no new connections",
			},
		},
	} {
		t.Run(test.trap, func(t *testing.T) {
			all := traps(t)
			i := slices.IndexFunc(all, func(tr trap) bool { return tr.title() == test.trap })
			if i < 0 {
				t.Fatal("no such trap")
			}
			a, err := all[i].files.network(t).Ask(test.q)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, b := range a.Blockers {
				got = append(got, b.Message)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
