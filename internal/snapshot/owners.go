package snapshot

// foreign reports whether a resource belongs to another account than the one in
// whose recording it lies. Where either is not known it does not.
func foreign(r interface {
	Resource
	Owner() string
},
) bool {
	owner, account := r.Owner(), r.Scope().Account
	return owner != "" && account != "" && owner != account
}

// Foreign reports whether another account owns the VPC and shares subnets of it.
func (v *VPC) Foreign() bool { return foreign(v) }

// Foreign reports whether another account owns the subnet and shares it.
func (s *Subnet) Foreign() bool { return foreign(s) }

// Foreign reports whether the table is that of a subnet which another account
// shares.
func (t *RouteTable) Foreign() bool { return foreign(t) }

// Foreign reports whether another account owns the gateway.
func (g *InternetGateway) Foreign() bool { return foreign(g) }

// Foreign reports whether another account owns the group, and shares it or the
// VPC that it is in.
func (g *SecurityGroup) Foreign() bool { return foreign(g) }

// Foreign reports whether another account owns the interface, in a subnet that
// this one shares.
func (n *NetworkInterface) Foreign() bool { return foreign(n) }

// Foreign reports whether the network ACL is that of a VPC of which another
// account shares subnets.
func (a *NetworkACL) Foreign() bool { return foreign(a) }
