package desired

import (
	"time"

	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// Acknowledgement is what the API server last took of one endpoint.
type Acknowledgement struct {
	Published bool
	// Trigger is that of the verdict it rested on.
	Trigger time.Time
}

// Acknowledged is what the API server last took of an object, by endpoint.
type Acknowledged map[engine.MemberID]Acknowledgement

// TriggerOf is when the change that is about to be written was triggered. It is zero if no probe
// caused the change, or if there is none: kube-proxy measures its latency from it, and an old
// time would show a failover of hours.
func TriggerOf(e hosts.Endpoint, verdict health.Verdict, published bool, before Acknowledgement) time.Time {
	decided := !verdict.Trigger.Equal(before.Trigger)
	// The verdict may be older than the evidence that the removal waited for.
	removed := e.Active() && verdict.State == health.Unhealthy && before.Published && !published
	if decided || removed {
		return verdict.Trigger
	}
	return time.Time{}
}

// Next notes that the API server has the decision, and reports how long
// after the deciding probe that was for each endpoint that it changed.
func (a Acknowledged) Next(v hosts.Verdicts, d failover.Decision, now time.Time, observeSeconds func(float64)) Acknowledged {
	next := make(Acknowledged, len(v))
	for id, verdict := range v {
		before := a[id]
		next[id] = Acknowledgement{Published: d.Published[id], Trigger: verdict.Trigger}
		if before.Published != d.Published[id] && !verdict.Trigger.Equal(before.Trigger) {
			observeSeconds(now.Sub(verdict.Since).Seconds())
		}
	}
	return next
}
