package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/cluster/host"
	"github.com/external-endpoints/operator/test/cluster/load"
)

// fault is a way for a host to fail, and what is to be seen of it.
type fault struct {
	name   string
	inject func(*host.Host) error
	// silent: the host says nothing, so that each probe takes its timeout.
	silent bool
	// reason and phrase are what the status and its messages say.
	reason, phrase string
	// clients are the failures that a client may see at such a host.
	clients []load.Failure
}

// round is how long it is from one failing probe to the next. One that takes
// longer than fastInterval is followed by the next at once.
func (f fault) round() time.Duration {
	if f.silent {
		return max(fastInterval, timeout)
	}
	return fastInterval
}

// bound is from the fault to the slice: the next probe begins at most an interval
// after the fault, its failure is known at the end of it, and two more make the
// threshold of 3.
func (f fault) bound() time.Duration {
	if f.silent {
		return interval + timeout + 2*f.round()
	}
	return interval + 2*f.round()
}

func status500(h *host.Host) error { return h.Status(500) }

var (
	killed = fault{
		"killed", (*host.Host).Kill, false, "ConnectionRefused", "connection refused",
		[]load.Failure{load.Refused, load.Reset, load.Truncated}, // the last two: requests under way
	}
	serverError = fault{
		"HTTP 500", status500, false, "UnexpectedStatus", "unexpected status",
		[]load.Failure{load.Status},
	}
	resetting = fault{
		"reset", (*host.Host).Reset, false, "Reset", "connection reset",
		[]load.Failure{load.Reset},
	}
	blackHole = fault{
		"black hole", (*host.Host).BlackHole, true, "ConnectTimeout", "connect timeout",
		[]load.Failure{load.Timeout},
	}
	hanging = fault{
		"hang", (*host.Host).Hang, true, "Timeout", "timeout",
		[]load.Failure{load.Timeout},
	}
)

func TestHostThatFailsLosesItsTrafficAndGetsItBack(t *testing.T) {
	for i, f := range []fault{killed, serverError, resetting, blackHole, hanging} {
		t.Run(f.name, func(t *testing.T) {
			// A world for each: kube-proxy acts on one change and then not for a second,
			// so that of several Services that lose a host only the first loses it at once.
			w := world(t)
			hosts := w.Cluster.Hosts()
			object := w.web(strings.ToLower(f.reason), hosts...)
			w.serve(t, object)
			w.failOver(t, object.Name, f, hosts[i%len(hosts)])
		})
	}
}

// failOver has a host of a served object fail under traffic and come back, and
// checks everything that is to be seen of it.
func (w *World) failOver(t *testing.T, service string, f fault, victim *host.Host) failure {
	t.Helper()
	hosts := w.Cluster.Hosts()
	others := except(hosts, victim)
	object := w.web(service)
	recorded := w.record(t, service)
	client := w.send(t, service, hosts...)
	started := time.Now()

	retries := w.retries(t, object)
	out := fail(t, recorded, victim, f.inject, others)
	out.retried = time.Duration(w.retries(t, object)-retries) * f.round()
	within(t, "fault to slice", out.total(), f.bound()+out.retried+slack)
	w.tellsFailure(t, object, f, victim)
	// Requests sent so late that they must not fail have failed by then.
	settled := out.write.Add(slack)
	awaitAnswers(t, client, settled.Add(time.Second), others...)

	back := comeBack(t, recorded, victim, hosts)
	within(t, "recovery to slice", back, returnBound+slack)
	awaitAnswers(t, client, time.Now(), hosts...)
	eventually(t, giveUp, func() error { return w.served(t, object) })
	if events := changes(t, recorded); len(events) != 3 { // found, out, in
		t.Errorf("the slice was written %d times for one failure and one recovery", len(events)-1)
	}

	report := client.Stop().Since(started)
	onlyVictimFailed(t, report, f, out.fault, settled, victim)
	t.Logf("measured: %s: %d ms from fault to slice, %d ms of it from the first failing probe, %d of %d requests failed, back in %d ms",
		f.name, out.total().Milliseconds(), out.decided().Milliseconds(), len(report.Failures), report.Sent(), back.Milliseconds())
	return out
}

// onlyVictimFailed checks that what failed failed at the faulty host: in its own
// way, while it was published, and no more often than it had its turn.
func onlyVictimFailed(t *testing.T, report load.Report, f fault, from, until time.Time, victim *host.Host) {
	t.Helper()
	for _, failed := range report.Failures {
		switch {
		case !slices.Contains(f.clients, failed.Error):
			t.Errorf("a request failed as %s (%s), which is not how %s fails", failed.Error, failed.Detail, f.name)
		case failed.Start.Add(failed.Latency).Before(from), failed.Start.After(until):
			t.Errorf("a request failed as %s that began %s after the fault; the host was out of the slice and its %s by %s",
				failed.Error, ms(failed.Start.Sub(from)), slack, ms(until.Sub(from)))
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
