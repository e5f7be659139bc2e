package reach_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

// entry is an entry of a list, as AWS returns it.
type entry = map[string]any

// world is a recording that is being made up.
type world struct {
	t     *rapid.T
	lists map[string][]any // by name of the file
	vpcs  []*vpc
	mode  string // of VPC Block Public Access
}

// vpc is what is known of a VPC while more is made up.
type vpc struct {
	id, cidr, cidr6 string
	subnets         []*subnet
	groups          []string
	igw, eigw, vgw  string
	vpce            string // gateway endpoint
	nats            []string
	appliances      []string
	instances       []instance
	tgw             bool
	peers           []peer
}

type subnet struct {
	id, cidr, cidr6, zone string
	next                  int // free address
}

type instance struct{ id, address string }

type peer struct {
	id     string
	other  *vpc
	active bool
}

// add adds an entry to the list of a file.
func (w *world) add(file string, e entry) {
	if lists[file][0] == "" {
		w.t.Fatalf("%s: is no file of a recording", file)
	}
	w.lists[file] = append(w.lists[file], e)
}

// about adds entries to the answer about one resource.
func (w *world) about(file, id string, all ...entry) {
	name := file + "/" + strings.ReplaceAll(url.QueryEscape(id), "+", "%20")
	w.lists[name] = []any{}
	for _, e := range all {
		w.lists[name] = append(w.lists[name], e)
	}
}

// files are the recording.
func (w *world) files() fstest.MapFS {
	fs := fstest.MapFS{"recording.json": {Data: []byte(`{"formatVersion": "1", "account": "` + account +
		`", "partition": "aws", "regions": ["` + region + `"], "gaps": []}` + "\n")}}
	for file := range lists {
		if w.lists[file] == nil {
			w.lists[file] = []any{}
		}
	}
	for file, all := range w.lists {
		list := lists[file][0]
		if base, _, one := strings.Cut(file, "/"); one {
			list = perResource[base]
		}
		fs[region+"/"+file+".json"] = &fstest.MapFile{Data: w.body(list, all)}
	}
	fs[region+"/ec2-describe-vpc-block-public-access-options.json"] = &fstest.MapFile{
		Data: fmt.Appendf(nil, "{\"VpcBlockPublicAccessOptions\": {\"InternetGatewayBlockMode\": %q}}\n", w.mode),
	}
	return fs
}

// body is what the AWS CLI prints, with each entry on a line.
func (w *world) body(list string, all []any) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "{%q: [", list)
	for i, e := range all {
		line, err := json.Marshal(e, json.Deterministic(true))
		if err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n  %s", strings.Repeat(",", min(i, 1)), line)
	}
	b.WriteString("\n]}\n")
	return []byte(b.String())
}

// reduced is a recording without the entries that a disagreement needs not.
func reduced(files fstest.MapFS, differs func(fstest.MapFS) bool) fstest.MapFS {
	names := slices.Sorted(maps.Keys(files))
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "ec2-describe-vpcs.json") })
	for _, name := range slices.Concat(names, names) {
		lines := strings.SplitAfter(string(files[name].Data), "\n")
		for i := 1; i < len(lines)-2; {
			fewer := maps.Clone(files)
			fewer[name] = &fstest.MapFile{Data: []byte(joined(slices.Delete(slices.Clone(lines), i, i+1)))}
			if !differs(fewer) {
				i++
				continue
			}
			files = fewer
			lines = strings.SplitAfter(string(files[name].Data), "\n")
		}
	}
	return files
}

// joined is a body of which some lines are gone.
func joined(lines []string) string {
	n := len(lines) - 3 // of the last entry, before what closes the list
	for i := range lines[1:max(n, 1)] {
		lines[i+1] = strings.TrimRight(lines[i+1], ",\n") + ",\n"
	}
	if n > 0 {
		lines[n] = strings.TrimRight(lines[n], ",\n") + "\n"
	}
	return strings.Join(lines, "")
}

// text is the recording as an archive, without its empty lists.
func text(fs fstest.MapFS) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fs)) {
		if body := string(fs[name].Data); strings.Count(name, "/") > 1 || !strings.Contains(body, ": [\n]}") {
			fmt.Fprintf(&b, "-- %s --\n%s", name, body)
		}
	}
	return b.String()
}

// even draws numbers up to 255, all alike: rapid's own generators favour small ones.
var even = rapid.Custom(func(t *rapid.T) int {
	n := 0
	for range 8 {
		n *= 2
		if rapid.Bool().Draw(t, "bit") {
			n++
		}
	}
	return n
})

// upTo draws a number.
func (w *world) upTo(n int, label string) int { return even.Draw(w.t, label) % (n + 1) }

// one draws one of some values.
func one[T any](w *world, label string, all ...T) T { return all[w.upTo(len(all)-1, label)] }

// chance draws true in so many of ten cases. What is plainer comes first, so that
// failures shrink to it: false.
func (w *world) chance(tenths int, label string) bool { return w.upTo(9, label) >= 10-tenths }

// newWorld makes up the networks of an account.
func newWorld(t *rapid.T) *world {
	w := &world{t: t, lists: map[string][]any{}}
	for _, zone := range []string{"a", "b"} {
		w.add("ec2-describe-availability-zones", entry{"ZoneName": region + zone, "ZoneId": zoneID(zone), "ZoneType": "availability-zone"})
	}
	w.about("ec2-get-managed-prefix-list-entries", "pl-1", entry{"Cidr": "8.8.0.0/16"}, entry{"Cidr": "45.1.0.0/16"})
	w.about("ec2-get-managed-prefix-list-entries", "pl-2", entry{"Cidr": "2a00::/16"}, entry{"Cidr": "10.1.0.0/16"}, entry{"Cidr": "8.8.8.0/24"})
	w.about("ec2-get-managed-prefix-list-entries", "pl-s3", entry{"Cidr": "45.2.0.0/16"}, entry{"Cidr": "8.8.8.0/25"})
	for i := range 1 + w.upTo(2, "more VPCs") {
		w.newVPC(i)
	}
	w.peerings()
	for _, v := range w.vpcs {
		w.gateways(v)
		w.interfaces(v)
		w.balancers(v)
	}
	w.transit()
	w.mode = w.blockMode()
	for _, v := range w.vpcs {
		w.groupRules(v)
		w.networkACLs(v)
		w.routeTables(v)
	}
	return w
}

func zoneID(zone string) string { return "euw1-az" + map[string]string{"a": "1", "b": "2"}[zone] }

func (w *world) newVPC(i int) {
	v := &vpc{id: fmt.Sprintf("vpc-%d", i), cidr: fmt.Sprintf("10.%d.0.0/16", i)}
	net := i
	if i == 2 && w.chance(3, "overlapping") {
		v.cidr, net = "10.0.0.0/16", 0
	}
	e := entry{
		"VpcId": v.id, "OwnerId": account, "CidrBlock": v.cidr,
		"CidrBlockAssociationSet": []any{entry{"CidrBlock": v.cidr, "CidrBlockState": entry{"State": "associated"}}},
	}
	prefix6, attribute := "", "public"
	if w.chance(5, "dual-stack") {
		prefix6 = fmt.Sprintf("2600:1f18:%d", 1+i)
		switch w.upTo(5, "private range") {
		case 4:
			attribute = "private"
		case 5:
			attribute, prefix6 = "private", fmt.Sprintf("fd00:1:%d", 1+i)
		}
		v.cidr6 = prefix6 + "::/56"
		e["Ipv6CidrBlockAssociationSet"] = []any{entry{
			"Ipv6CidrBlock": v.cidr6, "Ipv6CidrBlockState": entry{"State": "associated"},
			"Ipv6AddressAttribute": attribute,
		}}
	}
	w.add("ec2-describe-vpcs", e)
	for j := range 1 + w.upTo(2, "more subnets") {
		s := &subnet{id: fmt.Sprintf("subnet-%d%d", i, j), cidr: fmt.Sprintf("10.%d.%d.0/24", net, j), zone: one(w, "zone", "a", "b"), next: 10}
		e := entry{
			"SubnetId": s.id, "VpcId": v.id, "OwnerId": account, "CidrBlock": s.cidr, "AvailabilityZone": region + s.zone,
			"AvailabilityZoneId": zoneID(s.zone), "State": "available", "SubnetArn": "arn:aws:ec2:" + region + ":" + account + ":subnet/" + s.id,
		}
		if v.cidr6 != "" && w.chance(8, "IPv6 in the subnet") {
			s.cidr6 = fmt.Sprintf("%s:%d::/64", prefix6, j)
			block := entry{"Ipv6CidrBlock": s.cidr6, "Ipv6CidrBlockState": entry{"State": "associated"}}
			if !w.chance(2, "an old answer") {
				block["Ipv6AddressAttribute"] = attribute
			}
			e["Ipv6CidrBlockAssociationSet"] = []any{block}
		}
		w.add("ec2-describe-subnets", e)
		v.subnets = append(v.subnets, s)
	}
	for g := range 2 {
		v.groups = append(v.groups, fmt.Sprintf("sg-%d%d", i, g))
	}
	w.vpcs = append(w.vpcs, v)
}

func (w *world) peerings() {
	for i, a := range w.vpcs {
		for _, b := range w.vpcs[i+1:] {
			if a.cidr == b.cidr || !w.chance(4, "peering") {
				continue
			}
			p := peer{id: fmt.Sprintf("pcx-%s%s", a.id[4:], b.id[4:]), other: b, active: !w.chance(2, "not active")}
			status := "active"
			if !p.active {
				status = one(w, "status", "pending-acceptance", "deleted", "expired")
			}
			w.add("ec2-describe-vpc-peering-connections", entry{
				"VpcPeeringConnectionId": p.id, "Status": entry{"Code": status},
				"RequesterVpcInfo": entry{"VpcId": a.id, "OwnerId": account, "Region": region, "CidrBlock": a.cidr},
				"AccepterVpcInfo":  entry{"VpcId": b.id, "OwnerId": account, "Region": region, "CidrBlock": b.cidr},
			})
			a.peers = append(a.peers, p)
			p.other = a
			b.peers = append(b.peers, p)
		}
	}
}

// blockMode is VPC Block Public Access of the Region, and its exclusions.
func (w *world) blockMode() string {
	if !w.chance(2, "Block Public Access") {
		return "off"
	}
	excluded := entry{
		"ExclusionId": "vpcbpa-exclude-1", "State": "create-complete",
		"InternetGatewayExclusionMode": one(w, "exclusion", "allow-bidirectional", "allow-egress"),
	}
	v := w.vpcs[0]
	switch w.upTo(2, "excluded") {
	case 1:
		excluded["ResourceArn"] = "arn:aws:ec2:" + region + ":" + account + ":vpc/" + v.id
	case 2:
		excluded["ResourceArn"] = "arn:aws:ec2:" + region + ":" + account + ":subnet/" + v.subnets[0].id
	default:
		return one(w, "mode", "block-ingress", "block-bidirectional")
	}
	w.lists["ec2-describe-vpc-block-public-access-exclusions"] = []any{excluded}
	return one(w, "mode", "block-ingress", "block-bidirectional")
}
