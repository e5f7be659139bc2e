package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/buttress/buttress/internal/nearest"
	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/snapshot"
)

const traceHelp = `Follow traffic through the account, or a recording of one: whether packets get
from one place to another, on which path, and what stands in the way.

--from and --to are "internet", an address, or the id of an instance, a network
interface, a load balancer (name or ARN), a database (identifier or ARN), a NAT
gateway, a VPC endpoint or a subnet. --from can be a range of addresses, a VPN
gateway or a VPC too. With --who in its place the answer is everything that can
reach the target.

The port is that of the target, also behind a load balancer; without --port all
ports of the protocol are asked for. Of icmp and icmpv6 it is the type.

Answers:
  reachable     packets arrive, and replies return
  partial       from some of the sources, on some ports, or for some ports of
                clients
  forward_only  packets arrive, replies do not return
  blocked       they do not arrive
  unknown       that hangs on what is not recorded

Whether something listens at the port is not part of a recording.

Exit codes:
  0  reachable or partial
  1  blocked or forward_only
  2  the question could not be asked: bad usage, unreadable recording
  3  unknown`

const traceExamples = `  buttress trace my-account --from internet --to tipster-db --port 3306
  buttress trace --from internet --to i-0123456789abcdef0 --port 22
  buttress trace my-account --from i-0a1b2c3d --to 10.0.3.17 --port 5432
  buttress trace my-account --who --to tipster-db --port 3306
  buttress trace my-account --from 203.0.113.0/24 --to my-alb --port 443`

// traceOptions are the flags of trace.
type traceOptions struct {
	accountOptions

	question reach.Question
	missing  string
	format   string
}

func newTraceCmd(e *env) *cobra.Command {
	o := &traceOptions{accountOptions: newAccountOptions(e)}
	cmd := &cobra.Command{
		Use:     "trace [RECORDING]",
		Short:   "Say whether traffic gets from here to there, and what stops it",
		Long:    traceHelp,
		Example: traceExamples,
		Args:    atMost(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	o.addFlags(f)
	o.questionFlags(f)
	return cmd
}

func (o *traceOptions) questionFlags(f *pflag.FlagSet) {
	f.StringVar(&o.question.From, "from", "", "where packets come from: internet, an `ID`, an address or a range")
	f.StringVar(&o.question.To, "to", "", "where they go: internet, an `ID` or an address")
	f.BoolVar(&o.question.Who, "who", false, "ask who can reach the target, in place of --from")
	f.StringVar(&o.question.Protocol, "protocol", "tcp", "tcp, udp, icmp, icmpv6, any, or the number of a `protocol`")
	f.Var(portFlag{&o.question.Port}, "port", "the `port` of the target; default: all")
	f.StringVar(&o.missing, "assume-missing", "", "`allow`: answer as if what is not recorded allowed, and say what was assumed")
	f.StringVar(&o.format, "format", "text", "write the answer as `text` or json")
}

// portFlag is a flag for one port, or none.
type portFlag struct{ port **int }

// String implements pflag.Value.
func (p portFlag) String() string {
	if p.port == nil || *p.port == nil {
		return ""
	}
	return strconv.Itoa(**p.port)
}

// Set implements pflag.Value.
func (p portFlag) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil {
		return errors.New("a port is one number, 0 to 65535")
	}
	*p.port = &n
	return nil
}

// Type implements pflag.Value.
func (p portFlag) Type() string { return "port" }

func (o *traceOptions) checkQuestion(args []string) error {
	q := &o.question
	switch {
	case q.To == "":
		return errors.New("--to is needed: internet, an id or an address")
	case q.Who && q.From != "":
		return errors.New("--who asks for everybody: it stands in place of --from")
	case !q.Who && q.From == "":
		return errors.New("--from is needed, or --who: internet, an id, an address or a range")
	case o.missing != "" && o.missing != "allow":
		return fmt.Errorf("--assume-missing: %q is nothing that can be assumed: allow", o.missing)
	case o.format != "text" && o.format != "json":
		return fmt.Errorf("--format: %q is no format of trace: text or json", o.format)
	}
	q.AssumeMissing = o.missing != ""
	return o.check(args)
}

func (o *traceOptions) run(ctx context.Context, args []string) error {
	if err := o.checkQuestion(args); err != nil {
		return err
	}
	n, done, err := o.network(ctx, args)
	if err != nil {
		return err
	}
	defer done()
	a, err := n.Ask(o.question)
	if err != nil {
		return o.nearest(n, err)
	}
	if err := o.write(a); closedPipe(err) {
		fmt.Fprintln(o.env.stderr, "buttress: nobody reads the answer any more:", oneLine(err))
	} else if err != nil {
		return err
	}
	return exitOfAnswer(a.Answer)
}

// network is the network of the account.
func (o *accountOptions) network(ctx context.Context, args []string) (*reach.Network, func(), error) {
	in, err := o.open(ctx, args, snapshot.Operations(reach.Kinds()))
	if err != nil {
		return nil, nil, err
	}
	s, err := snapshot.Load(in.recording, reach.Kinds())
	if err != nil {
		in.close()
		return nil, nil, err
	}
	return reach.NewNetwork(s), in.close, nil
}

// nearest names what was perhaps meant.
func (o *traceOptions) nearest(n *reach.Network, err error) error {
	var unknown *reach.UnknownError
	if !errors.As(err, &unknown) {
		return err
	}
	names := n.Names()
	slices.Sort(names)
	return fmt.Errorf("%w%s", err, nearest.Hint(unknown.Word, names))
}

func (o *traceOptions) write(a *reach.Answer) error {
	if o.format == "text" {
		return writeAnswer(o.env, a)
	}
	text, err := json.Marshal(a, jsontext.WithIndent("  "), json.FormatNilSliceAsNull(false), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	_, err = o.env.stdout.Write(append(text, '\n'))
	return err
}

func exitOfAnswer(answer string) error {
	switch {
	case slices.Contains([]string{reach.Reachable, reach.Partial}, answer):
		return nil
	case answer == reach.Unknown:
		return exitCode(exitUnclear)
	default:
		return exitCode(exitBroken)
	}
}
