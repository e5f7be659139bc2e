package securitygroup

import (
	"cmp"
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// NoStaleReferences is the rule security-group-no-stale-references.
var NoStaleReferences = checks.Rule{
	ID:    "security-group-no-stale-references",
	Title: "No rule of a security group refers to a group or a peering that has gone",
	Why: `A rule that names a group which has been deleted, or a group of a VPC with which the peering has ended, admits
nobody. It looks as if it did, and whoever reads the group believes that the two tiers are joined.`,
	Fix: `Remove the rule, or name the group that took the place of the one that has gone.

    aws ec2 describe-stale-security-groups --vpc-id VPC
    aws ec2 revoke-security-group-ingress --group-id ID --security-group-rule-ids RULE-ID
    aws ec2 revoke-security-group-egress --group-id ID --security-group-rule-ids RULE-ID

In Terraform, remove the aws_vpc_security_group_ingress_rule or aws_vpc_security_group_egress_rule, or set its
referenced_security_group_id to a group that exists.`,
	Severity:  checks.Low,
	Pillars:   []checks.Pillar{checks.Security, checks.OperationalExcellence},
	Practices: []string{"SEC05-BP02", "OPS05-BP03"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html",
		"https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UserIdGroupPair.html",
	},
	Reads: []snapshot.Kind{snapshot.VPCPeeringConnections},
	Judge: checks.Each(snapshot.SecurityGroups, noStaleReferences),
}

func noStaleReferences(s *snapshot.Snapshot, g *snapshot.SecurityGroup) checks.Verdict {
	if g.Foreign() {
		return notOurs(g)
	}
	r := references{group: g}
	r.add(s, g.IPPermissions, "IpPermissions")
	r.add(s, g.IPPermissionsEgress, "IpPermissionsEgress")
	switch {
	case r.stale != nil:
		return checks.Fail("refers to a security group or a peering that has gone", r.stale...)
	case r.missing != nil:
		return checks.Missing(r.missing)
	case r.unsure != nil:
		return checks.Unknown("refers to security groups of which it is not known whether they exist", r.unsure...)
	case r.silent != nil:
		return checks.Unknown("does not say to which security groups its rules refer", r.silent...)
	case r.live == nil:
		return checks.NotApplicable("refers to no security group", checks.Field(g, "GroupId"))
	default:
		return checks.Pass("refers to security groups that exist", r.live...)
	}
}

// references are the references of a group to groups.
type references struct {
	group                       *snapshot.SecurityGroup
	stale, unsure, silent, live []checks.Evidence
	missing                     *snapshot.Gap
}

func (r *references) add(s *snapshot.Snapshot, permissions []snapshot.IPPermission, list string) {
	if permissions == nil {
		r.silent = append(r.silent, checks.Field(r.group, list))
	}
	for i := range permissions {
		for j := range permissions[i].UserIDGroupPairs {
			r.judge(s, &permissions[i].UserIDGroupPairs[j], checks.Field(r.group, list, i, "UserIdGroupPairs", j).Field)
		}
	}
}

// ended are the states of a peering connection that carries nothing any more.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
func ended(code string) bool {
	switch code {
	case "deleted", "deleting", "rejected", "failed", "expired":
		return true
	default:
		return false
	}
}

func (r *references) judge(s *snapshot.Snapshot, pair *snapshot.UserIDGroupPair, at string) {
	id := checks.Field(r.group, at, "GroupId")
	switch {
	case pair.GroupID == "":
		r.silent = append(r.silent, id)
	case pair.GroupID == r.group.GroupID:
		r.live = append(r.live, id)
	case pair.VPCPeeringConnectionID != "" || pair.PeeringStatus != "":
		r.overPeering(s, pair, at)
	default:
		r.judgeGroup(s, pair, at)
	}
}

// overPeering judges a reference to a group of a peer. AWS returns no account with
// it once the group has been deleted.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UserIdGroupPair.html
func (r *references) overPeering(s *snapshot.Snapshot, pair *snapshot.UserIDGroupPair, at string) {
	id, status := checks.Field(r.group, at, "GroupId"), checks.Field(r.group, at, "PeeringStatus")
	peering, found := s.VPCPeeringConnection(r.group.Scope(), pair.VPCPeeringConnectionID)
	switch {
	case ended(pair.PeeringStatus):
		r.stale = append(r.stale, id, status)
	case found && ended(peering.Status.Code):
		r.stale = append(r.stale, id, checks.Field(r.group, at, "VpcPeeringConnectionId"), checks.Field(peering, "Status/Code"))
	case !found && pair.VPCPeeringConnectionID != "": // its list is recorded, and it is not in it
		r.stale = append(r.stale, id, checks.Field(r.group, at, "VpcPeeringConnectionId"))
	case pair.UserID == "":
		r.stale = append(r.stale, id, checks.Field(r.group, at, "UserId"))
	case cmp.Or(pair.PeeringStatus, "active") != "active":
		r.unsure = append(r.unsure, id, status)
	case r.recorded(s, pair):
		r.judgeGroup(s, pair, at)
	default: // AWS says itself that the group exists
		r.live = append(r.live, id, checks.Field(r.group, at, "UserId"), status)
	}
}

// scopeOf is where the group that is referred to would be recorded: references
// work within a Region.
func (r *references) scopeOf(pair *snapshot.UserIDGroupPair) snapshot.Scope {
	at := r.group.Scope()
	if at.Account != "" && pair.UserID != "" {
		at.Account = pair.UserID
	}
	return at
}

// recorded reports whether the groups of the account that owns a group are
// recorded.
func (r *references) recorded(s *snapshot.Snapshot, pair *snapshot.UserIDGroupPair) bool {
	at := r.scopeOf(pair)
	return slices.Contains(s.Scopes, at) && s.Gap(snapshot.SecurityGroups, at) == nil
}

// judgeGroup judges a reference by whether the group is recorded.
func (r *references) judgeGroup(s *snapshot.Snapshot, pair *snapshot.UserIDGroupPair, at string) {
	id, owner := checks.Field(r.group, at, "GroupId"), checks.Field(r.group, at, "UserId")
	_, found := s.SecurityGroup(r.group.Scope(), pair.GroupID)
	switch {
	case found:
		r.live = append(r.live, id)
	case r.recorded(s, pair):
		r.stale = append(r.stale, id, owner)
	default:
		if gap := s.Gap(snapshot.SecurityGroups, r.scopeOf(pair)); gap != nil {
			r.missing = gap
		}
		r.unsure = append(r.unsure, id, owner)
	}
}
