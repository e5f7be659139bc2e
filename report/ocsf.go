package report

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What the texts of an event are cut to. OCSF has no limits, but those who take
// events in do; an event that was cut says so in metadata.is_truncated.
const (
	maxOCSFText     = 4096
	maxOCSFEvidence = 32
)

// The parts of OCSF 1.6.0, class 2003, Compliance Finding, that are written.
// https://schema.ocsf.io/1.6.0/classes/compliance_finding?profiles=cloud
type (
	ocsfEvent struct {
		ActivityID   int              `json:"activity_id"`
		ActivityName string           `json:"activity_name"`
		CategoryUID  int              `json:"category_uid"`
		CategoryName string           `json:"category_name"`
		ClassUID     int              `json:"class_uid"`
		ClassName    string           `json:"class_name"`
		TypeUID      int              `json:"type_uid"`
		TypeName     string           `json:"type_name"`
		Time         int64            `json:"time"`
		SeverityID   int              `json:"severity_id"`
		Severity     string           `json:"severity"`
		StatusID     int              `json:"status_id"`
		Status       string           `json:"status"`
		Message      string           `json:"message"`
		Comment      string           `json:"comment,omitzero"`
		FindingInfo  ocsfFinding      `json:"finding_info"`
		Compliance   ocsfCompliance   `json:"compliance"`
		Resources    []ocsfResource   `json:"resources"`
		Evidences    []ocsfEvidence   `json:"evidences,omitempty"`
		Remediation  *ocsfRemediation `json:"remediation,omitzero"`
		Cloud        ocsfCloud        `json:"cloud"`
		Metadata     ocsfMetadata     `json:"metadata"`
		Unmapped     *ocsfUnmapped    `json:"unmapped,omitzero"`
	}
	ocsfFinding struct {
		UID      string       `json:"uid"`
		Title    string       `json:"title"`
		Desc     string       `json:"desc,omitzero"`
		Types    []string     `json:"types,omitempty"`
		Analytic ocsfAnalytic `json:"analytic"`
	}
	ocsfAnalytic struct {
		UID    string `json:"uid"`
		TypeID int    `json:"type_id"`
		Type   string `json:"type"`
	}
	ocsfCompliance struct {
		StatusID      int      `json:"status_id"`
		Status        string   `json:"status"`
		StatusDetails []string `json:"status_details"`
		Control       string   `json:"control"`
		Standards     []string `json:"standards"`
		Requirements  []string `json:"requirements,omitempty"`
	}
	ocsfResource struct {
		UID            string `json:"uid,omitzero"`
		Name           string `json:"name"`
		Type           string `json:"type,omitzero"`
		CloudPartition string `json:"cloud_partition,omitzero"`
		Region         string `json:"region,omitzero"`
		RoleID         int    `json:"role_id"`
		Role           string `json:"role"`
		Data           any    `json:"data,omitzero"`
	}
	ocsfEvidence struct {
		Data ocsfFact `json:"data"`
	}
	ocsfFact struct {
		Resource string         `json:"resource"`
		Field    string         `json:"field"`
		Value    jsontext.Value `json:"value"`
		Source   string         `json:"source"`
	}
	ocsfRemediation struct {
		Desc       string   `json:"desc"`
		References []string `json:"references,omitempty"`
	}
	ocsfCloud struct {
		Provider       string       `json:"provider"`
		CloudPartition string       `json:"cloud_partition,omitzero"`
		Region         string       `json:"region,omitzero"`
		Account        *ocsfAccount `json:"account,omitzero"`
	}
	ocsfAccount struct {
		UID    string `json:"uid"`
		TypeID int    `json:"type_id"`
		Type   string `json:"type"`
	}
	ocsfMetadata struct {
		Version     string      `json:"version"`
		Product     ocsfProduct `json:"product"`
		Profiles    []string    `json:"profiles"`
		EventCode   string      `json:"event_code"`
		IsTruncated bool        `json:"is_truncated,omitzero"`
	}
	ocsfProduct struct {
		Name       string `json:"name"`
		VendorName string `json:"vendor_name"`
		Version    string `json:"version,omitzero"`
	}
	// ocsfUnmapped is what the schema has no place for.
	ocsfUnmapped struct {
		Waiver   *Waiver  `json:"waiver,omitzero"`
		Known    bool     `json:"known,omitzero"`
		Missing  []string `json:"missing,omitempty"`
		Endpoint string   `json:"endpoint,omitzero"`
	}
)

// OCSF writes an event of the Open Cybersecurity Schema Framework for each
// result, one a line: that is how Security Hub exports OCSF, and what log
// pipelines and query engines read.
func OCSF(w io.Writer, r *Results, _ Options) error {
	enc := jsontext.NewEncoder(w, jsontext.AllowInvalidUTF8(true))
	rules := r.rulesByID()
	for v := range r.Results {
		o := ocsf{r: r, v: &v, rule: cmp.Or(rules[v.Rule], &Rule{})}
		if err := json.MarshalEncode(enc, o.event()); err != nil {
			return err
		}
	}
	return nil
}

// ocsf makes one event. cut says that something was left out.
type ocsf struct {
	r    *Results
	v    *Result
	rule *Rule
	cut  bool
}

// text is safe to show, and not too long.
func (o *ocsf) text(s string) string {
	if s = Escape(s); len(s) > maxOCSFText {
		o.cut = true
	}
	return cut(s, maxOCSFText)
}

func (o *ocsf) texts(all []string) []string {
	var out []string
	for _, s := range all {
		out = append(out, o.text(s))
	}
	return out
}

func (o *ocsf) event() *ocsfEvent {
	v := o.v
	e := &ocsfEvent{
		ActivityID: 1, ActivityName: "Create", CategoryUID: 2, CategoryName: "Findings", ClassUID: 2003, ClassName: "Compliance Finding",
		TypeUID: 200301, TypeName: "Compliance Finding: Create", Time: o.r.captured().UnixMilli(),
		Message: o.text(subject(&v.Resource) + " " + v.Message), Comment: o.text(accepted(v)),
		FindingInfo: ocsfFinding{
			UID: cmp.Or(o.text(v.Fingerprint), "unknown"), Title: cmp.Or(o.text(o.rule.Title), o.text(v.Rule)),
			Desc: o.text(unwrapped(o.rule.Why)), Types: o.texts(o.rule.Pillars),
			Analytic: ocsfAnalytic{UID: o.text(v.Rule), TypeID: 1, Type: "Rule"},
		},
		Compliance: o.compliance(), Resources: []ocsfResource{o.resource()}, Evidences: o.evidences(),
		Remediation: o.remediation(), Cloud: o.cloud(), Unmapped: o.unmapped(),
	}
	e.SeverityID, e.Severity = ocsfSeverity(v)
	e.StatusID, e.Status = ocsfStatus(v)
	e.Metadata = ocsfMetadata{
		Version: "1.6.0", Product: ocsfProduct{Name: "Buttress", VendorName: "Buttress", Version: o.text(o.r.Tool.Version)},
		Profiles: []string{"cloud"}, EventCode: o.text(v.Rule),
	}
	e.Metadata.IsTruncated = o.cut
	return e
}

// ocsfSeverity is informational for what passed: nothing has to be done.
func ocsfSeverity(v *Result) (int, string) {
	if v.Status == "fail" || v.Status == "unknown" {
		switch v.Severity {
		case "critical":
			return 5, "Critical"
		case "high":
			return 4, "High"
		case "medium":
			return 3, "Medium"
		case "low":
			return 2, "Low"
		}
	}
	return 1, "Informational"
}

func ocsfStatus(v *Result) (int, string) {
	switch {
	case accepted(v) != "":
		return 3, "Suppressed"
	case v.Status == "fail" || v.Status == "unknown":
		return 1, "New"
	default:
		return 4, "Resolved"
	}
}

func (o *ocsf) compliance() ocsfCompliance {
	c := ocsfCompliance{
		StatusID: 99, Status: "Not Applicable", StatusDetails: []string{o.text(o.v.Message)}, Control: o.text(o.v.Rule),
		Standards: []string{"AWS Well-Architected Framework"}, Requirements: o.texts(slices.Concat(o.rule.Practices, o.rule.Controls)),
	}
	switch o.v.Status {
	case "pass":
		c.StatusID, c.Status = 1, "Pass"
	case "fail":
		c.StatusID, c.Status = 3, "Fail"
	case "unknown":
		c.StatusID, c.Status = 0, "Unknown"
	}
	return c
}

func (o *ocsf) resource() ocsfResource {
	r := &o.v.Resource
	out := ocsfResource{
		UID: o.text(r.ARN), Name: o.text(r.ID), Type: o.text(r.Type), CloudPartition: o.text(o.r.Partition), Region: o.text(r.Region),
		RoleID: 1, Role: "Target",
	}
	if r.Name != "" && r.Name != r.ID {
		out.Data = map[string]string{"name": o.text(r.Name)}
	}
	return out
}

func (o *ocsf) evidences() []ocsfEvidence {
	var all []ocsfEvidence
	for i, e := range o.v.Evidence {
		if i == maxOCSFEvidence {
			o.cut = true
			break
		}
		value := e.Value
		if len(value) > maxOCSFText {
			o.cut = true
			value, _ = jsontext.AppendQuote(nil, cut(string(value), maxOCSFText))
		}
		all = append(all, ocsfEvidence{Data: ocsfFact{
			Resource: o.text(e.Resource), Field: o.text(e.Field), Value: value, Source: o.text(e.Source),
		}})
	}
	return all
}

func (o *ocsf) remediation() *ocsfRemediation {
	if o.rule.Fix == "" {
		return nil
	}
	fix := escapeLines(o.rule.Fix)
	o.cut = o.cut || len(fix) > maxOCSFText
	return &ocsfRemediation{Desc: cut(fix, maxOCSFText), References: httpsLinks(o.rule)}
}

func (o *ocsf) cloud() ocsfCloud {
	c := ocsfCloud{Provider: "AWS", CloudPartition: o.text(o.r.Partition), Region: o.text(o.v.Resource.Region)}
	if id := strings.TrimSpace(o.v.Resource.Account); id != "" {
		c.Account = &ocsfAccount{UID: o.text(id), TypeID: 10, Type: "AWS Account"}
	}
	return c
}

func (o *ocsf) unmapped() *ocsfUnmapped {
	u := ocsfUnmapped{Known: o.v.Known, Missing: calls(o.v), Endpoint: o.text(o.r.Endpoint)}
	if w := o.v.Waiver; w != nil {
		u.Waiver = &Waiver{Reason: o.text(w.Reason), Owner: o.text(w.Owner), Expires: o.text(w.Expires)}
	}
	if u.Waiver == nil && !u.Known && len(u.Missing) == 0 && u.Endpoint == "" {
		return nil
	}
	return &u
}
