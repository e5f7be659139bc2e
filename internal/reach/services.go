package reach

import "net/netip"

// service is something of AWS that every interface reaches: neither security
// groups nor network ACLs nor routes keep from it.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
// https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
type service struct {
	name  string
	ports map[Protocol]Ports
}

var (
	resolver = service{"the Route 53 Resolver", map[Protocol]Ports{UDP: port(53), TCP: port(53)}}
	metadata = service{"the instance metadata service", map[Protocol]Ports{TCP: port(80)}}
	clock    = service{"the Amazon Time Sync Service", map[Protocol]Ports{UDP: port(123)}}
)

var services = map[netip.Addr]*service{
	netip.MustParseAddr("169.254.169.253"): &resolver, netip.MustParseAddr("fd00:ec2::253"): &resolver,
	netip.MustParseAddr("169.254.169.254"): &metadata, netip.MustParseAddr("fd00:ec2::254"): &metadata,
	netip.MustParseAddr("169.254.169.123"): &clock, netip.MustParseAddr("fd00:ec2::123"): &clock,
}

// serviceAt is the service that has an address as an interface sees it. In a VPC
// the resolver has the second address of the first block too.
func (n *Network) serviceAt(c *nic, a netip.Addr) *service {
	if blocks := n.vpcBlocks[c.VPCID]; len(blocks) > 0 && blocks[0].Addr().Is4() && blocks[0].Masked().Addr().Next().Next() == a {
		return &resolver
	}
	return services[a]
}

// serve takes packets to a service of AWS.
func (f flow) serve(s *service) flow {
	f.exit = exit{kind: kindService, id: f.dst.addr.String()}
	return f.pass(f.space.within(box{service: s.ports[f.protocol], client: allPorts}),
		newHop(f.dst.addr.String(), kindService, s.name+" takes it, whatever groups and network ACLs say", nowhere),
		func(stopped flow) Blocker {
			return newBlocker(kindAddress, f.dst.addr.String(), s.name+" takes no "+stopped.what(), nowhere)
		})
}

const kindService = "aws-service"
