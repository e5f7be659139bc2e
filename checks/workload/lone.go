package workload

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// jobs are what an instance may do alone, and the words that say so in its tags.
var jobs = []struct {
	message string
	words   []string
}{
	{"is by its tags a NAT instance", checks.NATWords},
	{bastion, checks.BastionWords},
	{"is by its tags a build agent", checks.BuildWords},
}

const bastion = "is by its tags a bastion host"

// lone reports whether an instance does what one instance may do alone. One that
// forwards packets of others is a NAT instance or an appliance like it.
// https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html
func lone(i *snapshot.Instance) (message string, place checks.Evidence, ok bool) {
	if snapshot.Is(i.SourceDestCheck, false) {
		return "forwards packets of others, as a NAT instance does", checks.Field(i, "SourceDestCheck"), true
	}
	for _, job := range jobs {
		if t, ok := checks.Says(i.Tags, job.words); ok {
			return job.message, checks.Field(i, "Tags", t, "Value"), true
		}
	}
	return "", checks.Evidence{}, false
}
