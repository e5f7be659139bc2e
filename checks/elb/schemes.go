package elb

import (
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// The schemes of load balancers.
const (
	schemeInternetFacing = "internet-facing"
	schemeInternal       = "internal"
)

// otherScheme returns the verdict on a load balancer that is known not to have a
// scheme, or not known to have it. It is false for one that has it.
func otherScheme(lb *snapshot.LoadBalancer, want string) (checks.Verdict, bool) {
	field := checks.Field(lb, "Scheme")
	switch {
	case lb.Type == "gateway":
		return checks.NotApplicable("is a Gateway Load Balancer, which has no scheme", checks.Field(lb, "Type")), true
	case strings.EqualFold(lb.Scheme, want):
		return checks.Verdict{}, false
	case strings.EqualFold(lb.Scheme, schemeInternal):
		return checks.NotApplicable("is internal", field), true
	case strings.EqualFold(lb.Scheme, schemeInternetFacing):
		return checks.NotApplicable("is internet-facing", field), true
	default:
		return checks.Unknown("has no scheme that is known", field), true
	}
}

// blocks reports whether Block Public Access keeps the internet from sending to
// a subnet. It is false for known where the mode is none that anybody knows.
func blocks(mode string) (blocked, known bool) {
	switch mode {
	case "":
		return false, true
	case "block-bidirectional", "block-ingress":
		return true, true
	default:
		return false, false
	}
}

// leavesElsewhere reports whether a subnet has another way out than an internet
// gateway that clients may come in by: a carrier gateway in a Wavelength Zone, or
// the local gateway of an Outpost.
func leavesElsewhere(t *snapshot.RouteTable) bool {
	for i := range t.Routes {
		if r := &t.Routes[i]; r.Active() && (r.CarrierGatewayID != "" || r.LocalGatewayID != "") {
			return true
		}
	}
	return false
}
