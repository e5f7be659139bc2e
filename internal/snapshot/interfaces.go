package snapshot

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

func (n *NetworkInterface) groupIDs() []string {
	ids := make([]string, len(n.Groups))
	for i, g := range n.Groups {
		ids[i] = g.GroupID
	}
	return ids
}

// Members are the network interfaces that wear a security group.
func (s *Snapshot) Members(g *SecurityGroup) []*NetworkInterface {
	return s.indexes.groupENIs()[at(g.Scope(), g.GroupID)]
}

// InterfacesOfInstance are the network interfaces that are attached to an
// instance, by id.
func (s *Snapshot) InterfacesOfInstance(i *Instance) []*NetworkInterface {
	return s.indexes.ownENIs()[at(i.Scope(), i.InstanceID)]
}

// Addresses are the private IPv4 and the IPv6 addresses of the interface.
func (n *NetworkInterface) Addresses() []netip.Addr {
	var all []netip.Addr
	if n.PrivateIPAddress.IsValid() {
		all = append(all, n.PrivateIPAddress)
	}
	for _, a := range n.PrivateIPAddresses {
		if a.PrivateIPAddress.IsValid() && a.PrivateIPAddress != n.PrivateIPAddress {
			all = append(all, a.PrivateIPAddress)
		}
	}
	for _, a := range n.IPv6Addresses {
		if a.IPv6Address.IsValid() {
			all = append(all, a.IPv6Address)
		}
	}
	return all
}

func (s *Snapshot) interfacesByAddress() map[key]*NetworkInterface {
	m := map[key]*NetworkInterface{}
	all := NetworkInterfaces.In(s)
	for i := range all {
		for _, a := range all[i].Addresses() {
			m[at(all[i].Scope(), all[i].VPCID+" "+a.String())] = &all[i]
		}
	}
	return m
}

// InterfaceAt finds the interface that has a private address in a VPC.
func (s *Snapshot) InterfaceAt(from Scope, vpcID string, a netip.Addr) (*NetworkInterface, bool) {
	n, ok := s.indexes.addressENI()[at(from, vpcID+" "+a.String())]
	return n, ok
}

// Holder is what a network interface belongs to.
type Holder struct {
	Kind HolderKind
	// ID is the instance id, the name of the load balancer, or what else AWS
	// names of the holder. It is empty where AWS does not say, as for databases.
	ID string
}

// HolderKind is a kind of holders.
type HolderKind string

// The kinds of holders. The zero HolderKind is an interface that nothing known
// holds: it is attached to nothing, or to something of a service not listed here.
const (
	HeldByInstance            HolderKind = "instance"
	HeldByApplicationBalancer HolderKind = "application load balancer"
	HeldByNetworkBalancer     HolderKind = "network load balancer"
	HeldByGatewayBalancer     HolderKind = "gateway load balancer"
	HeldByClassicBalancer     HolderKind = "classic load balancer"
	HeldByDatabase            HolderKind = "database" // RDS, and Neptune and DocumentDB, which use its interfaces
	HeldByCache               HolderKind = "cache"
	HeldByWarehouse           HolderKind = "warehouse"
	HeldByFunction            HolderKind = "function"
	HeldByTask                HolderKind = "task"
	HeldByPod                 HolderKind = "pod"
	HeldByNATGateway          HolderKind = "NAT gateway"
	HeldByEndpoint            HolderKind = "endpoint"
	HeldByTransitGateway      HolderKind = "transit gateway"
	HeldByFileSystem          HolderKind = "file system"
)

// IsLoadBalancer reports whether the holder is a load balancer of any type.
func (k HolderKind) IsLoadBalancer() bool {
	return slices.Contains([]HolderKind{
		HeldByApplicationBalancer, HeldByNetworkBalancer, HeldByGatewayBalancer, HeldByClassicBalancer,
	}, k)
}

// holderTypes are the types of interfaces that only one service makes, spelled
// as the API's enum has them and as AWS returns them: the enum says natGateway
// where answers say nat_gateway, and lacks efs.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkInterface.html
var holderTypes = map[string]HolderKind{
	"network_load_balancer":          HeldByNetworkBalancer,
	"gateway_load_balancer":          HeldByGatewayBalancer,
	"load_balancer":                  HeldByApplicationBalancer,
	"lambda":                         HeldByFunction,
	"nat_gateway":                    HeldByNATGateway,
	"natGateway":                     HeldByNATGateway,
	"vpc_endpoint":                   HeldByEndpoint,
	"gateway_load_balancer_endpoint": HeldByEndpoint,
	"transit_gateway":                HeldByTransitGateway,
	"efs":                            HeldByFileSystem,
}

// holderDescriptions are how descriptions begin that services write for the
// interfaces they make. What follows names the holder.
// https://repost.aws/knowledge-center/vpc-find-owner-unknown-ip-addresses
var holderDescriptions = []struct {
	prefix string
	kind   HolderKind
}{
	{"ELB app/", HeldByApplicationBalancer},
	{"ELB net/", HeldByNetworkBalancer},
	{"ELB gwy/", HeldByGatewayBalancer},
	{"ELB ", HeldByClassicBalancer},
	{"RDSNetworkInterface", HeldByDatabase},
	{"RedshiftNetworkInterface", HeldByWarehouse},
	{"ElastiCache", HeldByCache},
	{"AWS Lambda VPC ENI", HeldByFunction},
	{"Interface for NAT Gateway ", HeldByNATGateway},
	{"VPC Endpoint Interface ", HeldByEndpoint},
	{"Network Interface for Transit Gateway Attachment ", HeldByTransitGateway},
	{"EFS mount target for ", HeldByFileSystem},
	{"aws-k8s-branch-eni", HeldByPod},
}

// holderRequesters are the aliases under which services ask for interfaces.
var holderRequesters = map[string]HolderKind{
	"amazon-rds":         HeldByDatabase,
	"amazon-elasticache": HeldByCache,
	"amazon-redshift":    HeldByWarehouse,
}

// Holder says what the interface belongs to. An attachment to an instance
// counts first: it is the only one that a customer can make. Then the type, which
// AWS gives, and only then what services write into the description and the
// requester. RequesterManaged decides nothing: it is false for functions.
func (n *NetworkInterface) Holder() Holder {
	if id := n.Attachment.InstanceID; id != "" {
		return Holder{HeldByInstance, id}
	}
	described, ok := n.describedHolder()
	if kind := holderTypes[n.InterfaceType]; kind != "" {
		if described.Kind != kind {
			described.ID = ""
		}
		return Holder{kind, described.ID}
	}
	if ok {
		return described
	}
	return Holder{Kind: cmp.Or(holderRequesters[n.RequesterID], holderRequesters[n.Attachment.InstanceOwnerID])}
}

func (n *NetworkInterface) describedHolder() (Holder, bool) {
	if strings.HasPrefix(n.Description, "arn:") && strings.Contains(n.Description, ":ecs:") {
		return Holder{HeldByTask, n.Description}, true
	}
	for _, d := range holderDescriptions {
		if rest, ok := strings.CutPrefix(n.Description, d.prefix); ok {
			return Holder{d.kind, holderID(d.kind, rest)}, true
		}
	}
	return Holder{}, false
}

// holderID takes the id out of what follows in a description.
func holderID(kind HolderKind, rest string) string {
	switch {
	case kind.IsLoadBalancer(): // <name>/<id>, of a classic one <name>
		name, _, _ := strings.Cut(rest, "/")
		return name
	case kind == HeldByFunction: // -<name>-<uuid>, formerly ": <uuid>"
		if name, ok := strings.CutPrefix(rest, "-"); ok && len(name) > len("-00000000-0000-0000-0000-000000000000") {
			return name[:len(name)-len("-00000000-0000-0000-0000-000000000000")]
		}
		return ""
	case kind == HeldByNATGateway, kind == HeldByEndpoint, kind == HeldByTransitGateway, kind == HeldByFileSystem:
		id, _, _ := strings.Cut(rest, " ")
		return id
	default:
		return ""
	}
}

// PublicAddresses are the public IPv4 addresses that are mapped to the
// interface: to its first private address, and to others.
func (n *NetworkInterface) PublicAddresses() []netip.Addr {
	var all []netip.Addr
	if a := n.Association.PublicIP; a.IsValid() {
		all = append(all, a)
	}
	for _, p := range n.PrivateIPAddresses {
		if a := p.Association.PublicIP; a.IsValid() && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}
