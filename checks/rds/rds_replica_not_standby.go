package rds

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// ReplicaNotStandby is the rule rds-replica-not-standby.
var ReplicaNotStandby = checks.Rule{
	ID:    "rds-replica-not-standby",
	Title: "A DB instance with read replicas has a standby besides them",
	Why: `A read replica is no standby. It is written to asynchronously, so that the last transactions are lost
with the source; nothing promotes it but a person; and it has another endpoint, which every client must be told.
Who counts on it finds that out in the outage.`,
	Fix: `Turn the source into a Multi-AZ deployment, and keep the replicas for reading.

    aws rds modify-db-instance --db-instance-identifier ID --multi-az --apply-immediately

In Terraform, set multi_az = true on the aws_db_instance that the replicas name in replicate_source_db.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL11-BP02", "REL10-BP01"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html",
		"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html",
	},
	Judge: checks.Each(snapshot.DBInstances, replicaNotStandby),
}

func replicaNotStandby(s *snapshot.Snapshot, db *snapshot.DBInstance) checks.Verdict {
	if v, ok := exempt(db); ok {
		return v
	}
	replicas := replicasOf(db)
	if len(replicas) == 0 {
		return checks.NotApplicable("has no read replica", checks.Field(db, "ReadReplicaDBInstanceIdentifiers"))
	}
	if v, ok := cannotHaveStandby(db); ok {
		return v
	}
	state, evidence := standbyOf(db)
	evidence = append(slices.Clone(evidence), replicas...)
	switch state {
	case standbyThere:
		return checks.Pass("has a standby besides its read replicas", evidence...)
	case standbyLeaving:
		return checks.Fail("has a standby besides its read replicas that the next maintenance window takes away", evidence...).At(checks.Low)
	case standbyComing:
		return checks.Fail("has read replicas and no standby until the next maintenance window", evidence...).At(checks.Low)
	case standbyNone:
		return withoutStandby(s, db, evidence)
	default:
		return checks.Unknown("has read replicas and does not say whether it has a standby", evidence...)
	}
}

// replicasOf are the lists of an instance that name replicas: of RDS, and of
// Aurora, which is replicated to in the same way until it is promoted.
func replicasOf(db *snapshot.DBInstance) []checks.Evidence {
	var evidence []checks.Evidence
	if len(db.ReadReplicaDBInstanceIdentifiers) > 0 {
		evidence = append(evidence, checks.Field(db, "ReadReplicaDBInstanceIdentifiers"))
	}
	if len(db.ReadReplicaDBClusterIdentifiers) > 0 {
		evidence = append(evidence, checks.Field(db, "ReadReplicaDBClusterIdentifiers"))
	}
	return evidence
}

// withoutStandby says also whether a replica would go down with the zone. A
// replica in another Region is named by its ARN and not found.
func withoutStandby(s *snapshot.Snapshot, db *snapshot.DBInstance, evidence []checks.Evidence) checks.Verdict {
	same := false
	for _, id := range db.ReadReplicaDBInstanceIdentifiers {
		replica, ok := s.DBInstance(db.Scope(), id)
		if ok && replica.AvailabilityZone != "" && replica.AvailabilityZone == db.AvailabilityZone {
			same = true
			evidence = append(evidence, checks.Field(db, "AvailabilityZone"), checks.Field(replica, "AvailabilityZone"))
		}
	}
	if same {
		return checks.Fail("has no standby but read replicas, one of them in its own zone, which follow behind and are promoted by hand", evidence...)
	}
	return checks.Fail("has no standby but read replicas, which follow behind and are promoted by hand", evidence...)
}
