package collect

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// secret says that user data held a secret, of what kind and in which line of
// the decoded text, counted from 1. The secret itself is nowhere kept.
type secret struct {
	Kind string
	Line int
}

// unreadable is the kind of user data that could not be searched and is left
// out as a whole.
const unreadable = "unreadable"

// maxUserData bounds the text that compressed user data may come to.
const maxUserData = 4 << 20

// maxNesting is how often text encoded in text is decoded.
const maxNesting = 3

// maskUserData searches user data, which is base64 and can be compressed, for
// secrets. Where there are none the data comes back as it is. What cannot be
// decoded is replaced by a note: it could hold anything.
func maskUserData(data *string) (*string, []secret) {
	if data == nil || *data == "" {
		return data, nil
	}
	decoded, err := decodeBase64(*data)
	if err != nil {
		return encodeText(masked(unreadable)), []secret{{Kind: unreadable}}
	}
	text, ok := readable(decoded)
	if !ok {
		return encodeText(masked(unreadable)), []secret{{Kind: unreadable}}
	}
	m := masker{}
	out := m.mask(text)
	if len(m.found) == 0 {
		return data, nil
	}
	return encodeText(out), m.sorted()
}

// mask hides a value that is a secret whatever it holds, as AWS hides passwords.
func mask(secret *string) {
	if secret != nil {
		*secret = "****"
	}
}

func masked(kind string) string { return "[masked: " + kind + "]" }

func encodeText(text string) *string { return new(base64.StdEncoding.EncodeToString([]byte(text))) }

// blanks are what can stand between the characters of base64.
var blanks = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "")

// decodeBase64 decodes both alphabets, with padding or without.
func decodeBase64(s string) ([]byte, error) {
	s = strings.TrimRight(blanks.Replace(s), "=")
	if strings.ContainsAny(s, "-_") {
		return base64.RawURLEncoding.DecodeString(s)
	}
	return base64.RawStdEncoding.DecodeString(s)
}

// readable is the text that bytes are, or that they are compressed, and whether
// they are text at all.
func readable(b []byte) (string, bool) {
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return "", false
		}
		b, err = io.ReadAll(io.LimitReader(r, maxUserData+1))
		if err != nil || len(b) > maxUserData {
			return "", false
		}
	}
	if !utf8.Valid(b) || bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", r) }) {
		return "", false
	}
	return string(b), true
}

// masker masks the secrets of one text. It never changes the number of lines, so
// that those it has found keep their numbers.
type masker struct {
	depth int
	found []secret
}

func (m *masker) add(kind string, line int) { m.found = append(m.found, secret{kind, line}) }

func (m *masker) sorted() []secret {
	slices.SortFunc(m.found, func(a, b secret) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return strings.Compare(a.Kind, b.Kind)
	})
	return slices.Compact(m.found)
}

func (m *masker) mask(text string) string {
	text = m.privateKeys(text)
	text = m.encoded(text)
	return m.lines(text)
}

// privateKey is a PEM block, or its beginning if it has no end. Inside a string
// its line ends can be escaped.
var privateKey = regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)`)

func (m *masker) privateKeys(text string) string {
	return m.replace(text, privateKey, func(string) string { return "private-key" })
}

// encodedRun is what can be base64: whole lines, or a part of one.
var encodedRun = regexp.MustCompile(`(?m)(?:^[ \t]*[A-Za-z0-9+/]{40,}[ \t]*\r?\n)+[ \t]*[A-Za-z0-9+/]+={0,2}|[A-Za-z0-9+/_-]{16,}={0,2}`)

// encoded masks base64 in which there are secrets.
func (m *masker) encoded(text string) string {
	if m.depth >= maxNesting {
		return text
	}
	return m.replace(text, encodedRun, func(run string) string {
		decoded, err := decodeBase64(run)
		if err != nil {
			return ""
		}
		inner, ok := readable(decoded)
		if !ok {
			return ""
		}
		within := masker{depth: m.depth + 1}
		if within.mask(inner); len(within.found) == 0 {
			return ""
		}
		return within.found[0].Kind
	})
}

// replace masks the matches of which kind says a kind.
func (m *masker) replace(text string, re *regexp.Regexp, kind func(match string) string) string {
	var b strings.Builder
	end := 0
	for _, at := range re.FindAllStringIndex(text, -1) {
		match := text[at[0]:at[1]]
		k := kind(match)
		if k == "" {
			continue
		}
		m.add(k, 1+strings.Count(text[:at[0]], "\n"))
		b.WriteString(text[end:at[0]] + masked(k) + strings.Repeat("\n", strings.Count(match, "\n")))
		end = at[1]
	}
	return b.String() + text[end:]
}

// lines masks what is a secret by its look, or by the name it is given.
func (m *masker) lines(text string) string {
	hasKeyID := accessKeyID.MatchString(text)
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		first := i
		line, rest := lines[i], ""
		if a, ok := findAssignment(line); ok {
			n := a.more(lines[i+1:])
			if n > 0 || a.value != "" {
				m.add(a.kind, first+1)
				line, rest = line[:a.start], masked(a.kind)
				clear(lines[i+1 : i+1+n])
				i += n
			}
		}
		lines[first] = m.byLook(line, first+1, hasKeyID) + rest
	}
	return strings.Join(lines, "\n")
}

// assignment is a name that promises a secret, and what is given to it. The
// secret is taken to reach to the end of the line, whatever is quoted in it.
type assignment struct {
	kind   string
	start  int    // of the value in its line
	value  string // to the end of the line
	indent int    // of the line
}

// secretNames are words in the names of secrets, with their kinds.
const secretNames = `(pass(?:word|wd|phrase|code)?s?\b|pass(?:word|wd|phrase|code)|pwd|secret|token|api[_.-]?key|access[_.-]?key|account[_.-]?key|private[_.-]?key|auth[_.-]?key|client[_.-]?key|encryption[_.-]?key|master[_.-]?key|credential)` //nolint:gosec // words that stand beside credentials

// assigned finds name = value in the forms of shells, YAML, JSON, INI files,
// options of commands, and lists of names and values.
var assigned = regexp.MustCompile(`(?i)([\w.-]*` + secretNames + `[\w.-]*)["'\]]*` +
	`(?:\s*(?:=>|:=|\?=|\+=|=|:)\s*|["']?\s*,\s*["']?value["']?\s*[:=]\s*|\s*>\s*|\s+)`)

// harmless are the ends of names that only sound like a secret.
var harmless = regexp.MustCompile(`(?i)(?:[_.-]?(?:id|ids|arn|arns|file|files|path|ttl|seconds|minutes|hours|days|length|policy|type|endpoint|version|size|count|enabled|required|expiry|expiration|rotation|manager|store|url|uri|field|hop[_.-]limit))$`)

// reference is a value that stands for a secret kept elsewhere.
var reference = regexp.MustCompile("(?i)^[\"']?(?:\\$\\w+|\\$\\{\\w+\\}|\\$\\((?:aws|curl|wget|vault|openssl|pwgen|cat [^<]|head|tr|uuidgen|jq)\\b[^)]*\\)?.*|`(?:aws|curl|wget|vault|openssl|pwgen)\\b.*|\\{\\{.*\\}\\}|<[\\w -]+>|%\\w+%|\\$env:\\w+|true|false|null|none|nil|yes|no|required|optional|enabled|disabled)[\"']?[\\s,;)}\\]]*$")

// kinds are the kinds of the words in names; the first that stands in a name
// counts.
var kinds = []struct{ word, kind string }{
	{"pass", "password"}, {"pwd", "password"}, {"token", "token"}, {"private", "private-key"}, {"secret", "secret"}, {"credential", "secret"}, {"key", "api-key"},
}

// findAssignment finds the first assignment in a line that is not harmless.
func findAssignment(line string) (assignment, bool) {
	for from := 0; from < len(line); {
		at := assigned.FindStringSubmatchIndex(line[from:])
		if at == nil {
			return assignment{}, false
		}
		name, end := line[from+at[2]:from+at[3]], from+at[1]
		separator := line[from+at[3] : end]
		a := assignment{start: end, value: strings.TrimRight(line[end:], " \t\r"), indent: indent(line)}
		if a.accepts(name, separator, line[:from+at[2]]) {
			a.kind = kindOf(name)
			return a, true
		}
		from += at[3]
	}
	return assignment{}, false
}

// accepts says whether the value can be a secret.
func (a assignment) accepts(name, separator, before string) bool {
	switch {
	case harmless.MatchString(name), reference.MatchString(a.value), strings.Trim(a.value, `"' ,;})]`) == "" && strings.ContainsAny(a.value, `"'`) && len(a.value) > 1:
		return false
	case strings.TrimSpace(separator) == "": // an option and its value
		return strings.HasPrefix(name, "-") && a.value != "" && !strings.HasPrefix(a.value, "-")
	case strings.Contains(separator, ">") && !strings.Contains(separator, "="): // an element
		return strings.HasSuffix(before, "<")
	}
	return true
}

func kindOf(name string) string {
	name = strings.ToLower(name)
	for _, k := range kinds {
		if strings.Contains(name, k.word) {
			return k.kind
		}
	}
	return "secret"
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t-")) }

// more is how many of the following lines the value reaches into: to the quote
// that ends it, over continued lines, or through a block of YAML.
func (a assignment) more(following []string) int {
	switch {
	case a.openQuote() != "":
		return throughQuote(following, a.openQuote())
	case strings.HasSuffix(a.value, `\`):
		return throughContinued(following)
	case strings.Trim(a.value, "|>+-0123456789 ") != "":
		return 0
	default:
		return throughBlock(following, a.indent)
	}
}

// openQuote is the quote that the value begins with and does not end with.
func (a assignment) openQuote() string {
	if a.value == "" || !strings.Contains(`"'`, a.value[:1]) || countUnescaped(a.value, a.value[:1])%2 == 0 {
		return ""
	}
	return a.value[:1]
}

func throughQuote(following []string, quote string) int {
	for n, line := range following {
		if countUnescaped(line, quote)%2 == 1 {
			return n + 1
		}
	}
	return len(following)
}

func throughContinued(following []string) int {
	n := 0
	for n < len(following) && strings.HasSuffix(strings.TrimRight(following[n], " \t\r"), `\`) {
		n++
	}
	return min(n+1, len(following))
}

func throughBlock(following []string, indent int) int {
	n := 0
	for n < len(following) && (strings.TrimSpace(following[n]) == "" || indentOfText(following[n]) > indent) {
		n++
	}
	if strings.TrimSpace(strings.Join(following[:n], "")) == "" {
		return 0
	}
	return n
}

func indentOfText(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

func countUnescaped(s, quote string) int {
	return strings.Count(s, quote) - strings.Count(s, `\`+quote)
}

var accessKeyID = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`)

// looks are secrets that are known by their look. What is masked is the first
// group, or everything where there is none.
var looks = []struct {
	kind string
	re   *regexp.Regexp
}{
	{"connection-string", regexp.MustCompile(`\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'"]*:([^\s'"<>]+)@`)},
	{"aws-access-key", accessKeyID},
	{"github-token", regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{16,}`)},
	{"gitlab-token", regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{16,}`)},
	{"slack-token", regexp.MustCompile(`\bxox[a-z]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}|hooks\.slack\.com/services/([A-Za-z0-9/_-]+)`)},
	{"stripe-key", regexp.MustCompile(`\b(?:sk|rk|whsec)_(?:(?:live|test)_)?[A-Za-z0-9]{16,}`)},
	{"google-key", regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{30,}`)},
	{"npm-token", regexp.MustCompile(`\bnpm_[A-Za-z0-9]{30,}`)},
	{"api-key", regexp.MustCompile(`\bsk-[A-Za-z0-9_-]{20,}`)},
	{"token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`)},
	{"token", regexp.MustCompile(`(?i)\bauthorization["']?\s*:\s*["']?(?:bearer|basic|token|digest|negotiate)?\s*([^\s"'$][^"']*)`)},
	{"token", regexp.MustCompile(`(?i)\bbearer\s+([A-Za-z0-9._~+/=-]{12,})`)},
	{"password", regexp.MustCompile(`\s(?:-u|--user|--proxy-user)[ =]*["']?[^\s:'"$]+:([^\s'"$][^\s'"]*)`)},
	{"password", regexp.MustCompile(`\bsshpass\s+-p\s*(\S.*)`)},
	{"password", regexp.MustCompile(`\b(?:mysql\w*|mariadb\w*)\s.*?\s-p([^\s$"'-][^\s]*|["'][^"'$][^"']*["'])`)},
	{"password", regexp.MustCompile(`(?i)\becho\s+(?:-\w+\s+)?([^$|]*:[^|]*)\|\s*(?:sudo\s+)?chpasswd`)},
	{"password", regexp.MustCompile(`(?i)\becho\s+(?:-\w+\s+)?([^$|]+)\|.*\bpasswd\b`)},
	{"password", regexp.MustCompile(`(?i)\bnet\s+user\s+\S+\s+([^\s/].*)`)},
	{"password", regexp.MustCompile(`(?i)\bConvertTo-SecureString\s+(?:-String\s+)?(["'].*)`)},
}

// secretKey is what a secret access key looks like. So do other things, and it
// counts only in a text with an access key id.
var secretKey = regexp.MustCompile(`(?:^|[^A-Za-z0-9/+])([A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+])`)

// port is what stands before a path where no password does.
var port = regexp.MustCompile(`^\d{1,5}/`)

// byLook masks what looks like a secret in a line.
func (m *masker) byLook(line string, number int, hasKeyID bool) string {
	for _, l := range looks {
		line = m.maskGroup(line, number, l.kind, l.re)
	}
	if hasKeyID {
		line = m.maskGroup(line, number, "aws-secret-key", secretKey)
	}
	return line
}

func (m *masker) maskGroup(line string, number int, kind string, re *regexp.Regexp) string {
	var b strings.Builder
	end := 0
	for _, at := range re.FindAllStringSubmatchIndex(line, -1) {
		from, to := at[0], at[1]
		if len(at) > 2 && at[2] >= 0 {
			from, to = at[2], at[3]
		}
		if value := line[from:to]; port.MatchString(value) || value == masked(kind) {
			continue
		}
		m.add(kind, number)
		b.WriteString(line[end:from] + masked(kind))
		end = to
	}
	return b.String() + line[end:]
}
