// Package snapshot is the typed, immutable model of what was recorded of an
// account: resources with AWS's own names, indexes over them, and the semantics
// of AWS that several rules need.
package snapshot

import (
	"strconv"

	"github.com/buttress/buttress/internal/recording"
)

// Scope is one Region of one account: where a list is asked for.
type Scope struct{ Account, Region string }

// Resource is what can be judged, and named as evidence.
type Resource interface {
	// ResourceType is the CloudFormation type ("AWS::EC2::Subnet").
	ResourceType() string
	// ID is the id that people use: an instance id, the name of a load balancer.
	ID() string
	// ARN is the full ARN, built where AWS returns none.
	ARN() string
	// Name is the value of the Name tag. It is empty where there is none and
	// where the ID is a name already.
	Name() string
	// Scope is where the resource is recorded.
	Scope() Scope
	// Source is where a field of the resource stands in the recording, such as
	// "eu-west-1/ec2-describe-subnets.json#/Subnets/0/VpcId".
	Source(field string) string
	// Line is the line of that file on which the resource begins, from 1 on.
	Line() int
}

// file is what all resources of one recorded body share.
type file struct {
	scope     Scope
	partition string
	path      string // in the recording
	list      string // pointer to the list: "/Subnets"
	nested    string // name of the list in an entry, or empty: "Instances"
	resource  string // which the call was about, or empty
	typ       string
	operation recording.Operation
	start     int64 // where the text of the body begins in the file
	account   *recording.Account
	last      *lastRead
}

// Origin says where a resource stands in the recording. Every resource embeds
// it; Region, ARN and evidence follow from it.
type Origin struct {
	file  *file
	index int32
	inner int32 // in the nested list
	// offset is where the entry stands in the body, behind what separates it from
	// the one before.
	offset int64
	line   int32
}

// ResourceType implements Resource.
func (o *Origin) ResourceType() string { return o.file.typ }

// Scope implements Resource.
func (o *Origin) Scope() Scope { return o.file.scope }

// Region is the Region that the resource is in.
func (o *Origin) Region() string { return o.file.scope.Region }

// Account is the account whose recording the resource is in. Where it may
// belong to another one, the resource has an OwnerID.
func (o *Origin) Account() string { return o.file.scope.Account }

// Name implements Resource for what has no Name tag.
func (*Origin) Name() string { return "" }

// Source implements Resource.
func (o *Origin) Source(field string) string {
	p := o.file.path + "#" + o.file.list
	if o.index >= 0 {
		p += "/" + strconv.Itoa(int(o.index))
	}
	if o.file.nested != "" {
		p += "/" + o.file.nested + "/" + strconv.Itoa(int(o.inner))
	}
	if field == "" {
		return p
	}
	return p + "/" + field
}

// Line implements Resource.
func (o *Origin) Line() int { return int(o.line) }

// arn builds an ARN of this partition.
func (o *Origin) arn(service, account, resource string) string {
	if account == "" {
		account = o.file.scope.Account
	}
	return "arn:" + o.file.partition + ":" + service + ":" + o.file.scope.Region + ":" + account + ":" + resource
}

func (o *Origin) origin() *Origin { return o }

// Place is a field of a resource: where a fact stands. Field is a JSON pointer
// below the resource without the first slash: "Routes/1/GatewayId".
type Place struct {
	Resource Resource
	Field    string
}

// Gap is a call that has no answer.
type Gap = recording.Gap
