package vpc

import (
	"strconv"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// InternetGatewayAttached is the rule vpc-internet-gateway-attached.
var InternetGatewayAttached = checks.Rule{
	ID:    "vpc-internet-gateway-attached",
	Title: "An internet gateway is attached to a VPC",
	Why: `An internet gateway does nothing until it is attached. One that is attached to no VPC is a step
that somebody forgot, or something left over that counts against the quota of the Region and puzzles whoever
looks for the way in.`,
	Fix: `Attach the gateway to the VPC that it was made for, or delete it.

    aws ec2 attach-internet-gateway --internet-gateway-id ID --vpc-id VPC
    aws ec2 delete-internet-gateway --internet-gateway-id ID

In Terraform, set vpc_id on the aws_internet_gateway, or remove it.`,
	Severity:  checks.Low,
	Pillars:   []checks.Pillar{checks.Reliability, checks.CostOptimization},
	Practices: []string{"REL02-BP01", "COST04-BP03"},
	Controls:  []string{"Config internet-gateway-authorized-vpc-only"},
	Links: []string{
		"https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
		"https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InternetGatewayAttachment.html",
	},
	Judge: checks.Each(snapshot.InternetGateways, internetGatewayAttached),
}

func internetGatewayAttached(_ *snapshot.Snapshot, g *snapshot.InternetGateway) checks.Verdict {
	switch {
	case g.Foreign():
		return checks.NotApplicable("belongs to another account", field(g, "OwnerId"))
	case g.Attachments == nil:
		return checks.Unknown("does not say whether it is attached", field(g, "Attachments"))
	case len(g.Attachments) == 0:
		return checks.Fail("is attached to no VPC", field(g, "Attachments")).At(checks.Info)
	}
	unclear := false
	evidence := make([]checks.Evidence, 0, 2*len(g.Attachments))
	for i := range g.Attachments {
		attached, known := g.Attachments[i].Live()
		at := "Attachments/" + strconv.Itoa(i)
		if attached {
			return checks.Pass("is attached to a VPC", field(g, at+"/VpcId"), field(g, at+"/State"))
		}
		unclear = unclear || !known
		evidence = append(evidence, field(g, at+"/VpcId"), field(g, at+"/State"))
	}
	if unclear {
		return checks.Unknown("is neither surely attached to a VPC nor surely detached", evidence...)
	}
	return checks.Fail("is attached to no VPC", evidence...).At(checks.Info)
}
