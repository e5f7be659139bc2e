package report_test

import (
	"runtime"
	"syscall"
	"testing"

	"github.com/buttress/buttress/report"
)

// BenchmarkFormats writes 100,000 results in each format, and reports the CPU
// seconds and by how much the heap grew at most. They are to stay below 5 seconds and 400 MB.
func BenchmarkFormats(b *testing.B) {
	r := many(100_000)
	for _, name := range report.Formats() {
		b.Run(name, func(b *testing.B) {
			format, err := report.FormatNamed(name)
			if err != nil {
				b.Fatal(err)
			}
			var m meter
			runtime.GC()
			before := heap()
			began := cpu(b)
			for b.Loop() {
				if err := format(&m, r, report.Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cpu(b)-began)/float64(b.N), "cpu-s/op")
			b.ReportMetric(float64(m.peak)/1e6-float64(before)/1e6, "peak-MB")
			b.ReportMetric(float64(m.written)/float64(b.N)/1e6, "written-MB/op")
		})
	}
}

// meter counts what is written to it, and looks at the heap at the first byte and
// at each megabyte.
type meter struct{ written, looked, peak uint64 }

func (m *meter) Write(p []byte) (int, error) {
	m.written += uint64(len(p))
	if m.peak == 0 || m.written > m.looked+1e6 {
		m.looked = m.written
		m.peak = max(m.peak, heap())
	}
	return len(p), nil
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapInuse
}

// cpu is how many seconds this process has worked.
func cpu(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime)
}
