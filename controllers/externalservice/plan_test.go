package externalservice

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

const noFloor time.Duration = 0

func TestWhatTheEngineIsToldToWatch(t *testing.T) {
	key := engine.Key{Namespace: "shop", Name: "orders-db"}
	o := object(withHosts(hostsNumbered(1, 2, 3, 4)...), withState(1, v1alpha1.HostDrain), withState(2, v1alpha1.HostDisabled))
	o.Spec.HealthCheck.FastInterval = "200ms"
	l := hosts.Endpoints(o.Spec, nil, except(address(4)), checks.References{}, hosts.Names{})
	plan := hosts.Plan(key, l.Endpoints, o.Spec.FailurePolicy, false, nil, noFloor, at(0))

	member := engine.Member{
		ID: id(1), Target: l.Endpoints[0].Target, Check: l.Endpoints[0].Check.Probe,
		Interval: 5 * time.Second, FastInterval: 200 * time.Millisecond,
		Thresholds: health.Thresholds{Rise: 2, Fall: 3}, Witness: true,
		Initial: health.TakenOver(health.Unknown, at(0), ""),
	}
	draining := member
	draining.ID, draining.Target, draining.Witness = id(2), l.Endpoints[1].Target, false
	want := engine.Plan{Key: key, Evidence: map[int32]int{0: 1}, Members: []engine.Member{member, draining}}
	if diff := cmp.Diff(want, plan, compareIDs, compareAddrPorts); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func TestTheOperatorsShortestInterval(t *testing.T) {
	tests := []struct {
		name                   string
		interval, fastInterval v1alpha1.Duration
		floor                  time.Duration
		want, wantFast         time.Duration
	}{
		{"longer intervals stay", "10s", "2s", time.Second, 10 * time.Second, 2 * time.Second},
		{"a short fast interval is lengthened", "10s", "", 3 * time.Second, 10 * time.Second, 3 * time.Second},
		{"both are lengthened", "1s", "200ms", 2 * time.Second, 2 * time.Second, 2 * time.Second},
		{"by default a fifth of the interval is fast", "1s", "", noFloor, time.Second, 200 * time.Millisecond},
		{"the fast interval is never longer", "100ms", "", noFloor, 100 * time.Millisecond, 100 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := object(withHosts(hostsNumbered(1)...))
			o.Spec.HealthCheck.Interval, o.Spec.HealthCheck.FastInterval = tt.interval, tt.fastInterval
			member := hosts.Plan(engine.Key{}, endpointsOf(o), o.Spec.FailurePolicy, false, nil, tt.floor, at(0)).Members[0]
			if member.Interval != tt.want || member.FastInterval != tt.wantFast {
				t.Errorf("got %s, fast %s; want %s, fast %s", member.Interval, member.FastInterval, tt.want, tt.wantFast)
			}
		})
	}
}

func TestWhatAHostIsTakenForBeforeItsFirstProbe(t *testing.T) {
	trusting := func(o *v1alpha1.ExternalService) { o.Spec.HealthCheck.InitialState = v1alpha1.InitialHealthy }
	remembered := newMemory()
	remembered.Verdicts[id(1)] = leftDown()
	tests := []struct {
		name   string
		object *v1alpha1.ExternalService
		memory *memory
		want   health.Verdict
	}{
		{"a new host is unknown", object(), newMemory(), health.TakenOver(health.Unknown, at(0), "")},
		{"a new host is healthy where the user trusts it", object(trusting), newMemory(), health.TakenOver(health.Healthy, at(0), "")},
		{"a known host is as it was left, whatever the user trusts", object(trusting), remembered, leftDown()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := hosts.Plan(engine.Key{}, endpointsOf(tt.object), tt.object.Spec.FailurePolicy, false, tt.memory.Verdicts, noFloor, at(0)).Members[0].Initial
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

// A successor's first plan asks for it too: it takes the outage over from the status.
func TestPlanAsksForHoldDownInAnOutage(t *testing.T) {
	o := object(withHosts(hostsNumbered(1, 2)...))
	o.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionDegraded, Reason: v1alpha1.ReasonFailStatic}}
	o.Status.Endpoints = []v1alpha1.EndpointStatus{
		{Host: address(1).String(), Address: address(1).String(), Port: "pg", State: v1alpha1.EndpointUnhealthy, Published: true},
		{Host: address(2).String(), Address: address(2).String(), Port: "pg", State: v1alpha1.EndpointHealthy, Published: true},
	}
	m, endpoints := begin(factsOf(o)), endpointsOf(o)
	v := hosts.Verdicts{id(1): down(0), id(2): back(2)}
	for _, step := range []struct {
		name    string
		verdict health.Verdict
		want    bool
	}{
		{"a successor takes an outage over", back(2), true},
		{"the outage lasts", back(5), true},
		{"the hold-down is over", back(6), false},
		{"at rest", back(9), false},
	} {
		v[id(2)] = step.verdict
		d := decide(endpoints, v, m)
		if step.name != "a successor takes an outage over" {
			m.Remember(d)
		}
		if got := hosts.Plan(engine.Key{}, endpoints, o.Spec.FailurePolicy, len(m.Outage) > 0, m.Verdicts, noFloor, at(0)).HoldDown; got != step.want {
			t.Errorf("%s: the hold-down is asked for: %t, want %t", step.name, got, step.want)
		}
	}
}
