package faults

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// state reads what the operator answers for in the API server, a line for each
// thing, without what differs from one run to the next: names that are given out,
// times, UIDs, the namespace and the port of the world.
func (w *World) state(t *testing.T) []string {
	t.Helper()
	return w.stateOf(t, service)
}

// stateOf is the state of an object of that name.
func (w *World) stateOf(t *testing.T, name string) []string {
	t.Helper()
	lines := append(w.sliceLines(t, name), w.endpointsLine(t, name)...)
	s := &corev1.Service{}
	if w.get(t, name, s) {
		ports := slices.Clone(s.Spec.Ports)
		for i := range ports {
			ports[i].NodePort = 0
		}
		lines = append(lines, w.line("Service", s.Labels, s.Spec.Type, s.Spec.IPFamilies, s.Spec.Selector, ports))
	}
	o := &v1alpha1.ExternalService{}
	if w.get(t, name, o) {
		for _, c := range o.Status.Conditions {
			lines = append(lines, w.line("Condition", c.Type, c.Status, c.Reason, o.Generation-c.ObservedGeneration))
		}
		lines = append(lines, w.line("Status", o.Status.Hosts, o.Generation-o.Status.ObservedGeneration, len(o.Status.Endpoints)))
	}
	slices.Sort(lines)
	return lines
}

// sliceLines are our slices, a line for what is said of all and one for each endpoint.
func (w *World) sliceLines(t *testing.T, name string) []string {
	t.Helper()
	var lines []string
	for _, s := range w.slices(t, name) {
		lines = append(lines, w.line("Slice", s.AddressType, s.Ports, len(s.Endpoints), len(s.OwnerReferences)))
		for _, e := range s.Endpoints {
			lines = append(lines, w.line("Endpoint", s.Ports, e.Addresses, e.Conditions))
		}
	}
	return lines
}

// slices are ours of a Service.
func (w *World) slices(t *testing.T, service string) []discoveryv1.EndpointSlice {
	t.Helper()
	var list discoveryv1.EndpointSliceList
	if err := w.Client.List(t.Context(), &list, client.InNamespace(w.Namespace), client.MatchingLabels{
		discoveryv1.LabelManagedBy: v1alpha1.ManagedBy, discoveryv1.LabelServiceName: service,
	}); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func (w *World) endpointsLine(t *testing.T, name string) []string {
	t.Helper()
	e := &corev1.Endpoints{}
	if !w.get(t, name, e) || e.Labels[discoveryv1.LabelSkipMirror] == "" {
		return nil // not there, or not ours
	}
	return []string{w.line("Endpoints", e.Labels, e.Subsets, len(e.OwnerReferences))}
}

func (w *World) line(kind string, parts ...any) string {
	text := kind
	for _, part := range parts {
		encoded, err := json.Marshal(part)
		if err != nil {
			panic(err)
		}
		text += " " + string(encoded)
	}
	return strings.NewReplacer(w.Namespace, "NAMESPACE", fmt.Sprint(w.Port), "PORT").Replace(text)
}

// served returns nil when exactly these addresses get traffic now.
func (w *World) served(wanted []string) error {
	states, err := w.recorded.States()
	if err != nil {
		return err
	}
	var ready []string
	if len(states) > 0 {
		ready = states[len(states)-1].Ready
	}
	wanted = slices.Sorted(slices.Values(wanted))
	if !slices.Equal(ready, wanted) {
		return fmt.Errorf("%d addresses get traffic, want %d: %v", len(ready), len(wanted), ready[:min(8, len(ready))])
	}
	return nil
}
