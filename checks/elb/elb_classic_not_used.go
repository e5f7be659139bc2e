package elb

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// ClassicNotUsed is the rule elb-classic-not-used.
var ClassicNotUsed = checks.Rule{
	ID:    "elb-classic-not-used",
	Title: "No Classic Load Balancer remains",
	Why: `Classic Load Balancers are of the previous generation. They have no target groups, no rules and no
web ACLs, they send to instances only, and nothing new comes to them.`,
	Fix: `Migrate to an Application or Network Load Balancer, then delete the Classic Load Balancer.

    aws elbv2 create-load-balancer --name NAME --type application --subnets SUBNET-A SUBNET-B
    aws elb delete-load-balancer --load-balancer-name NAME

In Terraform, replace the aws_elb by an aws_lb with aws_lb_listener and aws_lb_target_group.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Reliability, checks.PerformanceEfficiency, checks.OperationalExcellence},
	Practices: []string{"PERF01-BP01", "PERF04-BP04", "REL02-BP01"},
	Links:     []string{"https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/migrate-classic-load-balancer.html"},
	Judge:     checks.Each(snapshot.ClassicLoadBalancers, classicNotUsed),
}

func classicNotUsed(_ *snapshot.Snapshot, lb *snapshot.ClassicLoadBalancer) checks.Verdict {
	return checks.Fail("is a Classic Load Balancer", checks.Field(lb, "LoadBalancerName"))
}
