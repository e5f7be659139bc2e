package snapshot

import (
	"cmp"
	"slices"
	"sync"
)

// networkIndexes say what stands in a VPC or a subnet, or follows a table.
type networkIndexes struct {
	vpcGateways     func() map[key][]*InternetGateway
	vpcBalancers    func() map[key][]*LoadBalancer
	subnetBalancers func() map[key][]*LoadBalancer
	subnetNATs      func() map[key][]*NATGateway
	vpcNATs         func() map[key][]*NATGateway
	tableSubnets    func() map[*RouteTable][]*Subnet
}

func newNetworkIndexes(s *Snapshot) networkIndexes {
	return networkIndexes{
		vpcGateways: sync.OnceValue(func() map[key][]*InternetGateway {
			return group(InternetGateways.In(s), func(g *InternetGateway) []string {
				if g.Attachments == nil {
					return []string{unsaid}
				}
				var ids []string
				for i := range g.Attachments {
					ids = append(ids, cmp.Or(g.Attachments[i].VPCID, unsaid))
				}
				return ids
			})
		}),
		vpcBalancers: sync.OnceValue(func() map[key][]*LoadBalancer {
			return groupBy(LoadBalancers.In(s), func(l *LoadBalancer) string { return l.VPCID })
		}),
		subnetBalancers: sync.OnceValue(func() map[key][]*LoadBalancer {
			return group(LoadBalancers.In(s), func(l *LoadBalancer) []string {
				ids := make([]string, len(l.AvailabilityZones))
				for i := range l.AvailabilityZones {
					ids[i] = l.AvailabilityZones[i].SubnetID
				}
				return ids
			})
		}),
		subnetNATs: sync.OnceValue(func() map[key][]*NATGateway {
			return groupBy(NATGateways.In(s), func(g *NATGateway) string { return g.SubnetID })
		}),
		vpcNATs: sync.OnceValue(func() map[key][]*NATGateway {
			return groupBy(NATGateways.In(s), func(g *NATGateway) string { return g.VPCID })
		}),
		tableSubnets: sync.OnceValue(s.subnetsByTable),
	}
}

func (s *Snapshot) subnetsByTable() map[*RouteTable][]*Subnet {
	m := map[*RouteTable][]*Subnet{}
	subnets := Subnets.In(s)
	for i := range subnets {
		if t, ok := s.RouteTableOf(&subnets[i]); ok {
			m[t] = append(m[t], &subnets[i])
		}
	}
	return m
}

// unsaid stands for the VPC of a gateway that does not say to which it is attached.
const unsaid = "*"

// GatewaysOf are the internet gateways with an attachment to a VPC, in whatever
// state, by id, and after them those that do not say to what they are attached.
func (s *Snapshot) GatewaysOf(v *VPC) []*InternetGateway {
	m := s.indexes.network.vpcGateways()
	return slices.Concat(m[at(v.Scope(), v.VPCID)], m[at(v.Scope(), unsaid)])
}

// LoadBalancersIn are the load balancers with an address in a VPC or a subnet,
// by name. Those of other accounts in shared subnets are among them.
func (s *Snapshot) LoadBalancersIn(from Scope, vpcOrSubnetID string) []*LoadBalancer {
	return inEither(s.indexes.network.vpcBalancers, s.indexes.network.subnetBalancers, from, vpcOrSubnetID)
}

// NATGatewaysIn are the NAT gateways of a VPC, or the zonal ones in a subnet, in
// whatever state, by id.
func (s *Snapshot) NATGatewaysIn(from Scope, vpcOrSubnetID string) []*NATGateway {
	return inEither(s.indexes.network.vpcNATs, s.indexes.network.subnetNATs, from, vpcOrSubnetID)
}

// Gone reports whether the gateway carries nothing any more. AWS lists it for
// about an hour after that.
// https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
func (g *NATGateway) Gone() bool {
	return g.State == "failed" || g.State == "deleting" || g.State == "deleted"
}

// Usable reports whether things can run in the subnet, and whether its state says
// so or the contrary.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html
func (s *Subnet) Usable() (usable, known bool) {
	switch s.State {
	case "available":
		return true, true
	case "pending", "unavailable", "failed", "failed-insufficient-capacity":
		return false, true
	default:
		return false, false
	}
}

// SubnetsBy are the subnets that follow a route table, of their own or as the
// main table, by id.
func (s *Snapshot) SubnetsBy(t *RouteTable) []*Subnet { return s.indexes.network.tableSubnets()[t] }

// Association is what makes a subnet follow its route table: an association of
// its own, or that of the main table. It is zero where no table was recorded.
func (s *Snapshot) Association(n *Subnet) Place { return s.indexes.links()[n].follows }

// EdgeAssociation returns the index of the association, if any, that makes the
// table one of ingress routing: for what comes in through a gateway.
func (t *RouteTable) EdgeAssociation() (int, bool) {
	i := slices.IndexFunc(t.Associations, func(a RouteTableAssociation) bool { return a.GatewayID != "" && a.state() != gone })
	return i, i >= 0
}
