package reach_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// trap is a case of an archive of testdata/traps: a small recording, and
// questions with their answers. testdata/traps/base.txtar says how it is written.
type trap struct {
	archive, name string
	first         bool // of its archive
	files         documents
	asked         []asked
}

type asked struct {
	text string
	reach.Question
	want string
}

// documents are a recording: decoded JSON by path.
type documents map[string]any

// lists are the names of the lists in the files, and of the ids of their entries.
var lists = map[string][2]string{
	"ec2-describe-vpcs":                                {"Vpcs", "VpcId"},
	"ec2-describe-subnets":                             {"Subnets", "SubnetId"},
	"ec2-describe-availability-zones":                  {"AvailabilityZones", "ZoneName"},
	"ec2-describe-route-tables":                        {"RouteTables", "RouteTableId"},
	"ec2-describe-network-acls":                        {"NetworkAcls", "NetworkAclId"},
	"ec2-describe-security-groups":                     {"SecurityGroups", "GroupId"},
	"ec2-describe-network-interfaces":                  {"NetworkInterfaces", "NetworkInterfaceId"},
	"ec2-describe-instances":                           {"Reservations", "InstanceId"},
	"ec2-describe-internet-gateways":                   {"InternetGateways", "InternetGatewayId"},
	"ec2-describe-egress-only-internet-gateways":       {"EgressOnlyInternetGateways", "EgressOnlyInternetGatewayId"},
	"ec2-describe-nat-gateways":                        {"NatGateways", "NatGatewayId"},
	"ec2-describe-vpc-endpoints":                       {"VpcEndpoints", "VpcEndpointId"},
	"ec2-describe-vpc-peering-connections":             {"VpcPeeringConnections", "VpcPeeringConnectionId"},
	"ec2-describe-vpn-gateways":                        {"VpnGateways", "VpnGatewayId"},
	"ec2-describe-vpn-connections":                     {"VpnConnections", "VpnConnectionId"},
	"ec2-describe-vpc-block-public-access-exclusions":  {"VpcBlockPublicAccessExclusions", "ExclusionId"},
	"ec2-describe-security-group-vpc-associations":     {"SecurityGroupVpcAssociations", "GroupId"},
	"ec2-describe-transit-gateways":                    {"TransitGateways", "TransitGatewayId"},
	"ec2-describe-transit-gateway-attachments":         {"TransitGatewayAttachments", "TransitGatewayAttachmentId"},
	"ec2-describe-transit-gateway-vpc-attachments":     {"TransitGatewayVpcAttachments", "TransitGatewayAttachmentId"},
	"ec2-describe-transit-gateway-peering-attachments": {"TransitGatewayPeeringAttachments", "TransitGatewayAttachmentId"},
	"ec2-describe-transit-gateway-route-tables":        {"TransitGatewayRouteTables", "TransitGatewayRouteTableId"},
	"elbv2-describe-load-balancers":                    {"LoadBalancers", "LoadBalancerName"},
	"elbv2-describe-target-groups":                     {"TargetGroups", "TargetGroupArn"},
	"elb-describe-load-balancers":                      {"LoadBalancerDescriptions", "LoadBalancerName"},
	"rds-describe-db-instances":                        {"DBInstances", "DBInstanceIdentifier"},
	"rds-describe-db-clusters":                         {"DBClusters", "DBClusterIdentifier"},
	"rds-describe-db-subnet-groups":                    {"DBSubnetGroups", "DBSubnetGroupName"},
}

// option is the only file that is no list.
const option = "ec2-describe-vpc-block-public-access-options"

// perResource are the lists of calls about one resource.
var perResource = map[string]string{
	"ec2-get-managed-prefix-list-entries":     "Entries",
	"ec2-search-transit-gateway-routes":       "Routes",
	"elbv2-describe-load-balancer-attributes": "Attributes",
	"elbv2-describe-listeners":                "Listeners",
	"elbv2-describe-rules":                    "Rules",
	"elbv2-describe-target-group-attributes":  "Attributes",
	"elbv2-describe-target-health":            "TargetHealthDescriptions",
	"elb-describe-instance-health":            "InstanceStates",
}

// traps reads all archives.
func traps(tb testing.TB) []trap {
	tb.Helper()
	base := documents{}
	for _, f := range parseArchive(tb, "testdata/traps/base.txtar").Files {
		base[f.Name] = decoded(tb, f.Name, f.Data)
	}
	paths, err := filepath.Glob("testdata/traps/*.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	var all []trap
	for _, p := range paths {
		name := strings.TrimSuffix(filepath.Base(p), ".txtar")
		if name == "base" {
			continue
		}
		common := trap{archive: name, name: "common", files: base}
		for _, f := range parseArchive(tb, p).Files {
			t := trap{archive: name, name: f.Name, files: common.files.clone()}
			if err := t.read(string(f.Data)); err != nil {
				tb.Fatalf("%s: %s: %v", p, f.Name, err)
			}
			if f.Name == "common" {
				common = t
				continue
			}
			t.first = len(all) == 0 || all[len(all)-1].archive != name
			all = append(all, t)
		}
	}
	return all
}

func parseArchive(tb testing.TB, path string) *txtar.Archive {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return txtar.Parse(text)
}

func decoded(tb testing.TB, name string, text []byte) any {
	tb.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return v
}

func copied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := maps.Clone(v)
		for k := range m {
			m[k] = copied(m[k])
		}
		return m
	case []any:
		s := slices.Clone(v)
		for i := range s {
			s[i] = copied(s[i])
		}
		return s
	}
	return v
}

func (d documents) clone() documents {
	c := documents{}
	for name, v := range d {
		c[name] = copied(v)
	}
	return c
}

// fs is the recording as files; lists that are not there are empty.
func (d documents) fs(tb testing.TB) fstest.MapFS {
	tb.Helper()
	files := fstest.MapFS{}
	for name, v := range d.whole() {
		text, err := json.Marshal(v, json.Deterministic(true))
		if err != nil {
			tb.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

// dropped stands for a file that is not recorded.
type dropped struct{}

// whole adds the lists that are recorded as empty, and leaves out what is not
// recorded.
func (d documents) whole() documents {
	out := documents{}
	for name := range d {
		folder, ok := strings.CutSuffix(name, "/ec2-describe-vpcs.json")
		if !ok {
			continue
		}
		for file, names := range lists {
			out[folder+"/"+file+".json"] = map[string]any{names[0]: []any{}}
		}
		out[folder+"/"+option+".json"] = map[string]any{"VpcBlockPublicAccessOptions": map[string]any{"InternetGatewayBlockMode": "off"}}
	}
	maps.Copy(out, d)
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == any(dropped{}) })
	return out.apart()
}

// apart puts the base into the folder of its account where there are others.
func (d documents) apart() documents {
	alone := func(name string) bool { return !inAccount.MatchString(name) }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(d)), func(name string) bool { return !alone(name) }) {
		return d
	}
	out := documents{}
	for name, v := range d {
		if alone(name) {
			name = "111122223333/" + name
		}
		out[name] = v
	}
	return out
}

var inAccount = regexp.MustCompile(`^[0-9]{12}/`)

// network opens the recording.
func (d documents) network(tb testing.TB) *reach.Network {
	tb.Helper()
	n, err := open(d.fs(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func open(files fstest.MapFS) (*reach.Network, error) {
	r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		return nil, err
	}
	s, err := snapshot.Load(r, reach.Kinds())
	if err != nil {
		return nil, err
	}
	return reach.NewNetwork(s), nil
}

// read applies the lines of a case.
func (t *trap) read(text string) error {
	text = strings.ReplaceAll(strings.TrimSpace(text), "\n ", " ") // JSON that goes on
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := t.line(line); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	return nil
}

func (t *trap) line(line string) error {
	if strings.Contains(line, " -> ") {
		return t.question(line)
	}
	verb, rest, _ := strings.Cut(line, " ")
	target, text, _ := strings.Cut(rest, " ")
	var v any
	if text != "" {
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return err
		}
	}
	switch verb {
	case "add":
		return t.files.add(target, v)
	case "put":
		t.files[pathOf(target)] = v
	case "drop":
		t.files[pathOf(target)] = dropped{}
	case "set":
		return t.files.change(target, v)
	case "remove":
		return t.files.change(target, removed{})
	default:
		return fmt.Errorf("%s is no word of a trap", verb)
	}
	return nil
}

var inRegion = regexp.MustCompile(`^([0-9]{12}/)?([a-z]+-[a-z]+-[0-9]/)?([a-z0-9-]+)(/.+)?$`)

// pathOf is the path of a file in the recording, of which a line may leave out the
// Region and the ending, and writes the resource as it is.
func pathOf(word string) string {
	m := inRegion.FindStringSubmatch(word)
	if m == nil {
		return word
	}
	if m[2] == "" {
		m[2] = "eu-west-1/"
	}
	escaped := ""
	for _, b := range []byte(strings.TrimPrefix(m[4], "/")) {
		if strings.IndexByte("-._~", b) >= 0 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' {
			escaped += string(b)
		} else {
			escaped += fmt.Sprintf("%%%02X", b)
		}
	}
	if escaped != "" {
		escaped = "/" + escaped
	}
	return m[1] + m[2] + m[3] + escaped + ".json"
}

// add adds an entry to a list.
func (d documents) add(file string, entry any) error {
	path := pathOf(file)
	names, ok := lists[strings.TrimSuffix(filepath.Base(path), ".json")]
	if !ok {
		return fmt.Errorf("%s is no list", file)
	}
	if names[1] == "InstanceId" {
		entry = map[string]any{"ReservationId": "r-" + strconv.Itoa(len(d)), "Instances": []any{entry}}
	}
	doc, ok := d[path].(map[string]any)
	if !ok {
		doc = map[string]any{names[0]: []any{}}
		d[path] = doc
	}
	doc[names[0]] = append(doc[names[0]].([]any), entry)
	return nil
}

type removed struct{}

// change merges into an entry, found by its id, or takes it or a part of it away.
func (d documents) change(word string, v any) error {
	id, pointer, deeper := strings.Cut(word, "/")
	found := 0
	for _, path := range slices.Sorted(maps.Keys(d)) {
		names, ok := lists[strings.TrimSuffix(filepath.Base(path), ".json")]
		doc, there := d[path].(map[string]any)
		if !ok || !there {
			continue
		}
		where := []any{doc}
		key := names[0]
		if names[1] == "InstanceId" {
			where, key = doc[names[0]].([]any), "Instances"
		}
		for _, w := range where {
			owner := w.(map[string]any)
			i := slices.IndexFunc(owner[key].([]any), func(e any) bool { return e.(map[string]any)[names[1]] == id })
			if i < 0 {
				continue
			}
			found++
			keys := []string{key, strconv.Itoa(i)}
			if deeper {
				keys = append(keys, strings.Split(pointer, "/")...)
			}
			if _, err := changed(owner, keys, v); err != nil {
				return err
			}
		}
	}
	if found != 1 {
		return fmt.Errorf("%d entries are %s", found, id)
	}
	return nil
}

// changed returns a value with what the keys lead to merged with v.
func changed(in any, keys []string, v any) (any, error) {
	if len(keys) == 0 {
		return merged(in, v), nil
	}
	switch in := in.(type) {
	case map[string]any:
		out, err := changed(in[keys[0]], keys[1:], v)
		if in[keys[0]] = out; out == (removed{}) {
			delete(in, keys[0])
		}
		return in, err
	case []any:
		if keys[0] == "-" {
			return append(in, v), nil
		}
		i, err := strconv.Atoi(keys[0])
		if err != nil || i < 0 || i >= len(in) {
			return in, fmt.Errorf("%s leads nowhere", keys[0])
		}
		out, err := changed(in[i], keys[1:], v)
		if in[i] = out; out == (removed{}) {
			return slices.Delete(in, i, i+1), err
		}
		return in, err
	case nil:
		if keys[0] == "-" {
			return []any{v}, nil
		}
		return changed(map[string]any{}, keys, v)
	}
	return in, fmt.Errorf("%s leads nowhere", keys[0])
}

// merged is a JSON merge patch (RFC 7386).
func merged(in, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out, ok := in.(map[string]any)
	if !ok {
		out = map[string]any{}
	}
	for k, v := range p {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = merged(out[k], v)
		}
	}
	return out
}

var questionForm = regexp.MustCompile(`^(\S+) -> (\S+) ([a-z0-9]+)(?:/([0-9]+))?( assuming)?: (.+)$`)

func (t *trap) question(line string) error {
	m := questionForm.FindStringSubmatch(line)
	if m == nil {
		return fmt.Errorf("is no question with an answer")
	}
	text, _, _ := strings.Cut(line, ": ")
	a := asked{text: text, want: m[6], Question: reach.Question{From: m[1], To: m[2], Protocol: m[3], AssumeMissing: m[5] != ""}}
	if m[1] == "who" {
		a.From, a.Who = "", true
	}
	if m[4] != "" {
		port, err := strconv.Atoi(m[4])
		if err != nil {
			return err
		}
		a.Port = &port
	}
	t.asked = append(t.asked, a)
	return wellSaid(m[6])
}

// wellSaid reads an answer, in which an unknown word is an error.
func wellSaid(answer string) error {
	const list = `[^ ]+( [^ ,]+)?(, [^ ]+( [^ ,]+)?)*`
	form := regexp.MustCompile(`^(error|(reachable|partial|forward_only|blocked|unknown)( direct| load-balancer| mixed)?` +
		`( from ` + list + `)?( by ` + list + `)?( missing ` + list + `)?( assumed .+)?)$`)
	if !form.MatchString(answer) {
		return fmt.Errorf("%q is no answer", answer)
	}
	return nil
}

// said is an answer in the words of an archive.
func said(a *reach.Answer, err error) string {
	if err != nil {
		return "error"
	}
	words := []string{a.Answer}
	if a.Via != "" {
		words = append(words, a.Via)
	}
	part := func(name string, all []string) {
		if len(all) > 0 {
			words = append(words, name, strings.Join(all, ", "))
		}
	}
	part("from", a.Sources)
	var blockers, missing []string
	for _, b := range a.Blockers {
		if one := b.Kind + " " + b.Resource; !slices.Contains(blockers, one) {
			blockers = append(blockers, one)
		}
	}
	part("by", blockers)
	for _, m := range a.Missing {
		one := m.Operation
		if m.Resource != "" {
			one += " " + m.Resource
		}
		if m.Account != "111122223333" || m.Region != "eu-west-1" {
			one += "@" + m.Account + "/" + m.Region
		}
		missing = append(missing, one)
	}
	part("missing", missing)
	part("assumed", a.Assumed)
	return strings.Join(words, " ")
}
