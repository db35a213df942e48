package failover

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

func TestFailedHostLosesTrafficUntilRecovery(t *testing.T) {
	for i, f := range []framework.Fault{framework.Killed, framework.ServerError, framework.Resetting, framework.BlackHole, framework.Hanging} {
		t.Run(f.Name, func(t *testing.T) {
			// A world for each: kube-proxy acts on one change and then not for a second,
			// so that of several Services that lose a host only the first loses it at once.
			w := world(t)
			hosts := w.Cluster.Hosts()
			object := w.Web(strings.ToLower(f.Reason), hosts...)
			w.Serve(t, object)
			w.failOver(t, object.Name, f, hosts[i%len(hosts)])
		})
	}
}

// failOver has a host of a served object fail under traffic and come back, and
// checks everything that is to be seen of it.
func (w *World) failOver(t *testing.T, service string, f framework.Fault, victim *host.Host) framework.Failure {
	t.Helper()
	hosts := w.Cluster.Hosts()
	others := framework.Except(hosts, victim)
	object := w.Web(service)
	recorded := w.Record(t, service)
	client := w.Send(t, service, hosts...)
	started := time.Now()

	retries := w.retries(t, object)
	out := framework.Fail(t, recorded, victim, f.Inject, others)
	out.Retried = time.Duration(w.retries(t, object)-retries) * f.Round()
	framework.Within(t, "fault to slice", out.Total(), f.Bound()+out.Retried+framework.Slack)
	w.tellsFailure(t, object, f, victim)
	// Requests sent so late that they must not fail have failed by then.
	settled := out.Write.Add(framework.Slack)
	framework.AwaitAnswers(t, client, settled.Add(time.Second), others...)

	back := framework.ComeBack(t, recorded, victim, hosts)
	framework.Within(t, "recovery to slice", back, framework.ReturnBound+framework.Slack)
	framework.AwaitAnswers(t, client, time.Now(), hosts...)
	waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, object) })
	if events := framework.Changes(t, recorded); len(events) != 3 { // found, out, in
		t.Errorf("the slice was written %d times for one failure and one recovery", len(events)-1)
	}

	report := client.Stop().Since(started)
	onlyVictimFailed(t, report, f, out.Fault, settled, victim)
	t.Logf("measured: %s: %d ms from fault to slice, %d ms of it from the first failing probe, %d of %d requests failed, back in %d ms",
		f.Name, out.Total().Milliseconds(), out.Decided().Milliseconds(), len(report.Failures), report.Sent(), back.Milliseconds())
	return out
}

// onlyVictimFailed checks that what failed failed at the faulty host: in its own
// way, while it was published, and no more often than it had its turn.
func onlyVictimFailed(t *testing.T, report load.Report, f framework.Fault, from, until time.Time, victim *host.Host) {
	t.Helper()
	for _, failed := range report.Failures {
		switch {
		case !slices.Contains(f.Clients, failed.Error):
			t.Errorf("a request failed as %s (%s), which is not how %s fails", failed.Error, failed.Detail, f.Name)
		case failed.Start.Add(failed.Latency).Before(from), failed.Start.After(until):
			t.Errorf("a request failed as %s that began %s after the fault; the host was out of the slice and its %s by %s",
				failed.Error, framework.Ms(failed.Start.Sub(from)), framework.Slack, framework.Ms(until.Sub(from)))
		}
	}
	// A quarter is the victim's. More than half would be more than seven standard
	// deviations of kube-proxy's dice.
	during := report.Since(from).Before(until)
	if len(during.Failures)*2 > during.Sent() {
		t.Errorf("%d of %d requests failed while one host of four was faulty", len(during.Failures), during.Sent())
	}
	for _, result := range report.Since(until).Results {
		if result.Host == victim.Name {
			return
		}
	}
	t.Errorf("%s got no request after its recovery", victim.Name)
}
