package catalog_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/generated"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

// cpu is the CPU time that the process has used.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// first are the rules of the bound: those that say what a large account has cost
// since there were no others.
var first = strings.Fields(`
rds-instance-not-public rds-subnet-group-private rds-subnet-group-multi-az rds-instance-multi-az rds-cluster-multi-az
rds-replica-not-standby rds-dedicated-security-group rds-ingress-by-security-group-reference rds-automated-backups
elbv2-load-balancer-multi-az elbv2-healthy-targets-multi-az elbv2-internet-facing-in-public-subnets
elbv2-internal-in-private-subnets elbv2-targets-managed-by-autoscaling elb-classic-not-used elb-classic-multi-az
vpc-subnets-multi-az vpc-public-and-private-tiers vpc-internet-gateway-attached vpc-main-route-table-private
vpc-no-blackhole-routes vpc-default-unused subnet-public-routed-to-internet-gateway subnet-private-no-auto-public-ip
subnet-nat-same-az security-group-scoped-by-reference security-group-no-open-admin-ports
security-group-no-open-high-risk-ports security-group-default-closed autoscaling-group-multi-az
autoscaling-group-min-two-instances autoscaling-group-has-scaling-policy autoscaling-group-attached-to-load-balancer
autoscaling-group-uses-launch-template workload-no-single-instance-tier`)

// BenchmarkMillion loads generated accounts of four sizes and judges them by the
// first rules, which pay for the indexes that they need, and then by the others. It
// reports CPU seconds and bytes, since these machines are shared.
func BenchmarkMillion(b *testing.B) {
	for _, n := range []int{125_000, 250_000, 500_000, 1_000_000} {
		b.Run(fmt.Sprintf("resources=%d", n), func(b *testing.B) {
			r := account(b, n)
			defer r.Close()
			for b.Loop() {
				measure(b, r, n)
			}
		})
	}
}

func account(b *testing.B, n int) *recording.Recording {
	b.Helper()
	r, err := recording.Open(generated.Account(b, n), nil, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// BenchmarkRules judges a generated account by one rule after the other. A rule pays
// for the indexes that it is the first to need.
func BenchmarkRules(b *testing.B) {
	r := account(b, 1_000_000)
	defer r.Close()
	s, err := snapshot.Load(r, checks.Kinds(catalog.All))
	if err != nil {
		b.Fatal(err)
	}
	for _, rule := range catalog.All {
		b.Run(rule.ID, func(b *testing.B) {
			began := cpu()
			for b.Loop() {
				checks.Run(s, []*checks.Rule{rule})
			}
			b.ReportMetric((cpu()-began)/float64(b.N), "judge-cpu-s")
		})
	}
}

func measure(b *testing.B, r *recording.Recording, n int) {
	b.Helper()
	before, began := heap(), cpu()
	s, err := snapshot.Load(r, checks.Kinds(catalog.All))
	if err != nil {
		b.Fatal(err)
	}
	loaded := cpu() - began
	held := heap() - before
	var early, late []*checks.Rule
	for _, rule := range catalog.All {
		if slices.Contains(first, rule.ID) {
			early = append(early, rule)
		} else {
			late = append(late, rule)
		}
	}
	began = cpu()
	outcomes := checks.Run(s, early)
	judgedFirst := cpu() - began
	outcomes = append(outcomes, checks.Run(s, late)...)
	judged := cpu() - began
	verdicts := 0
	for _, o := range outcomes {
		verdicts += o.Counts.Pass + o.Counts.Fail + o.Counts.Unknown + o.Counts.NotApplicable
	}
	b.ReportMetric(loaded, "load-cpu-s")
	b.ReportMetric(float64(held)/float64(n), "B/resource")
	b.ReportMetric(judgedFirst, fmt.Sprintf("judge-first-%d-cpu-s", len(early)))
	b.ReportMetric(judged, "judge-cpu-s")
	b.ReportMetric(float64(verdicts), "verdicts")
	runtime.KeepAlive(s)
}
