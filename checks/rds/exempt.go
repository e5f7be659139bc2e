package rds

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

const otherService = "is of another service than RDS"

// exempt says why a requirement of primary instances of their own is none for an
// instance: DocumentDB and Neptune answer through the same API, a cluster decides
// for its members, and the source decides for its replicas.
func exempt(db *snapshot.DBInstance) (checks.Verdict, bool) {
	switch {
	case !db.IsRDS():
		return checks.NotApplicable(otherService, checks.Field(db, "Engine")), true
	case db.DBClusterIdentifier != "":
		return checks.NotApplicable("is a member of a cluster", checks.Field(db, "DBClusterIdentifier")), true
	case db.InCluster():
		return checks.NotApplicable("is a member of a cluster", checks.Field(db, "Engine")), true
	case db.ReadReplicaSourceDBInstanceIdentifier != "":
		return checks.NotApplicable("is a read replica", checks.Field(db, "ReadReplicaSourceDBInstanceIdentifier")), true
	case db.ReadReplicaSourceDBClusterIdentifier != "":
		return checks.NotApplicable("is a read replica", checks.Field(db, "ReadReplicaSourceDBClusterIdentifier")), true
	default:
		return checks.Verdict{}, false
	}
}
