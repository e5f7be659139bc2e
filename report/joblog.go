package report

import "io"

// In a job of GitHub Actions the runner obeys what a program prints: a line that
// begins with ::error:: or the like, behind any white space, and ##[error]
// wherever it stands in a line. So no format writes either, unless it means to.
// https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs

// spelling is how a format writes two characters so that they mean the same to
// its readers, and nothing to a runner.
type spelling struct{ bracket, colon string }

var (
	inText = spelling{`\x5b`, `\x3a`}
	inJSON = spelling{`\u005b`, `\u003a`}
	inXML  = spelling{"&#91;", "&#58;"}
)

// spelt is a format that writes no commands.
func spelt(format Format, s spelling) Format {
	return func(w io.Writer, r *Results, o Options) error { return format(s.writer(w), r, o) }
}

// writer spells what is written to it, and writes it to w.
func (s spelling) writer(w io.Writer) io.Writer {
	if s == inJSON {
		w = &visible{w: w}
	}
	return &jobLog{w: w, spelling: s}
}

// TextForLog is a writer of text through which no workflow command of GitHub
// Actions comes.
func TextForLog(w io.Writer) io.Writer { return inText.writer(w) }

// JSONForLog is TextForLog for JSON, whose values stay the same. What a terminal
// obeys, and what it does not show, is escaped too.
func JSONForLog(w io.Writer) io.Writer { return inJSON.writer(w) }

// jobLog writes through a spelling.
type jobLog struct {
	w        io.Writer
	spelling spelling
	hashes   int  // that stand before the next byte
	colons   int  // with which the line begins
	within   bool // of the line, something else was written
}

// Write implements io.Writer.
func (l *jobLog) Write(p []byte) (int, error) {
	done := 0
	for i := 0; i < len(p); i++ {
		if l.within && l.hashes == 0 {
			if i += mute(p[i:]); i == len(p) {
				break
			}
		}
		instead := l.next(p[i])
		if instead == "" {
			continue
		}
		if _, err := l.w.Write(p[done:i]); err != nil {
			return done, err
		}
		if _, err := io.WriteString(l.w, instead); err != nil {
			return i, err
		}
		done = i + 1
	}
	n, err := l.w.Write(p[done:])
	return done + n, err
}

// mute is how many bytes there are before the next one that means something within a
// line in which no hash stands before them.
func mute(p []byte) int {
	n := 0
	for n < len(p) && p[n] != '#' && p[n] != '\n' && p[n] != '\r' {
		n++
	}
	return n
}

// next takes one byte and returns what is written in its place, if anything.
func (l *jobLog) next(c byte) (instead string) {
	switch {
	case c == '[' && l.hashes >= 2:
		instead = l.spelling.bracket
	case c == ':' && !l.within && l.colons == 1:
		instead = l.spelling.colon
	}
	if l.hashes++; c != '#' {
		l.hashes = 0
	}
	switch {
	case c == '\n' || c == '\r':
		l.colons, l.within = 0, false
	case c == ':' && !l.within:
		l.colons++
	case l.colons > 0 || c > ' ' && c < 0x80: // what is not ASCII may be white space
		l.within = true
	}
	return instead
}
