package snapshot

// Foreign reports whether the group belongs to another account than the one
// whose recording it is in: that of a VPC which is shared.
func (g *SecurityGroup) Foreign() bool {
	return g.OwnerID != "" && g.Account() != "" && g.OwnerID != g.Account()
}
