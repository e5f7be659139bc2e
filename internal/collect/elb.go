package collect

import (
	"context"

	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	classic "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

func describeLoadBalancers(ctx context.Context, t *task) error {
	p := elbv2.NewDescribeLoadBalancersPaginator(t.clients.elbv2, &elbv2.DescribeLoadBalancersInput{PageSize: &t.page})
	return list(ctx, t, "LoadBalancers", p, func(o *elbv2.DescribeLoadBalancersOutput) ([]types.LoadBalancer, *string) {
		return o.LoadBalancers, o.NextMarker
	},
		func(b *types.LoadBalancer) *string { return b.LoadBalancerArn })
}

func describeLoadBalancerAttributes(ctx context.Context, t *task) error {
	o, err := t.clients.elbv2.DescribeLoadBalancerAttributes(ctx, &elbv2.DescribeLoadBalancerAttributesInput{LoadBalancerArn: &t.resource})
	if err != nil {
		return err
	}
	return single(t, "Attributes", orEmpty(o.Attributes))
}

func describeListeners(ctx context.Context, t *task) error {
	p := elbv2.NewDescribeListenersPaginator(t.clients.elbv2, &elbv2.DescribeListenersInput{LoadBalancerArn: &t.resource, PageSize: &t.page})
	return list(ctx, t, "Listeners", p, func(o *elbv2.DescribeListenersOutput) ([]types.Listener, *string) {
		for _, l := range o.Listeners {
			maskClientSecrets(l.DefaultActions)
		}
		return o.Listeners, o.NextMarker
	}, func(l *types.Listener) *string { return l.ListenerArn })
}

func describeRules(ctx context.Context, t *task) error {
	p := elbv2.NewDescribeRulesPaginator(t.clients.elbv2, &elbv2.DescribeRulesInput{ListenerArn: &t.resource, PageSize: &t.page})
	return list(ctx, t, "Rules", p, func(o *elbv2.DescribeRulesOutput) ([]types.Rule, *string) {
		for _, r := range o.Rules {
			maskClientSecrets(r.Actions)
		}
		return o.Rules, o.NextMarker
	}, func(r *types.Rule) *string { return r.RuleArn })
}

// maskClientSecrets hides the secret that a load balancer shares with an identity
// provider.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AuthenticateOidcActionConfig.html
func maskClientSecrets(actions []types.Action) {
	for _, a := range actions {
		if a.AuthenticateOidcConfig != nil {
			mask(a.AuthenticateOidcConfig.ClientSecret)
		}
	}
}

func describeTargetGroups(ctx context.Context, t *task) error {
	p := elbv2.NewDescribeTargetGroupsPaginator(t.clients.elbv2, &elbv2.DescribeTargetGroupsInput{PageSize: &t.page})
	return list(ctx, t, "TargetGroups", p, func(o *elbv2.DescribeTargetGroupsOutput) ([]types.TargetGroup, *string) {
		return o.TargetGroups, o.NextMarker
	},
		func(g *types.TargetGroup) *string { return g.TargetGroupArn })
}

func describeTargetGroupAttributes(ctx context.Context, t *task) error {
	o, err := t.clients.elbv2.DescribeTargetGroupAttributes(ctx, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: &t.resource})
	if err != nil {
		return err
	}
	return single(t, "Attributes", orEmpty(o.Attributes))
}

func describeTargetHealth(ctx context.Context, t *task) error {
	o, err := t.clients.elbv2.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: &t.resource})
	if err != nil {
		return err
	}
	return single(t, "TargetHealthDescriptions", orEmpty(o.TargetHealthDescriptions))
}

func describeClassicLoadBalancers(ctx context.Context, t *task) error {
	p := elb.NewDescribeLoadBalancersPaginator(t.clients.elb, &elb.DescribeLoadBalancersInput{PageSize: &t.page})
	return list(ctx, t, "LoadBalancerDescriptions", p, func(o *elb.DescribeLoadBalancersOutput) ([]classic.LoadBalancerDescription, *string) {
		return o.LoadBalancerDescriptions, o.NextMarker
	},
		func(b *classic.LoadBalancerDescription) *string { return b.LoadBalancerName })
}

func describeInstanceHealth(ctx context.Context, t *task) error {
	o, err := t.clients.elb.DescribeInstanceHealth(ctx, &elb.DescribeInstanceHealthInput{LoadBalancerName: &t.resource})
	if err != nil {
		return err
	}
	return single(t, "InstanceStates", orEmpty(o.InstanceStates))
}

// orEmpty makes a list that AWS left out the empty list.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
