package collect

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

func describeAutoScalingGroups(ctx context.Context, t *task) error {
	p := autoscaling.NewDescribeAutoScalingGroupsPaginator(t.clients.autoscaling, &autoscaling.DescribeAutoScalingGroupsInput{MaxRecords: &t.page})
	return list(ctx, t, "AutoScalingGroups", p, func(o *autoscaling.DescribeAutoScalingGroupsOutput) ([]types.AutoScalingGroup, *string) {
		for i := range o.AutoScalingGroups {
			t.found.pins = append(t.found.pins, pins(&o.AutoScalingGroups[i])...)
		}
		return o.AutoScalingGroups, o.NextToken
	}, func(g *types.AutoScalingGroup) *string { return g.AutoScalingGroupARN })
}

// launchConfiguration is a launch configuration whose user data was searched.
type launchConfiguration struct {
	types.LaunchConfiguration
	ButtressSecrets []secret
}

func describeLaunchConfigurations(ctx context.Context, t *task) error {
	p := autoscaling.NewDescribeLaunchConfigurationsPaginator(t.clients.autoscaling, &autoscaling.DescribeLaunchConfigurationsInput{MaxRecords: &t.page})
	return list(ctx, t, "LaunchConfigurations", p, func(o *autoscaling.DescribeLaunchConfigurationsOutput) ([]launchConfiguration, *string) {
		configurations := make([]launchConfiguration, len(o.LaunchConfigurations))
		for i, c := range o.LaunchConfigurations {
			configurations[i].LaunchConfiguration = c
			configurations[i].UserData, configurations[i].ButtressSecrets = maskUserData(c.UserData)
		}
		return configurations, o.NextToken
	}, func(c *launchConfiguration) *string { return c.LaunchConfigurationARN })
}

func describePolicies(ctx context.Context, t *task) error {
	p := autoscaling.NewDescribePoliciesPaginator(t.clients.autoscaling, &autoscaling.DescribePoliciesInput{MaxRecords: &t.page})
	return list(ctx, t, "ScalingPolicies", p, func(o *autoscaling.DescribePoliciesOutput) ([]types.ScalingPolicy, *string) {
		return o.ScalingPolicies, o.NextToken
	},
		func(p *types.ScalingPolicy) *string { return p.PolicyARN })
}

func describeScheduledActions(ctx context.Context, t *task) error {
	p := autoscaling.NewDescribeScheduledActionsPaginator(t.clients.autoscaling, &autoscaling.DescribeScheduledActionsInput{MaxRecords: &t.page})
	return list(ctx, t, "ScheduledUpdateGroupActions", p, func(o *autoscaling.DescribeScheduledActionsOutput) ([]types.ScheduledUpdateGroupAction, *string) {
		return o.ScheduledUpdateGroupActions, o.NextToken
	}, func(a *types.ScheduledUpdateGroupAction) *string { return a.ScheduledActionARN })
}
