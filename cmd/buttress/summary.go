package main

import (
	"bytes"
	"io"
	"os"

	"github.com/buttress/buttress/report"
)

// maxSummary is what GitHub takes of one step: a summary that is larger is not
// shown at all.
// https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits
const maxSummary = 1 << 20

const summaryCut = "\n\nThe summary ends here: GitHub shows no more than 1 MiB of a step.\n"

// jobSummary is the output that belongs to the format github beside its commands:
// Markdown at the end of the file that GitHub Actions shows below the job. It is
// nil where there is no such file.
func jobSummary(e *env) (*output, error) {
	file := e.getenv("GITHUB_STEP_SUMMARY")
	if file == "" {
		return nil, nil
	}
	markdown, err := report.FormatNamed("markdown")
	if err != nil {
		return nil, err
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
	return &output{format: atMost(maxSummary-info.Size(), markdown), file: file, stream: f}, nil
}

// atMost is a format that writes so many bytes at most, all at once. It is cut at
// the end of a line, and says so.
func atMost(limit int64, format report.Format) report.Format {
	return func(w io.Writer, r *report.Results, o report.Options) error {
		b := &head{limit: int(max(limit, 0))}
		if err := format(b, r, o); err != nil {
			return err
		}
		_, err := w.Write(b.text())
		return err
	}
}

// head keeps the first bytes that are written to it.
type head struct {
	limit int
	kept  []byte
	more  bool // something was not kept
}

func (h *head) Write(p []byte) (int, error) {
	n := min(len(p), h.limit-len(h.kept))
	h.kept = append(h.kept, p[:n]...)
	h.more = h.more || n < len(p)
	return len(p), nil
}

// text is all that was written or, if that was too much, whole lines of it with a
// note. It is empty where not even the note has room.
func (h *head) text() []byte {
	if !h.more {
		return h.kept
	}
	room := h.limit - len(summaryCut)
	if room < 0 {
		return nil
	}
	return append(h.kept[:bytes.LastIndexByte(h.kept[:room], '\n')+1], summaryCut...)
}
