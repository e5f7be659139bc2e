//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/buttress/buttress/internal/fakeaws"
)

// limit is how long a process may take that was told to end.
const limit = 2 * time.Second

// program is the program in a process of its own: this one, under the name that
// TestMain knows.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Args[0] = "buttress"
	return cmd
}

// nothingIn makes sure that a folder is empty.
func nothingIn(t *testing.T, folder string) {
	t.Helper()
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// hang makes calls hang until the test ends. The channel says when one came.
func hang(t *testing.T, s *fakeaws.Server, hangs func(op string) bool) <-chan string {
	t.Helper()
	release, called := make(chan struct{}), make(chan string, 1000)
	t.Cleanup(func() { close(release) })
	s.Intercept(func(_ http.ResponseWriter, r fakeaws.Request) bool {
		if !hangs(r.Op) {
			return false
		}
		called <- r.Op
		<-release
		return true
	})
	return called
}

// TestSecondInterrupt presses Ctrl-C while a call hangs, and once more while
// nobody reads the results of what was read: the program ends at once, with the
// code that is documented, and leaves nothing.
func TestSecondInterrupt(t *testing.T) {
	s := live(t)
	called := hang(t, s, func(op string) bool { return op == "ec2:DescribeInstances" })
	folder := t.TempDir()
	cmd := program(t, "scan", "--region", region, "--format", "json", "--record", filepath.Join(folder, "kept"))
	unread, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-called
	interrupt(t, cmd)
	first, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil || !strings.HasPrefix(first, "buttress: interrupted: nothing is kept in ") {
		t.Errorf("standard error: %q %v", first, err)
	}
	if _, err := io.ReadFull(unread, make([]byte, 1)); err != nil { // it writes now, more than a pipe holds
		t.Errorf("no results: %v", err)
	}
	interrupt(t, cmd)
	if code := ended(t, cmd); code != exitSignal+int(syscall.SIGINT) {
		t.Errorf("exit code %d", code)
	}
	nothingIn(t, folder)
}

// TestInterruptedTwiceAtOnce presses Ctrl-C twice before there is any answer.
func TestInterruptedTwiceAtOnce(t *testing.T) {
	for _, command := range []string{"scan --record", "record"} {
		s := live(t)
		called := hang(t, s, func(string) bool { return true })
		folder := t.TempDir()
		cmd := program(t, append(strings.Fields(command), filepath.Join(folder, "kept"))...)
		var stdout bytes.Buffer
		cmd.Stdout = &stdout
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-called
		interrupt(t, cmd)
		interrupt(t, cmd)
		if code := ended(t, cmd); code != exitSignal+int(syscall.SIGINT) && code != exitError || stdout.Len() > 0 {
			t.Errorf("%s: exit code %d, %q", command, code, stdout.String())
		}
		nothingIn(t, folder)
	}
}

// TestSignalLeavesNothing ends the program while it waits for what it shall
// report, with the file of the report begun.
func TestSignalLeavesNothing(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			t.Logf("%v is not tried: who started this test ignores it, as nohup does, and so would the program", sig)
			continue
		}
		folder := t.TempDir()
		cmd := program(t, "report", "-", "--format", "html="+filepath.Join(folder, "report.html"))
		if _, err := cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(time.Millisecond) {
			if begun, _ := os.ReadDir(folder); len(begun) > 0 {
				break
			}
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if code := ended(t, cmd); code != exitSignal+int(sig) {
			t.Errorf("%v: exit code %d", sig, code)
		}
		nothingIn(t, folder)
	}
}

func interrupt(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}

// ended waits for the end of a process, which has to be near.
func ended(t *testing.T, cmd *exec.Cmd) (code int) {
	t.Helper()
	began := time.Now()
	_ = cmd.Wait() // its error is that the code is not zero
	if took := time.Since(began); took > limit {
		t.Errorf("it took %v to end", took)
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitSignal + int(status.Signal())
	}
	return cmd.ProcessState.ExitCode()
}

// TestDiskFull records where files cannot grow beyond some kilobytes, which to a
// program is what a full disk is: a write that fails.
func TestDiskFull(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ command, blocks string }{
		{"record --region eu-west-1", "4"}, // a body fails
		{"record --region eu-west-1", "0"}, // the first of all
		{"scan --region eu-west-1 --format json --record", "4"},
	} {
		live(t)
		folder, bin := t.TempDir(), filepath.Join(t.TempDir(), "buttress")
		if err := os.Symlink(self, bin); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `ulimit -f "$0" && exec "$@"`, test.blocks, bin},
			append(strings.Fields(test.command), filepath.Join(folder, "kept"))...)...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err = cmd.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != exitError {
			t.Errorf("%s: %v", test.command, err)
		}
		text := stderr.String()
		if strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "buttress: ") || !strings.HasSuffix(text, ": file too large\n") || stdout.Len() > 0 {
			t.Errorf("%s: %q %q", test.command, stdout.String(), text)
		}
		nothingIn(t, folder)
	}
}
