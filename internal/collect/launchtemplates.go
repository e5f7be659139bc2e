package collect

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	autoscaling "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/buttress/buttress/internal/recording"
)

const launchTemplateVersions recording.Operation = "ec2:DescribeLaunchTemplateVersions"

// launchTemplateVersion is a version whose user data was searched.
type launchTemplateVersion struct {
	types.LaunchTemplateVersion
	LaunchTemplateData *launchTemplateData
}

type launchTemplateData struct {
	types.ResponseLaunchTemplateData
	ButtressSecrets []secret
}

// describeLaunchTemplateVersions lists the latest and the default version of
// every template, or, about one template, the versions that Auto Scaling groups
// name by number.
func describeLaunchTemplateVersions(ctx context.Context, t *task) error {
	in := &ec2.DescribeLaunchTemplateVersionsInput{Versions: []string{"$Latest", "$Default"}}
	if t.resource != "" {
		// With versions or an id of its own the list fits a page: AWS takes at most
		// 200 versions in one call.
		in.LaunchTemplateId, in.Versions = &t.resource, t.versions
	} else {
		in.MaxResults = &t.page
	}
	p := ec2.NewDescribeLaunchTemplateVersionsPaginator(t.clients.ec2, in)
	return list(ctx, t, "LaunchTemplateVersions", p, func(o *ec2.DescribeLaunchTemplateVersionsOutput) ([]launchTemplateVersion, *string) {
		versions := make([]launchTemplateVersion, len(o.LaunchTemplateVersions))
		for i, v := range o.LaunchTemplateVersions {
			t.found.template(v.LaunchTemplateName, v.LaunchTemplateId)
			versions[i] = searched(v)
		}
		return versions, o.NextToken
	}, launchTemplateVersionID)
}

func launchTemplateVersionID(v *launchTemplateVersion) *string {
	if v.LaunchTemplateId == nil || v.VersionNumber == nil {
		return nil
	}
	return new(*v.LaunchTemplateId + "/" + strconv.FormatInt(*v.VersionNumber, 10))
}

// searched is a version with its user data searched and masked.
func searched(v types.LaunchTemplateVersion) launchTemplateVersion {
	out := launchTemplateVersion{LaunchTemplateVersion: v}
	if v.LaunchTemplateData != nil {
		out.LaunchTemplateData = &launchTemplateData{ResponseLaunchTemplateData: *v.LaunchTemplateData}
		out.LaunchTemplateData.UserData, out.LaunchTemplateData.ButtressSecrets = maskUserData(v.LaunchTemplateData.UserData)
	}
	return out
}

// pin is a version of a launch template that an Auto Scaling group names. One of
// id and name can be empty.
type pin struct{ id, name, version string }

// pins are the versions that a group names.
func pins(g *autoscaling.AutoScalingGroup) []pin {
	specs := []*autoscaling.LaunchTemplateSpecification{g.LaunchTemplate}
	if m := g.MixedInstancesPolicy; m != nil && m.LaunchTemplate != nil {
		specs = append(specs, m.LaunchTemplate.LaunchTemplateSpecification)
		for _, o := range m.LaunchTemplate.Overrides {
			specs = append(specs, o.LaunchTemplateSpecification)
		}
	}
	var pins []pin
	for _, s := range specs {
		if s != nil {
			pins = append(pins, pin{aws.ToString(s.LaunchTemplateId), aws.ToString(s.LaunchTemplateName), aws.ToString(s.Version)})
		}
	}
	return pins
}

// pinnedTemplates are the launch templates of which Auto Scaling groups name
// versions by number.
func pinnedTemplates(f *found) []string { return sortedKeys(f.pinnedVersions()) }

// pinnedVersions are these versions, by the id of the template. A name of which
// the list knows no id cannot be asked about.
func (f *found) pinnedVersions() map[string][]string {
	versions := map[string][]string{}
	for _, p := range f.pins {
		id := p.id
		if id == "" {
			id = f.templates[p.name]
		}
		if _, err := strconv.ParseUint(p.version, 10, 64); err != nil || id == "" {
			continue // $Latest or $Default, which the list holds
		}
		if !slices.Contains(versions[id], p.version) {
			versions[id] = append(versions[id], p.version)
		}
	}
	for _, v := range versions {
		slices.Sort(v)
	}
	return versions
}
