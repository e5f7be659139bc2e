package snapshot

import (
	"strconv"
	"strings"
	"sync"
)

func itoa(n int) string { return strconv.Itoa(n) }

// indexes join the kinds. Each is built when somebody first asks for it.
type indexes struct {
	network    networkIndexes
	edgeTables func() map[key][]*RouteTable // of internet gateways, by VPC
	routings   func() map[*RouteTable]*tableRouting
	links      func() map[*Subnet]subnetLink
	blocking   func() map[Scope]*BlockPublicAccessOptions
	vpcSubnets func() map[key][]*Subnet
	vpcBlocks  func() *blockIndex
	vpcENIs    func() map[key][]*NetworkInterface
	subnetENIs func() map[key][]*NetworkInterface
	subnetACLs func() map[key][]*NetworkACL
	groupENIs  func() map[key][]*NetworkInterface // by security group
	addressENI func() map[key]*NetworkInterface   // by VPC and private address
	ownENIs    func() map[key][]*NetworkInterface // by instance
	zones      func() map[key]*AvailabilityZone   // by name and by id
	databases  databaseIndexes
	groups     groupIndexes

	registrations  func() registrations
	targets        targetIndexes
	wearers        wearers // of security groups
	neighbourhoods *neighbourhoods
}

// at is the key of something that EC2 gives an id which is unique everywhere.
func at(scope Scope, id string) key { return key{"", scope.Region, id} }

func newIndexes(s *Snapshot) indexes {
	return indexes{
		network:    newNetworkIndexes(s),
		edgeTables: sync.OnceValue(s.edgeTables),
		routings:   sync.OnceValue(s.tableRoutings),
		links:      sync.OnceValue(s.subnetLinks),
		blocking:   sync.OnceValue(s.blocking),
		vpcBlocks:  sync.OnceValue(s.blocksOfVPCs),
		vpcSubnets: sync.OnceValue(func() map[key][]*Subnet {
			return groupBy(Subnets.In(s), func(n *Subnet) string { return n.VPCID })
		}),
		vpcENIs: sync.OnceValue(func() map[key][]*NetworkInterface {
			return groupBy(NetworkInterfaces.In(s), func(n *NetworkInterface) string { return n.VPCID })
		}),
		subnetENIs: sync.OnceValue(func() map[key][]*NetworkInterface {
			return groupBy(NetworkInterfaces.In(s), func(n *NetworkInterface) string { return n.SubnetID })
		}),
		subnetACLs: sync.OnceValue(func() map[key][]*NetworkACL {
			return group(NetworkACLs.In(s), (*NetworkACL).subnetIDs)
		}),
		groupENIs: sync.OnceValue(func() map[key][]*NetworkInterface {
			return group(NetworkInterfaces.In(s), (*NetworkInterface).groupIDs)
		}),
		addressENI: sync.OnceValue(s.interfacesByAddress),
		ownENIs: sync.OnceValue(func() map[key][]*NetworkInterface {
			return groupBy(NetworkInterfaces.In(s), func(n *NetworkInterface) string { return n.Attachment.InstanceID })
		}),
		zones:     sync.OnceValue(s.zonesByName),
		databases: newDatabaseIndexes(s),
		groups: groupIndexes{
			templates: sync.OnceValue(s.templatesByName),
			policies:  sync.OnceValue(s.policiesByGroup),
			schedules: sync.OnceValue(s.schedulesByGroup),
			named:     sync.OnceValue(s.securityGroupsByName),
		},
		registrations: sync.OnceValue(s.allRegistrations),
		targets:       newTargetIndexes(s),
		wearers:       newWearers(s),

		neighbourhoods: &neighbourhoods{known: map[neighbourhood]*Neighbours{}, addresses: map[key][]addressed{}},
	}
}

// group collects pointers to rows under the ids that they name.
func group[T any, P interface {
	*T
	entry
}](rows []T, ids func(*T) []string) map[key][]*T {
	m := map[key][]*T{}
	for i := range rows {
		scope := P(&rows[i]).Scope()
		for _, id := range ids(&rows[i]) {
			at := at(scope, id)
			if all := m[at]; id != "" && (len(all) == 0 || all[len(all)-1] != &rows[i]) { // an id may be named twice
				m[at] = append(all, &rows[i])
			}
		}
	}
	return m
}

// groupBy is group for what names one id.
func groupBy[T any, P interface {
	*T
	entry
}](rows []T, id func(*T) string) map[key][]*T {
	m := map[key][]*T{}
	for i := range rows {
		if of := id(&rows[i]); of != "" {
			k := at(P(&rows[i]).Scope(), of)
			m[k] = append(m[k], &rows[i])
		}
	}
	return m
}

// VPC finds a VPC by its id, as seen from a scope.
func (s *Snapshot) VPC(from Scope, id string) (*VPC, bool) { return VPCs.find(s, from, id) }

// Subnet finds a subnet by its id, as seen from a scope.
func (s *Snapshot) Subnet(from Scope, id string) (*Subnet, bool) { return Subnets.find(s, from, id) }

// SecurityGroup finds a security group by its id, as seen from a scope.
func (s *Snapshot) SecurityGroup(from Scope, id string) (*SecurityGroup, bool) {
	return SecurityGroups.find(s, from, id)
}

// InternetGateway finds an internet gateway by its id, as seen from a scope.
func (s *Snapshot) InternetGateway(from Scope, id string) (*InternetGateway, bool) {
	return InternetGateways.find(s, from, id)
}

// TransitGateway finds a transit gateway by its id, as seen from a scope.
func (s *Snapshot) TransitGateway(from Scope, id string) (*TransitGateway, bool) {
	return TransitGateways.find(s, from, id)
}

// VPCPeeringConnection finds a peering connection by its id, as seen from a scope.
func (s *Snapshot) VPCPeeringConnection(from Scope, id string) (*VPCPeeringConnection, bool) {
	return VPCPeeringConnections.find(s, from, id)
}

// NATGateway finds a NAT gateway by its id, as seen from a scope.
func (s *Snapshot) NATGateway(from Scope, id string) (*NATGateway, bool) {
	return NATGateways.find(s, from, id)
}

// Instance finds an instance by its id, as seen from a scope.
func (s *Snapshot) Instance(from Scope, id string) (*Instance, bool) {
	return Instances.find(s, from, id)
}

// SubnetsOf are the subnets of a VPC, by id.
func (s *Snapshot) SubnetsOf(v *VPC) []*Subnet { return s.indexes.vpcSubnets()[at(v.Scope(), v.VPCID)] }

// InterfacesIn are the network interfaces in a VPC or a subnet.
func (s *Snapshot) InterfacesIn(from Scope, vpcOrSubnetID string) []*NetworkInterface {
	return inEither(s.indexes.vpcENIs, s.indexes.subnetENIs, from, vpcOrSubnetID)
}

// inEither looks an id up among the subnets, or among the VPCs.
func inEither[T any](vpcs, subnets func() map[key][]*T, from Scope, id string) []*T {
	if strings.HasPrefix(id, "vpc-") {
		return vpcs()[at(from, id)]
	}
	if m := subnets()[at(from, id)]; m != nil || strings.HasPrefix(id, "subnet-") {
		return m
	}
	return vpcs()[at(from, id)]
}
