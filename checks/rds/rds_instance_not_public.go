package rds

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// InstanceNotPublic is the rule rds-instance-not-public.
var InstanceNotPublic = checks.Rule{
	ID:    "rds-instance-not-public",
	Title: "A DB instance is not publicly accessible",
	Why: `A publicly accessible instance has a name that resolves to a public address outside of the
VPC. From then on one rule of a security group is all that stands between the internet and the data, and
where the subnet is private today, one route is.`,
	Fix: `Turn public access off and reach the database from inside the VPC.

    aws rds modify-db-instance --db-instance-identifier ID --no-publicly-accessible --apply-immediately

In Terraform, set publicly_accessible = false on the aws_db_instance (or aws_rds_cluster_instance).`,
	Severity:  checks.Critical,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01", "SEC03-BP07"},
	Controls: []string{
		"FSBP RDS.2", "Config rds-instance-public-access-check",
		"CIS Foundations v5.0 2.2.3", "CIS Foundations v6.0 3.2.3", "CIS Foundations v7.0 3.2.3",
	},
	Links: []string{"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"},
	Refines: []snapshot.Kind{
		snapshot.Subnets, snapshot.RouteTables, snapshot.InternetGateways,
		snapshot.PrefixListEntries, snapshot.BlockPublicAccess,
	},
	Judge: checks.Each(snapshot.DBInstances, instanceNotPublic),
}

func instanceNotPublic(s *snapshot.Snapshot, db *snapshot.DBInstance) checks.Verdict {
	if !db.IsRDS() {
		return checks.NotApplicable(otherService, checks.Field(db, "Engine"))
	}
	flag := checks.Field(db, "PubliclyAccessible")
	switch public, recorded := db.PubliclyAccessible.Value(); {
	case !recorded:
		return checks.Unknown("does not say whether it is publicly accessible", flag)
	case !public:
		return checks.Pass("is not publicly accessible", flag)
	}
	if routes, private := allPrivate(s, db); private {
		return checks.Fail("is publicly accessible, though its subnets are private today", append([]checks.Evidence{flag}, routes...)...).At(checks.High)
	}
	return checks.Fail("is publicly accessible", flag)
}

// allPrivate reports whether all subnets of the instance are recorded and lead to
// no internet gateway, or to one that Block Public Access closes, and the places
// that say so.
func allPrivate(s *snapshot.Snapshot, db *snapshot.DBInstance) ([]checks.Evidence, bool) {
	var evidence []checks.Evidence
	for _, member := range db.DBSubnetGroup.Subnets {
		subnet, ok := s.Subnet(db.Scope(), member.SubnetIdentifier)
		if !ok {
			return nil, false
		}
		routing := s.RoutingOf(subnet)
		if !routing.Private() {
			blocked, ok := s.BlockedBy(subnet)
			if !ok {
				return nil, false
			}
			evidence = append(evidence, blocked)
		}
		evidence = append(evidence, routing.Decisive...)
	}
	return evidence, len(evidence) > 0
}
