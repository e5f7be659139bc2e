// Command buttress reads the state of an AWS account, live or recorded, and says
// which parts of its architecture hold up.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

func main() {
	// A closed pipe is an error to report, not a reason to vanish.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(context.Background(), os.Args[1:], newEnv()))
}

func newEnv() *env {
	return &env{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, environ: os.Environ,
		width: func() int { return width(os.Stdout) },
		isTerminal: func(w io.Writer) bool {
			f, ok := w.(*os.File)
			return ok && term.IsTerminal(int(f.Fd()))
		},
		interrupted: interruptible,
	}
}

// interruptible returns a context that ends at the first Ctrl-C. At the second
// abandon is called and the program ends, whatever it is doing. Where there was
// no first before the context is cancelled, Ctrl-C does what it does everywhere.
func interruptible(ctx context.Context, abandon func()) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	pressed := make(chan os.Signal, 2)
	signal.Notify(pressed, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case <-pressed:
			cancel()
		case <-ctx.Done():
			signal.Stop(pressed)
			return
		}
		<-pressed
		abandon()
		os.Exit(exitTwice)
	}()
	return ctx, cancel
}

// width is the number of columns of a terminal, or zero for anything else.
func width(f *os.File) int {
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}
