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
