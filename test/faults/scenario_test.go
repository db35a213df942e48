package faults

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// scenario is something that users or hosts do, and what must come of it.
type scenario struct {
	name string
	// object is the ExternalService; before makes what it needs first.
	object func(*testing.T, *World) *v1alpha1.ExternalService
	before func(*testing.T, *World)
	// change is what happens once the object is served; nil: that it is created.
	change func(*testing.T, *World, *v1alpha1.ExternalService)
	// served get traffic in the end.
	served  []string
	promise promise
	// raced: Kubernetes writes to the same objects at that moment, so that which
	// writes succeed, and how many it takes, is chance. What comes of it is not.
	raced bool
}

// outcome is what came of a scenario.
type outcome struct {
	// Writes are those of the data plane since the change, committed, in order.
	Writes []string
	State  []string
	// attempts are all writes since the change, answered or not.
	attempts []proxy.Write
	took     time.Duration
}

// disturb does something to a world, after the object is served and before the
// change; what it returns is done after the change.
type disturb func(*testing.T, *World) (after func())

func scenarios() []scenario {
	hosts := func(n int) func(*testing.T, *World) *v1alpha1.ExternalService {
		return func(t *testing.T, w *World) *v1alpha1.ExternalService { return w.object(t, n) }
	}
	unchecked := func(n int) func(*testing.T, *World) *v1alpha1.ExternalService {
		return func(_ *testing.T, w *World) *v1alpha1.ExternalService { return w.unchecked(n) }
	}
	spec := func(how func(*World, *v1alpha1.ExternalServiceSpec)) func(*testing.T, *World, *v1alpha1.ExternalService) {
		return func(t *testing.T, w *World, o *v1alpha1.ExternalService) {
			t.Helper()
			change(t, w, o, func(o *v1alpha1.ExternalService) { how(w, &o.Spec) })
		}
	}
	existing := func(_ *testing.T, w *World) *v1alpha1.ExternalService {
		o := w.unchecked(2)
		o.Spec.Service.Management = v1alpha1.ServiceExisting
		return o
	}
	return []scenario{
		{
			name:   "created with 250 hosts",
			object: unchecked(250), served: hostAddresses(250),
		},
		{
			name:   "a host goes down",
			object: hosts(3),
			change: func(_ *testing.T, w *World, _ *v1alpha1.ExternalService) { w.hostDown(3) },
			served: hostAddresses(2), promise: promise{always: hostAddresses(2)},
		},
		{
			name:   "a port is renamed",
			object: unchecked(2),
			change: spec(func(_ *World, s *v1alpha1.ExternalServiceSpec) { s.Ports[0].Name = "web" }),
			served: hostAddresses(2), promise: promise{always: hostAddresses(2)},
		},
		{
			name:   "a family is added",
			object: unchecked(2),
			change: spec(func(_ *World, s *v1alpha1.ExternalServiceSpec) {
				s.Service.IPFamilyPolicy = new(corev1.IPFamilyPolicyRequireDualStack)
				s.Hosts = append(s.Hosts, v1alpha1.Host{Address: "2001:db8:5::1"})
			}),
			served: append(hostAddresses(2), "2001:db8:5::1"), promise: promise{always: hostAddresses(2)},
		},
		{
			name:   "a slice is split",
			object: unchecked(100),
			change: spec(func(_ *World, s *v1alpha1.ExternalServiceSpec) {
				s.Hosts = append(s.Hosts, v1alpha1.Host{Address: hostAddress(101)})
			}),
			served: hostAddresses(101), promise: promise{always: hostAddresses(100)},
		},
		{
			name:   "two slices become one",
			object: unchecked(102),
			change: spec(func(_ *World, s *v1alpha1.ExternalServiceSpec) { s.Hosts = s.Hosts[:99] }),
			served: hostAddresses(99), promise: promise{always: hostAddresses(99)},
		},
		{
			name:   "a Service with hand-written Endpoints is taken over",
			object: existing,
			before: func(t *testing.T, w *World) {
				t.Helper()
				w.existingService(t)
				w.handWritten(t, hostAddresses(2)...)
			},
			served: hostAddresses(2), promise: promise{always: hostAddresses(2)},
		},
		{
			name:   "the Service gets a selector",
			object: existing,
			before: func(t *testing.T, w *World) { t.Helper(); w.existingService(t) },
			change: func(t *testing.T, w *World, _ *v1alpha1.ExternalService) {
				t.Helper()
				s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: service}}
				change(t, w, s, func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "web"} })
			},
			promise: promise{mayEmpty: true}, raced: true,
		},
	}
}

// existingService is a Service that somebody else made.
func (w *World) existingService(t *testing.T) {
	t.Helper()
	w.Create(t, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: service},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
	})
}

// handWritten makes the Endpoints of that Service and waits for their mirror.
func (w *World) handWritten(t *testing.T, addresses ...string) {
	t.Helper()
	subset := corev1.EndpointSubset{Ports: []corev1.EndpointPort{{Name: "http", Port: w.Port}}}
	for _, address := range addresses {
		subset.Addresses = append(subset.Addresses, corev1.EndpointAddress{IP: address})
	}
	w.Create(t, &corev1.Endpoints{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: service}, Subsets: []corev1.EndpointSubset{subset},
	})
	waits.Eventually(t, waits.Timeout, func() error { return w.served(addresses) })
}

// run plays the scenario in a world of its own. wanted is what an undisturbed run
// came to; nil: this is one.
func (s scenario) run(t *testing.T, wanted *outcome, disturb disturb, o install.Options) (*World, outcome) {
	t.Helper()
	w := newWorld(t)
	if s.before != nil {
		s.before(t, w)
	}
	object := s.object(t, w)
	w.start(t, o)
	if s.change != nil {
		w.Create(t, object)
		var all []string
		for _, host := range object.Spec.Hosts {
			all = append(all, host.Address)
		}
		began := time.Now()
		waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, all, began) })
	}
	since := len(w.Proxy.Journal(proxy.Writes))
	after := disturb(t, w)
	began := time.Now()
	if s.change != nil {
		s.change(t, w, object)
	} else {
		w.Create(t, object)
	}
	after()
	got := w.settle(t, s, since, wanted)
	got.took = time.Since(began)
	w.audit(t, s.promise)
	return w, got
}

// settle waits until the desired state is reached and stays.
func (w *World) settle(t *testing.T, s scenario, since int, wanted *outcome) outcome {
	t.Helper()
	began := time.Now()
	reached := func() error {
		if err := w.served(s.served); err != nil {
			return err
		}
		if wanted == nil {
			return w.statusTells(t, len(s.served))
		}
		if diff := cmp.Diff(wanted.State, w.state(t)); diff != "" {
			return fmt.Errorf("not as in the undisturbed run (-want +got):\n%s", diff)
		}
		return nil
	}
	waits.Eventually(t, waits.Timeout, func() error { return errors.Join(reached(), w.rests(began)) })
	got := outcome{Writes: w.dataPlane(since), State: w.state(t), attempts: w.Proxy.Journal(proxy.Writes)[since:]}
	if wanted != nil && !s.raced {
		if diff := cmp.Diff(wanted.Writes, got.Writes); diff != "" {
			t.Errorf("other writes than in the undisturbed run (-want +got):\n%s", diff)
		}
	}
	return got
}

// settled returns nil when exactly these hosts are served, the status says so, and
// nothing has been written for a while. Without the status what only tells, and comes
// after the traffic, could still be on its way on a busy machine.
func (w *World) settled(t *testing.T, served []string, since time.Time) error {
	t.Helper()
	return errors.Join(w.served(served), w.statusTells(t, len(served)), w.rests(since))
}

// statusTells returns nil when the status is about the spec that there is, and so many hosts.
func (w *World) statusTells(t *testing.T, published int) error {
	t.Helper()
	o := &v1alpha1.ExternalService{}
	if !w.get(t, service, o) || o.Status.ObservedGeneration != o.Generation || int(o.Status.Hosts.Published) != published {
		return fmt.Errorf("the status tells of %d hosts at generation %d of %d, want %d hosts",
			o.Status.Hosts.Published, o.Status.ObservedGeneration, o.Generation, published)
	}
	return nil
}

// undisturbed is a disturb that does nothing.
func undisturbed(*testing.T, *World) func() { return func() {} }
