package rds

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// AutomatedBackups is the rule rds-automated-backups.
var AutomatedBackups = checks.Rule{
	ID:    "rds-automated-backups",
	Title: "A DB instance of its own has automated backups",
	Why: `Without automated backups there is nothing to go back to: no daily snapshot and no log of transactions,
hence no restore to the minute before the wrong DELETE. A standby is no help, since it repeats every mistake.`,
	Fix: `Keep automated backups for at least seven days.

    aws rds modify-db-instance --db-instance-identifier ID --backup-retention-period 7 --apply-immediately

In Terraform, set backup_retention_period = 7 on the aws_db_instance. Turning backups on restarts the instance.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL09-BP03", "REL09-BP01"},
	Controls:  []string{"FSBP RDS.11", "Config db-instance-backup-enabled"},
	Links:     []string{"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html"},
	Judge:     checks.Each(snapshot.DBInstances, automatedBackups),
}

func automatedBackups(_ *snapshot.Snapshot, db *snapshot.DBInstance) checks.Verdict {
	if v, ok := exempt(db); ok {
		return v
	}
	now := checks.Field(db, "BackupRetentionPeriod")
	next := checks.Field(db, "PendingModifiedValues/BackupRetentionPeriod")
	days, recorded := db.BackupRetentionPeriod.Value()
	pending, waits := db.PendingModifiedValues.BackupRetentionPeriod.Value()
	switch {
	case !recorded:
		return checks.Unknown("does not say how long backups are kept", now)
	case days > 0 && waits && pending <= 0:
		return checks.Fail("has automated backups that the next maintenance window turns off", now, next).At(checks.Low)
	case days > 0:
		return checks.Pass("has automated backups", now)
	case pending > 0:
		return checks.Fail("has no automated backups until the next maintenance window", now, next).At(checks.Low)
	default:
		return checks.Fail("has no automated backups", now)
	}
}
