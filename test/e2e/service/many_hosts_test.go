package service

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/audit"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// mostInASlice is how many endpoints a slice has at most, as everywhere in Kubernetes.
const mostInASlice = 100

// crowd is n hosts of a documentation range, which nobody asks anything.
func crowd(format string, n int) []v1alpha1.Host {
	hosts := make([]v1alpha1.Host, n)
	for i := range hosts {
		hosts[i].Address = fmt.Sprintf(format, i+1)
	}
	return hosts
}

const (
	crowd4 = "198.51.100.%d"
	crowd6 = "2001:db8:5::%d"
)

func TestDualStackWith500Hosts(t *testing.T) {
	w := world(t)
	object := w.Unchecked("crowd")
	object.Spec.Service.IPFamilyPolicy = new(corev1.IPFamilyPolicyRequireDualStack)
	object.Spec.Hosts = append(crowd(crowd4, 250), crowd(crowd6, 250)...)
	begun := time.Now()
	w.Serve(t, object)
	t.Logf("served after %s", framework.Ms(time.Since(begun)))
	w.expectPacked(t, "crowd", map[discoveryv1.AddressType]int{
		discoveryv1.AddressTypeIPv4: 250, discoveryv1.AddressTypeIPv6: 250,
	}, 6)

	t.Run("one more is one write of one slice", func(t *testing.T) {
		w.expectSliceWrites(t, object, map[string]int{"update endpointslices": 1}, func(o *v1alpha1.ExternalService) {
			o.Spec.Hosts = append(o.Spec.Hosts, v1alpha1.Host{Address: "198.51.100.254"})
		})
	})
	t.Run("one less is one write of one slice", func(t *testing.T) {
		w.expectSliceWrites(t, object, map[string]int{"update endpointslices": 1}, func(o *v1alpha1.ExternalService) {
			o.Spec.Hosts = o.Spec.Hosts[1:]
		})
	})
}

func TestSliceSplitAndMergeLeavesOtherSlices(t *testing.T) {
	w := world(t)
	object := w.Unchecked("edge")
	object.Spec.Hosts = crowd(crowd4, 99)
	w.Serve(t, object)
	recorded, err := w.Cluster.RecordSlices(t.Context(), w.Namespace, "edge")
	if err != nil {
		t.Fatal(err)
	}

	w.expectSliceWrites(t, object, map[string]int{"create endpointslices": 1}, func(o *v1alpha1.ExternalService) {
		o.Spec.Hosts = crowd(crowd4, 101)
	})
	w.expectPacked(t, "edge", map[discoveryv1.AddressType]int{discoveryv1.AddressTypeIPv4: 101}, 2)
	w.expectSliceWrites(t, object, map[string]int{"delete endpointslices": 1}, func(o *v1alpha1.ExternalService) {
		o.Spec.Hosts = crowd(crowd4, 99)
	})
	w.expectPacked(t, "edge", map[discoveryv1.AddressType]int{discoveryv1.AddressTypeIPv4: 99}, 1)

	states, err := recorded.States()
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range states {
		if len(state.Ready) < 99 {
			t.Errorf("at %s only %d of the 99 hosts that were always there got traffic", state.At, len(state.Ready))
		}
	}
}

// expectSliceWrites changes the spec and fails when that takes other writes of
// slices than wanted, now or in the moments after.
func (w *World) expectSliceWrites(t *testing.T, object *v1alpha1.ExternalService, wanted map[string]int, how func(*v1alpha1.ExternalService)) {
	t.Helper()
	before := w.sliceWrites(t)
	framework.Change(t, w.Client, object, how)
	waits.Eventually(t, waits.Timeout, func() error {
		if got := w.Get(t, object).Status.ObservedGeneration; got != object.Generation {
			return fmt.Errorf("generation %d of %d is observed", got, object.Generation)
		}
		return w.Served(t, object)
	})
	waits.Elapse(t, framework.Watched)
	after := w.sliceWrites(t)
	for _, verb := range []string{"create endpointslices", "update endpointslices", "delete endpointslices"} {
		if got := after[verb] - before[verb]; got != wanted[verb] {
			t.Errorf("%s: %d times, want %d", verb, got, wanted[verb])
		}
	}
}

// sliceWrites counts the operator's writes of slices, as the API server saw them.
func (w *World) sliceWrites(t *testing.T) map[string]int {
	t.Helper()
	count, err := w.Cluster.Audit().Count(audit.Query{
		Username: framework.OperatorUser, Namespace: w.Namespace, Resources: []string{"endpointslices"}, Writes: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// expectPacked fails unless the Service's slices hold that many endpoints of
// each family, in as few slices as wanted, all ready and in no slice too many.
func (w *World) expectPacked(t *testing.T, service string, wanted map[discoveryv1.AddressType]int, slices int) {
	t.Helper()
	all := w.Slices(t, service)
	if len(all) != slices {
		t.Errorf("%d slices, want %d", len(all), slices)
	}
	count := map[discoveryv1.AddressType]int{}
	for _, slice := range all {
		if len(slice.Endpoints) > mostInASlice {
			t.Errorf("EndpointSlice %s has %d endpoints", slice.Name, len(slice.Endpoints))
		}
		count[slice.AddressType] += len(slice.Endpoints)
	}
	total := 0
	for family, want := range wanted {
		total += want
		if count[family] != want {
			t.Errorf("%d %s endpoints, want %d", count[family], family, want)
		}
	}
	if ready := len(w.Ready(t, service)); ready != total {
		t.Errorf("%d addresses are ready, want %d", ready, total)
	}
}
