package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
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
	// it is pressed again the program ends.
	interrupted func(ctx context.Context) (context.Context, context.CancelFunc)
	// signals take away what is half written when the program is ended. It is nil
	// where nobody ends it.
	signals *signals
	verbose bool
	// environ are all variables of the environment, as NAME=value.
	environ func() []string
	// config is the configuration file that --config names, or empty.
	config string
	// configuration is the configuration file that was read, or empty.
	configuration string
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
	exitSignal  = 128 // and the number of the signal, as shells count
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
	if closedPipe(err) {
		sayClosed(e, err)
		return exitMet
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

// sayClosed says that an output was not written to its end, and why.
func sayClosed(e *env, err error) {
	fmt.Fprintln(e.stderr, "buttress: nobody reads the output any more:", oneLine(cause(err)))
}

// cause is what the system said of a file, without the name that it has for us:
// that of the file that is renamed at the end, or of standard output.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
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
  3  nothing failed, but something is unknown, or the scan was interrupted
  130  ended by Ctrl-C; in a live scan the first one stops reading, and what was
       read is judged`

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
	cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 80"))
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
	return fmt.Errorf("unknown command %q%s (%s --help lists all)", args[0], nearest.Hint(args[0], names), cmd.CommandPath())
}

// flagError adds the nearest flag to the error about one that there is not.
func flagError(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return err
	}
	var names []string
	add := func(f *pflag.Flag) { names = append(names, "--"+f.Name) }
	cmd.LocalFlags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	name := strings.TrimLeft(unknown.GetSpecifiedName(), "-")
	dashes := "--"
	if unknown.GetSpecifiedShortnames() != "" {
		dashes = "-"
	}
	return fmt.Errorf("unknown flag %s%s%s (%s --help lists all)", dashes, name, nearest.Hint("--"+name, names), cmd.CommandPath())
}
