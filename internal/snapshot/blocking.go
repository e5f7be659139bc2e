package snapshot

// BlockedBy is the place that says that VPC Block Public Access closes the
// internet gateways to a subnet: the subnet, where exclusions are counted in,
// else the option of its Region.
func (s *Snapshot) BlockedBy(n *Subnet) (Place, bool) {
	if s.blockMode(n) == "" {
		return Place{}, false
	}
	if n.BlockPublicAccessStates.InternetGatewayBlockMode != "" {
		return Place{n, "BlockPublicAccessStates/InternetGatewayBlockMode"}, true
	}
	options := BlockPublicAccess.In(s)
	for i := range options {
		if options[i].Scope() == n.Scope() {
			return Place{&options[i], "InternetGatewayBlockMode"}, true
		}
	}
	return Place{}, false
}
