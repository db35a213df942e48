package faults

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// atRest says how many objects of ten hosts are at rest for how long.
func atRest() (objects int, window time.Duration) {
	if waits.Full() {
		return 1000, time.Hour
	}
	return 100, 20 * time.Second
}

const (
	hostsEach = 10
	// objectsAPort have hosts at the addresses that there are; the next ones have
	// them at the next port.
	objectsAPort, firstRestPort = 25, 19000
	// heapMayGrow is for what a collector has not looked at yet, and goroutinesMay for
	// connections that come and go.
	heapMayGrow, goroutinesMay = 1.15, 15
)

// TestIdleOperatorWritesNothing probes many hosts that are well: nothing is written,
// and the operator needs no more memory in the end than in the beginning. When the
// objects are gone, so is what was kept for them.
func TestIdleOperatorWritesNothing(t *testing.T) {
	t.Parallel()
	objects, window := atRest()
	w := newWorld(t)
	w.start(t, install.Options{})
	base := w.idleGoroutines(t)
	for i := range objects {
		o := w.unchecked(0)
		o.Name = fmt.Sprint(service, "-", i)
		o.Spec.HealthCheck = v1alpha1.HealthCheck{Interval: "2s", Timeout: "2s", TCP: &v1alpha1.TCPCheck{}}
		// No two hosts are the same, so that no probe is for two of them.
		if i%objectsAPort == 0 {
			w.listenEverywhere(t, firstRestPort+i/objectsAPort)
		}
		o.Spec.Ports[0].TargetPort = int32(firstRestPort + i/objectsAPort)
		for j := range hostsEach {
			o.Spec.Hosts = append(o.Spec.Hosts, v1alpha1.Host{Address: hostAddress(i%objectsAPort*hostsEach + j + 1)})
		}
		w.Create(t, o)
	}
	began := time.Now()
	waits.Eventually(t, 4*waits.Timeout, func() error { return errors.Join(w.allReady(t, objects), w.rests(began)) })

	heap, goroutines, since := w.liveHeap(t), w.metric(t, "go_goroutines"), len(w.Proxy.Journal(proxy.Call.IsWrite))
	probes := w.metric(t, "external_endpoints_probes_total")
	waits.Elapse(t, window)
	probes = w.metric(t, "external_endpoints_probes_total") - probes
	if writes := w.Proxy.Journal(proxy.Call.IsWrite)[since:]; len(writes) > 0 {
		t.Errorf("written at rest:\n%s", describe(writes))
	}
	if probes < float64(objects*hostsEach) {
		t.Errorf("there were %v probes of %d hosts: that was no rest but a stop", probes, objects*hostsEach)
	}
	after := w.liveHeap(t)
	if after > heap*heapMayGrow+1<<20 {
		t.Errorf("the live heap went from %.0f to %.0f bytes", heap, after)
	}
	if n := w.metric(t, "go_goroutines"); n > goroutines+goroutinesMay {
		t.Errorf("the goroutines went from %v to %v", goroutines, n)
	}
	// Where the machine is busy, the API server may not delete them all within the minute of a request.
	waits.Eventually(t, 4*waits.Timeout, func() error {
		return w.Client.DeleteAllOf(t.Context(), &v1alpha1.ExternalService{}, client.InNamespace(w.Namespace))
	})
	waits.Eventually(t, waits.Timeout, func() error {
		if n := w.metric(t, "go_goroutines"); n > base+goroutinesMay {
			return fmt.Errorf("%v goroutines are left, there were %v before the objects", n, base)
		}
		return nil
	})
	t.Logf("measured: %d objects of %d hosts for %s: 0 writes, %.0f probes, live heap from %.1f to %.1f MiB, goroutines %v, %v, and %v without objects",
		objects, hostsEach, window, probes, heap/(1<<20), after/(1<<20), base, goroutines, w.metric(t, "go_goroutines"))
}

// idleGoroutines is how many goroutines the operator has without objects, but with
// everything started: it has looked after one, and that is gone.
func (w *World) idleGoroutines(t *testing.T) float64 {
	t.Helper()
	o := w.unchecked(1)
	w.Create(t, o)
	began := time.Now()
	waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(1), began) })
	if err := w.Client.Delete(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	waits.Eventually(t, waits.Timeout, func() error { return w.rests(time.Now().Add(-quiet)) })
	return w.metric(t, "go_goroutines")
}

// listenEverywhere has all addresses accept connections at a port.
func (w *World) listenEverywhere(t *testing.T, port int) {
	t.Helper()
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		t.Fatal(err)
	}
	w.hosts[fmt.Sprint(port)] = &outside{listener: listener}
	go serve(listener)
}

func (w *World) allReady(t *testing.T, objects int) error {
	t.Helper()
	var list v1alpha1.ExternalServiceList
	if err := w.Client.List(t.Context(), &list, client.InNamespace(w.Namespace)); err != nil {
		return err
	}
	ready := 0
	for _, o := range list.Items {
		if meta.IsStatusConditionTrue(o.Status.Conditions, v1alpha1.ConditionReady) && o.Status.Hosts.Published == hostsEach {
			ready++
		}
	}
	if ready < objects {
		return fmt.Errorf("%d of %d objects are ready", ready, objects)
	}
	return nil
}

// liveHeap is what the operator's garbage collector leaves, in bytes: the next
// collection is due when the heap is half as large again, stacks aside. Scraping has it
// collect.
func (w *World) liveHeap(t *testing.T) float64 {
	t.Helper()
	collected := w.metric(t, "go_gc_duration_seconds_count")
	waits.Eventually(t, waits.Timeout, func() error {
		if n := w.metric(t, "go_gc_duration_seconds_count"); n < collected+3 {
			return fmt.Errorf("%v collections", n-collected)
		}
		return nil
	})
	return w.metric(t, "go_memstats_next_gc_bytes") / 1.5
}
