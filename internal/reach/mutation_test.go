package reach_test

import (
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/buttress/buttress/internal/reach"
)

// TestSoundness takes away whatever a path of the traps names, one thing after the
// other: no path leads by it any more.
func TestSoundness(t *testing.T) {
	for _, trap := range traps(t) {
		t.Run(trap.title(), func(t *testing.T) {
			t.Parallel()
			n := trap.files.network(t)
			for _, q := range trap.asked {
				before, err := n.Ask(q.Question)
				if err != nil {
					continue
				}
				for _, p := range before.Paths {
					for _, h := range slices.Concat(p.Hops, p.Reply) {
						broken := trap.files.clone()
						if !chosen(trap.name+q.text+h.Source) || !broken.takeAway(h.Source) {
							continue
						}
						after, err := broken.network(t).Ask(q.Question)
						if err != nil {
							t.Fatal(err)
						}
						if slices.ContainsFunc(after.Paths, func(o reach.Path) bool { return wayOf(o) == wayOf(p) }) {
							t.Errorf("%s: without %s (%s) the path is still there", q.text, h.Source, h.Decided)
						}
					}
				}
			}
		})
	}
}

// wayOf is what a path goes by and what decided.
func wayOf(p reach.Path) string {
	var b strings.Builder
	for _, h := range slices.Concat(p.Hops, p.Reply) {
		b.WriteString(h.Kind + " " + h.Resource + " " + h.Source + "\n")
	}
	return b.String()
}

// takenAway is what becomes of what a pointer leads to, so that it decides no more
// but everything else keeps its place.
var takenAway = []struct {
	pointer *regexp.Regexp
	patch   any
}{
	{regexp.MustCompile(`/IpRanges/\d+$`), map[string]any{"CidrIp": "127.9.9.9/32"}},
	{regexp.MustCompile(`/Ipv6Ranges/\d+$`), map[string]any{"CidrIpv6": "::9/128"}},
	{regexp.MustCompile(`/UserIdGroupPairs/\d+$`), map[string]any{"GroupId": "sg-none"}},
	{regexp.MustCompile(`/NetworkAcls/\d+/Entries/\d+$`), map[string]any{"RuleAction": "deny"}},
	{regexp.MustCompile(`/RouteTables/\d+/Routes/\d+$`), map[string]any{"State": "blackhole"}},
	{regexp.MustCompile(`(/InternetGateways/\d+/Attachments/\d+)/State$`), map[string]any{"State": "detached"}},
	{regexp.MustCompile(`(/EgressOnlyInternetGateways/\d+)/Attachments$`), map[string]any{"Attachments": []any{}}},
	{regexp.MustCompile(`(/NatGateways/\d+)/NatGatewayAddresses$`), map[string]any{"State": "failed"}},
	{regexp.MustCompile(`(/VpcPeeringConnections/\d+)/Status/Code$`), map[string]any{"Status": map[string]any{"Code": "deleted"}}},
	{regexp.MustCompile(`(/TransitGatewayVpcAttachments/\d+)/SubnetIds$`), map[string]any{"State": "deleted", "SubnetIds": []any{}}},
	{regexp.MustCompile(`(/TransitGatewayPeeringAttachments/\d+)/State$`), map[string]any{"State": "deleted"}},
	{regexp.MustCompile(`^(/Routes/\d+)/DestinationCidrBlock$`), map[string]any{"State": "blackhole"}},
	{regexp.MustCompile(`(/NetworkInterfaces/\d+)/SourceDestCheck$`), map[string]any{"SourceDestCheck": true}},
	{regexp.MustCompile(`(/Listeners/\d+)/Port$`), map[string]any{"Protocol": "NONE"}},
	{regexp.MustCompile(`(/LoadBalancerDescriptions/\d+/ListenerDescriptions/\d+)$`), map[string]any{"Listener": map[string]any{"Protocol": "NONE"}}},
	{regexp.MustCompile(`(/TargetHealthDescriptions/\d+)/Target/Id$`), map[string]any{"Target": map[string]any{"Id": "i-none"}}},
	{regexp.MustCompile(`(/LoadBalancers/\d+)/LoadBalancerName$`), map[string]any{"State": map[string]any{"Code": "failed"}}},
	{regexp.MustCompile(`(/VpcBlockPublicAccessExclusions/\d+)/InternetGatewayExclusionMode$`), map[string]any{"State": "delete-complete"}},
	{regexp.MustCompile(`(/NetworkInterfaces/\d+)/Association$`), map[string]any{"Association": nil, "PrivateIpAddresses": nil}},
}

// takeAway takes away what a source leads to. It is false for what has no place,
// and for what is no thing of its own.
func (d documents) takeAway(source string) bool {
	path, pointer, ok := strings.Cut(source, "#")
	if !ok {
		return false
	}
	for _, t := range takenAway {
		m := t.pointer.FindStringSubmatch(pointer)
		if m == nil {
			continue
		}
		if len(m) > 1 {
			pointer = m[1] // all these patterns begin where the pointer does
		}
		_, err := changed(d[relative(path)], strings.Split(strings.TrimPrefix(pointer, "/"), "/"), t.patch)
		return err == nil
	}
	return false
}

// TestMending mends what alone stops a question of the traps: then packets arrive.
func TestMending(t *testing.T) {
	var mu sync.Mutex // guards mended, to which cases side by side add
	mended := map[string]int{}
	t.Run("cases", func(t *testing.T) {
		for _, trap := range traps(t) {
			t.Run(trap.title(), func(t *testing.T) {
				t.Parallel()
				n := trap.files.network(t)
				for _, q := range trap.asked {
					a, err := n.Ask(q.Question)
					if err != nil || a.Answer != reach.Blocked || !oneThing(a.Blockers) || strings.HasPrefix(q.To, "10.") || strings.HasPrefix(q.To, "fd00:") {
						continue
					}
					whole := trap.files.clone()
					if !whole.mend(a.Blockers[0]) {
						continue
					}
					after, err := whole.network(t).Ask(q.Question)
					if err != nil {
						t.Fatal(err)
					}
					if after.Answer == reach.Blocked {
						t.Errorf("%s: %s, and with %s mended %s", q.text, said(a, nil), a.Blockers[0].Message, said(after, nil))
					}
					mu.Lock()
					mended[a.Blockers[0].Kind]++
					mu.Unlock()
				}
			})
		}
	})
	for _, kind := range []string{
		"security-group", "network-acl", "route-table", "internet-gateway", "egress-only-internet-gateway", "nat-gateway",
		"vpc-block-public-access", "vpc-peering-connection", "vpn-gateway", "load-balancer", "target-group", "network-interface",
		"instance-state", "public-address", "source-dest-check", "transit-gateway", "transit-gateway-route-table",
	} {
		if mended[kind] == 0 {
			t.Errorf("no %s was mended", kind)
		}
	}
}

func oneThing(all []reach.Blocker) bool {
	return len(all) > 0 && !slices.ContainsFunc(all, func(b reach.Blocker) bool { return b.Kind != all[0].Kind || b.Resource != all[0].Resource })
}

// anything is a permission of a security group for everything, and everybody a
// set of rules of a network ACL for everybody.
var (
	anything = []any{map[string]any{
		"IpProtocol": "-1", "IpRanges": []any{map[string]any{"CidrIp": "0.0.0.0/0"}}, "Ipv6Ranges": []any{map[string]any{"CidrIpv6": "::/0"}},
	}}
	everybody = []any{
		map[string]any{"Egress": false, "RuleNumber": 1.0, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
		map[string]any{"Egress": true, "RuleNumber": 1.0, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
		map[string]any{"Egress": false, "RuleNumber": 2.0, "RuleAction": "allow", "Protocol": "-1", "Ipv6CidrBlock": "::/0"},
		map[string]any{"Egress": true, "RuleNumber": 2.0, "RuleAction": "allow", "Protocol": "-1", "Ipv6CidrBlock": "::/0"},
	}
)

// mend mends a blocker. It is false for what cannot be mended by a change of one
// thing: a NAT gateway takes no connections, and who is gone is gone.
func (d documents) mend(b reach.Blocker) bool {
	merge := func(patch map[string]any) bool { return d.change(b.Resource, patch) == nil }
	switch b.Kind {
	case "security-group":
		if strings.HasPrefix(b.Resource, "eni-") {
			return d.change(b.Resource, map[string]any{"Groups": []any{map[string]any{"GroupId": "sg-web"}}}) == nil
		}
		return merge(map[string]any{"IpPermissions": anything, "IpPermissionsEgress": anything})
	case "network-acl":
		return merge(map[string]any{"Entries": everybody})
	case "route-table":
		return b.Resource == "rtb-public" && !strings.Contains(b.Message, "circle") && d.mendRoute(b)
	case "internet-gateway":
		return strings.HasPrefix(b.Resource, "igw-") && !strings.Contains(b.Message, "private address") &&
			merge(map[string]any{"Attachments": []any{map[string]any{"VpcId": "vpc-1", "State": "available"}}})
	case "egress-only-internet-gateway":
		return merge(map[string]any{"Attachments": []any{map[string]any{"VpcId": "vpc-1", "State": "attached"}}})
	case "nat-gateway":
		return strings.HasSuffix(b.Source, "/State") && merge(map[string]any{"State": "available"})
	case "vpc-block-public-access":
		d["eu-west-1/"+option+".json"] = map[string]any{"VpcBlockPublicAccessOptions": map[string]any{"InternetGatewayBlockMode": "off"}}
		return !strings.Contains(b.Message, "endpoint") && merge(map[string]any{"BlockPublicAccessStates": nil})
	case "vpc-peering-connection":
		return strings.HasSuffix(b.Source, "/Code") && merge(map[string]any{"Status": map[string]any{"Code": "active"}})
	case "vpn-gateway":
		return strings.HasSuffix(b.Source, "/VpcAttachments") && merge(map[string]any{"VpcAttachments": []any{map[string]any{"VpcId": "vpc-1", "State": "attached"}}})
	case "network-interface":
		return strings.HasSuffix(b.Source, "/Status") && merge(map[string]any{"Status": "in-use"})
	case "instance-state":
		if strings.HasSuffix(b.Source, "/DBInstanceStatus") {
			return merge(map[string]any{"DBInstanceStatus": "available"})
		}
		return merge(map[string]any{"State": map[string]any{"Name": "running"}})
	case "source-dest-check":
		return merge(map[string]any{"SourceDestCheck": false})
	case "public-address":
		return !strings.Contains(b.Message, "carrier") && d.mendAddress(b)
	default:
		return d.mendWay(b)
	}
}

// mendRoute makes a blackhole active again, or gives a table of the first VPC a way
// to its internet gateway.
func (d documents) mendRoute(b reach.Blocker) bool {
	path, pointer, _ := strings.Cut(b.Source, "#")
	gateways := "eu-west-1/ec2-describe-internet-gateways.json"
	d[gateways] = map[string]any{"InternetGateways": []any{map[string]any{
		"InternetGatewayId": "igw-1", "Attachments": []any{map[string]any{"VpcId": "vpc-1", "State": "available"}},
	}}}
	toGateway := map[string]any{"State": "active", "GatewayId": "igw-1", "NatGatewayId": nil, "EgressOnlyInternetGatewayId": nil, "NetworkInterfaceId": nil, "TransitGatewayId": nil}
	if strings.Contains(pointer, "/Routes/") {
		route := d.at(path, pointer)
		if route["DestinationCidrBlock"] != "0.0.0.0/0" && route["DestinationIpv6CidrBlock"] != "::/0" {
			return false // its target is gone
		}
		_, err := changed(d[relative(path)], strings.Split(strings.TrimPrefix(pointer, "/"), "/"), toGateway)
		return err == nil
	}
	return d.change(b.Resource+"/Routes/-", map[string]any{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}) == nil &&
		d.change(b.Resource+"/Routes/-", map[string]any{"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1", "State": "active"}) == nil
}

// at is the object that a pointer leads to.
func (d documents) at(path, pointer string) map[string]any {
	v := d[relative(path)]
	for key := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch in := v.(type) {
		case map[string]any:
			v = in[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(in) {
				return nil
			}
			v = in[i]
		}
	}
	m, _ := v.(map[string]any)
	return m
}

// mendAddress gives an interface a public address, or makes its IPv6 address one.
func (d documents) mendAddress(b reach.Blocker) bool {
	if strings.Contains(b.Message, ":") {
		for _, subnet := range []string{"subnet-a", "subnet-b"} {
			if err := d.change(subnet+"/Ipv6CidrBlockAssociationSet/0", map[string]any{"Ipv6AddressAttribute": "public"}); err != nil {
				return false
			}
		}
		return !strings.HasPrefix(b.Message, "fd00")
	}
	path, pointer, _ := strings.Cut(b.Source, "#")
	private := d.at(path, strings.TrimSuffix(pointer, "/PrivateIpAddresses"))["PrivateIpAddress"]
	association := map[string]any{"PublicIp": "54.0.9.9"}
	return d.change(b.Resource, map[string]any{
		"Association":        association,
		"PrivateIpAddresses": []any{map[string]any{"Primary": true, "PrivateIpAddress": private, "Association": association}},
	}) == nil
}

// mendWay mends load balancers and transit gateways.
func (d documents) mendWay(b reach.Blocker) bool {
	path, pointer, _ := strings.Cut(b.Source, "#")
	path = relative(path)
	switch {
	case b.Kind == "load-balancer" && strings.HasSuffix(pointer, "/State/Code"):
		return d.change(b.Resource, map[string]any{"State": map[string]any{"Code": "active"}}) == nil
	case b.Kind == "load-balancer" && strings.HasSuffix(pointer, "/State"):
		_, err := changed(d[path], strings.Split(strings.TrimPrefix(strings.TrimSuffix(pointer, "/State"), "/"), "/"), map[string]any{"State": "InService"})
		return err == nil
	case b.Kind == "load-balancer":
		for name := range d {
			if strings.Contains(name, "-attributes/") {
				d[name] = map[string]any{"Attributes": []any{
					map[string]any{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}, map[string]any{"Key": "ipv6.deny_all_igw_traffic", "Value": "false"},
				}}
			}
		}
		return d.change(b.Resource+"/AvailabilityZones/-", map[string]any{"ZoneName": "eu-west-1b", "SubnetId": "subnet-b"}) == nil
	case b.Kind == "target-group":
		_, err := changed(d[path], strings.Split(strings.TrimPrefix(strings.TrimSuffix(pointer, "/TargetHealth/State"), "/"), "/"), map[string]any{"TargetHealth": map[string]any{"State": "healthy"}})
		return err == nil
	case b.Kind == "transit-gateway" && strings.HasSuffix(pointer, "/SubnetIds"):
		_, err := changed(d[path], strings.Split(strings.TrimPrefix(pointer, "/")+"/-", "/"), "subnet-b")
		return err == nil
	case b.Kind == "transit-gateway-route-table" && strings.HasSuffix(pointer, "/DestinationCidrBlock"):
		_, err := changed(d[path], strings.Split(strings.TrimPrefix(strings.TrimSuffix(pointer, "/DestinationCidrBlock"), "/"), "/"), map[string]any{
			"State": "active", "TransitGatewayAttachments": []any{map[string]any{"TransitGatewayAttachmentId": "tgw-attach-2", "ResourceId": "vpc-2", "ResourceType": "vpc"}},
		})
		return err == nil
	}
	return false
}

// TestOrderDoesNotMatter shuffles the lists of the traps: answers are the same.
func TestOrderDoesNotMatter(t *testing.T) {
	for _, trap := range traps(t) {
		t.Run(trap.title(), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, 2))
			for range 2 {
				other := trap.files.clone()
				for _, name := range slices.Sorted(maps.Keys(other)) {
					shuffle(random, other[name])
				}
				n := other.network(t)
				for _, q := range trap.asked {
					if got := said(n.Ask(q.Question)); got != q.want {
						t.Errorf("%s\n in one order  %s\n in another    %s", q.text, q.want, got)
					}
				}
			}
		})
	}
}

func shuffle(r *rand.Rand, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			shuffle(r, v[k])
		}
	case []any:
		for _, e := range v {
			shuffle(r, e)
		}
		r.Shuffle(len(v), func(i, j int) { v[i], v[j] = v[j], v[i] })
	}
}

// TestSourcesAreRecorded follows the source of every hop and blocker.
func TestSourcesAreRecorded(t *testing.T) {
	for _, trap := range traps(t) {
		t.Run(trap.title(), func(t *testing.T) {
			t.Parallel()
			n := trap.files.network(t)
			whole := trap.files.whole()
			for _, q := range trap.asked {
				a, err := n.Ask(q.Question)
				if err != nil {
					continue
				}
				for _, p := range a.Paths {
					for _, h := range slices.Concat(p.Hops, p.Reply) {
						follow(t, q.text, whole, h.Kind, h.Resource, h.Decided, h.Source)
					}
				}
				for _, b := range a.Blockers {
					follow(t, q.text, whole, b.Kind, b.Resource, b.Message, b.Source)
				}
			}
		})
	}
}

func follow(t *testing.T, question string, whole documents, kind, resource, message, source string) {
	t.Helper()
	if kind == "" || resource == "" || message == "" {
		t.Errorf("%s: %q %q %q lacks something", question, kind, resource, message)
	}
	path, pointer, ok := strings.Cut(source, "#")
	if source == "" {
		return
	}
	doc, there := whole[path]
	if !ok || !there {
		t.Errorf("%s: %s leads to no file", question, source)
	}
	keys := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, key := range keys {
		switch in := doc.(type) {
		case map[string]any:
			doc, there = in[key]
		case []any:
			at, err := strconv.Atoi(key)
			there = err == nil && at < len(in)
			if there {
				doc = in[at]
			}
		default:
			there = false
		}
		if !there && i < len(keys)-1 { // the last key may be the one that is missing
			t.Errorf("%s: %s leads nowhere", question, source)
			return
		}
	}
}
