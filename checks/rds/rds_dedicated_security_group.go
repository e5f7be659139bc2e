package rds

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// DedicatedSecurityGroup is the rule rds-dedicated-security-group.
var DedicatedSecurityGroup = checks.Rule{
	ID:    "rds-dedicated-security-group",
	Title: "A database has security groups of its own",
	Why: `A group that something else wears too opens the database by what that other thing needs: whoever admits
port 22 to the web server admits it to the database, and a rule that refers to the group itself admits every
wearer. The default group of a VPC is the worst of them, since all that names no group wears it.`,
	Fix: `Create a security group for the database and let it wear that one alone.

    aws ec2 create-security-group --group-name NAME --description DESCRIPTION --vpc-id VPC
    aws rds modify-db-instance --db-instance-identifier ID --vpc-security-group-ids GROUP --apply-immediately

For a cluster it is aws rds modify-db-cluster. In Terraform, set vpc_security_group_ids of the aws_db_instance (or
aws_rds_cluster) to an aws_security_group that nothing else refers to as its own.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP02"},
	Links:     []string{"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html"},
	Reads:     []snapshot.Kind{snapshot.SecurityGroups, snapshot.NetworkInterfaces},
	Judge:     checks.Each(snapshot.DBInstances, dedicatedSecurityGroup),
}

func dedicatedSecurityGroup(s *snapshot.Snapshot, db *snapshot.DBInstance) checks.Verdict {
	switch {
	case !db.IsRDS():
		return checks.NotApplicable(otherService, checks.Field(db, "Engine"))
	case len(db.VPCSecurityGroups) == 0 && len(db.DBSecurityGroups) > 0:
		return checks.NotApplicable("is in EC2-Classic, which has other security groups", checks.Field(db, "DBSecurityGroups/0/DBSecurityGroupName"))
	case len(db.VPCSecurityGroups) == 0:
		return checks.Unknown("names no security group", checks.Field(db, "VpcSecurityGroups"))
	}
	w := wornBy(s, db)
	switch {
	case w.byDefault != nil:
		return checks.Fail("wears the default security group of its VPC", w.byDefault...)
	case w.byOthers != nil:
		return checks.Fail("shares a security group with what is no database", w.byOthers...)
	case w.unseen != nil:
		return checks.Unknown("wears a security group that is not recorded", w.unseen...)
	case w.shared:
		return checks.Pass("shares its security groups with other databases alone", w.own...).At(checks.Info)
	default:
		return checks.Pass("has security groups of its own", w.own...)
	}
}

// worn are the places that say what the security groups of a database are.
type worn struct {
	byDefault, byOthers, unseen, own []checks.Evidence
	shared                           bool // with databases outside of its cluster
}

func wornBy(s *snapshot.Snapshot, db *snapshot.DBInstance) worn {
	var w worn
	for i, member := range db.VPCSecurityGroups {
		named := checks.Field(db, "VpcSecurityGroups", i, "VpcSecurityGroupId")
		g, ok := s.SecurityGroup(db.Scope(), member.VPCSecurityGroupID)
		if !ok || g.GroupName == "" {
			w.unseen = append(w.unseen, named)
			continue
		}
		w.own = append(w.own, named, checks.Field(g, "GroupName"))
		if g.GroupName == "default" { // reserved: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
			w.byDefault = append(w.byDefault, named, checks.Field(g, "GroupName"))
		}
		if n, ok := s.Stranger(g); ok {
			at := slices.IndexFunc(n.Groups, func(m snapshot.GroupIdentifier) bool { return m.GroupID == g.GroupID })
			w.byOthers = append(w.byOthers, named, checks.Field(n, "Groups", at, "GroupId"))
		}
		if other := otherDatabase(s, g, db); other != nil {
			w.shared = true
			w.own = append(w.own, checks.Field(other, "DBInstanceIdentifier"))
		}
	}
	return w
}

// otherDatabase is a database that wears the group too. The instances of one
// cluster are one database.
func otherDatabase(s *snapshot.Snapshot, g *snapshot.SecurityGroup, db *snapshot.DBInstance) *snapshot.DBInstance {
	for _, other := range s.DBInstancesWearing(g) {
		if other != db && (other.DBClusterIdentifier == "" || other.DBClusterIdentifier != db.DBClusterIdentifier) {
			return other
		}
	}
	return nil
}
