"""Fills an emulated account, the one at AWS_ENDPOINT_URL, with a small site in
two zones: what internal/fakeaws serves, as far as moto can hold it."""

import base64
import boto3

REGION = "eu-west-1"
s = boto3.session.Session(region_name=REGION)
ec2, rds, elb, elbv2, asg = (s.client(n) for n in ("ec2", "rds", "elb", "elbv2", "autoscaling"))
AMI = "ami-12c6146b"


def tags(name):
    return [{"Key": "Name", "Value": name}]


def tagged(kind, name):
    return [{"ResourceType": kind, "Tags": tags(name)}]


vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc", "tipster"))["Vpc"]["VpcId"]
igw = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
public_table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=igw)

public, private = [], []
for i, zone in enumerate("ab"):
    az = REGION + zone
    pub = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=az, TagSpecifications=tagged("subnet", f"public-{zone}"))["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=pub, MapPublicIpOnLaunch={"Value": True})
    ec2.associate_route_table(RouteTableId=public_table, SubnetId=pub)
    priv = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{10 + i}.0/24", AvailabilityZone=az, TagSpecifications=tagged("subnet", f"private-{zone}"))["Subnet"]["SubnetId"]
    eip = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=pub, AllocationId=eip)["NatGateway"]["NatGatewayId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    ec2.associate_route_table(RouteTableId=table, SubnetId=priv)
    public.append(pub)
    private.append(priv)

offices = ec2.create_managed_prefix_list(PrefixListName="offices", MaxEntries=5, AddressFamily="IPv4",
    Entries=[{"Cidr": "198.51.100.0/24", "Description": "Hamburg"}, {"Cidr": "203.0.113.0/24"}])["PrefixList"]["PrefixListId"]
peers = ec2.create_managed_prefix_list(PrefixListName="peers", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "10.9.0.0/16"}])["PrefixList"]["PrefixListId"]
ec2.create_route(RouteTableId=public_table, DestinationPrefixListId=peers, GatewayId=igw)


def group(name, *permissions):
    g = ec2.create_security_group(GroupName=name, Description=f"{name} <tier>", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=g, IpPermissions=list(permissions))
    return g


def tcp(port, **source):
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}


lb_sg = group("lb", tcp(80, IpRanges=[{"CidrIp": "0.0.0.0/0"}], Ipv6Ranges=[{"CidrIpv6": "::/0"}]))
web_sg = group("web", tcp(80, UserIdGroupPairs=[{"GroupId": lb_sg}]), tcp(22, PrefixListIds=[{"PrefixListId": offices}]))
db_sg = group("db", tcp(3306, UserIdGroupPairs=[{"GroupId": web_sg}]))

alb = elbv2.create_load_balancer(Name="tipster", Subnets=public, SecurityGroups=[lb_sg])["LoadBalancers"][0]["LoadBalancerArn"]
tg = elbv2.create_target_group(Name="tipster-web", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
elbv2.create_target_group(Name="tipster-idle", Protocol="HTTP", Port=8080, VpcId=vpc)
elbv2.create_listener(LoadBalancerArn=alb, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": tg}])
elb.create_load_balancer(LoadBalancerName="tipster-classic", Subnets=public, SecurityGroups=[lb_sg],
    Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 80}])

lt = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": AMI, "InstanceType": "t3.micro", "SecurityGroupIds": [web_sg],
    "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"}})["LaunchTemplate"]["LaunchTemplateId"]
ec2.create_launch_template_version(LaunchTemplateId=lt, LaunchTemplateData={"ImageId": AMI, "InstanceType": "t3.small", "SecurityGroupIds": [web_sg]})
# moto cannot start instances from a version with user data, so it is not in the one that is pinned.
ec2.create_launch_template_version(LaunchTemplateId=lt, LaunchTemplateData={"ImageId": AMI, "InstanceType": "t3.medium", "SecurityGroupIds": [web_sg],
    "UserData": base64.b64encode(b"#!/bin/sh\nexport STAGE=prod\n").decode()})
asg.create_auto_scaling_group(AutoScalingGroupName="web", MinSize=2, MaxSize=4, DesiredCapacity=2, VPCZoneIdentifier=",".join(private),
    LaunchTemplate={"LaunchTemplateId": lt, "Version": "2"}, TargetGroupARNs=[tg], HealthCheckType="ELB", HealthCheckGracePeriod=120)
asg.create_launch_configuration(LaunchConfigurationName="batch-1", ImageId=AMI, InstanceType="t3.micro", SecurityGroups=[web_sg],
    UserData="#!/bin/sh\necho batch\n")
asg.create_auto_scaling_group(AutoScalingGroupName="batch", MinSize=1, MaxSize=1, DesiredCapacity=1, VPCZoneIdentifier=private[0],
    LaunchConfigurationName="batch-1", LoadBalancerNames=["tipster-classic"])
asg.put_scaling_policy(AutoScalingGroupName="web", PolicyName="cpu", PolicyType="TargetTrackingScaling",
    TargetTrackingConfiguration={"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": 55.5})
asg.put_scheduled_update_group_action(AutoScalingGroupName="web", ScheduledActionName="mornings", Recurrence="0 6 * * 1-5", MinSize=2, MaxSize=6, DesiredCapacity=4)

bastion = ec2.run_instances(ImageId=AMI, MinCount=1, MaxCount=1, InstanceType="t3.nano", SubnetId=public[0], SecurityGroupIds=[web_sg],
    TagSpecifications=tagged("instance", "bastion ü <&>"))["Instances"][0]["InstanceId"]
elb.register_instances_with_load_balancer(LoadBalancerName="tipster-classic", Instances=[{"InstanceId": bastion}])

rds.create_db_subnet_group(DBSubnetGroupName="tipster", DBSubnetGroupDescription="private", SubnetIds=private)
rds.create_db_instance(DBInstanceIdentifier="tipster-db", Engine="mysql", EngineVersion="8.0.36", DBInstanceClass="db.t3.micro", AllocatedStorage=20, MultiAZ=True,
    MasterUsername="admin", MasterUserPassword="not-to-be-seen", DBSubnetGroupName="tipster", VpcSecurityGroupIds=[db_sg],
    StorageEncrypted=True, BackupRetentionPeriod=7, DeletionProtection=True)
rds.create_db_cluster(DBClusterIdentifier="tipster-aurora", Engine="aurora-mysql", MasterUsername="admin", MasterUserPassword="not-to-be-seen", DBSubnetGroupName="tipster",
    VpcSecurityGroupIds=[db_sg], StorageEncrypted=True)
for i in "12":
    rds.create_db_instance(DBInstanceIdentifier=f"tipster-aurora-{i}", DBClusterIdentifier="tipster-aurora", Engine="aurora-mysql", DBInstanceClass="db.r6g.large")

# What joins the site to other networks.
far = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
pcx = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=far)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=pcx)
acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=100, Protocol="6", RuleAction="allow", Egress=False, CidrBlock="0.0.0.0/0", PortRange={"From": 80, "To": 80})
ec2.create_egress_only_internet_gateway(VpcId=vpc)
ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway", RouteTableIds=[public_table])
vgw = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=vgw)
cgw = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="192.0.2.1", BgpAsn=65000)["CustomerGateway"]["CustomerGatewayId"]
ec2.create_vpn_connection(Type="ipsec.1", CustomerGatewayId=cgw, VpnGatewayId=vgw)
hub, other = (ec2.create_transit_gateway(Description=d)["TransitGateway"]["TransitGatewayId"] for d in ("hub", "other"))
spoke = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=hub, VpcId=vpc, SubnetIds=private)["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
table = ec2.create_transit_gateway_route_table(TransitGatewayId=hub)["TransitGatewayRouteTable"]["TransitGatewayRouteTableId"]
ec2.create_transit_gateway_route(DestinationCidrBlock="10.0.0.0/16", TransitGatewayRouteTableId=table, TransitGatewayAttachmentId=spoke)
ec2.create_transit_gateway_route(DestinationCidrBlock="10.99.0.0/16", TransitGatewayRouteTableId=table, Blackhole=True)
ec2.create_transit_gateway_peering_attachment(TransitGatewayId=hub, PeerTransitGatewayId=other, PeerAccountId="123456789012", PeerRegion=REGION)
listener = elbv2.describe_listeners(LoadBalancerArn=alb)["Listeners"][0]["ListenerArn"]
elbv2.create_rule(ListenerArn=listener, Priority=10, Conditions=[{"Field": "source-ip", "SourceIpConfig": {"Values": ["198.51.100.0/24"]}}],
    Actions=[{"Type": "forward", "TargetGroupArn": tg}])
elbv2.create_rule(ListenerArn=listener, Priority=20, Conditions=[{"Field": "path-pattern", "Values": ["/in"]}],
    Actions=[{"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {"Issuer": "https://idp.example.com", "AuthorizationEndpoint": "https://idp.example.com/a",
        "TokenEndpoint": "https://idp.example.com/t", "UserInfoEndpoint": "https://idp.example.com/u", "ClientId": "tipster", "ClientSecret": "not-to-be-seen"}},
        {"Type": "forward", "Order": 2, "TargetGroupArn": tg}])
