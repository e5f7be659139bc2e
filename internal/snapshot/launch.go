package snapshot

import "strings"

// Worn is a security group that new instances of a group wear, and the place
// that says so.
type Worn struct {
	Group *SecurityGroup
	Place Place
}

// Unresolved is a reference that leads to nothing that is recorded, and the gap
// that is to blame, if one is.
type Unresolved struct {
	Place Place
	Gap   *Gap
}

// SecurityGroupsOf are the security groups that new instances of a group wear:
// those of its launch configuration, or of the versions in use of its launch
// templates, and where these name none the default group of the VPC.
func (s *Snapshot) SecurityGroupsOf(g *AutoScalingGroup) ([]Worn, *Unresolved) {
	if g.LaunchConfigurationName != "" {
		c, ok := LaunchConfigurations.find(s, g.Scope(), g.LaunchConfigurationName)
		if !ok {
			return nil, &Unresolved{Place: Place{g, "LaunchConfigurationName"}}
		}
		return s.wear(g, nil, listed(c, "SecurityGroups", c.SecurityGroups))
	}
	templates := g.Templates()
	if len(templates) == 0 {
		return nil, &Unresolved{Place: Place{g, "LaunchConfigurationName"}}
	}
	var worn []Worn
	for _, t := range templates {
		v, gap := s.TemplateVersion(g.Scope(), t.Specification)
		if v == nil {
			return nil, &Unresolved{t.Named(g), gap}
		}
		var unresolved *Unresolved
		if worn, unresolved = s.wear(g, worn, v.securityGroups()); unresolved != nil {
			return nil, unresolved
		}
	}
	return worn, nil
}

// reference names a security group by id or by name.
type reference struct {
	to    string
	place Place
}

func listed(r Resource, field string, ids []string) []reference {
	all := make([]reference, len(ids))
	for i, id := range ids {
		all[i] = reference{id, Place{r, field + "/" + itoa(i)}}
	}
	return all
}

// securityGroups are the groups that the version names, for the instance or for
// its interfaces.
func (v *LaunchTemplateVersion) securityGroups() []reference {
	d := &v.LaunchTemplateData
	all := listed(v, "LaunchTemplateData/SecurityGroupIds", d.SecurityGroupIDs)
	all = append(all, listed(v, "LaunchTemplateData/SecurityGroups", d.SecurityGroups)...)
	for i := range d.NetworkInterfaces {
		all = append(all, listed(v, "LaunchTemplateData/NetworkInterfaces/"+itoa(i)+"/Groups", d.NetworkInterfaces[i].Groups)...)
	}
	return all
}

// wear adds the groups that references lead to. Without references it adds the
// default group. https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
func (s *Snapshot) wear(g *AutoScalingGroup, worn []Worn, references []reference) ([]Worn, *Unresolved) {
	vpc := s.VPCOf(g)
	for _, r := range references {
		group, ok := s.SecurityGroup(g.Scope(), r.to)
		if !strings.HasPrefix(r.to, "sg-") {
			group, ok = s.securityGroupNamed(g.Scope(), vpc, r.to)
		}
		if !ok {
			return nil, &Unresolved{Place: r.place}
		}
		worn = append(worn, Worn{group, r.place})
	}
	if len(references) > 0 {
		return worn, nil
	}
	group, ok := s.securityGroupNamed(g.Scope(), vpc, "default")
	if !ok {
		return nil, &Unresolved{Place: Place{g, "VPCZoneIdentifier"}}
	}
	return append(worn, Worn{group, Place{group, "GroupName"}}), nil
}

// VPCOf is the VPC of the subnets of a group, or nothing where none of them is
// recorded. All subnets of a group are of one VPC.
func (s *Snapshot) VPCOf(g *AutoScalingGroup) string {
	for _, id := range g.SubnetIDs() {
		if n, ok := s.Subnet(g.Scope(), id); ok {
			return n.VPCID
		}
	}
	return ""
}

func (s *Snapshot) securityGroupNamed(from Scope, vpcID, name string) (*SecurityGroup, bool) {
	if vpcID == "" {
		return nil, false
	}
	g, ok := s.indexes.groups.named()[named(from, vpcID+"/"+name)]
	return g, ok
}

func (s *Snapshot) securityGroupsByName() map[key]*SecurityGroup {
	m := map[key]*SecurityGroup{}
	groups := SecurityGroups.In(s)
	for i := range groups {
		m[named(groups[i].Scope(), groups[i].VPCID+"/"+groups[i].GroupName)] = &groups[i]
	}
	return m
}
