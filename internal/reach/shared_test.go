package reach_test

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/recording"
	"github.com/buttress/buttress/internal/snapshot"
)

const shared = "../../../shared"

// TestKnownAnswers asks the questions of which the answers are known from the
// tests of another engine and by hand. The recordings lack what that engine does
// not read, which it takes for allowing.
func TestKnownAnswers(t *testing.T) {
	f, err := os.Open(filepath.Join(shared, "reachability-cases.jsonl"))
	if err != nil {
		t.Skipf("../shared is not there: %v", err)
	}
	defer f.Close()
	networks := map[string]*reach.Network{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var c struct {
			ID, Dataset, Source, Destination, Protocol, Expected string
			Port                                                 *int
		}
		if err := json.Unmarshal(lines.Bytes(), &c, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatal(err)
		}
		t.Run(c.ID, func(t *testing.T) {
			n := networks[c.Dataset]
			if n == nil {
				n = load(t, filepath.Join(shared, "data", c.Dataset))
				networks[c.Dataset] = n
			}
			q := reach.Question{From: word(c.Source), To: word(c.Destination), Protocol: protocol(c.Protocol), Port: c.Port, AssumeMissing: true}
			a, err := n.Ask(q)
			if err != nil {
				t.Fatal(err)
			}
			if a.Answer != c.Expected {
				t.Errorf("%+v: %s, want %s\n%+v", q, a.Answer, c.Expected, a)
			}
		})
	}
}

var inWords = regexp.MustCompile(`i-[0-9a-f]+|vgw-[0-9a-f]+|vpc-[0-9a-f]+|\d+\.\d+\.\d+\.\d+|internet`)

// word takes the address or id out of a description: what stands first counts.
func word(s string) string {
	s = strings.TrimPrefix(s, "internet:")
	return inWords.FindString(s)
}

func protocol(s string) string {
	s = strings.TrimPrefix(s, "proto")
	if n, ok := strings.CutPrefix(s, "other(AN="); ok {
		return strings.TrimSuffix(n, ")")
	}
	return s
}

func load(tb testing.TB, path string) *reach.Network {
	tb.Helper()
	r, err := recording.Open(path, nil, recording.Options{Limits: recording.DefaultLimits, Known: snapshot.Operations(snapshot.Kinds())})
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	s, err := snapshot.Load(r, reach.Kinds())
	if err != nil {
		tb.Fatal(err)
	}
	return reach.NewNetwork(s)
}
