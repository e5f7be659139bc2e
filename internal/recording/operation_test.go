package recording_test

import (
	"testing"

	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// commands are the names that xform_name of botocore 1.43.11, which the AWS CLI
// uses, makes of the operations that snapshot knows, and of some with words that
// are hard to spell.
var commands = map[recording.Operation]string{
	"autoscaling:DescribeAutoScalingGroups":        "autoscaling-describe-auto-scaling-groups",
	"autoscaling:DescribeLaunchConfigurations":     "autoscaling-describe-launch-configurations",
	"autoscaling:DescribePolicies":                 "autoscaling-describe-policies",
	"autoscaling:DescribeScheduledActions":         "autoscaling-describe-scheduled-actions",
	"ec2:DescribeAvailabilityZones":                "ec2-describe-availability-zones",
	"ec2:DescribeInstances":                        "ec2-describe-instances",
	"ec2:DescribeInternetGateways":                 "ec2-describe-internet-gateways",
	"ec2:DescribeLaunchTemplateVersions":           "ec2-describe-launch-template-versions",
	"ec2:DescribeNatGateways":                      "ec2-describe-nat-gateways",
	"ec2:DescribeNetworkInterfaces":                "ec2-describe-network-interfaces",
	"ec2:DescribeRouteTables":                      "ec2-describe-route-tables",
	"ec2:DescribeSecurityGroups":                   "ec2-describe-security-groups",
	"ec2:DescribeSubnets":                          "ec2-describe-subnets",
	"ec2:DescribeVpcBlockPublicAccessOptions":      "ec2-describe-vpc-block-public-access-options",
	"ec2:DescribeVpcs":                             "ec2-describe-vpcs",
	"ec2:GetManagedPrefixListEntries":              "ec2-get-managed-prefix-list-entries",
	"elb:DescribeInstanceHealth":                   "elb-describe-instance-health",
	"elb:DescribeLoadBalancers":                    "elb-describe-load-balancers",
	"elbv2:DescribeListeners":                      "elbv2-describe-listeners",
	"elbv2:DescribeLoadBalancerAttributes":         "elbv2-describe-load-balancer-attributes",
	"elbv2:DescribeLoadBalancers":                  "elbv2-describe-load-balancers",
	"elbv2:DescribeTargetGroups":                   "elbv2-describe-target-groups",
	"elbv2:DescribeTargetHealth":                   "elbv2-describe-target-health",
	"ec2:DescribeEgressOnlyInternetGateways":       "ec2-describe-egress-only-internet-gateways",
	"ec2:DescribeNetworkAcls":                      "ec2-describe-network-acls",
	"ec2:DescribeSecurityGroupVpcAssociations":     "ec2-describe-security-group-vpc-associations",
	"ec2:DescribeTransitGatewayAttachments":        "ec2-describe-transit-gateway-attachments",
	"ec2:DescribeTransitGatewayPeeringAttachments": "ec2-describe-transit-gateway-peering-attachments",
	"ec2:DescribeTransitGatewayRouteTables":        "ec2-describe-transit-gateway-route-tables",
	"ec2:DescribeTransitGatewayVpcAttachments":     "ec2-describe-transit-gateway-vpc-attachments",
	"ec2:DescribeTransitGateways":                  "ec2-describe-transit-gateways",
	"ec2:DescribeVpcBlockPublicAccessExclusions":   "ec2-describe-vpc-block-public-access-exclusions",
	"ec2:DescribeVpcEndpoints":                     "ec2-describe-vpc-endpoints",
	"ec2:DescribeVpcPeeringConnections":            "ec2-describe-vpc-peering-connections",
	"ec2:DescribeVpnConnections":                   "ec2-describe-vpn-connections",
	"ec2:DescribeVpnGateways":                      "ec2-describe-vpn-gateways",
	"ec2:SearchTransitGatewayRoutes":               "ec2-search-transit-gateway-routes",
	"elbv2:DescribeRules":                          "elbv2-describe-rules",
	"elbv2:DescribeTargetGroupAttributes":          "elbv2-describe-target-group-attributes",
	"rds:DescribeDBClusters":                       "rds-describe-db-clusters",
	"rds:DescribeDBInstances":                      "rds-describe-db-instances",
	"rds:DescribeDBSubnetGroups":                   "rds-describe-db-subnet-groups",

	"iam:ListSAMLProviders":                  "iam-list-saml-providers",
	"iam:GetAccountAuthorizationDetails":     "iam-get-account-authorization-details",
	"elbv2:DescribeSSLPolicies":              "elbv2-describe-ssl-policies",
	"wafv2:ListWebACLs":                      "wafv2-list-web-acls",
	"wafv2:GetWebACLForResource":             "wafv2-get-web-acl-for-resource",
	"rds:DescribeDBInstanceAutomatedBackups": "rds-describe-db-instance-automated-backups",
	"ec2:GetEbsEncryptionByDefault":          "ec2-get-ebs-encryption-by-default",
}

func TestCommandsAreSpelledAsTheCLIDoes(t *testing.T) {
	for op, want := range commands {
		if got := op.File(); got != want {
			t.Errorf("%s: %s, want %s", op, got, want)
		}
	}
	for _, op := range snapshot.Operations(snapshot.Kinds()) {
		if commands[op] == "" {
			t.Errorf("%s: nobody looked up how the CLI spells it", op)
		}
	}
}

func TestOperationsDoNotShareAFile(t *testing.T) {
	files := map[string]recording.Operation{}
	for _, op := range snapshot.Operations(snapshot.Kinds()) {
		if other, taken := files[op.File()]; taken {
			t.Errorf("%s and %s are both in %s", op, other, op.File())
		}
		files[op.File()] = op
	}
}

// The names are those of urllib.parse.quote(id, safe=”).
func TestEscape(t *testing.T) {
	for id, want := range map[string]string{
		"arn:aws:rds:eu-west-1:111122223333:db:a": "arn%3Aaws%3Ards%3Aeu-west-1%3A111122223333%3Adb%3Aa",
		"app/web/1": "app%2Fweb%2F1",
		"a-b.c_d~e": "a-b.c_d~e",
		"a b+c%":    "a%20b%2Bc%25",
		"é":         "%C3%A9",
		"..":        "..",
		"\x00\xff":  "%00%FF",
	} {
		got := recording.Escape(id)
		if got != want {
			t.Errorf("%q: %s, want %s", id, got, want)
		}
		if back, err := recording.Unescape(got); err != nil || back != id {
			t.Errorf("%s: %q %v, want %q", got, back, err, id)
		}
	}
}
