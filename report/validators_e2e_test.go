//go:build e2e

package report_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestE2EValidators has JUnit, ASFF and Markdown judged by what their readers use:
// the schemas of Jenkins and for Ant, botocore, and GitHub's parser. That they see
// something is seen on outputs that were spoilt.
func TestE2EValidators(t *testing.T) {
	for _, validator := range []struct {
		format, module string
		schemas        []string
		spoilt         [][2]string // what is replaced by what
	}{
		{
			format: "junit", module: "xmlschema",
			schemas: []string{"testdata/schemas/junit/junit-10.xsd", "testdata/schemas/junit/JUnit.xsd"},
			spoilt:  [][2]string{{"<failure message=", "<failure text="}, {`tests="`, `test="`}, {"<system-out></system-out>", ""}},
		},
		{
			format: "asff", module: "botocore",
			spoilt: [][2]string{{`"Title"`, `"Titel"`}, {`"AwsRdsDbInstance"`, `"AwsRdsDatabase"`}, {`"Types": [`, `"Types": ["x", 1, `}},
		},
		{
			format: "markdown", module: "cmarkgfm",
			spoilt: [][2]string{{"Wanted: ", "Wanted: <img src=x>"}, {"Wanted: ", "Wanted: [x](javascript:y) "}, {"Wanted: ", "Wanted: @octocat "}},
		},
	} {
		t.Run(validator.format, func(t *testing.T) {
			if err := exec.Command("python3", "-c", "import "+validator.module).Run(); err != nil {
				t.Skipf("the Python module %s is not installed", validator.module)
			}
			good := t.TempDir()
			all := inputs(t)
			all["bare"] = bare()
			all["many"] = many(3_000)
			all["left out"] = atSeverity(read(t, "testdata/v1/tipster-before.json"), "low")
			for name, r := range all {
				write(t, good, name, output(t, validator.format, r))
			}
			if said := complaints(t, validator.format, good, validator.schemas); said != "" {
				t.Error(said)
			}
			for _, s := range validator.spoilt {
				bad := t.TempDir()
				write(t, bad, "spoilt", strings.Replace(output(t, validator.format, saved(t)), s[0], s[1], 1))
				if complaints(t, validator.format, bad, validator.schemas) == "" {
					t.Errorf("nobody minds %s in place of %s", s[1], s[0])
				}
			}
		})
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func complaints(t *testing.T, format, dir string, schemas []string) string {
	t.Helper()
	cmd := exec.Command("python3", append([]string{"testdata/validate.py", format, dir}, schemas...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return string(said)
}
