package catalog_test

import (
	"fmt"
	"runtime"
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

// BenchmarkMillion loads generated accounts of four sizes and judges them by all
// rules. It reports CPU seconds and bytes, since these machines are shared.
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
	began = cpu()
	outcomes := checks.Run(s, catalog.All)
	judged := cpu() - began
	verdicts := 0
	for _, o := range outcomes {
		verdicts += o.Counts.Pass + o.Counts.Fail + o.Counts.Unknown + o.Counts.NotApplicable
	}
	b.ReportMetric(loaded, "load-cpu-s")
	b.ReportMetric(float64(held)/float64(n), "B/resource")
	b.ReportMetric(judged, "judge-cpu-s")
	b.ReportMetric(float64(verdicts), "verdicts")
	runtime.KeepAlive(s)
}
