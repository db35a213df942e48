package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/cluster/history"
	"github.com/external-endpoints/operator/test/cluster/host"
	"github.com/external-endpoints/operator/test/cluster/load"
)

// holdDown is how long a tier must have been well, and answering at its interval,
// before it has the traffic back: 3 x healthyThreshold of 2, the first two of which
// come at the fast interval, and the first of all at once.
const holdDown = 4 * interval

// otherPort is served as well: hosts with it are in a slice of their own.
const otherPort = 8008

func failHealth(h *host.Host) error { return h.Health().Status(503) }
func mendHealth(h *host.Host) error { return h.Health().Recover() }

// TestTrafficMovesBetweenTiersWithoutALostRequest has the hosts of a tier fail their
// checks while they still answer clients: a request that fails is the operator's doing.
func TestTrafficMovesBetweenTiersWithoutALostRequest(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	first, second := hosts[:2], hosts[2:]
	one := w.track(t, inTiers(w.web("one-slice", hosts...), 2), first...)
	object := inTiers(w.web("two-slices", hosts...), 2)
	for i := 2; i < len(hosts); i++ {
		object.Spec.Hosts[i].Ports = []v1alpha1.HostPort{{Name: "http", TargetPort: otherPort}}
	}
	two := w.track(t, object, first...)
	var clients []*stream
	for _, o := range []tracked{one, two} {
		clients = append(clients, w.stream(t, o.Name, "http://"+w.clusterIP(t, o.Name)+"/"))
	}
	awaitEach(t, clients, first)
	calm := time.Now()
	arrive := func(when string, at []*host.Host) {
		t.Helper()
		for i, o := range []tracked{one, two} {
			awaitReady(t, o.slices, giveUp, at...)
			clients[i].awaitOnly(t, when, names(at...))
		}
	}

	together(t, first[:1], failHealth)
	arrive("one host of the tier fails", first[1:])
	together(t, first[1:], failHealth)
	arrive("no host of the tier is well", second)

	mended := time.Now()
	together(t, first, mendHealth)
	back := map[string]time.Duration{}
	for _, o := range []tracked{one, two} {
		awaitReady(t, o.slices, giveUp, first...)
		back[o.Name] = leftAt(t, o.slices, mended, second).Sub(mended)
		// The grid of its interval may be up to an interval ahead of its last fast probe.
		if least := holdDown - interval; back[o.Name] < least {
			t.Errorf("%s: the tier has the traffic back after %s, must prove itself for %s", o.Name, ms(back[o.Name]), least)
		}
		within(t, "recovery to the slice of "+o.Name, back[o.Name], returnBound+holdDown+slack)
	}
	arrive("the tier has proved itself", first)
	for _, o := range []tracked{one, two} {
		change(t, w.Client, o.ExternalService, inState(first, v1alpha1.HostDrain))
	}
	arrive("the tier is drained", second)
	for _, o := range []tracked{one, two} {
		change(t, w.Client, o.ExternalService, inState(first, v1alpha1.HostActive))
	}
	arrive("the tier is active again", first)

	for _, client := range clients {
		report := client.load.Report().Since(calm).Before(time.Now().Add(-answeredWithin))
		if report.Sent() == 0 || len(report.Failures) > 0 {
			t.Errorf("%s: requests were lost between tiers: %s, first %+v", client.name, report, report.Failures[:min(1, len(report.Failures))])
		}
		t.Logf("measured: %s: there and back twice, %s", client.name, report)
	}
	for _, o := range []tracked{one, two} {
		neverTooFew(t, o, calm, first, second)
	}
	t.Logf("measured: back after the hold-down: in %d and %d ms", back["one-slice"].Milliseconds(), back["two-slices"].Milliseconds())

	w.tierDies(t, one, first, second)
}

// tierDies kills a whole tier under traffic. Only what was sent to it fails, and only
// until the slice is written.
func (w *World) tierDies(t *testing.T, o tracked, first, second []*host.Host) {
	t.Helper()
	client := w.send(t, o.Name, first...)
	retries, writes := w.retries(t, o.ExternalService), len(changes(t, o.slices))
	fault := time.Now()
	together(t, first, (*host.Host).Kill)
	at := awaitReady(t, o.slices, giveUp, second...)
	retried := time.Duration(w.retries(t, o.ExternalService)-retries) * killed.round()
	within(t, "death of a tier to the slice with the next", at.Sub(fault), killed.bound()+retried+slack)
	// The last host of the tier and the next tier change places in one write. The one
	// before may have had a write of its own.
	if got := len(changes(t, o.slices)) - writes; got > len(first) {
		t.Errorf("%d writes for a tier of two", got)
	}
	awaitAnswers(t, client, at.Add(slack+proxyPeriod), second...)
	report := client.Stop().Since(fault)
	for _, failed := range report.Failures {
		if !slices.Contains(killed.clients, failed.Error) || failed.Start.After(at.Add(slack+proxyPeriod)) {
			t.Errorf("a request failed as %s %s after the tier had died, and %s after the slice was written",
				failed.Error, ms(failed.Start.Sub(fault)), ms(failed.Start.Sub(at)))
		}
	}
	onlyHosts(t, report.Since(at.Add(slack+proxyPeriod)), second)
	t.Logf("measured: a tier of two dies: the next has the traffic after %d ms (bound %d), %d of %d requests failed",
		at.Sub(fault).Milliseconds(), killed.bound().Milliseconds(), len(report.Failures), report.Sent())
}

// onlyHosts fails the test when others than these have answered.
func onlyHosts(t *testing.T, report load.Report, hosts []*host.Host) {
	t.Helper()
	for name := range report.ByHost {
		if !slices.Contains(names(hosts...), name) {
			t.Errorf("%s answers: %s", name, report)
		}
	}
}

// inState sets the state of hosts.
func inState(hosts []*host.Host, state v1alpha1.HostState) func(*v1alpha1.ExternalService) {
	return func(o *v1alpha1.ExternalService) {
		for i := range o.Spec.Hosts {
			if slices.Contains(addresses(hosts...), o.Spec.Hosts[i].Address) {
				o.Spec.Hosts[i].State = state
			}
		}
	}
}

// leftAt is when the first state after a time came in which none of the hosts gets traffic.
func leftAt(t *testing.T, recorded *history.Slices, after time.Time, hosts []*host.Host) time.Time {
	t.Helper()
	for _, state := range states(t, recorded) {
		if state.At.After(after) && !containsAny(state.Ready, hosts) {
			return state.At
		}
	}
	t.Fatalf("the hosts are in every state since %s", after)
	return time.Time{}
}

// neverTooFew checks every state there was since then: somebody always has the traffic, and both
// tiers never have it, but for the moment between the slice of those who come and
// the one of those who go.
func neverTooFew(t *testing.T, o tracked, since time.Time, first, second []*host.Host) {
	t.Helper()
	between := false
	for _, state := range states(t, o.slices) {
		if state.At.Before(since) {
			continue // slice by slice, as they were found
		}
		if len(state.Ready) == 0 {
			t.Errorf("%s: nobody had the traffic at %s", o.Name, state.At)
		}
		both := containsAny(state.Ready, first) && containsAny(state.Ready, second)
		if both && (between || o.Name == "one-slice") {
			t.Errorf("%s: both tiers had traffic at %s: %v", o.Name, state.At, state.Ready)
		}
		between = both
	}
}

func containsAny(ready []string, hosts []*host.Host) bool {
	return slices.ContainsFunc(addresses(hosts...), func(a string) bool { return slices.Contains(ready, a) })
}

// states are what all slices together said after each change.
func states(t *testing.T, recorded *history.Slices) []history.State {
	t.Helper()
	all, err := recorded.States()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
