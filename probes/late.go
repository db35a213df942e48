package probes

import (
	"errors"
	"time"
)

// ErrLate is the error of a probe whose deadline or start was late in the prober itself. Its
// failure may be a false positive, so it changes no verdict.
var ErrLate = errors.New("the prober was late: a failure it saw may be its own")

// MinTolerance is the lower bound of [Tolerance]. Timer, wake-up and goroutine switch take a
// few milliseconds on a busy node, more than a tenth of a timeout of 10 to 40 ms.
// Without the bound every probe of a hanging host would be late, and the host never found.
const MinTolerance = 5 * time.Millisecond

// Tolerance returns how late a probe with that timeout may start, and how late its deadline
// may fire. The failure of a later probe changes no verdict.
func Tolerance(timeout time.Duration) time.Duration { return max(timeout/10, MinTolerance) }
