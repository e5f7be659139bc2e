package autoscaling

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// GroupUsesLaunchTemplate is the rule autoscaling-group-uses-launch-template.
var GroupUsesLaunchTemplate = checks.Rule{
	ID:    "autoscaling-group-uses-launch-template",
	Title: "An Auto Scaling group launches instances from a launch template",
	Why: `Launch configurations get no instance types that came after 2022 and none of the newer features of
EC2. They have no versions, so that a change is a new object and there is nothing to roll back to, and
accounts that were opened since October 2024 cannot make any.`,
	Fix: `Make a launch template of the launch configuration and point the group at it.

    aws autoscaling update-auto-scaling-group --auto-scaling-group-name NAME --launch-template 'LaunchTemplateId=ID,Version=$Default'

In Terraform, replace launch_configuration of the aws_autoscaling_group by a launch_template or mixed_instances_policy block.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.OperationalExcellence, checks.Security, checks.CostOptimization},
	Practices: []string{"REL08-BP05", "SEC06-BP05", "COST01-BP07"},
	Controls:  []string{"FSBP AutoScaling.9", "Config autoscaling-launch-template"},
	Links:     []string{"https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html"},
	Judge:     checks.Each(snapshot.AutoScalingGroups, groupUsesLaunchTemplate),
}

// groupUsesLaunchTemplate fails groups that were made from an instance too:
// they got a launch configuration.
func groupUsesLaunchTemplate(_ *snapshot.Snapshot, g *snapshot.AutoScalingGroup) checks.Verdict {
	configuration := checks.Field(g, "LaunchConfigurationName")
	if g.LaunchConfigurationName != "" {
		return checks.Fail("launches from a launch configuration", configuration)
	}
	if templates := g.Templates(); len(templates) > 0 {
		return checks.Pass("launches from a launch template", templates[0].Named(g), configuration)
	}
	return checks.Unknown("names neither a launch template nor a launch configuration", configuration, checks.Field(g, "LaunchTemplate/LaunchTemplateId"))
}
