package snapshot_test

import (
	"io/fs"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/fixtures"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// FuzzLoad loads recordings of several files, written as an archive: a snapshot
// that answers what it is asked, by all rules too, or an error.
func FuzzLoad(f *testing.F) {
	for _, k := range snapshot.Kinds() {
		file := k.Operation().File()
		for _, body := range []string{`{}`, `{"NextToken": "more"}`, `[]`, `{"Subnets": [{"SubnetId": "a", "CidrBlock": "10.0.0.0/33"}, {"SubnetId": 1}]}`} {
			f.Add([]byte("-- eu-west-1/" + file + ".json --\n" + body + "\n-- eu-west-1/" + file + "/id.json --\n" + body + "\n"))
		}
	}
	for _, seed := range cases(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		files := split(archive)
		limits := recording.Limits{Total: 1 << 20, Body: 1 << 20, Files: 100, Depth: 50, Memory: 1 << 20}
		r, err := recording.OpenFS(files, recording.Options{Limits: limits, Known: snapshot.Operations(snapshot.Kinds())})
		if err != nil {
			return
		}
		s, err := snapshot.Load(r, snapshot.Kinds())
		if err != nil {
			return
		}
		askAll(t, s)
		for _, outcome := range checks.Run(s, catalog.All) {
			for r := range outcome.Results() {
				if r.Message == "" {
					t.Errorf("%s says nothing about %s", outcome.Rule.ID, r.Subject.ID())
				}
				for _, e := range r.Evidence {
					_, _ = e.Lookup()
				}
			}
		}
	})
}

// split reads the files of an archive. txtar.Parse of go-internal 1.16.0 panics
// at a line such as "-- --".
func split(archive []byte) fstest.MapFS {
	files := fstest.MapFS{}
	for _, part := range strings.Split("\n"+string(archive), "\n-- ")[1:] {
		head, data, _ := strings.Cut(part, "\n")
		if name, ok := strings.CutSuffix(head, " --"); ok && fs.ValidPath(name) {
			files[name] = &fstest.MapFile{Data: []byte(data)}
		}
	}
	return files
}

// cases are the recordings of the rules' fixtures.
func cases(f *testing.F) [][]byte {
	f.Helper()
	entries, err := fixtures.Rules.ReadDir("rules")
	if err != nil {
		f.Fatal(err)
	}
	var all [][]byte
	for _, e := range entries {
		text, err := fixtures.Rules.ReadFile("rules/" + e.Name())
		if err != nil {
			f.Fatal(err)
		}
		byCase := map[string]*txtar.Archive{}
		for _, file := range txtar.Parse(text).Files {
			name, rest, _ := strings.Cut(file.Name, "/")
			if rest == "want" {
				continue
			}
			if byCase[name] == nil {
				byCase[name] = &txtar.Archive{}
				if common := byCase["common"]; common != nil {
					byCase[name].Files = append(byCase[name].Files, common.Files...)
				}
			}
			byCase[name].Files = append(byCase[name].Files, txtar.File{Name: rest, Data: file.Data})
		}
		for _, a := range byCase {
			all = append(all, txtar.Format(a))
		}
	}
	return all
}

// askAll asks a snapshot what rules ask.
func askAll(t *testing.T, s *snapshot.Snapshot) {
	t.Helper()
	for _, k := range snapshot.Kinds() {
		rows := reflect.ValueOf(k.Rows(s))
		for i := range rows.Len() {
			askResource(t, k, rows.Index(i).Addr().Interface())
		}
		for _, scope := range s.Scopes {
			_ = s.Gap(k, scope)
		}
	}
	_ = s.Gaps(snapshot.Kinds())
	askNetwork(s)
	askGroups(s)
}

func askResource(t *testing.T, k snapshot.Kind, row any) {
	t.Helper()
	r, ok := row.(snapshot.Resource)
	if !ok {
		t.Fatalf("%T is no resource", row)
	}
	if r.ID() == "" || r.ResourceType() != k.Type() {
		t.Errorf("%s: id %q, type %q", r.Source(""), r.ID(), r.ResourceType())
	}
	_, _, _ = r.ARN(), r.Name(), r.Scope()
	for field := range reflect.TypeOf(row).Elem().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			name = field.Name
		}
		for _, below := range []string{"", "/0", "/0/State", "/x"} {
			value, source := (snapshot.Place{Resource: r, Field: name + below}).Lookup()
			if !value.IsValid() || !strings.Contains(source, "#/") {
				t.Errorf("%s = %s", source, value)
			}
		}
	}
}

func askNetwork(s *snapshot.Snapshot) {
	for i := range snapshot.Subnets.In(s) {
		n := &snapshot.Subnets.In(s)[i]
		r := s.RoutingOf(n)
		_, _ = r.Public(), r.Private()
		_ = s.ZonesOf([]*snapshot.Subnet{n})
	}
	for i := range snapshot.VPCs.In(s) {
		v := &snapshot.VPCs.In(s)[i]
		_, _ = v.CIDRs(), s.SubnetsOf(v)
		for _, n := range s.InterfacesIn(v.Scope(), v.VPCID) {
			for _, a := range n.Addresses() {
				_, _ = s.InterfaceAt(v.Scope(), v.VPCID, a)
			}
		}
	}
	for i := range snapshot.NetworkInterfaces.In(s) {
		n := &snapshot.NetworkInterfaces.In(s)[i]
		_, _ = n.Holder(), n.PublicAddresses()
	}
	for i := range snapshot.TargetGroups.In(s) {
		_, _ = s.TargetsOf(&snapshot.TargetGroups.In(s)[i])
	}
	for i := range snapshot.LoadBalancers.In(s) {
		_, _ = s.AttributesOf(&snapshot.LoadBalancers.In(s)[i])
		_, _ = s.ListenersOf(&snapshot.LoadBalancers.In(s)[i])
	}
}

func askGroups(s *snapshot.Snapshot) {
	for i := range snapshot.SecurityGroups.In(s) {
		g := &snapshot.SecurityGroups.In(s)[i]
		x := s.IngressSources(g, func(p *snapshot.IPPermission) bool { return p.CoversTCP(22) || p.CoversTCP(443) })
		_, _ = x.AllPlaces(), x.Decisive()
		_, _ = s.BalancersWearing(g)
		_, _ = s.DatabasesWearing(g)
		_ = s.Members(g)
		v, ok := s.VPC(g.Scope(), g.VPCID)
		if !ok {
			continue
		}
		for _, b := range append(x.Prefixes(), netip.MustParsePrefix("0.0.0.0/0")) {
			_, _ = s.Within(v, b)
			n := s.NeighboursIn(v, b)
			_, _, _ = n.Peers(g, 3), n.Shared(g), n.Apart(g)
		}
	}
}
