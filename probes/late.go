package probes

import (
	"errors"
	"time"
)

// ErrLate is why a failure counts against no host: the prober itself was late, so the
// failure may be its own.
var ErrLate = errors.New("the prober was late: a failure it saw may be its own")

// MinTolerance is the shortest lateness that makes a prober judge nothing. A kernel timer,
// a wake-up and a turn of the Go scheduler take a few milliseconds on a busy node. A tenth of
// a timeout of 10 to 40 ms is less than that: hosts that do not answer would never be found.
const MinTolerance = 5 * time.Millisecond

// Tolerance returns how late a probe with that timeout may start, and how late its deadline
// may fire, before its failure counts against no host.
func Tolerance(timeout time.Duration) time.Duration { return max(timeout/10, MinTolerance) }
