package rds

import (
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// ClusterMultiAZ is the rule rds-cluster-multi-az.
var ClusterMultiAZ = checks.Rule{
	ID:    "rds-cluster-multi-az",
	Title: "A DB cluster has instances in two Availability Zones",
	Why: `Aurora keeps its data in three zones and its computers where they were put. A cluster of one instance,
or of several in one zone, is down until Aurora has started a new one elsewhere, which takes ten minutes and may
find no capacity while others do the same. With a reader in a second zone it fails over in less than a minute.`,
	Fix: `Add a reader in another zone than the writer's, with promotion tier 0 or 1.

    aws rds create-db-instance --db-cluster-identifier ID --db-instance-identifier READER --engine ENGINE --db-instance-class CLASS --availability-zone ZONE --promotion-tier 1

In Terraform, add an aws_rds_cluster_instance with another availability_zone and promotion_tier = 1. A cluster of
Aurora Serverless v1 has no readers; move it to Serverless v2.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL10-BP01", "REL11-BP02"},
	Controls: []string{
		"FSBP RDS.15", "Config rds-cluster-multi-az-enabled",
		"CIS Foundations v5.0 2.2.4", "CIS Foundations v6.0 3.2.4", "CIS Foundations v7.0 3.2.4",
	},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
		"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.html",
	},
	Reads:   []snapshot.Kind{snapshot.DBInstances},
	Refines: []snapshot.Kind{snapshot.AvailabilityZones},
	Judge:   checks.Each(snapshot.DBClusters, clusterMultiAZ),
}

func clusterMultiAZ(s *snapshot.Snapshot, c *snapshot.DBCluster) checks.Verdict {
	switch {
	case c.Engine == "":
		return checks.Unknown("does not say of which engine it is", checks.Field(c, "Engine"))
	case !c.IsRDS():
		return checks.NotApplicable(otherService, checks.Field(c, "Engine"))
	case c.ClusterScalabilityType == "limitless": // its instances are in a DB shard group, which no call of a scan reads
		return checks.Unknown("is of Aurora Limitless Database, whose shard group says where its instances are", checks.Field(c, "ClusterScalabilityType"))
	case c.IsMultiAZCluster(), c.EngineMode == "serverless":
		return multiAZByFlag(c)
	default:
		return multiAZByMembers(s, c)
	}
}

// multiAZByFlag judges clusters whose instances are RDS's own business: Multi-AZ
// DB clusters, and Aurora Serverless v1, which has no instances to see.
func multiAZByFlag(c *snapshot.DBCluster) checks.Verdict {
	flag := checks.Field(c, "MultiAZ")
	switch multi, recorded := c.MultiAZ.Value(); {
	case !recorded:
		return checks.Unknown("does not say whether it is in several zones", flag)
	case multi:
		return checks.Pass("is in several zones", flag)
	default:
		return checks.Fail("is in one zone", flag)
	}
}

// multiAZByMembers judges an Aurora cluster by where its instances are. The zones
// in the cluster itself are those where instances could be.
func multiAZByMembers(s *snapshot.Snapshot, c *snapshot.DBCluster) checks.Verdict {
	switch {
	case c.DBClusterMembers == nil:
		return checks.Unknown("does not say which instances it has", checks.Field(c, "DBClusterMembers"))
	case len(c.DBClusterMembers) == 0:
		return checks.Fail("has no instances, as a copy for disaster recovery has none", checks.Field(c, "DBClusterMembers")).At(checks.Info)
	case len(c.DBClusterMembers) == 1:
		return checks.Fail("has a single instance", checks.Field(c, "DBClusterMembers/0/DBInstanceIdentifier"))
	}
	at := standingOf(s, c)
	oneReaderZone := at.readers > 1 && len(at.readerZones) == 1
	switch {
	case len(at.zones) > 1 && !oneReaderZone && (!at.unsure || len(at.readerZones) > 1):
		return checks.Pass("has instances in several zones", at.evidence...)
	case at.unsure:
		return checks.Unknown("has instances of which it is not recorded where and how they are", at.evidence...)
	case len(at.zones) > 1:
		return checks.Fail("has all its readers in one zone", at.evidence...).At(checks.Low)
	default:
		return checks.Fail("has no two available instances in different zones", at.evidence...)
	}
}

// standing is where the instances of a cluster stand.
type standing struct {
	zones, readerZones []string // of the instances that serve
	readers            int      // that serve
	unsure             bool     // where another one stands, or whether it serves
	evidence           []checks.Evidence
}

func standingOf(s *snapshot.Snapshot, c *snapshot.DBCluster) standing {
	var at standing
	for i, m := range c.DBClusterMembers {
		at.evidence = append(at.evidence, checks.Field(c, "DBClusterMembers", i, "DBInstanceIdentifier"))
		db, ok := s.DBInstance(c.Scope(), m.DBInstanceIdentifier)
		if !ok {
			at.unsure = true
			continue
		}
		at.evidence = append(at.evidence, checks.Field(db, "DBInstanceStatus"), checks.Field(db, "AvailabilityZone"))
		zone := s.ZoneNamed(db.Scope(), db.AvailabilityZone)
		switch {
		case db.DBInstanceStatus == "" || !zone.Known():
			at.unsure = true
		case serves(c, db) && zone.Counts():
			at.add(zone.ID, !m.IsClusterWriter)
		}
	}
	return at
}

func (at *standing) add(zone string, reader bool) {
	if !slices.Contains(at.zones, zone) {
		at.zones = append(at.zones, zone)
	}
	if !reader {
		return
	}
	at.readers++
	if !slices.Contains(at.readerZones, zone) {
		at.readerZones = append(at.readerZones, zone)
	}
}

// servingStatuses are those of instances that answer, or do again in a moment.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/accessing-monitoring.html
var servingStatuses = []string{
	"available", "backing-up", "configuring-enhanced-monitoring", "configuring-iam-database-auth",
	"configuring-log-exports", "maintenance", "modifying", "rebooting", "renaming",
	"resetting-master-credentials", "storage-optimization", "upgrading",
}

// serves reports whether an instance could take over. The instances of a cluster
// that is stopped start again together.
func serves(c *snapshot.DBCluster, db *snapshot.DBInstance) bool {
	atRest := []string{"stopped", "stopping", "starting"}
	return slices.Contains(servingStatuses, db.DBInstanceStatus) ||
		slices.Contains(atRest, c.Status) && slices.Contains(atRest, db.DBInstanceStatus)
}
