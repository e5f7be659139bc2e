package reach_test

import "testing"

// TestTraps asks the questions of testdata/traps.
func TestTraps(t *testing.T) {
	for _, trap := range traps(t) {
		t.Run(trap.title(), func(t *testing.T) {
			n := trap.files.network(t)
			for _, q := range trap.asked {
				a, err := n.Ask(q.Question)
				if got := said(a, err); got != q.want {
					t.Errorf("%s\n want %s\n got  %s", q.text, q.want, got)
				}
			}
		})
	}
}
