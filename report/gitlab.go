package report

import (
	"io"
	"iter"
)

// gitlabFinding is an entry of a code quality report.
// https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
type gitlabFinding struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"` // info, minor, major, critical, blocker
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// GitLab writes a code quality report. It has a finding for every failure and
// every unknown. The format knows no accepted findings: they stay in it as info,
// as unknowns do, and their descriptions say so.
func GitLab(w io.Writer, r *Results, _ Options) error {
	return writeJSON(w, list[gitlabFinding](r.gitlabFindings()))
}

func (r *Results) gitlabFindings() iter.Seq[gitlabFinding] {
	return func(yield func(gitlabFinding) bool) {
		for v := range r.Results {
			if (v.Status == "fail" || v.Status == "unknown") && !yield(r.gitlabFinding(&v)) {
				return
			}
		}
	}
}

func (r *Results) gitlabFinding(v *Result) gitlabFinding {
	at := r.location(v)
	f := gitlabFinding{
		CheckName: Escape(v.Rule), Fingerprint: Escape(v.Fingerprint), Severity: "info",
		Location: gitlabLocation{Path: Escape(at.file), Lines: gitlabLines{Begin: max(at.line, 1)}},
	}
	switch reason := accepted(v); {
	case v.Status == "unknown":
		f.Description = "Unknown: " + r.sentence(v)
	case reason != "":
		f.Description = "Accepted: " + r.sentence(v) + " (" + reason + ")"
	default:
		f.Description = "Failed (" + Escape(v.Severity) + "): " + r.sentence(v)
		f.Severity = gitlabSeverity(v.Severity)
	}
	return f
}

func gitlabSeverity(severity string) string {
	switch severity {
	case "critical":
		return "blocker"
	case "high":
		return "critical"
	case "medium":
		return "major"
	case "low":
		return "minor"
	default:
		return "info"
	}
}
