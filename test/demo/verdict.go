package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/external-endpoints/operator/test/framework/load"
)

// settle is how long after the write of a slice kube-proxy may take to act on it.
const settle = 250 * time.Millisecond

// verdict is what the demo saw.
type verdict struct {
	began           time.Time
	killed, out     time.Time // the host died; the slice said so
	recovered, back time.Time // the host lives; the slice said so
	report          load.Report
}

// strayFailures are those that the dead host does not explain: requests that
// failed before it died, or after it was out.
func (v verdict) strayFailures() int {
	stray := 0
	for _, failure := range v.report.Failures {
		if failure.Start.Before(v.killed.Add(-failure.Latency)) || failure.Start.After(v.out.Add(settle)) {
			stray++
		}
	}
	return stray
}

// err says what went wrong; nil: the traffic kept flowing.
func (v verdict) err() error {
	switch {
	case v.strayFailures() > 0:
		return fmt.Errorf("%d requests failed that a dead host does not explain", v.strayFailures())
	case v.report.Since(v.out.Add(settle)).Before(v.recovered).ByHost[victim] > 0:
		return errors.New("the dead host was still asked")
	case v.report.Since(v.back).ByHost[victim] == 0:
		return errors.New("the recovered host got no traffic")
	default:
		return nil
	}
}

// String sums up.
func (v verdict) String() string {
	text := fmt.Sprintf("%d requests, %d failed: those that met %s in the %d ms between its death and its removal.\n",
		v.report.Sent(), len(v.report.Failures), victim, v.out.Sub(v.killed).Milliseconds())
	if err := v.err(); err != nil {
		return text + "NOT as promised: " + err.Error() + "."
	}
	return text + fmt.Sprintf("None failed on the other hosts, and none after that. %s was back %d ms after it recovered.",
		victim, v.back.Sub(v.recovered).Milliseconds())
}

// timeline shows the requests with what happened.
func (v verdict) timeline(hosts []string) timeline {
	return timeline{
		began:   v.began,
		hosts:   hosts,
		results: v.report.Results,
		marks: []mark{
			{v.killed, victim + " is killed"},
			{v.out, fmt.Sprintf("out of the slice after %d ms", v.out.Sub(v.killed).Milliseconds())},
			{v.recovered, victim + " is started"},
			{v.back, fmt.Sprintf("in the slice after %d ms", v.back.Sub(v.recovered).Milliseconds())},
		},
	}
}
