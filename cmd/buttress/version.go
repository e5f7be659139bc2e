package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// version is set when the program is built: -ldflags "-X main.version=...".
var version = "development"

func newVersionCmd(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  atMost(0),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(e.stdout, "buttress %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
