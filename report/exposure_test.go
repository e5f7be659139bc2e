package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/buttress/buttress/internal/golden"
	"github.com/buttress/buttress/report"
)

// exposed is something of everything, with names that a stranger chose.
func exposed() *report.Exposure {
	group := func(id string) report.Group { return report.Group{ID: id, Name: "a\x1b[31m=b\u202e</text>"} }
	server := report.Resource{Type: "AWS::EC2::Instance", ID: "i-1", ARN: "arn:aws:ec2:eu-west-1:111122223333:instance/i-1", Account: "111122223333", Region: "eu-west-1", Name: "=cmd|' /C calc'!A0\x1b[31m"}
	return &report.Exposure{
		SchemaVersion: "1", Accounts: []string{"111122223333"}, CapturedAt: "2026-11-23T10:00:00Z", Regions: []string{"eu-west-1"},
		Exposed: []report.Exposed{
			{Resource: server, Interface: "eni-1", Protocol: "tcp", Ports: "22, 80-443", Sources: []string{"0.0.0.0/0", "::/0"}, Via: "direct", Groups: []report.Group{group("sg-1")}},
			{Resource: server, Interface: "eni-2", Protocol: "tcp", Ports: "22, 80-443", Sources: []string{"0.0.0.0/0", "::/0"}, Via: "direct", Groups: []report.Group{group("sg-1")}},
			{Resource: server, Interface: "eni-1", Protocol: "tcp", Ports: "8080", Sources: []string{"45.0.0.0/8", "46.0.0.0/8", "47.0.0.0/8", "48.0.0.0/8", "50.0.0.0/8"}, Via: "load-balancer", Through: "web", Groups: []report.Group{group("sg-1")}},
		},
		Undecided: []report.Undecided{{Resource: report.Resource{ID: "i-2", Region: "eu-west-1"}, Missing: []report.Missing{{Operation: "ec2:DescribeNetworkAcls", Region: "eu-west-1"}}}, {Resource: report.Resource{ID: "i-3", Region: "eu-west-1"}, Missing: []report.Missing{}}},
		Gaps:      []report.Gap{{Account: "111122223333", Region: "eu-west-1", Operation: "ec2:DescribeNetworkInterfaces", Code: "AccessDenied\x1b[31m"}},
		Matrix: []report.GroupPair{
			{From: group("sg-1"), To: group("sg-2"), Protocol: "tcp", Ports: "3306"},
			{From: group("sg-2"), To: group("sg-3"), Protocol: "tcp", Ports: "all", Unknown: true},
		},
	}
}

const exposureSchema = "../docs/exposure.schema.json"

// TestExposureSchema generates docs/exposure.schema.json from the types, and
// validates what is written.
func TestExposureSchema(t *testing.T) {
	golden.Schema(t, exposureSchema, "What buttress exposure says, version 1", jsonschema.Reflector{}, map[string][]any{"via": {"direct", "load-balancer"}}, &report.Exposure{})
	text := exposedAs(t, "json", exposed())
	if err := golden.Validate(t, exposureSchema, text); err != nil {
		t.Error(err)
	}
	if golden.Validate(t, exposureSchema, strings.Replace(text, `"direct"`, `"somehow"`, 1)) == nil {
		t.Error("the schema accepts what it should refuse")
	}
	if err := golden.Validate(t, exposureSchema, exposedAs(t, "json", &report.Exposure{SchemaVersion: "1"})); err != nil {
		t.Errorf("of nothing: %v", err)
	}
}

func exposedAs(t *testing.T, format string, e *report.Exposure) string {
	t.Helper()
	write, err := report.ExposureFormatNamed(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := write(&b, e, report.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestExposureFormats holds each format to its file.
func TestExposureFormats(t *testing.T) {
	for _, format := range report.ExposureFormats() {
		t.Run(format, func(t *testing.T) {
			text := exposedAs(t, format, exposed())
			golden.Compare(t, "testdata/exposure-"+format+".golden", text)
			if format != "json" && strings.ContainsAny(text, "\x1b\u202e") {
				t.Error("what a terminal obeys is not escaped")
			}
		})
	}
	if _, err := report.ExposureFormatNamed("jsn"); err == nil || err.Error() != `unknown format "jsn": it is one of text, json, csv, svg` {
		t.Errorf("%v", err)
	}
}
