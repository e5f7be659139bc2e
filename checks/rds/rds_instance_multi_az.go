package rds

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// InstanceMultiAZ is the rule rds-instance-multi-az.
var InstanceMultiAZ = checks.Rule{
	ID:    "rds-instance-multi-az",
	Title: "A DB instance of its own has a standby in a second Availability Zone",
	Why: `A Single-AZ instance is down for as long as its zone, its host or its storage is: until somebody
restores a backup elsewhere. With a standby that is written to synchronously, RDS fails over by itself in a
minute or two and loses nothing, and most maintenance happens on the standby first.`,
	Fix: `Turn the instance into a Multi-AZ deployment.

    aws rds modify-db-instance --db-instance-identifier ID --multi-az --apply-immediately

In Terraform, set multi_az = true on the aws_db_instance.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL10-BP01", "REL11-BP02"},
	Controls: []string{
		"FSBP RDS.5", "Config rds-multi-az-support",
		"CIS Foundations v5.0 2.2.4", "CIS Foundations v6.0 3.2.4", "CIS Foundations v7.0 3.2.4",
	},
	Links: []string{"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html"},
	Judge: checks.Each(snapshot.DBInstances, instanceMultiAZ),
}

func instanceMultiAZ(_ *snapshot.Snapshot, db *snapshot.DBInstance) checks.Verdict {
	if v, ok := exempt(db); ok {
		return v
	}
	if v, ok := cannotHaveStandby(db); ok {
		return v
	}
	state, evidence := standbyOf(db)
	switch state {
	case standbyThere:
		return checks.Pass("has a standby in a second zone", evidence...)
	case standbyLeaving:
		return checks.Fail("has a standby that the next maintenance window takes away", evidence...).At(checks.Low)
	case standbyComing:
		return checks.Fail("has no standby until the next maintenance window", evidence...).At(checks.Low)
	case standbyNone:
		return checks.Fail("has no standby in a second zone", evidence...)
	default:
		return checks.Unknown("does not say whether it has a standby", evidence...)
	}
}
