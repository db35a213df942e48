package faults

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// mostReverts is how often in a minute somebody else's change of an object is undone.
const mostReverts = 5

// fought is how long somebody undoes what we write.
func fought() time.Duration {
	if waits.Full() {
		return 3 * time.Minute
	}
	return 3 * time.Second
}

// TestConflictingControllerIsDamped has somebody undo each of our writes as soon as it is
// there, as another controller would. That what others do once is undone in time is
// shown in test/e2e.
func TestConflictingControllerIsDamped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, resource string
		list           client.ObjectList
		undo           func(client.Object)
	}{
		{"over a slice", "endpointslices", &discoveryv1.EndpointSliceList{}, func(o client.Object) {
			o.(*discoveryv1.EndpointSlice).Endpoints = nil
		}},
		{"over a slice's owner", "endpointslices", &discoveryv1.EndpointSliceList{}, func(o client.Object) {
			o.GetLabels()[discoveryv1.LabelManagedBy] = "somebody"
		}},
		{"over Endpoints", "endpoints", &corev1.EndpointsList{}, func(o client.Object) {
			o.(*corev1.Endpoints).Subsets = nil
		}},
		{"over a Service's ports", "services", &corev1.ServiceList{}, func(o client.Object) {
			o.(*corev1.Service).Spec.Ports[0].Port = 81
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.start(t, install.Options{})
			o := w.unchecked(2)
			w.Create(t, o)
			began := time.Now()
			waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(2), began) })
			before, since := w.state(t), len(w.Proxy.Journal(proxy.Writes))

			began = time.Now()
			undone, stop := w.fight(t, c.list, c.undo)
			waits.Eventually(t, waits.Timeout, w.gaveUp(t))
			told := time.Since(began)
			waits.Elapse(t, fought())
			minutes := int(time.Since(began)/time.Minute) + 1
			writes := w.Proxy.Journal(proxy.Writes)[since:]
			count := counted(slices.DeleteFunc(slices.Clone(writes), func(write proxy.Write) bool { return write.Resource != c.resource }))
			total := 0
			for _, n := range count {
				total += n
			}
			if total > mostReverts*minutes {
				t.Errorf("in %d minutes begun there were %v, at most %d each are no fight", minutes, count, mostReverts)
			}
			// The status, which tells of each write that it is done, and that the next is held back.
			if len(writes)-total > 2*mostReverts*minutes {
				t.Errorf("beside the fight there were %d writes: %v", len(writes)-total, counted(writes))
			}
			t.Logf("measured: told after %d ms; %d times undone, %v", told.Milliseconds(), undone(), count)

			// What the user asks for is no part of the fight, and ends it where the other gives up.
			stop()
			change(t, w, o, func(o *v1alpha1.ExternalService) { o.Spec.Service.Annotations = map[string]string{"asked": "again"} })
			asked := time.Now()
			w.settledAs(t, before)
			t.Logf("at rest %d ms after the fight", time.Since(asked).Milliseconds())
			w.auditWrites(t)
		})
	}
}

// fight undoes what is written to the first object of ours in the list, each time.
// It returns how often, and what ends it.
func (w *World) fight(t *testing.T, list client.ObjectList, undo func(client.Object)) (undone func() int, stop func()) {
	t.Helper()
	options := []client.ListOption{client.InNamespace(w.Namespace)}
	if _, sliced := list.(*discoveryv1.EndpointSliceList); sliced {
		options = append(options, client.MatchingLabels{discoveryv1.LabelServiceName: service})
	} else {
		options = append(options, client.MatchingFieldsSelector{Selector: fields.OneTermEqualSelector(metav1.ObjectNameField, service)})
	}
	events, err := w.Client.Watch(t.Context(), list, options...)
	if err != nil {
		t.Fatal(err)
	}
	var count atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for event := range events.ResultChan() {
			o, isObject := event.Object.(client.Object)
			if !isObject || event.Type == watch.Deleted {
				continue
			}
			wanted := o.DeepCopyObject().(client.Object)
			undo(wanted)
			// What is refused because it is old, or changes nothing, comes back as it is or not at all.
			if w.Client.Update(t.Context(), wanted) == nil && wanted.GetResourceVersion() != o.GetResourceVersion() {
				count.Add(1)
			}
		}
	}()
	return func() int { return int(count.Load()) }, func() { events.Stop(); <-ended }
}

// gaveUp returns nil when the status and an event say that somebody undoes our writes.
func (w *World) gaveUp(t *testing.T) func() error {
	return func() error {
		o := &v1alpha1.ExternalService{}
		w.get(t, service, o)
		programmed := meta.FindStatusCondition(o.Status.Conditions, v1alpha1.ConditionProgrammed)
		if programmed == nil || programmed.Status != metav1.ConditionFalse || programmed.Reason != v1alpha1.ReasonWriteFailed {
			return fmt.Errorf("nothing is told of the fight: %+v", programmed)
		}
		for _, write := range w.Proxy.Journal(proxy.Call.IsWrite) {
			if write.Resource == "events" && write.Committed() {
				return nil
			}
		}
		return errors.New("no event tells of the fight")
	}
}
