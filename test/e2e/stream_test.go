package e2e

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/cluster/host"
	"github.com/external-endpoints/operator/test/cluster/load"
)

const (
	// servedWithin is how long what has been written may take to be seen in the
	// traffic: kube-proxy collects changes for a second (its minSyncPeriod), and
	// the machine is busy.
	servedWithin = 10 * time.Second
	// removedWithin is from the death of a host to the last slice without it: the
	// next probe is due within an interval, two more follow at fastInterval, and
	// the rest is for a busy machine.
	removedWithin = interval + 2*fastInterval + 10*time.Second
	// calmWindow is how long no request may fail for a stream to count as calm.
	calmWindow = 1500 * time.Millisecond
	// answeredWithin is how long a request may be under way, the client's timeout:
	// those that started later are not judged yet.
	answeredWithin = 1100 * time.Millisecond
	// watched is how long traffic is watched when nothing may happen to it.
	watched = 2 * time.Second
)

// stream is a client that asks one target all the time.
type stream struct {
	name string
	load *load.Load
}

// stream starts a client on the node. Where many run at once they ask less often
// than the usual 100 times a second.
func (w *World) stream(t *testing.T, name, target string) *stream {
	t.Helper()
	return w.streamOf(t, name, load.Spec{Target: target, Rate: 40})
}

func (w *World) streamOf(t *testing.T, name string, spec load.Spec) *stream {
	t.Helper()
	l, err := w.Cluster.Load(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Stop() })
	return &stream{name: name, load: l}
}

// awaitEach waits until every stream gets answers from all the hosts and nobody else.
func awaitEach(t *testing.T, streams []*stream, hosts []*host.Host) {
	t.Helper()
	since := time.Now()
	for _, s := range streams {
		eventually(t, servedWithin+removedWithin, func() error { return s.answers(since, hosts) })
	}
}

// answers returns nil when exactly these hosts have answered since a time.
func (s *stream) answers(since time.Time, hosts []*host.Host) error {
	report := s.load.Report().Since(since)
	for _, h := range hosts {
		if report.ByHost[h.Name] == 0 {
			return fmt.Errorf("%s: no answer from %s in %s", s.name, h.Name, report)
		}
	}
	if len(report.ByHost) != len(hosts) {
		return fmt.Errorf("%s: answers from others than wanted: %s", s.name, report)
	}
	return nil
}

// awaitEachWithout waits until the host is out of all the Services, and then sees
// to it that the streams, which go to them, do not notice it any more.
func (w *World) awaitEachWithout(t *testing.T, streams []*stream, dead *host.Host, services []string) {
	t.Helper()
	for _, service := range services {
		eventually(t, removedWithin, func() error {
			for _, address := range w.ready(t, service) {
				if address == dead.IPv4.String() || address == dead.IPv6.String() {
					return fmt.Errorf("Service %s still has %s", service, address)
				}
			}
			return nil
		})
	}
	since := time.Now()
	for _, s := range streams {
		calm := s.awaitCalm(t, since)
		if calm.ByHost[dead.Name] > 0 {
			t.Errorf("%s: %s is out of the Service and still answers: %s", s.name, dead.Name, calm)
		}
	}
}

// awaitCalm waits until no request has failed for a while that began at
// the given time or later, and reports on that while. It is long enough for a host that still gets
// its share to be noticed, and longer than kube-proxy collects changes.
func (s *stream) awaitCalm(t *testing.T, since time.Time) load.Report {
	t.Helper()
	var report load.Report
	eventually(t, calmWindow+answeredWithin+servedWithin, func() error {
		end := time.Now().Add(-answeredWithin)
		start := end.Add(-calmWindow)
		report = s.load.Report().Since(start).Before(end)
		if start.Before(since) || report.Sent() == 0 || len(report.Failures) > 0 {
			return fmt.Errorf("%s: in the last %s: %s", s.name, calmWindow, report)
		}
		return nil
	})
	return report
}

// awaitOnly waits until the stream is calm and answered by exactly these hosts.
func (s *stream) awaitOnly(t *testing.T, when string, hosts []string) {
	t.Helper()
	eventually(t, calmWindow+servedWithin, func() error {
		report := s.load.Report().Since(time.Now().Add(-calmWindow))
		if diff := cmp.Diff(hosts, slices.Sorted(maps.Keys(report.ByHost))); diff != "" {
			return fmt.Errorf("%s, when %s: other hosts answer (-want +got):\n%s", s.name, when, diff)
		}
		return nil
	})
}

// names are the hosts' names, sorted.
func names(hosts ...*host.Host) []string {
	var all []string
	for _, h := range hosts {
		all = append(all, h.Name)
	}
	slices.Sort(all)
	return all
}

// service reads a Service.
func (w *World) service(t *testing.T, name string) *corev1.Service {
	t.Helper()
	service := &corev1.Service{}
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: name}, service); err != nil {
		t.Fatal(err)
	}
	return service
}

// ready are the addresses that get a Service's traffic, sorted.
func (w *World) ready(t *testing.T, service string) []string {
	t.Helper()
	var ready []string
	for _, slice := range w.slices(t, service) {
		for _, e := range slice.Endpoints {
			if e.Conditions.Ready == nil || *e.Conditions.Ready {
				ready = append(ready, e.Addresses...)
			}
		}
	}
	slices.Sort(ready)
	return slices.Compact(ready)
}
