package topology_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/buttress/buttress/fixtures"
	"github.com/buttress/buttress/internal/generated"
	"github.com/buttress/buttress/internal/golden"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
	"github.com/buttress/buttress/internal/topology"
)

func load(tb testing.TB, files fs.FS, kinds []snapshot.Kind) *snapshot.Snapshot {
	tb.Helper()
	r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		tb.Skip(err)
	}
	s, err := snapshot.Load(r, kinds)
	if err != nil {
		tb.Skip(err)
	}
	return s
}

// outline writes a topology for people to compare.
func outline(t *topology.Topology) string {
	var b strings.Builder
	for _, r := range t.Regions {
		fmt.Fprintf(&b, "%s %s\n", r.Account, r.Name)
		for _, v := range r.VPCs {
			outlineVPC(&b, &v)
		}
		for _, u := range r.Unplaced {
			fmt.Fprintf(&b, "  unplaced %s: %s\n", item(&u.Item), u.Reason)
		}
	}
	for _, c := range t.Cut {
		fmt.Fprintf(&b, "cut: %s\n", c)
	}
	outlineExposure(&b, t.Exposure)
	return b.String()
}

func outlineExposure(b *strings.Builder, e *topology.Exposure) {
	fmt.Fprintf(b, "exposure, followed %v\n", e.Followed)
	for i := range e.WaysIn {
		w := &e.WaysIn[i]
		fmt.Fprintf(b, "  %s in %s on %s %s from %v, %s by %s\n", w.ID, w.VPC, w.Protocol, w.Ports, w.Sources, w.Via, w.Entry)
	}
	for i := range e.Undecided {
		fmt.Fprintf(b, "  undecided %s in %s, without %v\n", e.Undecided[i].ID, e.Undecided[i].VPC, e.Undecided[i].Missing)
	}
	for _, c := range e.Missing {
		fmt.Fprintf(b, "  nothing is known without %v\n", c)
	}
	for _, p := range e.Matrix {
		fmt.Fprintf(b, "  %v reaches %v on %s %s, unknown %v\n", p.From, p.To, p.Protocol, p.Ports, p.Unknown)
	}
	fmt.Fprintf(b, "  more: %d ways in, %d undecided, %d missing, matrix left out %v\n", e.MoreWaysIn, e.MoreUndecided, e.MoreMissing, e.MatrixLeftOut)
}

func outlineVPC(b *strings.Builder, v *topology.VPC) {
	fmt.Fprintf(b, "  vpc %s %q %v", v.ID, v.Name, v.CIDRs)
	for _, word := range []struct {
		text string
		is   bool
	}{{"default", v.Default}, {"shared", v.Shared}, {"unlisted", !v.Listed}, {"empty", v.Empty}, {"summary", v.Summary}} {
		if word.is {
			b.WriteString(" " + word.text)
		}
	}
	fmt.Fprintf(b, " %v", v.Counts)
	if v.Open > 0 {
		fmt.Fprintf(b, " open: %d", v.Open)
	}
	b.WriteByte('\n')
	for _, g := range v.Gateways {
		fmt.Fprintf(b, "    edge %s\n", item(&g))
	}
	for _, z := range v.Zones {
		fmt.Fprintf(b, "    zone %s\n", strings.TrimSpace(z.ID+" "+z.Name+" "+z.Type))
	}
	for _, n := range v.Subnets {
		fmt.Fprintf(b, "    subnet %s %q in %q: %s, out by %q\n", n.ID, n.Name, n.Zone, n.Tier, n.Egress)
		for _, i := range n.Items {
			fmt.Fprintf(b, "      %s\n", item(&i))
		}
	}
	for _, l := range v.LoadBalancers {
		fmt.Fprintf(b, "    balancer %s, %s %s in %v, for %v%s\n", l.ID, l.Scheme, l.Type, l.Subnets, l.Groups, open(l.Open))
	}
	for _, g := range v.Groups {
		fmt.Fprintf(b, "    group %s, %s\n", g.ID, g.Size)
		for _, p := range g.Parts {
			fmt.Fprintf(b, "      in %s:", p.Subnet)
			for _, i := range p.Items {
				b.WriteString(" " + item(&i))
			}
			b.WriteByte('\n')
		}
	}
	for _, d := range v.Databases {
		fmt.Fprintf(b, "    database %s, %s\n", d.ID, d.Engine)
		for _, n := range d.Nodes {
			fmt.Fprintf(b, "      %s\n", strings.TrimSpace(n.Role+" "+n.ID+" in "+n.Subnet+" "+n.Detail)+open(n.Open))
		}
	}
}

func open(o *topology.Open) string {
	if o == nil {
		return ""
	}
	return fmt.Sprintf(", open: %d on %q", o.Count, o.On)
}

func item(i *topology.Item) string {
	if i.ID == "" {
		return fmt.Sprintf("%d × %s%s", i.Count, i.Kind, open(i.Open))
	}
	return strings.TrimSpace(i.Kind+" "+i.ID+" "+i.Detail) + open(i.Open)
}

// TestAccounts holds the bundled accounts to golden files.
func TestAccounts(t *testing.T) {
	for _, name := range []string{"tipster-before", "tipster-after"} {
		account, err := fs.Sub(fixtures.Accounts, "accounts/"+name)
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, "testdata/"+name+".golden", outline(topology.Of(load(t, account, snapshot.Kinds()))))
	}
}

// TestPartial holds recordings of a part of an account to what they draw: the
// archive has a file for each, and what is to come of it under "want".
func TestPartial(t *testing.T) {
	const file = "testdata/partial.txtar"
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]fstest.MapFS{}
	for _, f := range a.Files {
		name, rest, _ := strings.Cut(f.Name, "/")
		if cases[name] == nil {
			cases[name] = fstest.MapFS{}
		}
		if rest != "want" {
			cases[name][rest] = &fstest.MapFile{Data: f.Data}
		}
	}
	for i := range a.Files {
		f := &a.Files[i]
		name, rest, _ := strings.Cut(f.Name, "/")
		if rest != "want" {
			continue
		}
		got := outline(topology.Of(load(t, cases[name], snapshot.Kinds())))
		if *golden.Update {
			f.Data = []byte(got)
		} else if got != string(f.Data) {
			t.Errorf("%s: got\n%swant\n%s", name, got, f.Data)
		}
	}
	if *golden.Update {
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRuleCases takes each kind of data away from the cases of the rules: what is
// left is drawn, the same each time, and what is drawn has a place.
func TestRuleCases(t *testing.T) {
	files, err := fs.Glob(fixtures.Rules, "rules/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(path.Base(file), func(t *testing.T) {
			text, err := fixtures.Rules.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for name, files := range cases(txtar.Parse(text)) {
				t.Run(name, func(t *testing.T) { holds(t, files) })
			}
		})
	}
}

// cases are the recordings of an archive: what is under common/ belongs to all.
func cases(a *txtar.Archive) map[string]fstest.MapFS {
	common, all := fstest.MapFS{}, map[string]fstest.MapFS{}
	for _, f := range a.Files {
		name, rest, _ := strings.Cut(f.Name, "/")
		if name == "common" {
			common[rest] = &fstest.MapFile{Data: f.Data}
			continue
		}
		if all[name] == nil {
			all[name] = maps.Clone(common)
		}
		switch {
		case rest == "want":
		case len(strings.TrimSpace(string(f.Data))) == 0:
			delete(all[name], rest)
		default:
			all[name][rest] = &fstest.MapFile{Data: f.Data}
		}
	}
	return all
}

func holds(t *testing.T, files fs.FS) {
	t.Helper()
	all := snapshot.Kinds()
	s := load(t, files, all)
	check(t, s)
	for i := range all {
		if reflect.ValueOf(all[i].Rows(s)).Len() == 0 {
			continue
		}
		kinds := append(append([]snapshot.Kind{}, all[:i]...), all[i+1:]...)
		check(t, load(t, files, kinds))
	}
}

// check asks what holds for every topology.
func check(t *testing.T, s *snapshot.Snapshot) {
	t.Helper()
	top := topology.Of(s)
	if again := topology.Of(s); !reflect.DeepEqual(top, again) {
		t.Errorf("differs from run to run:\n%s\n%s", outline(top), outline(again))
	}
	for _, r := range top.Regions {
		for _, v := range r.VPCs {
			checkVPC(t, &v)
		}
	}
}

func checkVPC(t *testing.T, v *topology.VPC) {
	t.Helper()
	zones, subnets := map[string]bool{"": true}, map[string]bool{}
	for _, z := range v.Zones {
		zones[z.ID] = true
	}
	for _, n := range v.Subnets {
		subnets[n.ID] = true
		if !zones[n.Zone] {
			t.Errorf("subnet %s is in the zone %q that %s does not have", n.ID, n.Zone, v.ID)
		}
	}
	var named []string
	for _, l := range v.LoadBalancers {
		named = append(named, l.Subnets...)
	}
	for _, g := range v.Groups {
		for _, p := range g.Parts {
			named = append(named, p.Subnet)
		}
	}
	for _, d := range v.Databases {
		for _, n := range d.Nodes {
			named = append(named, n.Subnet)
		}
	}
	for _, id := range named {
		if !subnets[id] {
			t.Errorf("something stands in the subnet %q that %s does not have", id, v.ID)
		}
	}
}

// TestRecordedByOthers draws whatever others recorded.
func TestRecordedByOthers(t *testing.T) {
	const shared = "../../../shared/data/recorded"
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("%s is not there: the recordings of others are not tried", shared)
	}
	for _, pattern := range []string{"batfish/test-*", "cloudmapper-demo", "c7n/*"} {
		dirs, err := filepath.Glob(filepath.Join(shared, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range dirs {
			t.Run(filepath.Base(dir), func(t *testing.T) { check(t, load(t, os.DirFS(dir), snapshot.Kinds())) })
		}
	}
}

// TestSize bounds what results carry of large accounts, as results write it.
func TestSize(t *testing.T) {
	for _, n := range []int{500, 2_000, 100_000} {
		s := load(t, os.DirFS(generated.Account(t, n)), snapshot.Kinds())
		checkSize(t, topology.Of(s), n >= 2_000)
		check(t, s)
	}
}

func checkSize(t *testing.T, top *topology.Topology, cut bool) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"topology": top}, jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 300_000 {
		t.Errorf("%d bytes: %v", len(text), top.Cut)
	}
	if cut != (len(top.Cut) > 0) {
		t.Errorf("%d bytes, and what was cut: %q", len(text), top.Cut)
	}
	if cut && len(text) < 100_000 {
		t.Errorf("%d bytes: more was cut than had to be: %v", len(text), top.Cut)
	}
}

// exposed is an account in which all n instances of a VPC are open to the internet,
// without the files that are named.
func exposed(n int, without ...string) fstest.MapFS {
	var instances, interfaces []string
	for i := range n {
		instances = append(instances, fmt.Sprintf(`{"Instances": [{"InstanceId": "i-%d", "State": {"Name": "running"}, "VpcId": "vpc-1", "SubnetId": "subnet-1", "Tags": [{"Key": "Name", "Value": "%s"}]}]}`, i, strings.Repeat("long ", 40)))
		interfaces = append(interfaces, fmt.Sprintf(`{"NetworkInterfaceId": "eni-%d", "VpcId": "vpc-1", "SubnetId": "subnet-1", "OwnerId": "111122223333", "Status": "in-use", "Groups": [{"GroupId": "sg-1"}], "PrivateIpAddress": "10.0.%d.%d",
			"PrivateIpAddresses": [{"PrivateIpAddress": "10.0.%d.%d", "Association": {"PublicIp": "52.0.%d.%d"}}], "Ipv6Addresses": [{"Ipv6Address": "2600::%x"}], "Attachment": {"InstanceId": "i-%d"}}`, i, 1+i/250, i%250, 1+i/250, i%250, i/250, i%250, i+1, i))
	}
	files := fstest.MapFS{"recording.json": {Data: []byte(`{"formatVersion": "1", "account": "111122223333", "regions": ["eu-west-1"]}`)}}
	for name, body := range map[string]string{
		"ec2-describe-vpcs":              `{"Vpcs": [{"VpcId": "vpc-1", "OwnerId": "111122223333", "CidrBlock": "10.0.0.0/16"}]}`,
		"ec2-describe-subnets":           `{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "OwnerId": "111122223333", "CidrBlock": "10.0.0.0/16", "AvailabilityZone": "eu-west-1a"}]}`,
		"ec2-describe-internet-gateways": `{"InternetGateways": [{"InternetGatewayId": "igw-1", "OwnerId": "111122223333", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}]}`,
		"ec2-describe-route-tables": `{"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "OwnerId": "111122223333", "Associations": [{"Main": true}], "Routes": [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
			{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}, {"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1", "State": "active"}]}]}`,
		"ec2-describe-network-acls": `{"NetworkAcls": [{"NetworkAclId": "acl-1", "VpcId": "vpc-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": [
			{"Egress": false, "RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"}, {"Egress": true, "RuleNumber": 100, "RuleAction": "allow", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
			{"Egress": false, "RuleNumber": 101, "RuleAction": "allow", "Protocol": "-1", "Ipv6CidrBlock": "::/0"}, {"Egress": true, "RuleNumber": 101, "RuleAction": "allow", "Protocol": "-1", "Ipv6CidrBlock": "::/0"}]}]}`,
		"ec2-describe-security-groups": `{"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "open", "OwnerId": "111122223333", "VpcId": "vpc-1", "IpPermissionsEgress": [], "IpPermissions": [
			{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
			{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "45.0.0.0/8"}]},
			{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}]}]}`,
		"ec2-describe-vpc-block-public-access-options": `{"VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": "off"}}`,
		"ec2-describe-instances":                       `{"Reservations": [` + strings.Join(instances, ",") + `]}`,
		"ec2-describe-network-interfaces":              `{"NetworkInterfaces": [` + strings.Join(interfaces, ",") + `]}`,
		"elbv2-describe-target-groups":                 `{"TargetGroups": []}`,
		"elbv2-describe-load-balancers":                `{"LoadBalancers": []}`,
		"elb-describe-load-balancers":                  `{"LoadBalancerDescriptions": []}`,
	} {
		if !slices.Contains(without, name) {
			files["eu-west-1/"+name+".json"] = &fstest.MapFile{Data: []byte(body)}
		}
	}
	return files
}

// TestExposure sees that what is open is said of what is drawn and on the list, and
// that no list is silent about what is not known.
func TestExposure(t *testing.T) {
	for _, c := range []struct {
		name    string
		without []string
		kinds   []snapshot.Kind
	}{
		{"whole", nil, snapshot.Kinds()},
		{"no-acls", []string{"ec2-describe-network-acls"}, snapshot.Kinds()},
		{"no-interfaces", []string{"ec2-describe-network-interfaces"}, snapshot.Kinds()},
		{"not-followed", nil, []snapshot.Kind{snapshot.VPCs, snapshot.Subnets, snapshot.Instances}},
	} {
		got := outline(topology.Of(load(t, exposed(2, c.without...), c.kinds)))
		golden.Compare(t, "testdata/exposure/"+c.name+".golden", got)
	}
}

// TestExposureSize bounds what is said of an account in which everything is open,
// and sees that what is not named is counted.
func TestExposureSize(t *testing.T) {
	const n = 1500
	top := topology.Of(load(t, exposed(n), snapshot.Kinds()))
	checkSize(t, top, false)
	e, v := top.Exposure, &top.Regions[0].VPCs[0]
	if e.Direct != n || e.Behind != 0 || v.Open != n || e.MoreWaysIn == 0 || len(e.WaysIn)+e.MoreWaysIn != 3*n {
		t.Errorf("%d directly, %d behind, %d in the VPC, %d ways in and %d more", e.Direct, e.Behind, v.Open, len(e.WaysIn), e.MoreWaysIn)
	}
	drawn := 0
	for _, i := range v.Subnets[0].Items {
		drawn += i.Open.Count
	}
	if drawn != n {
		t.Errorf("%d of %d are marked as open", drawn, n)
	}
}

// TestHostileSize bounds texts that a stranger made long.
func TestHostileSize(t *testing.T) {
	long := strings.Repeat(`\u0001\"x`, 100_000)
	var vpcs, subnets, instances []string
	for i := range 400 {
		vpcs = append(vpcs, fmt.Sprintf(`{"VpcId": "vpc-%d%s", "CidrBlock": "10.0.0.0/16", "Tags": [{"Key": "Name", "Value": "%s"}]}`, i, long[:6000], long[:6000]))
		subnets = append(subnets, fmt.Sprintf(`{"SubnetId": "subnet-%d", "VpcId": "vpc-%d%s", "AvailabilityZone": "%s"}`, i, i, long[:6000], long[:6000]))
		instances = append(instances, fmt.Sprintf(`{"Instances": [{"InstanceId": "i-%d%s", "SubnetId": "subnet-%d"}]}`, i, long[:6000], i%7))
	}
	files := fstest.MapFS{}
	for name, body := range map[string]string{
		"ec2-describe-vpcs": `{"Vpcs": [` + strings.Join(vpcs, ",") + `]}`, "ec2-describe-subnets": `{"Subnets": [` + strings.Join(subnets, ",") + `]}`,
		"ec2-describe-instances": `{"Reservations": [` + strings.Join(instances, ",") + `]}`,
	} {
		files["eu-west-1/"+name+".json"] = &fstest.MapFile{Data: []byte(body)}
	}
	checkSize(t, topology.Of(load(t, files, snapshot.Kinds())), true)
}
