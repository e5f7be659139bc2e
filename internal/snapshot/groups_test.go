package snapshot_test

import (
	"slices"
	"testing"

	"github.com/buttress/buttress/internal/snapshot"
)

var groupScope = snapshot.Scope{Account: "111122223333", Region: "eu-west-1"}

const templateVersions = `{"LaunchTemplateVersions": [
  {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "VersionNumber": 2, "DefaultVersion": true},
  {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "VersionNumber": 10, "DefaultVersion": false},
  {"LaunchTemplateId": "lt-2", "LaunchTemplateName": "web2", "VersionNumber": 99, "DefaultVersion": true}
]}`

// A version that the list of the Region holds may stand in the answer about its
// template too.
func TestATemplateVersionOfTwoAnswersCountsOnce(t *testing.T) {
	s := loadBodies(t, map[string]string{
		"ec2-describe-launch-template-versions": templateVersions,
		"ec2-describe-launch-template-versions/lt-1": `{"LaunchTemplateVersions": [
			{"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "VersionNumber": 3, "DefaultVersion": false},
			{"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "VersionNumber": 2, "DefaultVersion": true}]}`,
	})
	var ids []string
	for _, v := range snapshot.LaunchTemplateVersions.In(s) {
		ids = append(ids, v.ID())
	}
	if want := []string{"lt-1:10", "lt-1:2", "lt-1:3", "lt-2:99"}; !slices.Equal(ids, want) {
		t.Errorf("%v, want %v", ids, want)
	}
}

func TestTemplateVersion(t *testing.T) {
	s := loadBodies(t, map[string]string{
		"ec2-describe-launch-template-versions": templateVersions,
		"ec2-describe-launch-template-versions/lt-1": `{"LaunchTemplateVersions": [
			{"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "VersionNumber": 3, "DefaultVersion": false}]}`,
	})
	for _, c := range []struct {
		trap, id, name, version string
		want                    int64 // 0 for none
		gap                     string
	}{
		{"no version is the default and not the latest", "lt-1", "", "", 2, ""},
		{"$Default is the one that is marked", "lt-1", "", "$Default", 2, ""},
		{"$Latest is the highest number, and ten is more than two", "lt-1", "", "$Latest", 10, ""},
		{"a number of the list", "lt-1", "", "10", 10, ""},
		{"a number that was asked for by template", "lt-1", "", "3", 3, ""},
		{"a number of a template that is known by its name", "", "web", "3", 3, ""},
		{"a name is no prefix", "", "web2", "$Latest", 99, ""},
		{"a number that is gone", "lt-1", "", "4", 0, ""},
		{"a number that nobody asked for", "lt-2", "", "4", 0, "lt-2"},
		{"a template that is gone", "lt-3", "", "$Latest", 0, ""},
		{"a name that is gone", "", "api", "7", 0, ""},
		{"a word that is no version", "lt-1", "", "$Newest", 0, ""},
	} {
		t.Run(c.trap, func(t *testing.T) {
			spec := snapshot.LaunchTemplateSpecification{LaunchTemplateID: c.id, LaunchTemplateName: c.name, Version: c.version}
			v, gap := s.TemplateVersion(groupScope, &spec)
			var got int64
			if v != nil {
				got = v.VersionNumber
			}
			if got != c.want {
				t.Errorf("version %d, not %d", got, c.want)
			}
			if v == nil && (gap != nil) != (c.gap != "") || gap != nil && v == nil && gap.Resource != c.gap {
				t.Errorf("gap %v, not %q", gap, c.gap)
			}
		})
	}
}

func TestTemplateVersionWithoutTheList(t *testing.T) {
	s := loadBodies(t, map[string]string{"ec2-describe-subnets": `{"Subnets": []}`})
	for _, version := range []string{"", "$Default", "$Latest", "3"} {
		v, gap := s.TemplateVersion(groupScope, &snapshot.LaunchTemplateSpecification{LaunchTemplateID: "lt-1", Version: version})
		if v != nil || gap == nil {
			t.Errorf("version %q: %v %v", version, v, gap)
		}
	}
}

const spreadGroups = `{"AutoScalingGroups": [
  {"AutoScalingGroupName": "moved", "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/moved",
   "VPCZoneIdentifier": "subnet-a, subnet-a2,", "AvailabilityZones": ["eu-west-1a", "eu-west-1b"], "Instances": [
    {"InstanceId": "i-1", "AvailabilityZone": "eu-west-1a", "LifecycleState": "InService", "HealthStatus": "Healthy"},
    {"InstanceId": "i-2", "AvailabilityZone": "eu-west-1b", "LifecycleState": "InService", "HealthStatus": "HEALTHY"},
    {"InstanceId": "i-3", "AvailabilityZone": "eu-west-1c", "LifecycleState": "Standby", "HealthStatus": "Healthy"},
    {"InstanceId": "i-4", "AvailabilityZone": "eu-west-1c", "LifecycleState": "InService", "HealthStatus": "Unhealthy"},
    {"InstanceId": "i-5", "AvailabilityZone": "eu-west-1c", "LifecycleState": "Warmed:Running", "HealthStatus": "Healthy"}]},
  {"AutoScalingGroupName": "zones", "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/zones",
   "AvailabilityZones": ["eu-west-1a", "eu-west-1-dub-1a", "eu-west-1-moon"]}
]}`

func TestGroupsByTheirZones(t *testing.T) {
	s := loadBodies(t, map[string]string{
		"autoscaling-describe-auto-scaling-groups": spreadGroups,
		"ec2-describe-subnets": `{"Subnets": [
			{"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az1"},
			{"SubnetId": "subnet-a2", "VpcId": "vpc-1", "AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az1"}]}`,
		"ec2-describe-availability-zones": `{"AvailabilityZones": [{"ZoneName": "eu-west-1b", "ZoneId": "euw1-az3", "ZoneType": "availability-zone"}]}`,
	})
	groups := snapshot.AutoScalingGroups.In(s)
	moved, zones := &groups[0], &groups[1]
	t.Run("the zones of subnets count once, and AvailabilityZones not beside them", func(t *testing.T) {
		if got := s.SpreadOf(moved); !slices.Equal(got.Zones, []string{"euw1-az1"}) || len(got.Missing)+len(got.Others)+len(got.Unsure) > 0 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("zones without subnets, by their kind", func(t *testing.T) {
		got := s.SpreadOf(zones)
		if !slices.Equal(got.Zones, []string{"eu-west-1a"}) || !slices.Equal(got.Others, []string{"eu-west-1-dub-1a"}) || !slices.Equal(got.Unsure, []string{"eu-west-1-moon"}) {
			t.Errorf("%+v", got)
		}
	})
	t.Run("instances run where they run, on standby, ill and warm ones apart", func(t *testing.T) {
		if got := s.RunningZonesOf(moved); !slices.Equal(got, []string{"eu-west-1a", "euw1-az3"}) {
			t.Error(got)
		}
	})
}

func TestGroupOf(t *testing.T) {
	s := loadBodies(t, map[string]string{
		"autoscaling-describe-auto-scaling-groups": spreadGroups,
		"ec2-describe-instances": `{"Reservations": [{"Instances": [
			{"InstanceId": "i-1"},
			{"InstanceId": "i-w", "Tags": [{"Key": "Name", "Value": "x"}, {"Key": "aws:autoscaling:groupName", "Value": "zones"}]},
			{"InstanceId": "i-x", "Tags": [{"Key": "aws:autoscaling:groupName", "Value": "gone"}]},
			{"InstanceId": "i-y", "Tags": [{"Key": "Aws:autoscaling:groupName", "Value": "zones"}]}]}]}`,
	})
	for _, c := range []struct {
		trap, id, group string
		owned           bool
	}{
		{"listed", "i-1", "moved", true},
		{"warm, known by the tag alone", "i-w", "zones", true},
		{"of a group that is not recorded", "i-x", "", true},
		{"keys of tags have a case", "i-y", "", false},
	} {
		t.Run(c.trap, func(t *testing.T) {
			i, ok := s.Instance(groupScope, c.id)
			if !ok {
				t.Fatal("the instance is not there")
			}
			g, place, owned := s.GroupOf(i)
			if owned != c.owned || owned != (place.Resource != nil) || (g != nil) != (c.group != "") || g != nil && g.ID() != c.group {
				t.Errorf("%v %v %v", g, place, owned)
			}
		})
	}
}

func TestRegistrations(t *testing.T) {
	s := loadBodies(t, map[string]string{
		"elbv2-describe-target-groups": `{"TargetGroups": [
			{"TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1", "TargetGroupName": "web", "TargetType": "instance", "VpcId": "vpc-1"},
			{"TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/ip/2", "TargetGroupName": "ip", "TargetType": "ip", "VpcId": "vpc-1"},
			{"TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/api/3", "TargetGroupName": "api", "TargetType": "instance", "VpcId": "vpc-2"},
			{"TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/fn/4", "TargetGroupName": "fn", "TargetType": "lambda"}]}`,
		"elbv2-describe-target-health/arn%3Aaws%3Aelasticloadbalancing%3Aeu-west-1%3A111122223333%3Atargetgroup%2Fweb%2F1": `{"TargetHealthDescriptions": [
			{"Target": {"Id": "i-1", "Port": 80}, "TargetHealth": {"State": "unhealthy"}},
			{"Target": {"Id": "i-1", "Port": 81}, "TargetHealth": {"State": "healthy"}},
			{"Target": {"Id": "i-2", "Port": 80}, "TargetHealth": {"State": "unhealthy.draining"}}]}`,
		"elbv2-describe-target-health/arn%3Aaws%3Aelasticloadbalancing%3Aeu-west-1%3A111122223333%3Atargetgroup%2Fip%2F2": `{"TargetHealthDescriptions": [
			{"Target": {"Id": "10.0.0.5", "Port": 80}, "TargetHealth": {"State": "healthy"}}]}`,
		"ec2-describe-instances": `{"Reservations": [{"Instances": [
			{"InstanceId": "i-1", "VpcId": "vpc-1", "PrivateIpAddress": "10.0.0.5"},
			{"InstanceId": "i-3", "VpcId": "vpc-2", "PrivateIpAddress": "10.0.0.5"}]}]}`,
	})
	groups := snapshot.TargetGroups.In(s)
	web := &groups[slices.IndexFunc(groups, func(g snapshot.TargetGroup) bool { return g.TargetGroupName == "web" })]
	t.Run("two ports are one target", func(t *testing.T) {
		if got := s.TallyOf(web); got != (snapshot.Tally{All: 2, Healthy: 1}) {
			t.Errorf("%+v", got)
		}
	})
	t.Run("by id and by address, and an address is of its VPC", func(t *testing.T) {
		for id, want := range map[string]int{"i-1": 3, "i-3": 0} {
			if i, ok := s.Instance(groupScope, id); !ok || len(s.RegistrationsAt(i)) != want {
				t.Errorf("%s: not %d", id, want)
			}
		}
	})
	t.Run("groups that hide their targets, by VPC, those of functions apart", func(t *testing.T) {
		for vpc, want := range map[string]int{"vpc-1": 0, "vpc-2": 1, "": 1} {
			if got := s.UnreadTargetGroups(groupScope, vpc); len(got) != want {
				t.Errorf("%q: %d, not %d", vpc, len(got), want)
			}
		}
	})
}
