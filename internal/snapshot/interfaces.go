package snapshot

import "net/netip"

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
