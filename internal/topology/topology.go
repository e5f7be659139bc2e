// Package topology computes what a diagram of an account draws: Regions, VPCs,
// zones, subnets by tier, and what stands in them. It is a small value that
// results carry, so that a saved file can be drawn without the recording.
package topology

// Topology is what a diagram draws of one or more accounts. Lists are sorted.
type Topology struct {
	Regions []Region `json:"regions"`
	// Cut says in words what was left out so that the value stays small.
	Cut []string `json:"cut"`
	// Exposure is what the internet reaches. Files from before that key have none.
	Exposure *Exposure `json:"exposure,omitzero"`
}

// Exposure is what the internet surely reaches, both ways, and which security
// groups reach which: a part of what buttress exposure says.
type Exposure struct {
	// Followed says that all was loaded which traffic is followed by. Where it was
	// not, nothing is known of what the internet reaches.
	Followed bool `json:"followed"`
	// Direct and Behind are how many resources are reached directly, and through load
	// balancers only.
	Direct     int     `json:"direct"`
	Behind     int     `json:"behind"`
	WaysIn     []WayIn `json:"waysIn"` // databases first, what load balancers lead to last
	MoreWaysIn int     `json:"moreWaysIn"`
	// Undecided are the resources of which that hangs on what is not recorded.
	Undecided     []Undecided `json:"undecided"`
	MoreUndecided int         `json:"moreUndecided"`
	// Missing are lists that are not recorded: of what they would hold it is not known
	// what reaches it.
	Missing     []Call      `json:"missing"`
	MoreMissing int         `json:"moreMissing"`
	Matrix      []GroupPair `json:"matrix"`
	// MatrixLeftOut says that there are too many groups for the matrix.
	MatrixLeftOut bool `json:"matrixLeftOut"`
}

// Place is a resource and where it is.
type Place struct {
	Resource
	Type    string `json:"type"` // CloudFormation's
	Account string `json:"account"`
	Region  string `json:"region"`
	VPC     string `json:"vpc"` // its id, or empty
}

// How the internet reaches something.
const (
	Direct              = "direct"
	ThroughLoadBalancer = "load-balancer"
)

// WayIn is how the internet reaches a resource with one protocol.
type WayIn struct {
	Place
	Via   string `json:"via"`   // direct, load-balancer
	Entry string `json:"entry"` // the id of the internet gateway or the name of the load balancer
	// Protocol is tcp, udp, icmp, icmpv6, or a number.
	Protocol string `json:"protocol"`
	// Ports are those of the resource: "443", "22, 8000-8080", "all".
	Ports       string   `json:"ports"`
	Sources     []string `json:"sources"` // ranges, those of IPv4 first
	MoreSources int      `json:"moreSources"`
}

// Undecided is a resource of which it hangs on missing calls what reaches it; there
// are none where no recording could tell.
type Undecided struct {
	Place
	Missing []Call `json:"missing"`
}

// Call is a call that has no answer.
type Call struct {
	Operation string `json:"operation"`
	Account   string `json:"account"`
	Region    string `json:"region"`
	Resource  string `json:"resource"`
}

// GroupPair says that members of a security group reach those of another one.
type GroupPair struct {
	From     SecurityGroup `json:"from"`
	To       SecurityGroup `json:"to"`
	Protocol string        `json:"protocol"`
	Ports    string        `json:"ports"`
	Unknown  bool          `json:"unknown"` // it hangs on what is not recorded
}

// SecurityGroup names a security group.
type SecurityGroup struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Open is what the internet surely reaches directly of what is drawn as one.
type Open struct {
	Count int      `json:"count"` // of the things that it stands for
	On    []string `json:"on"`    // "tcp 22, 80", "tcp 443 over IPv6", "udp 53 from some ranges"
}

// Region is a Region of one account in which something was found.
type Region struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	VPCs    []VPC  `json:"vpcs"`
	// Unplaced is what stands nowhere that the recording tells.
	Unplaced []Unplaced `json:"unplaced"`
}

// Resource names a resource. The ARN is how results name it.
type Resource struct {
	ID   string `json:"id"`
	ARN  string `json:"arn"`
	Name string `json:"name"` // the Name tag, or empty
}

// The kinds of items.
const (
	Instance       = "instance"
	NATGateway     = "nat-gateway"
	Endpoint       = "endpoint"
	Function       = "function"
	Cache          = "cache"
	Warehouse      = "warehouse"
	Task           = "task"
	Pod            = "pod"
	FileSystem     = "file-system"
	TransitGateway = "transit-gateway"

	InternetGateway   = "internet-gateway"
	EgressOnlyGateway = "egress-only-gateway"
	VPNGateway        = "vpn-gateway"
	PeeringConnection = "peering-connection"

	DatabaseItem      = "database"
	LoadBalancerItem  = "load-balancer"
	GroupItem         = "auto-scaling-group"
	SubnetItem        = "subnet"
	internetGatewayID = "igw-"
)

// Item is a resource that stands somewhere, or a number of resources of one kind
// that are only counted and have no id.
type Item struct {
	Kind string `json:"kind"`
	Resource
	Count  int    `json:"count"`
	Detail string `json:"detail"` // such as "stopped", or empty
	// Open is there where the internet reaches it.
	Open *Open `json:"open,omitzero"`
}

// Unplaced is an item that could not be placed, and why.
type Unplaced struct {
	Item
	Reason string `json:"reason"`
}

// VPC is a virtual private cloud.
type VPC struct {
	Resource
	CIDRs   []string `json:"cidrs"`
	Default bool     `json:"default"`
	// Shared says that another account owns the VPC.
	Shared bool `json:"shared"`
	// Listed says that the recording has the VPC itself, and not only something
	// that names it.
	Listed bool `json:"listed"`
	// Empty says that nothing stands in it, as far as was recorded.
	Empty bool `json:"empty"`
	// Counts are the numbers of all that stands in it, and of its subnets.
	Counts []Count `json:"counts"`
	// Summary says that the VPC is only counted: what follows was cut.
	Summary bool `json:"summary"`
	// Open is how many of all things in it the internet reaches directly.
	Open int `json:"open,omitzero"`

	Gateways      []Item         `json:"gateways"` // at the edge of the VPC
	Zones         []Zone         `json:"zones"`
	Subnets       []Subnet       `json:"subnets"`
	LoadBalancers []LoadBalancer `json:"loadBalancers"`
	Groups        []Group        `json:"groups"`
	Databases     []Database     `json:"databases"`
}

// Count is a number of items of a kind.
type Count struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// Zone is a zone of a VPC. Its ID is unknown where the name is all that was
// recorded; then both are the same.
type Zone struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"` // as in snapshot.Zone, or empty
}

// The tiers of subnets.
const (
	Public  = "public"  // the internet is routed to it through an internet gateway
	Private = "private" // it is not
	Data    = "data"    // private, and for databases only
	Unknown = "unknown" // what is routed to it is not recorded
)

// Subnet is a subnet of a VPC.
type Subnet struct {
	Resource
	Zone  string   `json:"zone"` // the id of one of the zones, or empty
	CIDRs []string `json:"cidrs"`
	Tier  string   `json:"tier"`
	// Egress is the id of what the default route leads to, or empty.
	Egress string `json:"egress"`
	Shared bool   `json:"shared"`
	Listed bool   `json:"listed"`
	// Items are what stands in it, but for load balancers, databases and the
	// instances of Auto Scaling groups.
	Items []Item `json:"items"`
}

// LoadBalancer is a load balancer of any type.
type LoadBalancer struct {
	Resource
	Type    string   `json:"type"`    // application, network, gateway, classic
	Scheme  string   `json:"scheme"`  // internet-facing, internal, or empty
	Subnets []string `json:"subnets"` // in which it has addresses
	Groups  []string `json:"groups"`  // ids of the Auto Scaling groups that it sends traffic to
	// Open is there where the internet reaches it.
	Open *Open `json:"open,omitzero"`
}

// Group is an Auto Scaling group.
type Group struct {
	Resource
	Size  string `json:"size"` // "2 to 6", or empty where it is not recorded
	Parts []Part `json:"parts"`
}

// Part is what a group has in one of its subnets.
type Part struct {
	Subnet string `json:"subnet"`
	Items  []Item `json:"items"`
}

// Database is a DB instance with its standby and read replicas, or a cluster.
type Database struct {
	Resource
	Cluster bool   `json:"cluster"`
	Engine  string `json:"engine"`
	Nodes   []Node `json:"nodes"`
}

// The roles of the nodes of databases.
const (
	Single  = "single"
	Primary = "primary"
	Standby = "standby"
	Writer  = "writer"
	Reader  = "reader"
	Replica = "replica"
)

// Node is a database instance where it stands. A standby has the id of its
// primary and no ARN.
type Node struct {
	Resource
	Role   string `json:"role"`
	Subnet string `json:"subnet"` // of the DB subnet group, in the zone of the node
	// Detail says what is known besides, such as that the zone of the standby is
	// not recorded.
	Detail string `json:"detail"`
	// Open is there where the internet reaches it.
	Open *Open `json:"open,omitzero"`
}
