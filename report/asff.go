package report

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Limits of the AWS Security Finding Format, in characters and items. Lengths are
// taken in bytes, which are never fewer.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html
const (
	maxASFFID           = 512
	maxASFFTitle        = 256
	maxASFFDescription  = 1024
	maxASFFText         = 512 // of a recommendation and of a note
	maxASFFRequirement  = 64
	maxASFFRequirements = 32
	maxASFFOriginal     = 64
	maxASFFFieldValue   = 2048
)

// The parts of the format that are written.
type (
	asffFinding struct {
		SchemaVersion         string            `json:"SchemaVersion"`
		ID                    string            `json:"Id"`
		ProductARN            string            `json:"ProductArn"`
		ProductName           string            `json:"ProductName"`
		CompanyName           string            `json:"CompanyName"`
		GeneratorID           string            `json:"GeneratorId"`
		AccountID             string            `json:"AwsAccountId"`
		Types                 []string          `json:"Types"`
		CreatedAt             string            `json:"CreatedAt"`
		UpdatedAt             string            `json:"UpdatedAt"`
		Severity              asffSeverity      `json:"Severity"`
		Title                 string            `json:"Title"`
		Description           string            `json:"Description"`
		Remediation           *asffRemediation  `json:"Remediation,omitzero"`
		ProductFields         map[string]string `json:"ProductFields"`
		Resources             []asffResource    `json:"Resources"`
		Compliance            asffCompliance    `json:"Compliance"`
		Workflow              asffWorkflow      `json:"Workflow"`
		RecordState           string            `json:"RecordState"`
		Note                  *asffNote         `json:"Note,omitzero"`
		FindingProviderFields asffProvider      `json:"FindingProviderFields"`
	}
	asffSeverity struct {
		Label    string `json:"Label"`
		Original string `json:"Original,omitzero"`
	}
	asffProvider struct {
		Severity asffSeverity `json:"Severity"`
		Types    []string     `json:"Types"`
	}
	asffRemediation struct {
		Recommendation asffRecommendation `json:"Recommendation"`
	}
	asffRecommendation struct {
		Text string `json:"Text,omitzero"`
		URL  string `json:"Url,omitzero"`
	}
	asffResource struct {
		Type      string `json:"Type"`
		ID        string `json:"Id"`
		Partition string `json:"Partition,omitzero"`
		Region    string `json:"Region,omitzero"`
	}
	asffCompliance struct {
		Status              string   `json:"Status"`
		RelatedRequirements []string `json:"RelatedRequirements,omitzero"`
	}
	asffWorkflow struct {
		Status string `json:"Status"`
	}
	asffNote struct {
		Text      string `json:"Text"`
		UpdatedBy string `json:"UpdatedBy"`
		UpdatedAt string `json:"UpdatedAt"`
	}
)

// ASFF writes a list of findings in the AWS Security Finding Format, as Security
// Hub's BatchImportFindings takes them, 100 of one account and Region at a time.
// Every result is a finding, since it is by a finding with the same Id that
// Security Hub learns that a failure was mended.
func ASFF(w io.Writer, r *Results, _ Options) error {
	a := &asff{r: r, rules: r.rulesByID(), at: r.captured().Format(time.RFC3339)}
	return writeJSON(w, list[asffFinding](a.findings()))
}

type asff struct {
	r     *Results
	rules map[string]*Rule
	at    string
}

func (a *asff) findings() iter.Seq[asffFinding] {
	return func(yield func(asffFinding) bool) {
		for v := range a.r.Results {
			if !yield(a.finding(&v)) {
				return
			}
		}
	}
}

func (a *asff) finding(v *Result) asffFinding {
	rule := cmp.Or(a.rules[v.Rule], &Rule{})
	f := asffFinding{
		// The only version there is.
		SchemaVersion: "2018-10-08",
		ID:            cut("buttress/"+Escape(v.Fingerprint), maxASFFID),
		ProductARN:    a.productARN(v), ProductName: "Buttress", CompanyName: "Buttress",
		GeneratorID: cut("buttress/"+Escape(v.Rule), maxASFFID), AccountID: a.account(v),
		Types: asffTypes(rule), CreatedAt: a.at, UpdatedAt: a.at, Severity: newASFFSeverity(v),
		Title:       cut(cmp.Or(Escape(rule.Title), Escape(v.Rule), "Buttress"), maxASFFTitle),
		Description: cut(a.description(v, rule), maxASFFDescription),
		Remediation: newASFFRemediation(rule), ProductFields: a.fields(v), Resources: []asffResource{a.resource(v)},
		Compliance: newASFFCompliance(v, rule), Workflow: newASFFWorkflow(v), RecordState: "ACTIVE", Note: a.note(v),
	}
	if v.Status == "not_applicable" {
		f.RecordState = "ARCHIVED"
	}
	f.FindingProviderFields = asffProvider{Severity: f.Severity, Types: f.Types}
	return f
}

// description says what was found and, if that is bad, why it matters.
func (a *asff) description(v *Result, rule *Rule) string {
	s := a.r.sentence(v) + "."
	if v.Status == "fail" && rule.Why != "" {
		s += " " + Escape(strings.Join(strings.Fields(rule.Why), " "))
	}
	return s
}

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	regionID  = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-[0-9]{1,2}$`)
)

// maxRegion is the length of a Region in the format.
const maxRegion = 16

// account is that of the resource or, where a recording does not say it, that of
// the scan. A finding has to have one.
func (a *asff) account(v *Result) string {
	for _, id := range slices.Concat([]string{v.Resource.Account, a.r.Account}, a.r.Accounts) {
		if accountID.MatchString(id) {
			return id
		}
	}
	return "000000000000"
}

// region is that of the resource, else the first one of the scan.
func (a *asff) region(v *Result) string {
	for _, name := range slices.Concat([]string{v.Resource.Region}, a.r.Regions) {
		if regionID.MatchString(name) && len(name) <= maxRegion {
			return name
		}
	}
	return "us-east-1"
}

// productARN is the product that every account has for findings of its own.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-custom-providers.html
func (a *asff) productARN(v *Result) string {
	account := a.account(v)
	return fmt.Sprintf("arn:%s:securityhub:%s:%s:product/%s/default", a.partition(), a.region(v), account, account)
}

func (a *asff) partition() string {
	if !strings.HasPrefix(a.r.Partition, "aws") || len(a.r.Partition) > maxRegion {
		return "aws"
	}
	return Escape(a.r.Partition)
}

// asffTypes are namespace, category and classifier.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-type-taxonomy.html
func asffTypes(rule *Rule) []string {
	types := []string{"Software and Configuration Checks/Industry and Regulatory Standards/AWS Well-Architected Framework"}
	if slices.Contains(rule.Pillars, "security") {
		types = append(types, "Software and Configuration Checks/AWS Security Best Practices")
	}
	return types
}

// newASFFSeverity is INFORMATIONAL, "no issue was found", for what passed.
func newASFFSeverity(v *Result) asffSeverity {
	s := asffSeverity{Label: "INFORMATIONAL", Original: cut(Escape(v.Severity), maxASFFOriginal)}
	if v.Status == "fail" || v.Status == "unknown" {
		switch v.Severity {
		case "critical", "high", "medium", "low":
			s.Label = strings.ToUpper(v.Severity)
		}
	}
	return s
}

func newASFFRemediation(rule *Rule) *asffRemediation {
	m := asffRemediation{Recommendation: asffRecommendation{Text: cut(Escape(firstParagraph(rule.Fix)), maxASFFText)}}
	if links := httpsLinks(rule); len(links) > 0 {
		m.Recommendation.URL = links[0]
	}
	if m.Recommendation == (asffRecommendation{}) {
		return nil
	}
	return &m
}

// newASFFCompliance says WARNING, "some information is missing", of an unknown.
func newASFFCompliance(v *Result, rule *Rule) asffCompliance {
	c := asffCompliance{Status: "NOT_AVAILABLE"}
	switch v.Status {
	case "pass":
		c.Status = "PASSED"
	case "fail":
		c.Status = "FAILED"
	case "unknown":
		c.Status = "WARNING"
	}
	for _, s := range slices.Concat(rule.Practices, rule.Controls) {
		if s = cut(Escape(s), maxASFFRequirement); strings.TrimSpace(s) != "" && len(c.RelatedRequirements) < maxASFFRequirements {
			c.RelatedRequirements = append(c.RelatedRequirements, s)
		}
	}
	return c
}

func newASFFWorkflow(v *Result) asffWorkflow {
	switch {
	case accepted(v) != "":
		return asffWorkflow{Status: "SUPPRESSED"}
	case v.Status == "fail" || v.Status == "unknown":
		return asffWorkflow{Status: "NEW"}
	default:
		return asffWorkflow{Status: "RESOLVED"}
	}
}

// note says why a failure is accepted.
func (a *asff) note(v *Result) *asffNote {
	reason := accepted(v)
	if reason == "" {
		return nil
	}
	return &asffNote{Text: cut(reason, maxASFFText), UpdatedBy: "buttress", UpdatedAt: a.at}
}

// fields are what the format has no place for. Keys and values are not empty.
func (a *asff) fields(v *Result) map[string]string {
	all := map[string]string{}
	put := func(key, value string) {
		if value = cut(value, maxASFFFieldValue); strings.TrimSpace(value) != "" {
			all["buttress/"+key] = value
		}
	}
	put("Version", Escape(a.r.Tool.Version))
	put("Status", Escape(v.Status))
	put("ResourceType", Escape(v.Resource.Type))
	put("ResourceId", Escape(v.Resource.ID))
	put("ResourceName", Escape(v.Resource.Name))
	put("Accepted", accepted(v))
	put("Endpoint", Escape(a.r.Endpoint))
	for i, line := range factLines(v) {
		put(fmt.Sprintf("Evidence/%d", i+1), line)
	}
	for i, line := range calls(v) {
		put(fmt.Sprintf("Missing/%d", i+1), line)
	}
	return all
}

// asffResourceTypes are the format's names of CloudFormation's types. It has no
// others of those that rules judge.
// https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_ResourceDetails.html
var asffResourceTypes = map[string]string{
	"AWS::AutoScaling::AutoScalingGroup":        "AwsAutoScalingAutoScalingGroup",
	"AWS::AutoScaling::LaunchConfiguration":     "AwsAutoScalingLaunchConfiguration",
	"AWS::EC2::Instance":                        "AwsEc2Instance",
	"AWS::EC2::LaunchTemplate":                  "AwsEc2LaunchTemplate",
	"AWS::EC2::NetworkAcl":                      "AwsEc2NetworkAcl",
	"AWS::EC2::NetworkInterface":                "AwsEc2NetworkInterface",
	"AWS::EC2::RouteTable":                      "AwsEc2RouteTable",
	"AWS::EC2::SecurityGroup":                   "AwsEc2SecurityGroup",
	"AWS::EC2::Subnet":                          "AwsEc2Subnet",
	"AWS::EC2::VPC":                             "AwsEc2Vpc",
	"AWS::ElasticLoadBalancing::LoadBalancer":   "AwsElbLoadBalancer",
	"AWS::ElasticLoadBalancingV2::LoadBalancer": "AwsElbv2LoadBalancer",
	"AWS::RDS::DBCluster":                       "AwsRdsDbCluster",
	"AWS::RDS::DBInstance":                      "AwsRdsDbInstance",
}

// resource is the account where the resources of a Region could not be listed.
func (a *asff) resource(v *Result) asffResource {
	r := asffResource{Type: cmp.Or(asffResourceTypes[v.Resource.Type], "Other"), Region: a.region(v)}
	switch partition := a.partition(); partition {
	case "aws", "aws-cn", "aws-us-gov":
		r.Partition = partition
	}
	if r.ID = cut(Escape(cmp.Or(v.Resource.ARN, v.Resource.ID)), maxASFFID); r.ID == "" || r.ID == "*" {
		r.Type, r.ID = "AwsAccount", "AWS::::Account:"+a.account(v)
	}
	return r
}
