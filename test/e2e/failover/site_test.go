package failover

import (
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// ofTheSite is how many hosts die together: nine of ten.
const ofTheSite = 9

// site adds hosts to the cluster that are to fail together, for the test only.
func (w *World) site(t *testing.T) []*host.Host {
	t.Helper()
	var site []*host.Host
	for i := range ofTheSite {
		h, err := w.Cluster.AddHost(host.Spec{Name: fmt.Sprintf("site-%d", i+1), Ports: host.DefaultPorts()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := h.Stop(); err != nil {
				t.Error(err)
			}
		})
		site = append(site, h)
	}
	return site
}

// Row 2, its twin: nearly everything is gone, and yet it is the world and not the
// prober. The one host elsewhere knows.
func TestSiteOutageIsNotIsolation(t *testing.T) {
	w := world(t)
	site, live := w.site(t), w.Cluster.Hosts()[0]
	across := w.Track(t, w.Web("across", site[0], site[1], live), site[0], site[1], live)
	standby := w.Track(t, framework.InTiers(w.Web("standby", site[0], site[2], live), 2), site[0], site[2])
	kept := w.Track(t, w.Web("keep-last", site[1:5]...), site[1:5]...)
	all := w.Track(t, framework.WithPolicy(w.Web("publish-all", site[4:7]...), 2, v1alpha1.ActionPublishAll), site[4:7]...)
	none := w.Track(t, framework.WithPolicy(w.Web("publish-none", site[6:]...), 1, v1alpha1.ActionPublishNone), site[6:]...)
	client := w.Stream(t, "client", "http://"+w.ClusterIP(t, "across")+"/")
	framework.AwaitEach(t, []*framework.Stream{client}, across.Published)
	w.AwaitRest(t)

	fault, retries := time.Now(), w.retries(t, across.ExternalService)+w.retries(t, standby.ExternalService)
	framework.Together(t, site, (*host.Host).BlackHole)
	moved := map[string]time.Duration{}
	for _, o := range []framework.Tracked{across, standby} {
		moved[o.Name] = framework.AwaitReady(t, o.Slices, waits.Timeout, live).Sub(fault)
	}
	retries = w.retries(t, across.ExternalService) + w.retries(t, standby.ExternalService) - retries
	bound := framework.BlackHole.Bound() + time.Duration(retries)*framework.BlackHole.Round() + framework.Slack
	for name, took := range moved {
		framework.Within(t, "death of the site to a slice of "+name+" without it", took, bound)
	}
	client.AwaitOnly(t, "the site is dead", framework.Names(live))
	client.AwaitCalm(t, time.Now())
	// What is published of the others is what their users asked for.
	framework.AwaitReady(t, none.Slices, waits.Timeout)
	w.AwaitRest(t)
	framework.Untouched(t, "their whole site was dead", kept, all)
	if err := w.IsolatedIs(t, 0); err != nil {
		t.Error(err)
	}
	for _, o := range []framework.Tracked{across, standby, kept, all, none} {
		if w.HasEvent(t, o.ExternalService, v1alpha1.ReasonProberIsolated) == nil {
			t.Errorf("%s: the prober was taken for isolated, and a host answers", o.Name)
		}
	}

	framework.Together(t, site, (*host.Host).Recover)
	for _, o := range []framework.Tracked{across, standby, kept, all, none} {
		waits.Eventually(t, waits.Timeout, func() error { return w.IsWell(t, o) })
		framework.AwaitReady(t, o.Slices, waits.Timeout, o.Published...)
	}
	w.AwaitRest(t)
	framework.Untouched(t, "their whole site died and came back", kept, all)
	t.Logf("measured: %d of %d hosts die: a Service with a live host elsewhere has it alone after %d ms, one with a live standby after %d ms (bound %d)",
		ofTheSite, ofTheSite+1, moved["across"].Milliseconds(), moved["standby"].Milliseconds(), framework.BlackHole.Bound().Milliseconds())
}
