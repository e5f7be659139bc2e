package snapshot_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/snapshot"
)

const zoneList = `{"ZoneName": "eu-west-1a", "ZoneId": "euw1-az3", "ZoneType": "availability-zone"},
	{"ZoneName": "eu-west-1b", "ZoneId": "euw1-az1", "ZoneType": "availability-zone"},
	{"ZoneName": "eu-west-1c", "ZoneId": "euw1-az2"},
	{"ZoneName": "eu-west-1-ams-1a", "ZoneId": "euw1-ams1-az1", "ZoneType": "local-zone"},
	{"ZoneName": "eu-west-1-wl1-dub-wlz-1", "ZoneId": "euw1-wl1-dub-wlz1", "ZoneType": "wavelength-zone"},
	{"ZoneName": "eu-west-1z", "ZoneId": "euw1-az9", "ZoneType": "lunar-zone"}`

// inZone is a subnet whose id is its fields.
func inZone(name, id, more string) string {
	return fmt.Sprintf(`{"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailabilityZone": %q, "AvailabilityZoneId": %q%s}`, name, id, more)
}

func TestZoneOf(t *testing.T) {
	for _, c := range []struct {
		trap, subnet, zones string
		want                snapshot.Zone
		counts, known       bool
	}{
		{"the id, not the name, which is an alias", inZone("eu-west-1a", "", ""), zoneList, snapshot.Zone{ID: "euw1-az3", Type: "availability-zone"}, true, true},
		{"the id that the subnet says", inZone("eu-west-1a", "euw1-az3", ""), "", snapshot.Zone{ID: "euw1-az3", Type: "availability-zone"}, true, true},
		{"an id and no name", inZone("", "euw1-az3", ""), zoneList, snapshot.Zone{ID: "euw1-az3", Type: "availability-zone"}, true, true},
		{"an id and no name, and no list of zones", inZone("", "euw1-az3", ""), "", snapshot.Zone{ID: "euw1-az3"}, false, false},
		{"a name and nothing else", inZone("eu-west-1a", "", ""), "", snapshot.Zone{ID: "eu-west-1a", Type: "availability-zone"}, true, true},
		{"an emulator that says no type", inZone("eu-west-1c", "", ""), zoneList, snapshot.Zone{ID: "euw1-az2", Type: "availability-zone"}, true, true},
		{"a Local Zone is no second zone", inZone("eu-west-1-ams-1a", "euw1-ams1-az1", ""), zoneList, snapshot.Zone{ID: "euw1-ams1-az1", Type: "local-zone"}, false, true},
		{"a Local Zone by its name", inZone("us-west-2-lax-1a", "", ""), "", snapshot.Zone{ID: "us-west-2-lax-1a", Type: "local-zone"}, false, true},
		{"a Wavelength Zone is no second zone", inZone("eu-west-1-wl1-dub-wlz-1", "", ""), zoneList, snapshot.Zone{ID: "euw1-wl1-dub-wlz1", Type: "wavelength-zone"}, false, true},
		{"a Wavelength Zone by its name", inZone("us-east-1-wl1-bos-wlz-1", "", ""), "", snapshot.Zone{ID: "us-east-1-wl1-bos-wlz-1", Type: "wavelength-zone"}, false, true},
		{"another Wavelength Zone by its name", inZone("us-east-1-foe-wl1-phx-wlz-1", "", ""), "", snapshot.Zone{ID: "us-east-1-foe-wl1-phx-wlz-1", Type: "wavelength-zone"}, false, true},
		{"a zone of another partition", inZone("us-gov-west-1b", "", ""), "", snapshot.Zone{ID: "us-gov-west-1b", Type: "availability-zone"}, true, true},
		{"an Outpost is no second zone", inZone("eu-west-1a", "euw1-az3", `, "OutpostArn": "arn:aws:outposts:eu-west-1:111122223333:outpost/op-1"`), zoneList, snapshot.Zone{ID: "euw1-az3", Type: "outpost"}, false, true},
		{"a type that nobody knows", inZone("eu-west-1z", "euw1-az9", ""), zoneList, snapshot.Zone{ID: "euw1-az9", Type: "lunar-zone"}, false, false},
		{"a name that nobody knows", inZone("moon", "", ""), "", snapshot.Zone{ID: "moon"}, false, false},
		{"no zone at all", inZone("", "", ""), zoneList, snapshot.Zone{}, false, false},
	} {
		t.Run(c.trap, func(t *testing.T) {
			s := network{"Subnets": c.subnet, "AvailabilityZones": c.zones}.load(t)
			got := s.ZoneOf(subnet(t, s, "subnet-a"))
			if got != c.want || got.Counts() != c.counts || got.Known() != c.known {
				t.Errorf("got %+v, counts %t, known %t", got, got.Counts(), got.Known())
			}
		})
	}
}

// TestZonesOfTwoAccounts has the same zone under two names, and the same name
// for two zones.
func TestZonesOfTwoAccounts(t *testing.T) {
	s := network{
		"AvailabilityZones":          `{"ZoneName": "eu-west-1a", "ZoneId": "euw1-az1", "ZoneType": "availability-zone"}, {"ZoneName": "eu-west-1b", "ZoneId": "euw1-az2", "ZoneType": "availability-zone"}`,
		"Subnets":                    `{"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a"}, {"SubnetId": "subnet-b", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1b"}`,
		other + "/AvailabilityZones": `{"ZoneName": "eu-west-1a", "ZoneId": "euw1-az2", "ZoneType": "availability-zone"}, {"ZoneName": "eu-west-1b", "ZoneId": "euw1-az1", "ZoneType": "availability-zone"}`,
		other + "/Subnets":           `{"SubnetId": "subnet-c", "VpcId": "vpc-2", "AvailabilityZone": "eu-west-1a"}, {"SubnetId": "subnet-d", "VpcId": "vpc-2", "AvailabilityZone": "eu-west-1b"}`,
	}.load(t)
	zones := func(ids ...string) []string {
		var subnets []*snapshot.Subnet
		for _, id := range ids {
			subnets = append(subnets, subnet(t, s, id))
		}
		return s.ZonesOf(subnets)
	}
	if diff := cmp.Diff([]string{"euw1-az1"}, zones("subnet-a", "subnet-d")); diff != "" {
		t.Errorf("two names of one zone -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"euw1-az1", "euw1-az2"}, zones("subnet-a", "subnet-c", "subnet-b")); diff != "" {
		t.Errorf("one name of two zones -want +got:\n%s", diff)
	}
}

func TestSameZone(t *testing.T) {
	s := network{
		"Subnets": `{"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az1"},
			{"SubnetId": "subnet-b", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a"},
			{"SubnetId": "subnet-c", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1b", "AvailabilityZoneId": "euw1-az2"},
			{"SubnetId": "subnet-d", "VpcId": "vpc-1"}`,
		other + "/Subnets": `{"SubnetId": "subnet-e", "VpcId": "vpc-2", "AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az2"},
			{"SubnetId": "subnet-f", "VpcId": "vpc-2", "AvailabilityZone": "eu-west-1a"}`,
	}.load(t)
	for _, c := range []struct {
		trap, a, b  string
		same, known bool
	}{
		{"two ids", "subnet-a", "subnet-c", false, true},
		{"names where an id is missing", "subnet-a", "subnet-b", true, true},
		{"names where an id is missing, and they differ", "subnet-b", "subnet-c", false, true},
		{"one that says nothing", "subnet-a", "subnet-d", false, false},
		{"one name in two accounts is two zones", "subnet-a", "subnet-e", false, true},
		{"two names in two accounts is one zone", "subnet-c", "subnet-e", true, true},
		{"names of two accounts say nothing", "subnet-a", "subnet-f", false, false},
	} {
		if same, known := s.SameZone(subnet(t, s, c.a), subnet(t, s, c.b)); same != c.same || known != c.known {
			t.Errorf("%s: same %t, known %t", c.trap, same, known)
		}
	}
}
