package outage

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

const (
	// lossPercent of the packets to a host vanish. A check that only connects, and
	// does not wait for the second SYN, which comes after a second, fails so often.
	lossPercent = 30
	// lossyFast is the shortest time between two probes: a host between states, or one
	// whose failure has to be confirmed, is asked at that pace.
	lossyFast = 200 * time.Millisecond
	// chance is how often a bound may fail that holds.
	chance = 1e-9
)

// connecting has the object's hosts checked by connecting, with that threshold.
func connecting(object *v1alpha1.ExternalService, threshold int32) *v1alpha1.ExternalService {
	object.Spec.HealthCheck = v1alpha1.HealthCheck{
		Interval: "400ms", FastInterval: "200ms", Timeout: "200ms", UnhealthyThreshold: threshold,
		TCP: &v1alpha1.TCPCheck{},
	}
	return object
}

// Row 19: 40 seconds, 10 minutes with E2E_FULL=1. The same probes are judged by three
// objects with three thresholds.
func TestPacketLossRemovesHostAsThresholdPredicts(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	victim, others := hosts[0], hosts[1:]
	usual := w.Track(t, connecting(w.Web("usual", hosts...), 3), hosts...)
	patient := w.Track(t, connecting(w.Web("patient", hosts...), 10), hosts...)
	// Alone it is kept, and its verdict comes and goes with every packet: only the
	// damping keeps it from flapping.
	nervous := w.Track(t, connecting(w.Web("nervous", victim), 1), victim)
	downs := w.downs(t, nervous.ExternalService)

	began := time.Now()
	if err := victim.Lose(lossPercent); err != nil {
		t.Fatal(err)
	}
	waits.Elapse(t, waits.ShortOrFull(40*time.Second, 10*time.Minute))
	if err := victim.Recover(); err != nil {
		t.Fatal(err)
	}
	lasted := time.Since(began)
	flaps := w.downs(t, nervous.ExternalService) - downs

	probes := lasted.Seconds() / lossyFast.Seconds() // at most
	const p, q = lossPercent / 100.0, 1 - lossPercent/100.0
	for _, c := range []struct {
		object    framework.Tracked
		threshold float64
	}{{usual, 3}, {patient, 10}} {
		o := c.object
		most := mostOf(probes * math.Pow(p, c.threshold))
		out := removals(t, o, victim)
		if out > most {
			t.Errorf("%s: removed %d times, with a threshold of %.0f must be at most %d", o.Name, out, c.threshold, most)
		}
		if others := removals(t, o, others...); others > 0 {
			t.Errorf("%s: hosts that lost nothing were removed %d times", o.Name, others)
		}
		t.Logf("measured: %d %% loss for %s, threshold %.0f: removed %d times (expected at most %.2f, bound %d)",
			lossPercent, framework.Ms(lasted), c.threshold, out, probes*math.Pow(p, c.threshold), most)
	}
	framework.Untouched(t, "the only host lost packets", nervous)
	// From the fifth fall on it takes 8 x 2 successes in a row to come back and fall again.
	const undamped = 5
	most := undamped + mostOf(probes*p*math.Pow(q, 16))
	if flaps == 0 || flaps > most {
		t.Errorf("the verdict fell %d times, must be at least once and at most %d times", flaps, most)
	}
	t.Logf("measured: %d %% loss for %s, threshold 1: the verdict fell %d times (bound %d; %.0f without damping)",
		lossPercent, framework.Ms(lasted), flaps, most, probes/(1/p+(1-q*q)/(p*q*q)))

	for _, o := range []framework.Tracked{usual, patient, nervous} {
		waits.Eventually(t, waits.Timeout, func() error { return w.IsWell(t, o) })
	}
	w.AwaitRest(t)
	for _, o := range []framework.Tracked{usual, patient, nervous} {
		if err := w.IsWell(t, o); err != nil {
			t.Errorf("it does not last: %v", err)
		}
	}
}

// mostOf is how often something rare may happen that is expected so often: more has
// less than the chance. Of removals each is a run of failures, so that they are no more
// often than Poisson says.
func mostOf(expected float64) int {
	probability := math.Exp(-expected)
	for k, below := 0, probability; ; k++ {
		if 1-below < chance {
			return k
		}
		probability *= expected / float64(k+1)
		below += probability
	}
}

// removals counts how often any of the hosts left the traffic.
func removals(t *testing.T, o framework.Tracked, hosts ...*host.Host) int {
	t.Helper()
	all, n := framework.States(t, o.Slices), 0
	for i := range all[1:] {
		for _, address := range framework.Addresses(hosts...) {
			if slices.Contains(all[i].Ready, address) && !slices.Contains(all[i+1].Ready, address) {
				n++
			}
		}
	}
	return n
}

// downs is how often the object's hosts were found to be unhealthy.
func (w *World) downs(t *testing.T, object *v1alpha1.ExternalService) int {
	t.Helper()
	got, err := w.Operator.Sum(t.Context(), "external_endpoints_transitions_total", framework.Labels(object, `to="Unhealthy"`)...)
	if err != nil {
		t.Fatal(err)
	}
	return int(got)
}
