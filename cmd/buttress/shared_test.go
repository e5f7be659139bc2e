package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/buttress/buttress/report"
)

// recorded are accounts that others recorded, beside the repository: Batfish's
// test accounts, CloudMapper's demo account and Cloud Custodian's placebo
// recordings, as docs/field-notes.md says.
const recorded = "../../../shared/data/recorded"

// TestRecordedAccounts scans accounts that others recorded, of which none was
// made for this program: whatever is in them, there is an answer or a refusal in
// one line, and each unknown says why.
func TestRecordedAccounts(t *testing.T) {
	if _, err := os.Stat(recorded); err != nil {
		t.Skipf("the recorded accounts are not here: %v", err)
	}
	var folders []string
	for _, pattern := range []string{"batfish/*/", "cloudmapper-demo/", "c7n/*/"} {
		found, err := filepath.Glob(filepath.Join(recorded, pattern))
		if err != nil {
			t.Fatal(err)
		}
		folders = append(folders, found...)
	}
	if len(folders) < 500 {
		t.Errorf("only %d accounts are here", len(folders))
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			answers(t, buttress(t, "scan", "--format", "json", folder))
		})
	}
}

// answers holds what a scan said to what may be said of any account.
func answers(t *testing.T, out outcome) {
	t.Helper()
	if n := strings.Count(out.stderr, "\n"); n > 1 {
		t.Errorf("standard error has %d lines:\n%s", n, out.stderr)
	}
	switch out.code {
	case exitError:
		if out.stdout != "" || out.stderr == "" {
			t.Errorf("a refusal with %d bytes of results and the error %q", len(out.stdout), out.stderr)
		}
	case exitMet, exitBroken, exitUnclear:
		if out.stderr != "" {
			t.Errorf("results, and on standard error: %s", out.stderr)
		}
		reasons(t, out.decode(t))
	default:
		t.Errorf("exit code %d", out.code)
	}
}

// reasons looks for unknowns that do not say why, and for calls to blame that
// are not listed as gaps.
func reasons(t *testing.T, r *report.Results) {
	t.Helper()
	gaps := map[report.Missing]bool{}
	for _, g := range r.Gaps {
		gaps[report.Missing{Operation: g.Operation, Region: g.Region, Resource: g.Resource}] = true
	}
	for v := range r.Results {
		if v.Status == "unknown" && len(v.Missing) == 0 && len(v.Evidence) == 0 {
			t.Errorf("%s: %s is unknown and nothing says why: %s", v.Rule, v.Resource.ID, v.Message)
		}
		if (v.Status == "pass" || v.Status == "fail") && len(v.Evidence) == 0 {
			t.Errorf("%s: %s is %s without evidence", v.Rule, v.Resource.ID, v.Status)
		}
		for _, m := range v.Missing {
			if !gaps[m] {
				t.Errorf("%s: %s hangs on %v, which is no gap", v.Rule, v.Resource.ID, m)
			}
		}
	}
}
