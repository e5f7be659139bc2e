package report

import (
	"fmt"
	"strings"

	"github.com/buttress/buttress/internal/gate"
)

// waived lists the failures that somebody accepted.
func (t *text) waived() {
	if t.r.Summary.Waived == 0 {
		return
	}
	said, last := false, ""
	for r := range t.r.Only("fail", "") {
		if r.Waiver == nil {
			continue
		}
		if !said {
			said = true
			t.heading("Waived")
		}
		if r.Rule != last {
			fmt.Fprintf(t.w, "\n%s\n", t.paint("1", Escape(r.Rule)))
			last = r.Rule
		}
		t.wrap("  - ", "    ", fmt.Sprintf("%s %s (%s)", t.r.where(&r.Resource), Escape(short(r.Message, maxMessage)), Escape(r.Severity)))
		t.wrap("      Reason: ", "        ", Escape(short(r.Waiver.Reason, maxMessage)))
		t.wrap("      Owner: ", "        ", Escape(short(r.Waiver.Owner, maxID))+", until "+Escape(r.Waiver.Expires))
	}
}

// idle lists the waivers that waive nothing, and why.
func (t *text) idle() {
	said := false
	for i := range t.r.Waivers {
		w := &t.r.Waivers[i]
		why := idleBecause(w)
		if why == "" {
			continue
		}
		if !said {
			said = true
			t.heading("Waivers that waive nothing")
			fmt.Fprintln(t.w)
		}
		t.wrap("  - ", "    ", fmt.Sprintf("%s for %s, owned by %s: %s.", Escape(w.Rule), Escape(short(w.Resource, maxMessage)),
			Escape(short(w.Owner, maxID)), why))
	}
}

// idleBecause says why a waiver waives nothing, or nothing where it does.
func idleBecause(w *gate.Use) string {
	switch w.State {
	case gate.Expired:
		return fmt.Sprintf("expired on %s; it matches %s", Escape(w.Expires), plural(w.Results, "failure", "failures"))
	case gate.Unmatched:
		return "matches no failure"
	case gate.NotJudged:
		if w.Elsewhere != "" {
			return "not judged: not in this scan is " + Escape(short(w.Elsewhere, maxMessage))
		}
		return "not judged: its rule, Region or account was not asked for, or the verdict is unknown"
	default:
		return ""
	}
}

// baseline says what came of the baseline.
func (t *text) baseline() {
	b := t.r.Baseline
	if b == nil {
		return
	}
	t.heading("Baseline")
	fmt.Fprintln(t.w)
	t.wrap("  ", "  ", plural(b.Known, "failure is known and not listed.", "failures are known and not listed."))
	if b.NotJudged > 0 {
		t.wrap("  ", "  ", plural(b.NotJudged, "entry was not judged: its rule, Region or account was not asked for, or the verdict is unknown.",
			"entries were not judged: their rule, Region or account was not asked for, or the verdict is unknown."))
	}
	for i, s := range b.Elsewhere {
		if i == maxCalls {
			t.wrap("    ", "      ", "and "+plural(len(b.Elsewhere)-i, "more", "more"))
			break
		}
		t.wrap("    ", "      ", "Not in this scan is "+Escape(short(s, maxMessage))+".")
	}
	if len(b.Gone) == 0 {
		return
	}
	t.wrap("  ", "  ", plural(len(b.Gone), "entry fails no more:", "entries fail no more:"))
	for _, f := range b.Gone {
		where := Resource{ID: f.Resource.ID, Region: f.Resource.Region, Account: f.Resource.Account}
		t.wrap("  - ", "    ", fmt.Sprintf("%s: %s (%s)", Escape(f.Rule), t.r.where(&where), Escape(f.Severity)))
	}
}

// excused says how many failures do not count.
func (t *text) excused() {
	var parts []string
	if n := t.r.Summary.Waived; n > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", n))
	}
	if b := t.r.Baseline; b != nil && b.Known > 0 {
		parts = append(parts, fmt.Sprintf("%d known", b.Known))
	}
	if len(parts) > 0 {
		fmt.Fprintf(t.w, "        of which %s\n", strings.Join(parts, ", "))
	}
}
