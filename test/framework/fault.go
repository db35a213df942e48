package framework

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
)

// Fault is a way for a host to fail, and what is to be seen of it.
type Fault struct {
	Name   string
	Inject func(*host.Host) error
	// silent: the host says nothing, so that each probe takes its timeout.
	silent bool
	// Reason and phrase are what the status and its messages say.
	Reason, Phrase string
	// Clients are the failures that a client may see at such a host.
	Clients []load.Failure
}

// Round is how long it is from one failing probe to the next. One that takes
// longer than FastInterval is followed by the next at once.
func (f Fault) Round() time.Duration {
	if f.silent {
		return max(FastInterval, Timeout)
	}
	return FastInterval
}

// Bound is from the fault to the slice: the next probe begins at most an interval
// after the fault, its failure is known at the end of it, and two more make the
// threshold of 3.
func (f Fault) Bound() time.Duration {
	if f.silent {
		return Interval + Timeout + 2*f.Round()
	}
	return Interval + 2*f.Round()
}

func status500(h *host.Host) error { return h.Status(500) }

// The ways to fail.
var (
	Killed = Fault{
		"killed", (*host.Host).Kill, false, "ConnectionRefused", "connection refused",
		[]load.Failure{load.Refused, load.Reset, load.Truncated}, // the last two: requests under way
	}
	ServerError = Fault{
		"HTTP 500", status500, false, "UnexpectedStatus", "unexpected status",
		[]load.Failure{load.Status},
	}
	Resetting = Fault{
		"reset", (*host.Host).Reset, false, "Reset", "connection reset",
		[]load.Failure{load.Reset},
	}
	BlackHole = Fault{
		"black hole", (*host.Host).BlackHole, true, "ConnectTimeout", "connect timeout",
		[]load.Failure{load.Timeout},
	}
	Hanging = Fault{
		"hang", (*host.Host).Hang, true, "Timeout", "timeout",
		[]load.Failure{load.Timeout},
	}
)

// Together does the same to all hosts at the same time.
func Together(t *testing.T, hosts []*host.Host, do func(*host.Host) error) {
	t.Helper()
	errs := make([]error, len(hosts))
	began := time.Now()
	var all sync.WaitGroup
	for i, h := range hosts {
		all.Go(func() { errs[i] = do(h) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d hosts within %s", len(hosts), Ms(time.Since(began)))
}
