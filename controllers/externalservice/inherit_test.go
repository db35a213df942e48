package externalservice

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/recovery"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// sliceWith is a slice of ours that lists host 1 on a port of that name.
func sliceWith(port string, state endpointslice.State) *discoveryv1.EndpointSlice {
	number, protocol := int32(5432), corev1.ProtocolTCP
	return &discoveryv1.EndpointSlice{
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: &port, Port: &number, Protocol: &protocol}},
		Endpoints: []discoveryv1.Endpoint{{
			Addresses: []string{address(1).String()},
			Conditions: discoveryv1.EndpointConditions{
				Ready: &state.Ready, Serving: &state.Serving, Terminating: &state.Terminating,
			},
		}},
	}
}

// told is what the status says of host 1, since a minute before ten.
func told(state v1alpha1.EndpointState, published bool, reason probes.Reason) *v1alpha1.EndpointStatus {
	since := metav1.NewTime(at(-60))
	return &v1alpha1.EndpointStatus{
		Host: address(1).String(), Address: address(1).String(), Port: "pg", TargetPort: 5432,
		State: state, Published: published, Since: &since, Reason: string(reason),
	}
}

func TestWhatIsTakenOverFromAPredecessor(t *testing.T) {
	ready := &endpointslice.State{Ready: true, Serving: true}
	out := &endpointslice.State{}
	draining := &endpointslice.State{Serving: true, Terminating: true}
	var nothing health.Verdict
	never := time.Time{}
	tests := []struct {
		name      string
		slice     *endpointslice.State
		status    *v1alpha1.EndpointStatus
		want      health.Verdict
		published bool
	}{
		{"ready, and nothing is told", ready, nil, health.TakenOver(health.Healthy, never, ""), true},
		{"ready, and healthy", ready, told(v1alpha1.EndpointHealthy, true, ""), health.TakenOver(health.Healthy, at(-60), ""), true},
		{"ready, and unhealthy but kept in", ready, told(v1alpha1.EndpointUnhealthy, true, probes.Reset),
			health.TakenOver(health.Unhealthy, at(-60), probes.Reset), true},
		{"ready, and unhealthy and out: the status is the older", ready, told(v1alpha1.EndpointUnhealthy, false, probes.Reset),
			health.TakenOver(health.Healthy, never, ""), true},
		{"ready, and unknown", ready, told(v1alpha1.EndpointUnknown, false, ""), health.TakenOver(health.Healthy, never, ""), true},
		{"not ready, and unhealthy", out, told(v1alpha1.EndpointUnhealthy, false, probes.Reset),
			health.TakenOver(health.Unhealthy, at(-60), probes.Reset), false},
		{"not ready, and healthy: it stays out until it has proved itself", out, told(v1alpha1.EndpointHealthy, true, ""),
			health.TakenOver(health.Unhealthy, never, ""), false},
		{"not ready, healthy and not published: it stands by", out, told(v1alpha1.EndpointHealthy, false, ""),
			health.TakenOver(health.Healthy, at(-60), ""), false},
		{"not ready, and nothing is told", out, nil, health.TakenOver(health.Unhealthy, never, ""), false},
		{"absent, and healthy: the slice was lost", nil, told(v1alpha1.EndpointHealthy, true, ""),
			health.TakenOver(health.Healthy, at(-60), ""), true},
		{"absent, and unhealthy: it is left out of the slices", nil, told(v1alpha1.EndpointUnhealthy, false, probes.Reset),
			health.TakenOver(health.Unhealthy, at(-60), probes.Reset), false},
		{"absent, and unknown: a new host", nil, told(v1alpha1.EndpointUnknown, false, ""), nothing, false},
		{"absent, and disabled", nil, told(v1alpha1.EndpointDisabled, false, ""), nothing, false},
		{"absent, and denied", nil, told(v1alpha1.EndpointDenied, false, ""), nothing, false},
		{"absent, and nothing is told", nil, nil, nothing, false},
		{"draining and well", draining, told(v1alpha1.EndpointDraining, false, ""), health.TakenOver(health.Healthy, at(-60), ""), false},
		{"draining and down", out, told(v1alpha1.EndpointDraining, false, probes.Reset),
			health.TakenOver(health.Unhealthy, at(-60), probes.Reset), false},
		{"draining and down, left out of the slices", nil, told(v1alpha1.EndpointDraining, false, probes.Reset),
			health.TakenOver(health.Unhealthy, at(-60), probes.Reset), false},
		{"draining, absent and without a reason: nobody has judged it", nil, told(v1alpha1.EndpointDraining, false, ""), nothing, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := object()
			if tt.status != nil {
				o.Status.Endpoints = []v1alpha1.EndpointStatus{*tt.status}
			}
			f := factsOf(o)
			if tt.slice != nil {
				f.Slices = []*discoveryv1.EndpointSlice{sliceWith("pg", *tt.slice)}
			}
			m := recovery.FromPublished(f)
			if diff := cmp.Diff(tt.want, m.Verdicts[id(1)]); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			if m.Published[id(1)] != tt.published {
				t.Errorf("published is %t, want %t", m.Published[id(1)], tt.published)
			}
			if got := m.Acknowledged[id(1)].Published; got != tt.published {
				t.Errorf("the API server is said to have it published: %t", got)
			}
			if m.States[id(1)] != tt.want.State {
				t.Errorf("events know it as %s, want %s", m.States[id(1)], tt.want.State)
			}
		})
	}
}

// Such a Service has every host ready in its slices: they do not tell who is well.
func TestTakingOverAServiceThatPublishesNotReadyAddresses(t *testing.T) {
	tests := []struct {
		name   string
		slice  endpointslice.State
		status *v1alpha1.EndpointStatus
		want   health.Verdict
	}{
		{"an unhealthy host is unhealthy", endpointslice.State{Ready: true, Serving: true}, told(v1alpha1.EndpointUnhealthy, false, probes.Reset),
			health.TakenOver(health.Unhealthy, at(-60), probes.Reset)},
		{"a draining host that is down is unhealthy", endpointslice.State{Ready: true, Serving: true}, told(v1alpha1.EndpointDraining, false, probes.Reset),
			health.TakenOver(health.Unhealthy, at(-60), probes.Reset)},
		{"a draining host that is well is healthy", endpointslice.State{Ready: true, Serving: true, Terminating: true},
			told(v1alpha1.EndpointDraining, false, ""), health.TakenOver(health.Healthy, at(-60), "")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := object(existing)
			o.Status.Endpoints = []v1alpha1.EndpointStatus{*tt.status}
			f := factsOf(o)
			f.Service.Spec.PublishNotReadyAddresses = true
			f.Slices = []*discoveryv1.EndpointSlice{sliceWith("pg", tt.slice)}
			m := recovery.FromPublished(f)
			if diff := cmp.Diff(tt.want, m.Verdicts[id(1)]); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			if m.Published[id(1)] {
				t.Error("it counts as published")
			}
		})
	}
}

func TestAnOutageIsTakenOver(t *testing.T) {
	o := object()
	o.Status.Endpoints = []v1alpha1.EndpointStatus{*told(v1alpha1.EndpointUnhealthy, true, probes.Reset)}
	o.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionDegraded, Reason: v1alpha1.ReasonFailStatic}}
	f := factsOf(o)
	f.Slices = []*discoveryv1.EndpointSlice{sliceWith("pg", endpointslice.State{Ready: true, Serving: true})}
	if m := recovery.FromPublished(f); !m.Outage["pg"] {
		t.Error("the outage is over")
	}
	o.Status.Conditions[0].Reason = v1alpha1.ReasonHostsUnhealthy
	if m := recovery.FromPublished(f); m.Outage["pg"] {
		t.Error("an outage was made up")
	}
}

func TestWhichPortsAreTakenOverInAnOutage(t *testing.T) {
	const keep, all, none = v1alpha1.ActionKeepLast, v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone
	const healthy, unhealthy = v1alpha1.EndpointHealthy, v1alpha1.EndpointUnhealthy
	of := func(n int, state v1alpha1.EndpointState, published bool) v1alpha1.EndpointStatus {
		e := line(n, state, "")
		e.Published = published
		return e
	}
	otherPort := of(3, unhealthy, true)
	otherPort.Port = "metrics"
	tests := []struct {
		name      string
		action    v1alpha1.FailureAction
		reason    string
		endpoints []v1alpha1.EndpointStatus
		want      bool
	}{
		{"KeepLast keeps an unhealthy host", keep, v1alpha1.ReasonFailStatic, []v1alpha1.EndpointStatus{of(1, unhealthy, true), of(2, unhealthy, false)}, true},
		{"KeepLast has none to keep", keep, v1alpha1.ReasonFailStatic, []v1alpha1.EndpointStatus{of(1, unhealthy, false), of(2, healthy, true)}, false},
		{"PublishAll publishes all of them", all, v1alpha1.ReasonFailStatic, []v1alpha1.EndpointStatus{of(1, unhealthy, true), of(2, healthy, true)}, true},
		{"PublishAll leaves none out", all, v1alpha1.ReasonFailStatic, []v1alpha1.EndpointStatus{of(1, unhealthy, true), of(2, unhealthy, false), otherPort}, false},
		{"PublishNone has taken it out", none, v1alpha1.ReasonFailStatic, []v1alpha1.EndpointStatus{of(1, unhealthy, false)}, true},
		{"a healthy host stands by: it is some other port", keep, v1alpha1.ReasonFailStatic, []v1alpha1.EndpointStatus{of(1, unhealthy, true), of(2, healthy, false), otherPort}, false},
		{"a healthy host waits until those above it are heard", keep, v1alpha1.ReasonFailStatic, []v1alpha1.EndpointStatus{of(1, unhealthy, true), of(2, healthy, false)}, true},
		{"behind a lost network", keep, v1alpha1.ReasonProberIsolated, []v1alpha1.EndpointStatus{of(1, unhealthy, true)}, true},
		{"the host only waited for evidence", keep, v1alpha1.ReasonHostsUnhealthy, []v1alpha1.EndpointStatus{of(1, unhealthy, true)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := object()
			o.Spec.FailurePolicy = policy("1", tt.action)
			o.Status.Endpoints = tt.endpoints
			o.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionDegraded, Reason: tt.reason}}
			if got := recovery.PortsInOutage(o)["pg"]; got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

// Of a status that is too long only those are guessed healthy whose tier stands by.
func TestHostsThatALongStatusLeavesOut(t *testing.T) {
	ready, out := endpointslice.State{Ready: true, Serving: true}, endpointslice.State{}
	long := func(last v1alpha1.EndpointStatus) *v1alpha1.ExternalService {
		o := tiered([]int{1, 2}, []int{3})
		o.Status.Truncated, o.Status.ObservedGeneration = true, o.Generation
		o.Status.Endpoints = []v1alpha1.EndpointStatus{last}
		return o
	}
	standby := line(9, v1alpha1.EndpointHealthy, "")
	standby.Published = false
	kept := line(9, v1alpha1.EndpointUnhealthy, "")
	kept.Published = true
	outage := map[string]bool{"pg": true}
	states := map[engine.MemberID]endpointslice.State{id(1): ready, id(2): out, id(3): out}
	tests := []struct {
		name   string
		object *v1alpha1.ExternalService
		host   int
		want   health.State
	}{
		{"a standby host, where standby hosts are left out", long(standby), 3, health.Healthy},
		{"a host of the tier that carries traffic stays out", long(standby), 2, health.Unhealthy},
		{"a host that is ready", long(standby), 1, health.Healthy},
		{"a standby host, where all standby hosts are told", long(line(9, v1alpha1.EndpointHealthy, "")), 3, health.Unhealthy},
		{"a host that is ready, where unhealthy ones are left out in an outage", long(kept), 1, health.Unhealthy},
		{"a standby host, where unhealthy ones are left out", long(kept), 3, health.Unhealthy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := factsOf(tt.object)
			if got := recovery.TruncatedOf(f, states, outage, recovery.Records{}).State(id(tt.host), states[id(tt.host)]); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	f := factsOf(long(standby))
	absent := map[engine.MemberID]endpointslice.State{id(1): ready, id(2): ready}
	if got := recovery.TruncatedOf(f, absent, nil, recovery.Records{}).Standbys(f.Object, nil); len(got) != 1 || got[0] != id(3) {
		t.Errorf("standing by, and in no slice: %v, want host 3", got)
	}
	f.Object.Generation++
	if got := recovery.TruncatedOf(f, absent, nil, recovery.Records{}).Standbys(f.Object, nil); len(got) != 0 {
		t.Errorf("a host that may be new is taken for a healthy one: %v", got)
	}
}

// Any account that may write a status, or a restored backup, can leave such a one.
func TestStatusCutToNothingIsTakenOver(t *testing.T) {
	o := object()
	o.Status.Truncated, o.Status.ObservedGeneration = true, o.Generation
	f := factsOf(o)
	f.Slices = []*discoveryv1.EndpointSlice{sliceWith("pg", endpointslice.State{Ready: true, Serving: true})}
	m := recovery.FromPublished(f)
	if diff := cmp.Diff(health.TakenOver(health.Healthy, time.Time{}, ""), m.Verdicts[id(1)]); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
	if !m.Published[id(1)] {
		t.Error("a host that the slices have is not published")
	}
}

func TestAnUnnamedServicePortIsTakenOverByItsNameInTheSpec(t *testing.T) {
	o := object(existing)
	f := factsOf(o)
	f.Service.Spec.Ports[0].Name = ""
	f.PortNames = desired.PortNamesOf(o, f.Service)
	f.Slices = []*discoveryv1.EndpointSlice{sliceWith("", endpointslice.State{Ready: true, Serving: true})}
	if m := recovery.FromPublished(f); !m.Published[id(1)] {
		t.Error("the host is forgotten")
	}
}

func TestEndpointsWrittenByHandAreTakenOver(t *testing.T) {
	byHand := func() *corev1.Endpoints {
		return &corev1.Endpoints{Subsets: []corev1.EndpointSubset{{
			Addresses:         []corev1.EndpointAddress{{IP: address(1).String()}, {IP: "not an address"}},
			NotReadyAddresses: []corev1.EndpointAddress{{IP: address(2).String()}},
			Ports:             []corev1.EndpointPort{{Name: "pg", Port: 5432}},
		}}}
	}
	f := factsOf(object())
	f.Endpoints = byHand()
	m := recovery.FromPublished(f)
	if diff := cmp.Diff(map[engine.MemberID]bool{id(1): true}, m.Published, compareIDs); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	f.Slices = []*discoveryv1.EndpointSlice{sliceWith("pg", endpointslice.State{})}
	if m := recovery.FromPublished(f); m.Published[id(1)] {
		t.Error("once there are slices of ours they tell the truth")
	}
	f.Slices, f.Endpoints = nil, byHand()
	f.Endpoints.Labels = map[string]string{endpointslice.LabelEndpointsManagedBy: endpointslice.ManagedBy}
	if m := recovery.FromPublished(f); m.Published[id(1)] {
		t.Error("Endpoints of ours are no memory")
	}
}
