package ec2

import (
	"net/netip"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// InstanceNoPublicIPv4 is the rule ec2-instance-no-public-ipv4.
var InstanceNoPublicIPv4 = checks.Rule{
	ID:    "ec2-instance-no-public-ipv4",
	Title: "An instance has no public IPv4 address",
	Why: `With a public address, one rule of a security group is all that stands between an instance and the
internet, and every address costs money by the hour. What has to be reached is published by a load balancer; what
has to get out goes through a NAT gateway.`,
	Fix: `Take the Elastic IP address away, or launch the instance anew in a private subnet.

    aws ec2 disassociate-address --association-id ID
    aws ec2 run-instances --network-interfaces DeviceIndex=0,SubnetId=PRIVATE-SUBNET,AssociatePublicIpAddress=false

In Terraform, remove the aws_eip, and set associate_public_ip_address = false on the aws_instance or in the
network_interfaces of the aws_launch_template.`,
	Severity:  checks.High,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01", "SEC05-BP02"},
	Controls:  []string{"FSBP EC2.9", "Config ec2-instance-no-public-ip"},
	Links: []string{
		"https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html",
		"https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html",
	},
	Reads: []snapshot.Kind{snapshot.Subnets},
	Judge: checks.Each(snapshot.Instances, instanceNoPublicIPv4),
}

func instanceNoPublicIPv4(s *snapshot.Snapshot, i *snapshot.Instance) checks.Verdict {
	state := checks.Field(i, "State/Name")
	switch i.State.Name {
	case "running", "pending", "stopping", "stopped":
	case "shutting-down", "terminated":
		return checks.NotApplicable("is terminated, or about to be", state)
	default:
		return checks.Unknown("is in a state that is not known", state)
	}
	if public := publicIPv4(i); public != nil {
		if v, exempt := needsAddress(i); exempt {
			return v
		}
		return checks.Fail("has a public IPv4 address", public...)
	}
	if i.NetworkInterfaces == nil {
		return checks.Unknown("does not say which network interfaces it has", checks.Field(i, "NetworkInterfaces"))
	}
	if i.State.Name == "stopped" || i.State.Name == "stopping" {
		return whileStopped(s, i, state)
	}
	if other, ok := otherAddress(i); ok {
		return checks.Pass("has no public IPv4 address, though one that a carrier or the customer knows", other)
	}
	return checks.Pass("has no public IPv4 address", interfaces(i)...)
}

// publicIPv4 is where the public IPv4 addresses of an instance stand, on any of
// its interfaces.
func publicIPv4(i *snapshot.Instance) []checks.Evidence {
	all := associations(i, func(a *snapshot.InterfaceAssociation) (netip.Addr, string) { return a.PublicIP, "PublicIp" })
	if all == nil && i.PublicIPAddress.IsValid() {
		return []checks.Evidence{checks.Field(i, "PublicIpAddress")}
	}
	return all
}

// associations is where addresses of a kind that are mapped to the private ones of
// an instance stand.
func associations(i *snapshot.Instance, address func(*snapshot.InterfaceAssociation) (netip.Addr, string)) []checks.Evidence {
	var all []checks.Evidence
	for j := range i.NetworkInterfaces {
		n := &i.NetworkInterfaces[j]
		found := false
		for k := range n.PrivateIPAddresses {
			if a, field := address(&n.PrivateIPAddresses[k].Association); a.IsValid() {
				all = append(all, checks.Field(i, "NetworkInterfaces", j, "PrivateIpAddresses", k, "Association", field))
				found = true
			}
		}
		if a, field := address(&n.Association); a.IsValid() && !found {
			all = append(all, checks.Field(i, "NetworkInterfaces", j, "Association", field))
		}
	}
	return all
}

// otherAddress is an address by which a carrier, or the network of an Outpost,
// knows the instance: none of the internet's.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceNetworkInterfaceAssociation.html
func otherAddress(i *snapshot.Instance) (checks.Evidence, bool) {
	for _, kind := range []func(*snapshot.InterfaceAssociation) (netip.Addr, string){
		func(a *snapshot.InterfaceAssociation) (netip.Addr, string) { return a.OfCarrier(), "CarrierIp" },
		func(a *snapshot.InterfaceAssociation) (netip.Addr, string) {
			return a.OfCustomer(), "CustomerOwnedIp"
		},
	} {
		if all := associations(i, kind); all != nil {
			return all[0], true
		}
	}
	return checks.Evidence{}, false
}

// needsAddress is the verdict on an instance whose work needs a public address:
// tags say so, or that it forwards packets.
func needsAddress(i *snapshot.Instance) (checks.Verdict, bool) {
	if t, ok := checks.Says(i.Tags, checks.BastionWords); ok {
		return checks.NotApplicable("is by its tags a bastion host", checks.Field(i, "Tags", t, "Value")), true
	}
	if t, ok := checks.Says(i.Tags, checks.NATWords); ok {
		return checks.NotApplicable("is by its tags a NAT instance", checks.Field(i, "Tags", t, "Value")), true
	}
	if snapshot.Is(i.SourceDestCheck, false) {
		return checks.NotApplicable("forwards packets of others, as a NAT instance does", checks.Field(i, "SourceDestCheck")), true
	}
	return checks.Verdict{}, false
}

// whileStopped is the verdict on a stopped instance without a public address. It
// lost one that was not an Elastic IP address, and gets another when it starts,
// unless it has several interfaces.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html#concepts-public-addresses
func whileStopped(s *snapshot.Snapshot, i *snapshot.Instance, state checks.Evidence) checks.Verdict {
	subnet, ok := s.Subnet(i.Scope(), i.SubnetID)
	switch {
	case len(i.NetworkInterfaces) > 1:
		return checks.Pass("has no public IPv4 address", append(interfaces(i), state)...)
	case !ok:
		return checks.Unknown("is stopped, and its subnet is not recorded", state, checks.Field(i, "SubnetId"))
	}
	evidence := []checks.Evidence{state, checks.Field(subnet, "MapPublicIpOnLaunch")}
	assigns, recorded := subnet.MapPublicIPOnLaunch.Value()
	switch {
	case !recorded:
		return checks.Unknown("is stopped, and its subnet does not say whether it assigns public addresses", evidence...)
	case !assigns:
		return checks.Pass("has no public IPv4 address", append(interfaces(i), evidence...)...)
	}
	if v, exempt := needsAddress(i); exempt {
		return v
	}
	return checks.Fail("has no public IPv4 address while it is stopped, and its subnet assigns one at the start", evidence...).At(checks.Low)
}

// interfaces is what says that an instance has no public address.
func interfaces(i *snapshot.Instance) []checks.Evidence {
	all := []checks.Evidence{checks.Field(i, "NetworkInterfaces")}
	for j := range i.NetworkInterfaces {
		all = append(all, checks.Field(i, "NetworkInterfaces", j, "Association"))
	}
	return all[min(1, len(i.NetworkInterfaces)):]
}
