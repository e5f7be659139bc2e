package collect

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/buttress/buttress/internal/fakeaws"
	"github.com/buttress/buttress/internal/recording"
	"github.com/google/go-cmp/cmp"
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

func TestRun(t *testing.T) {
	s := fakeaws.New(t)
	s.Setenv(t)
	m, err := Run(t.Context(), site(), recording.NewMemory())
	if err != nil {
		t.Fatal(err)
	}
	want := recording.Manifest{
		FormatVersion: "1", Account: fakeaws.Account, Partition: "aws", CapturedAt: captured, Caller: fakeaws.Caller,
		Tool: &recording.Tool{Name: "buttress", Version: "test"}, Regions: []string{fakeaws.Region}, Endpoint: s.URL,
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("manifest: -want +got\n%s", diff)
	}
	calls := strings.Join(s.Calls(), " ")
	if n := strings.Count(calls, " elbv2:DescribeTargetHealth"); n != 2 {
		t.Errorf("asked %d times for target health, want 2", n)
	}
}
