package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// publishedOn lists the hosts that a decision publishes on pg.
func publishedOn(d failover.Decision) []int {
	var numbers []int
	for n := range 256 {
		if d.Published[id(n)] {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func TestWhoIsPublished(t *testing.T) {
	tests := []struct {
		name     string
		object   *v1alpha1.ExternalService
		verdicts hosts.Verdicts
		before   []int
		outage   bool
		want     []int
		// wantOutage, wantPending
		wantOutage, wantPending bool
	}{
		{name: "healthy hosts go in", object: object(),
			verdicts: hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)}, want: []int{1, 2, 3}},
		{name: "a host without a verdict is awaited", object: object(),
			verdicts: hosts.Verdicts{id(1): up(0), id(3): up(0)}, want: []int{1, 3}, wantPending: true},
		{name: "a host without a verdict does not lose what it has", object: object(),
			verdicts: hosts.Verdicts{id(1): up(0), id(3): up(0)}, before: []int{2}, want: []int{1, 2, 3}, wantPending: true},
		{name: "a new host that is down stays out", object: object(),
			verdicts: hosts.Verdicts{id(1): up(9), id(2): up(9), id(3): down(0)}, before: []int{1, 2}, want: []int{1, 2}},
		{name: "a host that dies alone goes out", object: object(),
			verdicts: hosts.Verdicts{id(1): up(9), id(2): down(0), id(3): up(9)}, before: []int{1, 2, 3}, want: []int{1, 3}},
		{name: "all hosts of a new object are down: nothing is kept, and it is no outage", object: object(),
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): down(0)}},
		{name: "all hosts die: those that were published stay", object: object(),
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): down(0)}, before: []int{1, 2}, want: []int{1, 2}, wantOutage: true},
		{name: "a host that recovers in an outage goes in, the others stay", object: object(),
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): recent(9)}, before: []int{1, 2}, outage: true, want: []int{1, 2, 3}, wantOutage: true},
		{name: "the second host that recovers ends an outage", object: object(),
			verdicts: hosts.Verdicts{id(1): down(0), id(2): recent(9), id(3): recent(9)}, before: []int{1, 2, 3}, outage: true, want: []int{2, 3}},
		{name: "a single host stays", object: object(withHosts(hostsNumbered(1)...)),
			verdicts: hosts.Verdicts{id(1): down(0)}, before: []int{1}, want: []int{1}, wantOutage: true},
		{name: "a drained host goes out at once, though it is the last", object: object(withHosts(hostsNumbered(1)...), withState(0, v1alpha1.HostDrain)),
			verdicts: hosts.Verdicts{id(1): up(0)}, before: []int{1}},
		{name: "a disabled host goes out at once, though it is the last", object: object(withHosts(hostsNumbered(1)...), withState(0, v1alpha1.HostDisabled)),
			verdicts: hosts.Verdicts{}, before: []int{1}},
		{name: "a removed host goes out at once, though it is the last", object: object(withHosts()),
			verdicts: hosts.Verdicts{}, before: []int{1}},
		{name: "a drained host is no witness", object: object(withState(1, v1alpha1.HostDrain)),
			verdicts: hosts.Verdicts{id(1): down(0), id(2): up(9), id(3): down(0)}, before: []int{1, 3}, want: []int{1, 3}, wantOutage: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := remembering(tt.before...)
			if tt.outage {
				m.Outage["pg"] = true
			}
			d := decide(endpointsOf(tt.object), tt.verdicts, m)
			if diff := cmp.Diff(tt.want, publishedOn(d)); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
			if got := len(d.Outage) > 0; got != tt.wantOutage {
				t.Errorf("outage is %t, want %t", got, tt.wantOutage)
			}
			if d.Pending != tt.wantPending {
				t.Errorf("pending is %t, want %t", d.Pending, tt.wantPending)
			}
		})
	}
}

func TestADeniedHostIsNeitherPublishedNorAWitness(t *testing.T) {
	l := hosts.Endpoints(object(withHosts(hostsNumbered(1, 2)...)).Spec, nil, except(address(2)), checks.References{}, hosts.Names{})
	d := decide(l.Endpoints, hosts.Verdicts{id(1): down(0), id(2): up(9)}, remembering(1, 2))
	if diff := cmp.Diff([]int{1}, publishedOn(d)); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	if !d.Outage["pg"] {
		t.Error("the last host is down, yet it is no outage")
	}
}

func TestPortsAreJudgedByThemselves(t *testing.T) {
	web := func(n int) engine.MemberID { return engine.MemberID{Address: address(n), Port: "web"} }
	endpoints := endpointsOf(object(withHosts(hostsNumbered(1, 2)...), withPorts(pgPort, webPort)))
	m := remembering(1, 2)
	m.Published[web(1)], m.Published[web(2)] = true, true

	d := decide(endpoints, hosts.Verdicts{id(1): down(0), id(2): up(9), web(1): down(0), web(2): down(0)}, m)

	want := map[engine.MemberID]bool{id(1): false, id(2): true, web(1): true, web(2): true}
	if diff := cmp.Diff(want, d.Published, compareIDs); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"web": true}, d.Outage); diff != "" {
		t.Errorf("outage (-want +got):\n%s", diff)
	}
}

// Ports that are checked at one place share a slice, and that says one thing.
func TestPortsThatShareTheirHealthStayTogether(t *testing.T) {
	aside := check()
	aside.Port = 9000
	shared := object(withHosts(hostsNumbered(1)...), withPorts(pgPort, webPort))
	shared.Spec.HealthCheck = aside
	endpoints := endpointsOf(shared)
	own := endpointsOf(object(withHosts(hostsNumbered(2)...), withPorts(pgPort, webPort)))
	web := func(n int) engine.MemberID { return engine.MemberID{Address: address(n), Port: "web"} }
	m := remembering(1, 2)
	m.Published[web(1)], m.Published[web(2)] = true, true

	d := decide(append(endpoints, own...), hosts.Verdicts{id(1): down(0), web(1): down(0), id(2): up(9), web(2): down(0)}, m)

	if !d.Published[web(1)] {
		t.Error("the host was taken out on web, where nobody is well")
	}
	if !d.Published[id(1)] {
		t.Error("the host is said to be out on pg, yet its slice holds both ports")
	}
}

func TestTheStateThatIsShown(t *testing.T) {
	tests := []struct {
		name    string
		intent  v1alpha1.HostState
		denied  bool
		verdict health.Verdict
		want    v1alpha1.EndpointState
	}{
		{"without a verdict it is unknown", v1alpha1.HostActive, false, health.Verdict{}, v1alpha1.EndpointUnknown},
		{"a good verdict", v1alpha1.HostActive, false, up(0), v1alpha1.EndpointHealthy},
		{"a bad verdict", v1alpha1.HostActive, false, down(0), v1alpha1.EndpointUnhealthy},
		{"a drained host, however it is", v1alpha1.HostDrain, false, down(0), v1alpha1.EndpointDraining},
		{"a disabled host", v1alpha1.HostDisabled, false, health.Verdict{}, v1alpha1.EndpointDisabled},
		{"a denied host, whatever is wanted of it", v1alpha1.HostDisabled, true, health.Verdict{}, v1alpha1.EndpointDenied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := status.StateOf(hosts.Endpoint{Check: &checks.Check{}, Intent: tt.intent, Denied: tt.denied}, tt.verdict); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
