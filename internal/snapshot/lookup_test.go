package snapshot_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// groups is a file in which fields are absent, null, empty, and more than this
// version knows, behind a mark.
const groups = "\ufeff" + `{"Before": [{}], "AutoScalingGroups": [
  {"AutoScalingGroupName": "other", "VPCZoneIdentifier": "subnet-9"},
  {
    "AutoScalingGroupName": "web", "AutoScalingGroupARN": "", "VPCZoneIdentifier": "", "LaunchConfigurationName": null,
    "MinSize": 0, "MaxSize": null, "AvailabilityZones": ["a", ""], "LoadBalancerNames": [], "TargetGroupARNs": null,
    "LaunchTemplate": {}, "HealthCheckType": "", "MixedInstancesPolicy": {"LaunchTemplate": null, "Unknown": 1},
    "Instances": [{"InstanceId": "i-1", "InstanceType": "t3.micro"}], "Tags": [{"Key": "\u0041", "Value": "b\ud800"}]
  }
]}`

// A value is what stands in the file, or null where nothing does.
func TestLookupShowsWhatIsRecorded(t *testing.T) {
	for _, s := range recorded(t, groups) {
		g := &snapshot.AutoScalingGroups.In(s)[1]
		for field, want := range map[string]string{
			"AutoScalingGroupName":                `"web"`,
			"VPCZoneIdentifier":                   `""`,
			"DesiredCapacityType":                 `null`,
			"LaunchConfigurationName":             `null`,
			"MinSize":                             `0`,
			"MaxSize":                             `null`,
			"AvailabilityZones":                   `["a",""]`,
			"AvailabilityZones/1":                 `""`,
			"LoadBalancerNames":                   `[]`,
			"TargetGroupARNs":                     `null`,
			"LaunchTemplate":                      `{}`,
			"HealthCheckType":                     `""`,
			"Instances":                           `[{"InstanceId":"i-1","InstanceType":"t3.micro"}]`,
			"Instances/0/InstanceType":            `"t3.micro"`,
			"Tags":                                `[{"Key":"A","Value":"b` + "\ufffd" + `"}]`,
			"MixedInstancesPolicy/LaunchTemplate": `null`,
			"MixedInstancesPolicy/Unknown":        `1`,
			"MixedInstancesPolicy":                `{"LaunchTemplate":null,"Unknown":1}`,
		} {
			value, source := snapshot.Place{Resource: g, Field: field}.Lookup()
			if string(value) != want || source != g.Source(field) {
				t.Errorf("%s = %s, want %s = %s", source, value, field, want)
			}
		}
	}
}

// The source of what is absent ends with the first key that is missing.
func TestLookupSaysWhatIsMissing(t *testing.T) {
	for _, s := range recorded(t, groups) {
		g := &snapshot.AutoScalingGroups.In(s)[1]
		for field, missing := range map[string]string{
			"LaunchTemplate/Version":                        "LaunchTemplate/Version",
			"MixedInstancesPolicy/LaunchTemplate/Overrides": "MixedInstancesPolicy/LaunchTemplate",
			"MixedInstancesPolicy/Nothing/At/All":           "MixedInstancesPolicy/Nothing",
			"LoadBalancerNames/0":                           "LoadBalancerNames/0",
			"TrafficSources/0/Identifier":                   "TrafficSources",
			"Instances/1/InstanceId":                        "Instances/1",
			"Instances/x":                                   "Instances/x",
			"VPCZoneIdentifier/0":                           "VPCZoneIdentifier/0",
		} {
			value, source := snapshot.Place{Resource: g, Field: field}.Lookup()
			if string(value) != "null" || source != g.Source(missing) {
				t.Errorf("%s = %s, want null at %s", source, value, missing)
			}
		}
	}
}

// A resource in a list of a list is found, far behind the start of the file.
func TestLookupLooksBehindManyOthers(t *testing.T) {
	const first = `{"Reservations": [{"Instances": [`
	filler := `{"InstanceId": "i-0", "Filler": "` + strings.Repeat("x", 1<<20) + `"}`
	body := first + filler + `] } , {"OwnerId": "", "Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2", "VpcId": "", "State": {}}]}]}`
	for _, s := range recordedAs(t, "ec2-describe-instances.json", body) {
		i := &snapshot.Instances.In(s)[2]
		value, source := snapshot.Place{Resource: i, Field: "VpcId"}.Lookup()
		if want := "eu-west-1/ec2-describe-instances.json#/Reservations/1/Instances/1/VpcId"; string(value) != `""` || source != want {
			t.Errorf("%s = %s", source, value)
		}
	}
}

// Each of many values of one resource is found without reading all before it
// once more.
func TestLookupFindsEachOfMany(t *testing.T) {
	const many = 9_000
	block := `{"CidrIpv6": "2001:DB8::/32"}`
	body := `{"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [{"Ipv6Ranges": [` + block + strings.Repeat(","+block, many-1) + `]}]}]}`
	for _, s := range recordedAs(t, "ec2-describe-security-groups.json", body) {
		g := &snapshot.SecurityGroups.In(s)[0]
		for i := range many {
			field := "IpPermissions/0/Ipv6Ranges/" + strconv.Itoa(i) + "/CidrIpv6"
			if value, source := (snapshot.Place{Resource: g, Field: field}).Lookup(); string(value) != `"2001:DB8::/32"` || source != g.Source(field) {
				t.Fatalf("%s = %s", source, value)
			}
		}
	}
}

func recorded(t *testing.T, body string) []*snapshot.Snapshot {
	t.Helper()
	return recordedAs(t, "autoscaling-describe-auto-scaling-groups.json", body)
}

// recordedAs loads a recording of one file from a folder and from memory.
func recordedAs(t *testing.T, name, body string) []*snapshot.Snapshot {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "eu-west-1")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	options := recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())}
	fromDir, err := recording.Open(filepath.Dir(dir), nil, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fromDir.Close() })
	memory := recording.NewMemory()
	w, err := memory.Create("eu-west-1/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	fromMemory, err := memory.Recording(options)
	if err != nil {
		t.Fatal(err)
	}
	var all []*snapshot.Snapshot
	for _, r := range []*recording.Recording{fromDir, fromMemory} {
		s, err := snapshot.Load(r, snapshot.Kinds())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}
