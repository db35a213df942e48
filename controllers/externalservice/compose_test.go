package externalservice

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// composed is what the slices are to hold after the verdicts, with nothing before.
func composed(o *v1alpha1.ExternalService, v hosts.Verdicts, m *memory) []endpointslice.Endpoint {
	endpoints := endpointsOf(o)
	return desired.Compose(factsOf(o), endpoints, v, decide(endpoints, v, m), m.Acknowledged)
}

func TestWhatASliceSaysOfAHost(t *testing.T) {
	ready := endpointslice.State{Ready: true, Serving: true}
	notReady := endpointslice.State{}
	draining := endpointslice.State{Serving: true, Terminating: true}
	tests := []struct {
		name     string
		intent   v1alpha1.HostState
		verdict  health.Verdict
		before   bool
		want     endpointslice.State
		withheld bool // where unhealthy hosts are removed
		absent   bool
	}{
		{name: "a healthy host is ready", intent: v1alpha1.HostActive, verdict: up(0), want: ready},
		{name: "an unhealthy host is nothing", intent: v1alpha1.HostActive, verdict: down(0), want: notReady, withheld: true},
		{name: "an unhealthy host that is kept in is ready", intent: v1alpha1.HostActive, verdict: down(0), before: true, want: ready},
		{name: "a drained host that is well serves and terminates", intent: v1alpha1.HostDrain, verdict: up(0), before: true, want: draining},
		{name: "a drained host that is down is nothing", intent: v1alpha1.HostDrain, verdict: down(0), before: true, want: notReady, withheld: true},
		{name: "a host that nobody has judged is left out", intent: v1alpha1.HostActive, absent: true},
		{name: "a drained host that nobody has judged is left out", intent: v1alpha1.HostDrain, absent: true},
		{name: "a disabled host is left out", intent: v1alpha1.HostDisabled, before: true, absent: true},
	}
	for _, tt := range tests {
		for _, policy := range []v1alpha1.UnhealthyHostPolicy{v1alpha1.UnhealthyKeep, v1alpha1.UnhealthyRemove} {
			t.Run(tt.name+", "+string(policy), func(t *testing.T) {
				o := object(withHosts(hostsNumbered(1)...), withState(0, tt.intent))
				o.Spec.Publish.UnhealthyHosts = policy
				m := newMemory()
				m.Published[id(1)] = tt.before
				got := composed(o, hosts.Verdicts{id(1): tt.verdict}, m)
				if tt.absent {
					if len(got) > 0 {
						t.Errorf("got %+v, want nothing", got)
					}
					return
				}
				want := tt.withheld && policy == v1alpha1.UnhealthyRemove
				e := got[0]
				if state := (endpointslice.State{Ready: e.Ready, Serving: e.Serving, Terminating: e.Terminating}); state != tt.want {
					t.Errorf("got %+v, want %+v", state, tt.want)
				}
				if e.Omit != want {
					t.Errorf("withheld is %t, want %t", e.Omit, want)
				}
			})
		}
	}
}

func TestADeniedHostIsInNoSlice(t *testing.T) {
	o := object(withHosts(hostsNumbered(1, 2)...))
	l := hosts.Endpoints(o.Spec, nil, except(address(2)), checks.References{}, hosts.Names{})
	v := hosts.Verdicts{id(1): up(0), id(2): up(0)}
	m := remembering(1, 2)
	got := desired.Compose(factsOf(o), l.Endpoints, v, decide(l.Endpoints, v, m), m.Acknowledged)
	if len(got) != 1 || got[0].Address != address(1) {
		t.Errorf("got %+v, want the first host only", got)
	}
}

func TestAServiceThatPublishesNotReadyAddressesGetsAllThatAreJudged(t *testing.T) {
	o := object(existing, removing, withState(1, v1alpha1.HostDrain))
	f := factsOf(o)
	f.Service.Spec.PublishNotReadyAddresses = true
	endpoints := endpointsOf(o)
	v := hosts.Verdicts{id(1): down(0), id(2): up(0)}
	m := newMemory()
	type entry struct {
		Ready, Serving, Terminating, Withheld bool
	}
	var got []entry
	for _, e := range desired.Compose(f, endpoints, v, decide(endpoints, v, m), m.Acknowledged) {
		got = append(got, entry{e.Ready, e.Serving, e.Terminating, e.Omit})
	}
	want := []entry{{Ready: true, Serving: true}, {Ready: true, Serving: true, Terminating: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestPortsAreGroupedByWhatTheirHealthCanBe(t *testing.T) {
	aside := check()
	aside.Port = 9000
	two := withPorts(pgPort, webPort)
	same := v1alpha1.Host{Address: address(2).String(), Ports: []v1alpha1.HostPort{{Name: "web", TargetPort: 5432}}}
	tests := []struct {
		name   string
		object *v1alpha1.ExternalService
		want   [][]string
	}{
		{"each port is checked by itself", object(two, withHosts(hostsNumbered(1)...)), [][]string{{"pg"}, {"web"}}},
		{"all are checked at one place", object(two, withHosts(hostsNumbered(1)...), func(o *v1alpha1.ExternalService) { o.Spec.HealthCheck = aside }),
			[][]string{{"pg", "web"}}},
		{"on one host both are the same port", object(two, withHosts(hostsNumbered(1)[0], same)), [][]string{{"pg"}, {"web"}, {"pg", "web"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := hosts.Verdicts{}
			for _, e := range endpointsOf(tt.object) {
				v[e.ID] = up(0)
			}
			var got [][]string
			for _, e := range composed(tt.object, v, newMemory()) {
				var names []string
				for _, p := range e.Ports {
					names = append(names, p.Name)
				}
				got = append(got, names)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("groups (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASliceTellsTheHostsNameAndZone(t *testing.T) {
	o := object(withHosts(v1alpha1.Host{Address: address(1).String(), Hostname: "db-1", Zone: "eu-west-1a"}))
	want := []endpointslice.Endpoint{{
		Address: address(1), Hostname: "db-1", Zone: "eu-west-1a", Ready: true, Serving: true, Trigger: up(0).Trigger,
		Ports: []endpointslice.Port{{Name: "pg", Protocol: "TCP", Number: 5432}},
	}}
	if diff := cmp.Diff(want, composed(o, hosts.Verdicts{id(1): up(0)}, newMemory()), compareAddresses); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
}

func TestWhatIsToldToHaveTriggeredAChange(t *testing.T) {
	later := down(50)
	tests := []struct {
		name      string
		intent    v1alpha1.HostState
		verdict   health.Verdict
		published bool
		before    desired.Acknowledgement
		want      time.Time
	}{
		{"a host fails", v1alpha1.HostActive, later, false, desired.Acknowledgement{Published: true, Trigger: up(0).Trigger}, later.Trigger},
		{"a new host passes", v1alpha1.HostActive, up(0), true, desired.Acknowledgement{}, up(0).Trigger},
		{"the evidence comes after the verdict", v1alpha1.HostActive, later, false, desired.Acknowledgement{Published: true, Trigger: later.Trigger}, later.Trigger},
		{"nothing happens", v1alpha1.HostActive, up(0), true, desired.Acknowledgement{Published: true, Trigger: up(0).Trigger}, time.Time{}},
		{"the user drains a host that has long been well", v1alpha1.HostDrain, up(0), false, desired.Acknowledgement{Published: true, Trigger: up(0).Trigger}, time.Time{}},
		{"the user drains a host that has long been down", v1alpha1.HostDrain, later, false, desired.Acknowledgement{Published: true, Trigger: later.Trigger}, time.Time{}},
		{"the user takes a drained host back", v1alpha1.HostActive, up(0), true, desired.Acknowledgement{Trigger: up(0).Trigger}, time.Time{}},
		{"a predecessor decided", v1alpha1.HostActive, leftUp(), true, desired.Acknowledgement{Published: true}, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := desired.TriggerOf(hosts.Endpoint{Intent: tt.intent}, tt.verdict, tt.published, tt.before); !got.Equal(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAFailoverIsTimedOnce(t *testing.T) {
	m := newMemory()
	var observed []float64
	step := func(v health.Verdict, published bool, now int) {
		d := failover.Decision{Published: map[engine.MemberID]bool{id(1): published}}
		m.Acknowledged = m.Acknowledged.Next(hosts.Verdicts{id(1): v}, d, at(now), func(seconds float64) { observed = append(observed, seconds) })
	}
	step(leftUp(), true, 0)   // taken over: nobody's failover
	step(down(10), false, 13) // decided at 12
	step(down(10), false, 14) // acknowledged again
	step(down(10), true, 20)  // kept in again for another cause
	if diff := cmp.Diff([]float64{1}, observed); diff != "" {
		t.Errorf("seconds (-want +got):\n%s", diff)
	}
}
