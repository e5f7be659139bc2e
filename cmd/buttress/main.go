// Command buttress reads the state of an AWS account, live or recorded, and says
// which parts of its architecture hold up.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() {
	// A closed pipe is an error to report, not a reason to vanish.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(context.Background(), os.Args[1:], newEnv()))
}

func newEnv() *env {
	s := &signals{end: end}
	return &env{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, environ: os.Environ,
		width: func() int { return width(os.Stdout) },
		isTerminal: func(w io.Writer) bool {
			f, ok := w.(*os.File)
			return ok && term.IsTerminal(int(f.Fd()))
		},
		signals:     s,
		interrupted: s.interruptible,
	}
}

// end ends the program as a signal does that nobody catches, so that a shell
// that runs it in a loop ends too. Where that is not possible, or the signal is
// ignored, the exit code says the same.
func end(sig os.Signal) {
	signal.Reset(sig)
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Signal(sig) == nil {
		time.Sleep(100 * time.Millisecond)
	}
	if number, ok := sig.(syscall.Signal); ok {
		os.Exit(exitSignal + int(number))
	}
	os.Exit(exitError)
}

// width is the number of columns of a terminal, or zero for anything else.
func width(f *os.File) int {
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}
