package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/buttress/buttress/internal/collect"
	"github.com/buttress/buttress/report"
)

const recordHelp = `Make a recording of the account that the AWS credentials lead to, and judge
nothing. It holds what the AWS CLI would print, file by file, all that any rule
and trace read, and can be judged later without credentials: buttress scan DIR.

With --script nothing is called. Instead a shell script is printed that makes
the same recording with the AWS CLI alone, for somebody who holds the keys and
does not want to run anything else. It takes the folder as its argument.

Exit codes: 0, or 3 where something could not be recorded, or 2 where nothing
was.`

const recordExamples = `  buttress record my-account
  buttress record my-account --region eu-west-1,eu-central-1
  buttress record --script > record.sh && sh record.sh my-account`

// recordOptions are the flags of record.
type recordOptions struct {
	env    *env
	live   liveOptions
	script bool
}

func newRecordCmd(e *env) *cobra.Command {
	o := &recordOptions{env: e}
	cmd := &cobra.Command{
		Use:     "record DIR",
		Short:   "Make a recording of an account",
		Long:    recordHelp,
		Example: recordExamples,
		Args:    o.args,
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	o.live.addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&o.script, "script", false, "print a shell script of AWS CLI calls that makes the same recording")
	return cmd
}

func (o *recordOptions) args(_ *cobra.Command, args []string) error {
	switch {
	case o.script && len(args) > 0:
		return errors.New("--script takes no folder: the script that it prints does")
	case o.script && (o.live.profile != "" || o.live.assumeRole != ""):
		return errors.New("--script makes no calls: set AWS_PROFILE where the script is run")
	case !o.script && len(args) != 1:
		return errors.New("record needs one folder to write to, as in: buttress record my-account")
	}
	return nil
}

func (o *recordOptions) run(ctx context.Context, args []string) error {
	ops := everything()
	if o.script {
		return collect.Script(o.env.stdout, ops, o.live.regions)
	}
	dir, whole, err := createDir(o.env, args[0])
	if err != nil {
		return err
	}
	defer whole()
	m, err := o.live.collect(ctx, o.env, ops, dir)
	if err != nil {
		dir.Abandon()
		if interrupted(err) {
			return errors.New("interrupted: nothing was kept")
		}
		return err
	}
	if err := dir.Keep(); err != nil {
		return err
	}
	sayGaps(o.env, m.Gaps)
	fmt.Fprintf(o.env.stderr, "recorded account %s, %s, in %s\n", m.Account, report.Plural(len(m.Regions), "Region", "Regions"), report.Escape(args[0]))
	if len(m.Gaps) > 0 {
		return exitCode(exitUnclear)
	}
	return nil
}
