package snapshot_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// TestErrorsSayWhere has bodies that are wrong in one place. The error names the
// file once, the place, and no type of the program, in the same words each time.
func TestErrorsSayWhere(t *testing.T) {
	for body, want := range map[string]string{
		`[]`:                          "is no JSON object but [",
		`{"Reservations": 7}`:         "/Reservations: is no list",
		`{"Reservations": [{}, 7]}`:   "/Reservations/1: is no object",
		`{"Reservations": [{}, [[]]]`: "/Reservations/1: is no object",
		`{"Reservations": [{}, {"Instances": [{"InstanceId": "i-1"}, 7]}]}`:                        "/Reservations/1/Instances/1: is a number where an object belongs",
		`{"Reservations": [{"Instances": [{"InstanceId": "i-1", "SubnetId": 7}]}]}`:                "/Reservations/0/Instances/0/SubnetId: is a number where a string belongs",
		`{"Reservations": [{"Instances": [{"InstanceId": "i-1", "PrivateIpAddress": "10.0.0"}]}]}`: "/Reservations/0/Instances/0/PrivateIpAddress: is no IP address",
		`{"Reservations": [{"Instances": [{"InstanceId": "i-1", "InstanceId": "i-1"}]}]}`:          "/Reservations/0/Instances/0/InstanceId: the key stands there twice",
		`{"Reservations": [{"Instances": [{"VpcId": "vpc-1"}]}]}`:                                  "/Reservations/0/Instances/0: has no id",
		`{"Reservations": [{"Instances": [{"InstanceId": "i-1"`:                                    "/Reservations/0/Instances/0: offset 53: unexpected EOF",
		`{"Reservations": []} {}`:                       "has something behind its end",
		`{"Reservations": ` + strings.Repeat("[", 2000): "is nested deeper than 1000",
		`{"Reservations": [{"Instances": [{"InstanceId": "i-1", "X": ` + strings.Repeat(`{"a":`, 2000):      "is nested deeper than 1000",
		`{"Reservations": [{"Instances": [{"InstanceId": "i-1", "State": {"Name": ["running"]}}]}], "x":1}`: "/Reservations/0/Instances/0/State/Name: is a list where a string belongs",
	} {
		files := fstest.MapFS{"eu-west-1/ec2-describe-instances.json": {Data: []byte(body)}}
		r, err := recording.OpenFS(files, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
		if err != nil {
			t.Fatal(err)
		}
		_, err = snapshot.Load(r, []snapshot.Kind{snapshot.Instances})
		if want = "eu-west-1/ec2-describe-instances.json: " + want; err == nil || err.Error() != want {
			t.Errorf("%.120s\n got %v\nwant %s", body, err, want)
		}
	}
}

// TestListThatGoesOn has bodies of which the AWS CLI says that there is more: they
// are taken as missing, and a last page is not.
func TestListThatGoesOn(t *testing.T) {
	for body, cut := range map[string]bool{
		`{"Routes": [], "AdditionalRoutesAvailable": true}`:                          true,
		`{"Routes": [], "AdditionalRoutesAvailable": true, "NextToken": "x"}`:        true,
		`{"NextToken": "x", "Routes": []}`:                                           true,
		`{"Routes": [], "AdditionalRoutesAvailable": false}`:                         false,
		`{"Routes": [], "NextToken": null, "AdditionalRoutesAvailable": false}`:      false,
		`{"Routes": [{"DestinationCidrBlock": "10.0.0.0/8", "NextToken": "of it"}]}`: false,
	} {
		s := loadBodies(t, map[string]string{
			"ec2-describe-transit-gateway-route-tables":   `{"TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-1"}]}`,
			"ec2-search-transit-gateway-routes/tgw-rtb-1": body,
		})
		table := &snapshot.TransitGatewayRouteTables.In(s)[0]
		if _, gap := s.TransitGatewayRoutesOf(table); (gap != nil) != cut || cut && gap.Code != recording.NotRecorded {
			t.Errorf("%s: gap %v", body, gap)
		}
	}
}
