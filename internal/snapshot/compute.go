package snapshot

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The kinds of data that EC2 and EC2 Auto Scaling return about instances.
var (
	Instances              = newKind[Instance]("AWS::EC2::Instance", "ec2:DescribeInstances", "Reservations", nestedIn("Instances"))
	LaunchTemplateVersions = newKind[LaunchTemplateVersion]("AWS::EC2::LaunchTemplate", "ec2:DescribeLaunchTemplateVersions",
		"LaunchTemplateVersions", asked(both))
	AutoScalingGroups = newKind[AutoScalingGroup]("AWS::AutoScaling::AutoScalingGroup", "autoscaling:DescribeAutoScalingGroups",
		"AutoScalingGroups", byName)
	LaunchConfigurations = newKind[LaunchConfiguration]("AWS::AutoScaling::LaunchConfiguration",
		"autoscaling:DescribeLaunchConfigurations", "LaunchConfigurations", byName)
	ScalingPolicies  = newKind[ScalingPolicy]("AWS::AutoScaling::ScalingPolicy", "autoscaling:DescribePolicies", "ScalingPolicies", byName)
	ScheduledActions = newKind[ScheduledAction]("AWS::AutoScaling::ScheduledAction", "autoscaling:DescribeScheduledActions",
		"ScheduledUpdateGroupActions", byName)
)

// Instance is an EC2 instance.
type Instance struct {
	Origin `json:"-"`
	tagged
	InstanceID       string                `json:"InstanceId"`
	State            struct{ Name string } // pending, running, shutting-down, terminated, stopping, stopped
	VPCID            string                `json:"VpcId"`    // empty in EC2-Classic
	SubnetID         string                `json:"SubnetId"` // empty in EC2-Classic and when terminated
	Placement        struct{ AvailabilityZone string }
	PrivateIPAddress netip.Addr `json:"PrivateIpAddress"`
	// PublicIPAddress is that of the first address of the first interface.
	PublicIPAddress netip.Addr `json:"PublicIpAddress"`
	SecurityGroups  []GroupIdentifier
	SourceDestCheck Optional[bool]
	// NetworkInterfaces hold the other addresses.
	NetworkInterfaces []InstanceInterface
	// Operator is the service that manages the instance, as of EKS Auto Mode and of ECS
	// Managed Instances.
	Operator struct{ Managed Optional[bool] }
}

// Keeper is the field that says that somebody else than an Auto Scaling group started
// the instance and replaces it: a service of AWS, or Karpenter, which marks the nodes
// of its pools.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/amazon-ec2-managed-instances.html
// https://docs.aws.amazon.com/eks/latest/best-practices/karpenter.html
func (i *Instance) Keeper() (field string, ok bool) {
	if Is(i.Operator.Managed, true) {
		return "Operator/Managed", true
	}
	for t := range i.Tags {
		if key := i.Tags[t].Key; key == "karpenter.sh/nodepool" || key == "karpenter.sh/provisioner-name" {
			return "Tags/" + itoa(t) + "/Key", true
		}
	}
	return "", false
}

// InstanceInterface is a network interface as its instance shows it.
type InstanceInterface struct {
	NetworkInterfaceID string               `json:"NetworkInterfaceId"`
	Association        InterfaceAssociation // of its first private address
	PrivateIPAddresses []InstanceAddress    `json:"PrivateIpAddresses"`
	IPv6Addresses      []IPv6Address        `json:"Ipv6Addresses"`
}

// InstanceAddress is a private IPv4 address of an instance, with the address from
// outside that is mapped to it, if any.
type InstanceAddress struct {
	PrivateIPAddress netip.Addr `json:"PrivateIpAddress"`
	Association      InterfaceAssociation
}

// ID implements Resource.
func (i *Instance) ID() string { return i.InstanceID }

// ARN implements Resource.
func (i *Instance) ARN() string { return i.arn("ec2", "", "instance/"+i.InstanceID) }

// Name implements Resource.
func (i *Instance) Name() string { return i.tagged.Name() }

// LaunchTemplateVersion is one version of a launch template.
type LaunchTemplateVersion struct {
	Origin             `json:"-"`
	LaunchTemplateID   string `json:"LaunchTemplateId"`
	LaunchTemplateName string
	VersionNumber      int64
	DefaultVersion     bool
	LaunchTemplateData LaunchTemplateData
}

// LaunchTemplateData is what a version says about the instances.
type LaunchTemplateData struct {
	SecurityGroupIDs  []string `json:"SecurityGroupIds"`
	SecurityGroups    []string // names
	NetworkInterfaces []LaunchTemplateNetworkInterface
}

// LaunchTemplateNetworkInterface is an interface that instances get.
type LaunchTemplateNetworkInterface struct {
	Groups   []string
	SubnetID string `json:"SubnetId"`
}

// ID implements Resource. It names the version.
func (v *LaunchTemplateVersion) ID() string {
	return v.LaunchTemplateID + ":" + strconv.FormatInt(v.VersionNumber, 10)
}

// ARN implements Resource. It is that of the template.
func (v *LaunchTemplateVersion) ARN() string {
	return v.arn("ec2", "", "launch-template/"+v.LaunchTemplateID)
}

// Name implements Resource.
func (v *LaunchTemplateVersion) Name() string { return v.LaunchTemplateName }

// AutoScalingGroup is an Auto Scaling group.
type AutoScalingGroup struct {
	Origin `json:"-"`
	tagged
	AutoScalingGroupName    string
	AutoScalingGroupARN     string
	MinSize                 Optional[int]
	MaxSize                 Optional[int]
	DesiredCapacityType     string // units, vcpu, memory-mib; empty means units
	AvailabilityZones       []string
	VPCZoneIdentifier       string // subnet ids, separated by commas
	LaunchConfigurationName string
	LaunchTemplate          LaunchTemplateSpecification
	MixedInstancesPolicy    struct {
		LaunchTemplate struct {
			LaunchTemplateSpecification LaunchTemplateSpecification
			Overrides                   []LaunchTemplateOverride
		}
	}
	LoadBalancerNames []string
	TargetGroupARNs   []string
	TrafficSources    []TrafficSource
	HealthCheckType   Optional[string] // EC2, EBS, ELB or VPC_LATTICE, several separated by commas
	Instances         []AutoScalingInstance
}

// LaunchTemplateSpecification names a launch template by id or by name, and the
// version: a number, $Default, $Latest, or nothing for the default.
type LaunchTemplateSpecification struct {
	LaunchTemplateID   string `json:"LaunchTemplateId"`
	LaunchTemplateName string
	Version            string
}

// LaunchTemplateOverride is one kind of instance of a mixed instances policy.
type LaunchTemplateOverride struct {
	WeightedCapacity            string // a number, or empty for one
	LaunchTemplateSpecification LaunchTemplateSpecification
}

// TrafficSource is what sends traffic to a group: Type elb, elbv2 or vpc-lattice.
type TrafficSource struct {
	Identifier string // ARN or name
	Type       string
}

// AutoScalingInstance is an instance of a group.
type AutoScalingInstance struct {
	InstanceID       string `json:"InstanceId"`
	AvailabilityZone string
	LifecycleState   string
	HealthStatus     string
}

// ID implements Resource.
func (g *AutoScalingGroup) ID() string { return g.AutoScalingGroupName }

// ARN implements Resource.
func (g *AutoScalingGroup) ARN() string { return g.AutoScalingGroupARN }

// Name implements Resource. The ID is a name already.
func (*AutoScalingGroup) Name() string { return "" }

// LaunchConfiguration is the older form of a launch template.
type LaunchConfiguration struct {
	Origin                  `json:"-"`
	LaunchConfigurationName string
	LaunchConfigurationARN  string
	SecurityGroups          []string // ids, or names in EC2-Classic
}

// ID implements Resource.
func (c *LaunchConfiguration) ID() string { return c.LaunchConfigurationName }

// ARN implements Resource.
func (c *LaunchConfiguration) ARN() string { return c.LaunchConfigurationARN }

// ScalingPolicy says when a group scales.
type ScalingPolicy struct {
	Origin                         `json:"-"`
	AutoScalingGroupName           string
	PolicyName                     string
	PolicyARN                      string
	PolicyType                     string // TargetTrackingScaling, StepScaling, SimpleScaling, PredictiveScaling
	Enabled                        Optional[bool]
	Alarms                         []struct{ AlarmARN, AlarmName string }
	PredictiveScalingConfiguration Optional[PredictiveScaling]
}

// PredictiveScaling is what a predictive policy does with its forecasts.
type PredictiveScaling struct {
	Mode string // ForecastOnly, ForecastAndScale; empty means ForecastOnly
}

// ID implements Resource.
func (p *ScalingPolicy) ID() string { return p.AutoScalingGroupName + "/" + p.PolicyName }

// ARN implements Resource.
func (p *ScalingPolicy) ARN() string { return p.PolicyARN }

// ScheduledAction changes the size of a group at a time.
type ScheduledAction struct {
	Origin               `json:"-"`
	AutoScalingGroupName string
	ScheduledActionName  string
	ScheduledActionARN   string
	StartTime            Time // zero where there is none
	EndTime              Time // zero where there is none
	Recurrence           string
	MinSize              Optional[int]
	MaxSize              Optional[int]
}

// ID implements Resource.
func (a *ScheduledAction) ID() string { return a.AutoScalingGroupName + "/" + a.ScheduledActionName }

// ARN implements Resource.
func (a *ScheduledAction) ARN() string { return a.ScheduledActionARN }

// Time is a time as the AWS CLI prints it: RFC 3339, or another form that older
// versions and other tools used. One that cannot be read is zero, but set.
type Time struct {
	time.Time
	Text string
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom. The methods of time.Time,
// which would be stricter, do not come into play.
func (t *Time) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*t = Time{}
	if err := json.UnmarshalDecode(dec, &t.Text); err != nil {
		return err
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00"} {
		if at, err := time.Parse(layout, t.Text); err == nil {
			t.Time = at
			return nil
		}
	}
	return nil
}

// MarshalJSONTo implements json.MarshalerTo. It gives back what was read.
func (t Time) MarshalJSONTo(enc *jsontext.Encoder) error {
	return enc.WriteToken(jsontext.String(t.Text))
}
