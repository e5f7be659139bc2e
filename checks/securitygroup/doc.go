// Package securitygroup holds the rules about security groups.
package securitygroup

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// notOurs is the verdict on a group that another account shares, or that belongs
// to a VPC which it shares. Only that account can change the group.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-share-subnet-working-with.html
func notOurs(g *snapshot.SecurityGroup) checks.Verdict {
	return checks.NotApplicable("belongs to another account", checks.Field(g, "OwnerId"))
}
