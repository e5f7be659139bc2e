package snapshot

// BlockedBy is the place that says that VPC Block Public Access lets nothing in
// to a subnet, and whether it does.
func (s *Snapshot) BlockedBy(n *Subnet) (Place, bool) {
	mode, says := s.blockMode(n)
	r := Routing{Blocked: mode}
	return says, r.Closed()
}
