package externalservice

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// received empties a fake recorder.
func received(recorder *events.FakeRecorder) []string {
	var list []string
	for len(recorder.Events) > 0 {
		list = append(list, <-recorder.Events)
	}
	return list
}

// reported is the object after a report, and what was told on the way there.
func reported(before *v1alpha1.ExternalService, r status.Report, changed ...status.Transition) (*v1alpha1.ExternalService, []string) {
	recorder := events.NewFakeRecorder(10)
	after := before.DeepCopy()
	after.Status = status.Compose(before, r, metav1.NewTime(at(0)))
	emitter{recorder}.send(after, status.Events(before, after, changed))
	return after, received(recorder)
}

func TestHostsThatChangeTogetherAreToldTogether(t *testing.T) {
	down, up := func(n int) status.Transition {
		return status.Transition{Endpoint: line(n, v1alpha1.EndpointUnhealthy, probes.ConnectionRefused), To: health.Unhealthy}
	}, func(n int) status.Transition {
		return status.Transition{Endpoint: line(n, v1alpha1.EndpointHealthy, ""), To: health.Healthy}
	}
	tests := []struct {
		name    string
		changed []status.Transition
		want    []string
	}{
		{"nothing", nil, nil},
		{"one goes down", []status.Transition{down(1)}, []string{"Warning HostUnhealthy unhealthy: 203.0.113.1:5432 connection refused"}},
		{"one comes up", []status.Transition{up(1)}, []string{"Normal HostHealthy healthy: 203.0.113.1:5432"}},
		{"one of each", []status.Transition{up(1), down(2)}, []string{
			"Warning HostUnhealthy unhealthy: 203.0.113.2:5432 connection refused", "Normal HostHealthy healthy: 203.0.113.1:5432"}},
		{"a crowd", []status.Transition{up(1), up(2), up(3), up(4), up(5)},
			[]string{"Normal HostHealthy healthy: 203.0.113.1:5432, 203.0.113.2:5432, 203.0.113.3:5432, and 2 more"}},
	}
	ready, _ := reported(object(), telling(lines(v1alpha1.EndpointHealthy)...))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got := reported(ready, telling(lines(v1alpha1.EndpointHealthy)...), tt.changed...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatCallsForAttentionIsToldOnce(t *testing.T) {
	claimed := status.Report{Acceptance: desired.Acceptance{Reason: v1alpha1.ReasonClaimed, Message: "claimed", Stalled: true},
		Programmed: status.Programmed{Reason: v1alpha1.ReasonPending, Message: "x"}}
	failed := telling(lines(v1alpha1.EndpointHealthy)...)
	failed.Programmed = status.Programmed{Reason: v1alpha1.ReasonWriteFailed, Message: "no answer"}
	held := telling(lines(v1alpha1.EndpointUnhealthy)...)
	held.Outage = true
	tests := []struct {
		name   string
		report status.Report
		want   string
	}{
		{"a refusal", claimed, "Warning Claimed claimed"},
		{"a failed write", failed, "Warning WriteFailed no answer"},
		{"an outage", held, "Warning FailStatic too few hosts are healthy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after, got := reported(object(), tt.report)
			if len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if _, again := reported(after, tt.report); again != nil {
				t.Errorf("told again: %q", again)
			}
		})
	}
}

func TestALostNetworkIsToldAtItsBeginningAndItsEnd(t *testing.T) {
	held := telling(lines(v1alpha1.EndpointUnhealthy)...)
	held.Outage = true
	lost := held
	lost.Isolated = true
	o, _ := reported(object(), held)
	for _, step := range []struct {
		name, want string
		report     status.Report
	}{
		{"it is found out", "Warning ProberIsolated nearly all hosts", lost},
		{"it lasts", "", lost},
		{"the network is back, the hosts are not", "Warning FailStatic too few hosts", held},
		{"the hosts are back", "Normal Recovered enough hosts", telling(lines(v1alpha1.EndpointHealthy)...)},
	} {
		var got []string
		o, got = reported(o, step.report)
		if text := strings.Join(got, "\n"); text == "" != (step.want == "") || !strings.HasPrefix(text, step.want) || len(got) > 1 {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
}

func TestTheEndOfAnOutageIsTold(t *testing.T) {
	held := telling(lines(v1alpha1.EndpointUnhealthy, v1alpha1.EndpointUnhealthy)...)
	held.Outage = true
	inOutage, _ := reported(object(), held)
	tests := []struct {
		name   string
		report status.Report
		want   string
	}{
		{"hosts recover", telling(lines(v1alpha1.EndpointHealthy, v1alpha1.EndpointHealthy)...), "Normal Recovered enough hosts are healthy again"},
		{"the user takes the hosts away: nobody recovered", telling(), ""},
		{"the object is withdrawn: nobody recovered", status.Report{Acceptance: desired.Acceptance{Reason: v1alpha1.ReasonClaimed, Message: "claimed"},
			Programmed: status.Programmed{Reason: v1alpha1.ReasonPending, Message: "x"}}, "Warning Claimed claimed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got := reported(inOutage, tt.report)
			if text := strings.Join(got, "\n"); text == "" != (tt.want == "") || !strings.HasPrefix(text, tt.want) || len(got) > 1 {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhichVerdictsAreNew(t *testing.T) {
	before := map[engine.MemberID]health.State{id(1): health.Healthy, id(2): health.Healthy, id(3): health.Healthy, id(11): health.Unhealthy}
	v := hosts.Verdicts{
		id(1): up(0), id(2): down(0), id(3): {}, id(10): up(0), id(11): up(0),
		id(12): down(0), // not in the status: it was just removed
	}
	shown := lines(make([]v1alpha1.EndpointState, 11)...)
	var got []string
	for _, change := range status.Transitions(before, v, shown) {
		got = append(got, change.Endpoint.Address+" "+change.To.String())
	}
	want := []string{"203.0.113.2 Unhealthy", "203.0.113.10 Healthy", "203.0.113.11 Healthy"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("transitions (-want +got):\n%s", diff)
	}
}
