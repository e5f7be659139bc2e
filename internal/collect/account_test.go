package collect

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/buttress/buttress/internal/fakeaws"
	"github.com/buttress/buttress/internal/recording"
)

// fails runs a scan that cannot begin and returns what the user reads.
func fails(t *testing.T, c Config) string {
	t.Helper()
	to := newSink()
	_, err := Run(t.Context(), c, to)
	if _, ok := errors.AsType[*ConfigError](err); !ok {
		t.Fatalf("error %v, want a ConfigError", err)
	}
	if to.finished || len(to.bodies) > 0 {
		t.Error("something was recorded")
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than a line: %q", err)
	}
	return err.Error()
}

func TestCredentials(t *testing.T) {
	for code, want := range map[string]string{
		"ExpiredToken":          "the AWS credentials have expired (ExpiredToken): sign in again",
		"InvalidClientTokenId":  "the AWS credentials are not valid (InvalidClientTokenId): sign in again",
		"SignatureDoesNotMatch": "the AWS credentials are not valid: the secret key does not fit, or the clock of this machine is wrong",
		"Whatever":              "AWS does not say whose credentials these are: Whatever: You are not authorized",
	} {
		t.Run(code, func(t *testing.T) {
			s := start(t)
			s.Refuse("sts:GetCallerIdentity", code)
			if got := fails(t, site()); !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestNoCredentials(t *testing.T) {
	start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	if got, want := fails(t, site()), "no usable AWS credentials"; !strings.HasPrefix(got, want) || !strings.Contains(got, "aws sso login") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnknownProfile(t *testing.T) {
	start(t)
	c := site()
	c.Profile = "adit"
	if got, want := fails(t, c), `profile "adit" is in neither`; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEndpointIsDown(t *testing.T) {
	s := start(t)
	s.Close()
	want := "AWS cannot be reached: " + strings.TrimPrefix(s.URL, "http://") + ": connection refused"
	if got := fails(t, site()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEndpointIsNotAWS(t *testing.T) {
	s := start(t)
	s.Intercept(func(w http.ResponseWriter, r fakeaws.Request) bool {
		text(200, "text/html", html)(w, r)
		return true
	})
	if got, want := fails(t, site()), "AWS does not say whose credentials these are: MalformedResponse: the answer is not that of the API (HTTP 200 text/html)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAssumeRole(t *testing.T) {
	s := start(t)
	c := site("ec2:DescribeVpcs")
	c.AssumeRole = "arn:aws:iam::111122223333:role/audit"
	run(t, c)
	r := s.Requests()[0]
	if r.Op != "sts:AssumeRole" || r.Form.Get("RoleArn") != c.AssumeRole || r.Form.Get("RoleSessionName") != "buttress" {
		t.Errorf("first call: %v", r)
	}
	s.Refuse("sts:AssumeRole", "AccessDenied")
	if got, want := fails(t, c), "the role arn:aws:iam::111122223333:role/audit cannot be assumed: AccessDenied: You are not"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRegions(t *testing.T) {
	for _, tt := range []struct{ region, want string }{
		{"eu-wst-1", "there is no Region eu-wst-1: the nearest is eu-west-1"},
		{"eu-south-2", "the Region eu-south-2 is not enabled in this account: enable it (aws account enable-region --region-name eu-south-2) or leave it out"},
		{"../x", `"../x" is not the name of a Region, such as eu-west-1`},
	} {
		t.Run(tt.region, func(t *testing.T) {
			start(t)
			c := site()
			c.Regions = []string{"eu-west-1", tt.region}
			if got := fails(t, c); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRegionsCannotBeListed(t *testing.T) {
	s := start(t)
	s.Refuse("ec2:DescribeRegions", "UnauthorizedOperation")
	c := site("ec2:DescribeVpcs")
	if _, m := run(t, c); len(m.Gaps) > 0 {
		t.Errorf("gaps: %v", m.Gaps)
	}
	c.Regions = nil
	if got, want := fails(t, c), "the Regions of the account cannot be listed (UnauthorizedOperation: You are not authorized to perform this operation.): name those to read with --region"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEndedBeforeItBegan(t *testing.T) {
	start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	to := newSink()
	if _, err := Run(ctx, site(), to); !errors.Is(err, context.Canceled) || to.finished {
		t.Errorf("error %v, finished %v", err, to.finished)
	}
}

func TestUnknownOperation(t *testing.T) {
	if _, err := Run(t.Context(), site("ec2:TerminateInstances"), newSink()); err == nil {
		t.Error("no error")
	}
}

func TestEndpoint(t *testing.T) {
	aws := map[string]string{"AWS_ENDPOINT_URL": ""}
	for _, tt := range []struct {
		name string
		env  map[string]string
		file string
		want string
	}{
		{"aws", aws, "", ""},
		{"everything", map[string]string{"AWS_ENDPOINT_URL": "http://u:p@127.0.0.1:5000/x?secret=1#f"}, "", "http://127.0.0.1:5000/x"},
		{"one service", map[string]string{"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_RDS": "http://127.0.0.1:5001"}, "", "http://127.0.0.1:5001"},
		{"a service that is not read", map[string]string{"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_AUTO_SCALING": "http://127.0.0.1:5001"}, "", ""},
		{"ignored", map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:5000", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "", ""},
		{"a profile's", aws, "[default]\nendpoint_url = http://127.0.0.1:5002\n", "http://127.0.0.1:5002"},
		{"AWS's own", map[string]string{"AWS_ENDPOINT_URL": "https://ec2.eu-west-1.amazonaws.com"}, "", ""},
		{"one that looks like AWS's", map[string]string{"AWS_ENDPOINT_URL": "https://evil-amazonaws.com"}, "", "https://evil-amazonaws.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start(t)
			for key, value := range tt.env {
				t.Setenv(key, value)
				if value == "" {
					_ = os.Unsetenv(key) // Setenv restores it
				}
			}
			file := filepath.Join(t.TempDir(), "config")
			if err := os.WriteFile(file, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("AWS_CONFIG_FILE", file)
			cfg, err := load(t.Context(), site().withDefaults())
			if err != nil {
				t.Fatal(err)
			}
			ops, err := lookUp([]recording.Operation{"ec2:DescribeVpcs", "rds:DescribeDBInstances"})
			if err != nil {
				t.Fatal(err)
			}
			if got := (&account{config: cfg}).endpoint(ops); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHome(t *testing.T) {
	for region, want := range map[string]string{"": "us-east-1", "eu-west-1": "us-east-1", "cn-northwest-1": "cn-north-1", "us-gov-east-1": "us-gov-west-1"} {
		if got := home([]string{region}); got != want {
			t.Errorf("%s: got %s, want %s", region, got, want)
		}
	}
}

func TestMessages(t *testing.T) {
	for in, want := range map[string]string{
		"You are not authorized. Request ID: 0a1b-2c":              "You are not authorized.",
		"no, RequestID: 0a1b, StatusCode: 403":                     "no",
		"no (Service: Ec2, Status Code: 403, Request ID: 0a1b-2c)": "no",
		"The security token included in the request is expired":    "The security token included in the request is expired",
		"a\nline and\tanother":                                     "a line and another",
	} {
		if got := withoutIDs(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	type item struct{ At *time.Time }
	to := newSink()
	b, _ := to.Create("x")
	w := (&task{body: b}).writer("Items")
	for _, at := range []time.Time{
		time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), time.Date(2026, 11, 23, 11, 0, 0, 250_000_999, time.FixedZone("", 3600)),
	} {
		if err := w.item(&item{&at}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.item(&item{}), w.close(), b.Commit()); err != nil {
		t.Fatal(err)
	}
	want := `{"Items":[{"At":"2026-11-23T10:00:00+00:00"},{"At":"2026-11-23T10:00:00.250000+00:00"},{}]}`
	if diff := cmp.Diff(want, to.compact(t, "x")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
