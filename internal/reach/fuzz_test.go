package reach_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/buttress/buttress/internal/reach"
)

// FuzzAsk asks mutated recordings the questions of the trap that they were, what
// the internet reaches, and which groups reach which: no panic, and no answer that
// takes more than 20 s. The first number chooses the trap, the second what is
// changed, the third how much.
func FuzzAsk(f *testing.F) {
	all := traps(f)
	for i := range all {
		f.Add(uint16(i), uint64(i), uint8(3))
	}
	f.Fuzz(func(t *testing.T, which uint16, seed uint64, changes uint8) {
		trap := &all[int(which)%len(all)]
		random := rand.New(rand.NewPCG(seed, 0))
		files := trap.files.whole().clone()
		words := wordsOf(files)
		for range int(changes)%16 + 1 {
			names := slices.Sorted(maps.Keys(files))
			spoil(random, files[names[random.IntN(len(names))]], words)
		}
		n, err := open(encoded(t, files))
		if err != nil {
			return // refused, as it should be
		}
		for _, q := range trap.asked {
			within20s(t, q.text, func() {
				a, err := n.Ask(q.Question)
				if err == nil && (a.Answer == "" || a.Paths == nil || a.Blockers == nil) {
					t.Errorf("%s: %+v", q.text, a)
				}
			})
		}
		within20s(t, "who", func() { _, _ = n.Ask(reach.Question{Who: true, To: "i-1", Protocol: "any"}) })
		within20s(t, "exposures", func() {
			for _, e := range n.Exposures() {
				if len(e.Openings) == 0 && !e.Unknown {
					t.Errorf("%s is exposed, and nothing of it", e.Resource.ID())
				}
			}
		})
		within20s(t, "matrix", func() {
			for _, p := range n.Matrix() {
				if p.From == "" || p.To == "" {
					t.Errorf("%+v joins no two groups", p)
				}
			}
		})
	})
}

func within20s(t *testing.T, what string, do func()) {
	t.Helper()
	began := time.Now()
	do()
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("%s took %v", what, took)
	}
}

func encoded(tb testing.TB, d documents) fstest.MapFS {
	tb.Helper()
	files := fstest.MapFS{}
	for name, v := range d {
		text, err := json.Marshal(v, json.Deterministic(true))
		if err != nil {
			tb.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	return files
}

// wordsOf are all strings of a recording, to be put where they do not belong.
func wordsOf(d documents) []string {
	var words []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k])
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		case string:
			words = append(words, v)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d)) {
		walk(d[name])
	}
	return append(words, "", "0.0.0.0/0", "::/0", "0.0.0.0/33", "::ffff:10.0.0.1", "10.0.1.10", "local", "-1")
}

// spoil changes one thing somewhere in a value: another word, another number, an
// entry twice or not at all, or of another kind.
func spoil(r *rand.Rand, v any, words []string) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			return
		}
		keys := slices.Sorted(maps.Keys(v))
		k := keys[r.IntN(len(keys))]
		if list, ok := v[k].([]any); ok && len(list) > 0 {
			v[k] = resized(r, list)
		}
		switch r.IntN(8) {
		case 0:
			delete(v, k)
		case 1:
			v[k] = words[r.IntN(len(words))]
		case 2:
			v[k] = nil
		default:
			if v[k] = other(r, v[k], words); v[k] != nil {
				spoil(r, v[k], words)
			}
		}
	case []any:
		if len(v) > 0 {
			i := r.IntN(len(v))
			v[i] = other(r, v[i], words)
			spoil(r, v[i], words)
		}
	}
}

func resized(r *rand.Rand, list []any) []any {
	i := r.IntN(len(list))
	switch r.IntN(6) {
	case 0:
		return append(slices.Clone(list), copied(list[i]))
	case 1:
		return slices.Delete(slices.Clone(list), i, i+1)
	default:
		return list
	}
}

// other is another value in the place of a scalar.
func other(r *rand.Rand, v any, words []string) any {
	switch v := v.(type) {
	case string:
		return words[r.IntN(len(words))]
	case float64:
		return []any{0.0, -1.0, 65536.0, 1e9, v + 1, v - 1, strconv.Itoa(int(v))}[r.IntN(7)]
	case bool:
		return !v
	default:
		return v
	}
}
