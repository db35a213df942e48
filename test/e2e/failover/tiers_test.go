package failover

import (
	"slices"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/history"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// holdDown is how long a tier must have been well, and answering at its interval,
// before it has the traffic back: 3 x healthyThreshold of 2, the first two of which
// come at the fast interval, and the first of all at once.
const holdDown = 4 * framework.Interval

// otherPort is served as well: hosts with it are in a slice of their own.
const otherPort = 8008

func failHealth(h *host.Host) error { return h.Health().Status(503) }

func mendHealth(h *host.Host) error { return h.Health().Recover() }

// TestTierFailoverLosesNoRequest has the hosts of a tier fail their
// checks while they still answer clients: a request that fails is the operator's doing.
func TestTierFailoverLosesNoRequest(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	first, second := hosts[:2], hosts[2:]
	one := w.Track(t, framework.InTiers(w.Web("one-slice", hosts...), 2), first...)
	object := framework.InTiers(w.Web("two-slices", hosts...), 2)
	for i := 2; i < len(hosts); i++ {
		object.Spec.Hosts[i].Ports = []v1alpha1.HostPort{{Name: "http", TargetPort: otherPort}}
	}
	two := w.Track(t, object, first...)
	var clients []*framework.Stream
	for _, o := range []framework.Tracked{one, two} {
		clients = append(clients, w.Stream(t, o.Name, "http://"+w.ClusterIP(t, o.Name)+"/"))
	}
	framework.AwaitEach(t, clients, first)
	calm := time.Now()
	arrive := func(when string, at []*host.Host) {
		t.Helper()
		for i, o := range []framework.Tracked{one, two} {
			framework.AwaitReady(t, o.Slices, waits.Timeout, at...)
			clients[i].AwaitOnly(t, when, framework.Names(at...))
		}
	}

	framework.Together(t, first[:1], failHealth)
	arrive("one host of the tier fails", first[1:])
	framework.Together(t, first[1:], failHealth)
	arrive("no host of the tier is well", second)

	mended := time.Now()
	framework.Together(t, first, mendHealth)
	back := map[string]time.Duration{}
	for _, o := range []framework.Tracked{one, two} {
		framework.AwaitReady(t, o.Slices, waits.Timeout, first...)
		back[o.Name] = leftAt(t, o.Slices, mended, second).Sub(mended)
		// The grid of its interval may be up to an interval ahead of its last fast probe.
		if least := holdDown - framework.Interval; back[o.Name] < least {
			t.Errorf("%s: the tier has the traffic back after %s, must prove itself for %s", o.Name, framework.Ms(back[o.Name]), least)
		}
		framework.Within(t, "recovery to the slice of "+o.Name, back[o.Name], framework.ReturnBound+holdDown+framework.Slack)
	}
	arrive("the tier has proved itself", first)
	for _, o := range []framework.Tracked{one, two} {
		framework.Change(t, w.Client, o.ExternalService, inState(first, v1alpha1.HostDrain))
	}
	arrive("the tier is drained", second)
	for _, o := range []framework.Tracked{one, two} {
		framework.Change(t, w.Client, o.ExternalService, inState(first, v1alpha1.HostActive))
	}
	arrive("the tier is active again", first)

	for _, client := range clients {
		report := client.Load.Report().Since(calm).Before(time.Now().Add(-framework.AnsweredWithin))
		if report.Sent() == 0 || len(report.Failures) > 0 {
			t.Errorf("%s: requests were lost between tiers: %s, first %+v", client.Name, report, report.Failures[:min(1, len(report.Failures))])
		}
		t.Logf("measured: %s: there and back twice, %s", client.Name, report)
	}
	for _, o := range []framework.Tracked{one, two} {
		neverTooFew(t, o, calm, first, second)
	}
	t.Logf("measured: back after the hold-down: in %d and %d ms", back["one-slice"].Milliseconds(), back["two-slices"].Milliseconds())

	w.tierDies(t, one, first, second)
}

// tierDies kills a whole tier under traffic. Only what was sent to it fails, and only
// until the slice is written.
func (w *World) tierDies(t *testing.T, o framework.Tracked, first, second []*host.Host) {
	t.Helper()
	client := w.Send(t, o.Name, first...)
	retries, writes := w.retries(t, o.ExternalService), len(framework.Changes(t, o.Slices))
	fault := time.Now()
	framework.Together(t, first, (*host.Host).Kill)
	at := framework.AwaitReady(t, o.Slices, waits.Timeout, second...)
	retried := time.Duration(w.retries(t, o.ExternalService)-retries) * framework.Killed.Round()
	framework.Within(t, "death of a tier to the slice with the next", at.Sub(fault), framework.Killed.Bound()+retried+framework.Slack)
	// The last host of the tier and the next tier change places in one write. The one
	// before may have had a write of its own.
	if got := len(framework.Changes(t, o.Slices)) - writes; got > len(first) {
		t.Errorf("%d writes for a tier of two", got)
	}
	framework.AwaitAnswers(t, client, at.Add(framework.Slack+framework.ProxyPeriod), second...)
	report := client.Stop().Since(fault)
	for _, failed := range report.Failures {
		if !slices.Contains(framework.Killed.Clients, failed.Error) || failed.Start.After(at.Add(framework.Slack+framework.ProxyPeriod)) {
			t.Errorf("a request failed as %s %s after the tier had died, and %s after the slice was written",
				failed.Error, framework.Ms(failed.Start.Sub(fault)), framework.Ms(failed.Start.Sub(at)))
		}
	}
	onlyHosts(t, report.Since(at.Add(framework.Slack+framework.ProxyPeriod)), second)
	t.Logf("measured: a tier of two dies: the next has the traffic after %d ms (bound %d), %d of %d requests failed",
		at.Sub(fault).Milliseconds(), framework.Killed.Bound().Milliseconds(), len(report.Failures), report.Sent())
}

// onlyHosts fails the test when others than these have answered.
func onlyHosts(t *testing.T, report load.Report, hosts []*host.Host) {
	t.Helper()
	for name := range report.ByHost {
		if !slices.Contains(framework.Names(hosts...), name) {
			t.Errorf("%s answers: %s", name, report)
		}
	}
}

// inState sets the state of hosts.
func inState(hosts []*host.Host, state v1alpha1.HostState) func(*v1alpha1.ExternalService) {
	return func(o *v1alpha1.ExternalService) {
		for i := range o.Spec.Hosts {
			if slices.Contains(framework.Addresses(hosts...), o.Spec.Hosts[i].Address) {
				o.Spec.Hosts[i].State = state
			}
		}
	}
}

// leftAt is when the first state after a time came in which none of the hosts gets traffic.
func leftAt(t *testing.T, recorded *history.Slices, after time.Time, hosts []*host.Host) time.Time {
	t.Helper()
	for _, state := range framework.States(t, recorded) {
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
func neverTooFew(t *testing.T, o framework.Tracked, since time.Time, first, second []*host.Host) {
	t.Helper()
	between := false
	for _, state := range framework.States(t, o.Slices) {
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
	return slices.ContainsFunc(framework.Addresses(hosts...), func(a string) bool { return slices.Contains(ready, a) })
}
