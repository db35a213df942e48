package externalservice

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// line is what a status says of the n-th host on pg, since ten.
func line(n int, state v1alpha1.EndpointState, reason probes.Reason) v1alpha1.EndpointStatus {
	since := metav1.NewTime(tenOClock)
	return v1alpha1.EndpointStatus{
		Host: address(n).String(), Address: address(n).String(), Port: "pg", TargetPort: 5432,
		State: state, Published: state == v1alpha1.EndpointHealthy, Since: &since, Reason: string(reason),
	}
}

// lines are hosts in these states, in order.
func lines(states ...v1alpha1.EndpointState) []v1alpha1.EndpointStatus {
	var list []v1alpha1.EndpointStatus
	for i, state := range states {
		list = append(list, line(i+1, state, ""))
	}
	return list
}

// sharesTold counts hosts of one port that are all of one tier.
func sharesTold(endpoints []v1alpha1.EndpointStatus) []failover.Share {
	s := failover.Share{Need: 1}
	for _, e := range endpoints {
		switch e.State {
		case v1alpha1.EndpointHealthy:
			s.Active++
			s.Healthy++
		case v1alpha1.EndpointUnhealthy, v1alpha1.EndpointUnknown:
			s.Active++
		case v1alpha1.EndpointDraining, v1alpha1.EndpointDisabled, v1alpha1.EndpointDenied:
		}
	}
	if s.Active == 0 {
		return nil
	}
	return []failover.Share{s}
}

// telling is a report of an object that is in order.
func telling(endpoints ...v1alpha1.EndpointStatus) status.Report {
	return status.Report{
		Acceptance: desired.Acceptance{Reason: v1alpha1.ReasonAccepted}, Programmed: status.ProgrammedAfter(0, nil), Endpoints: endpoints,
		Shares: sharesTold(endpoints),
	}
}

func TestWhatTheStatusSaysOfEachEndpoint(t *testing.T) {
	o := object(withHosts(hostsNumbered(10, 9, 4, 3, 2, 1)...),
		withState(2, v1alpha1.HostDrain), withState(3, v1alpha1.HostDisabled))
	o.Spec.Hosts[0].Ports = []v1alpha1.HostPort{{Name: "pg", TargetPort: 6000}}
	l := hosts.Endpoints(o.Spec, map[string]string{"pg": ""}, except(address(1)), checks.References{}, hosts.Names{})
	v := hosts.Verdicts{
		id(10): {State: health.Healthy, Since: at(0).Add(987 * time.Millisecond)},
		id(9):  {State: health.Unhealthy, Since: at(0), Reason: probes.ConnectionRefused},
		id(4):  {State: health.Unhealthy, Since: at(0), Reason: probes.Timeout},
		id(2):  {},
	}
	d := failover.Decision{Published: map[engine.MemberID]bool{id(10): true, id(9): true}}

	healthy := line(10, v1alpha1.EndpointHealthy, "")
	healthy.TargetPort = 6000
	kept := line(9, v1alpha1.EndpointUnhealthy, probes.ConnectionRefused)
	kept.Published = true
	unknown, disabled, denied := line(2, v1alpha1.EndpointUnknown, ""), line(3, v1alpha1.EndpointDisabled, ""), line(1, v1alpha1.EndpointDenied, probes.AddressDenied)
	unknown.Since, disabled.Since, denied.Since = nil, nil, nil
	want := []v1alpha1.EndpointStatus{denied, unknown, disabled, line(4, v1alpha1.EndpointDraining, probes.Timeout), kept, healthy}
	if diff := cmp.Diff(want, status.EndpointStatuses(o.Spec, l, v, d)); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
}

func TestHostsAreCounted(t *testing.T) {
	const healthy, unhealthy = v1alpha1.EndpointHealthy, v1alpha1.EndpointUnhealthy
	onWeb := func(e v1alpha1.EndpointStatus) v1alpha1.EndpointStatus { e.Port = "web"; return e }
	kept := line(1, unhealthy, "")
	kept.Published = true
	tests := []struct {
		name      string
		endpoints []v1alpha1.EndpointStatus
		want      v1alpha1.HostCounts
	}{
		{"none", nil, v1alpha1.HostCounts{Summary: "0/0"}},
		{"two of three", lines(healthy, unhealthy, healthy), v1alpha1.HostCounts{Total: 3, Healthy: 2, Published: 2, Summary: "2/3"}},
		{"one that is kept in", []v1alpha1.EndpointStatus{kept}, v1alpha1.HostCounts{Total: 1, Published: 1, Summary: "0/1"}},
		{"disabled ones do not count", lines(healthy, v1alpha1.EndpointDisabled), v1alpha1.HostCounts{Total: 1, Healthy: 1, Published: 1, Summary: "1/1"}},
		{"denied, draining and unknown ones do", lines(v1alpha1.EndpointDenied, v1alpha1.EndpointDraining, v1alpha1.EndpointUnknown), v1alpha1.HostCounts{Total: 3, Summary: "0/3"}},
		{"a host is healthy when it is on all its ports", []v1alpha1.EndpointStatus{
			line(1, healthy, ""), onWeb(line(1, unhealthy, "")), line(2, healthy, ""), onWeb(line(2, healthy, "")),
		}, v1alpha1.HostCounts{Total: 2, Healthy: 1, Published: 1, Summary: "1/2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, status.CountHosts(tt.endpoints)); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALongStatusIsCutWithTheUnhealthyFirst(t *testing.T) {
	states := make([]v1alpha1.EndpointState, 130)
	for i := range states {
		states[i] = v1alpha1.EndpointHealthy
	}
	states[10], states[129], states[120], states[20] = v1alpha1.EndpointUnhealthy, v1alpha1.EndpointUnhealthy, v1alpha1.EndpointDenied, v1alpha1.EndpointDraining
	all := lines(states...)

	line := status.Compose(object(), telling(all...), metav1.NewTime(at(0)))
	if len(line.Endpoints) != 100 || !line.Truncated {
		t.Fatalf("%d endpoints, truncated is %t", len(line.Endpoints), line.Truncated)
	}
	var first []string
	for _, e := range line.Endpoints[:5] {
		first = append(first, e.Address)
	}
	want := []string{address(11).String(), address(130).String(), address(121).String(), address(21).String(), address(1).String()}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("first endpoints (-want +got):\n%s", diff)
	}
	if line.Hosts.Total != 130 {
		t.Errorf("%d hosts are counted, want all", line.Hosts.Total)
	}
	if status := status.Compose(object(), telling(all[:100]...), metav1.NewTime(at(0))); status.Truncated || len(status.Endpoints) != 100 {
		t.Errorf("a status of 100 endpoints was cut to %d", len(status.Endpoints))
	}
}

func TestAStatusAtRestDoesNotChange(t *testing.T) {
	o := object()
	r := telling(line(1, v1alpha1.EndpointHealthy, ""), line(2, v1alpha1.EndpointUnhealthy, probes.Timeout))
	o.Status = status.Compose(o, r, metav1.NewTime(at(0)))
	later := status.Compose(o, r, metav1.NewTime(at(3600)))
	if diff := cmp.Diff(o.Status, later); diff != "" {
		t.Errorf("status (-before +after):\n%s", diff)
	}
	if o.Status.ObservedGeneration != o.Generation || o.Status.ServiceName != "orders-db" {
		t.Errorf("generation %d, Service %q", o.Status.ObservedGeneration, o.Status.ServiceName)
	}
	for _, c := range o.Status.Conditions {
		if c.ObservedGeneration != o.Generation {
			t.Errorf("%s is about generation %d", c.Type, c.ObservedGeneration)
		}
	}
}

func TestStatusForDoesNotChangeItsArguments(t *testing.T) {
	o := object()
	o.Status = status.Compose(o, telling(lines(v1alpha1.EndpointUnhealthy)...), metav1.NewTime(at(0)))
	before := o.DeepCopy()
	status.Compose(o, telling(lines(v1alpha1.EndpointHealthy)...), metav1.NewTime(at(1)))
	if diff := cmp.Diff(before, o); diff != "" {
		t.Errorf("object (-before +after):\n%s", diff)
	}
}

func TestMessages(t *testing.T) {
	const healthy, unhealthy = v1alpha1.EndpointHealthy, v1alpha1.EndpointUnhealthy
	refused := line(10, unhealthy, probes.ConnectionRefused)
	six := refused
	six.Host, six.Address, six.Reason, six.Since = "2001:db8::1", "2001:db8::1", "", nil
	many := lines(unhealthy, unhealthy, unhealthy, unhealthy, unhealthy)
	for i := range many {
		many[i].Reason = string(probes.Timeout)
	}
	tests := []struct {
		name      string
		endpoints []v1alpha1.EndpointStatus
		want      string
	}{
		{"no hosts", nil, "no hosts"},
		{"all are well", lines(healthy, healthy), "2 of 2 hosts healthy"},
		{"one is not", append(lines(healthy, healthy), refused), "2 of 3 hosts healthy; 203.0.113.10:5432 connection refused since 10:00:00Z"},
		{"an IPv6 address, and nothing is known", []v1alpha1.EndpointStatus{six}, "0 of 1 hosts healthy; [2001:db8::1]:5432"},
		{"a list that nobody reads to its end", many, "0 of 5 hosts healthy; 203.0.113.1:5432 timeout since 10:00:00Z, " +
			"203.0.113.2:5432 timeout since 10:00:00Z, 203.0.113.3:5432 timeout since 10:00:00Z, and 2 more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := status.Summary(telling(tt.endpoints...), status.CountHosts(tt.endpoints)); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestTheSummarySaysHowManyMustBeHealthy(t *testing.T) {
	const healthy, unhealthy = v1alpha1.EndpointHealthy, v1alpha1.EndpointUnhealthy
	tests := []struct {
		name   string
		lines  []v1alpha1.EndpointStatus
		shares []failover.Share
		want   string
	}{
		{"too few", lines(healthy, healthy, healthy, healthy), []failover.Share{{Active: 4, Healthy: 1, Need: 2}}, "4 of 4 hosts healthy, 2 must be"},
		{"none: the number would say nothing", lines(unhealthy), []failover.Share{{Active: 1, Need: 1}}, "0 of 1 hosts healthy; 203.0.113.1:5432 since 10:00:00Z"},
		{"enough", lines(healthy), []failover.Share{{Active: 1, Healthy: 1, Need: 1}}, "1 of 1 hosts healthy"},
		{"enough in some tier", lines(healthy), []failover.Share{{Active: 1, Need: 1}, {Tier: 5, Active: 1, Healthy: 1, Need: 1}}, "1 of 1 hosts healthy"},
		{"too few in every tier", lines(healthy, healthy), []failover.Share{{Active: 4, Healthy: 1, Need: 2}, {Tier: 5, Active: 2, Healthy: 1, Need: 2}},
			"2 of 2 hosts healthy: 1 of 4 with priority 0 (2 must be), 1 of 2 with priority 5 (2 must be)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := status.Summary(status.Report{Endpoints: tt.lines, Shares: tt.shares}, status.CountHosts(tt.lines)); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// Standby hosts come before those that get traffic: of these the slices tell as well.
func TestALongStatusTellsOfStandbyHostsFirst(t *testing.T) {
	all := lines(make([]v1alpha1.EndpointState, 130)...)
	for i := range all {
		all[i].State, all[i].Published = v1alpha1.EndpointHealthy, i < 110
	}
	all[50].State = v1alpha1.EndpointUnhealthy
	status := status.Compose(object(), telling(all...), metav1.NewTime(at(0)))
	for i, want := range []int{51, 111, 112} {
		if got := status.Endpoints[i].Address; got != address(want).String() {
			t.Errorf("endpoint %d is %s, want %s", i, got, address(want))
		}
	}
}

// Whatever a reason is, only words of ours reach a message.
func TestAMessageHoldsNothingThatAHostSent(t *testing.T) {
	const canary = "canary-7f3a"
	r := telling(line(1, v1alpha1.EndpointUnhealthy, canary), line(2, v1alpha1.EndpointHealthy, ""))
	line := status.Compose(object(), r, metav1.NewTime(at(0)))
	text := fmt.Sprint(line.Conditions, status.Describe([]status.Transition{{Endpoint: r.Endpoints[0], To: health.Unhealthy}}, health.Unhealthy))
	if strings.Contains(text, canary) {
		t.Errorf("it holds %s: %s", canary, text)
	}
}
