package snapshot

// BlockedBy is the place that says that VPC Block Public Access lets nothing in
// to a subnet, and whether it does.
func (s *Snapshot) BlockedBy(n *Subnet) (Place, bool) {
	r := Routing{Blocked: s.blockMode(n)}
	if !r.Closed() {
		return Place{}, false
	}
	return s.BlockPlace(n), true
}

// BlockPlace is the field that says how Block Public Access treats a subnet: that
// of the subnet, where exclusions are counted in, else the option of its Region.
func (s *Snapshot) BlockPlace(n *Subnet) Place {
	if n.BlockPublicAccessStates.InternetGatewayBlockMode == "" {
		options := BlockPublicAccess.In(s)
		for i := range options {
			if options[i].Scope() == n.Scope() {
				return Place{&options[i], "InternetGatewayBlockMode"}
			}
		}
	}
	return Place{n, "BlockPublicAccessStates/InternetGatewayBlockMode"}
}
