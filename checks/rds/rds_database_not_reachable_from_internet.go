package rds

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

// DatabaseNotReachable is the rule rds-database-not-reachable-from-internet.
var DatabaseNotReachable = checks.Rule{
	ID:    "rds-database-not-reachable-from-internet",
	Title: "The internet does not reach the port of a database",
	Why: `Whoever can open a connection to a database can try passwords, and use every flaw of its login, at any
hour and from anywhere. Scanners find an open database port within minutes.`,
	Fix: `Close one link of the path that the evidence names: the rule of the security group first, then the public address and the route.

    aws ec2 revoke-security-group-ingress --group-id GROUP --ip-permissions IpProtocol=tcp,FromPort=PORT,ToPort=PORT,IpRanges=[{CidrIp=0.0.0.0/0}]
    aws rds modify-db-instance --db-instance-identifier ID --no-publicly-accessible --apply-immediately

In Terraform, refer to the application's security group in the ingress of the aws_security_group, set
publicly_accessible = false on the aws_db_instance, and list private subnets in its aws_db_subnet_group.`,
	Severity:  checks.Critical,
	Pillars:   []checks.Pillar{checks.Security},
	Practices: []string{"SEC05-BP01", "SEC05-BP02"},
	Links: []string{
		"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
		"https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
		"https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html",
	},
	Reads:   []snapshot.Kind{snapshot.NetworkInterfaces},
	Follows: true,
	Judge:   checks.Each(snapshot.DBInstances, databaseNotReachable),
}

func databaseNotReachable(s *snapshot.Snapshot, db *snapshot.DBInstance) checks.Verdict {
	if !db.IsRDS() {
		return checks.NotApplicable(otherService, checks.Field(db, "Engine"))
	}
	if db.DBInstanceStatus == "stopped" {
		return checks.NotApplicable("is stopped, until somebody or, after seven days, AWS starts it", checks.Field(db, "DBInstanceStatus"))
	}
	flag := checks.Field(db, "PubliclyAccessible")
	interfaces := reach.Of(s).DatabaseInterfaces(db)
	if len(interfaces) == 0 {
		return withoutInterfaces(s, db, flag)
	}
	port, field := portOf(db)
	want := reach.Want{Protocols: []reach.Protocol{reach.TCP}}
	if port > 0 {
		want.Ports = reach.Numbers(port)
	}
	r := checks.ReachedFromInternet(s, interfaces, want, nil)
	evidence := append([]checks.Evidence{flag, checks.Field(db, field)}, r.Evidence...)
	switch {
	case r.Standing == checks.ReachedUnknown:
		return r.Unknown(s, evidence...)
	case r.Standing >= checks.ReachedPastFirewall && port == 0:
		return checks.Unknown("does not say its port, and the internet reaches some port of it", evidence...)
	case r.Standing == checks.ReachedByAll && r.Openings[0].Balancer != "":
		return checks.Fail("is reached from the internet on its port, through a load balancer", evidence...)
	case r.Standing == checks.ReachedByAll:
		return checks.Fail("is reached from the internet on its port", evidence...)
	case r.Standing == checks.ReachedPastFirewall:
		return checks.Fail("is reached from the internet on its port, if a firewall lets it through", evidence...).At(checks.Medium)
	case r.Standing == checks.ReachedBySome:
		return checks.Pass("is reached from some addresses of the internet alone", evidence...)
	default:
		return checks.Pass("is not reached from the internet", evidence...)
	}
}

// withoutInterfaces is the verdict on a database of which no interface is
// recorded, though others are.
func withoutInterfaces(s *snapshot.Snapshot, db *snapshot.DBInstance, flag checks.Evidence) checks.Verdict {
	if snapshot.Is(db.PubliclyAccessible, false) {
		return checks.Pass("is not publicly accessible, and has no public address", flag)
	}
	if routes, private := allPrivate(s, db); private {
		return checks.Pass("is not reached from the internet: its subnets are private", append(routes, flag)...)
	}
	for _, k := range []snapshot.Kind{snapshot.Subnets, snapshot.RouteTables, snapshot.InternetGateways} {
		if gap := s.Gap(k, db.Scope()); gap != nil {
			return checks.Missing(gap)
		}
	}
	return checks.Unknown("has no network interface in the recording", flag, checks.Field(db, "DBSubnetGroup/DBSubnetGroupName"))
}
