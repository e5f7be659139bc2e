package elb

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// PublicExposureIntended is the rule elbv2-public-exposure-intended.
var PublicExposureIntended = checks.Rule{
	ID:    "elbv2-public-exposure-intended",
	Title: "An internet-facing load balancer is there for the internet",
	Why: `A load balancer whose security groups admit private networks alone has no client on the internet, and
stands there all the same: its public addresses are known, cost money, and are open on the day that a rule is added by
mistake. What passes is the inventory of what the account publishes.`,
	Fix: `Make an internal load balancer in its place: the scheme cannot be changed.

    aws elbv2 create-load-balancer --name NAME --scheme internal --subnets PRIVATE-SUBNET-A PRIVATE-SUBNET-B --security-groups GROUP

In Terraform, set internal = true on the aws_lb, which replaces it.`,
	Severity:  checks.Info,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01", "SEC03-BP07"},
	Controls:  []string{"Config nlb-internal-scheme-check"},
	Links: []string{
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html",
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
	},
	Reads:   []snapshot.Kind{snapshot.Subnets},
	Follows: true,
	Judge:   checks.Each(snapshot.LoadBalancers, publicExposureIntended),
}

func publicExposureIntended(s *snapshot.Snapshot, lb *snapshot.LoadBalancer) checks.Verdict {
	if v, other := otherScheme(lb, schemeInternetFacing); other {
		return v
	}
	scheme := checks.Field(lb, "Scheme")
	in := admittedBy(s, lb)
	switch {
	case in.gaps != nil && !in.internet:
		return checks.Missing(in.gaps...)
	case in.unclear != nil && !in.internet:
		return checks.Unknown("has a security group that is not recorded, or does not say whom it admits", in.unclear...)
	case !in.internet:
		return checks.Fail("is internet-facing, and its security groups admit nobody on the internet", append([]checks.Evidence{scheme}, in.evidence...)...).At(checks.Medium)
	}
	r := checks.ReachedBalancer(s, lb)
	evidence := append(append([]checks.Evidence{scheme}, r.Evidence...), in.evidence...)
	switch r.Standing {
	case checks.ReachedUnknown:
		return r.Unknown(s, scheme)
	case checks.ReachedByNobody:
		return checks.Pass("is internet-facing and admits the internet, which does not reach it today", evidence...)
	case checks.ReachedBySome:
		return checks.Pass("is internet-facing, and some addresses of the internet alone reach it", append([]checks.Evidence{scheme}, r.Evidence...)...)
	default:
		return checks.Pass("is internet-facing, and the internet reaches it", append([]checks.Evidence{scheme}, r.Evidence...)...)
	}
}

// admission is whom the security groups of a load balancer admit.
type admission struct {
	internet bool
	evidence []checks.Evidence // what they say
	unclear  []checks.Evidence // where they do not say it
	gaps     []*snapshot.Gap   // prefix lists that are not recorded
}

// admittedBy says whether the security groups of a load balancer admit anybody on
// the internet. One without groups admits everybody.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
func admittedBy(s *snapshot.Snapshot, lb *snapshot.LoadBalancer) admission {
	groups := []checks.Evidence{checks.Field(lb, "SecurityGroups")}
	switch {
	case len(lb.SecurityGroups) > 0:
	case lb.Type == "application": // each has one
		return admission{unclear: groups}
	default:
		return admission{internet: true, evidence: groups}
	}
	var in admission
	vpc, _ := s.VPC(lb.Scope(), lb.VPCID)
	for i, id := range lb.SecurityGroups {
		in.evidence = append(in.evidence, checks.Field(lb, "SecurityGroups", i))
		g, ok := s.SecurityGroup(lb.Scope(), id)
		if !ok {
			if gap := s.Gap(snapshot.SecurityGroups, lb.Scope()); gap != nil {
				in.gaps = append(in.gaps, gap)
			}
			in.unclear = append(in.unclear, checks.Field(lb, "SecurityGroups", i))
			continue
		}
		x := s.IngressSources(g, func(*snapshot.IPPermission) bool { return true })
		in.unclear, in.gaps = append(in.unclear, x.Silent...), append(in.gaps, x.Missing...)
		in.evidence = append(append(in.evidence, checks.Field(g, "IpPermissions")), x.AllPlaces()...)
		for _, p := range x.Prefixes() {
			switch {
			case snapshot.InPrivateRange(p), vpc != nil && vpc.Holds(p):
			case vpc == nil && p.Bits() >= 16: // it may be a block of the VPC, which is no larger
				in.gaps = append(in.gaps, s.GapOf("ec2:DescribeVpcs", lb.Scope(), ""))
			default:
				in.internet = true
			}
		}
	}
	return in
}
