package report

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"strings"
)

// GitHub refuses a run with more than 25,000 results or a rule with more than 20
// tags, and shows 1,024 characters of a rule's description.
// https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning
const (
	maxSARIFResults     = 25_000
	maxSARIFTags        = 20
	maxSARIFDescription = 1_000
	// maxSARIFGaps is our own, since one denied call can be missing for every resource.
	maxSARIFGaps = 100
)

// The parts of SARIF 2.1.0 that are written.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool              sarifTool         `json:"tool"`
		AutomationDetails *sarifAutomation  `json:"automationDetails,omitzero"`
		Results           list[sarifResult] `json:"results"`
		// Invocations come after the results, since they say what was left out.
		Invocations list[sarifInvocation] `json:"invocations"`
		Properties  sarifRunProperties    `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitzero"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifRule struct {
		ID                   string              `json:"id"`
		ShortDescription     sarifText           `json:"shortDescription"`
		FullDescription      sarifText           `json:"fullDescription"`
		Help                 sarifHelp           `json:"help"`
		HelpURI              string              `json:"helpUri,omitzero"`
		DefaultConfiguration sarifConfiguration  `json:"defaultConfiguration"`
		Properties           sarifRuleProperties `json:"properties"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifHelp struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"` // GitHub shows this one
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	// GitHub orders by one of the severities: the one of security, or the other.
	sarifRuleProperties struct {
		Tags             []string `json:"tags"`
		Precision        string   `json:"precision"`
		SecuritySeverity string   `json:"security-severity,omitzero"`
		ProblemSeverity  string   `json:"problem.severity,omitzero"`
	}
	sarifResult struct {
		RuleID    string `json:"ruleId"`
		RuleIndex int    `json:"ruleIndex"` // -1 where the rule is not among the rules
		Kind      string `json:"kind"`
		Level     string `json:"level"`
		sarifFinding
		Suppressions []sarifSuppression    `json:"suppressions,omitzero"`
		Properties   sarifResultProperties `json:"properties"`
	}
	sarifFinding struct {
		Message             sarifText         `json:"message"`
		Locations           []sarifLocation   `json:"locations"`
		RelatedLocations    []sarifLocation   `json:"relatedLocations,omitzero"`
		PartialFingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPhysical  `json:"physicalLocation"`
		LogicalLocations []sarifLogical `json:"logicalLocations,omitzero"`
		Message          *sarifText     `json:"message,omitzero"`
	}
	sarifPhysical struct {
		ArtifactLocation sarifArtifact `json:"artifactLocation"`
		Region           sarifRegion   `json:"region,omitzero"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		Name               string `json:"name"`
		FullyQualifiedName string `json:"fullyQualifiedName,omitzero"`
		Kind               string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
	sarifResultProperties struct {
		Severity     string   `json:"severity"`
		Account      string   `json:"account"`
		Region       string   `json:"region"`
		ResourceType string   `json:"resourceType"`
		Missing      []string `json:"missing,omitzero"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifRunProperties struct {
		Accounts   []string `json:"accounts"`
		Regions    []string `json:"regions"`
		CapturedAt string   `json:"capturedAt"`
		Endpoint   string   `json:"endpoint"`
		Summary    Summary  `json:"summary"`
	}
)

// SARIF writes a log of SARIF 2.1.0 with one run: failures, the worst first, then
// unknowns, then the failures that are accepted. What passed and what does not
// apply is only counted, since GitHub makes an alert of every result, whatever
// its kind. Results past GitHub's limit are left out, and the run says so. There
// is no time in it but that of the recording.
func SARIF(w io.Writer, r *Results, _ Options) error {
	s := &sarif{r: r, ruleIndex: map[string]int{}}
	return writeJSON(w, s.log())
}

// sarif is the log while it is written.
type sarif struct {
	r         *Results
	ruleIndex map[string]int
	seen      int // results, with those that were left out
}

func (s *sarif) log() *sarifLog {
	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name: cmp.Or(Escape(s.r.Tool.Name), "buttress"), Version: sarifVersion(s.r.Tool.Version),
			InformationURI: "https://github.com/buttress/buttress", Rules: s.rules(),
		}},
		Results:     list[sarifResult](s.results()),
		Invocations: func(yield func(sarifInvocation) bool) { yield(s.invocation()) },
		Properties: sarifRunProperties{
			Accounts: escaped(s.r.Accounts), Regions: escaped(s.r.Regions), CapturedAt: Escape(s.r.CapturedAt),
			Endpoint: Escape(short(s.r.Endpoint, maxMessage)), Summary: s.r.Summary,
		},
	}
	if s.r.Account != "" { // GitHub keeps the runs of several accounts apart by this
		run.AutomationDetails = &sarifAutomation{ID: "buttress/" + Escape(s.r.Account) + "/"}
	}
	return &sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
}

// sarifVersion begins with a number, as versions are compared: v1.2.3 loses its
// letter, and the version of a build that is no release comes before all others.
func sarifVersion(version string) string {
	version = strings.TrimPrefix(Escape(version), "v")
	if version == "" || version[0] >= '0' && version[0] <= '9' {
		return version
	}
	return "0.0.0-" + version
}

func (s *sarif) rules() []sarifRule {
	var rules []sarifRule
	for i := range s.r.Rules {
		rule := &s.r.Rules[i]
		s.ruleIndex[rule.ID] = i
		rules = append(rules, newSARIFRule(rule))
	}
	return rules
}

// newSARIFRule keeps braces as they are: a description has no placeholders, and
// its commands are copied.
func newSARIFRule(rule *Rule) sarifRule {
	id := Escape(rule.ID)
	out := sarifRule{
		ID:                   id,
		ShortDescription:     sarifText{cmp.Or(Escape(rule.Title), id)},
		FullDescription:      sarifText{cmp.Or(escapeLines(short(unwrapped(rule.Why), maxSARIFDescription)), id)},
		Help:                 newSARIFHelp(rule),
		DefaultConfiguration: sarifConfiguration{Level: level(rule.Severity)},
		Properties:           sarifRuleProperties{Tags: sarifTags(rule), Precision: "high"},
	}
	if links := httpsLinks(rule); len(links) > 0 {
		out.HelpURI = links[0]
	}
	if slices.Contains(rule.Pillars, "security") {
		out.Properties.SecuritySeverity = securitySeverity(rule.Severity)
	} else {
		out.Properties.ProblemSeverity = problemSeverity(rule.Severity)
	}
	return out
}

// newSARIFHelp says why, how to mend it, and where to read more.
func newSARIFHelp(rule *Rule) sarifHelp {
	text := []string{rule.Why, rule.Fix}
	var markdown []string
	for p := range strings.SplitSeq(rule.Why+"\n\n"+rule.Fix, "\n\n") {
		markdown = append(markdown, strings.TrimSpace(markdownParagraph(p)))
	}
	for _, link := range httpsLinks(rule) {
		text = append(text, link)
		markdown = append(markdown, "<"+link+">")
	}
	join := func(parts []string) string {
		parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
		return cmp.Or(escapeLines(strings.Join(parts, "\n\n")), Escape(rule.ID))
	}
	return sarifHelp{Text: join(text), Markdown: join(markdown)}
}

// httpsLinks are the links of a rule that lead somewhere.
func httpsLinks(rule *Rule) []string {
	var links []string
	for _, link := range rule.Links {
		if u, err := url.Parse(link); err == nil && u.Scheme == "https" && u.Host != "" {
			links = append(links, u.String())
		}
	}
	return links
}

func sarifTags(rule *Rule) []string {
	tags := []string{}
	for _, tag := range slices.Concat(rule.Pillars, rule.Practices, rule.Controls) {
		if tag = Escape(tag); !slices.Contains(tags, tag) && len(tags) < maxSARIFTags {
			tags = append(tags, tag)
		}
	}
	return tags
}

// securitySeverity is a number in the range that GitHub gives the same name.
func securitySeverity(severity string) string {
	switch severity {
	case "critical":
		return "9.5"
	case "high":
		return "8.0"
	case "medium":
		return "5.5"
	case "low":
		return "3.0"
	default:
		return "1.0"
	}
}

func problemSeverity(severity string) string {
	if l := level(severity); l != "note" {
		return l
	}
	return "recommendation"
}

// results are what is written: at most as many as GitHub takes.
func (s *sarif) results() iter.Seq[sarifResult] {
	return func(yield func(sarifResult) bool) {
		for v := range s.sorted() {
			s.seen++
			if s.seen <= maxSARIFResults && !yield(s.result(&v)) {
				return
			}
		}
	}
}

// sorted yields the failures that count, the worst first, then the unknowns, then
// the failures that are accepted.
func (s *sarif) sorted() Seq {
	return func(yield func(Result) bool) {
		part := func(status, severity string, counts bool) bool {
			for v := range s.r.Only(status, severity) {
				if v.Counts() == counts && !yield(v) {
					return false
				}
			}
			return true
		}
		for _, severity := range severities {
			if !part("fail", severity.name, true) {
				return
			}
		}
		_ = part("unknown", "", false) && part("fail", "", false)
	}
}

func (s *sarif) result(v *Result) sarifResult {
	index, ok := s.ruleIndex[v.Rule]
	if !ok {
		index = -1
	}
	out := sarifResult{
		RuleID: Escape(v.Rule), RuleIndex: index, Kind: "fail", Level: level(v.Severity),
		sarifFinding: sarifFinding{
			Message: sarifMessage(s.r.sentence(v) + "."), Locations: []sarifLocation{s.location(v)}, RelatedLocations: sarifEvidence(v),
			// The second is the only one that GitHub reads.
			PartialFingerprints: map[string]string{"buttress/v1": Escape(v.Fingerprint), "primaryLocationLineHash": Escape(v.Fingerprint) + ":1"},
		},
		Properties: sarifResultProperties{
			Severity: Escape(v.Severity), Account: Escape(v.Resource.Account), Region: Escape(v.Resource.Region), ResourceType: Escape(v.Resource.Type),
			Missing: calls(v),
		},
	}
	if v.Status == "unknown" {
		out.Kind, out.Level = "open", "none" // any kind but fail has this level
	}
	if reason := accepted(v); reason != "" {
		out.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: reason}}
	}
	return out
}

// location is a place in the recording, and the resource. GitHub wants a line of
// every result, so it is the first where none is known (GH1003 of SARIF's
// Multitool).
func (s *sarif) location(v *Result) sarifLocation {
	at := s.r.location(v)
	at.line = max(at.line, 1)
	return sarifLocation{
		PhysicalLocation: sarifPlace(at),
		LogicalLocations: []sarifLogical{{
			Name: cmp.Or(Escape(short(v.Resource.ID, maxID)), "*"), FullyQualifiedName: Escape(short(v.Resource.ARN, maxMessage)), Kind: "resource",
		}},
	}
}

func sarifPlace(at place) sarifPhysical {
	return sarifPhysical{ArtifactLocation: sarifArtifact{URI: relativeURI(at.file)}, Region: sarifRegion{StartLine: at.line}}
}

// sarifEvidence are the facts that the verdict rests on.
func sarifEvidence(v *Result) []sarifLocation {
	var all []sarifLocation
	for i := range v.Evidence {
		e := &v.Evidence[i]
		at := e.place()
		if at.file == "" || len(all) == maxEvidence {
			continue
		}
		_, pointer, _ := strings.Cut(e.Source, "#")
		message := sarifMessage(Escape(e.Field) + " = " + Escape(short(string(e.Value), maxValue)) + " at " + Escape(short(pointer, maxMessage)))
		all = append(all, sarifLocation{PhysicalLocation: sarifPlace(at), Message: &message})
	}
	return all
}

func (s *sarif) invocation() sarifInvocation {
	in := sarifInvocation{ExecutionSuccessful: !s.r.Interrupted, Notifications: []sarifNotification{}}
	say := func(text string) {
		in.Notifications = append(in.Notifications, sarifNotification{Level: "warning", Message: sarifMessage(text)})
	}
	if s.r.Interrupted {
		say("The scan was ended before all calls were made: these results are incomplete.")
	}
	if left := s.r.leftOut().String(); left != "" {
		say(left)
	}
	if s.seen > maxSARIFResults {
		say(fmt.Sprintf("%d results were found, and the worst %d of them are here, which is as many as GitHub takes.", s.seen, maxSARIFResults))
	}
	for i, g := range s.r.Gaps {
		if i == maxSARIFGaps {
			say(fmt.Sprintf("%d more calls have no answer.", len(s.r.Gaps)-i))
			break
		}
		say(call(&Missing{Operation: g.Operation, Region: g.Region, Resource: g.Resource}) + " has no answer: " +
			Escape(short(g.Code, maxID)) + ": " + Escape(short(g.Message, maxMessage)) + ".")
	}
	return in
}

// sarifLiteral keeps readers from seeing links and placeholders in a message:
// SARIF 2.1.0, 3.11.5 and 3.11.6.
var sarifLiteral = strings.NewReplacer("{", "{{", "}", "}}", "](", "] (")

// sarifMessage is a message that means what it says. The text is safe for a
// terminal.
func sarifMessage(text string) sarifText { return sarifText{Text: sarifLiteral.Replace(text)} }

func escaped(all []string) []string {
	out := []string{}
	for _, s := range all {
		out = append(out, Escape(s))
	}
	return out
}
