// Package vpc holds the rules about networks: VPCs, their subnets, route tables
// and gateways.
package vpc

import (
	"strconv"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// routeField is a field of a route of a table as evidence.
func routeField(t *snapshot.RouteTable, i int, field string) checks.Evidence {
	return checks.Evidence{Resource: t, Field: "Routes/" + strconv.Itoa(i) + "/" + field}
}

// field is what checks.Field is, for a field that is not put together.
func field(r snapshot.Resource, name string) checks.Evidence {
	return checks.Evidence{Resource: r, Field: name}
}

// undecided is the verdict where it is not known where the routes of a subnet or
// table lead.
func undecided(r *snapshot.Routing) checks.Verdict {
	switch {
	case r.Table == nil:
		return checks.Unknown("has no route table in the recording", r.Decisive...)
	case r.Missing != nil:
		return checks.Missing(r.Missing)
	default:
		return checks.Unknown("has routes of which it is not known whether they lead to the internet", r.Decisive...)
	}
}
