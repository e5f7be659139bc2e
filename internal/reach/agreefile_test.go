package reach_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/buttress/buttress/internal/reach"
)

// TestDisagreements asks both engines about the networks over which they once
// differed. Each archive says who was right, and why.
func TestDisagreements(t *testing.T) {
	paths, err := filepath.Glob("testdata/agree/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			files := (&world{lists: map[string][]any{}, mode: "off"}).files()
			var lines string
			for _, f := range parseArchive(t, path).Files {
				if f.Name == "questions" {
					lines = string(f.Data)
					continue
				}
				files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			s, err := loaded(files)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(lines) {
				q, want, err := parseQuestion(strings.TrimSpace(line))
				if err != nil {
					t.Fatal(err)
				}
				n := reach.NewNetwork(s)
				a, err := n.Ask(q.words())
				if err != nil {
					t.Fatal(err)
				}
				if a.Answer != want {
					t.Errorf("%s: %s, want %s\n%s", q, a.Answer, want, explain(a))
				}
				if differ := disagreement(s, n, q); differ != "" {
					t.Error(differ)
				}
			}
		})
	}
}

// beyond are the traps about what the second engine does not know.
var beyond = map[string]string{
	"acls/neither groups nor ACLs keep from the resolver, the metadata and the clock": "services at addresses that no interface has",

	"gateways/NAT64": "translation between the families",

	"groups/ICMP: the port 0 is no type": "codes of ICMP: it sends code 0",

	"incomplete/an interface that does not say which VPC it is in: that of its subnet": "interfaces that leave out what AWS returns",

	"transit/Direct Connect at the transit gateway, no way back": "Direct Connect at a transit gateway",
}

// TestTrapsAgree asks the second engine the questions of the traps that are about
// single packets, and of which the answer hangs on nothing that is missing.
func TestTrapsAgree(t *testing.T) {
	asked := 0
	for _, trap := range traps(t) {
		name := trap.archive + "/" + trap.name
		for _, a := range trap.asked {
			q, ok := single(a)
			if !ok || beyond[name] != "" {
				continue
			}
			asked++
			if differ := inFiles(trap.files.fs(t), q); differ != "" {
				t.Errorf("%s: %s", name, differ)
			}
		}
	}
	if asked < 100 {
		t.Errorf("asked %d questions", asked)
	}
}

// single is a question of a trap as one about single packets.
func single(a asked) (question, bool) {
	proto, known := protocolNames[a.Protocol]
	if !known || a.Who || a.AssumeMissing || a.Port == nil || strings.HasPrefix(a.want, "unknown") || a.want == "error" {
		return question{}, false
	}
	instance := func(s string) bool { return strings.HasPrefix(s, "i-") }
	address := func(s string) bool { _, err := netip.ParseAddr(s); return err == nil }
	ok := (a.From == reach.Internet || instance(a.From) || address(a.From)) && (instance(a.To) || address(a.To))
	return question{a.From, a.To, proto, *a.Port}, ok
}

// parseQuestion reads a line such as "internet -> i-1 tcp/22: partial".
func parseQuestion(line string) (q question, want string, err error) {
	rest, want, ok := strings.Cut(line, ": ")
	words := strings.Fields(rest)
	if !ok || len(words) != 4 || words[1] != "->" {
		return q, "", fmt.Errorf("%s: is no question", line)
	}
	protocol, port, _ := strings.Cut(words[3], "/")
	proto, known := protocolNames[protocol]
	if !known {
		return q, "", fmt.Errorf("%s: %s is no protocol", line, protocol)
	}
	number, err := strconv.Atoi(port)
	return question{words[0], words[2], proto, number}, want, err
}
