package elb

import (
	"net/netip"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// TargetsManagedByAutoScaling is the rule elbv2-targets-managed-by-autoscaling.
var TargetsManagedByAutoScaling = checks.Rule{
	ID:    "elbv2-targets-managed-by-autoscaling",
	Title: "Targets belong to an Auto Scaling group or a scheduler and are not registered by hand",
	Why: `A target that somebody registered by hand is replaced by hand. When it fails the load balancer leaves
it out and nothing takes its place; when load grows nothing is added.`,
	Fix: `Attach the Auto Scaling group to the target group, and take out what was registered by hand.

    aws autoscaling attach-traffic-sources --auto-scaling-group-name NAME --traffic-sources Identifier=TARGET-GROUP-ARN
    aws elbv2 deregister-targets --target-group-arn TARGET-GROUP-ARN --targets Id=INSTANCE

In Terraform, set target_group_arns on the aws_autoscaling_group and remove the aws_lb_target_group_attachment.`,
	Severity:  checks.Low,
	Pillars:   []checks.Pillar{checks.Reliability, checks.OperationalExcellence},
	Practices: []string{"REL07-BP01", "REL11-BP03"},
	Links: []string{
		"https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-load-balancer.html",
		"https://docs.aws.amazon.com/autoscaling/ec2/userguide/attach-load-balancer-asg.html",
	},
	Reads: []snapshot.Kind{snapshot.TargetHealth, snapshot.AutoScalingGroups, snapshot.NetworkInterfaces, snapshot.Instances},
	Judge: checks.Each(snapshot.TargetGroups, targetsManagedByAutoScaling),
}

func targetsManagedByAutoScaling(s *snapshot.Snapshot, g *snapshot.TargetGroup) checks.Verdict {
	kind := checks.Field(g, "TargetType")
	switch g.TargetType {
	case snapshot.TargetLambda, snapshot.TargetALB:
		return checks.NotApplicable("sends neither to instances nor to addresses", kind)
	case snapshot.TargetInstance, snapshot.TargetIP:
	default:
		return checks.Unknown("has targets of no type that is known", kind)
	}
	targets, gap := s.TargetsOf(g)
	if gap != nil {
		return checks.Missing(gap)
	}
	in := managed(s, g, targets)
	switch {
	case len(in[byHand]) > 0:
		return checks.Fail("has targets that neither an Auto Scaling group nor a scheduler manages", in[byHand]...)
	case len(in[bySomebody]) > 0:
		return checks.Unknown("has targets of which nothing tells who manages them", in[bySomebody]...)
	case len(in[byService]) > 0:
		return checks.Pass("has targets that an Auto Scaling group or a scheduler manages", append(in[byService], kind)...)
	case len(in[byEndpoint]) > 0:
		return checks.NotApplicable("sends to endpoints of PrivateLink only", in[byEndpoint]...)
	default:
		return checks.NotApplicable("has no registered targets", append(in[byNobody], kind)...)
	}
}

// manager is who registers a target and takes it out again.
type manager int

const (
	byNobody   manager = iota // it is being taken out
	byHand                    // whoever registered it
	bySomebody                // nothing recorded tells
	byService                 // an Auto Scaling group or a scheduler
	byEndpoint                // PrivateLink, which has nothing to scale
	managers                  // the number of them
)

// managed sorts the targets of a group by who manages them, as evidence.
func managed(s *snapshot.Snapshot, g *snapshot.TargetGroup, targets []snapshot.TargetHealthDescription) [managers][]checks.Evidence {
	var in [managers][]checks.Evidence
	for i := range targets {
		t := &targets[i]
		if t.TargetHealth.State == "draining" { // deregistered already
			in[byNobody] = append(in[byNobody], checks.Field(t, "TargetHealth/State"))
			continue
		}
		who, evidence := managerOf(s, g, t)
		in[who] = append(in[who], checks.Field(t, "Target/Id"))
		if evidence.Resource != nil {
			in[who] = append(in[who], evidence)
		}
	}
	return in
}

// managerOf says who manages a target, and by which field if not by its id.
func managerOf(s *snapshot.Snapshot, g *snapshot.TargetGroup, t *snapshot.TargetHealthDescription) (manager, checks.Evidence) {
	if g.TargetType == snapshot.TargetInstance {
		return managerOfInstance(s, g.Scope(), t.Target.ID)
	}
	address, _ := netip.ParseAddr(t.Target.ID) // no interface has the zero address
	n, ok := s.InterfaceAt(g.Scope(), g.VPCID, address)
	if !ok { // outside of the VPC, or in a prefix that the recording leaves out
		return bySomebody, checks.Evidence{}
	}
	switch keeper, field := n.Keeper(); keeper {
	case snapshot.KeeperECS, snapshot.KeeperEKS:
		return byService, checks.Field(n, field)
	case snapshot.KeeperPrivateLink:
		return byEndpoint, checks.Field(n, field)
	}
	if n.Attachment.InstanceID == "" {
		return byHand, checks.Field(n, "NetworkInterfaceId")
	}
	if who, evidence := managerOfInstance(s, n.Scope(), n.Attachment.InstanceID); who == byService {
		return who, evidence
	}
	return byHand, checks.Field(n, "Attachment/InstanceId")
}

func managerOfInstance(s *snapshot.Snapshot, from snapshot.Scope, id string) (manager, checks.Evidence) {
	if m, ok := s.MembershipOf(from, id); ok {
		return byService, checks.Field(m.Group, "Instances", m.Index, "InstanceId")
	}
	if i, ok := s.Instance(from, id); ok {
		if keeper, ok := i.Keeper(); ok {
			return byService, checks.Field(i, keeper)
		}
	}
	return byHand, checks.Evidence{}
}
