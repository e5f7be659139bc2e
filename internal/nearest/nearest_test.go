package nearest_test

import (
	"testing"

	"github.com/buttress/buttress/internal/nearest"
)

func TestWord(t *testing.T) {
	known := []string{"eu-west-1", "eu-west-2", "us-east-1"}
	for word, want := range map[string]string{"eu-wst-1": "eu-west-1", "euwest2": "eu-west-2", "us-east-1": "us-east-1", "EU-WEST-2": "eu-west-2", "": "", "nope-*": "", "mars": ""} {
		if got := nearest.Word(word, known); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
	if got := nearest.Word("x", nil) + nearest.Hint("mars", known); got != "" {
		t.Errorf("%q of nothing", got)
	}
	if got := nearest.Hint("eu-wset-1", known); got != ": the nearest is eu-west-1" {
		t.Errorf("%q", got)
	}
}
