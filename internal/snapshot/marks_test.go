package snapshot_test

import (
	"testing"

	"github.com/buttress/buttress/internal/snapshot"
)

// Twins are compared by reading the file once more, mark and all.
func TestEqualTwinsInAFileWithAMarkCountOnce(t *testing.T) {
	s := loadBodies(t, map[string]string{"ec2-describe-vpcs": "\ufeff" + `{"Vpcs": [{"VpcId": "vpc-1"}, {"VpcId": "vpc-1"}]}`})
	if n := len(snapshot.VPCs.In(s)); n != 1 {
		t.Errorf("%d VPCs, want 1", n)
	}
}

// An entry of a list is there, though nothing of it is known to this version.
func TestAnUnknownEntryOfAListIsFound(t *testing.T) {
	s := loadBodies(t, map[string]string{"ec2-describe-security-groups": `{"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [{"IpRanges": [{"Description": "office"}]}]}]}`})
	value, source := snapshot.Place{Resource: &snapshot.SecurityGroups.In(s)[0], Field: "IpPermissions/0/IpRanges/0/CidrIp"}.Lookup()
	if want := "eu-west-1/ec2-describe-security-groups.json#/SecurityGroups/0/IpPermissions/0/IpRanges/0/CidrIp"; string(value) != "null" || source != want {
		t.Errorf("%s = %s", source, value)
	}
}
