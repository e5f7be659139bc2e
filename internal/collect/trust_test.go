package collect

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// reads is what the name of an operation that only reads looks like.
// AssumeRole changes nothing either.
var reads = regexp.MustCompile(`^(?:Describe|Get|List|Search)[A-Z]|^AssumeRole$`)

// Every operation of the SDK that the package names, as a method of a client or
// as a paginator, only reads. stscreds assumes roles out of sight of this test.
func TestOnlyReads(t *testing.T) {
	all := sdkOperations()
	used := map[string]bool{}
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			name := strings.TrimSuffix(strings.TrimPrefix(sel.Sel.Name, "New"), "Paginator")
			if slices.Contains(all, name) {
				used[name] = true
			}
			return true
		})
	}
	for _, op := range operations {
		if !used[op.name.Name()] {
			t.Errorf("%s: this test does not see where it is called", op.name)
		}
	}
	for name := range used {
		if !reads.MatchString(name) {
			t.Errorf("%s does not only read", name)
		}
	}
}

func sources(t *testing.T) []*ast.File {
	t.Helper()
	names, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// sdkOperations are the names of all operations of the services that are
// imported.
func sdkOperations() []string {
	var names []string
	for _, client := range []any{&autoscaling.Client{}, &ec2.Client{}, &elb.Client{}, &elbv2.Client{}, &rds.Client{}, &sts.Client{}} {
		for m := range reflect.TypeOf(client).Methods() {
			if m.Name != "Options" {
				names = append(names, m.Name)
			}
		}
	}
	return names
}

// In what is recorded every number and every truth value is a pointer, so that a
// zero that AWS sent is told from nothing sent.
func TestScalarsArePointers(t *testing.T) {
	seen := map[reflect.Type]bool{}
	for _, answer := range []any{
		ec2.DescribeAvailabilityZonesOutput{},
		ec2.DescribeVpcsOutput{},
		ec2.DescribeSubnetsOutput{},
		ec2.DescribeRouteTablesOutput{},
		ec2.DescribeInternetGatewaysOutput{},
		ec2.DescribeNatGatewaysOutput{},
		ec2.DescribeSecurityGroupsOutput{},
		ec2.DescribeNetworkInterfacesOutput{},
		ec2.DescribeInstancesOutput{},
		ec2.DescribeLaunchTemplateVersionsOutput{},
		ec2.DescribeVpcBlockPublicAccessOptionsOutput{},
		ec2.GetManagedPrefixListEntriesOutput{},
		ec2.DescribeNetworkAclsOutput{},
		ec2.DescribeEgressOnlyInternetGatewaysOutput{},
		ec2.DescribeVpcPeeringConnectionsOutput{},
		ec2.DescribeVpcEndpointsOutput{},
		ec2.DescribeVpnGatewaysOutput{},
		ec2.DescribeVpnConnectionsOutput{},
		ec2.DescribeVpcBlockPublicAccessExclusionsOutput{},
		ec2.DescribeSecurityGroupVpcAssociationsOutput{},
		ec2.DescribeTransitGatewaysOutput{},
		ec2.DescribeTransitGatewayAttachmentsOutput{},
		ec2.DescribeTransitGatewayVpcAttachmentsOutput{},
		ec2.DescribeTransitGatewayPeeringAttachmentsOutput{},
		ec2.DescribeTransitGatewayRouteTablesOutput{},
		ec2.SearchTransitGatewayRoutesOutput{},
		rds.DescribeDBInstancesOutput{},
		rds.DescribeDBClustersOutput{},
		rds.DescribeDBSubnetGroupsOutput{},
		elbv2.DescribeLoadBalancersOutput{},
		elbv2.DescribeTargetGroupsOutput{},
		elbv2.DescribeTargetHealthOutput{},
		elbv2.DescribeLoadBalancerAttributesOutput{},
		elbv2.DescribeListenersOutput{},
		elbv2.DescribeRulesOutput{},
		elbv2.DescribeTargetGroupAttributesOutput{},
		elb.DescribeLoadBalancersOutput{},
		elb.DescribeInstanceHealthOutput{},
		autoscaling.DescribeAutoScalingGroupsOutput{},
		autoscaling.DescribeLaunchConfigurationsOutput{},
		autoscaling.DescribePoliciesOutput{},
		autoscaling.DescribeScheduledActionsOutput{},
	} {
		walk(t, reflect.TypeOf(answer), seen)
	}
}

func walk(t *testing.T, typ reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	if seen[typ] {
		return
	}
	seen[typ] = true
	switch typ.Kind() {
	default:
	case reflect.Pointer, reflect.Slice, reflect.Map:
		walk(t, typ.Elem(), seen)
	case reflect.Struct:
		for f := range typ.Fields() {
			if !f.IsExported() || f.Name == "ResultMetadata" || typ.PkgPath() == "time" {
				continue
			}
			plain := f.Type.Kind() >= reflect.Bool && f.Type.Kind() <= reflect.Float64
			if plain && f.Name != "LoadBalancerPort" { // of a listener, which is never 0
				t.Errorf("%s.%s is a plain %s", typ, f.Name, f.Type)
			}
			walk(t, f.Type, seen)
		}
	}
}
