package framework

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// How long traffic takes, and is looked at.
const (
	// CalmWindow is how long no request may fail for a stream to count as calm.
	CalmWindow = 1500 * time.Millisecond
	// AnsweredWithin is how long a request may be under way, the client's timeout:
	// those that started later are not judged yet.
	AnsweredWithin = 1100 * time.Millisecond
	// Watched is how long traffic is watched when nothing may happen to it.
	Watched = 2 * time.Second
)

// Stream is a client that sends requests to one target all the time.
type Stream struct {
	Name string
	Load *load.Load
}

// Stream starts a client on the node. Where many run at once they send fewer requests
// than the usual 100 times a second.
func (w *World) Stream(t *testing.T, name, target string) *Stream {
	t.Helper()
	return w.StreamOf(t, name, load.Spec{Target: target, Rate: 40})
}

// StreamOf is a stream with the given load.
func (w *World) StreamOf(t *testing.T, name string, spec load.Spec) *Stream {
	t.Helper()
	l, err := w.Cluster.Load(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Stop() })
	return &Stream{Name: name, Load: l}
}

// AwaitEach waits until every stream gets answers from all the hosts and no other.
func AwaitEach(t *testing.T, streams []*Stream, hosts []*host.Host) {
	t.Helper()
	since := time.Now()
	for _, s := range streams {
		waits.Eventually(t, waits.Timeout, func() error { return s.answers(since, hosts) })
	}
}

// answers returns nil when exactly these hosts have answered since a time.
func (s *Stream) answers(since time.Time, hosts []*host.Host) error {
	report := s.Load.Report().Since(since)
	for _, h := range hosts {
		if report.ByHost[h.Name] == 0 {
			return fmt.Errorf("%s: no answer from %s in %s", s.Name, h.Name, report)
		}
	}
	if len(report.ByHost) != len(hosts) {
		return fmt.Errorf("%s: answers from others than wanted: %s", s.Name, report)
	}
	return nil
}

// AwaitEachWithout waits until the host is out of all the Services, and then sees
// to it that the streams, which go to them, do not notice it any more.
func (w *World) AwaitEachWithout(t *testing.T, streams []*Stream, dead *host.Host, services []string) {
	t.Helper()
	for _, service := range services {
		waits.Eventually(t, waits.Timeout, func() error {
			for _, address := range w.Ready(t, service) {
				if address == dead.IPv4.String() || address == dead.IPv6.String() {
					return fmt.Errorf("Service %s still has %s", service, address)
				}
			}
			return nil
		})
	}
	since := time.Now()
	for _, s := range streams {
		calm := s.AwaitCalm(t, since)
		if calm.ByHost[dead.Name] > 0 {
			t.Errorf("%s: %s is out of the Service and still answers: %s", s.Name, dead.Name, calm)
		}
	}
}

// AwaitCalm waits until no request has failed for a while that began at
// the given time or later, and reports on that while. It is long enough for a host that still gets
// its share to be noticed, and longer than kube-proxy collects changes.
func (s *Stream) AwaitCalm(t *testing.T, since time.Time) load.Report {
	t.Helper()
	var report load.Report
	waits.Eventually(t, waits.Timeout, func() error {
		end := time.Now().Add(-AnsweredWithin)
		start := end.Add(-CalmWindow)
		report = s.Load.Report().Since(start).Before(end)
		if start.Before(since) || report.Sent() == 0 || len(report.Failures) > 0 {
			return fmt.Errorf("%s: in the last %s: %s", s.Name, CalmWindow, report)
		}
		return nil
	})
	return report
}

// AwaitOnly waits until the stream is calm and answered by exactly these hosts.
func (s *Stream) AwaitOnly(t *testing.T, when string, hosts []string) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		report := s.Load.Report().Since(time.Now().Add(-CalmWindow))
		if diff := cmp.Diff(hosts, slices.Sorted(maps.Keys(report.ByHost))); diff != "" {
			return fmt.Errorf("%s, when %s: other hosts answer (-want +got):\n%s", s.Name, when, diff)
		}
		return nil
	})
}

// Names are the hosts' names, sorted.
func Names(hosts ...*host.Host) []string {
	var all []string
	for _, h := range hosts {
		all = append(all, h.Name)
	}
	slices.Sort(all)
	return all
}

// Service reads a Service.
func (w *World) Service(t *testing.T, name string) *corev1.Service {
	t.Helper()
	service := &corev1.Service{}
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: name}, service); err != nil {
		t.Fatal(err)
	}
	return service
}

// Ready are the addresses that get a Service's traffic, sorted.
func (w *World) Ready(t *testing.T, service string) []string {
	t.Helper()
	var ready []string
	for _, slice := range w.Slices(t, service) {
		for _, e := range slice.Endpoints {
			if e.Conditions.Ready == nil || *e.Conditions.Ready {
				ready = append(ready, e.Addresses...)
			}
		}
	}
	slices.Sort(ready)
	return slices.Compact(ready)
}
