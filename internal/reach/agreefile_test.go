package reach_test

import (
	"fmt"
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
