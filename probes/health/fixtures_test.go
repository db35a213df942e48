package health_test

import (
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

var tenOClock = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// at is n seconds past ten.
func at(n int) time.Time { return tenOClock.Add(time.Duration(n) * time.Second) }

// took is how long every probe of these tests takes.
const took = 100 * time.Millisecond

var thresholds = health.Thresholds{Rise: 2, Fall: 3}

// ok is a success that started n seconds past ten.
func ok(n int) health.Sample { return health.Sample{Started: at(n), Ended: at(n).Add(took)} }

// bad is a failure that started n seconds past ten.
func bad(n int, reason probes.Reason) health.Sample {
	s := ok(n)
	s.Failure = reason
	return s
}

// results makes one sample a second of a string of "+" and "-".
func results(signs string) []health.Sample {
	var list []health.Sample
	for i, sign := range signs {
		if sign == '+' {
			list = append(list, ok(i))
		} else {
			list = append(list, bad(i, probes.Timeout))
		}
	}
	return list
}

// after is the verdict that follows from v and the samples.
func after(v health.Verdict, samples ...health.Sample) health.Verdict {
	for _, s := range samples {
		v = v.Next(s, thresholds)
	}
	return v
}

// leftIn is a verdict taken over from a predecessor.
func leftIn(state health.State) health.Verdict {
	if state == health.Unhealthy {
		return health.TakenOver(state, at(-60), probes.Reset)
	}
	return health.TakenOver(state, at(-60), "")
}
