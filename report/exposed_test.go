package report_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/buttress/buttress/internal/topology"
	"github.com/buttress/buttress/report"
)

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

// section is the text of the section about what the internet reaches.
func section(t *testing.T, r *report.Results) string {
	t.Helper()
	_, rest, found := strings.Cut(output(t, "html", r), `<section id="exposed"`)
	if !found {
		t.Fatal("the page has no such section")
	}
	rest, _, _ = strings.Cut(rest, "</section>")
	return strings.Join(strings.Fields(tags.ReplaceAllString(rest, " ")), " ")
}

// TestPageSaysWhatTheInternetReaches reads the section of both accounts.
func TestPageSaysWhatTheInternetReaches(t *testing.T) {
	for name, want := range map[string][]string{
		"tipster-before": {
			"The internet reaches 2 resources directly. Packets get there",
			"tipster-db AWS::RDS::DBInstance in eu-west-1 tcp 3306 0.0.0.0/0 directly, by igw-05c8e2d9417fb63a0",
			"i-0a1b2c3d4e5f60718 (tipster) AWS::EC2::Instance in eu-west-1 tcp 22, 80, 443, 3306, 8080 0.0.0.0/0 directly",
			"tipster-server sg-03f8d1c6e2b94a75d tipster-db sg-0e5b72a9d41c83f60 tcp 3306",
		},
		"tipster-after": {
			"The internet reaches 1 resource directly and 2 resources through load balancers only.",
			"tipster-alb AWS::ElasticLoadBalancingV2::LoadBalancer in eu-west-1 tcp 80, 443 0.0.0.0/0 directly",
			"i-0a1b2c3d4e5f67089 (tipster-app) AWS::EC2::Instance in eu-west-1 tcp 8080 0.0.0.0/0 through tipster-alb",
		},
	} {
		got := section(t, scanned(t, name))
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q is not in\n%s", name, w, got)
			}
		}
	}
}

// TestPageIsNotSilentAboutTheInternet reads what stands where nothing is known, or
// not all.
func TestPageIsNotSilentAboutTheInternet(t *testing.T) {
	place := topology.Place{Resource: topology.Resource{ID: "i-1", Name: "web"}, Region: "eu-west-1"}
	acls := []topology.Call{{Operation: "ec2:DescribeNetworkAcls", Region: "eu-west-1"}}
	way := topology.WayIn{Place: place, Via: topology.Direct, Protocol: "icmp", Ports: "all", Sources: []string{"::/0"}, MoreSources: 7}
	for _, c := range []struct {
		exposure *topology.Exposure
		want     []string
	}{
		{nil, []string{"do not say what the internet reaches: scan again"}},
		{&topology.Exposure{}, []string{"was not looked at", "buttress exposure tells it"}},
		{&topology.Exposure{Followed: true}, []string{"reaches nothing of what was scanned", "No member of a security group"}},
		{&topology.Exposure{Followed: true, MatrixLeftOut: true}, []string{"There are too many for this page"}},
		{
			&topology.Exposure{Followed: true, Undecided: []topology.Undecided{{Place: place, Missing: acls}}, MoreUndecided: 41},
			[]string{"Of no resource is it certain that the internet reaches it; of 42 resources it cannot be told.", "i-1 (web) in eu-west-1: without ec2:DescribeNetworkAcls", "and of 41 more resources"},
		},
		{
			&topology.Exposure{Followed: true, Missing: acls, MoreMissing: 2},
			[]string{"of what is on lists that the recording does not have it cannot be told", "Everything else in eu-west-1: without ec2:DescribeNetworkAcls", "and 2 more lists", "As far as can be told, no member"},
		},
		{
			&topology.Exposure{Followed: true, Direct: 9000, WaysIn: []topology.WayIn{way}, MoreWaysIn: 8999},
			[]string{"The internet reaches 9,000 resources directly.", "icmp ::/0 and 7 more directly", "and 8,999 more ways in: buttress exposure lists them all"},
		},
	} {
		r := scanned(t, "tipster-after")
		r.Topology.Exposure = c.exposure
		got := section(t, r)
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("%q is not in\n%s", w, got)
			}
		}
	}
}

// TestPictureSaysWhatIsNotKnown reads the notes below the picture.
func TestPictureSaysWhatIsNotKnown(t *testing.T) {
	r := scanned(t, "tipster-after")
	r.Topology.Exposure = &topology.Exposure{Followed: true, Missing: []topology.Call{{Operation: "ec2:DescribeSubnets", Region: "eu-west-1"}}}
	if out := output(t, "svg", r); !strings.Contains(out, "Not known whether the internet reaches: Everything else in eu-west-1: without ec2:DescribeSubnets.") {
		t.Error("a list that is missing is not said")
	}
	r.Topology.Exposure = &topology.Exposure{}
	if out := output(t, "svg", r); !strings.Contains(out, "What the internet reaches was not looked at") {
		t.Error("it is not said that nobody looked")
	}
}

// TestReadRefusesAStrangeExposure reads what contradicts itself.
func TestReadRefusesAStrangeExposure(t *testing.T) {
	good := output(t, "json", scanned(t, "tipster-before"))
	for _, c := range []struct{ from, to, want string }{
		{`"via": "direct"`, `"via": "magic"`, `/topology/exposure/waysIn/0/via: is "magic"`},
		{`"moreWaysIn": 0`, `"moreWaysIn": -1`, `below zero`},
		{`"followed": true`, `"followed": false`, `/followed: is false`},
		{`"direct": 2`, `"direct": 0`, `/waysIn: has 2, and 0 resources are reached`},
	} {
		_, err := report.Read(strings.NewReader(strings.Replace(good, c.from, c.to, 1)))
		if err == nil || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v, want %q", c.to, err, c.want)
		}
	}
}
