package topology

// ARNs are those of all resources that the topology names. Nil names none.
func (t *Topology) ARNs() map[string]bool {
	all := map[string]bool{}
	if t == nil {
		return all
	}
	for i := range t.Regions {
		r := &t.Regions[i]
		for j := range r.Unplaced {
			all[r.Unplaced[j].ARN] = true
		}
		for j := range r.VPCs {
			r.VPCs[j].addARNs(all)
		}
	}
	delete(all, "")
	return all
}

func (v *VPC) addARNs(all map[string]bool) {
	items := func(list []Item) {
		for i := range list {
			all[list[i].ARN] = true
		}
	}
	all[v.ARN] = true
	items(v.Gateways)
	for i := range v.Subnets {
		all[v.Subnets[i].ARN] = true
		items(v.Subnets[i].Items)
	}
	for i := range v.LoadBalancers {
		all[v.LoadBalancers[i].ARN] = true
	}
	for i := range v.Groups {
		all[v.Groups[i].ARN] = true
		for j := range v.Groups[i].Parts {
			items(v.Groups[i].Parts[j].Items)
		}
	}
	for i := range v.Databases {
		all[v.Databases[i].ARN] = true
		for j := range v.Databases[i].Nodes {
			all[v.Databases[i].Nodes[j].ARN] = true
		}
	}
}
