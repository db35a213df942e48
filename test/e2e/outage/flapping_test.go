package outage

import (
	"net/http"
	"slices"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// flapPath is the check of the hosts that fail, apart from those of other tests.
const flapPath = "/flapping"

// Of five hosts four are dead, and one passes its check again and again for less than the
// hold-down. KeepLast and PublishAll move nothing.
func TestFlappingHostAmongDeadOnesMovesNothing(t *testing.T) {
	w := world(t)
	fifth, err := w.Cluster.AddHost(host.Spec{Name: "fifth", Ports: host.DefaultPorts()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fifth.Stop(); err != nil {
			t.Error(err)
		}
	})
	hosts := slices.Concat(w.Cluster.Hosts(), []*host.Host{fifth})
	answer := func(status int) func(*host.Host) error {
		return func(h *host.Host) error { return h.Answer(flapPath, status) }
	}
	t.Cleanup(func() { framework.Together(t, hosts[:4], answer(http.StatusOK)) }) // what a host answers outlives the test
	w.Track(t, w.Web("elsewhere", hosts[0]), hosts[0])
	var objects []framework.Tracked
	for name, action := range map[string]v1alpha1.FailureAction{"keep": v1alpha1.ActionKeepLast, "all": v1alpha1.ActionPublishAll} {
		object := framework.WithPolicy(w.Web(name, hosts...), 1, action)
		object.Spec.HealthCheck.HTTP.Path = flapPath + "?" + name
		objects = append(objects, w.Track(t, object, hosts...))
	}

	framework.Together(t, hosts, answer(http.StatusServiceUnavailable))
	for _, o := range objects {
		w.AwaitFailStatic(t, o.ExternalService)
	}
	for range waits.ShortOrFull(2, 4) {
		framework.Together(t, hosts[4:], answer(http.StatusOK))
		for _, o := range objects {
			waits.Eventually(t, waits.Timeout, func() error { return w.healthy(t, o, 1) })
		}
		framework.Together(t, hosts[4:], answer(http.StatusServiceUnavailable))
	}
	for _, o := range objects {
		w.AwaitFailStatic(t, o.ExternalService)
	}
	framework.Untouched(t, "one host flapped among four dead ones", objects...)
}
