package vpc

import (
	"regexp"
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// SubnetPrivateNoPathFromInternet is the rule subnet-private-no-path-from-internet.
var SubnetPrivateNoPathFromInternet = checks.Rule{
	ID:    "subnet-private-no-path-from-internet",
	Title: "No path leads from the internet into a subnet that is meant to be private",
	Why: `Whoever puts something into a subnet called private relies on nobody reaching it from outside. With a route
to an internet gateway that hangs on every single address and security group in it.`,
	Fix: `Give the subnet a route table without a route to an internet gateway.

    aws ec2 delete-route --route-table-id TABLE --destination-cidr-block DESTINATION
    aws ec2 associate-route-table --route-table-id PRIVATE-TABLE --subnet-id ID

In Terraform, remove the aws_route with gateway_id, or name a private table in the aws_route_table_association.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
	},
	Reads: []snapshot.Kind{
		snapshot.RouteTables, snapshot.InternetGateways, snapshot.PrefixListEntries, snapshot.BlockPublicAccess,
	},
	Follows: true,
	Judge:   checks.Each(snapshot.Subnets, subnetPrivateNoPath),
}

func subnetPrivateNoPath(s *snapshot.Snapshot, n *snapshot.Subnet) checks.Verdict {
	if n.Foreign() {
		return checks.NotApplicable("belongs to another account", field(n, "OwnerId"))
	}
	meant, gaps := meantPrivate(s, n)
	switch {
	case gaps != nil:
		return checks.Missing(gaps...)
	case meant == nil:
		return checks.NotApplicable("is not meant to be private, as far as tags and what it holds say", field(n, "SubnetId"))
	}
	r := s.RoutingOf(n)
	routed := r.Public4 || r.Public6 || r.Inspected || r.Partial
	evidence := slices.Concat(meant, r.Decisive)
	switch {
	case r.Table == nil, r.Unknown && !routed:
		return undecided(&r)
	case !routed:
		return checks.Pass("is private: no route leads to or from an internet gateway", append(evidence, r.Idle...)...)
	case r.Closed():
		return checks.Pass("is private: Block Public Access shuts off its internet gateway", append(evidence, r.BlockedBy)...)
	case r.Blocked != "":
		return checks.Unknown("is under a mode of Block Public Access that is not known", r.BlockedBy)
	}
	return onPath(s, n, &r, evidence)
}

// onPath is the verdict on a subnet that routes join to an internet gateway.
func onPath(s *snapshot.Snapshot, n *snapshot.Subnet, r *snapshot.Routing, evidence []checks.Evidence) checks.Verdict {
	in := checks.ReachedSubnet(s, n)
	evidence = append(evidence, in.Evidence...)
	switch {
	case in.Standing == checks.ReachedByNobody:
		return checks.Fail("is meant to be private and has a route to an internet gateway, though nothing gets in today", evidence...).At(checks.Low)
	case r.Public4 || r.Public6:
		return checks.Fail("is meant to be private, and the internet is routed to it", evidence...)
	case r.Inspected:
		return checks.Fail("is meant to be private, and the internet is routed to it through an appliance", evidence...)
	default:
		return checks.Fail("is meant to be private, and a part of the internet is routed to it", evidence...)
	}
}

// privateName finds the word in "tipster-private-a" and "PrivateSubnet1";
// notPrivate finds what denies it.
var (
	privateName = regexp.MustCompile(`(?i)(^|[^a-z])(private|isolated|internal)([^a-z]|s|subnet|$)`)
	notPrivate  = regexp.MustCompile(`(?i)public|\bno[nt]?[-_ ]?private`)
)

// saysPrivate reports whether a tag says that its subnet is private: the name, a
// tier, the mark by which the AWS Load Balancer Controller finds subnets for
// internal load balancers, or that of the AWS CDK.
// https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ec2.SubnetType.html
func saysPrivate(t snapshot.Tag) bool {
	switch t.Key {
	case "Name":
		return privateName.MatchString(t.Value) && !notPrivate.MatchString(t.Value)
	case "kubernetes.io/role/internal-elb":
		return t.Value == "" || t.Value == "1"
	case "aws-cdk:subnet-type":
		return t.Value == "Private" || t.Value == "Isolated"
	default:
		return strings.EqualFold(t.Key, "tier") && strings.EqualFold(t.Value, "private")
	}
}

// meantPrivate is what says that a subnet is meant to be private: a tag, or that
// it holds databases, caches and internal load balancers alone. It is nothing
// where a tag says that it is public.
func meantPrivate(s *snapshot.Snapshot, n *snapshot.Subnet) (evidence []checks.Evidence, gaps []*snapshot.Gap) {
	if i := slices.IndexFunc(n.Tags, saysPrivate); i >= 0 {
		says := "Value"
		if n.Tags[i].Value == "" {
			says = "Key"
		}
		return []checks.Evidence{checks.Field(n, "Tags", i, says)}, nil
	}
	if slices.ContainsFunc(n.Tags, saysPublic) {
		return nil, nil
	}
	for _, k := range []snapshot.Kind{snapshot.NetworkInterfaces, snapshot.LoadBalancers, snapshot.ClassicLoadBalancers} {
		if gap := s.Gap(k, n.Scope()); gap != nil {
			gaps = append(gaps, gap)
		}
	}
	if gaps != nil {
		return nil, gaps
	}
	for _, c := range s.InterfacesIn(n.Scope(), n.SubnetID) {
		e, ok := wantsPrivate(s, c)
		if !ok {
			return nil, nil
		}
		evidence = append(evidence, e)
	}
	return evidence, nil
}

// wantsPrivate reports whether an interface belongs to what stands in private
// subnets: a database, a cache, or an internal load balancer.
func wantsPrivate(s *snapshot.Snapshot, c *snapshot.NetworkInterface) (checks.Evidence, bool) {
	holder := c.Holder()
	switch holder.Kind {
	case snapshot.HeldByDatabase, snapshot.HeldByCache:
		return field(c, "Description"), true
	case snapshot.HeldByApplicationBalancer, snapshot.HeldByNetworkBalancer:
		for _, l := range s.LoadBalancersIn(c.Scope(), c.SubnetID) {
			if l.LoadBalancerName == holder.ID {
				return field(l, "Scheme"), l.Scheme == "internal"
			}
		}
	case snapshot.HeldByClassicBalancer:
		all := snapshot.ClassicLoadBalancers.In(s)
		for i := range all {
			if l := &all[i]; l.LoadBalancerName == holder.ID && l.Scope() == c.Scope() {
				return field(l, "Scheme"), l.Scheme == "internal"
			}
		}
	default: // anything else may stand in a public subnet
	}
	return checks.Evidence{}, false
}
