package snapshot_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// TestTableThatNoAccountCanHaveIsRefused loads a table of ten times as many
// routes as AWS allows, and one more.
func TestTableThatNoAccountCanHaveIsRefused(t *testing.T) {
	route := `{"DestinationCidrBlock": "10.0.0.0/24", "GatewayId": "igw-1", "State": "active"}`
	for n, refused := range map[int]bool{10_000: false, 10_001: true} {
		files := fstest.MapFS{"eu-west-1/ec2-describe-route-tables.json": {
			Data: []byte(`{"RouteTables": [{"RouteTableId": "rtb-1", "Routes": [` + route + strings.Repeat(","+route, n-1) + `]}]}`),
		}}
		r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
		if err != nil {
			t.Fatal(err)
		}
		_, err = snapshot.Load(r, []snapshot.Kind{snapshot.RouteTables})
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "/RouteTables/0: has 10001 routes") {
			t.Errorf("%d routes: %v", n, err)
		}
	}
}

// TestGroupThatNoAccountCanHaveIsRefused loads a group of ten times as many rules
// as AWS allows, in one permission or in many, and one more.
func TestGroupThatNoAccountCanHaveIsRefused(t *testing.T) {
	const ipRange, permission = `{"CidrIp": "10.0.0.0/24"}`, `{"IpProtocol": "tcp", "IpRanges": []}`
	for body, refused := range map[string]bool{
		`"IpPermissions": [{"IpRanges": [` + ipRange + strings.Repeat(","+ipRange, 9_999) + `]}]`:        false,
		`"IpPermissions": [{"IpRanges": [` + ipRange + strings.Repeat(","+ipRange, 10_000) + `]}]`:       true,
		`"IpPermissionsEgress": [{"IpRanges": [` + ipRange + strings.Repeat(","+ipRange, 10_000) + `]}]`: true,
		`"IpPermissions": [` + permission + strings.Repeat(","+permission, 10_000) + `]`:                 true,
	} {
		files := fstest.MapFS{"eu-west-1/ec2-describe-security-groups.json": {Data: []byte(`{"SecurityGroups": [{"GroupId": "sg-1", ` + body + `}]}`)}}
		r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
		if err != nil {
			t.Fatal(err)
		}
		_, err = snapshot.Load(r, []snapshot.Kind{snapshot.SecurityGroups})
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "/SecurityGroups/0: has 10001 rules") {
			t.Errorf("%.60s: %v", body, err)
		}
	}
}
