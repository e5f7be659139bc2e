package rds

import (
	"github.com/buttress/buttress/checks"
	"github.com/buttress/buttress/internal/snapshot"
)

// standby is whether an instance has a standby in another zone.
type standby int

const (
	standbyUnsaid standby = iota
	standbyNone
	standbyComing  // is asked for and waits for the maintenance window
	standbyLeaving // is there, and its end waits for the maintenance window
	standbyThere
)

// standbyOf reads whether an instance has a standby, and the places that say so.
// A waiting change is neither what is there nor what is asked for.
func standbyOf(db *snapshot.DBInstance) (standby, []checks.Evidence) {
	now := checks.Field(db, "MultiAZ")
	there, recorded := db.MultiAZ.Value()
	next, waits := db.PendingModifiedValues.MultiAZ.Value()
	both := []checks.Evidence{now, checks.Field(db, "PendingModifiedValues/MultiAZ")}
	switch {
	case !recorded:
		return standbyUnsaid, both[:1]
	case there && waits && !next:
		return standbyLeaving, both
	case there:
		return standbyThere, both[:1]
	case next:
		return standbyComing, both
	default:
		return standbyNone, both[:1]
	}
}

// cannotHaveStandby says why Multi-AZ is none of RDS's offers for an instance.
func cannotHaveStandby(db *snapshot.DBInstance) (checks.Verdict, bool) {
	switch {
	case db.IsCustom():
		return checks.NotApplicable("is of RDS Custom, which the account makes available itself", checks.Field(db, "Engine")), true
	case !db.SupportsMultiAZ():
		return checks.NotApplicable("has an engine that cannot be Multi-AZ", checks.Field(db, "Engine")), true
	default:
		return checks.Verdict{}, false
	}
}
