package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/pflag"

	"github.com/buttress/buttress/checks/catalog"
	"github.com/buttress/buttress/internal/gate"
	"github.com/buttress/buttress/report"
)

// exceptions are the flags that say which failures do not count.
type exceptions struct {
	waivers, baseline string
	prune             bool
}

func (o *exceptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.waivers, "waivers", "", "do not count the failures that this YAML `FILE` accepts, each with reason, owner and expiry")
	f.StringVar(&o.baseline, "baseline", "", "do not count the failures that stand in this `FILE`, which buttress baseline made")
	f.BoolVar(&o.prune, "prune-baseline", false, "take out of the baseline what fails no more")
}

// read reads the files that the flags name. Without --waivers those of the
// configuration file hold.
func (o *exceptions) read(e *env) (gate.Exceptions, error) {
	x := gate.Exceptions{Waivers: e.waivers}
	if o.waivers != "" {
		text, err := os.ReadFile(o.waivers)
		if err != nil {
			return x, fmt.Errorf("--waivers: %w", err)
		}
		if x.Waivers, err = gate.ReadWaivers(o.waivers, text, catalog.All); err != nil {
			return x, err
		}
	}
	if o.baseline != "" {
		f, err := os.Open(o.baseline)
		if err != nil {
			return x, fmt.Errorf("--baseline: %w", err)
		}
		defer f.Close()
		if x.Baseline, err = gate.ReadBaseline(f); err != nil {
			return x, fmt.Errorf("%s: %w", o.baseline, err)
		}
	}
	return x, nil
}

// pruning rewrites the baseline at the end of a scan. It may be nil.
type pruning struct {
	file string
	out  *output
	rest *gate.Baseline
}

// pruning opens the baseline to be rewritten, so that one that cannot be is said
// before anything is scanned.
func (o *exceptions) pruning(s *signals) (*pruning, error) {
	if !o.prune {
		return nil, nil
	}
	if o.baseline == "" {
		return nil, errors.New("--prune-baseline needs --baseline FILE")
	}
	p := &pruning{file: o.baseline}
	p.out = &output{file: o.baseline, format: func(w io.Writer, _ *report.Results, _ report.Options) error { return p.rest.Write(w) }}
	if err := p.out.openFile(s); err != nil {
		return nil, fmt.Errorf("--prune-baseline: %w", err)
	}
	return p, nil
}

func (p *pruning) abandon() {
	if p != nil {
		p.out.abandon()
	}
}

// prune takes what is gone out of the baseline. After a scan that was ended
// early the file stays as it is.
func (p *pruning) prune(e *env, b *gate.Baseline, review *gate.Review, interrupted bool) error {
	if p == nil || len(review.Gone) == 0 {
		return nil
	}
	name := report.Escape(p.file)
	if interrupted {
		fmt.Fprintf(e.stderr, "buttress: interrupted: %s stays as it is\n", name)
		return nil
	}
	p.rest = b.Without(review.Gone)
	if err := p.out.write(nil); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "buttress: %s: took out %d of %d failures\n", name, len(b.Failures)-len(p.rest.Failures), len(b.Failures))
	return nil
}

// sayElsewhere says that a baseline has nothing to do with the scan, whatever
// format the report has.
func sayElsewhere(e *env, file string, b *report.Baseline) {
	if b != nil && len(b.Elsewhere) > 0 && b.Known+len(b.Gone) == 0 {
		fmt.Fprintf(e.stderr, "buttress: %s: no failure of it is of this scan, which does not have %s\n", report.Escape(file), report.Escape(b.Elsewhere[0]))
	}
}

// day is the day on which waivers have to hold: that of the recording, so that
// a replay gives the same bytes, or today where nobody noted it.
func day(captured time.Time) string {
	if captured.IsZero() {
		captured = clock()
	}
	return captured.UTC().Format(time.DateOnly)
}
