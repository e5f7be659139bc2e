package checks

import (
	"fmt"
	"slices"
	"strings"
)

// Status is one of the four answers of a rule.
type Status int

// The answers.
const (
	StatusPass Status = iota + 1
	StatusFail
	StatusUnknown
	StatusNotApplicable
)

var statusNames = []string{StatusPass: "pass", StatusFail: "fail", StatusUnknown: "unknown", StatusNotApplicable: "not_applicable"}

func (s Status) String() string { return statusNames[s] }

// Severity is how bad a failure is. A larger one is worse.
type Severity int

// The severities. The zero Severity is none.
const (
	Info Severity = iota + 1
	Low
	Medium
	High
	Critical
)

var severityNames = []string{"none", Info: "info", Low: "low", Medium: "medium", High: "high", Critical: "critical"}

func (s Severity) String() string { return severityNames[s] }

// Severities are all severities, the worst first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, Info} }

// ParseSeverity reads the name of a severity.
func ParseSeverity(name string) (Severity, error) {
	i := slices.Index(severityNames, name)
	if i <= 0 {
		return 0, fmt.Errorf("unknown severity %q: it is one of %s", name, strings.Join(severityNames[1:], ", "))
	}
	return Severity(i), nil
}

// Pillar is a pillar of the Well-Architected Framework.
type Pillar string

// The pillars, as https://docs.aws.amazon.com/wellarchitected/latest/framework/the-pillars-of-the-framework.html names them.
const (
	OperationalExcellence Pillar = "operational-excellence"
	Security              Pillar = "security"
	Reliability           Pillar = "reliability"
	PerformanceEfficiency Pillar = "performance-efficiency"
	CostOptimization      Pillar = "cost-optimization"
	Sustainability        Pillar = "sustainability"
)

// Pillars are all pillars, in the order of the framework.
func Pillars() []Pillar {
	return []Pillar{OperationalExcellence, Security, Reliability, PerformanceEfficiency, CostOptimization, Sustainability}
}
