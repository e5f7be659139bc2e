package snapshot_test

import (
	"testing"

	"github.com/buttress/buttress/internal/snapshot"
)

// TestRulesOf has listeners of every type of load balancer, and the rules of one
// of them. Without a record of theirs only those of a Gateway Load Balancer are
// known to have none.
func TestRulesOf(t *testing.T) {
	const arn, escaped = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:", "arn%3Aaws%3Aelasticloadbalancing%3Aeu-west-1%3A111122223333%3A"
	s := loadBodies(t, map[string]string{
		"elbv2-describe-listeners/" + escaped + "loadbalancer%2Fx": `{"Listeners": [{"ListenerArn": "` + arn + `listener/app/a/1/2"},
			{"ListenerArn": "` + arn + `listener/gwy/b/3/4"}, {"ListenerArn": "` + arn + `listener/net/c/5/6"}]}`,
		"elbv2-describe-rules/" + escaped + "listener%2Fnet%2Fc%2F5%2F6": `{"Rules": [{"RuleArn": "` + arn + `listener-rule/net/c/5/6/7",
			"Conditions": [{"Field": "source-ip", "SourceIpConfig": {"IpAddressType": "ipv6"}}]}]}`,
	})
	want := []struct {
		rules int
		gap   bool
	}{{0, true}, {0, false}, {1, false}}
	listeners := snapshot.Listeners.In(s)
	if len(listeners) != len(want) {
		t.Fatalf("%d listeners", len(listeners))
	}
	for i := range listeners {
		rules, gap := s.RulesOf(&listeners[i])
		if len(rules) != want[i].rules || (gap != nil) != want[i].gap {
			t.Errorf("%s: %d rules, gap %v", listeners[i].ID(), len(rules), gap)
		}
	}
	rules, _ := s.RulesOf(&listeners[2])
	if got := rules[0].Conditions[0].SourceIPConfig.IPAddressType; got != "ipv6" {
		t.Errorf("the rule is for %q, want ipv6", got)
	}
}
