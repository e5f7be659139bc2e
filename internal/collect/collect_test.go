package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/fakeaws"
	"github.com/buttress/buttress/internal/recording"
)

// fast is a pace without waiting.
var fast = pace{backoff: retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Millisecond, nil })}

var captured = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// site is the configuration for reading the fake's account.
func site(ops ...recording.Operation) Config {
	if len(ops) == 0 {
		ops = Operations()
	}
	return Config{
		Regions: []string{fakeaws.Region}, Operations: ops, Tool: recording.Tool{Name: "buttress", Version: "test"},
		Now: func() time.Time { return captured }, pace: &fast,
	}
}

// sink keeps what is written, and fails if it is told to.
type sink struct {
	mu       sync.Mutex // bodies are written side by side
	bodies   map[string]string
	finished bool
	fail     error // of the first write
}

func newSink() *sink { return &sink{bodies: map[string]string{}} }

type sinkBody struct {
	strings.Builder
	to   *sink
	path string
}

func (s *sink) Create(path string) (recording.Body, error) { return &sinkBody{to: s, path: path}, nil }

func (s *sink) Finish(recording.Manifest) error {
	s.finished = true
	return nil
}

func (s *sink) Recording(recording.Options) (*recording.Recording, error) {
	return nil, errors.ErrUnsupported
}

func (b *sinkBody) Write(p []byte) (int, error) {
	if b.to.fail != nil {
		return 0, b.to.fail
	}
	return b.Builder.Write(p)
}

func (b *sinkBody) Commit() error {
	b.to.mu.Lock()
	defer b.to.mu.Unlock()
	b.to.bodies[b.path] = b.String()
	return nil
}

func (b *sinkBody) Discard() {}

// compact is a body without blanks, for comparing.
func (s *sink) compact(t *testing.T, path string) string {
	t.Helper()
	v := jsontext.Value(s.bodies[path])
	if err := v.Compact(); err != nil {
		t.Fatalf("%s: %v in %q", path, err, s.bodies[path])
	}
	return string(v)
}

// run reads the fake's account.
func run(t *testing.T, c Config) (*sink, recording.Manifest) {
	t.Helper()
	to := newSink()
	m, err := Run(t.Context(), c, to)
	if err != nil {
		t.Fatal(err)
	}
	if !to.finished {
		t.Error("the recording is not finished")
	}
	return to, m
}

// start starts a fake that the environment leads to.
func start(t *testing.T) *fakeaws.Server {
	t.Helper()
	s := fakeaws.New(t)
	s.Setenv(t)
	return s
}

func TestRun(t *testing.T) {
	s := start(t)
	to, m := run(t, site())
	want := recording.Manifest{
		FormatVersion: "1", Account: fakeaws.Account, Partition: "aws", CapturedAt: captured, Caller: fakeaws.Caller,
		Tool: &recording.Tool{Name: "buttress", Version: "test"}, Regions: []string{fakeaws.Region}, Endpoint: s.URL,
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("manifest: -want +got\n%s", diff)
	}
	for _, op := range operations {
		prefix := fakeaws.Region + "/" + op.name.File()
		if !slices.ContainsFunc(sortedKeys(to.bodies), func(path string) bool {
			return strings.HasPrefix(path, prefix+"/") || op.lists() && path == prefix+".json"
		}) {
			t.Errorf("%s: no body", op.name)
		}
	}
	all := fmt.Sprint(to.bodies)
	for _, leaked := range []string{"correct-horse", "f00-not-a-real-token", "not-to-be-seen"} {
		if strings.Contains(all, leaked) {
			t.Errorf("the recording holds the secret %q", leaked)
		}
	}
	for path, want := range map[string]string{
		"eu-west-1/ec2-describe-vpc-block-public-access-options.json": `{"VpcBlockPublicAccessOptions":{"AwsAccountId":"111122223333","AwsRegion":"eu-west-1","State":"default-state",` +
			`"InternetGatewayBlockMode":"off","LastUpdateTimestamp":"2026-06-01T08:00:00+00:00","ManagedBy":"account","ExclusionsAllowed":"allowed"}}`,
		"eu-west-1/ec2-get-managed-prefix-list-entries/pl-00000000000000001.json": `{"Entries":[{"Cidr":"10.9.0.0/16"}]}`,
		"eu-west-1/elb-describe-instance-health/tipster-classic.json":             `{"InstanceStates":[{"Description":"N/A","InstanceId":"i-00000000000000004","ReasonCode":"N/A","State":"InService"},{"Description":"N/A","InstanceId":"i-00000000000000003","ReasonCode":"N/A","State":"InService"}]}`,
	} {
		if diff := cmp.Diff(asMap(t, want), asMap(t, to.bodies[path])); diff != "" {
			t.Errorf("%s: -want +got\n%s", path, diff)
		}
	}
	pinned := to.compact(t, "eu-west-1/ec2-describe-launch-template-versions/lt-00000000000000001.json")
	if !strings.Contains(pinned, `"VersionNumber":2,`) || strings.Contains(pinned, `"VersionNumber":3,`) {
		t.Errorf("the pinned version 2, and no other, should be there: %s", pinned)
	}
}

func asMap(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return v
}

// The operations that a scan is said to call are those that it calls.
func TestActions(t *testing.T) {
	s := start(t)
	c := site()
	run(t, c)
	called := s.Calls()
	for i, op := range called {
		called[i] = strings.NewReplacer("elbv2:", "elasticloadbalancing:", "elb:", "elasticloadbalancing:").Replace(op)
	}
	slices.Sort(called)
	if diff := cmp.Diff(slices.Compact(called), Actions(c.Operations)); diff != "" {
		t.Errorf("-called +said\n%s", diff)
	}
}

func TestPagesAreMerged(t *testing.T) {
	s := start(t)
	want, _ := run(t, site())
	s.PageSize, s.EmptyPages = 1, true
	got, m := run(t, site())
	if len(m.Gaps) > 0 {
		t.Errorf("gaps: %v", m.Gaps)
	}
	if diff := cmp.Diff(want.bodies, got.bodies); diff != "" {
		t.Errorf("-one page +many pages\n%s", diff)
	}
}

func TestLargestPagesAreAskedFor(t *testing.T) {
	s := start(t)
	run(t, site())
	for _, r := range s.Requests() {
		i := slices.IndexFunc(operations, func(op *operation) bool { return string(op.name) == r.Op })
		if i < 0 || operations[i].page == 0 || r.Form.Has("LaunchTemplateId") {
			continue
		}
		if got, want := r.Form.Get("MaxResults")+r.Form.Get("MaxRecords")+r.Form.Get("PageSize"), fmt.Sprint(operations[i].page); got != want {
			t.Errorf("%s: asked for pages of %q, want %s", r.Op, got, want)
		}
	}
}

func TestEmptyRegion(t *testing.T) {
	s := start(t)
	c := site()
	c.Regions = []string{"us-east-1"}
	_, m := run(t, c)
	if len(m.Gaps) > 0 {
		t.Errorf("gaps: %v", m.Gaps)
	}
	want := 2 // for the caller and the Regions
	for _, op := range operations {
		if op.lists() {
			want++
		}
	}
	if got := len(s.Calls()); got != want || got > 50 {
		t.Errorf("%d calls, want %d, one for each list: %v", got, want, s.Calls())
	}
}

func TestEnabledRegions(t *testing.T) {
	start(t)
	c := site("ec2:DescribeVpcs")
	c.Regions = nil
	to, m := run(t, c)
	if diff := cmp.Diff([]string{"eu-west-1", "us-east-1"}, m.Regions); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got, want := to.compact(t, "us-east-1/ec2-describe-vpcs.json"), `{"Vpcs":[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// An id on two pages: the later page wins, and a reservation that is split over
// pages is no repetition.
func TestRepeatedIDs(t *testing.T) {
	s := start(t)
	s.PageSize = 1
	subnet := func(id, state string) string {
		return "<item><subnetId>" + id + "</subnetId><state>" + state + "</state></item>"
	}
	s.Serve("ec2:DescribeSubnets", subnet("a", "pending"), subnet("b", "available"), subnet("a", "available"))
	reservation := func(id string, instances ...string) string {
		var b strings.Builder
		for _, i := range instances {
			id, kind, _ := strings.Cut(i, " ")
			fmt.Fprintf(&b, "<item><instanceId>%s</instanceId><instanceType>%s</instanceType></item>", id, kind)
		}
		return "<item><reservationId>" + id + "</reservationId><instancesSet>" + b.String() + "</instancesSet></item>"
	}
	s.Serve("ec2:DescribeInstances", reservation("r", "i t1", "j t2"), reservation("r", "k t3"), reservation("q", "i t4"))
	to, m := run(t, site("ec2:DescribeSubnets", "ec2:DescribeInstances"))
	if len(m.Gaps) > 0 {
		t.Errorf("gaps: %v", m.Gaps)
	}
	if got, want := to.compact(t, "eu-west-1/ec2-describe-subnets.json"), `{"Subnets":[{"State":"available","SubnetId":"b"},{"State":"available","SubnetId":"a"}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := to.compact(t, "eu-west-1/ec2-describe-instances.json"), `{"Reservations":[`+
		`{"Instances":[{"InstanceId":"j","InstanceType":"t2"}],"ReservationId":"r"},`+
		`{"Instances":[{"InstanceId":"k","InstanceType":"t3"}],"ReservationId":"r"},`+
		`{"Instances":[{"InstanceId":"i","InstanceType":"t4"}],"ReservationId":"q"}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}

	s.Serve("ec2:DescribeInstances", reservation("r", "i t1"), reservation("r", "j t2"))
	to, _ = run(t, site("ec2:DescribeInstances"))
	if got := to.compact(t, "eu-west-1/ec2-describe-instances.json"); strings.Count(got, `"ReservationId":"r"`) != 2 {
		t.Errorf("both parts of the reservation should be there: %s", got)
	}
}

// answer is a way in which a call can fail.
type answer func(http.ResponseWriter, fakeaws.Request)

func refusal(code, message string) answer {
	return func(w http.ResponseWriter, r fakeaws.Request) { fakeaws.Refusal(w, r, code, message) }
}

func text(status int, kind, body string) answer {
	return func(w http.ResponseWriter, _ fakeaws.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// cut breaks the connection off in the middle of an answer.
func cut(w http.ResponseWriter, r fakeaws.Request) {
	_, action, _ := strings.Cut(r.Op, ":")
	w.Header().Set("Content-Length", "100000")
	_, _ = io.WriteString(w, "<"+action+"Response><subnetSet>")
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// drop breaks the connection off without an answer.
func drop(http.ResponseWriter, fakeaws.Request) { panic(http.ErrAbortHandler) }

const html = "<!doctype html><title>500</title>"

func TestGaps(t *testing.T) {
	for _, tt := range []struct {
		name   string
		op     recording.Operation
		answer answer
		code   string
		text   string
		calls  int
	}{
		{"refused", "ec2:DescribeSubnets", refusal("UnauthorizedOperation", "You are not authorized. (Service: Ec2, Status Code: 403, Request ID: 0a1b-2c)"), "UnauthorizedOperation", "You are not authorized.", 1},
		{"refused by rds", "rds:DescribeDBInstances", refusal("AccessDenied", "User: x is not authorized\nto perform"), "AccessDenied", "User: x is not authorized to perform", 1},
		{"not enabled", "ec2:DescribeSubnets", refusal("AuthFailure", "AWS was not able to validate"), "AuthFailure", "AWS was not able to validate", 1},
		{"throttled", "ec2:DescribeSubnets", refusal("RequestLimitExceeded", "Request limit exceeded."), "RequestLimitExceeded", "Request limit exceeded.", 8},
		{"throttled by rds", "rds:DescribeDBInstances", refusal("Throttling", "Rate exceeded"), "Throttling", "Rate exceeded", 8},
		{"html 500", "ec2:DescribeSubnets", text(500, "text/html", html), "MalformedResponse", "the answer is not that of the API (HTTP 500 text/html)", 3},
		{"html 500 of rds", "rds:DescribeDBInstances", text(500, "text/html", html), "MalformedResponse", "the answer is not that of the API (HTTP 500 text/html)", 3},
		{"html 200", "ec2:DescribeSubnets", text(200, "text/html", html), "MalformedResponse", "the answer is not that of the API (HTTP 200 text/html)", 3},
		{"html 404", "rds:DescribeDBInstances", text(404, "text/html", html), "MalformedResponse", "the answer is not that of the API (HTTP 404 text/html)", 1},
		{"nothing", "ec2:DescribeSubnets", text(200, "text/xml", ""), "MalformedResponse", "the answer is not that of the API (HTTP 200 text/xml)", 3},
		{"another answer", "ec2:DescribeSubnets", text(200, "text/xml", "<DescribeVpcsResponse/>"), "MalformedResponse", "the answer is not that of the API (HTTP 200 text/xml)", 3},
		{"broken xml", "ec2:DescribeSubnets", text(200, "text/xml", "<DescribeSubnetsResponse><subnetSet>"), "MalformedResponse", "the answer is not that of the API (HTTP 200 text/xml)", 3},
		{"garbage", "rds:DescribeDBInstances", text(200, "text/xml", "\x00\x01\xff"), "MalformedResponse", "the answer is not that of the API (HTTP 200 text/xml)", 3},
		{"cut", "ec2:DescribeSubnets", cut, "Unreachable", "unexpected EOF", 8},
		{"dropped", "ec2:DescribeSubnets", drop, "Unreachable", "EOF", 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t)
			s.Intercept(func(w http.ResponseWriter, r fakeaws.Request) bool {
				if r.Op == string(tt.op) {
					tt.answer(w, r)
					return true
				}
				return false
			})
			to, m := run(t, site(tt.op, "ec2:DescribeVpcs"))
			for i := range m.Gaps {
				m.Gaps[i].Message = strings.TrimPrefix(m.Gaps[i].Message, strings.TrimPrefix(s.URL, "http://")+": ")
			}
			want := []recording.Gap{{Region: fakeaws.Region, Operation: tt.op, Code: tt.code, Message: tt.text}}
			if diff := cmp.Diff(want, m.Gaps); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if diff := cmp.Diff([]string{"eu-west-1/ec2-describe-vpcs.json"}, sortedKeys(to.bodies)); diff != "" {
				t.Errorf("bodies: -want +got\n%s", diff)
			}
			if got := count(s.Calls(), string(tt.op)); got != tt.calls {
				t.Errorf("called %d times, want %d", got, tt.calls)
			}
		})
	}
}

func count(calls []string, op string) (n int) {
	for _, c := range calls {
		if c == op {
			n++
		}
	}
	return n
}

// A list of which the second page fails is no list, and what it named so far is
// not asked about.
func TestLaterPageFails(t *testing.T) {
	s := start(t)
	s.PageSize = 1
	s.Intercept(func(w http.ResponseWriter, r fakeaws.Request) bool {
		if r.Form.Get("Marker") == "" {
			return false
		}
		fakeaws.Refusal(w, r, "AccessDenied", "no")
		return true
	})
	to, m := run(t, site("elbv2:DescribeTargetGroups", "elbv2:DescribeTargetHealth"))
	want := []recording.Gap{{Region: fakeaws.Region, Operation: "elbv2:DescribeTargetGroups", Code: "AccessDenied", Message: "no"}}
	if diff := cmp.Diff(want, m.Gaps); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if len(to.bodies) > 0 {
		t.Errorf("bodies: %v", sortedKeys(to.bodies))
	}
}

func TestTokenThatRepeats(t *testing.T) {
	s := start(t)
	s.Intercept(func(w http.ResponseWriter, r fakeaws.Request) bool {
		if r.Op != "ec2:DescribeVpcs" {
			return false
		}
		_, _ = io.WriteString(w, "<DescribeVpcsResponse><vpcSet/><nextToken>again</nextToken></DescribeVpcsResponse>")
		return true
	})
	_, m := run(t, site("ec2:DescribeVpcs"))
	if len(m.Gaps) != 1 || m.Gaps[0].Code != recording.MalformedResponse {
		t.Errorf("gaps: %v", m.Gaps)
	}
}

// A resource that has gone since it was listed is a gap of its own.
func TestResourceHasGone(t *testing.T) {
	s := start(t)
	var gone string
	s.Intercept(func(w http.ResponseWriter, r fakeaws.Request) bool {
		if arn := r.Form.Get("TargetGroupArn"); strings.Contains(arn, "tipster-idle") {
			gone = arn
			fakeaws.Refusal(w, r, "TargetGroupNotFound", "One or more target groups not found")
			return true
		}
		return false
	})
	to, m := run(t, site("elbv2:DescribeTargetGroups", "elbv2:DescribeTargetHealth"))
	want := []recording.Gap{{Region: fakeaws.Region, Operation: "elbv2:DescribeTargetHealth", Resource: gone, Code: "TargetGroupNotFound", Message: "One or more target groups not found"}}
	if diff := cmp.Diff(want, m.Gaps); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if len(to.bodies) != 2 {
		t.Errorf("bodies: %v", sortedKeys(to.bodies))
	}
}

func TestPinsAreUnknown(t *testing.T) {
	s := start(t)
	s.Refuse("autoscaling:DescribeAutoScalingGroups", "AccessDenied")
	run(t, site("autoscaling:DescribeAutoScalingGroups", launchTemplateVersions))
	if got := count(s.Calls(), string(launchTemplateVersions)); got != 1 {
		t.Errorf("asked %d times for versions, want 1", got)
	}
}

func TestInterrupted(t *testing.T) {
	s := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.Intercept(func(w http.ResponseWriter, r fakeaws.Request) bool {
		switch r.Op {
		case "ec2:DescribeVpcs":
			cancel()
			<-ctx.Done()
			return true
		case "ec2:DescribeSubnets":
			fakeaws.Refusal(w, r, "RequestLimitExceeded", "slow down")
			return true
		}
		return false
	})
	c := site()
	c.pace = &pace{backoff: retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Minute, nil })}
	to := newSink()
	began := time.Now()
	m, err := Run(ctx, c, to)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	if !to.finished {
		t.Error("the recording is not finished")
	}
	codes := map[recording.Operation]string{}
	for _, g := range m.Gaps {
		codes[g.Operation] = g.Code
	}
	if codes["ec2:DescribeVpcs"] != recording.Interrupted || codes["ec2:DescribeSubnets"] != recording.Interrupted {
		t.Errorf("gaps: %v", m.Gaps)
	}
}

func TestBodyCannotBeWritten(t *testing.T) {
	start(t)
	to := newSink()
	to.fail = errors.New("no space left on device")
	_, err := Run(t.Context(), site(), to)
	if !errors.Is(err, to.fail) || to.finished {
		t.Errorf("error %v, finished %v", err, to.finished)
	}
}

func TestProgress(t *testing.T) {
	s := start(t)
	s.Refuse("rds:DescribeDBClusters", "AccessDenied")
	c := site()
	var last Progress
	c.Progress = func(p Progress) { last = p }
	to, m := run(t, c)
	want := Progress{Regions: 1, Calls: len(to.bodies) + len(m.Gaps), Known: len(to.bodies) + len(m.Gaps), Resources: last.Resources, Gaps: 1}
	if diff := cmp.Diff(want, last); diff != "" || last.Resources < 30 {
		t.Errorf("-want +got\n%s\n%+v", diff, last)
	}
}
