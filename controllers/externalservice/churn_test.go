package externalservice

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/apply"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/probestest"
)

// life is a Reconciler with a real engine, whose metrics are in one registry as the
// operator has them.
type life struct {
	*cluster
	prober *engine.Engine
	hosts  *probestest.Scripted
}

func newLife(t *testing.T) *life {
	t.Helper()
	l := &life{cluster: newCluster(t), hosts: probestest.NewScripted(probestest.Up())}
	l.prober = engine.New(engine.Options{
		Compile: func(probes.Check) (probes.Prober, error) { return l.hosts, nil },
		Runner:  engine.Goroutines{}, Observer: NewWaker(logr.Discard()), MaxHostSeries: 10_000, Registerer: l.registry,
	})
	l.r.engine, l.r.events = l.prober, emitter{&events.FakeRecorder{}}
	l.r.writeEndpoints = false // it costs time, and says nothing here
	l.r.writer = apply.NewWriter(l.server, l.ledger, l.registry)

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.prober.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return l
}

// reconcileAll reconciles every object, time after time.
func (l *life) reconcileAll(objects []*v1alpha1.ExternalService) {
	l.t.Helper()
	for _, o := range objects {
		if _, err := l.r.Reconcile(l.t.Context(), reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)}); err != nil {
			l.t.Fatal(err)
		}
	}
}

// letPass lets hosts be probed.
func letPass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// live is one generation of objects: made, judged, a host of each lost and found
// again, deleted. It returns the most series that there were.
func (l *life) live(objects []*v1alpha1.ExternalService) map[string]int {
	l.t.Helper()
	for _, o := range objects {
		if err := l.server.Create(l.t.Context(), o.DeepCopy()); err != nil {
			l.t.Fatal(err)
		}
	}
	l.reconcileAll(objects)
	for _, answer := range []probestest.Answer{probestest.Up(), probestest.Down(probes.ConnectionRefused), probestest.Up()} {
		l.hosts.Script(netip.AddrPortFrom(address(1), 5432), answer)
		letPass(15 * time.Second)
	}
	l.reconcileAll(objects)
	most := census(l.t, l.registry)
	for _, o := range objects {
		if err := l.server.Delete(l.t.Context(), o.DeepCopy()); err != nil {
			l.t.Fatal(err)
		}
	}
	l.reconcileAll(objects)
	letPass(15 * time.Second)
	return most
}

// census counts the series of each metric.
func census(t *testing.T, registry *prometheus.Registry) map[string]int {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]int{}
	for _, family := range families {
		series[strings.TrimPrefix(family.GetName(), "external_endpoints_")] = len(family.GetMetric())
	}
	return series
}

func TestAThousandObjectsLeaveNoSeriesBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 1000
		l := newLife(t)
		named := func(name string) *v1alpha1.ExternalService {
			// Namespaces of their own: the fake server reads all of a namespace for every list.
			return object(func(o *v1alpha1.ExternalService) { o.Namespace, o.Name = name, name })
		}
		l.live([]*v1alpha1.ExternalService{named("first")}) // what is left of it are the writes' series
		base := census(t, l.registry)

		var objects []*v1alpha1.ExternalService
		for n := range many {
			objects = append(objects, named(fmt.Sprint("o-", n)))
		}
		most := l.live(objects)
		for metric, least := range map[string]int{
			"hosts": 6 * many, "published_endpoints": many, "fail_static": many, "condition": 12 * many, "host_up": 3 * many,
			"probes_total": 3 * many, "probe_failures_total": many, "probe_duration_seconds": many, "transitions_total": 2 * many,
		} {
			if most[metric] < least {
				t.Errorf("there were %d series of %s with %d objects, want %d", most[metric], metric, many, least)
			}
		}
		if diff := cmp.Diff(base, census(t, l.registry)); diff != "" {
			t.Errorf("series by metric (-before +after):\n%s", diff)
		}
		if left := len(l.r.memories.byObject); left > 0 {
			t.Errorf("%d objects are still remembered", left)
		}
	})
}
