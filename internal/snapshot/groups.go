package snapshot

import (
	"slices"
	"strconv"
	"strings"
)

// groupIndexes join what belongs to Auto Scaling groups. Their names are unique
// in one account and Region only.
type groupIndexes struct {
	templates func() map[key][]*LaunchTemplateVersion // by id, and by "name/" and name
	policies  func() map[key][]*ScalingPolicy         // by group
	schedules func() map[key][]*ScheduledAction       // by group
	named     func() map[key]*SecurityGroup           // by VPC and name
}

func (s *Snapshot) templatesByName() map[key][]*LaunchTemplateVersion {
	m := map[key][]*LaunchTemplateVersion{}
	versions := LaunchTemplateVersions.In(s)
	for i := range versions {
		v := &versions[i]
		for _, k := range []key{at(v.Scope(), v.LaunchTemplateID), named(v.Scope(), "name/"+v.LaunchTemplateName)} {
			m[k] = append(m[k], v)
		}
	}
	return m
}

func (s *Snapshot) policiesByGroup() map[key][]*ScalingPolicy {
	m := map[key][]*ScalingPolicy{}
	policies := ScalingPolicies.In(s)
	for i := range policies {
		k := named(policies[i].Scope(), policies[i].AutoScalingGroupName)
		m[k] = append(m[k], &policies[i])
	}
	return m
}

func (s *Snapshot) schedulesByGroup() map[key][]*ScheduledAction {
	m := map[key][]*ScheduledAction{}
	actions := ScheduledActions.In(s)
	for i := range actions {
		k := named(actions[i].Scope(), actions[i].AutoScalingGroupName)
		m[k] = append(m[k], &actions[i])
	}
	return m
}

// named is the key of something that is known by its name.
func named(scope Scope, name string) key { return key{scope.Account, scope.Region, name} }

// TemplateVersion returns the version of a launch template that is in use: a
// number stands for itself, $Latest for the highest, and $Default or nothing for
// the one that the template marks. Without an answer that could hold the version
// it returns the gap; nothing at all means that the template or the version is
// gone.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplateSpecification.html
func (s *Snapshot) TemplateVersion(from Scope, spec *LaunchTemplateSpecification) (*LaunchTemplateVersion, *Gap) {
	k := at(from, spec.LaunchTemplateID)
	if spec.LaunchTemplateID == "" {
		k = named(from, "name/"+spec.LaunchTemplateName)
	}
	recorded := s.indexes.groups.templates()[k]
	number, err := strconv.ParseInt(spec.Version, 10, 64)
	pinned := err == nil
	var found *LaunchTemplateVersion
	for _, v := range recorded {
		switch {
		case pinned:
			if v.VersionNumber == number {
				return v, nil
			}
		case spec.Version == "$Latest":
			if found == nil || v.VersionNumber > found.VersionNumber {
				found = v
			}
		case spec.Version == "$Default", spec.Version == "":
			if v.DefaultVersion {
				found = v
			}
		}
	}
	return found, s.templateGap(from, spec, recorded, pinned)
}

// templateGap is the call that is missing where a version was not found. The
// list of a Region holds the latest and the default version of each template,
// and a call about one template the others.
func (s *Snapshot) templateGap(from Scope, spec *LaunchTemplateSpecification, recorded []*LaunchTemplateVersion, pinned bool) *Gap {
	if !pinned {
		return s.Gap(LaunchTemplateVersions, from)
	}
	id := spec.LaunchTemplateID
	if id == "" && len(recorded) > 0 {
		id = recorded[0].LaunchTemplateID
	}
	if id == "" {
		return s.Gap(LaunchTemplateVersions, from)
	}
	return s.ResourceGap(LaunchTemplateVersions, from, id)
}

// Set reports whether the specification names a template.
func (l *LaunchTemplateSpecification) Set() bool {
	return l.LaunchTemplateID != "" || l.LaunchTemplateName != ""
}

// Template is a launch template that a group uses, and where the group says so.
type Template struct {
	Specification *LaunchTemplateSpecification
	Field         string // "MixedInstancesPolicy/LaunchTemplate/LaunchTemplateSpecification"
}

// Named is the place of the id of the template, or of its name.
func (t *Template) Named(g *AutoScalingGroup) Place {
	if t.Specification.LaunchTemplateID != "" {
		return Place{g, t.Field + "/LaunchTemplateId"}
	}
	return Place{g, t.Field + "/LaunchTemplateName"}
}

// Templates are the launch templates that the group uses: its own, or that of a
// mixed instances policy and those of the overrides that have their own.
func (g *AutoScalingGroup) Templates() []Template {
	if g.LaunchTemplate.Set() {
		return []Template{{&g.LaunchTemplate, "LaunchTemplate"}}
	}
	var all []Template
	policy := &g.MixedInstancesPolicy.LaunchTemplate
	if policy.LaunchTemplateSpecification.Set() {
		all = append(all, Template{&policy.LaunchTemplateSpecification, "MixedInstancesPolicy/LaunchTemplate/LaunchTemplateSpecification"})
	}
	for i := range policy.Overrides {
		if o := &policy.Overrides[i]; o.LaunchTemplateSpecification.Set() {
			all = append(all, Template{
				&o.LaunchTemplateSpecification,
				"MixedInstancesPolicy/LaunchTemplate/Overrides/" + itoa(i) + "/LaunchTemplateSpecification",
			})
		}
	}
	return all
}

// SubnetIDs are the subnets that the group launches instances in. There are none
// where it names zones alone.
func (g *AutoScalingGroup) SubnetIDs() []string {
	var ids []string
	for id := range strings.SplitSeq(g.VPCZoneIdentifier, ",") {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// Attached is the first thing that sends traffic to the group: a target group, a
// Classic Load Balancer or another traffic source. TrafficSources repeats the
// other two, in answers that are recent enough.
func (g *AutoScalingGroup) Attached() (Place, bool) {
	switch {
	case len(g.TargetGroupARNs) > 0:
		return Place{g, "TargetGroupARNs/0"}, true
	case len(g.LoadBalancerNames) > 0:
		return Place{g, "LoadBalancerNames/0"}, true
	case len(g.TrafficSources) > 0:
		return Place{g, "TrafficSources/0/Identifier"}, true
	default:
		return Place{}, false
	}
}

// Spread says in which zones an Auto Scaling group launches instances.
type Spread struct {
	Zones   []string // ids of distinct Availability Zones
	Others  []string // ids of distinct Local Zones and Wavelength Zones
	Unsure  []string // ids of zones of which nobody knows what they are
	Missing []string // subnets that are not recorded
	// Decisive are the subnets' zones, or the zones that the group names.
	Decisive []Place
}

// SpreadOf says where a group may launch instances: in the zones of its subnets,
// and only where it names none in the zones that it names.
func (s *Snapshot) SpreadOf(g *AutoScalingGroup) Spread {
	var sp Spread
	ids := g.SubnetIDs()
	for _, id := range ids {
		n, ok := s.Subnet(g.Scope(), id)
		if !ok {
			sp.Missing = append(sp.Missing, id)
			continue
		}
		sp.Decisive = append(sp.Decisive, ZonePlace(n))
		sp.add(s, n.Scope(), n.AvailabilityZone, s.ZoneOf(n))
	}
	if len(ids) > 0 {
		return sp
	}
	for i, name := range g.AvailabilityZones {
		sp.Decisive = append(sp.Decisive, Place{g, "AvailabilityZones/" + itoa(i)})
		sp.add(s, g.Scope(), name, s.ZoneNamed(g.Scope(), name))
	}
	return sp
}

// add puts a zone where it belongs. A type that nobody knows is neither an
// Availability Zone nor surely none.
func (sp *Spread) add(s *Snapshot, from Scope, name string, z Zone) {
	list := &sp.Unsure
	switch z.Type {
	case TypeAvailabilityZone:
		list = &sp.Zones
	case TypeLocalZone, TypeWavelengthZone:
		list = &sp.Others
	}
	if !slices.Contains(*list, z.ID) {
		*list = append(*list, z.ID)
	}
	if row, ok := s.indexes.zones()[named(from, name)]; ok && !z.Counts() && row.ZoneType != "" {
		sp.Decisive = append(sp.Decisive, Place{row, "ZoneType"})
	}
}

// Serves reports whether the group counts the instance as capacity: others are
// pending, leaving, on standby, or warm.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
func (i *AutoScalingInstance) Serves() bool {
	return i.LifecycleState == "InService" && strings.EqualFold(i.HealthStatus, "Healthy")
}

// RunningZonesOf are the ids of the distinct zones in which healthy instances of
// a group are in service, whatever zones it may launch in.
func (s *Snapshot) RunningZonesOf(g *AutoScalingGroup) []string {
	var zones []string
	seen := map[string]bool{}
	for i := range g.Instances {
		if !g.Instances[i].Serves() {
			continue
		}
		z := s.ZoneNamed(g.Scope(), g.Instances[i].AvailabilityZone)
		if z.ID != "" && !seen[z.ID] {
			seen[z.ID] = true
			zones = append(zones, z.ID)
		}
	}
	return zones
}

// TagGroupName is the key of the tag that EC2 Auto Scaling gives to instances.
// Nobody else can set it.
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html
const TagGroupName = "aws:autoscaling:groupName"

// GroupOf returns the Auto Scaling group that owns an instance, and the place
// that says so: the group lists it, or the instance carries the tag of the
// group, as those of a warm pool do, which no group lists. Where a tag names a
// group that is not recorded there is a place and no group.
func (s *Snapshot) GroupOf(i *Instance) (*AutoScalingGroup, Place, bool) {
	if m, ok := s.MembershipOf(i.Scope(), i.InstanceID); ok {
		return m.Group, Place{m.Group, "Instances/" + itoa(m.Index) + "/InstanceId"}, true
	}
	for t := range i.Tags {
		if i.Tags[t].Key == TagGroupName {
			g, _ := AutoScalingGroups.find(s, i.Scope(), i.Tags[t].Value)
			return g, Place{i, "Tags/" + itoa(t) + "/Value"}, true
		}
	}
	return nil, Place{}, false
}

// PoliciesOf are the scaling policies of a group, by name.
func (s *Snapshot) PoliciesOf(g *AutoScalingGroup) []*ScalingPolicy {
	return s.indexes.groups.policies()[named(g.Scope(), g.AutoScalingGroupName)]
}

// ScheduleOf are the scheduled actions of a group, by name.
func (s *Snapshot) ScheduleOf(g *AutoScalingGroup) []*ScheduledAction {
	return s.indexes.groups.schedules()[named(g.Scope(), g.AutoScalingGroupName)]
}
