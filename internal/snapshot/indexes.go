package snapshot

import (
	"strconv"
	"sync"
)

func itoa(n int) string { return strconv.Itoa(n) }

// indexes join the kinds. Each is built when somebody first asks for it.
type indexes struct {
	subnetTable  func() map[key]*RouteTable   // by subnet
	mainTable    func() map[key]*RouteTable   // by VPC
	gatewayTable func() map[key][]*RouteTable // edge tables, by internet gateway
	vpcSubnets   func() map[key][]*Subnet
	vpcENIs      func() map[key][]*NetworkInterface
	subnetENIs   func() map[key][]*NetworkInterface
	groupENIs    func() map[key][]*NetworkInterface // by security group
	addressENI   func() map[key]*NetworkInterface   // by VPC and private address
	zones        func() map[key]*AvailabilityZone   // by name and by id

	wearers        wearers // of security groups
	neighbourhoods *neighbourhoods
}

// at is the key of something that EC2 gives an id which is unique everywhere.
func at(scope Scope, id string) key { return key{"", scope.Region, id} }

func newIndexes(s *Snapshot) indexes {
	return indexes{
		subnetTable:  sync.OnceValue(func() map[key]*RouteTable { return s.tablesBy(subnetOf) }),
		mainTable:    sync.OnceValue(func() map[key]*RouteTable { return s.tablesBy(mainOf) }),
		gatewayTable: sync.OnceValue(s.edgeTables),
		vpcSubnets: sync.OnceValue(func() map[key][]*Subnet {
			return group(Subnets.In(s), func(n *Subnet) []string { return []string{n.VPCID} })
		}),
		vpcENIs: sync.OnceValue(func() map[key][]*NetworkInterface {
			return group(NetworkInterfaces.In(s), func(n *NetworkInterface) []string { return []string{n.VPCID} })
		}),
		subnetENIs: sync.OnceValue(func() map[key][]*NetworkInterface {
			return group(NetworkInterfaces.In(s), func(n *NetworkInterface) []string { return []string{n.SubnetID} })
		}),
		groupENIs: sync.OnceValue(func() map[key][]*NetworkInterface {
			return group(NetworkInterfaces.In(s), (*NetworkInterface).groupIDs)
		}),
		addressENI: sync.OnceValue(s.interfacesByAddress),
		zones:      sync.OnceValue(s.zonesByName),
		wearers:    newWearers(s),

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
	if m := s.indexes.vpcENIs()[at(from, vpcOrSubnetID)]; m != nil {
		return m
	}
	return s.indexes.subnetENIs()[at(from, vpcOrSubnetID)]
}
