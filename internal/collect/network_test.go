package collect

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/fakeaws"
	"github.com/buttress/buttress/internal/recording"
)

// tables are the operations that lead to the routes of transit gateways.
var tables = []recording.Operation{"ec2:DescribeTransitGatewayRouteTables", "ec2:SearchTransitGatewayRoutes"}

// TestEveryRefusal refuses every operation, one at a time: it is a gap, what it
// leads to is not asked about, and all else is recorded as ever.
func TestEveryRefusal(t *testing.T) {
	s := start(t)
	calm, _ := run(t, site())
	for _, op := range operations {
		t.Run(string(op.name), func(t *testing.T) {
			s.Refuse(string(op.name), "UnauthorizedOperation")
			defer s.Refuse(string(op.name), "")
			got, m := run(t, site())
			if len(m.Gaps) == 0 {
				t.Error("there is no gap")
			}
			for _, g := range m.Gaps {
				// The list of launch templates is asked once more about some of them.
				whole := g.Resource == "" || op.name == launchTemplateVersions
				if g.Operation != op.name || g.Code != "UnauthorizedOperation" || whole != op.lists() {
					t.Errorf("gap %+v", g)
				}
			}
			compare(t, calm, got, m)
		})
	}
}

// TestRounds has a call about a resource come after all calls that name it.
func TestRounds(t *testing.T) {
	for name, want := range map[recording.Operation]int{
		"ec2:DescribeTransitGatewayRouteTables": 0, "ec2:SearchTransitGatewayRoutes": 1, "ec2:GetManagedPrefixListEntries": 2,
		"elbv2:DescribeLoadBalancers": 0, "elbv2:DescribeListeners": 1, "elbv2:DescribeRules": 2, launchTemplateVersions: 1,
	} {
		if got := named(name).round(); got != want {
			t.Errorf("%s: round %d, want %d", name, got, want)
		}
	}
	for _, op := range operations {
		for _, in := range op.from {
			if named(in.list) == nil {
				t.Errorf("%s: its resources are those of %s, which is no operation", op.name, in.list)
			}
		}
	}
}

// TestOnlyWhatIsReferenced asks about prefix lists that something names: routes
// of transit gateways too, where they are read.
func TestOnlyWhatIsReferenced(t *testing.T) {
	start(t)
	const file = "eu-west-1/ec2-get-managed-prefix-list-entries/pl-00000000000000003.json"
	to, _ := run(t, site(append(tables, "ec2:GetManagedPrefixListEntries")...))
	if got, want := to.compact(t, file), `{"Entries":[{"Cidr":"172.20.0.0/16"},{"Cidr":"172.21.0.0/16"}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	to, _ = run(t, site("ec2:DescribeRouteTables", "ec2:GetManagedPrefixListEntries"))
	if _, ok := to.bodies[file]; ok {
		t.Error("a prefix list was read that nothing names")
	}
}

// TestRoutesOfTransitGateways looks at what is asked for and what is kept.
func TestRoutesOfTransitGateways(t *testing.T) {
	s := start(t)
	s.PageSize = 1
	to, m := run(t, site(tables...))
	if len(m.Gaps) > 0 {
		t.Errorf("gaps: %v", m.Gaps)
	}
	for _, r := range s.Requests() {
		if r.Op != "ec2:SearchTransitGatewayRoutes" {
			continue
		}
		filter := []string{r.Form.Get("Filter.1.Name"), r.Form.Get("Filter.1.Value.1"), r.Form.Get("Filter.1.Value.2")}
		if diff := cmp.Diff([]string{"state", "active", "blackhole"}, filter); diff != "" {
			t.Errorf("filter: -want +got\n%s", diff)
		}
	}
	got := to.compact(t, "eu-west-1/ec2-search-transit-gateway-routes/tgw-rtb-00000000000000001.json")
	if !strings.HasPrefix(got, `{"Routes":[{"DestinationCidrBlock":"10.9.0.0/16",`) || strings.Count(got, `"State":`) != 4 {
		t.Errorf("all four routes, and nothing else, should be there: %s", got)
	}
}

// TestRoutesAreCut has AWS say that a table has more routes than it lists, and
// name no page with the rest.
func TestRoutesAreCut(t *testing.T) {
	s := start(t)
	const table = "tgw-rtb-00000000000000002"
	s.Intercept(func(w http.ResponseWriter, r fakeaws.Request) bool {
		if r.Form.Get("TransitGatewayRouteTableId") != table {
			return false
		}
		_, _ = io.WriteString(w, "<SearchTransitGatewayRoutesResponse><routeSet/><additionalRoutesAvailable>true</additionalRoutesAvailable></SearchTransitGatewayRoutesResponse>")
		return true
	})
	to, m := run(t, site(tables...))
	want := []recording.Gap{{Region: fakeaws.Region, Operation: "ec2:SearchTransitGatewayRoutes", Resource: table, Code: recording.NotRecorded, Message: "AWS has more routes than it lists"}}
	if diff := cmp.Diff(want, m.Gaps); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if _, ok := to.bodies["eu-west-1/ec2-search-transit-gateway-routes/"+table+".json"]; ok {
		t.Error("the cut list was kept")
	}
	if got := count(s.Calls(), "ec2:SearchTransitGatewayRoutes"); got != 2 {
		t.Errorf("asked %d times, want once for each table", got)
	}
}

// TestSharedTransitGateway reads an account that uses the transit gateway of
// another: AWS shows no route tables, and there is nothing to ask about.
func TestSharedTransitGateway(t *testing.T) {
	s := start(t)
	s.Serve("ec2:DescribeTransitGatewayRouteTables")
	to, m := run(t, site(tables...))
	if len(m.Gaps) > 0 || count(s.Calls(), "ec2:SearchTransitGatewayRoutes") > 0 {
		t.Errorf("gaps %v, calls %v", m.Gaps, s.Calls())
	}
	if got, want := to.compact(t, "eu-west-1/ec2-describe-transit-gateway-route-tables.json"), `{"TransitGatewayRouteTables":[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestListenersWithRules asks about the rules of every listener but those of
// Gateway Load Balancers, of which AWS knows none.
func TestListenersWithRules(t *testing.T) {
	s := start(t)
	const arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/"
	listener := func(id string) string { return "<member><ListenerArn>" + arn + id + "</ListenerArn></member>" }
	s.Serve("elbv2:DescribeListeners", listener("app/a/1/2"), listener("gwy/b/3/4"), listener("net/c/5/6"))
	s.Serve("elbv2:DescribeRules", "<member><RuleArn>rule</RuleArn></member>")
	to, m := run(t, site("elbv2:DescribeLoadBalancers", "elbv2:DescribeListeners", "elbv2:DescribeRules"))
	if len(m.Gaps) > 0 {
		t.Errorf("gaps: %v", m.Gaps)
	}
	var asked []string
	for _, path := range sortedKeys(to.bodies) {
		if id, ok := strings.CutPrefix(path, "eu-west-1/elbv2-describe-rules/"); ok {
			id, err := url.PathUnescape(strings.TrimSuffix(id, ".json"))
			if err != nil {
				t.Fatal(err)
			}
			asked = append(asked, strings.TrimPrefix(id, arn))
		}
	}
	if diff := cmp.Diff([]string{"app/a/1/2", "net/c/5/6"}, asked); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestKeysAreMasked looks for the keys of VPN connections and the secrets of
// identity providers, in what they are told from and in what is not a secret.
func TestKeysAreMasked(t *testing.T) {
	start(t)
	to, _ := run(t, site())
	vpn := to.compact(t, "eu-west-1/ec2-describe-vpn-connections.json")
	for text, times := range map[string]int{
		`"CustomerGatewayConfiguration":"****"`: 1, `"PreSharedKey":"****"`: 2, `"PreSharedKeyArn":"arn:aws:secretsmanager:`: 1, "key-": 0,
		`"DestinationCidrBlock":"192.168.0.0/16"`: 1, `"TransitGatewayId":"tgw-00000000000000001"`: 1,
	} {
		if got := strings.Count(vpn, text); got != times {
			t.Errorf("%s stands there %d times, want %d: %s", text, got, times, vpn)
		}
	}
	paths := sortedKeys(to.bodies)
	i := slices.IndexFunc(paths, func(path string) bool { return strings.Contains(to.bodies[path], `"ClientSecret": "****"`) })
	if i < 0 || !strings.Contains(paths[i], "elbv2-describe-rules/") {
		t.Error("the rule that signs in has no masked client secret")
	}
}

// TestExclusionsInPages reads a list for which the SDK turns no pages.
func TestExclusionsInPages(t *testing.T) {
	s := start(t)
	s.PageSize, s.EmptyPages = 1, true
	to, m := run(t, site("ec2:DescribeVpcBlockPublicAccessExclusions"))
	if got := to.compact(t, "eu-west-1/ec2-describe-vpc-block-public-access-exclusions.json"); len(m.Gaps) > 0 || strings.Count(got, `"ExclusionId":`) != 2 {
		t.Errorf("gaps %v, %s", m.Gaps, got)
	}
	if got := count(s.Calls(), "ec2:DescribeVpcBlockPublicAccessExclusions"); got != 4 {
		t.Errorf("asked %d times for two pages with an empty one before each", got)
	}
	s.Intercept(func(w http.ResponseWriter, r fakeaws.Request) bool {
		if r.Form.Get("NextToken") == "" {
			return false
		}
		fakeaws.Refusal(w, r, "UnauthorizedOperation", "no")
		return true
	})
	to, m = run(t, site("ec2:DescribeVpcBlockPublicAccessExclusions"))
	if len(m.Gaps) != 1 || len(to.bodies) > 0 {
		t.Errorf("gaps %v, bodies %v", m.Gaps, to.bodies)
	}
}
