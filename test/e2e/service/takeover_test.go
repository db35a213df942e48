package service

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestTakeoverOfEndpointsKeepsTraffic is what somebody does who has
// kept Endpoints by hand so far.
func TestTakeoverOfEndpointsKeepsTraffic(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	w.writeByHand(t, "legacy", hosts)
	target := "http://" + w.ClusterIP(t, "legacy") + "/"
	framework.AwaitEach(t, []*framework.Stream{w.Stream(t, "before", target)}, hosts)
	client := w.StreamOf(t, "through the takeover", load.Spec{Target: target, Rate: 100})

	object := w.Web("legacy", hosts...)
	object.Spec.Service.Management = v1alpha1.ServiceExisting
	w.Serve(t, object)
	waits.Eventually(t, waits.Timeout, func() error { return w.onlyOurs(t, object) })
	framework.AwaitEach(t, []*framework.Stream{client}, hosts)
	waits.Elapse(t, framework.Watched)

	report := client.Load.Stop()
	t.Log(report)
	if len(report.Failures) > 0 {
		t.Errorf("requests failed during the takeover: %s, first %+v", report, report.Failures[0])
	}
	endpoints := &corev1.Endpoints{}
	w.find(t, "legacy", endpoints)
	if endpoints.Labels["team"] != "shop" {
		t.Errorf("labels of others must stay on the Endpoints: %v", endpoints.Labels)
	}
}

// TestForeignEndpointsAreKeptWhenDisabled has publish.endpoints
// false: then hand-written Endpoints, and the slices that mirror them, are foreign.
func TestForeignEndpointsAreKeptWhenDisabled(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()
	endpoints := w.writeByHand(t, "legacy", hosts)
	untouched := w.remember(t, endpoints)
	object := w.onExisting("legacy")
	object.Spec.Publish.Endpoints = new(false)
	w.Create(t, object)

	w.refused(t, object, v1alpha1.ReasonServiceConflict, stalls)
	w.withdrawn(t, object)
	untouched()

	w.Remove(t, endpoints)
	w.Heals(t, object)
	if w.find(t, "legacy", endpoints) {
		t.Errorf("Endpoints were written, which are not wanted: %v", endpoints.Subsets)
	}
}

func TestEndpointsAreDeletedWhenDisabled(t *testing.T) {
	w := world(t)
	object := w.Unchecked("web")
	w.Serve(t, object)
	waits.Eventually(t, waits.Timeout, func() error { return w.onlyOurs(t, object) })

	for _, wanted := range []bool{false, true} {
		framework.Change(t, w.Client, object, func(o *v1alpha1.ExternalService) { o.Spec.Publish.Endpoints = new(wanted) })
		waits.Eventually(t, waits.Timeout, func() error {
			if w.find(t, "web", &corev1.Endpoints{}) != wanted {
				return fmt.Errorf("publish.endpoints is %t, and the Endpoints do not follow", wanted)
			}
			return nil
		})
		if diff := cmp.Diff(framework.Addresses(w.Cluster.Hosts()[:2]...), w.Ready(t, "web")); diff != "" {
			t.Errorf("the slices stay (-want +got):\n%s", diff)
		}
	}
}

// writeByHand makes a Service and its Endpoints, and waits until Kubernetes has
// mirrored those in slices.
func (w *World) writeByHand(t *testing.T, name string, hosts []*host.Host) *corev1.Endpoints {
	t.Helper()
	w.Create(t, w.selectorless(name))
	endpoints := &corev1.Endpoints{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name, Labels: map[string]string{"team": "shop"}},
		Subsets:    []corev1.EndpointSubset{{Ports: []corev1.EndpointPort{{Name: "http", Port: 8080}}}},
	}
	for _, h := range hosts {
		endpoints.Subsets[0].Addresses = append(endpoints.Subsets[0].Addresses, corev1.EndpointAddress{IP: h.IPv4.String()})
	}
	w.Create(t, endpoints)
	waits.Eventually(t, waits.Timeout, func() error {
		if diff := cmp.Diff(framework.Addresses(hosts...), w.Ready(t, name)); diff != "" {
			return fmt.Errorf("not mirrored yet (-want +got):\n%s", diff)
		}
		return nil
	})
	return endpoints
}

// onlyOurs returns nil when the Service has slices and Endpoints of the object
// and no others, the latter marked as not to be mirrored.
func (w *World) onlyOurs(t *testing.T, object *v1alpha1.ExternalService) error {
	t.Helper()
	service := object.EffectiveServiceName()
	all := w.Slices(t, service)
	if len(all) == 0 {
		return errors.New("there are no slices")
	}
	for _, slice := range all {
		if !metav1.IsControlledBy(&slice, object) {
			return fmt.Errorf("EndpointSlice %s is not the object's", slice.Name)
		}
	}
	endpoints := &corev1.Endpoints{}
	switch {
	case !w.find(t, service, endpoints):
		return errors.New("there are no Endpoints")
	case !metav1.IsControlledBy(endpoints, object):
		return errors.New("the Endpoints are not the object's")
	case endpoints.Labels[discoveryv1.LabelSkipMirror] != "true":
		return fmt.Errorf("the Endpoints are mirrored: labels %v", endpoints.Labels)
	}
	return nil
}
