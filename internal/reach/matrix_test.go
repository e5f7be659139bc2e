package reach_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/buttress/buttress/internal/reach"
)

// TestMatrix asks which groups reach which in the network of the traps.
func TestMatrix(t *testing.T) {
	for name, test := range map[string]struct {
		lines string
		want  []string
	}{
		"as it is": {want: []string{"sg-db sg-web tcp/443", "sg-web sg-db tcp/5432"}},
		"a group of which the id is not recorded": {
			lines: `set eni-1/Groups/0 {"GroupId": ""}`,
		},
		"a group that admits itself, worn twice in a subnet": {
			lines: `set sg-db/IpPermissions/- {"IpProtocol": "tcp", "FromPort": 7000, "ToPort": 7000, "UserIdGroupPairs": [{"GroupId": "sg-db"}]}
				set sg-db/IpPermissionsEgress [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
				set sg-web/IpPermissions/0 {"IpRanges": []}
				set sg-web/IpPermissionsEgress []
				add ec2-describe-network-interfaces {"NetworkInterfaceId": "eni-3", "VpcId": "vpc-1", "SubnetId": "subnet-b", "Status": "in-use", "Groups": [{"GroupId": "sg-db"}], "PrivateIpAddress": "10.0.2.11", "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.2.11"}]}`,
			want: []string{"sg-db sg-db tcp/7000"},
		},
		"nothing leaves": {
			lines: `set sg-web {"IpPermissionsEgress": []}`,
			want:  []string{"sg-db sg-web tcp/443"},
		},
		"a network ACL between": {
			lines: `set acl-b/Entries/1 {"RuleAction": "deny"}
				set sg-web/IpPermissions/0 {"IpRanges": []}`,
			want: []string{"sg-web sg-db tcp/5432"},
		},
	} {
		var got []string
		for _, p := range varied(t, test.lines).Matrix() {
			got = append(got, fmt.Sprintf("%s %s %s/%s", p.From, p.To, p.Protocol, p.Ports))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\n want %q\n got  %q", name, test.want, got)
		}
	}
}

// varied is the network of the traps, with changes in the words of theirs.
func varied(t *testing.T, lines string) *reach.Network {
	t.Helper()
	c := trap{files: documents{}}
	for _, f := range parseArchive(t, "testdata/traps/base.txtar").Files {
		c.files[f.Name] = decoded(t, f.Name, f.Data)
	}
	if err := c.read(lines); err != nil {
		t.Fatal(err)
	}
	return c.files.network(t)
}

// TestUnmapped takes away what joins networks, and what interfaces stand in.
func TestUnmapped(t *testing.T) {
	for name, test := range map[string]struct {
		lines string
		want  []string
	}{
		"as it is": {},
		"no interfaces, groups or subnets": {
			lines: "drop ec2-describe-network-interfaces\ndrop ec2-describe-security-groups\ndrop ec2-describe-subnets",
			want:  []string{"ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"},
		},
		"a peering connection that is not listed": {
			lines: `set rtb-main/Routes/- {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-9", "State": "active"}`,
			want:  []string{"ec2:DescribeVpcPeeringConnections"},
		},
		"a blackhole leads nowhere": {
			lines: `set rtb-main/Routes/- {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-9", "State": "blackhole"}`,
		},
		"an attachment that is not listed": {
			lines: `set rtb-main/Routes/- {"DestinationCidrBlock": "10.9.0.0/16", "TransitGatewayId": "tgw-9", "State": "active"}`,
			want:  []string{"ec2:DescribeTransitGatewayVpcAttachments"},
		},
		"a subnet that is not listed": {
			lines: `set eni-2 {"SubnetId": "subnet-9"}`,
			want:  []string{"ec2:DescribeSubnets"},
		},
	} {
		var got []string
		for _, m := range varied(t, test.lines).Unmapped() {
			got = append(got, m.Operation)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestAbsentees names interfaces that the list of interfaces does not hold.
func TestAbsentees(t *testing.T) {
	const db = `put rds-describe-db-instances {"DBInstances": [{"DBInstanceIdentifier": "db", "Engine": "mysql", "PubliclyAccessible": %s, "DBSubnetGroup": {"Subnets": [{"SubnetIdentifier": "subnet-a"}]}, "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-web"}]}]}`
	for name, test := range map[string]struct {
		lines string
		want  []string
	}{
		"as it is":                               {},
		"an instance":                            {lines: `set i-1/NetworkInterfaces [{"NetworkInterfaceId": "eni-9"}]`, want: []string{"i-1 eni-9"}},
		"a database that is publicly accessible": {lines: fmt.Sprintf(db, "true"), want: []string{"db "}},
		"a database that may be":                 {lines: fmt.Sprintf(db, "null"), want: []string{"db "}},
		"a database that is not":                 {lines: fmt.Sprintf(db, "false")},
	} {
		var got []string
		for _, e := range varied(t, test.lines).Exposures() {
			if e.Unknown {
				got = append(got, e.Resource.ID()+" "+e.Interface.NetworkInterfaceID)
				if len(e.Missing) != 1 || e.Missing[0].Operation != "ec2:DescribeNetworkInterfaces" {
					t.Errorf("%s: %v", name, e.Missing)
				}
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestCarrierExposure has an instance in a Wavelength Zone: what its gateway lets in is
// not recorded.
func TestCarrierExposure(t *testing.T) {
	const lines = `set eni-2 {"Ipv6Addresses": [], "Association": {"CarrierIp": "155.146.0.1"}, "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": "10.0.2.10", "Association": {"CarrierIp": "155.146.0.1"}}]}
set rtb-main/Routes/2 {"NatGatewayId": null, "CarrierGatewayId": "cagw-1"}
set sg-db/IpPermissions/0 {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}`
	for lines, want := range map[string]bool{lines: true, strings.ReplaceAll(lines, "CarrierIp", "Other"): false} {
		var got bool
		for _, e := range varied(t, lines).Exposures() {
			got = got || e.Unknown && e.Resource.ID() == "i-2" && len(e.Missing) == 0
		}
		if got != want {
			t.Errorf("%s: undecided %t, want %t", lines, got, want)
		}
	}
}
