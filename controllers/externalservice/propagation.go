package externalservice

import (
	"time"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// taken is what the API server last took of one endpoint.
type taken struct {
	published bool
	// trigger is that of the verdict it rested on.
	trigger time.Time
}

// acknowledged is what the API server last took of an object, by endpoint.
type acknowledged map[engine.MemberID]taken

// triggerOf is when the change that is about to be written was triggered; zero
// when no probe caused it, but the user, or when there is none. kube-proxy counts
// the time from it: an old one would tell of a failover that took hours.
func triggerOf(e endpoint, verdict health.Verdict, published bool, before taken) time.Time {
	decided := !verdict.Trigger.Equal(before.trigger)
	// The verdict may be older than the evidence that the removal waited for.
	removed := e.active() && verdict.State == health.Unhealthy && before.published && !published
	if decided || removed {
		return verdict.Trigger
	}
	return time.Time{}
}

// acknowledge notes that the API server has the decision, and reports how long
// after the deciding probe that was for each endpoint that it changed.
func (a acknowledged) acknowledge(v verdicts, d decision, now time.Time, observeSeconds func(float64)) acknowledged {
	next := make(acknowledged, len(v))
	for id, verdict := range v {
		before := a[id]
		next[id] = taken{published: d.published[id], trigger: verdict.Trigger}
		if before.published != d.published[id] && !verdict.Trigger.Equal(before.trigger) {
			observeSeconds(now.Sub(verdict.Since).Seconds())
		}
	}
	return next
}
