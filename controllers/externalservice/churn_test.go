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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
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
		Runner:  engine.Goroutines{}, Observer: NewEngineSource(logr.Discard()), MaxHostSeries: 10_000, Registerer: l.registry,
	})
	l.r.engine, l.r.events = l.prober, emitter{&events.FakeRecorder{}}
	l.r.writeEndpoints = false // it costs time, and says nothing here
	l.r.writer = consistency.NewWriter(l.server, l.tracker, l.registry, nil)

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.prober.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return l
}

// way is how objects come, are looked at again, and go.
type way struct {
	begin, again, end func(*v1alpha1.ExternalService)
}

// reconciled has them made and deleted on a server, and reconciled.
func (l *life) reconciled() way {
	must := func(err error) {
		l.t.Helper()
		if err != nil {
			l.t.Fatal(err)
		}
	}
	reconcileIt := func(o *v1alpha1.ExternalService) {
		_, err := l.reconcileNamed(client.ObjectKeyFromObject(o))
		must(err)
	}
	return way{
		func(o *v1alpha1.ExternalService) { must(l.server.Create(l.t.Context(), o.DeepCopy())); reconcileIt(o) },
		reconcileIt,
		func(o *v1alpha1.ExternalService) { must(l.server.Delete(l.t.Context(), o.DeepCopy())); reconcileIt(o) },
	}
}

// watched has them watched and reported, as a reconcile does, without a server: a
// fake one takes most of a second for a hundred.
func (l *life) watched() way {
	report := func(o *v1alpha1.ExternalService) {
		r := telling(lines(v1alpha1.EndpointHealthy, v1alpha1.EndpointUnhealthy, v1alpha1.EndpointHealthy)...)
		o.Status = status.Compose(o, r, metav1.NewTime(at(0)))
		l.r.metrics.set(o, r)
	}
	return way{
		func(o *v1alpha1.ExternalService) {
			l.r.memories.of(client.ObjectKeyFromObject(o), newMemory)
			plan := engine.Plan{Key: keyOf(facts.Facts{Object: o})}
			for n := 1; n <= len(o.Spec.Hosts); n++ {
				plan.Members = append(plan.Members, engine.Member{
					ID: id(n), Target: netip.AddrPortFrom(address(n), 5432), Check: &probes.Check{Timeout: time.Second, TCP: &probes.TCP{}},
					Interval: 5 * time.Second, FastInterval: time.Second, Thresholds: health.Thresholds{Rise: 2, Fall: 3},
				})
			}
			if err := l.prober.Apply(plan); err != nil {
				l.t.Fatal(err)
			}
			report(o)
		},
		report,
		func(o *v1alpha1.ExternalService) { l.r.forget(client.ObjectKeyFromObject(o)) },
	}
}

// letPass lets hosts be probed.
func letPass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// live is one generation of objects: made, judged, a host of each lost and found
// again, gone. It returns how many series there were.
func (l *life) live(objects []*v1alpha1.ExternalService, w way) map[string]int {
	l.t.Helper()
	for _, o := range objects {
		w.begin(o)
	}
	for _, answer := range []probestest.Answer{probestest.Up(), probestest.Down(probes.ConnectionRefused), probestest.Up()} {
		l.hosts.Script(netip.AddrPortFrom(address(1), 5432), answer)
		letPass(15 * time.Second)
	}
	for _, o := range objects {
		w.again(o)
	}
	most := census(l.t, l.registry)
	for _, o := range objects {
		w.end(o)
	}
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

func TestObjectsLeaveNoSeriesBehind(t *testing.T) {
	for _, tt := range []struct {
		name string
		many int
		way  func(*life) way
	}{
		{"a thousand that are watched", 1000, (*life).watched},
		{"a few that are reconciled", 20, (*life).reconciled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLife(t)
				w := tt.way(l)
				named := func(name string) *v1alpha1.ExternalService {
					return object(func(o *v1alpha1.ExternalService) { o.Name = name })
				}
				l.live([]*v1alpha1.ExternalService{named("first")}, w) // what is left of it are the writes' series
				base := census(t, l.registry)

				var objects []*v1alpha1.ExternalService
				for n := range tt.many {
					objects = append(objects, named(fmt.Sprint("o-", n)))
				}
				most := l.live(objects, w)
				for metric, each := range map[string]int{
					"hosts": 6, "published_endpoints": 1, "fail_static": 1, "condition": 12, "host_up": 3,
					"probes_total": 2, "probe_failures_total": 1, "probe_duration_seconds": 1, "transitions_total": 2,
				} {
					if most[metric] < each*tt.many {
						t.Errorf("there were %d series of %s with %d objects, want %d", most[metric], metric, tt.many, each*tt.many)
					}
				}
				if diff := cmp.Diff(base, census(t, l.registry)); diff != "" {
					t.Errorf("series by metric (-before +after):\n%s", diff)
				}
				if left := len(l.r.memories.byObject); left > 0 {
					t.Errorf("%d objects are still remembered", left)
				}
			})
		})
	}
}
