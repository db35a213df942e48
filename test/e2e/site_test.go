package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/cluster/host"
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
func TestADeadSiteIsNoDeadNetwork(t *testing.T) {
	w := world(t)
	site, live := w.site(t), w.Cluster.Hosts()[0]
	across := w.track(t, w.web("across", site[0], site[1], live), site[0], site[1], live)
	standby := w.track(t, inTiers(w.web("standby", site[0], site[2], live), 2), site[0], site[2])
	kept := w.track(t, w.web("keep-last", site[1:5]...), site[1:5]...)
	all := w.track(t, withPolicy(w.web("publish-all", site[4:7]...), 2, v1alpha1.ActionPublishAll), site[4:7]...)
	none := w.track(t, withPolicy(w.web("publish-none", site[6:]...), 1, v1alpha1.ActionPublishNone), site[6:]...)
	client := w.stream(t, "client", "http://"+w.clusterIP(t, "across")+"/")
	awaitEach(t, []*stream{client}, across.published)
	w.awaitRest(t)

	fault, retries := time.Now(), w.retries(t, across.ExternalService)+w.retries(t, standby.ExternalService)
	together(t, site, (*host.Host).BlackHole)
	moved := map[string]time.Duration{}
	for _, o := range []tracked{across, standby} {
		moved[o.Name] = awaitReady(t, o.slices, giveUp, live).Sub(fault)
	}
	retries = w.retries(t, across.ExternalService) + w.retries(t, standby.ExternalService) - retries
	bound := blackHole.bound() + time.Duration(retries)*blackHole.round() + slack
	for name, took := range moved {
		within(t, "death of the site to a slice of "+name+" without it", took, bound)
	}
	client.awaitOnly(t, "the site is dead", names(live))
	client.awaitCalm(t, time.Now())
	// What is published of the others is what their users asked for.
	awaitReady(t, none.slices, giveUp)
	w.awaitRest(t)
	untouched(t, "their whole site was dead", kept, all)
	if err := w.isolatedIs(t, 0); err != nil {
		t.Error(err)
	}
	for _, o := range []tracked{across, standby, kept, all, none} {
		if w.hasEvent(t, o.ExternalService, v1alpha1.ReasonProberIsolated) == nil {
			t.Errorf("%s: the prober was taken for isolated, and a host answers", o.Name)
		}
	}

	together(t, site, (*host.Host).Recover)
	for _, o := range []tracked{across, standby, kept, all, none} {
		eventually(t, giveUp, func() error { return w.isWell(t, o) })
		awaitReady(t, o.slices, giveUp, o.published...)
	}
	w.awaitRest(t)
	untouched(t, "their whole site died and came back", kept, all)
	t.Logf("measured: %d of %d hosts die: a Service with a live host elsewhere has it alone after %d ms, one with a live standby after %d ms (bound %d)",
		ofTheSite, ofTheSite+1, moved["across"].Milliseconds(), moved["standby"].Milliseconds(), blackHole.bound().Milliseconds())
}
