package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/topology"
)

// check says what is wrong with results that were read, with a JSON pointer. Keys
// that older versions did not write are held to nothing. A list that lacks results
// is right: scan --severity leaves some out.
func (r *Results) check() error {
	if _, err := time.Parse(time.RFC3339, r.CapturedAt); r.CapturedAt != "" && err != nil {
		return fmt.Errorf("/capturedAt: is %q, which is no time (RFC 3339)", r.CapturedAt)
	}
	listed, err := r.checkRules()
	if err != nil {
		return err
	}
	if err := r.checkResults(listed); err != nil {
		return err
	}
	if err := r.checkExposure(); err != nil {
		return err
	}
	var rules, results tally
	for i := range r.Rules {
		rule := &r.Rules[i]
		said := tally{
			Summary: Summary{Pass: rule.Pass, Fail: rule.Fail, Unknown: rule.Unknown, NotApplicable: rule.NotApplicable, Waived: rule.Waived},
			known:   rule.Known,
		}
		if err := said.check(fmt.Sprintf("/rules/%d", i), listed[rule.ID]); err != nil {
			return err
		}
		rules.add(&said)
		results.add(listed[rule.ID])
	}
	return r.checkSummary(&rules, &results)
}

// checkExposure holds what the internet reaches to the words that formats know.
func (r *Results) checkExposure() error {
	e := r.exposure()
	if e == nil {
		return nil
	}
	const at = "/topology/exposure"
	for i := range e.WaysIn {
		if err := oneOf(fmt.Sprintf("%s/waysIn/%d/via", at, i), e.WaysIn[i].Via, []string{topology.Direct, topology.ThroughLoadBalancer}); err != nil {
			return err
		}
	}
	ways, undecided := e.Direct+e.Behind, len(e.Undecided)
	switch {
	case e.MoreWaysIn < 0 || e.MoreUndecided < 0 || e.MoreMissing < 0 || e.Direct < 0 || e.Behind < 0:
		return errors.New(at + ": has a number below zero")
	case !e.Followed && ways+undecided+len(e.WaysIn) > 0:
		return errors.New(at + "/followed: is false, and there is something that is reached")
	case (ways == 0) != (len(e.WaysIn) == 0):
		return fmt.Errorf("%s/waysIn: has %d, and %d resources are reached", at, len(e.WaysIn), ways)
	}
	return nil
}

// checkRules returns room to count the results of each rule.
func (r *Results) checkRules() (map[string]*tally, error) {
	listed := make(map[string]*tally, len(r.Rules))
	for i := range r.Rules {
		rule := &r.Rules[i]
		at := fmt.Sprintf("/rules/%d", i)
		if listed[rule.ID] != nil {
			return nil, fmt.Errorf("%s/id: %q stands there twice", at, rule.ID)
		}
		listed[rule.ID] = new(tally)
		if err := oneOf(at+"/status", rule.Status, statusNames); err != nil {
			return nil, err
		}
		if err := oneOf(at+"/severity", rule.Severity, severityNames); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

// checkResults counts the results by rule.
func (r *Results) checkResults(listed map[string]*tally) error {
	i := 0
	seen := map[string]int{}
	for v := range r.Results {
		at := fmt.Sprintf("/results/%d", i)
		if err := v.check(at); err != nil {
			return err
		}
		if first, ok := seen[v.Fingerprint]; ok {
			return fmt.Errorf("%s/fingerprint: stands there twice: /results/%d has it too", at, first)
		}
		seen[v.Fingerprint] = i
		of := listed[v.Rule]
		if of == nil {
			return fmt.Errorf("%s/rule: %q is not among /rules", at, v.Rule)
		}
		of.count(&v)
		i++
	}
	return nil
}

func (v *Result) check(at string) error {
	if err := oneOf(at+"/status", v.Status, statusNames); err != nil {
		return err
	}
	if err := oneOf(at+"/severity", v.Severity, severityNames); err != nil {
		return err
	}
	if v.Fingerprint == "" {
		return fmt.Errorf("%s/fingerprint: is empty", at)
	}
	return nil
}

// checkSummary holds the summary to what the rules say and the results are.
func (r *Results) checkSummary(rules, results *tally) error {
	said := tally{Summary: r.Summary, known: rules.known}
	if err := said.check("/summary", results); err != nil {
		return err
	}
	for i, n := range said.statuses() {
		if of := rules.statuses()[i]; n != of {
			return fmt.Errorf("/summary/%s: is %d, and /rules have %d", statusNames[i], n, of)
		}
	}
	if r.Summary.Failures == (Severities{}) {
		return nil // a file from before that key
	}
	sum := 0
	for _, name := range severityNames {
		n, is := r.Summary.Failures.At(name), results.Failures.At(name)
		if is > n {
			return fmt.Errorf("/summary/failures/%s: is %d, and /results has %d", name, n, is)
		}
		sum += n
	}
	if sum != r.Summary.Fail {
		return fmt.Errorf("/summary/failures: has %d, and /summary/fail is %d", sum, r.Summary.Fail)
	}
	return nil
}

var (
	statusNames   = names([]checks.Status{checks.StatusPass, checks.StatusFail, checks.StatusUnknown, checks.StatusNotApplicable})
	severityNames = names(checks.Severities())
)

func names[T fmt.Stringer](all []T) []string {
	var names []string
	for _, v := range all {
		names = append(names, v.String())
	}
	return names
}

func oneOf(at, word string, known []string) error {
	if slices.Contains(known, word) {
		return nil
	}
	return fmt.Errorf("%s: is %q, and is one of %s", at, word, strings.Join(known, ", "))
}

// tally counts results.
type tally struct {
	Summary
	known int
}

func (t *tally) count(v *Result) {
	switch v.Status {
	case "pass":
		t.Pass++
	case "fail":
		t.Fail++
		t.Failures.Count(v.Severity)
		if v.Waiver != nil {
			t.Waived++
		} else if v.Known {
			t.known++
		}
	case "unknown":
		t.Unknown++
	default:
		t.NotApplicable++
	}
}

func (t *tally) add(u *tally) {
	t.Pass += u.Pass
	t.Fail += u.Fail
	t.Unknown += u.Unknown
	t.NotApplicable += u.NotApplicable
	t.Waived += u.Waived
	t.known += u.known
	t.Failures.Critical += u.Failures.Critical
	t.Failures.High += u.Failures.High
	t.Failures.Medium += u.Failures.Medium
	t.Failures.Low += u.Failures.Low
	t.Failures.Info += u.Failures.Info
}

// statuses are the counts in the order of statusNames.
func (t *tally) statuses() [4]int { return [4]int{t.Pass, t.Fail, t.Unknown, t.NotApplicable} }

// check holds counts to the results that are listed, of which there may be fewer.
// Of the failures that are not listed any number may be accepted.
func (t *tally) check(at string, listed *tally) error {
	for i, n := range t.statuses() {
		if is := listed.statuses()[i]; is > n {
			return fmt.Errorf("%s/%s: is %d, and /results has %d", at, statusNames[i], n, is)
		}
	}
	left := t.Fail - listed.Fail
	if n, is := t.Waived, listed.Waived; n < is || n > is+left {
		return fmt.Errorf("%s/waived: is %d, and /results has %d", at, n, is)
	}
	if n, is := t.known, listed.known; n < is || n > is+left {
		return fmt.Errorf("%s/known: is %d, and /results has %d", at, n, is)
	}
	return nil
}

// canonical is a value as every report has it, whatever the file that it was read
// from looks like: on one line, and its strings without needless escapes.
func canonical(v jsontext.Value) jsontext.Value {
	if !slices.ContainsFunc(v, func(c byte) bool { return c == '\\' || c == '{' || c == '[' || c >= 0x80 }) {
		return v
	}
	c := v.Clone()
	if c.Format(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) != nil {
		return v
	}
	return c
}
