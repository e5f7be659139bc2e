package snapshot_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// TestEntryThatWasCutMakesTheAnswerIncomplete takes from entries what joins them to
// others: the list is a gap then, and the others of it are no good case.
func TestEntryThatWasCutMakesTheAnswerIncomplete(t *testing.T) {
	const table, nic, peering = "ec2-describe-route-tables", "ec2-describe-network-interfaces", "ec2-describe-vpc-peering-connections"
	for _, c := range []struct {
		kind       snapshot.Kind
		file, list string
		entry, cut string
	}{
		{snapshot.RouteTables, table, "RouteTables", `"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Routes": [], "Associations": []`, ""},
		{snapshot.RouteTables, table, "RouteTables", `"RouteTableId": "rtb-1"`, "VpcId"},
		{snapshot.RouteTables, table, "RouteTables", `"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Routes": [{"GatewayId": "igw-1"}]`, "Routes/0/DestinationCidrBlock"},
		{snapshot.RouteTables, table, "RouteTables", `"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": false}]`, "Associations/0/SubnetId"},
		{snapshot.NetworkInterfaces, nic, "NetworkInterfaces", `"NetworkInterfaceId": "eni-1"`, "VpcId"},
		{snapshot.NetworkInterfaces, nic, "NetworkInterfaces", `"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "Groups": [{}]`, "Groups/0/GroupId"},
		{snapshot.VPCPeeringConnections, peering, "VpcPeeringConnections", `"VpcPeeringConnectionId": "pcx-1"`, "Status/Code"},
	} {
		files := fstest.MapFS{"eu-west-1/" + c.file + ".json": {Data: []byte(`{"` + c.list + `": [{` + c.entry + `}]}`)}}
		r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
		if err != nil {
			t.Fatal(err)
		}
		s, err := snapshot.Load(r, []snapshot.Kind{c.kind})
		if err != nil {
			t.Fatal(err)
		}
		gap := s.Gap(c.kind, s.Scopes[0])
		if (gap != nil) != (c.cut != "") || gap != nil && !strings.Contains(gap.Message, "/"+c.list+"/0 has no "+c.cut+",") {
			t.Errorf("%s: %+v", c.entry, gap)
		}
	}
}
