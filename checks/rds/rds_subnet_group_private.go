package rds

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// SubnetGroupPrivate is the rule rds-subnet-group-private.
var SubnetGroupPrivate = checks.Rule{
	ID:    "rds-subnet-group-private",
	Title: "The subnets of a DB subnet group are private, all of them",
	Why: `RDS puts a database into any subnet of its group, and into another one at a failover or a change of its
class. One public subnet in the group is enough for a database to stand, some night, one flag and one rule of a
security group away from the internet.`,
	Fix: `Replace the public subnets of the group by private ones, in at least two zones.

    aws rds modify-db-subnet-group --db-subnet-group-name NAME --subnet-ids PRIVATE-SUBNET-1 PRIVATE-SUBNET-2

In Terraform, set subnet_ids of the aws_db_subnet_group to private subnets only. Instances that stand in a subnet
keep it in the group until they have been moved.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01"},
	Controls:  []string{"FSBP RDS.46", "Config rds-instance-subnet-igw-check"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html",
	},
	Reads: []snapshot.Kind{
		snapshot.DBInstances, snapshot.DBClusters, snapshot.Subnets,
		snapshot.RouteTables, snapshot.InternetGateways, snapshot.PrefixListEntries,
		snapshot.BlockPublicAccess,
	},
	Judge: checks.Each(snapshot.DBSubnetGroups, subnetGroupPrivate),
}

func subnetGroupPrivate(s *snapshot.Snapshot, g *snapshot.DBSubnetGroup) checks.Verdict {
	if !inUse(s, g) {
		return checks.NotApplicable("has no database of RDS", checks.Field(g, "DBSubnetGroupName"))
	}
	if len(g.Subnets) == 0 {
		return checks.Unknown("does not say which subnets it has", checks.Field(g, "Subnets"))
	}
	var found [routesPublic + 1][]checks.Evidence
	var gaps []*snapshot.Gap
	for i := range g.Subnets {
		e, evidence, missing := exposureOf(s, g, i)
		found[e] = append(found[e], evidence...)
		for _, gap := range missing {
			if !slices.ContainsFunc(gaps, func(g *snapshot.Gap) bool { return g.Resource == gap.Resource }) {
				gaps = append(gaps, gap)
			}
		}
	}
	switch {
	case found[routesPublic] != nil:
		return checks.Fail("has public subnets", found[routesPublic]...)
	case found[routesInspected] != nil:
		return checks.Fail("has subnets that are public behind a firewall", found[routesInspected]...).At(checks.Medium)
	case found[routesClosed] != nil:
		return checks.Fail("has public subnets, which Block Public Access closes today", found[routesClosed]...).At(checks.Low)
	case found[routesPartial] != nil:
		return checks.Fail("has subnets that reach a part of the internet through an internet gateway", found[routesPartial]...).At(checks.Low)
	case gaps != nil:
		return checks.Missing(gaps...)
	case found[routesUnseen] != nil:
		return checks.Unknown("has subnets of which the routes or gateways are not recorded", found[routesUnseen]...)
	default:
		return checks.Pass("has private subnets only", found[routesPrivate]...)
	}
}

// inUse reports whether a database of RDS or Aurora is in the group: a cluster
// without instances can get one any day.
func inUse(s *snapshot.Snapshot, g *snapshot.DBSubnetGroup) bool {
	return slices.ContainsFunc(s.DBInstancesOf(g), (*snapshot.DBInstance).IsRDS) ||
		slices.ContainsFunc(s.DBClustersOf(g), (*snapshot.DBCluster).IsRDS)
}

// exposure is what routes make of a subnet. A larger one is worse.
type exposure int

const (
	routesPrivate   exposure = iota // no way to an internet gateway, or a closed one
	routesUnseen                    // the subnet, its routes or their gateway is not recorded
	routesPartial                   // a part of the internet is routed to a gateway
	routesClosed                    // public, were it not for the option of the Region
	routesInspected                 // public through the endpoint of a firewall
	routesPublic
)

// exposureOf says what a subnet of a group is, where that stands, and which
// entries of prefix lists it cannot be told without.
func exposureOf(s *snapshot.Snapshot, g *snapshot.DBSubnetGroup, i int) (exposure, []checks.Evidence, []*snapshot.Gap) {
	named := checks.Field(g, "Subnets", i, "SubnetIdentifier")
	subnet, ok := s.Subnet(g.Scope(), g.Subnets[i].SubnetIdentifier)
	if !ok {
		return routesUnseen, []checks.Evidence{named}, nil
	}
	routing := s.RoutingOf(subnet)
	evidence := append([]checks.Evidence{named}, routing.Decisive...)
	blocked, ok := s.BlockedBy(subnet)
	switch {
	case routing.Private():
		return routesPrivate, evidence, nil
	case ok && blocked.Resource == snapshot.Resource(subnet):
		return routesPrivate, append(evidence, blocked), nil
	case routing.Table == nil:
		return routesUnseen, evidence, nil
	case ok && (routing.Public4 || routing.Public6 || routing.Inspected):
		return routesClosed, append(evidence, blocked), nil
	case routing.Public():
		return routesPublic, evidence, nil
	case routing.Inspected:
		return routesInspected, evidence, nil
	case routing.Unknown:
		return routesUnseen, evidence, s.UnreadPrefixLists(routing.Table)
	default:
		return routesPartial, evidence, nil
	}
}
