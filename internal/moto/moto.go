// Package moto runs moto's server for end-to-end tests.
package moto

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Start starts an emulated AWS on a free port of the loopback interface, leads
// the environment of the test to it, and stops it when the test ends. The test is
// skipped where moto_server, the AWS CLI or python3 is not installed. The AWS CLI
// is told to print times as its version 2 does.
func Start(t *testing.T) {
	t.Helper()
	for _, program := range []string{"moto_server", "aws", "python3"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	server := exec.Command("moto_server", "-H", "127.0.0.1", "-p", address[strings.LastIndex(address, ":")+1:])
	server.Stdout, server.Stderr = io.Discard, io.Discard
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	Setenv(t, "http://"+address)
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(100 * time.Millisecond) {
		if r, err := http.Get("http://" + address + "/moto-api/"); err == nil {
			_ = r.Body.Close()
			return
		}
	}
	t.Fatal("moto_server does not answer")
}

// Setenv leads the environment of a test to an endpoint, with credentials of no
// worth, and has the AWS CLI print times as its version 2 does.
func Setenv(t *testing.T, endpoint string) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("[default]\ncli_timestamp_format = iso8601\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "eu-west-1",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
	} {
		t.Setenv(key, value)
	}
}
