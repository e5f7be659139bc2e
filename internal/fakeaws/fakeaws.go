// Package fakeaws is a server that answers like AWS, for tests: it serves one
// small account as AWS's own XML, in pages, and can refuse, or have a test
// answer, whatever is asked. It promises to know nothing of the code under test.
//
// The account has a site in two zones of eu-west-1: public and private subnets,
// NAT gateways, an Application and a Classic Load Balancer, an Auto Scaling
// group that pins a version of its launch template and one with a launch
// configuration, a Multi-AZ MySQL instance and an Aurora cluster. A VPN, a
// peering connection and a transit gateway lead to other networks. The other
// enabled Region, us-east-1, is empty.
package fakeaws

import (
	"cmp"
	"embed"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The account that is served.
const (
	Account = "111122223333"
	Region  = "eu-west-1" // where everything stands
	Caller  = "arn:aws:sts::111122223333:assumed-role/audit/alice"
)

//go:embed account
var account embed.FS

// list is an operation that lists: where its items stand in the answer, the
// parameter that names the resource for those that ask about one, whether it has
// no pages, and whether it demands a filter.
type list struct {
	set, about      string
	whole, filtered bool
}

var lists = map[string]list{
	"autoscaling:DescribeAutoScalingGroups":        {set: "AutoScalingGroups"},
	"autoscaling:DescribeLaunchConfigurations":     {set: "LaunchConfigurations"},
	"autoscaling:DescribePolicies":                 {set: "ScalingPolicies"},
	"autoscaling:DescribeScheduledActions":         {set: "ScheduledUpdateGroupActions"},
	"ec2:DescribeAvailabilityZones":                {set: "availabilityZoneInfo", whole: true},
	"ec2:DescribeEgressOnlyInternetGateways":       {set: "egressOnlyInternetGatewaySet"},
	"ec2:DescribeInstances":                        {set: "reservationSet"},
	"ec2:DescribeInternetGateways":                 {set: "internetGatewaySet"},
	"ec2:DescribeLaunchTemplateVersions":           {set: "launchTemplateVersionSet"},
	"ec2:DescribeNatGateways":                      {set: "natGatewaySet"},
	"ec2:DescribeNetworkAcls":                      {set: "networkAclSet"},
	"ec2:DescribeNetworkInterfaces":                {set: "networkInterfaceSet"},
	"ec2:DescribeRouteTables":                      {set: "routeTableSet"},
	"ec2:DescribeSecurityGroupVpcAssociations":     {set: "securityGroupVpcAssociationSet"},
	"ec2:DescribeSecurityGroups":                   {set: "securityGroupInfo"},
	"ec2:DescribeSubnets":                          {set: "subnetSet"},
	"ec2:DescribeTransitGatewayAttachments":        {set: "transitGatewayAttachments"},
	"ec2:DescribeTransitGatewayPeeringAttachments": {set: "transitGatewayPeeringAttachments"},
	"ec2:DescribeTransitGatewayRouteTables":        {set: "transitGatewayRouteTables"},
	"ec2:DescribeTransitGatewayVpcAttachments":     {set: "transitGatewayVpcAttachments"},
	"ec2:DescribeTransitGateways":                  {set: "transitGatewaySet"},
	"ec2:DescribeVpcBlockPublicAccessExclusions":   {set: "vpcBlockPublicAccessExclusionSet"},
	"ec2:DescribeVpcBlockPublicAccessOptions":      {},
	"ec2:DescribeVpcEndpoints":                     {set: "vpcEndpointSet"},
	"ec2:DescribeVpcPeeringConnections":            {set: "vpcPeeringConnectionSet"},
	"ec2:DescribeVpcs":                             {set: "vpcSet"},
	"ec2:DescribeVpnConnections":                   {set: "vpnConnectionSet", whole: true},
	"ec2:DescribeVpnGateways":                      {set: "vpnGatewaySet", whole: true},
	"ec2:GetManagedPrefixListEntries":              {set: "entrySet", about: "PrefixListId"},
	"ec2:SearchTransitGatewayRoutes":               {set: "routeSet", about: "TransitGatewayRouteTableId", filtered: true},
	"elb:DescribeInstanceHealth":                   {set: "InstanceStates", about: "LoadBalancerName", whole: true},
	"elb:DescribeLoadBalancers":                    {set: "LoadBalancerDescriptions"},
	"elbv2:DescribeListeners":                      {set: "Listeners", about: "LoadBalancerArn"},
	"elbv2:DescribeLoadBalancerAttributes":         {set: "Attributes", about: "LoadBalancerArn", whole: true},
	"elbv2:DescribeLoadBalancers":                  {set: "LoadBalancers"},
	"elbv2:DescribeRules":                          {set: "Rules", about: "ListenerArn"},
	"elbv2:DescribeTargetGroupAttributes":          {set: "Attributes", about: "TargetGroupArn", whole: true},
	"elbv2:DescribeTargetGroups":                   {set: "TargetGroups"},
	"elbv2:DescribeTargetHealth":                   {set: "TargetHealthDescriptions", about: "TargetGroupArn", whole: true},
	"rds:DescribeDBClusters":                       {set: "DBClusters"},
	"rds:DescribeDBInstances":                      {set: "DBInstances"},
	"rds:DescribeDBSubnetGroups":                   {set: "DBSubnetGroups"},
}

// missing is what AWS answers about a resource that is not there.
var missing = map[string]string{
	"ec2:GetManagedPrefixListEntries":      "InvalidPrefixListID.NotFound",
	"ec2:SearchTransitGatewayRoutes":       "InvalidRouteTableID.NotFound",
	"elb:DescribeInstanceHealth":           "LoadBalancerNotFound",
	"elbv2:DescribeListeners":              "LoadBalancerNotFound",
	"elbv2:DescribeLoadBalancerAttributes": "LoadBalancerNotFound",
	"elbv2:DescribeRules":                  "ListenerNotFound",
	"elbv2:DescribeTargetGroupAttributes":  "TargetGroupNotFound",
	"elbv2:DescribeTargetHealth":           "TargetGroupNotFound",
}

// Request is a call as the server sees it.
type Request struct {
	Op     string // "elbv2:DescribeLoadBalancers", with the AWS CLI's word for the service
	Region string
	Form   url.Values
}

// service and action are the two parts of Op.
func (r Request) service() string { return strings.SplitN(r.Op, ":", 2)[0] }
func (r Request) action() string  { return strings.SplitN(r.Op, ":", 2)[1] }

// Server is a running server. Its fields may be set until the first call.
type Server struct {
	URL string

	// PageSize bounds the items of a page; 0 means what the caller asks for.
	PageSize int
	// EmptyPages puts an empty page with a token in front of every other page.
	EmptyPages bool

	server *httptest.Server

	mu        sync.Mutex // calls come side by side; guards what follows
	intercept func(http.ResponseWriter, Request) bool
	refused   map[string]string
	items     map[string][]string
	requests  []Request
}

// Start starts a server. The caller closes it.
func Start() *Server {
	s := &Server{refused: map[string]string{}, items: map[string][]string{}}
	s.server = httptest.NewServer(s)
	s.URL = s.server.URL
	return s
}

// New starts a server that is closed when the test ends.
func New(t interface{ Cleanup(func()) }) *Server {
	s := Start()
	t.Cleanup(s.Close)
	return s
}

// Close stops the server and cuts the calls under way.
func (s *Server) Close() {
	s.server.CloseClientConnections()
	s.server.Close()
}

// Env are the environment variables, as KEY=value, that send the AWS SDKs and
// the AWS CLI to the server and nowhere else.
func (s *Server) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.URL,
		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
		"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"AWS_SESSION_TOKEN=",
		"AWS_REGION=us-east-1",
		"AWS_DEFAULT_REGION=us-east-1",
		"AWS_PROFILE=",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/nonexistent/config",
		"AWS_SHARED_CREDENTIALS_FILE=/nonexistent/credentials",
	}
}

// Setenv sets the variables of Env for a test.
func (s *Server) Setenv(t interface{ Setenv(key, value string) }) {
	for _, kv := range s.Env() {
		key, value, _ := strings.Cut(kv, "=")
		t.Setenv(key, value)
	}
}

// Refuse makes every call of an operation fail with AWS's error code, from now
// on. An empty code allows it again.
func (s *Server) Refuse(op, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[op] = code
}

// Serve replaces what the lists of an operation hold in Region by these items, in
// AWS's XML.
func (s *Server) Serve(op string, items ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[op] = items
}

// Calls are the operations that were called, in the order of the calls, pages
// and repetitions included.
func (s *Server) Calls() []string {
	var ops []string
	for _, r := range s.Requests() {
		ops = append(ops, r.Op)
	}
	return ops
}

// Requests are the calls themselves.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Intercept lets f answer calls in the server's place: those for which it returns
// true. Calls of other processes may already be on their way.
func (s *Server) Intercept(f func(http.ResponseWriter, Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r, err := parse(hr)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, r)
	code := cmp.Or(s.refused[r.Op], s.refused["*"])
	intercept := s.intercept
	s.mu.Unlock()
	switch {
	case intercept != nil && intercept(w, r):
	case code != "":
		Refusal(w, r, code, "You are not authorized to perform this operation.")
	default:
		s.answer(w, r)
	}
}

// parse reads a call. The Region and the service stand in the signature.
func parse(hr *http.Request) (Request, error) {
	if err := hr.ParseForm(); err != nil {
		return Request{}, err
	}
	_, scope, _ := strings.Cut(hr.Header.Get("Authorization"), "Credential=")
	parts := strings.Split(scope, "/")
	if len(parts) < 4 {
		return Request{}, fmt.Errorf("the call is not signed: %q", hr.Header.Get("Authorization"))
	}
	service := parts[3]
	if service == "elasticloadbalancing" {
		service = map[string]string{"2012-06-01": "elb", "2015-12-01": "elbv2"}[hr.Form.Get("Version")]
	}
	return Request{Op: service + ":" + hr.Form.Get("Action"), Region: parts[2], Form: hr.Form}, nil
}

func (s *Server) answer(w http.ResponseWriter, r Request) {
	switch r.Op {
	case "sts:GetCallerIdentity":
		write(w, r, fmt.Sprintf("<Arn>%s</Arn><UserId>AROAEXAMPLE:alice</UserId><Account>%s</Account>", Caller, Account))
	case "sts:AssumeRole":
		write(w, r, fmt.Sprintf("<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>"+
			"<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>%s/%s</Arn><AssumedRoleId>AROAEXAMPLE:x</AssumedRoleId></AssumedRoleUser>",
			r.Form.Get("RoleArn"), r.Form.Get("RoleSessionName")))
	case "ec2:DescribeRegions":
		write(w, r, regions(r.Form.Get("AllRegions") == "true"))
	default:
		s.answerList(w, r)
	}
}

func regions(all bool) string {
	var b strings.Builder
	for _, region := range []struct{ name, status string }{
		{"af-south-1", "not-opted-in"}, {"eu-south-2", "not-opted-in"}, {Region, "opt-in-not-required"}, {"us-east-1", "opt-in-not-required"},
	} {
		if all || region.status != "not-opted-in" {
			fmt.Fprintf(&b, "<item><regionName>%[1]s</regionName><regionEndpoint>ec2.%[1]s.amazonaws.com</regionEndpoint><optInStatus>%[2]s</optInStatus></item>", region.name, region.status)
		}
	}
	return "<regionInfo>" + b.String() + "</regionInfo>"
}

func (s *Server) answerList(w http.ResponseWriter, r Request) {
	l, ok := lists[r.Op]
	if !ok {
		Refusal(w, r, "InvalidAction", "The action "+r.action()+" is not valid for this web service.")
		return
	}
	items, found := s.itemsOf(r, l)
	switch {
	case l.filtered && !r.Form.Has("Filter.1.Value.1"):
		Refusal(w, r, "MissingParameter", "The request must contain the parameter Filter")
	case !found:
		Refusal(w, r, missing[r.Op], "There is no "+r.Form.Get(l.about))
	case l.set == "":
		write(w, r, strings.Join(items, ""))
	case l.whole:
		write(w, r, "<"+l.set+">"+strings.Join(items, "")+"</"+l.set+">")
	default:
		page, next := s.page(r, items)
		if r.Op == "ec2:SearchTransitGatewayRoutes" {
			next += fmt.Sprintf("<additionalRoutesAvailable>%t</additionalRoutesAvailable>", next != "")
		}
		write(w, r, "<"+l.set+">"+strings.Join(page, "")+"</"+l.set+">"+next)
	}
}

// itemsOf are the items that a call is about, and whether there is such a thing.
func (s *Server) itemsOf(r Request, l list) ([]string, bool) {
	s.mu.Lock()
	items, replaced := s.items[r.Op]
	s.mu.Unlock()
	switch {
	case replaced && r.Region == Region:
		return items, true
	case r.Region != Region && l.about == "" && l.set != "" && l.set != "availabilityZoneInfo":
		return nil, true
	}
	nodes := read(r.Op)
	if l.about != "" {
		for _, n := range nodes {
			if n.About == r.Form.Get(l.about) {
				return texts(n.Nodes), true
			}
		}
		return nil, false
	}
	if r.Op == "ec2:DescribeLaunchTemplateVersions" {
		nodes = versions(nodes, r.Form)
	}
	return texts(nodes), true
}

// node is an element of the account's files.
type node struct {
	XMLName xml.Name
	About   string `xml:"about,attr"`
	Version string `xml:"versionNumber"`
	Default bool   `xml:"defaultVersion"`
	Inner   string `xml:",innerxml"`
	Nodes   []node `xml:",any"`
}

func read(op string) []node {
	text, err := account.ReadFile("account/" + strings.Replace(op, ":", "-", 1) + ".xml")
	if err != nil {
		return nil
	}
	var root node
	if err := xml.Unmarshal(text, &root); err != nil {
		return []node{{Inner: err.Error()}}
	}
	return root.Nodes
}

func texts(nodes []node) []string {
	var list []string
	for _, n := range nodes {
		list = append(list, "<"+n.XMLName.Local+">"+n.Inner+"</"+n.XMLName.Local+">")
	}
	return list
}

// versions are the versions of the account's launch template that are asked for.
func versions(nodes []node, form url.Values) []node {
	asked := map[string]bool{}
	for key, values := range form {
		if strings.HasPrefix(key, "LaunchTemplateVersion.") {
			asked[values[0]] = true
		}
	}
	latest := "3"
	return slices.DeleteFunc(nodes, func(n node) bool {
		wanted := asked[n.Version] || asked["$Default"] && n.Default || asked["$Latest"] && n.Version == latest
		return !wanted
	})
}

// page cuts a page out of items. A token is the number of the next item, with an
// e in front of it where an empty page comes first.
func (s *Server) page(r Request, items []string) (page []string, next string) {
	start, size, emptied := 0, len(items), false
	for _, key := range []string{"NextToken", "Marker"} {
		if token := r.Form.Get(key); token != "" {
			start, _ = strconv.Atoi(strings.TrimPrefix(token, "e"))
			emptied = strings.HasPrefix(token, "e")
		}
	}
	for _, key := range []string{"MaxResults", "MaxRecords", "PageSize"} {
		if n, err := strconv.Atoi(r.Form.Get(key)); err == nil {
			size = n
		}
	}
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	start = min(start, len(items))
	end := min(start+size, len(items))
	switch {
	case s.EmptyPages && !emptied && start < len(items):
		return nil, token(r, "e"+strconv.Itoa(start))
	case end < len(items):
		return items[start:end], token(r, strconv.Itoa(end))
	}
	return items[start:end], ""
}

// token is the token of the next page, where the service puts it.
func token(r Request, value string) string {
	name := map[string]string{"ec2": "nextToken", "rds": "Marker", "elb": "NextMarker", "elbv2": "NextMarker", "autoscaling": "NextToken"}[r.service()]
	return "<" + name + ">" + value + "</" + name + ">"
}

// write writes an answer around its content.
func write(w http.ResponseWriter, r Request, content string) {
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	const id = "59dbff89-35bd-4eac-99ed-be587EXAMPLE"
	if r.service() == "ec2" {
		fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<%[1]sResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>%[2]s</requestId>%[3]s</%[1]sResponse>`, r.action(), id, content)
		return
	}
	fmt.Fprintf(w, `<%[1]sResponse xmlns="http://%[2]s.amazonaws.com/doc/"><%[1]sResult>%[3]s</%[1]sResult><ResponseMetadata><RequestId>%[4]s</RequestId></ResponseMetadata></%[1]sResponse>`,
		r.action(), r.service(), content, id)
}

// Refusal writes an error as the service of the call does: throttling with the
// status 503 of EC2 or 400 of the others, anything else with 403 or 400.
func Refusal(w http.ResponseWriter, r Request, code, message string) {
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	code, message = html.EscapeString(code), html.EscapeString(message)
	status := http.StatusBadRequest
	switch {
	case code == "RequestLimitExceeded":
		status = http.StatusServiceUnavailable
	case strings.HasSuffix(code, "UnauthorizedOperation"), strings.HasPrefix(code, "AccessDenied"), strings.HasPrefix(code, "ExpiredToken"):
		status = http.StatusForbidden
	}
	w.WriteHeader(status)
	if r.service() == "ec2" {
		fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>ea966190-f9aa-478e-9ede-EXAMPLE</RequestID></Response>`, code, message)
		return
	}
	fmt.Fprintf(w, `<ErrorResponse xmlns="http://%s.amazonaws.com/doc/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>ea966190-f9aa-478e-9ede-EXAMPLE</RequestId></ErrorResponse>`, r.service(), code, message)
}
