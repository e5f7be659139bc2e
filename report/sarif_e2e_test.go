//go:build e2e

package report_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestE2ESARIFMultitool has every output judged by Microsoft's validator with the
// rules of GitHub. It exits with 0 whatever it finds, so its log is read; that it
// finds something is seen on an output that was spoilt.
func TestE2ESARIFMultitool(t *testing.T) {
	if _, err := exec.LookPath("Sarif.Multitool"); err != nil {
		t.Skip("Sarif.Multitool of the npm package @microsoft/sarif-multitool-linux is not installed")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := inputs(t)
	all["many"] = many(1_000) // of which 500 are written: the validator takes minutes for 25,000
	for name, r := range all {
		write(name+".sarif", output(t, "sarif", r))
	}
	write("spoilt.sarif", strings.Replace(output(t, "sarif", saved(t)), `"help"`, `"helpless"`, 1))
	found := multitool(t, dir, len(all)+1)
	if !slices.ContainsFunc(found["spoilt"], func(s string) bool { return strings.Contains(s, "GH2012") || strings.Contains(s, "JSON1") }) {
		t.Errorf("the validator does not see that a rule has no help: %q", found["spoilt"])
	}
	delete(found, "spoilt")
	for name, problems := range found {
		t.Errorf("%s: %q", name, problems)
	}
}

// multitoolConfig switches off the rule that fetches every address in a log.
const multitoolConfig = `{"SARIF2006.UrisShouldBeReachable.Options": {"RuleEnabled": "Disabled"}}`

// multitool validates the logs in a folder, which are so many, and returns the errors and warnings
// by name.
func multitool(t *testing.T, dir string, files int) map[string][]string {
	t.Helper()
	config, log := filepath.Join(dir, "config.json"), filepath.Join(dir, "log.json")
	if err := os.WriteFile(config, []byte(multitoolConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("Sarif.Multitool", "validate", filepath.Join(dir, "*.sarif"), "--config", config, "--output", log,
		"--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--max-file-size-in-kb", "1000000")
	cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	type notification struct{ Message struct{ Text string } }
	runs := decode[struct {
		Runs []struct {
			Results []struct {
				RuleID    string `json:"ruleId"`
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine int }
					}
				}
			}
			Invocations []struct {
				ExecutionSuccessful                                        bool
				ToolExecutionNotifications, ToolConfigurationNotifications []notification
			}
		}
	}](t, string(text)).Runs
	if len(runs) != 1 || len(runs[0].Invocations) != 1 || !runs[0].Invocations[0].ExecutionSuccessful {
		t.Fatalf("the validator did not work: %s", said)
	}
	found := map[string][]string{}
	for _, v := range runs[0].Results {
		at := v.Locations[0].PhysicalLocation
		name := strings.TrimSuffix(filepath.Base(at.ArtifactLocation.URI), ".sarif")
		found[name] = append(found[name], fmt.Sprintf("line %d: %s", at.Region.StartLine, v.RuleID))
	}
	if !strings.Contains(string(said), fmt.Sprintf("%d files scanned", files)) {
		t.Errorf("the validator left something out: %s", said)
	}
	return found
}
