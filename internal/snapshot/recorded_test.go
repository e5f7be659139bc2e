package snapshot_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// network is a small recording: the bodies of one Region's EC2 calls, by the
// name of the list, and of other accounts under "444455556666/Subnets".
type network map[string]string

var networkFiles = map[string]string{
	"AvailabilityZones": "ec2-describe-availability-zones.json",
	"Vpcs":              "ec2-describe-vpcs.json",
	"Subnets":           "ec2-describe-subnets.json",
	"RouteTables":       "ec2-describe-route-tables.json",
	"InternetGateways":  "ec2-describe-internet-gateways.json",
	"NatGateways":       "ec2-describe-nat-gateways.json",
}

const own, other = "111122223333", "444455556666"

// load makes a snapshot of the network. Keys that are no list of the table above
// are paths below the Region.
func (n network) load(t *testing.T) *snapshot.Snapshot {
	t.Helper()
	files := fstest.MapFS{}
	for name, body := range n {
		account, list, ok := strings.Cut(name, "/")
		if !ok || len(account) != 12 {
			account, list = own, name
		}
		path := list
		if file, ok := networkFiles[list]; ok {
			path, body = file, `{"`+list+`": [`+body+`]}`
		}
		files[account+"/eu-west-1/"+path] = &fstest.MapFile{Data: []byte(body)}
	}
	r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Load(r, snapshot.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// subnet finds a subnet in the snapshot.
func subnet(t *testing.T, s *snapshot.Snapshot, id string) *snapshot.Subnet {
	t.Helper()
	n, ok := s.Subnet(snapshot.Scope{Account: own, Region: "eu-west-1"}, id)
	if !ok {
		t.Fatalf("%s is not recorded", id)
	}
	return n
}

// places are what stands where evidence points, as "field = value".
func places(all []snapshot.Place) string {
	var lines []string
	for _, p := range all {
		value, _ := p.Lookup()
		lines = append(lines, p.Resource.ID()+" "+p.Field+" = "+string(value))
	}
	return strings.Join(lines, "; ")
}
