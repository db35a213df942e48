package externalservice

import (
	"github.com/external-endpoints/operator/probes/health"
)

// minHealthy is how many hosts of a port must be well for the others to be taken
// out one by one.
const minHealthy = 1

// passage is the gate's answer about one published endpoint that is unhealthy.
type passage uint8

const (
	// pass: the endpoint goes out.
	pass passage = iota
	// wait: the answer is not there yet; the endpoint stays until it is.
	wait
	// hold: too few others are well to tell a dead host from a dead network; the
	// endpoint stays, and somebody should know.
	hold
)

// candidate is an endpoint that might be taken out.
type candidate struct {
	verdict    health.Verdict
	thresholds health.Thresholds
}

// passGate is the removal gate: the only way from published to not published
// that is not the user's wish. others are the verdicts on the other active hosts
// of the port; outage says that the port's hosts are being held already.
//
//  1. The verdict rests on a full threshold of this process's own probes.
//  2. Fresh evidence: enough other hosts have succeeded since this one began to
//     fail. If they fail too, it is the network, or all of them: nobody is
//     removed one by one.
//
// Leaving an outage takes one healthy host more than entering it, so that one
// flapping host at the edge moves nothing.
func passGate(c candidate, others []health.Verdict, outage bool) passage {
	need := minHealthy
	if outage {
		need++
	}
	healthy, confirmed := 0, 0
	for _, other := range others {
		if other.State == health.Healthy {
			healthy++
		}
		if health.Confirms(other, c.verdict) {
			confirmed++
		}
	}
	switch {
	case c.verdict.Proven(c.thresholds) && confirmed >= need:
		return pass
	case healthy >= need:
		return wait
	default:
		return hold
	}
}
