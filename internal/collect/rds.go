package collect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

func describeDBInstances(ctx context.Context, t *task) error {
	p := rds.NewDescribeDBInstancesPaginator(t.clients.rds, &rds.DescribeDBInstancesInput{MaxRecords: &t.page})
	return list(ctx, t, "DBInstances", p, func(o *rds.DescribeDBInstancesOutput) ([]types.DBInstance, *string) {
		for i := range o.DBInstances {
			if pending := o.DBInstances[i].PendingModifiedValues; pending != nil {
				mask(pending.MasterUserPassword)
			}
		}
		return o.DBInstances, o.Marker
	}, func(i *types.DBInstance) *string { return i.DBInstanceIdentifier })
}

func describeDBClusters(ctx context.Context, t *task) error {
	p := rds.NewDescribeDBClustersPaginator(t.clients.rds, &rds.DescribeDBClustersInput{MaxRecords: &t.page})
	return list(ctx, t, "DBClusters", p, func(o *rds.DescribeDBClustersOutput) ([]types.DBCluster, *string) {
		for i := range o.DBClusters {
			if pending := o.DBClusters[i].PendingModifiedValues; pending != nil {
				mask(pending.MasterUserPassword)
			}
		}
		return o.DBClusters, o.Marker
	}, func(c *types.DBCluster) *string { return c.DBClusterIdentifier })
}

func describeDBSubnetGroups(ctx context.Context, t *task) error {
	p := rds.NewDescribeDBSubnetGroupsPaginator(t.clients.rds, &rds.DescribeDBSubnetGroupsInput{MaxRecords: &t.page})
	return list(ctx, t, "DBSubnetGroups", p, func(o *rds.DescribeDBSubnetGroupsOutput) ([]types.DBSubnetGroup, *string) {
		return o.DBSubnetGroups, o.Marker
	},
		func(g *types.DBSubnetGroup) *string { return g.DBSubnetGroupName })
}
