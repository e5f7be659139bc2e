package report

import (
	"regexp"
	"strings"
)

// markdownParagraph is prose, or a block of code if it is indented.
func markdownParagraph(p string) string {
	if !strings.HasPrefix(p, "    ") {
		return MarkdownProse(p) + "\n\n"
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(p, "\n"), "\n") {
		lines = append(lines, markdownText(strings.TrimPrefix(line, "    ")))
	}
	text := strings.Join(lines, "\n")
	fence := strings.Repeat("`", max(3, longestRun(text)+1))
	return fence + "\n" + text + "\n" + fence + "\n\n"
}

// markdownText is safe for a terminal and for the log of GitHub Actions, also at
// the beginning of a line.
func markdownText(s string) string {
	s = Escape(s)
	if rest, ok := strings.CutPrefix(strings.TrimSpace(s), "::"); ok {
		return ":" + inText.colon + rest
	}
	return s
}

var (
	// A word with one of these may mean something in Markdown, or in what GitHub
	// and GitLab make of it: a mention, a reference, a formula, an address, an emoji.
	// A list or a heading needs the beginning of the line.
	markdownStart   = regexp.MustCompile(`^([-+=]+|[0-9]+[.)])$`)
	markdownSpecial = regexp.MustCompile("[`*_\\[\\]<>#|~&\\\\@$]|://|:.*:|(?i:www\\.|\\bgh-[0-9])")
	backticks       = regexp.MustCompile("`+")
)

// MarkdownProse is text on one line of Markdown, safe for a terminal and for a
// job's log. A word that may mean something stands in code, without the
// punctuation around it.
func MarkdownProse(s string) string {
	words := strings.Fields(markdownText(strings.Join(strings.Fields(s), " ")))
	for i, word := range words {
		if markdownSpecial.MatchString(word) || i == 0 && markdownStart.MatchString(word) {
			before, core, after := punctuated(word)
			words[i] = before + MarkdownCode(core) + after
		}
	}
	return strings.Join(words, " ")
}

// punctuated splits the punctuation of the sentence from a word. A bracket belongs
// to the sentence if the word has only one of the pair.
func punctuated(word string) (before, core, after string) {
	core = strings.TrimRight(word, ".,;:")
	if !strings.Contains(core, "(") {
		core = strings.TrimRight(core, ".,;:)")
	}
	if core == "" {
		return "", word, ""
	}
	after = word[len(core):]
	if strings.HasPrefix(core, "(") && !strings.Contains(core, ")") && core != "(" {
		before, core = "(", core[1:]
	}
	return before, core, after
}

// MarkdownCode is text in code, cut if it is long, and as safe as MarkdownProse.
func MarkdownCode(s string) string {
	s = markdownText(short(s, maxMessage/2))
	if strings.TrimSpace(s) == "" {
		return "(empty)"
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// longestRun is the length of the longest run of backticks.
func longestRun(s string) int {
	n := 0
	for _, run := range backticks.FindAllString(s, -1) {
		n = max(n, len(run))
	}
	return n
}
