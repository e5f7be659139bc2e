package snapshot

import (
	"net/netip"
	"strings"
)

// The kinds of data that Elastic Load Balancing returns.
var (
	LoadBalancers = newKind[LoadBalancer]("AWS::ElasticLoadBalancingV2::LoadBalancer", "elbv2:DescribeLoadBalancers", "LoadBalancers", byName)
	TargetGroups  = newKind[TargetGroup]("AWS::ElasticLoadBalancingV2::TargetGroup", "elbv2:DescribeTargetGroups", "TargetGroups", byName)
	// TargetHealth are the targets of a target group and how they are.
	TargetHealth = newKind[TargetHealthDescription]("AWS::ElasticLoadBalancingV2::TargetGroup", "elbv2:DescribeTargetHealth",
		"TargetHealthDescriptions", asked(perResource))
	LoadBalancerAttributes = newKind[LoadBalancerAttribute]("AWS::ElasticLoadBalancingV2::LoadBalancer",
		"elbv2:DescribeLoadBalancerAttributes", "Attributes", asked(perResource))
	// Listeners are the listeners of a load balancer.
	Listeners = newKind[Listener]("AWS::ElasticLoadBalancingV2::Listener", "elbv2:DescribeListeners", "Listeners", asked(perResource), byName)
	// ListenerRules are the rules of a listener.
	ListenerRules = newKind[ListenerRule]("AWS::ElasticLoadBalancingV2::ListenerRule", "elbv2:DescribeRules", "Rules",
		asked(perResource), byName)
	TargetGroupAttributes = newKind[TargetGroupAttribute]("AWS::ElasticLoadBalancingV2::TargetGroup",
		"elbv2:DescribeTargetGroupAttributes", "Attributes", asked(perResource))
	ClassicLoadBalancers = newKind[ClassicLoadBalancer]("AWS::ElasticLoadBalancing::LoadBalancer", "elb:DescribeLoadBalancers",
		"LoadBalancerDescriptions", byName)
	// ClassicInstanceHealth are the instances of a Classic Load Balancer and how
	// they are.
	ClassicInstanceHealth = newKind[InstanceState]("AWS::ElasticLoadBalancing::LoadBalancer", "elb:DescribeInstanceHealth",
		"InstanceStates", asked(perResource))
)

// LoadBalancer is an Application, Network or Gateway Load Balancer.
type LoadBalancer struct {
	Origin            `json:"-"`
	LoadBalancerARN   string `json:"LoadBalancerArn"`
	LoadBalancerName  string
	Type              string // application, network, gateway
	Scheme            string // internet-facing, internal; empty for gateway
	VPCID             string `json:"VpcId"`
	State             struct{ Code string }
	IPAddressType     string `json:"IpAddressType"` // ipv4, dualstack, dualstack-without-public-ipv4
	AvailabilityZones []LoadBalancerZone
	SecurityGroups    []string
}

// LoadBalancerZone is a zone in which a load balancer has addresses.
type LoadBalancerZone struct {
	ZoneName  string
	SubnetID  string `json:"SubnetId"`
	OutpostID string `json:"OutpostId"`
	// LoadBalancerAddresses are the fixed addresses of a Network Load Balancer.
	LoadBalancerAddresses []LoadBalancerAddress
}

// LoadBalancerAddress is a fixed address of a load balancer in a zone.
type LoadBalancerAddress struct {
	IPAddress          netip.Addr `json:"IpAddress"`
	PrivateIPv4Address netip.Addr `json:"PrivateIPv4Address"`
	IPv6Address        netip.Addr `json:"IPv6Address"`
}

// ID implements Resource.
func (l *LoadBalancer) ID() string { return l.LoadBalancerName }

// ARN implements Resource.
func (l *LoadBalancer) ARN() string { return l.LoadBalancerARN }

// TargetGroup is a target group of load balancers.
type TargetGroup struct {
	Origin           `json:"-"`
	TargetGroupARN   string `json:"TargetGroupArn"`
	TargetGroupName  string
	TargetType       string // instance, ip, lambda, alb
	IPAddressType    string `json:"IpAddressType"` // ipv4, which is the default, or ipv6
	Protocol         string
	Port             Optional[int]
	HealthCheckPort  string   // a number, or traffic-port
	VPCID            string   `json:"VpcId"` // empty for lambda
	LoadBalancerARNs []string `json:"LoadBalancerArns"`
}

// ID implements Resource.
func (g *TargetGroup) ID() string { return g.TargetGroupName }

// ARN implements Resource.
func (g *TargetGroup) ARN() string { return g.TargetGroupARN }

// TargetHealthDescription is a target of a target group and how it is.
type TargetHealthDescription struct {
	Origin `json:"-"`
	Target struct {
		ID               string `json:"Id"` // instance id, address, or ARN
		Port             Optional[int]
		AvailabilityZone string // a zone, "all", or empty
	}
	TargetHealth struct {
		State  string // initial, healthy, unhealthy, unhealthy.draining, unused, draining, unavailable
		Reason string
	}
	AdministrativeOverride struct{ State string }
}

// ID implements Resource. It names the target within its group.
func (d *TargetHealthDescription) ID() string {
	port, recorded := d.Target.Port.Value()
	if !recorded {
		return d.Target.ID
	}
	return d.Target.ID + ":" + itoa(port)
}

// ARN implements Resource. It is that of the target group.
func (d *TargetHealthDescription) ARN() string { return d.file.resource }

// LoadBalancerAttribute is an attribute of a load balancer.
type LoadBalancerAttribute struct {
	Origin `json:"-"`
	Key    string
	Value  string
}

// ID implements Resource.
func (a *LoadBalancerAttribute) ID() string { return a.Key }

// ARN implements Resource. It is that of the load balancer.
func (a *LoadBalancerAttribute) ARN() string { return a.file.resource }

// Listener is where a load balancer takes connections.
type Listener struct {
	Origin          `json:"-"`
	ListenerARN     string `json:"ListenerArn"`
	LoadBalancerARN string `json:"LoadBalancerArn"`
	Port            Optional[int]
	Protocol        string // HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP, GENEVE, QUIC, TCP_QUIC
	DefaultActions  []Action
}

// Action is what a listener does with what it takes.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
type Action struct {
	Type           string // forward, fixed-response, redirect, authenticate-oidc, authenticate-cognito, jwt-validation
	TargetGroupARN string `json:"TargetGroupArn"`
	ForwardConfig  struct {
		TargetGroups []TargetGroupTuple
	}
}

// TargetGroupTuple is a target group with its share of the requests.
type TargetGroupTuple struct {
	TargetGroupARN string `json:"TargetGroupArn"`
	Weight         Optional[int]
}

// ListenerRule is a rule of a listener of an Application or a Network Load
// Balancer. The default actions of the listener stand in the rule that is the
// default.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Rule.html
type ListenerRule struct {
	Origin     `json:"-"`
	RuleARN    string `json:"RuleArn"`
	Priority   string // a number, or default
	IsDefault  bool
	Conditions []RuleCondition
	Actions    []Action
}

// RuleCondition narrows a rule; all conditions of a rule must hold.
type RuleCondition struct {
	Field          string   // source-ip, path-pattern, host-header, ...
	Values         []string // of the old form
	SourceIPConfig struct {
		IPAddressType string         `json:"IpAddressType"` // ipv4, ipv6; of a Network Load Balancer
		Values        []netip.Prefix // of an Application Load Balancer
	} `json:"SourceIpConfig"`
	PathPatternConfig struct{ Values []string }
	HostHeaderConfig  struct{ Values []string }
}

// Paths are the patterns of a path-pattern condition, one of which must match.
func (c *RuleCondition) Paths() []string {
	if len(c.PathPatternConfig.Values) > 0 {
		return c.PathPatternConfig.Values
	}
	return c.Values
}

// Hosts are the patterns of a host-header condition, one of which must match.
func (c *RuleCondition) Hosts() []string {
	if len(c.HostHeaderConfig.Values) > 0 {
		return c.HostHeaderConfig.Values
	}
	return c.Values
}

// ID implements Resource. Rules have no other id.
func (r *ListenerRule) ID() string { return r.RuleARN }

// ARN implements Resource.
func (r *ListenerRule) ARN() string { return r.RuleARN }

// TargetGroupAttribute is an attribute of a target group.
type TargetGroupAttribute struct {
	Origin `json:"-"`
	Key    string
	Value  string
}

// ID implements Resource.
func (a *TargetGroupAttribute) ID() string { return a.Key }

// ARN implements Resource. It is that of the target group.
func (a *TargetGroupAttribute) ARN() string { return a.file.resource }

// ID implements Resource. Listeners have no other id.
func (l *Listener) ID() string { return l.ListenerARN }

// ARN implements Resource.
func (l *Listener) ARN() string { return l.ListenerARN }

// ClassicLoadBalancer is a load balancer of the previous generation.
type ClassicLoadBalancer struct {
	Origin            `json:"-"`
	LoadBalancerName  string
	Scheme            string // internet-facing, internal
	VPCID             string `json:"VPCId"` // empty in EC2-Classic
	AvailabilityZones []string
	Subnets           []string
	SecurityGroups    []string
	Instances         []ClassicInstance
	// ListenerDescriptions hold the listeners and their policies.
	ListenerDescriptions []struct{ Listener ClassicListener }
}

// ClassicListener is a listener of a Classic Load Balancer.
type ClassicListener struct {
	Protocol         string // HTTP, HTTPS, TCP, SSL
	LoadBalancerPort Optional[int]
	InstancePort     Optional[int]
}

// ClassicInstance is an instance that a Classic Load Balancer sends traffic to.
type ClassicInstance struct {
	InstanceID string `json:"InstanceId"`
}

// ID implements Resource.
func (l *ClassicLoadBalancer) ID() string { return l.LoadBalancerName }

// ARN implements Resource. AWS returns none.
func (l *ClassicLoadBalancer) ARN() string {
	return l.arn("elasticloadbalancing", "", "loadbalancer/"+l.LoadBalancerName)
}

// InstanceState is how an instance is, as a Classic Load Balancer sees it.
type InstanceState struct {
	Origin     `json:"-"`
	InstanceID string `json:"InstanceId"`
	State      string // InService, OutOfService, Unknown
}

// ID implements Resource.
func (s *InstanceState) ID() string { return s.InstanceID }

// ARN implements Resource. It is that of the load balancer.
func (s *InstanceState) ARN() string {
	return s.arn("elasticloadbalancing", "", "loadbalancer/"+s.file.resource)
}

// TargetsOf returns the targets of a target group, or the gap in their place.
func (s *Snapshot) TargetsOf(g *TargetGroup) ([]TargetHealthDescription, *Gap) {
	return TargetHealth.of(s, g.Scope(), g.TargetGroupARN)
}

// AttributesOf returns the attributes of a load balancer, or the gap in their
// place. A key that AWS did not return has its default.
func (s *Snapshot) AttributesOf(l *LoadBalancer) ([]LoadBalancerAttribute, *Gap) {
	return LoadBalancerAttributes.of(s, l.Scope(), l.LoadBalancerARN)
}

// ListenersOf returns the listeners of a load balancer, or the gap in their
// place.
func (s *Snapshot) ListenersOf(l *LoadBalancer) ([]Listener, *Gap) {
	return Listeners.of(s, l.Scope(), l.LoadBalancerARN)
}

// RulesOf returns the rules of a listener, or the gap in their place. A listener
// of a Gateway Load Balancer has none beside its default actions, and AWS refuses
// to be asked (https://github.com/boto/boto3/issues/3591).
func (s *Snapshot) RulesOf(l *Listener) ([]ListenerRule, *Gap) {
	if strings.Contains(l.ListenerARN, ":listener/gwy/") {
		return nil, nil
	}
	return ListenerRules.of(s, l.Scope(), l.ListenerARN)
}

// GroupAttributesOf returns the attributes of a target group, or the gap in
// their place.
func (s *Snapshot) GroupAttributesOf(g *TargetGroup) ([]TargetGroupAttribute, *Gap) {
	return TargetGroupAttributes.of(s, g.Scope(), g.TargetGroupARN)
}

// InstanceHealthOf returns how the instances of a Classic Load Balancer are, or
// the gap in their place.
func (s *Snapshot) InstanceHealthOf(l *ClassicLoadBalancer) ([]InstanceState, *Gap) {
	return ClassicInstanceHealth.of(s, l.Scope(), l.LoadBalancerName)
}

// isInternetFacing reports whether a scheme is that of a load balancer with
// public addresses. A word that nobody knows is not taken for internal.
func isInternetFacing(scheme string) bool { return strings.EqualFold(scheme, "internet-facing") }

// InternetFacing reports whether the load balancer has public addresses.
func (l *LoadBalancer) InternetFacing() bool { return isInternetFacing(l.Scheme) }

// InternetFacing reports whether the load balancer has public addresses.
func (l *ClassicLoadBalancer) InternetFacing() bool { return isInternetFacing(l.Scheme) }

// Families are the families in which clients reach the load balancer from
// outside. An answer without the field is from the time before there was a
// choice, or from an emulator: IPv4, which is the default. It is false for a word
// that nobody knows.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html
func (l *LoadBalancer) Families() (ipv4, ipv6, known bool) {
	switch l.IPAddressType {
	case "", "ipv4":
		return true, false, true
	case "dualstack":
		return true, true, true
	case "dualstack-without-public-ipv4":
		return false, true, true
	default:
		return false, false, false
	}
}
