package report

import (
	"cmp"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// JUnit writes an XML report of tests: a suite for each rule that judged
// something, and in it a case for each resource. A case of a failure has a
// <failure>; those of unknowns and of accepted failures are <skipped> and say
// why. What a rule does not apply to is no case; the suite says how many there
// were. It follows both schemas that are in use, Jenkins' junit-10.xsd and the
// stricter JUnit.xsd for Ant, which wants the order and the empty elements.
func JUnit(w io.Writer, r *Results, _ Options) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	j := &junit{enc: xml.NewEncoder(w), r: r, rules: r.rulesByID()}
	j.enc.Indent("", "  ")
	j.open("testsuites")
	j.suites()
	j.leftOut()
	j.close("testsuites")
	j.token(xml.CharData("\n"))
	return cmp.Or(j.err, j.enc.Close())
}

// junit is the report while it is written. err is the first error.
type junit struct {
	enc   *xml.Encoder
	r     *Results
	rules map[string]*Rule
	begun int // suites
	err   error
}

// junitSuite are the successive results of one rule. Their number stands in front of them.
type junitSuite struct {
	rule                                    string
	tests, failures, skipped, notApplicable int
}

func (j *junit) token(t xml.Token) {
	if j.err == nil {
		j.err = j.enc.EncodeToken(t)
	}
}

// open starts an element with attributes: names and values in turn.
func (j *junit) open(name string, attributes ...string) {
	start := xml.StartElement{Name: xml.Name{Local: name}}
	for i := 0; i+1 < len(attributes); i += 2 {
		start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: attributes[i]}, Value: attributes[i+1]})
	}
	j.token(start)
}

func (j *junit) close(name string) { j.token(xml.EndElement{Name: xml.Name{Local: name}}) }

// count goes through the results once, since a suite begins with its numbers.
func (j *junit) count() []junitSuite {
	var all []junitSuite
	for v := range j.r.Results {
		if len(all) == 0 || all[len(all)-1].rule != v.Rule {
			all = append(all, junitSuite{rule: v.Rule})
		}
		s := &all[len(all)-1]
		switch {
		case v.Status == "not_applicable":
			s.notApplicable++
			continue
		case v.Counts():
			s.failures++
		case v.Status != "pass":
			s.skipped++
		}
		s.tests++
	}
	return all
}

func (j *junit) suites() {
	counted := j.count()
	at := -1
	for v := range j.r.Results {
		if at < 0 || counted[at].rule != v.Rule {
			j.end(counted, at)
			if at++; counted[at].tests > 0 {
				j.begin(&counted[at])
			}
		}
		if v.Status != "not_applicable" {
			j.testCase(&v)
		}
		if j.err != nil {
			return
		}
	}
	j.end(counted, at)
}

// leftOut says what is not listed, in a suite of its own without a case.
func (j *junit) leftOut() {
	left := j.r.leftOut().String()
	if left == "" {
		return
	}
	j.suite(&junitSuite{rule: "left out"})
	j.open("properties")
	j.close("properties")
	j.endSuite(left)
}

// suite opens the element of a suite.
func (j *junit) suite(s *junitSuite) {
	name := cmp.Or(Escape(short(s.rule, maxID)), "unnamed")
	j.open("testsuite", "name", name, "package", "buttress", "id", strconv.Itoa(j.begun),
		"timestamp", j.r.captured().Format("2006-01-02T15:04:05"), "hostname", "localhost", "tests", strconv.Itoa(s.tests),
		"failures", strconv.Itoa(s.failures), "errors", "0", "skipped", strconv.Itoa(s.skipped), "time", "0")
	j.begun++
}

func (j *junit) begin(s *junitSuite) {
	j.suite(s)
	j.open("properties")
	j.property("version", j.r.Tool.Version)
	j.property("regions", strings.Join(j.r.Regions, " "))
	if rule := j.rules[s.rule]; rule != nil {
		j.property("title", rule.Title)
		j.property("severity", rule.Severity)
		j.property("pillars", strings.Join(rule.Pillars, " "))
	}
	j.property("not applicable", strconv.Itoa(s.notApplicable))
	j.close("properties")
}

func (j *junit) property(name, value string) {
	j.open("property", "name", name, "value", Escape(short(value, maxMessage)))
	j.close("property")
}

// end closes the suite at an index, if it was begun.
func (j *junit) end(counted []junitSuite, at int) {
	if at < 0 || counted[at].tests == 0 {
		return
	}
	j.endSuite("")
}

// endSuite closes a suite. The stricter schema wants both elements of output.
func (j *junit) endSuite(output string) {
	j.open("system-out")
	j.token(xml.CharData(output))
	j.close("system-out")
	j.open("system-err")
	j.close("system-err")
	j.close("testsuite")
}

func (j *junit) testCase(v *Result) {
	name := subject(&v.Resource)
	if len(j.r.Accounts) > 1 {
		name += " of " + Escape(v.Resource.Account)
	}
	j.open("testcase", "classname", cmp.Or(Escape(short(v.Rule, maxID)), "unnamed"), "name", name, "time", "0")
	switch reason := accepted(v); {
	case reason != "":
		j.outcome("skipped", v, "message", "accepted: "+reason)
	case v.Status == "fail":
		j.outcome("failure", v, "message", Escape(short(v.Message, maxMessage)), "type", Escape(v.Severity))
	case v.Status != "pass":
		j.outcome("skipped", v, "message", "unknown: "+Escape(short(v.Message, maxMessage)))
	}
	j.close("testcase")
}

// outcome says what was found, on what that rests, and what to do.
func (j *junit) outcome(element string, v *Result, attributes ...string) {
	lines := append([]string{j.r.sentence(v)}, factLines(v)...)
	for _, c := range calls(v) {
		lines = append(lines, "No answer: "+c)
	}
	if rule := j.rules[v.Rule]; rule != nil && v.Status == "fail" {
		lines = append(lines, "Wanted: "+Escape(rule.Title)+".", "Fix: "+Escape(firstParagraph(rule.Fix)))
	}
	j.open(element, attributes...)
	j.token(xml.CharData(strings.Join(lines, "\n")))
	j.close(element)
}
