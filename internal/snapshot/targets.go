package snapshot

import (
	"net/netip"
	"regexp"
	"slices"
	"sync"
)

// Types of targets.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html
const (
	TargetInstance = "instance"
	TargetIP       = "ip"
	TargetLambda   = "lambda"
	TargetALB      = "alb"
)

// allZones is what a target has in place of a zone where every load balancer
// node may send to it. It says where traffic comes from, not where the target is.
const allZones = "all"

// targetIndexes find what a load balancer sends traffic to.
type targetIndexes struct {
	blocks  func() map[key]*blocks        // by VPC
	zoneID  func() map[key]string         // by account and name
	groups  func() map[key][]*TargetGroup // by load balancer
	members func() map[key]Membership     // by instance
}

func newTargetIndexes(s *Snapshot) targetIndexes {
	return targetIndexes{
		blocks: sync.OnceValue(s.subnetBlocks),
		zoneID: sync.OnceValue(s.zoneIDs),
		groups: sync.OnceValue(func() map[key][]*TargetGroup {
			return group(TargetGroups.In(s), func(g *TargetGroup) []string { return g.LoadBalancerARNs })
		}),
		members: sync.OnceValue(s.memberships),
	}
}

// ZoneOfTarget returns where an instance or an address of a target group is, and
// the field that says so. The zone is zero where that cannot be told: for an
// instance that was not recorded, an address outside of the group's VPC, one
// that takes traffic from all zones, and other types of targets.
//
// The zone that AWS returns with a target is not asked: for an address outside
// of the VPC it only selects the nodes that send to it.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html
func (s *Snapshot) ZoneOfTarget(g *TargetGroup, t *TargetHealthDescription) (Zone, Place) {
	switch g.TargetType {
	case TargetInstance:
		return s.ZoneOfInstance(t, "Target/Id", t.Target.ID)
	case TargetIP:
		if t.Target.AvailabilityZone == allZones {
			return Zone{}, Place{t, "Target/AvailabilityZone"}
		}
		if a, err := netip.ParseAddr(t.Target.ID); err == nil {
			if n, ok := s.SubnetAt(g.Scope(), g.VPCID, a); ok {
				return s.ZoneOf(n), ZonePlace(n)
			}
		}
	}
	return Zone{}, Place{t, "Target/Id"}
}

// ZonePlace is the field that names the zone of a subnet.
func ZonePlace(n *Subnet) Place { return Place{n, n.ZoneField()} }

// ZoneOfInstance returns where the instance is that a field of something names,
// and the field that says so. That is the field itself for an instance that was
// not recorded, of which the zone is zero.
func (s *Snapshot) ZoneOfInstance(by Resource, field, id string) (Zone, Place) {
	i, ok := s.Instance(by.Scope(), id)
	if !ok {
		return Zone{}, Place{by, field}
	}
	return s.placement(i), Place{i, "Placement/AvailabilityZone"}
}

// placement is the zone of an instance, by its id if anything recorded tells it:
// the zones of the account, or a subnet in the zone. A subnet that another
// account shares has that account's names; then the subnet of the instance tells.
func (s *Snapshot) placement(i *Instance) Zone {
	name := i.Placement.AvailabilityZone
	zone := s.ZoneNamed(i.Scope(), name)
	if name == "" || zone.ID != name {
		return zone
	}
	if id, ok := s.indexes.targets.zoneID()[key{i.Account(), i.Region(), name}]; ok {
		zone.ID = id
	} else if n, ok := s.Subnet(i.Scope(), i.SubnetID); ok && n.Scope() != i.Scope() {
		zone.ID = s.ZoneOf(n).ID
	}
	return zone
}

// SubnetAt finds the subnet of a VPC that an address is in. It is false for an
// address outside of the VPC and where the subnet was not recorded.
func (s *Snapshot) SubnetAt(from Scope, vpcID string, a netip.Addr) (*Subnet, bool) {
	blocks := s.indexes.targets.blocks()[at(from, vpcID)]
	if blocks == nil {
		return nil, false
	}
	for _, bits := range blocks.bits {
		p, err := a.Prefix(bits)
		if err != nil {
			continue // longer than an IPv4 address
		}
		if n, ok := blocks.subnets[p]; ok {
			return n, true
		}
	}
	return nil, false
}

// blocks are the CIDR blocks of the subnets of a VPC.
type blocks struct {
	subnets map[netip.Prefix]*Subnet
	bits    []int // the lengths of the prefixes, the longest first
}

func (s *Snapshot) subnetBlocks() map[key]*blocks {
	m := map[key]*blocks{}
	all := Subnets.In(s)
	for i := range all {
		n := &all[i]
		of := at(n.Scope(), n.VPCID)
		if m[of] == nil {
			m[of] = &blocks{subnets: map[netip.Prefix]*Subnet{}}
		}
		m[of].add(n.CIDRBlock, n)
		for _, a := range n.IPv6CIDRBlockAssociationSet {
			if associated(a.IPv6CIDRBlockState.State) {
				m[of].add(a.IPv6CIDRBlock, n)
			}
		}
	}
	return m
}

func (b *blocks) add(p netip.Prefix, n *Subnet) {
	if !p.IsValid() {
		return
	}
	b.subnets[p.Masked()] = n
	if !slices.Contains(b.bits, p.Bits()) {
		b.bits = append(b.bits, p.Bits())
		slices.SortFunc(b.bits, func(x, y int) int { return y - x })
	}
}

// zoneIDs are the ids of zones by the names that an account has for them, as its
// subnets tell.
func (s *Snapshot) zoneIDs() map[key]string {
	m := map[key]string{}
	all := Subnets.In(s)
	for i := range all {
		if n := &all[i]; n.AvailabilityZone != "" && n.AvailabilityZoneID != "" {
			m[key{n.Account(), n.Region(), n.AvailabilityZone}] = n.AvailabilityZoneID
		}
	}
	return m
}

// TargetGroupsOf are the target groups that a load balancer routes to, by ARN.
func (s *Snapshot) TargetGroupsOf(from Scope, loadBalancerARN string) []*TargetGroup {
	return s.indexes.targets.groups()[at(from, loadBalancerARN)]
}

// Membership is an instance's entry in an Auto Scaling group.
type Membership struct {
	Group *AutoScalingGroup
	Index int // in its Instances
}

// MembershipOf finds the Auto Scaling group that an instance is in, in whatever
// state of its life there.
func (s *Snapshot) MembershipOf(from Scope, instanceID string) (Membership, bool) {
	m, ok := s.indexes.targets.members()[at(from, instanceID)]
	return m, ok
}

func (s *Snapshot) memberships() map[key]Membership {
	m := map[key]Membership{}
	all := AutoScalingGroups.In(s)
	for i := range all {
		for j := range all[i].Instances {
			m[at(all[i].Scope(), all[i].Instances[j].InstanceID)] = Membership{&all[i], j}
		}
	}
	return m
}

// Keeper is the service that made a network interface and looks after it.
type Keeper string

// The keepers that move addresses by themselves.
const (
	KeeperECS         Keeper = "ECS"
	KeeperEKS         Keeper = "EKS"
	KeeperPrivateLink Keeper = "PrivateLink"
)

// keepers are the words by which an interface tells its keeper. Amazon ECS
// describes the interface of a task by the ARN of its attachment, the plugins of
// Kubernetes begin with aws-k8s, the control plane of EKS and endpoints with
// their own names. The requester is a service, or a role that it assumes.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html
// https://github.com/aws/amazon-vpc-cni-k8s/blob/master/pkg/awsutils/awsutils.go
var keepers = []struct {
	keeper                 Keeper
	description, requester *regexp.Regexp
}{
	{KeeperECS, regexp.MustCompile(`^arn:[a-z-]+:ecs:.*:attachment/`), regexp.MustCompile(`(?i)\becs\b`)},
	{KeeperEKS, regexp.MustCompile(`(?i)^(aws-k8s-|amazon eks )`), regexp.MustCompile(`(?i)\beks\b`)},
	{KeeperPrivateLink, regexp.MustCompile(`^VPC Endpoint Interface `), regexp.MustCompile(`(?i)\bvpce\b`)},
}

// Keeper returns the service that looks after the interface, and the field that
// says so. It is empty for interfaces of which no keeper moves the addresses: of
// instances, databases, load balancers.
func (n *NetworkInterface) Keeper() (keeper Keeper, field string) {
	if n.InterfaceType == "vpc_endpoint" || n.InterfaceType == "gateway_load_balancer_endpoint" {
		return KeeperPrivateLink, "InterfaceType"
	}
	for _, k := range keepers {
		switch {
		case k.description.MatchString(n.Description):
			return k.keeper, "Description"
		case k.requester.MatchString(n.RequesterID):
			return k.keeper, "RequesterId"
		}
	}
	return "", ""
}
