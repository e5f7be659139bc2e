package collect

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"
)

// pace says how fast calls are made and made again.
type pace struct {
	backoff retry.BackoffDelayer
	limits  map[string]limit // by the SDK's id of the service
}

// limit is a token bucket for one Region.
type limit struct {
	rate      rate.Limit
	burst     int
	perAction bool // each operation has a bucket of its own
}

// documented is at most half of what AWS gives an account, so that a scan never
// starves production.
var documented = pace{
	backoff: retry.NewExponentialJitterBackoff(10 * time.Second),
	limits: map[string]limit{
		// Describe and Get: 100 requests, 20 more each second, for each action.
		// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
		"EC2": {rate: 10, burst: 50, perAction: true},
		// All reads together: 40 requests, 10 more each second.
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html
		"Elastic Load Balancing v2": {rate: 5, burst: 20},
		// Classic Load Balancers have a bucket of their own; the figure is that of
		// the newer API.
		"Elastic Load Balancing": {rate: 5, burst: 20},
		// One limit that is shared by all of its API and not published.
		// https://repost.aws/knowledge-center/autoscaling-api-calls-throttled
		"Auto Scaling": {rate: 5, burst: 20},
		// Not published.
		"RDS": {rate: 5, burst: 20},
	},
}

// retryer makes a retryer. It is not shared between Regions or services, has no
// quota that one of them could use up for the others, and repeats what did not
// come through whole.
func (p *pace) retryer() aws.Retryer {
	return patience{retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 8
		o.RateLimiter = ratelimit.None
		o.Backoff = p.backoff
		o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(cutOff))
	})}
}

func cutOff(err error) aws.Ternary {
	if errors.Is(err, io.ErrUnexpectedEOF) || malformed(err) && !refused(err) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// malformedAttempts is how often an answer is asked for that is not the API's.
// It is rarely better the next time, and eight attempts take more than a minute.
const malformedAttempts = 3

// patience is a retryer that gives up early on answers that are not the API's.
type patience struct{ *retry.Standard }

func (p patience) RetryDelay(attempt int, err error) (time.Duration, error) {
	if attempt >= malformedAttempts && malformed(err) {
		return 0, err
	}
	return p.Standard.RetryDelay(attempt, err)
}

// gate holds every attempt of a call until its bucket has a token, and then
// until fewer than maxCalls calls are under way.
type gate struct {
	pace  *pace
	slots chan struct{} // shared by all Regions

	mu      sync.Mutex // calls are made side by side
	buckets map[string]*rate.Limiter
}

func (*gate) ID() string { return "Gate" }

// addTo puts the gate behind the middleware that retries.
func (g *gate) addTo(stack *middleware.Stack) error {
	return stack.Finalize.Insert(g, "Retry", middleware.After)
}

// HandleFinalize implements middleware.FinalizeMiddleware.
func (g *gate) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	if b := g.bucket(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)); b != nil {
		if err := sleep(ctx, b.Reserve().Delay()); err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, &aws.RequestCanceledError{Err: err}
		}
	}
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	case <-ctx.Done():
		return middleware.FinalizeOutput{}, middleware.Metadata{}, &aws.RequestCanceledError{Err: ctx.Err()}
	}
	return next.HandleFinalize(ctx, in)
}

func (g *gate) bucket(service, action string) *rate.Limiter {
	l, ok := g.pace.limits[service]
	if !ok {
		return nil
	}
	key := service
	if l.perAction {
		key += ":" + action
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	b, ok := g.buckets[key]
	if !ok {
		b = rate.NewLimiter(l.rate, l.burst)
		g.buckets[key] = b
	}
	return b
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
