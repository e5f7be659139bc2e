package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/buttress/buttress/internal/golden"
)

const manFolder = "../../docs/man"

// date is what cobra writes into the first line of a page: the day of the run.
var date = regexp.MustCompile(`(?m)^\.TH ("[^"]*" "[^"]*") "[^"]*"`)

// TestManPages generates docs/man from the commands.
func TestManPages(t *testing.T) {
	root := newRootCmd(testEnv(io.Discard, io.Discard, nil))
	root.InitDefaultCompletionCmd()
	pages := map[string]string{}
	addPages(t, root, pages)
	for name, text := range pages {
		golden.Compare(t, filepath.Join(manFolder, name), text)
	}
	packaged, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(manFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if pages[e.Name()] == "" {
			t.Errorf("%s is of no command: remove it", e.Name())
		}
		if !strings.Contains(string(packaged), "- man/"+e.Name()+"\n") {
			t.Errorf("%s is not among the manpages of Homebrew in .goreleaser.yaml", e.Name())
		}
	}
}

func addPages(t *testing.T, cmd *cobra.Command, pages map[string]string) {
	t.Helper()
	cmd.DisableAutoGenTag = true
	var b bytes.Buffer
	header := &doc.GenManHeader{Section: "1", Source: "Buttress", Manual: "Buttress"}
	if err := doc.GenMan(cmd, header, &b); err != nil {
		t.Fatal(err)
	}
	name := "buttress"
	if cmd.HasParent() {
		name = strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	}
	pages[name+".1"] = date.ReplaceAllString(b.String(), `.TH $1 ""`)
	for _, c := range cmd.Commands() {
		if !c.Hidden && !slices.Contains([]string{"help", "completion"}, c.Name()) {
			addPages(t, c, pages)
		}
	}
}

// TestHelpFitsATerminal measures the help of every command.
func TestHelpFitsATerminal(t *testing.T) {
	var measure func(*cobra.Command)
	measure = func(cmd *cobra.Command) {
		var help bytes.Buffer
		e := testEnv(&help, io.Discard, nil)
		args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
		if code := run(t.Context(), args, e); code != exitMet {
			t.Errorf("%v: exit code %d", args, code)
		}
		for line := range strings.SplitSeq(help.String(), "\n") {
			if n := len([]rune(line)); n > 80 {
				t.Errorf("%v: %d columns: %s", args, n, line)
			}
		}
		for _, c := range cmd.Commands() {
			if c.Name() != "completion" && c.Name() != "help" { // those of cobra
				measure(c)
			}
		}
	}
	measure(newRootCmd(testEnv(io.Discard, io.Discard, nil)))
}
