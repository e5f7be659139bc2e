package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// action is action.yml, as far as the test reads it.
type action struct {
	Inputs map[string]struct{ Default string }
	Runs   struct {
		Steps []struct {
			Name, ID, Run, Uses, Shell string
			Env                        map[string]string
		}
	}
}

func readAction(t *testing.T) *action {
	t.Helper()
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	a := new(action)
	if err := yaml.Unmarshal(text, a); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestActionRunsNoInput sees that no expression stands in a script, where it
// would be code that whoever sets the input writes.
func TestActionRunsNoInput(t *testing.T) {
	for _, step := range readAction(t).Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("%s: an expression in a script", step.Name)
		}
		if step.Run != "" && step.Shell != "bash" {
			t.Errorf("%s: runs in %q", step.Name, step.Shell)
		}
		if step.Uses != "" && !strings.Contains(step.Uses, "@") {
			t.Errorf("%s: %s has no version", step.Name, step.Uses)
		}
	}
}

// job runs the scripts of the action as a runner does.
type job struct {
	action  *action
	bash    string
	temp    string // RUNNER_TEMP, with the program
	work    string // the repository of the user
	summary string
}

// run runs the scan and the gate, and returns their exit codes and the outputs of
// the scan. The gate is not run after a scan that failed.
func (j *job) run(t *testing.T, inputs map[string]string) (scan, gate int, outputs, log string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "output")
	gate = -1
	for _, step := range j.action.Runs.Steps {
		if step.Name != "Scan" && step.Name != "Gate" {
			continue
		}
		env := append(os.Environ(), "RUNNER_TEMP="+j.temp, "GITHUB_OUTPUT="+out, "GITHUB_STEP_SUMMARY="+j.summary)
		for name, expression := range step.Env {
			env = append(env, name+"="+j.value(expression, inputs, outputs))
		}
		cmd := exec.Command(j.bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
		cmd.Dir, cmd.Env = j.work, env
		text, err := cmd.CombinedOutput()
		log += string(text)
		code := 0
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			code = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		written, _ := os.ReadFile(out)
		outputs = string(written)
		if step.Name == "Gate" {
			return scan, code, outputs, log
		}
		if scan = code; scan != 0 {
			return scan, gate, outputs, log
		}
	}
	return scan, gate, outputs, log
}

// value evaluates the two expressions that the action uses.
func (j *job) value(expression string, inputs map[string]string, outputs string) string {
	name := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(expression, "${{"), "}}"))
	if input, ok := strings.CutPrefix(name, "inputs."); ok {
		if v, ok := inputs[input]; ok {
			return v
		}
		return j.action.Inputs[input].Default
	}
	key := strings.TrimPrefix(name, "steps.scan.outputs.") + "="
	for line := range strings.SplitSeq(outputs, "\n") {
		if v, ok := strings.CutPrefix(line, key); ok {
			return v
		}
	}
	return ""
}

// TestActionAsAUserMeetsIt goes from a gate that fails to one that is waived, to
// an account that is mended, and to a recording that cannot be read.
func TestActionAsAUserMeetsIt(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not on the PATH")
	}
	j := &job{action: readAction(t), bash: bash, temp: t.TempDir(), work: t.TempDir()}
	j.summary = filepath.Join(j.temp, "summary.md")
	if text, err := exec.Command("go", "build", "-o", filepath.Join(j.temp, "buttress"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, name := range []string{"tipster-before", "tipster-after"} {
		if err := os.CopyFS(filepath.Join(j.work, name), os.DirFS("../../fixtures/accounts/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	waivers := "waivers:\n  - {rule: '*', resource: '*', reason: we rebuild it, owner: tips team, expires: 2099-01-01}\n"
	if err := os.WriteFile(filepath.Join(j.work, "waivers.yaml"), []byte(waivers), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name       string
		inputs     map[string]string
		scan, gate int
		log        string
	}{
		{"failing", map[string]string{"recording": "tipster-before"}, 0, 1, "::error"},
		{"only what is critical", map[string]string{"recording": "tipster-after", "fail-on": "critical"}, 0, 0, ""},
		{"waived", map[string]string{"recording": "tipster-before", "waivers": "waivers.yaml"}, 0, 0, ""},
		{"mended", map[string]string{"recording": "tipster-after"}, 0, 0, ""},
		{"unreadable", map[string]string{"recording": "nosuch"}, 2, -1, "nosuch"},
		{"an input is no code", map[string]string{"recording": "$(touch forged); touch forged"}, 2, -1, "touch forged"},
	} {
		scan, gate, outputs, log := j.run(t, test.inputs)
		if scan != test.scan || gate != test.gate || !strings.Contains(log, test.log) {
			t.Errorf("%s: scan %d, gate %d: %s", test.name, scan, gate, log)
		}
		if scan != 0 {
			continue
		}
		for _, file := range []string{"results.json", "report.html", "results.sarif"} {
			if info, err := os.Stat(filepath.Join(j.work, "buttress", file)); err != nil || info.Size() == 0 || !strings.Contains(outputs, "buttress/"+file) {
				t.Errorf("%s: %s: %v, outputs %s", test.name, file, err, outputs)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(j.work, "forged")); err == nil {
		t.Error("an input was run")
	}
	if text, err := os.ReadFile(j.summary); err != nil || strings.Count(string(text), "## Buttress") != 4 {
		t.Errorf("%v, and the summary is %.300s", err, text)
	}
}

// TestDockerReadsAsItsUser sees that every example runs the image as whoever owns
// the recording: record makes files that nobody else can read.
func TestDockerReadsAsItsUser(t *testing.T) {
	for _, file := range []string{"../../docs/ci.md", "../../Dockerfile"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		examples := 0
		for line := range strings.SplitSeq(string(text), "\n") {
			if !strings.Contains(line, "docker run") {
				continue
			}
			examples++
			if !strings.Contains(line, `--user "$(id -u):$(id -g)"`) {
				t.Errorf("%s: %s", file, line)
			}
		}
		if examples == 0 {
			t.Errorf("%s has no example", file)
		}
	}
}
