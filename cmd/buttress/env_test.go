package main

import (
	"context"
	"io"
)

// testEnv is a world without a terminal, whose environment holds nothing but
// some variables.
func testEnv(stdout, stderr io.Writer, variables map[string]string) *env {
	return &env{
		stdout: stdout, stderr: stderr,
		getenv: func(name string) string { return variables[name] },
		environ: func() []string {
			var all []string
			for name, value := range variables {
				all = append(all, name+"="+value)
			}
			return all
		},
		width:       func() int { return 0 },
		isTerminal:  func(io.Writer) bool { return false },
		interrupted: withCancel,
	}
}

// withCancel is a world in which nobody presses Ctrl-C.
func withCancel(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}
