package reach_test

import (
	"flag"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/buttress/buttress/internal/reach"
	"github.com/buttress/buttress/internal/recording"
)

// TestMissingData takes one file after the other away from the traps: the answer
// is the same, or unknown, and then it names the call. Where the answer would be
// another with an empty list, it hangs on the list.
func TestMissingData(t *testing.T) {
	for _, trap := range traps(t) {
		t.Run(trap.title(), func(t *testing.T) {
			t.Parallel()
			whole := trap.files.whole()
			full := trap.files.network(t)
			for _, path := range slices.Sorted(maps.Keys(whole)) {
				if trap.name == "nodes of which no interface is recorded" && strings.HasSuffix(path, "load-balancers.json") {
					continue // then nothing recorded hints at a load balancer
				}
				operation, ok := operationOf(path)
				_, shown := trap.files[relative(path)]
				if !ok || !shown && !trap.first || !chosen(trap.name+path) {
					continue // without what is empty the cases of an archive are alike
				}
				without, emptied := trap.files.clone(), trap.files.clone()
				without[relative(path)], emptied[relative(path)] = dropped{}, emptyOf(whole[path])
				n, empty := without.network(t), emptied.network(t)
				for _, q := range trap.asked {
					before, err := full.Ask(q.Question)
					if err != nil || q.AssumeMissing {
						continue
					}
					hangs(t, q, operation, before, n, empty)
				}
			}
		})
	}
}

// everything says that a test of the traps is to try all that there is to try: it
// takes minutes, so that go test tries a part.
var everything = flag.Bool("everything", false, "take every file and every thing on a path away from the traps, not one in eight")

func chosen(what string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(what))
	return *everything || h.Sum32()%8 == 0
}

func hangs(t *testing.T, q asked, operation recording.Operation, before *reach.Answer, n, empty *reach.Network) {
	t.Helper()
	after, err := n.Ask(q.Question)
	switch {
	case err != nil:
		t.Errorf("%s, without %s: %v", q.text, operation, err)
		return
	case after.Answer == reach.Unknown, q.Who && after.Answer == before.Answer && !slices.Equal(after.Sources, before.Sources):
		if before.Answer != reach.Unknown && !slices.ContainsFunc(after.Missing, func(m reach.Missing) bool { return m.Operation == string(operation) }) {
			t.Errorf("%s, without %s: %s", q.text, operation, said(after, nil))
		}
		return
	case after.Answer != before.Answer || !slices.Equal(after.Sources, before.Sources):
		t.Errorf("%s, without %s: %s, and before %s", q.text, operation, said(after, nil), said(before, nil))
	}
	if other, err := empty.Ask(q.Question); err == nil && other.Answer != before.Answer && other.Answer != reach.Unknown {
		t.Errorf("%s, without %s: %s, which hangs on it: with an empty list it is %s", q.text, operation, said(after, nil), said(other, nil))
	}
}

// operationOf is the operation of which a path has the answer.
func operationOf(path string) (recording.Operation, bool) {
	for _, k := range reach.Kinds() {
		op := k.Operation()
		if strings.HasSuffix(path, "/"+op.File()+".json") || strings.Contains(path, "/"+op.File()+"/") {
			return op, true
		}
	}
	return "", false
}

// relative is a path as the archives have it, where the base is in no folder.
func relative(path string) string { return strings.TrimPrefix(path, "111122223333/") }

// emptyOf is the same file with nothing in it.
func emptyOf(doc any) any {
	out := map[string]any{}
	for k, v := range doc.(map[string]any) {
		if _, isList := v.([]any); !isList {
			return map[string]any{k: map[string]any{"InternetGatewayBlockMode": "off"}}
		}
		out[k] = []any{}
	}
	return out
}
