// Package topology computes what a diagram of an account draws: Regions, VPCs,
// zones, subnets by tier, and what stands in them. It is a small value that
// results carry, so that a saved file can be drawn without the recording.
package topology

// Topology is what a diagram draws of one or more accounts. Lists are sorted.
type Topology struct {
	Regions []Region `json:"regions"`
	// Cut says in words what was left out so that the value stays small.
	Cut []string `json:"cut"`
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
}
