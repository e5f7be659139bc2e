package vpc

import (
	"net/netip"
	"slices"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// NetworkACLStatelessCorrect is the rule network-acl-stateless-correct.
var NetworkACLStatelessCorrect = checks.Rule{
	ID:    "network-acl-stateless-correct",
	Title: "A network ACL lets the replies through to what it admits, and is in use",
	Why: `A network ACL does not remember connections: the reply to a request that it admits is a packet of its own,
to the port from which the client spoke. Where no rule admits that, connections hang until they time out, all of
them or those of some clients, and nothing anywhere reports an error. Of UDP that is judged for DNS and HTTP/3, which
always answer; the name server of the VPC is not filtered. One that decides for no subnet protects nothing, though
somebody believes that it does.`,
	Fix: `Admit the ports of clients, 1024-65535, in the direction of the replies, or delete what is not in use.

    aws ec2 create-network-acl-entry --network-acl-id ID --ingress --rule-number 200 --protocol tcp --port-range From=1024,To=65535 --cidr-block 0.0.0.0/0 --rule-action allow
    aws ec2 create-network-acl-entry --network-acl-id ID --egress --rule-number 200 --protocol tcp --port-range From=1024,To=65535 --cidr-block 0.0.0.0/0 --rule-action allow
    aws ec2 delete-network-acl --network-acl-id ID

In Terraform, add an aws_network_acl_rule for the ports of clients in each direction and family. Deny what may not be
called among these ports, such as 3389, by a rule with a lower number.`,
	Severity:  checks.Medium,
	Pillars:   []checks.Pillar{checks.Reliability, checks.OperationalExcellence},
	Practices: []string{"REL02-BP01", "OPS05-BP03"},
	Controls:  []string{"FSBP EC2.16", "Config vpc-network-acl-unused-check"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports",
		"https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
	},
	Reads: []snapshot.Kind{snapshot.Subnets, snapshot.RouteTables, snapshot.NetworkInterfaces, snapshot.PrefixListEntries},
	Judge: checks.Each(snapshot.NetworkACLs, networkACLStatelessCorrect),
}

func networkACLStatelessCorrect(s *snapshot.Snapshot, a *snapshot.NetworkACL) checks.Verdict {
	if len(a.Associations) == 0 && a.Associations != nil && !a.IsDefault && !a.Foreign() {
		return checks.Fail("decides for no subnet", field(a, "Associations")).At(checks.Info)
	}
	if v, ok := unjudged(a); ok {
		return v
	}
	c := conversations{acl: a, seen: map[*snapshot.RouteTable]bool{}}
	for i := range a.Associations {
		c.judge(s, i)
	}
	return c.verdict()
}

// conversations are what a network ACL does with connections and their replies.
type conversations struct {
	acl  *snapshot.NetworkACL
	seen map[*snapshot.RouteTable]bool // subnets of one table speak with the same addresses

	none, some, sent, unseen []checks.Evidence
	missing                  *snapshot.Gap
}

// judge judges what a subnet of the network ACL speaks with: whatever its routes
// lead to. Nobody calls through a NAT gateway or an egress-only internet gateway,
// and a subnet without a default route is not asked for what it calls.
func (c *conversations) judge(s *snapshot.Snapshot, association int) {
	a := c.acl
	named := decidesFor(a, association)
	n, ok := s.Subnet(a.Scope(), a.Associations[association].SubnetID)
	if !ok {
		c.unseen = append(c.unseen, named)
		return
	}
	table, ok := s.RouteTableOf(n)
	if !ok {
		c.unseen = append(c.unseen, named)
		return
	}
	own := speakers(s, n)
	if c.seen[table] && own == nil {
		return
	}
	c.seen[table] = true
	w := c.ways(s, table)
	for _, p := range []reach.Protocol{reach.TCP, reach.UDP} {
		c.add(reach.UnansweredCalls(a, p, false, c.others(n, w.from), everyClient), named)
	}
	if ipv4, ipv6 := snapshot.Open(w.to); ipv4 || ipv6 {
		places := append([]checks.Evidence{named, s.Association(n)}, own...)
		clients := everyClient
		if own == nil {
			clients = systems
		}
		c.add(reach.UnansweredCalls(a, reach.TCP, true, c.others(n, w.to), clients), places...)
		for _, u := range reach.UnansweredCalls(a, reach.UDP, true, snapshot.Without(w.to, w.unfiltered()), clients) {
			c.sent = append(c.sent, c.evidence(&u, places)...)
		}
	}
}

var (
	// everyClient are the ports from which clients speak: NAT gateways, load
	// balancers and functions use all of them.
	// https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
	everyClient = reach.NewPorts(reach.PortRange{From: 1024, To: 65535})
	// systems are those from which Linux and Windows speak.
	systems = reach.NewPorts(reach.PortRange{From: 32768, To: 65535})
)

// speakers is an interface in a subnet, if any, that speaks from every port of
// clients: of a NAT gateway, a load balancer or a function.
func speakers(s *snapshot.Snapshot, n *snapshot.Subnet) []checks.Evidence {
	for _, i := range s.InterfacesIn(n.Scope(), n.SubnetID) {
		if k := i.Holder().Kind; k == snapshot.HeldByNATGateway || k == snapshot.HeldByFunction || k.IsLoadBalancer() {
			return []checks.Evidence{field(i, "SubnetId"), field(i, "InterfaceType")}
		}
	}
	return nil
}

// ways are what the routes of a table lead to, from where calls come in, and what
// of it is the VPC.
type ways struct{ to, from, vpc []netip.Prefix }

func (c *conversations) ways(s *snapshot.Snapshot, t *snapshot.RouteTable) ways {
	var w ways
	for i := range t.Routes {
		r := &t.Routes[i]
		if !r.Active() {
			continue
		}
		blocks, gap := s.Destinations(t, r)
		if gap != nil {
			c.missing = gap
		}
		w.to = append(w.to, blocks...)
		if r.NATGatewayID == "" && r.EgressOnlyGatewayID == "" {
			w.from = append(w.from, blocks...)
		}
		if r.GatewayID == "local" {
			w.vpc = append(w.vpc, blocks...)
		}
	}
	return w
}

// unfiltered is where the name servers of AWS answer, to and from which network ACLs
// filter nothing: in the VPC, at the address after its router's, and in
// 169.254.0.0/16. A rule for either is meant for them.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
func (w *ways) unfiltered() []netip.Prefix {
	return append(slices.Clone(w.vpc), netip.MustParsePrefix("169.254.0.0/16"))
}

// others leaves the only subnet of a network ACL out: within it nothing passes.
func (c *conversations) others(n *snapshot.Subnet, to []netip.Prefix) []netip.Prefix {
	if len(c.acl.Associations) > 1 {
		return to
	}
	return snapshot.Without(to, n.CIDRs())
}

func (c *conversations) add(all []reach.Unanswered, places ...checks.Evidence) {
	for i := range all {
		if u := &all[i]; u.Partly {
			c.some = append(c.some, c.evidence(u, places)...)
		} else {
			c.none = append(c.none, c.evidence(u, places)...)
		}
	}
}

func (c *conversations) evidence(u *reach.Unanswered, places []checks.Evidence) []checks.Evidence {
	all := append(entry(c.acl, u.Entry), places...)
	if u.Stops >= 0 {
		all = append(all, entry(c.acl, u.Stops)...)
	}
	return all
}

func (c *conversations) verdict() checks.Verdict {
	switch {
	case c.none != nil:
		return checks.Fail("admits requests and stops the replies to them", c.none...)
	case c.some != nil:
		return checks.Fail("admits requests and stops the replies to some of the ports of clients", c.some...).At(checks.Low)
	case c.sent != nil:
		return checks.Fail("lets requests by UDP out and stops the replies to them", c.sent...).At(checks.Low)
	case c.missing != nil:
		return checks.Missing(c.missing)
	case c.unseen != nil:
		return checks.Unknown("decides for subnets that are not recorded, or whose routes are not", c.unseen...)
	}
	var evidence []checks.Evidence
	for i := range c.acl.Entries {
		evidence = append(evidence, entry(c.acl, i)...)
	}
	return checks.Pass("lets the replies through to what it admits", append(slices.Clip(evidence), decides(c.acl))...)
}
