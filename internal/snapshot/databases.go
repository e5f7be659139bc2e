package snapshot

import (
	"slices"
	"strings"
)

// The kinds of data that RDS returns.
var (
	DBInstances    = newKind[DBInstance]("AWS::RDS::DBInstance", "rds:DescribeDBInstances", "DBInstances", byName)
	DBClusters     = newKind[DBCluster]("AWS::RDS::DBCluster", "rds:DescribeDBClusters", "DBClusters", byName)
	DBSubnetGroups = newKind[DBSubnetGroup]("AWS::RDS::DBSubnetGroup", "rds:DescribeDBSubnetGroups", "DBSubnetGroups", byName)
)

// DBInstance is a DB instance: of its own, or a member of a cluster.
type DBInstance struct {
	Origin                                `json:"-"`
	DBInstanceIdentifier                  string
	DBInstanceARN                         string `json:"DBInstanceArn"`
	DBInstanceStatus                      string
	Engine                                string
	DBClusterIdentifier                   string // empty for an instance of its own
	AvailabilityZone                      string
	SecondaryAvailabilityZone             string // of the standby; empty without one
	MultiAZ                               Optional[bool]
	PubliclyAccessible                    Optional[bool]
	BackupRetentionPeriod                 Optional[int]
	ReadReplicaSourceDBInstanceIdentifier string
	ReadReplicaSourceDBClusterIdentifier  string
	ReadReplicaDBInstanceIdentifiers      []string
	ReadReplicaDBClusterIdentifiers       []string
	DBSubnetGroup                         InstanceSubnetGroup
	VPCSecurityGroups                     []VPCSecurityGroupMembership `json:"VpcSecurityGroups"`
	DBSecurityGroups                      []DBSecurityGroupMembership  // EC2-Classic
	Endpoint                              struct{ Port Optional[int] }
	DBInstancePort                        Optional[int] `json:"DbInstancePort"`
	PendingModifiedValues                 struct {
		MultiAZ               Optional[bool]
		BackupRetentionPeriod Optional[int]
	}
}

// InstanceSubnetGroup is the DB subnet group as it stands in a DB instance.
type InstanceSubnetGroup struct {
	DBSubnetGroupName string
	VPCID             string `json:"VpcId"`
	Subnets           []DBSubnet
}

// DBSubnet is a subnet of a DB subnet group.
type DBSubnet struct {
	SubnetIdentifier       string
	SubnetAvailabilityZone struct{ Name string }
	SubnetOutpost          struct {
		ARN string `json:"Arn"`
	}
	SubnetStatus string // Active
}

// VPCSecurityGroupMembership is a security group of a database.
type VPCSecurityGroupMembership struct {
	VPCSecurityGroupID string `json:"VpcSecurityGroupId"`
	Status             string
}

// DBSecurityGroupMembership is a DB security group of EC2-Classic.
type DBSecurityGroupMembership struct {
	DBSecurityGroupName string
	Status              string
}

// ID implements Resource.
func (d *DBInstance) ID() string { return d.DBInstanceIdentifier }

// ARN implements Resource.
func (d *DBInstance) ARN() string {
	if d.DBInstanceARN != "" {
		return d.DBInstanceARN
	}
	return d.arn("rds", "", "db:"+d.DBInstanceIdentifier)
}

// DBCluster is a cluster: Aurora, or a Multi-AZ DB cluster of another engine.
type DBCluster struct {
	Origin              `json:"-"`
	DBClusterIdentifier string
	DBClusterARN        string `json:"DBClusterArn"`
	Engine              string
	EngineMode          string // provisioned, serverless, ...; empty where AWS says none
	// ClusterScalabilityType is standard or limitless; empty where AWS says none.
	ClusterScalabilityType string
	MultiAZ                Optional[bool]
	DBSubnetGroup          string // a name
	DBClusterMembers       []DBClusterMember
	VPCSecurityGroups      []VPCSecurityGroupMembership `json:"VpcSecurityGroups"`
	Port                   Optional[int]
	PubliclyAccessible     Optional[bool] // Multi-AZ DB clusters only
	Status                 string
}

// DBClusterMember is an instance of a cluster.
type DBClusterMember struct {
	DBInstanceIdentifier string
	IsClusterWriter      bool
}

// ID implements Resource.
func (c *DBCluster) ID() string { return c.DBClusterIdentifier }

// ARN implements Resource.
func (c *DBCluster) ARN() string {
	if c.DBClusterARN != "" {
		return c.DBClusterARN
	}
	return c.arn("rds", "", "cluster:"+c.DBClusterIdentifier)
}

// DBSubnetGroup is a set of subnets that databases may be in.
type DBSubnetGroup struct {
	Origin            `json:"-"`
	DBSubnetGroupName string
	DBSubnetGroupARN  string `json:"DBSubnetGroupArn"`
	VPCID             string `json:"VpcId"`
	Subnets           []DBSubnet
}

// ID implements Resource.
func (g *DBSubnetGroup) ID() string { return g.DBSubnetGroupName }

// ARN implements Resource.
func (g *DBSubnetGroup) ARN() string {
	if g.DBSubnetGroupARN != "" {
		return g.DBSubnetGroupARN
	}
	return g.arn("rds", "", "subgrp:"+g.DBSubnetGroupName)
}

// otherEngines are those of the services that answer through the API of RDS and
// are none of its engines: DocumentDB and Neptune.
// https://docs.aws.amazon.com/documentdb/latest/developerguide/API_DBCluster.html
var otherEngines = []string{"docdb", "neptune"}

// isRDS reports whether an engine is one of RDS or Aurora.
func isRDS(engine string) bool {
	return !slices.ContainsFunc(otherEngines, func(e string) bool { return strings.HasPrefix(engine, e) })
}

// IsRDS reports whether the instance is one of RDS or Aurora, not of DocumentDB
// or Neptune.
func (d *DBInstance) IsRDS() bool { return isRDS(d.Engine) }

// IsRDS reports whether the cluster is one of RDS or Aurora, not of DocumentDB
// or Neptune.
func (c *DBCluster) IsRDS() bool { return isRDS(c.Engine) }

// IsAurora reports whether the cluster is an Aurora cluster.
func (c *DBCluster) IsAurora() bool { return strings.HasPrefix(c.Engine, "aurora") }

// IsCustom reports whether the instance is one of RDS Custom, which the account
// itself makes highly available.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-custom.html
func (d *DBInstance) IsCustom() bool { return strings.HasPrefix(d.Engine, "custom-") }

// DBInstance finds an instance by its identifier, as seen from a scope.
func (s *Snapshot) DBInstance(from Scope, id string) (*DBInstance, bool) {
	return DBInstances.find(s, from, id)
}

// DBSubnetGroup finds a DB subnet group by its name, as seen from a scope.
func (s *Snapshot) DBSubnetGroup(from Scope, name string) (*DBSubnetGroup, bool) {
	return DBSubnetGroups.find(s, from, name)
}

// IsReadReplica reports whether the instance replicates another one or a cluster.
func (d *DBInstance) IsReadReplica() bool {
	return d.ReadReplicaSourceDBInstanceIdentifier != "" || d.ReadReplicaSourceDBClusterIdentifier != ""
}
