package main

import (
	"os"

	"github.com/buttress/buttress/report"
)

// maxSummary is what GitHub takes of one step: a summary that is larger is not
// shown at all.
// https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits
const maxSummary = 1 << 20

// jobSummary is the output that belongs to the format github beside its commands:
// Markdown at the end of the file that GitHub Actions shows below the job. It is
// nil where there is no such file.
func jobSummary(e *env) (*output, error) {
	file := e.getenv("GITHUB_STEP_SUMMARY")
	if file == "" {
		return nil, nil
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600) //nolint:gosec // the runner names the file
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	options := report.Options{Limit: int(max(maxSummary-info.Size(), 1))}
	return &output{format: report.Markdown, options: options, file: file, stream: f}, nil
}
