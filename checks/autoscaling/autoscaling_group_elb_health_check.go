package autoscaling

import (
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// GroupELBHealthCheck is the rule autoscaling-group-elb-health-check.
var GroupELBHealthCheck = checks.Rule{
	ID:    "autoscaling-group-elb-health-check",
	Title: "An Auto Scaling group uses the health checks of its load balancer",
	Why: `Without them a group replaces an instance only when EC2 finds the machine broken. An application that
hangs, or never came up, is taken out of the load balancer but stays in the group: the capacity is lost and
paid for until somebody notices.`,
	Fix: `Turn the health check on, with a grace period as long as an instance takes until it answers.

    aws autoscaling update-auto-scaling-group --auto-scaling-group-name NAME --health-check-type ELB --health-check-grace-period SECONDS

The value replaces what was set: name EBS again if it was there (ELB,EBS). A target group of VPC Lattice needs VPC_LATTICE instead. A group without a load balancer is set back with EC2.

In Terraform, set health_check_type = "ELB" and health_check_grace_period on the aws_autoscaling_group.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Reliability},
	Practices: []string{"REL11-BP01", "REL11-BP03", "OPS04-BP02"},
	Controls:  []string{"FSBP AutoScaling.1", "Config autoscaling-group-elb-healthcheck-required"},
	Links: []string{
		"https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html",
		"https://docs.aws.amazon.com/autoscaling/ec2/userguide/health-check-grace-period.html",
	},
	Judge: checks.Each(snapshot.AutoScalingGroups, groupELBHealthCheck),
}

// The health checks of what sends traffic to a group, as HealthCheckType names them.
const (
	checkELB     = "ELB"
	checkLattice = "VPC_LATTICE"
)

func groupELBHealthCheck(_ *snapshot.Snapshot, g *snapshot.AutoScalingGroup) checks.Verdict {
	used := healthChecks(g)
	evidence := []checks.Evidence{checks.Field(g, "HealthCheckType")}
	attached, ok := g.Attached()
	switch {
	case !ok:
		return inertHealthCheck(used, append(evidence, unattached(g)...))
	case len(used) == 0:
		return checks.Unknown("does not say which health checks it uses", append(evidence, attached)...)
	}
	for _, check := range []string{checkELB, checkLattice} {
		source, needed := checkedBy(g, check)
		if !needed {
			continue
		}
		evidence = append(evidence, source)
		if !slices.Contains(used, check) {
			return withoutHealthCheck(g, check, used, evidence)
		}
	}
	if source, ok := checkedBy(g, ""); ok {
		return checks.Unknown("is attached to a traffic source of a type that is not known", append(evidence, source)...)
	}
	return checks.Pass("uses the health checks of what sends it traffic", evidence...)
}

// inertHealthCheck judges a group that nothing sends traffic to. A check of a
// load balancer finds nothing there.
func inertHealthCheck(used []string, evidence []checks.Evidence) checks.Verdict {
	switch {
	case slices.Contains(used, checkELB), slices.Contains(used, checkLattice):
		return checks.Fail("uses a health check of a load balancer or of VPC Lattice, and is attached to neither", evidence...).At(checks.Low)
	case len(used) == 0:
		return checks.Unknown("does not say which health checks it uses", evidence...)
	case slices.ContainsFunc(used, unknownHealthCheck):
		return checks.Unknown("uses a health check that is not known", evidence...)
	default:
		return checks.NotApplicable("has no load balancer", evidence...)
	}
}

// withoutHealthCheck judges a group that does not name the check it needs: for
// information only where the group is to stay empty.
func withoutHealthCheck(g *snapshot.AutoScalingGroup, check string, used []string, evidence []checks.Evidence) checks.Verdict {
	message := "does not use the health checks of its load balancer"
	if check == checkLattice {
		message = "does not use the health checks of VPC Lattice, which sends it traffic"
	}
	switch {
	case slices.ContainsFunc(used, unknownHealthCheck):
		return checks.Unknown("uses a health check that is not known", evidence...)
	case snapshot.Is(g.MaxSize, 0):
		return checks.Fail(message+", though it is to stay empty", append(evidence, checks.Field(g, "MaxSize"))...).At(checks.Info)
	default:
		return checks.Fail(message, evidence...)
	}
}

// healthChecks are the words of HealthCheckType. AWS always returns one; none means that it
// was not recorded.
func healthChecks(g *snapshot.AutoScalingGroup) []string {
	var words []string
	text, _ := g.HealthCheckType.Value()
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

func unknownHealthCheck(word string) bool {
	return !slices.Contains([]string{"EC2", "EBS", checkELB, checkLattice}, word)
}

// checkedBy returns the first thing that sends traffic to a group and has a
// health check: ELB, VPC_LATTICE, or "" for one that is not known.
func checkedBy(g *snapshot.AutoScalingGroup, check string) (checks.Evidence, bool) {
	switch {
	case check == checkELB && len(g.TargetGroupARNs) > 0:
		return checks.Field(g, "TargetGroupARNs/0"), true
	case check == checkELB && len(g.LoadBalancerNames) > 0:
		return checks.Field(g, "LoadBalancerNames/0"), true
	}
	for i := range g.TrafficSources {
		of, field := healthCheckOf(&g.TrafficSources[i])
		if of == check {
			return checks.Field(g, "TrafficSources", i, field), true
		}
	}
	return checks.Evidence{}, false
}

// healthCheckOf returns the check that a traffic source has, and the field that
// says so. Only a Classic Load Balancer has to be named with its type; the ARN
// of a target group tells it.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TrafficSourceIdentifier.html
func healthCheckOf(t *snapshot.TrafficSource) (check, field string) {
	switch t.Type {
	case "elb", "elbv2":
		return checkELB, "Type"
	case "vpc-lattice":
		return checkLattice, "Type"
	case "":
		return healthCheckOfARN(t.Identifier), "Identifier"
	default:
		return "", "Type"
	}
}

func healthCheckOfARN(identifier string) string {
	switch { // names have no colons
	case strings.Contains(identifier, ":elasticloadbalancing:"):
		return checkELB
	case strings.Contains(identifier, ":vpc-lattice:"):
		return checkLattice
	default:
		return ""
	}
}
