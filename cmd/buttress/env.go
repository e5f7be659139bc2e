package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/internal/nearest"
	"github.com/buttress/buttress/report"
)

// env is the world that a command runs in. Tests have their own.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	width          func() int
	isTerminal     func(io.Writer) bool
	// interrupted returns a context that ends when the user presses Ctrl-C. When
	// it is pressed again abandon is called, and the program ends.
	interrupted func(ctx context.Context, abandon func()) (context.Context, context.CancelFunc)
	verbose     bool
	// environ are all variables of the environment, as NAME=value.
	environ func() []string
	// config is the configuration file that --config names, or empty.
	config string
	// waivers are those that the configuration file lists itself.
	waivers []gate.Waiver
}

// log is where what deserves attention goes: standard error.
func (e *env) log() *slog.Logger {
	level := slog.LevelError
	if e.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: level}))
}

// colour reports whether what goes to w may be coloured. https://no-color.org
func (e *env) colour(w io.Writer) bool {
	return e.isTerminal(w) && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
}

// The exit codes.
const (
	exitMet     = 0
	exitBroken  = 1
	exitError   = 2 // the command did not run
	exitUnclear = 3
	exitTwice   = 130 // 128 and the number of SIGINT, as shells count
)

// exitCode is an error that only sets the exit code: the command has already
// said what there is to say.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, e *env) int {
	cmd := newRootCmd(e)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if err == nil {
		return exitMet
	}
	if code, ok := errors.AsType[exitCode](err); ok {
		return int(code)
	}
	fmt.Fprintln(e.stderr, "buttress:", oneLine(err))
	return exitError
}

// oneLine makes an error, which may quote a stranger, safe to print.
func oneLine(err error) string {
	const limit = 2000
	s := strings.Join(strings.Fields(err.Error()), " ")
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return report.Escape(s)
}

// closedPipe reports whether the reader of an output has gone.
func closedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}

const rootHelp = `Buttress reads the state of an AWS account, live or recorded, and says which
parts of its architecture meet the Well-Architected Framework, which do not,
what proves it, and what could not be judged.

Judge the account that your AWS credentials lead to, in every Region:

    buttress scan

Record it, and judge the recording later, without credentials:

    buttress record my-account
    buttress scan my-account

Learn what one rule asks for, and what a scan is allowed to do:

    buttress rules rds-instance-not-public
    buttress permissions`

const exitHelp = `
Exit codes:
  0  nothing that counts failed, and nothing that was asked for is unknown
  1  something at or above --fail-on failed
  2  the command did not run: bad usage, no credentials, unreadable recording
  3  nothing failed, but something is unknown
  130  Ctrl-C was pressed twice`

func newRootCmd(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:           "buttress",
		Short:         "Judge the architecture of an AWS account",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := notEmpty(cmd.Flags(), "rule", "pillar", "region"); err != nil {
				return err
			}
			return e.settings(cmd)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	cmd.SetIn(e.stdin)
	cmd.SetOut(e.stdout)
	cmd.SetErr(e.stderr)
	cmd.PersistentFlags().BoolVarP(&e.verbose, "verbose", "v", false, "say on standard error what is done")
	cmd.PersistentFlags().StringVar(&e.config, "config", "", "take flags that are not given from this `FILE` (default: buttress.yaml, if there is one)")
	cmd.AddCommand(newScanCmd(e), newRecordCmd(e), newRulesCmd(e), newPermissionsCmd(e), newReportCmd(e), newConfigCmd(e),
		newBaselineCmd(e), newDiffCmd(e), newTraceCmd(e), newExposureCmd(e), newVersionCmd(e))
	completeFlags(cmd)
	cmd.Args = knownCommand
	cmd.SetFlagErrorFunc(flagError)
	cmd.SetHelpCommand(newHelpCmd())
	cmd.InitDefaultCompletionCmd()
	if completion, _, err := cmd.Find([]string{"completion"}); err == nil {
		completion.Args = knownCommand
		completion.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	return cmd
}

// newHelpCmd is cobra's help, but for a command that there is not, which is an
// error.
func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Explain a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return knownCommand(cmd.Root(), args)
			}
			if len(rest) > 0 {
				return knownCommand(about, rest)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// knownCommand refuses a command that there is not, and names the nearest.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return fmt.Errorf("unknown command %q: the nearest is %s (%s --help lists all)", args[0], nearest.Word(args[0], names), cmd.CommandPath())
}

// flagError adds the nearest flag to the error about one that there is not.
func flagError(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	var names []string
	add := func(f *pflag.Flag) { names = append(names, f.Name) }
	cmd.LocalFlags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	meant := nearest.Word(strings.TrimLeft(unknown.GetSpecifiedName(), "-"), names)
	dashes := "--"
	if unknown.GetSpecifiedShortnames() != "" {
		dashes = "-"
	}
	return fmt.Errorf("unknown flag %s%s: the nearest is --%s (%s --help lists all)", dashes, strings.TrimLeft(unknown.GetSpecifiedName(), "-"), meant, cmd.CommandPath())
}
