package vpc

import (
	"strconv"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// unjudged is the verdict on a network ACL of another account, of one that
// decides for no subnet, and of one that does not say what it does. Others have
// none.
func unjudged(a *snapshot.NetworkACL) (checks.Verdict, bool) {
	switch {
	case a.Foreign():
		return checks.NotApplicable("belongs to another account", field(a, "OwnerId")), true
	case a.Associations == nil:
		return checks.Unknown("does not say for which subnets it decides", field(a, "Associations")), true
	case len(a.Associations) == 0:
		return checks.NotApplicable("decides for no subnet", field(a, "Associations")), true
	case len(a.Entries) == 0: // every network ACL has rules that deny what no other rule admits
		return checks.Unknown("lists no rules", field(a, "Entries")), true
	}
	var unclear []checks.Evidence
	for i := range a.Entries {
		if e := &a.Entries[i]; !e.KnowsWhat() {
			unclear = append(unclear, entryField(a, i, "RuleAction"), entryField(a, i, "Protocol"), entryField(a, i, e.BlockField()))
			if _, directed := e.Egress.Value(); !directed {
				unclear = append(unclear, entryField(a, i, "Egress"))
			}
		}
	}
	if unclear != nil {
		return checks.Unknown("has rules that do not say what they admit or deny", unclear...), true
	}
	return checks.Verdict{}, false
}

// entryField is a field of a rule of a network ACL as evidence.
func entryField(a *snapshot.NetworkACL, i int, name string) checks.Evidence {
	return checks.Evidence{Resource: a, Field: a.Field(i) + "/" + name}
}

// entry is what a rule of a network ACL says.
func entry(a *snapshot.NetworkACL, i int) []checks.Evidence {
	e := &a.Entries[i]
	says := []checks.Evidence{entryField(a, i, "RuleAction"), entryField(a, i, "Protocol")}
	if _, limited := e.PortRange.From.Value(); limited {
		says = append(says, entryField(a, i, "PortRange/From"), entryField(a, i, "PortRange/To"))
	}
	return append(says, entryField(a, i, e.BlockField()))
}

// decides is where a network ACL names the first subnet that it decides for.
func decides(a *snapshot.NetworkACL) checks.Evidence { return decidesFor(a, 0) }

// decidesFor is where a network ACL names one of the subnets that it decides for.
func decidesFor(a *snapshot.NetworkACL, i int) checks.Evidence {
	return checks.Evidence{Resource: a, Field: "Associations/" + strconv.Itoa(i) + "/SubnetId"}
}
