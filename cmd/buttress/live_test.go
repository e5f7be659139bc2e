package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/fakeaws"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
	"github.com/buttress/buttress/report"
)

// outcome is what a run of the program gave.
type outcome struct {
	code           int
	stdout, stderr string
}

// buttress runs the program in this process.
func buttress(t *testing.T, args ...string) outcome {
	t.Helper()
	return buttressIn(context.Background(), t, nil, args...)
}

func buttressIn(ctx context.Context, t *testing.T, stdin io.Reader, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, &env{
		stdin: stdin, stdout: &stdout, stderr: &stderr, getenv: os.Getenv, environ: os.Environ,
		width:       func() int { return 0 },
		isTerminal:  func(io.Writer) bool { return false },
		interrupted: withCancel,
	})
	return outcome{code, stdout.String(), stderr.String()}
}

// decode reads results from standard output.
func (o outcome) decode(t *testing.T) *report.Results {
	t.Helper()
	r := new(report.Results)
	if err := json.Unmarshal([]byte(o.stdout), r); err != nil {
		t.Fatalf("%v\n%s", err, o.stderr)
	}
	return r
}

// live starts an account to scan: that of package fakeaws, in one Region.
func live(t *testing.T) *fakeaws.Server {
	t.Helper()
	s := fakeaws.New(t)
	s.Setenv(t)
	return s
}

const region = "eu-west-1"

// TestLiveEqualsRecorded scans the same account live, by a recording that the
// scan kept, by one that record made, and from every form that it may have.
func TestLiveEqualsRecorded(t *testing.T) {
	live(t)
	dir := t.TempDir()
	kept, made := filepath.Join(dir, "kept"), filepath.Join(dir, "made")
	first := buttress(t, "scan", "--region", region, "--format", "json", "--record", kept)
	want := verdicts(first.decode(t))
	if code := buttress(t, "record", "--region", region, made).code; code != exitMet {
		t.Fatalf("record: exit code %d", code)
	}
	if got := verdicts(buttress(t, "scan", "--format", "json", kept).decode(t)); !cmp.Equal(want, got) {
		t.Errorf("the scan that was kept and its replay differ: %s", cmp.Diff(want, got))
	}
	folder := buttress(t, "scan", "--format", "json", made)
	if got := verdicts(folder.decode(t)); !cmp.Equal(want, got) {
		t.Errorf("scan and record differ: %s", cmp.Diff(want, got))
	}
	for name, pack := range map[string]string{
		"made.zip": "python3 -m zipfile -c ../made.zip .", "made.tar.zst": "tar -c . | zstd -q -o ../made.tar.zst",
	} {
		packed(t, made, name, pack, folder)
	}
}

// packed scans the recording as an archive and through a pipe.
func packed(t *testing.T, made, name, pack string, folder outcome) {
	t.Helper()
	cmd := exec.Command("sh", "-c", pack)
	cmd.Dir = made
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Logf("%s is not tried: %v: %s", name, err, out)
		return
	}
	file := filepath.Join(filepath.Dir(made), name)
	if got := buttress(t, "scan", "--format", "json", file); got != folder {
		t.Errorf("%s and the folder differ: %s", name, cmp.Diff(folder.stdout, got.stdout))
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := buttressIn(context.Background(), t, f, "scan", "--format", "json", "-"); got != folder {
		t.Errorf("%s through a pipe and the folder differ: %s", name, cmp.Diff(folder.stdout, got.stdout))
	}
}

// verdict is what a result says, without where it was recorded when.
type verdict struct{ Rule, Resource, Status, Severity, Message string }

func verdicts(r *report.Results) []verdict {
	var all []verdict
	for v := range r.Results {
		all = append(all, verdict{v.Rule, v.Resource.Region + " " + v.Resource.ARN + v.Resource.ID, v.Status, v.Severity, v.Message})
	}
	return all
}

// TestEveryRefusal refuses every operation that a full scan makes, one at a time.
func TestEveryRefusal(t *testing.T) {
	s := live(t)
	calm := buttress(t, "scan", "--region", region, "--format", "json").decode(t)
	for _, op := range snapshot.Operations(checks.Kinds(catalog.All)) {
		t.Run(string(op), func(t *testing.T) {
			s.Refuse(string(op), "AccessDenied")
			defer s.Refuse(string(op), "")
			refused := buttress(t, "scan", "--region", region, "--format", "json").decode(t)
			if !slices.ContainsFunc(refused.Gaps, func(g report.Gap) bool { return g.Operation == string(op) && g.Code == "AccessDenied" }) {
				t.Errorf("there is no gap: %v", refused.Gaps)
			}
			for _, g := range refused.Gaps {
				if g.Operation != string(op) {
					t.Errorf("%s is a gap too: %s", g.Operation, g.Code)
				}
			}
			compareRefused(t, string(op), calm, refused)
		})
	}
}

// compareRefused holds the results to what may follow from a refusal: nothing
// that rests on the operation passes, and no other rule says anything else.
func compareRefused(t *testing.T, op string, calm, refused *report.Results) {
	t.Helper()
	before := map[string][]verdict{}
	for _, v := range verdicts(calm) {
		before[v.Rule] = append(before[v.Rule], v)
	}
	after := map[string][]verdict{}
	for _, v := range verdicts(refused) {
		after[v.Rule] = append(after[v.Rule], v)
	}
	for _, rule := range catalog.All {
		switch need := needs(rule, op); need {
		case "":
			if diff := cmp.Diff(before[rule.ID], after[rule.ID]); diff != "" {
				t.Errorf("%s does not read it, and says something else: %s", rule.ID, diff)
			}
		case "list":
			for _, v := range after[rule.ID] {
				if v.Status == "pass" || v.Status == "fail" {
					t.Errorf("%s: %s is %s without it", rule.ID, v.Resource, v.Status)
				}
			}
		default:
			sameOrUnknown(t, rule, need, before[rule.ID], after[rule.ID])
		}
	}
}

// needs says how a rule needs an operation: as the list of its subjects or of
// what it reads, about one resource, to follow traffic, or only to refine.
func needs(rule *checks.Rule, op string) string {
	for _, k := range append([]snapshot.Kind{rule.Subject()}, rule.Reads...) {
		if string(k.Operation()) != op {
			continue
		}
		switch {
		case k.PerResource():
			return "resource"
		case k.Optional():
			return "refines"
		}
		return "list"
	}
	is := func(k snapshot.Kind) bool { return string(k.Operation()) == op }
	switch {
	case slices.ContainsFunc(followed(rule), is):
		return "follows"
	case slices.ContainsFunc(rule.Refines, is):
		return "refines"
	}
	return ""
}

// followed are the kinds by which a rule follows traffic.
func followed(rule *checks.Rule) []snapshot.Kind {
	if rule.Follows {
		return reach.Kinds()
	}
	return nil
}

func sameOrUnknown(t *testing.T, rule *checks.Rule, need string, before, after []verdict) {
	t.Helper()
	if len(before) != len(after) {
		t.Errorf("%s: %d results, and %d with the refusal", rule.ID, len(before), len(after))
		return
	}
	for i, v := range after {
		unknown := need != "refines" && v.Status == "unknown"
		if v.Status != before[i].Status && !unknown {
			t.Errorf("%s: %s is %s, and was %s", rule.ID, v.Resource, v.Status, before[i].Status)
		}
	}
}

// TestPermissionsAreWhatIsCalled compares the policy with what a scan called,
// for all rules and for each alone.
func TestPermissionsAreWhatIsCalled(t *testing.T) {
	selections := [][]string{nil}
	for _, r := range catalog.All {
		selections = append(selections, []string{"--rule", r.ID})
	}
	for _, selection := range selections {
		t.Run(strings.Join(selection, " "), func(t *testing.T) {
			s := live(t)
			out := buttress(t, append([]string{"scan", "--format", "json"}, selection...)...)
			out.decode(t)
			if diff := cmp.Diff(permissions(t, selection...), actions(s.Calls())); diff != "" {
				t.Errorf("-permissions +called:\n%s", diff)
			}
		})
	}
}

// TestPermissionsOfRecordAndTrace compares the policies of record and of trace
// with what they call, and with each other.
func TestPermissionsOfRecordAndTrace(t *testing.T) {
	s := live(t)
	if code := buttress(t, "record", filepath.Join(t.TempDir(), "made")).code; code != exitMet {
		t.Fatalf("record: exit code %d", code)
	}
	record := permissions(t, "--for", "record")
	if diff := cmp.Diff(record, actions(s.Calls())); diff != "" {
		t.Errorf("record: -permissions +called:\n%s", diff)
	}
	scan, trace := permissions(t), permissions(t, "--for", "trace")
	both := slices.Compact(slices.Sorted(slices.Values(slices.Concat(scan, trace))))
	if diff := cmp.Diff(record, both); diff != "" {
		t.Errorf("-record +scan and trace:\n%s", diff)
	}

	s = live(t)
	e := testEnv(io.Discard, io.Discard, nil)
	if _, err := new(liveOptions).collect(t.Context(), e, snapshot.Operations(reach.Kinds()), recording.NewMemory()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(trace, actions(s.Calls())); diff != "" {
		t.Errorf("trace: -permissions +called:\n%s", diff)
	}
}

// permissions are the actions of the policy that the flags ask for.
func permissions(t *testing.T, flags ...string) []string {
	t.Helper()
	var p policy
	if err := json.Unmarshal([]byte(buttress(t, append([]string{"permissions"}, flags...)...).stdout), &p); err != nil {
		t.Fatal(err)
	}
	return p.Statement[0].Action
}

// TestScanCallsWhatRulesRead has a scan with all rules make no call that only trace
// reads, and few in a Region with nothing in it.
func TestScanCallsWhatRulesRead(t *testing.T) {
	s := live(t)
	buttress(t, "scan", "--region", "us-east-1")
	if got := len(s.Calls()); got > 50 {
		t.Errorf("%d calls for a Region with nothing in it", got)
	}
	read := snapshot.Operations(checks.Kinds(catalog.All))
	for _, c := range s.Calls() {
		if c != "sts:GetCallerIdentity" && c != "ec2:DescribeRegions" && !slices.Contains(read, recording.Operation(c)) {
			t.Errorf("%s was called, and no rule reads it", c)
		}
	}
}

// TestWholeRecordingLoads decodes everything that record writes.
func TestWholeRecordingLoads(t *testing.T) {
	live(t)
	dir := filepath.Join(t.TempDir(), "made")
	if code := buttress(t, "record", "--region", region, dir).code; code != exitMet {
		t.Fatalf("record: exit code %d", code)
	}
	r, err := recording.Open(dir, nil, recording.Options{Limits: recording.DefaultLimits, Known: everything()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := snapshot.Load(r, snapshot.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range snapshot.Kinds() {
		if reflect.ValueOf(k.Rows(s)).Len() == 0 {
			t.Errorf("%s: nothing", k.Operation())
		}
	}
	if gaps := s.Gaps(snapshot.Kinds()); len(gaps) > 0 {
		t.Errorf("gaps: %v", gaps)
	}
	for i := range snapshot.Listeners.In(s) {
		if rules, gap := s.RulesOf(&snapshot.Listeners.In(s)[i]); len(rules) == 0 || gap != nil {
			t.Errorf("listener %d: rules %v, gap %v", i, rules, gap)
		}
	}
}

// actions are the IAM actions of calls. Both generations of Elastic Load
// Balancing have one prefix.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
func actions(calls []string) []string {
	var all []string
	for _, c := range calls {
		service, name, _ := strings.Cut(c, ":")
		if service == "elb" || service == "elbv2" {
			service = "elasticloadbalancing"
		}
		all = append(all, service+":"+name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestOneRuleCallsOneService looks at the calls of a rule about databases.
func TestOneRuleCallsOneService(t *testing.T) {
	s := live(t)
	buttress(t, "scan", "--region", region, "--rule", "rds-instance-multi-az")
	for _, c := range s.Calls() {
		if !strings.HasPrefix(c, "rds:") && c != "sts:GetCallerIdentity" && c != "ec2:DescribeRegions" {
			t.Errorf("%s was called", c)
		}
	}
}

// TestInterrupted presses Ctrl-C while a call hangs: what was read is judged and
// shown as incomplete, within two seconds, and nothing is kept.
func TestInterrupted(t *testing.T) {
	s := live(t)
	ctx, cancel := context.WithCancel(context.Background())
	release := make(chan struct{})
	defer close(release)
	s.Intercept(func(_ http.ResponseWriter, r fakeaws.Request) bool {
		if r.Op != "ec2:DescribeInstances" {
			return false
		}
		time.AfterFunc(200*time.Millisecond, cancel)
		<-release
		return true
	})
	kept := filepath.Join(t.TempDir(), "kept")
	began := time.Now()
	out := buttressIn(ctx, t, nil, "scan", "--region", region, "--format", "json", "--record", kept, "--fail-on", "none", "--allow-unknown")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	r := out.decode(t)
	if !r.Interrupted || r.Summary.Unknown == 0 {
		t.Errorf("interrupted %v, %d unknown", r.Interrupted, r.Summary.Unknown)
	}
	if !slices.ContainsFunc(r.Gaps, func(g report.Gap) bool { return g.Operation == "ec2:DescribeInstances" && g.Code == "Interrupted" }) {
		t.Errorf("gaps: %v", r.Gaps)
	}
	left, err := os.ReadDir(filepath.Dir(kept))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if out.code != exitUnclear || !strings.Contains(out.stderr, "buttress: interrupted: what was read is judged, and that is incomplete\n") {
		t.Errorf("exit code %d, %q", out.code, out.stderr)
	}
	incomplete(t, out.stdout)
}

// incomplete looks at what later commands make of the results of a scan that was
// interrupted.
func incomplete(t *testing.T, results string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "results.json")
	if err := os.WriteFile(file, []byte(results), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := buttress(t, "baseline", file); out.code != exitError || !strings.Contains(out.stderr, "the scan was interrupted: a baseline needs one that read everything") {
		t.Errorf("baseline: exit code %d, %q", out.code, out.stderr)
	}
	if out := buttress(t, "diff", file, file, "--allow-unknown"); out.code != exitUnclear || strings.Count(strings.Join(strings.Fields(out.stdout), " "), "interrupted, and so incomplete") != 2 {
		t.Errorf("diff: exit code %d, %q", out.code, out.stdout)
	}
	for format, want := range map[string]string{"svg": "Interrupted: this is incomplete.", "mermaid": "%% Interrupted: this is incomplete.\n%% The endpoint was not AWS.\n"} {
		if out := buttress(t, "report", file, "--format", format); !strings.Contains(out.stdout, want) || !strings.Contains(out.stdout, " unknown") {
			t.Errorf("%s does not say that it is incomplete", format)
		}
	}
}

// TestInterruptedAtOnce presses Ctrl-C before the first answer.
func TestInterruptedAtOnce(t *testing.T) {
	for _, op := range []string{"sts:GetCallerIdentity", "ec2:DescribeRegions"} {
		s := live(t)
		ctx, cancel := context.WithCancel(context.Background())
		release := make(chan struct{})
		s.Intercept(func(_ http.ResponseWriter, r fakeaws.Request) bool {
			if r.Op != op {
				return false
			}
			time.AfterFunc(100*time.Millisecond, cancel)
			<-release
			return true
		})
		kept := filepath.Join(t.TempDir(), "kept")
		out := buttressIn(ctx, t, nil, "scan", "--record", kept)
		close(release)
		if want := "buttress: interrupted before anything was read\n"; out.code != exitError || out.stdout != "" || out.stderr != want {
			t.Errorf("%s: exit code %d, %q %q", op, out.code, out.stdout, out.stderr)
		}
		if left, err := os.ReadDir(filepath.Dir(kept)); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	}
}

// TestEndpointIsSaid looks for the endpoint that is not AWS in both formats.
func TestEndpointIsSaid(t *testing.T) {
	s := live(t)
	if out := buttress(t, "scan", "--region", region); !strings.Contains(out.stdout, s.URL+" (this is not AWS)") {
		t.Errorf("the text does not say %s:\n%s", s.URL, out.stdout)
	}
	if r := buttress(t, "scan", "--region", region, "--format", "json").decode(t); r.Endpoint != s.URL {
		t.Errorf("the JSON says %q", r.Endpoint)
	}
}

// TestMoreResourcesTakeNoMoreCalls serves forty subnets, route tables and groups
// more, and counts the calls of a full scan.
func TestMoreResourcesTakeNoMoreCalls(t *testing.T) {
	s := live(t)
	buttress(t, "scan", "--region", region)
	before := len(s.Calls())
	forty := func(op, format string) {
		items := make([]string, 40)
		for i := range items {
			items[i] = fmt.Sprintf(format, i)
		}
		s.Serve(op, items...)
	}
	forty("ec2:DescribeSubnets", "<item><subnetId>subnet-%d</subnetId><vpcId>vpc-1</vpcId></item>")
	forty("ec2:DescribeRouteTables", "<item><routeTableId>rtb-%d</routeTableId><vpcId>vpc-1</vpcId></item>")
	forty("ec2:DescribeSecurityGroups", "<item><groupId>sg-%d</groupId><groupName>g</groupName><vpcId>vpc-1</vpcId></item>")
	out := buttress(t, "scan", "--region", region, "--format", "json").decode(t)
	if got := len(s.Calls()) - before; got > before {
		t.Errorf("%d calls, and %d with forty subnets, route tables and groups", before, got)
	}
	if len(verdicts(out)) < 80 {
		t.Error("the forty were not judged")
	}
}

// TestCoresDoNotMatter judges with one core and with several.
func TestCoresDoNotMatter(t *testing.T) {
	many := buttress(t, "scan", "--format", "json", "../../fixtures/accounts/tipster-before")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if one := buttress(t, "scan", "--format", "json", "../../fixtures/accounts/tipster-before"); one != many {
		t.Errorf("-many +one\n%s", cmp.Diff(many.stdout, one.stdout))
	}
}
