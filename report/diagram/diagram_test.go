package diagram_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/internal/topology"
	"github.com/buttress/buttress/report/diagram"
)

func plain(s string) string { return s }

func TestX(t *testing.T) {
	text, err := os.ReadFile("testdata/busy.json")
	if err != nil {
		t.Fatal(err)
	}
	var top topology.Topology
	if err := json.Unmarshal(text, &top); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	p := diagram.Stack(&top, diagram.Options{Escape: plain, Badges: map[string]diagram.Badge{"arn:web": {"high", 12}, "arn:alb": {"low", 1}, "arn:g1": {"critical", 3}}}, "busy", []string{"a note"})
	if err := p.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	fmt.Println(os.WriteFile("/tmp/busy.svg", b.Bytes(), 0o644))
}
