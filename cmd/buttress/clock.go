package main

import "time"

// clock is the time on which progress is shown, and the day on which waivers have
// to hold where a recording does not say when it was made. Nothing else that is
// reported depends on it.
func clock() time.Time { return time.Now() } //nolint:forbidigo // as said above
