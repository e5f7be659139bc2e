package reach_test

import (
	"flag"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/buttress/buttress/internal/reach"
)

// repeatable makes random networks the same ones each time, unless the flags of rapid
// say otherwise.
func repeatable(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.nofailfile": "true"} {
		if f := flag.Lookup(name); f.Value.String() == f.DefValue {
			if err := flag.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestEnginesAgree holds the engine against the oracle on random networks: the same
// ones each time, and other and more of them by make test-reach. What they differ
// over is printed as small as it gets, as an archive for testdata/agree.
func TestEnginesAgree(t *testing.T) {
	repeatable(t)
	var last struct {
		files  fstest.MapFS
		q      question
		differ string
	}
	t.Cleanup(func() {
		t.Logf("%d packets", compared.Load())
		if t.Failed() && last.files != nil {
			files := reduced(last.files, func(f fstest.MapFS) bool { return headline(inFiles(f, last.q)) == headline(last.differ) })
			t.Logf("reduced:\n%s-- questions --\n%s\n%s", inFiles(files, last.q), last.q, text(files))
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		files := w.files()
		s, err := loaded(files)
		if err != nil {
			t.Fatal(err)
		}
		n := reach.NewNetwork(s)
		for range 4 {
			q := w.question(s)
			if differ := disagreement(s, n, q); differ != "" {
				last.files, last.q, last.differ = files, q, differ
				t.Fatal(headline(differ))
			}
		}
	})
}
