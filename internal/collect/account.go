package collect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"

	"github.com/buttress/buttress/internal/nearest"
)

// ConfigError says that an account cannot be read as the user asks, and what to
// do about it, in one line.
type ConfigError struct {
	text string
	err  error // may be nil
}

func (e *ConfigError) Error() string { return e.text }
func (e *ConfigError) Unwrap() error { return e.err }

func configError(err error, format string, args ...any) error {
	return &ConfigError{oneLine(fmt.Sprintf(format, args...)), err}
}

// account is the account that the credentials belong to.
type account struct {
	id, partition, caller string

	config aws.Config // of the Region that is asked about the account
}

// clients are the services' clients of one Region.
type clients struct {
	ec2         *ec2.Client
	rds         *rds.Client
	elb         *elb.Client
	elbv2       *elbv2.Client
	autoscaling *autoscaling.Client
}

func newClients(c aws.Config) *clients {
	return &clients{ec2.NewFromConfig(c), rds.NewFromConfig(c), elb.NewFromConfig(c), elbv2.NewFromConfig(c), autoscaling.NewFromConfig(c)}
}

// in is the configuration for the calls in a Region.
func (a *account) in(region string, p *pace, slots chan struct{}) aws.Config {
	c := a.config.Copy()
	c.Region = region
	g := &gate{pace: p, slots: slots, buckets: map[string]*rate.Limiter{}}
	c.APIOptions = append(slices.Clip(c.APIOptions), g.addTo)
	return c
}

// open finds the credentials and asks whose they are.
func open(ctx context.Context, c Config) (*account, error) {
	cfg, err := load(ctx, c)
	if err != nil {
		return nil, err
	}
	if cfg.Region == "" {
		cfg.Region = home(c.Regions)
	}
	if c.AssumeRole != "" {
		role := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg, hasty), c.AssumeRole,
			func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "buttress" })
		cfg.Credentials = aws.NewCredentialsCache(role)
	}
	who, err := sts.NewFromConfig(cfg, hasty).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, noIdentity(ctx, c, err)
	}
	caller, err := arn.Parse(aws.ToString(who.Arn))
	if err != nil || aws.ToString(who.Account) == "" {
		return nil, configError(err, "sts:GetCallerIdentity answered without an account: is the endpoint that of AWS?")
	}
	return &account{id: *who.Account, partition: caller.Partition, caller: *who.Arn, config: cfg}, nil
}

// hasty makes STS fail soon: a user waits for the first answer.
func hasty(o *sts.Options) { o.RetryMaxAttempts = 3 }

// home is the Region to ask where none is configured: the first one of the
// partition that the Regions to read are in.
func home(regions []string) string {
	switch {
	case len(regions) > 0 && strings.HasPrefix(regions[0], "cn-"):
		return "cn-north-1"
	case len(regions) > 0 && strings.HasPrefix(regions[0], "us-gov-"):
		return "us-gov-west-1"
	}
	return "us-east-1"
}

func load(ctx context.Context, c Config) (aws.Config, error) {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = maxCalls
		t.ResponseHeaderTimeout = time.Minute
	}).WithTimeout(5 * time.Minute)
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithHTTPClient(client),
		config.WithLogger(sdkLog{c.Log}),
		config.WithRetryer(c.pace.retryer),
		config.WithAPIOptions([]func(*middleware.Stack) error{rightDocument{}.addTo}),
		config.WithSharedConfigProfile(c.Profile),
	)
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return cfg, configError(err, "profile %q is in neither ~/.aws/config nor ~/.aws/credentials: aws configure list-profiles names those that are", missing.Profile)
	}
	if err != nil {
		return cfg, configError(err, "the AWS configuration cannot be used: %v", err)
	}
	return cfg, nil
}

// sdkLog takes what the SDK logs, which would go to standard error.
type sdkLog struct{ log *slog.Logger }

// Logf implements logging.Logger.
func (l sdkLog) Logf(_ logging.Classification, format string, args ...any) {
	l.log.Debug("aws sdk", "message", fmt.Sprintf(format, args...))
}

// stale are the codes with which AWS answers to credentials that are not, or no
// longer, valid.
var stale = map[string]string{
	"ExpiredToken":                "have expired",
	"ExpiredTokenException":       "have expired",
	"RequestExpired":              "have expired, or the clock of this machine is wrong",
	"InvalidClientTokenId":        "are not valid",
	"AuthFailure":                 "are not valid",
	"UnrecognizedClientException": "are not valid",
	"SignatureDoesNotMatch":       "are not valid: the secret key does not fit, or the clock of this machine is wrong",
}

// noIdentity says why AWS does not know the caller.
func noIdentity(ctx context.Context, c Config, err error) error {
	const signIn = "sign in again (aws sso login, or aws configure), or name another --profile"
	if api, ok := apiError(err); ok {
		if what, ok := stale[api.ErrorCode()]; ok {
			return configError(err, "the AWS credentials %s (%s): %s", what, api.ErrorCode(), signIn)
		}
		if c.AssumeRole != "" {
			return configError(err, "the role %s cannot be assumed: %s: %s", c.AssumeRole, api.ErrorCode(), withoutIDs(api.ErrorMessage()))
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, ok := errors.AsType[*url.Error](err); ok && !noCredentials(err) {
		return configError(err, "AWS cannot be reached: %s", unreachableText(err))
	}
	if noCredentials(err) {
		return configError(err, "no usable AWS credentials (%s): %s", withoutIDs(root(err)), signIn)
	}
	code, message := reason(ctx, err)
	return configError(err, "AWS does not say whose credentials these are: %s: %s", code, message)
}

// noCredentials says whether a call failed before it was sent, for want of
// credentials. The SDK has no type for it.
func noCredentials(err error) bool {
	return strings.Contains(err.Error(), "failed to refresh cached credentials") || strings.Contains(err.Error(), "get credentials") ||
		strings.Contains(err.Error(), "failed to sign request")
}

// regionName is what the name of a Region looks like.
var regionName = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-\d+$`)

func plausible(region string) error {
	if !regionName.MatchString(region) {
		return configError(nil, "%q is not the name of a Region, such as eu-west-1", region)
	}
	return nil
}

// regions are the Regions to read, sorted: those that are asked for, if they can
// be read, or all that are enabled.
func (a *account) regions(ctx context.Context, asked []string) ([]string, error) {
	asked = slices.Compact(slices.Sorted(slices.Values(asked)))
	for _, name := range asked {
		if err := plausible(name); err != nil {
			return nil, err
		}
	}
	in := &ec2.DescribeRegionsInput{}
	if len(asked) > 0 {
		in.AllRegions = new(true)
	}
	answer, err := ec2.NewFromConfig(a.config, func(o *ec2.Options) { o.RetryMaxAttempts = 3 }).DescribeRegions(ctx, in)
	switch {
	case err == nil && len(asked) > 0:
		return asked, known(asked, answer.Regions)
	case err == nil:
		return names(answer.Regions), nil
	case len(asked) > 0:
		return asked, nil // they are not checked, then
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	code, message := reason(ctx, err)
	return nil, configError(err, "the Regions of the account cannot be listed (%s: %s): name those to read with --region", code, message)
}

func names(regions []types.Region) []string {
	list := make([]string, 0, len(regions))
	for _, r := range regions {
		list = append(list, aws.ToString(r.RegionName))
	}
	slices.Sort(list)
	return list
}

// known makes sure that the account has the Regions that are asked for.
func known(asked []string, regions []types.Region) error {
	if len(regions) == 0 {
		return nil // not an answer to check anything with
	}
	for _, name := range asked {
		i := slices.IndexFunc(regions, func(r types.Region) bool { return aws.ToString(r.RegionName) == name })
		if i < 0 {
			return configError(nil, "there is no Region %s%s", name, nearest.Hint(name, names(regions)))
		}
		if aws.ToString(regions[i].OptInStatus) == "not-opted-in" {
			return configError(nil, "the Region %s is not enabled in this account: enable it (aws account enable-region --region-name %s) or leave it out", name, name)
		}
	}
	return nil
}

// endpoint is where the calls went if that was not AWS: the first such endpoint
// of the services that the operations belong to, without what could be a
// secret.
func (a *account) endpoint(ops []*operation) string {
	c := newClients(a.config)
	base := map[string]*string{
		"autoscaling": c.autoscaling.Options().BaseEndpoint, "ec2": c.ec2.Options().BaseEndpoint, "elb": c.elb.Options().BaseEndpoint,
		"elbv2": c.elbv2.Options().BaseEndpoint, "rds": c.rds.Options().BaseEndpoint, "sts": sts.NewFromConfig(a.config).Options().BaseEndpoint,
	}
	services := []string{"ec2"} // for the Regions
	for _, op := range ops {
		services = append(services, op.name.Service())
	}
	for _, service := range append(services, "sts") {
		if e := base[service]; e != nil && !ownedByAWS(*e) {
			return withoutSecrets(*e)
		}
	}
	return ""
}

// awsDomains are the domains of AWS's endpoints, of all partitions.
var awsDomains = []string{".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn", ".amazonaws.eu", ".c2s.ic.gov", ".sc2s.sgov.gov", ".cloud.adc-e.uk", ".csp.hci.ic.gov"}

func ownedByAWS(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && slices.ContainsFunc(awsDomains, func(domain string) bool { return strings.HasSuffix(u.Hostname(), domain) })
}

func withoutSecrets(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "unreadable"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
