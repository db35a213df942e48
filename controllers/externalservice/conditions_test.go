package externalservice

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
)

// inShort are the conditions of a report, "True Ready" by type.
func inShort(conditions []metav1.Condition) map[string]string {
	short := map[string]string{}
	for _, c := range conditions {
		short[c.Type] = string(c.Status) + " " + c.Reason
	}
	return short
}

func conditionsOf(r status.Report) []metav1.Condition {
	return status.Compose(object(), r, metav1.NewTime(at(0))).Conditions
}

func TestTheConditionsOfAReport(t *testing.T) {
	const healthy, unhealthy, unknown = v1alpha1.EndpointHealthy, v1alpha1.EndpointUnhealthy, v1alpha1.EndpointUnknown
	failed := telling(lines(healthy)...)
	failed.Programmed = status.Programmed{Reason: v1alpha1.ReasonWriteFailed, Message: "x"}
	waiting := telling(lines(healthy, unknown)...)
	waiting.Pending = true
	none := telling(lines(unknown)...)
	none.Pending = true
	held := telling(lines(unhealthy, unhealthy)...)
	held.Outage = true
	some := telling(lines(healthy, unhealthy, unhealthy)...)
	some.Shares[0].Need = 2
	lost := telling(lines(unhealthy)...)
	lost.Outage, lost.Isolated = true, true
	quietlyLost := telling(lines(healthy)...)
	quietlyLost.Isolated = true
	limited := telling(lines(healthy, unhealthy)...)
	limited.Backlog = engine.Backlog{Limit: engine.LimitRate, Delay: 10 * time.Second}
	limitedAndHeld := held
	limitedAndHeld.Backlog = limited.Backlog
	standby := telling(lines(unhealthy, healthy)...)
	standby.Shares = []failover.Share{{Tier: 0, Active: 1, Need: 1}, {Tier: 1, Active: 1, Healthy: 1, Need: 1}}
	claimed := status.Report{Acceptance: desired.Acceptance{Reason: v1alpha1.ReasonClaimed, Stalled: true}, Programmed: status.Programmed{Reason: v1alpha1.ReasonPending, Message: "x"}}
	missing := claimed
	missing.Acceptance = desired.Acceptance{Reason: v1alpha1.ReasonServiceNotFound}
	tests := []struct {
		name   string
		report status.Report
		want   map[string]string
	}{
		{"all is well", telling(lines(healthy)...), map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "True Available", "Ready": "True Ready"}},
		{"some host is unhealthy", telling(lines(healthy, unhealthy)...), map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "True Available", "Ready": "True Ready", "Degraded": "True HostsUnhealthy"}},
		{"a host is denied", telling(lines(healthy, v1alpha1.EndpointDenied)...), map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "True Available", "Ready": "True Ready", "Degraded": "True HostDenied"}},
		{"unhealthy is graver than denied", telling(lines(healthy, v1alpha1.EndpointDenied, unhealthy)...), map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "True Available", "Ready": "True Ready", "Degraded": "True HostsUnhealthy"}},
		{"all hosts are kept in an outage", held, map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "False AllUnhealthy", "Ready": "False AllUnhealthy", "Degraded": "True FailStatic"}},
		{"fewer hosts are healthy than must be", some, map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "False BelowMinHealthy", "Ready": "False BelowMinHealthy", "Degraded": "True HostsUnhealthy"}},
		{"one tier is enough", standby, map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "True Available", "Ready": "True Ready", "Degraded": "True HostsUnhealthy"}},
		{"the lost network comes before the outage that it makes", lost, map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "False AllUnhealthy", "Ready": "False AllUnhealthy", "Degraded": "True ProberIsolated"}},
		{"the network is lost, and the hosts are still taken for healthy", quietlyLost, map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "True Available", "Ready": "True Ready", "Degraded": "True ProberIsolated"}},
		{"a limit delays checks: that comes before the hosts that are known to be unhealthy", limited, map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "True Available", "Ready": "True Ready", "Degraded": "True LimitExceeded"}},
		{"an outage comes before a limit that delays checks", limitedAndHeld, map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "False AllUnhealthy", "Ready": "False AllUnhealthy", "Degraded": "True FailStatic"}},
		{"some verdict is to come", waiting, map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "True Available", "Ready": "True Ready", "Reconciling": "True Pending"}},
		{"all verdicts are to come", none, map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "Unknown Pending", "Ready": "Unknown Pending", "Reconciling": "True Pending"}},
		{"no hosts", telling(), map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "False NoHosts", "Ready": "False NoHosts"}},
		{"no active hosts", telling(lines(v1alpha1.EndpointDisabled, v1alpha1.EndpointDraining)...), map[string]string{
			"Accepted": "True Accepted", "Programmed": "True Programmed", "Available": "False NoHosts", "Ready": "False NoHosts"}},
		{"a write failed", failed, map[string]string{
			"Accepted": "True Accepted", "Programmed": "False WriteFailed", "Available": "True Available", "Ready": "False WriteFailed"}},
		{"it is not accepted, and waiting will not cure it", claimed, map[string]string{
			"Accepted": "False Claimed", "Programmed": "False Pending", "Available": "False NoHosts", "Ready": "False Claimed", "Stalled": "True Claimed"}},
		{"it is not accepted, and waiting may cure it", missing, map[string]string{
			"Accepted": "False ServiceNotFound", "Programmed": "False Pending", "Available": "False NoHosts", "Ready": "False ServiceNotFound"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, inShort(conditionsOf(tt.report))); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadySpeaksForTheFirstThatIsNotTrue(t *testing.T) {
	r := telling(lines(v1alpha1.EndpointUnhealthy)...)
	r.Programmed = status.Programmed{Reason: v1alpha1.ReasonWriteFailed, Message: "the write failed"}
	ready := status.FindCondition(conditionsOf(r), v1alpha1.ConditionReady)
	if ready.Reason != v1alpha1.ReasonWriteFailed || ready.Message != "the write failed" {
		t.Errorf("got %s: %s", ready.Reason, ready.Message)
	}
	ready = status.FindCondition(conditionsOf(telling(lines(v1alpha1.EndpointHealthy)...)), v1alpha1.ConditionReady)
	if ready.Message != "1 of 1 hosts healthy" {
		t.Errorf("a Ready object says %q", ready.Message)
	}
}

func TestAConditionKeepsTheTimeOfItsLastTransition(t *testing.T) {
	const healthy, unhealthy = v1alpha1.EndpointHealthy, v1alpha1.EndpointUnhealthy
	o := object()
	step := func(now int, states ...v1alpha1.EndpointState) map[string]int64 {
		o.Status = status.Compose(o, telling(lines(states...)...), metav1.NewTime(at(now)))
		times := map[string]int64{}
		for _, c := range o.Status.Conditions {
			times[c.Type] = c.LastTransitionTime.Unix() - tenOClock.Unix()
		}
		return times
	}
	steps := []struct{ got, want map[string]int64 }{
		{step(0, healthy, healthy), map[string]int64{"Accepted": 0, "Programmed": 0, "Available": 0, "Ready": 0}},
		{step(1, healthy, unhealthy), map[string]int64{"Accepted": 0, "Programmed": 0, "Available": 0, "Ready": 0, "Degraded": 1}},
		{step(2, unhealthy, unhealthy), map[string]int64{"Accepted": 0, "Programmed": 0, "Available": 2, "Ready": 2, "Degraded": 1}},
		{step(3, healthy, healthy), map[string]int64{"Accepted": 0, "Programmed": 0, "Available": 3, "Ready": 3}},
		{step(4, healthy, unhealthy), map[string]int64{"Accepted": 0, "Programmed": 0, "Available": 3, "Ready": 3, "Degraded": 4}},
	}
	for i, s := range steps {
		if diff := cmp.Diff(s.want, s.got); diff != "" {
			t.Errorf("step %d, seconds past ten (-want +got):\n%s", i, diff)
		}
	}
}

func TestADegradedObjectNamesItsHosts(t *testing.T) {
	held := telling(line(1, v1alpha1.EndpointUnhealthy, probes.Timeout))
	held.Outage = true
	all, none, lost := held, held, held
	all.Action, none.Action, lost.Isolated = v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone, true
	tooMany := telling(lines(v1alpha1.EndpointHealthy)...)
	tooMany.Outage, tooMany.Action = true, v1alpha1.ActionPublishAll
	tests := []struct {
		name   string
		report status.Report
		want   string
	}{
		{"put in", all, "too few hosts are healthy; PublishAll has every Active host published: 203.0.113.1:5432 timeout since 10:00:00Z"},
		{"left out", none, "too few hosts are healthy; PublishNone has only the healthy ones published: 203.0.113.1:5432 timeout since 10:00:00Z"},
		{"all healthy, and too few", tooMany, "too few hosts are healthy; PublishAll has every Active host published"},
		{"without a network", lost, "nearly all hosts of all objects fail at once, so that the prober has lost its network; " +
			"no host is taken out for failures that nothing else vouches for: 203.0.113.1:5432 timeout since 10:00:00Z"},
		{"unhealthy", telling(line(1, v1alpha1.EndpointUnhealthy, probes.Timeout)), "203.0.113.1:5432 timeout since 10:00:00Z"},
		{"denied", telling(line(1, v1alpha1.EndpointDenied, "")), "203.0.113.1:5432 denied by the address policy"},
		{"kept in", held, "too few hosts are healthy to tell dead hosts from a dead network; those that were published are kept: " +
			"203.0.113.1:5432 timeout since 10:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := status.FindCondition(conditionsOf(tt.report), v1alpha1.ConditionDegraded).Message; got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestDegradedNamesTheLimitThatDelaysChecks(t *testing.T) {
	for limit, flag := range map[engine.Limit]string{
		engine.LimitRate: "--max-probes-per-second", engine.LimitInFlight: "--max-probes-in-flight",
	} {
		r := telling(lines(v1alpha1.EndpointHealthy)...)
		r.Backlog = engine.Backlog{Limit: limit, Delay: 20 * time.Second}
		want := flag + " delays checks by up to 20s, which is more than their interval; hosts that fail are noticed later by as much"
		if got := status.FindCondition(conditionsOf(r), v1alpha1.ConditionDegraded).Message; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The condition comes and goes with the engine's report; while that stays nothing is written.
func TestReconcileReportsTheBacklogOfTheEngine(t *testing.T) {
	c := newCluster(t, object())
	c.mustReconcile()
	c.engine.backlog = engine.Backlog{Limit: engine.LimitInFlight, Delay: time.Minute}
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.condition(v1alpha1.ConditionDegraded); got != "True LimitExceeded" {
		t.Errorf("Degraded is %q", got)
	}
	c.wantQuiet()
	c.engine.backlog = engine.Backlog{}
	c.wantWrites(c.mustReconcile(), updateStatus)
	if d := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionDegraded); d != nil {
		t.Errorf("Degraded is %s for %s", d.Status, d.Reason)
	}
}
