package outage

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// primaryPath answers 200 on the host that has the role, and 503 on the others.
const primaryPath = "/primary"

// holdDown is how long a new primary must pass its check before the old one goes out:
// six successes, two of them at the fast interval.
const holdDown = 4 * framework.Interval

func promote(h *host.Host) error { return h.Answer(primaryPath, http.StatusOK) }

func demote(h *host.Host) error { return h.Answer(primaryPath, http.StatusServiceUnavailable) }

// roleChecked is an ExternalService whose hosts are checked for their role.
func (w *World) roleChecked(t *testing.T, name string, action v1alpha1.FailureAction, primary *host.Host, hosts ...*host.Host) framework.Tracked {
	t.Helper()
	object := framework.WithPolicy(w.Web(name, hosts...), 1, action)
	object.Spec.HealthCheck.HTTP.Path = primaryPath
	w.Create(t, object)
	waits.Eventually(t, waits.Timeout, func() error { return w.serves(t, object, 1, 1) })
	o := framework.Tracked{ExternalService: object, Slices: w.Record(t, name), Published: []*host.Host{primary}}
	framework.AwaitReady(t, o.Slices, waits.Timeout, primary)
	return o
}

// serves returns nil when so many hosts are healthy and published, and it is no
// outage.
func (w *World) serves(t *testing.T, object *v1alpha1.ExternalService, healthy, published int32) error {
	t.Helper()
	current := w.Get(t, object)
	degraded := framework.Condition(current, v1alpha1.ConditionDegraded)
	if hosts := current.Status.Hosts; hosts.Healthy != healthy || hosts.Published != published || degraded.Reason == v1alpha1.ReasonFailStatic {
		return fmt.Errorf("%s: %s healthy, want %d; %d published, want %d; Degraded is %s", object.Name,
			hosts.Summary, healthy, hosts.Published, published, framework.Message(current, v1alpha1.ConditionDegraded))
	}
	return nil
}

// The role moves to the other host, and the old primary fails its check for ever
// while it still accepts connections: with KeepLast it gets none after the hold-down, with
// PublishNone none from the moment when the new one does.
func TestServiceFollowsRoleThatMoves(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	first, second := hosts[0], hosts[1]
	w.Track(t, w.Web("elsewhere", hosts[2]), hosts[2])
	if err := demote(second); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { framework.Together(t, hosts[:2], promote) }) // what a host answers outlives the test
	keep := w.roleChecked(t, "keep", v1alpha1.ActionKeepLast, first, hosts[:2]...)
	none := w.roleChecked(t, "none", v1alpha1.ActionPublishNone, first, hosts[:2]...)
	clients := []*framework.Stream{}
	for _, o := range []framework.Tracked{keep, none} {
		clients = append(clients, w.Stream(t, o.Name, "http://"+w.ClusterIP(t, o.Name)+"/"))
	}
	framework.AwaitEach(t, clients, hosts[:1])

	framework.Together(t, hosts[:1], demote)
	w.awaitNoPrimary(t, keep)
	framework.AwaitReady(t, keep.Slices, waits.Timeout, first)
	framework.AwaitReady(t, none.Slices, waits.Timeout)

	promoted := time.Now()
	framework.Together(t, hosts[1:2], promote)
	framework.AwaitReady(t, none.Slices, waits.Timeout, second)
	framework.AwaitReady(t, keep.Slices, waits.Timeout, first, second)
	left := framework.AwaitReady(t, keep.Slices, waits.Timeout, second).Sub(promoted)
	if least := holdDown - framework.Interval; left < least {
		t.Errorf("KeepLast: the old primary is out after %s, the hold-down lasts %s", framework.Ms(left), least)
	}
	framework.Within(t, "KeepLast: promotion to the old primary's removal", left, framework.ReturnBound+holdDown+framework.Slack)
	for _, c := range clients {
		c.AwaitOnly(t, "only the new primary is published", framework.Names(second))
	}
	for _, o := range []framework.Tracked{keep, none} {
		waits.Eventually(t, waits.Timeout, func() error { return w.serves(t, o.ExternalService, 1, 1) })
	}
	neverBoth(t, none, hosts[:2])
	w.AwaitRest(t)
	for _, c := range clients {
		c.AwaitOnly(t, "the outage is over", framework.Names(second))
	}
	t.Logf("measured: with KeepLast the old primary is out %s after the promotion", framework.Ms(left))

	w.flapsAtTheEdge(t, keep, second, first)
}

// flapsAtTheEdge has the primary lose its role, and the other host have it for less than
// the hold-down, twice: the primary stays.
func (w *World) flapsAtTheEdge(t *testing.T, o framework.Tracked, primary, flapping *host.Host) {
	t.Helper()
	since := time.Now()
	framework.Together(t, []*host.Host{primary}, demote)
	w.awaitNoPrimary(t, o)
	for range 2 {
		framework.Together(t, []*host.Host{flapping}, promote)
		waits.Eventually(t, waits.Timeout, func() error { return w.healthy(t, o, 1) })
		framework.Together(t, []*host.Host{flapping}, demote)
		waits.Eventually(t, waits.Timeout, func() error { return w.healthy(t, o, 0) })
	}
	for _, state := range framework.States(t, o.Slices) {
		if state.At.After(since) && !slices.Contains(state.Ready, primary.IPv4.String()) {
			t.Errorf("%s: a host that flaps takes the last primary out: ready are %v at %s", o.Name, state.Ready, state.At)
		}
	}
}

// awaitNoPrimary waits until no host is healthy and the object says that it is an outage.
func (w *World) awaitNoPrimary(t *testing.T, o framework.Tracked) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		if degraded := framework.Condition(w.Get(t, o.ExternalService), v1alpha1.ConditionDegraded); degraded.Reason != v1alpha1.ReasonFailStatic {
			return fmt.Errorf("%s: Degraded is %q", o.Name, degraded.Reason)
		}
		return w.healthy(t, o, 0)
	})
}

// healthy returns nil when so many hosts are healthy.
func (w *World) healthy(t *testing.T, o framework.Tracked, want int32) error {
	t.Helper()
	if hosts := w.Get(t, o.ExternalService).Status.Hosts; hosts.Healthy != want {
		return fmt.Errorf("%s: %s healthy, want %d", o.Name, hosts.Summary, want)
	}
	return nil
}

// neverBoth checks that no state of the slices has both hosts.
func neverBoth(t *testing.T, o framework.Tracked, hosts []*host.Host) {
	t.Helper()
	for _, state := range framework.States(t, o.Slices) {
		if len(state.Ready) >= len(hosts) {
			t.Errorf("%s: both hosts had the traffic at %s: %v", o.Name, state.At, state.Ready)
		}
	}
}
