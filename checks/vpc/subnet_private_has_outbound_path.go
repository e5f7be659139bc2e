package vpc

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// SubnetPrivateHasOutboundPath is the rule subnet-private-has-outbound-path.
var SubnetPrivateHasOutboundPath = checks.Rule{
	ID:    "subnet-private-has-outbound-path",
	Title: "Instances in a private subnet have a way out, or the endpoints that they need",
	Why: `Without a way out an instance gets no updates, does not reach the APIs of AWS, and cannot be managed by
Systems Manager: it starts, and its installation hangs until somebody looks.`,
	Fix: `Lead the internet through a NAT gateway, or create the endpoints of Systems Manager and S3.

    aws ec2 create-route --route-table-id TABLE --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT
    aws ec2 create-vpc-endpoint --vpc-id VPC --vpc-endpoint-type Interface --service-name com.amazonaws.REGION.ssm --subnet-ids ID

In Terraform, add an aws_route with nat_gateway_id to the aws_route_table, or an aws_vpc_endpoint for each service.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Reliability, checks.OperationalExcellence},
	Practices: []string{"REL02-BP01", "OPS05-BP05"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
		"https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html",
	},
	Reads: []snapshot.Kind{
		snapshot.RouteTables, snapshot.InternetGateways, snapshot.PrefixListEntries, snapshot.NetworkInterfaces,
		snapshot.Instances, snapshot.AutoScalingGroups,
	},
	Follows: true,
	Judge:   checks.Each(snapshot.Subnets, subnetPrivateHasOutboundPath),
}

func subnetPrivateHasOutboundPath(s *snapshot.Snapshot, n *snapshot.Subnet) checks.Verdict {
	if n.Foreign() {
		return checks.NotApplicable("belongs to another account", field(n, "OwnerId"))
	}
	holds, ok := compute(s, n)
	if !ok {
		return checks.NotApplicable("holds no running instance, and no Auto Scaling group launches any there", field(n, "SubnetId"))
	}
	r := s.RoutingOf(n)
	switch {
	case r.Public4 || r.Public6 || r.Inspected || r.Partial:
		return checks.NotApplicable("is not private", r.Decisive...)
	case r.Table == nil || r.Unknown:
		return undecided(&r)
	}
	out := reach.Of(s).Outward(n, reach.TCP, reach.Numbers(443))
	if out.Path != nil {
		return checks.Pass("reaches the internet from inside", append([]checks.Evidence{holds}, checks.Path(out.Path)...)...)
	}
	route, elsewhere, gap := leadsElsewhere(s, r.Table, out.Beyond)
	switch {
	case elsewhere:
		return checks.Pass("leads the internet to another network", append([]checks.Evidence{holds, s.Association(n)}, route...)...)
	case gap != nil:
		return checks.Missing(gap)
	case out.Unknown:
		v := checks.Hangs(s, out.Missing)
		if len(out.Missing) == 0 {
			v.Evidence = []checks.Evidence{holds, s.Association(n)}
		}
		return v
	}
	if gap := s.Gap(snapshot.VPCEndpoints, n.Scope()); gap != nil {
		return checks.Missing(gap)
	}
	if endpoints, ok := manageable(s, n, r.Table); ok {
		return checks.Pass("has no way out, and the endpoints of Systems Manager and S3", append([]checks.Evidence{holds}, endpoints...)...)
	}
	evidence := append([]checks.Evidence{holds, s.Association(n), field(r.Table, "Routes")}, checks.Stoppers(out.Stops)...)
	return checks.Fail("holds instances, and has neither a way out nor the endpoints of Systems Manager and S3", evidence...).At(checks.Low)
}

// compute is what says that instances run in a subnet, or will.
func compute(s *snapshot.Snapshot, n *snapshot.Subnet) (checks.Evidence, bool) {
	for _, c := range s.InterfacesIn(n.Scope(), n.SubnetID) {
		i, ok := s.Instance(c.Scope(), c.Attachment.InstanceID)
		if ok && (i.State.Name == "running" || i.State.Name == "pending") {
			return field(i, "State/Name"), true
		}
	}
	groups := snapshot.AutoScalingGroups.In(s)
	for i := range groups {
		g := &groups[i]
		if g.Scope() == n.Scope() && !snapshot.Is(g.MaxSize, 0) && slices.Contains(g.SubnetIDs(), n.SubnetID) {
			return field(g, "VPCZoneIdentifier"), true
		}
	}
	return checks.Evidence{}, false
}

// leadsElsewhere finds routes that lead the internet to another network, from where
// it may be reached: behind a VPN if packets get there, else to what decides as
// nobody recorded. A peer is none: peering leads no further than the other VPC.
// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-limitations
func leadsElsewhere(s *snapshot.Snapshot, t *snapshot.RouteTable, beyond bool) (evidence []checks.Evidence, leads bool, missing *snapshot.Gap) {
	var to, maybe []netip.Prefix
	for i := range t.Routes {
		r := &t.Routes[i]
		target, gap := elsewhere(s, t, r, beyond)
		if target == "" || !r.Active() {
			continue
		}
		destinations, _ := s.Destinations(t, r)
		maybe = append(maybe, destinations...)
		if gap != nil {
			missing = gap
			continue
		}
		to = append(to, destinations...)
		evidence = append(evidence, routeField(t, i, target))
	}
	if !isDefault(maybe) {
		missing = nil
	}
	return evidence, isDefault(to), missing
}

// elsewhere is the field that names the target of a route where that is another
// network, from where the internet may be reached, and the call that is missing to
// say so.
func elsewhere(s *snapshot.Snapshot, t *snapshot.RouteTable, r *snapshot.Route, beyond bool) (string, *snapshot.Gap) {
	switch {
	case r.CarrierGatewayID != "":
		return "CarrierGatewayId", nil
	case r.VPCPeeringConnectionID != "", r.ToVPNGateway() && !beyond:
		return "", nil
	case r.TransitGatewayID == "" || beyond:
		return r.OtherNetwork(), nil
	}
	if gap := s.Gap(snapshot.TransitGateways, t.Scope()); gap != nil {
		return r.OtherNetwork(), gap
	}
	if followed(s, t, r.TransitGatewayID) {
		return "", nil
	}
	return r.OtherNetwork(), nil
}

// followed reports whether the account is recorded that decides where a transit
// gateway leads.
func followed(s *snapshot.Snapshot, t *snapshot.RouteTable, id string) bool {
	g, ok := s.TransitGateway(t.Scope(), id)
	return ok && slices.Contains(s.Scopes, snapshot.Scope{Account: g.OwnerID, Region: t.Region()})
}

// managed are the services whose endpoints Systems Manager needs.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
var managed = []string{".ssm", ".ssmmessages", ".ec2messages"}

// manageable finds the endpoints by which instances of a subnet are managed
// without a way out: those of Systems Manager in the VPC, and the gateway endpoint
// of S3 in the subnet's route table.
func manageable(s *snapshot.Snapshot, n *snapshot.Subnet, t *snapshot.RouteTable) ([]checks.Evidence, bool) {
	var evidence []checks.Evidence
	for _, service := range managed {
		e := endpointOf(s, n, service, func(e *snapshot.VPCEndpoint) bool { return e.VPCEndpointType == "Interface" })
		if e == nil {
			return nil, false
		}
		evidence = append(evidence, field(e, "ServiceName"))
	}
	e := endpointOf(s, n, ".s3", func(e *snapshot.VPCEndpoint) bool {
		return e.VPCEndpointType != "Interface" && slices.Contains(e.RouteTableIDs, t.RouteTableID)
	})
	if e == nil {
		return nil, false
	}
	return append(evidence, field(e, "ServiceName")), true
}

func endpointOf(s *snapshot.Snapshot, n *snapshot.Subnet, service string, fits func(*snapshot.VPCEndpoint) bool) *snapshot.VPCEndpoint {
	all := snapshot.VPCEndpoints.In(s)
	for i := range all {
		e := &all[i]
		if e.VPCID == n.VPCID && strings.HasSuffix(e.ServiceName, service) && strings.EqualFold(e.State, "available") && fits(e) {
			return e
		}
	}
	return nil
}
