package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/health"
)

// standbyRole is a host that never passed the role check and fails it all the time.
func standbyRole() health.Verdict {
	v := health.Verdict{}
	for i := range 100 {
		v = v.Next(health.Sample{Started: at(i - 200), Ended: at(i - 200), Failure: "StatusMismatch"}, limits)
	}
	return v.Corroborate()
}

// A role check passes on one host. The one that had the role fails it for ever, another
// host passes: the outage between the two must end.
func TestDecideRoleMoves(t *testing.T) {
	const keep, all, none = v1alpha1.ActionKeepLast, v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone
	tests := []struct {
		name       string
		action     v1alpha1.FailureAction
		minHealthy string
		verdicts   hosts.Verdicts
		before     []int
		outage     bool
		want       []int
		wantOutage bool
	}{
		{name: "KeepLast keeps the old primary while no other host passes", action: keep,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): standbyRole(), id(3): standbyRole()}, before: []int{1}, want: []int{1}, wantOutage: true},
		{name: "KeepLast adds the new primary", action: keep,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): back(2), id(3): standbyRole()}, before: []int{1}, outage: true, want: []int{1, 2}, wantOutage: true},
		{name: "KeepLast keeps both until the hold-down is over", action: keep,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): back(5), id(3): standbyRole()}, before: []int{1, 2}, outage: true, want: []int{1, 2}, wantOutage: true},
		{name: "KeepLast publishes the new primary alone after the hold-down", action: keep,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): back(6), id(3): standbyRole()}, before: []int{1, 2}, outage: true, want: []int{2}},
		{name: "PublishAll publishes the new primary alone after the hold-down", action: all,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): back(6), id(3): standbyRole()}, before: []int{1, 2, 3}, outage: true, want: []int{2}},
		{name: "PublishAll publishes all until then", action: all,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): back(5), id(3): standbyRole()}, before: []int{1, 2, 3}, outage: true, want: []int{1, 2, 3}, wantOutage: true},
		{name: "PublishNone publishes the new primary alone at once", action: none,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): back(2), id(3): standbyRole()}, before: []int{1}, outage: true, want: []int{2}, wantOutage: true},
		{name: "PublishNone ends the outage after the hold-down", action: none,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): back(6), id(3): standbyRole()}, before: []int{2}, outage: true, want: []int{2}},
		{name: "of two hosts of which one recovers the dead one goes out", action: keep,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): back(6)}, before: []int{1, 2}, outage: true, want: []int{2}},
		{name: "one host that flaps among four dead ones moves nothing", action: keep,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): down(0), id(4): down(0), id(5): back(5)},
			before:   []int{1, 2, 3, 4, 5}, outage: true, want: []int{1, 2, 3, 4, 5}, wantOutage: true},
		{name: "it moves nothing when it fails again", action: keep,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): down(0), id(4): down(0), id(5): failingAfter(back(6))},
			before:   []int{1, 2, 3, 4, 5}, outage: true, want: []int{1, 2, 3, 4, 5}, wantOutage: true},
		{name: "as many hosts as minHealthy must pass the hold-down", action: keep, minHealthy: "2",
			verdicts: hosts.Verdicts{id(1): down(0), id(2): back(6), id(3): back(5), id(4): down(0)},
			before:   []int{1, 2, 3, 4}, outage: true, want: []int{1, 2, 3, 4}, wantOutage: true},
		{name: "and then the dead ones go out", action: keep, minHealthy: "2",
			verdicts: hosts.Verdicts{id(1): down(0), id(2): back(6), id(3): back(6), id(4): down(0)},
			before:   []int{1, 2, 3, 4}, outage: true, want: []int{2, 3}},
		{name: "a host that has not failed a full threshold stays after the hold-down", action: keep,
			verdicts: hosts.Verdicts{id(1): leftDownFailing(), id(2): back(6)}, before: []int{1, 2}, outage: true, want: []int{1, 2}},
		{name: "a host that has not failed since another answered stays after the hold-down", action: keep,
			verdicts: hosts.Verdicts{id(1): inTheDark(0), id(2): back(6)}, before: []int{1, 2}, outage: true, want: []int{1, 2}},
		{name: "a host that failed after the latest success of the others stays after the hold-down", action: keep,
			verdicts: hosts.Verdicts{id(1): down(60), id(2): back(6)}, before: []int{1, 2}, outage: true, want: []int{1, 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.minHealthy == "" {
				tt.minHealthy = "1"
			}
			var numbers []int
			for n := 1; n <= len(tt.verdicts); n++ {
				numbers = append(numbers, n)
			}
			m := remembering(tt.before...)
			m.Outage["pg"] = tt.outage
			r := failover.Rules{Policy: policy(tt.minHealthy, tt.action), Network: health.Network{LastSuccess: at(-50)}}
			d := r.Decide(endpointsOf(object(withHosts(hostsNumbered(numbers...)...))), tt.verdicts, m.Previous)
			if diff := cmp.Diff(tt.want, publishedOn(d)); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
			if d.Outage["pg"] != tt.wantOutage {
				t.Errorf("outage is %t, want %t", d.Outage["pg"], tt.wantOutage)
			}
		})
	}
}

// failingAfter is the verdict after a full threshold of failures.
func failingAfter(v health.Verdict) health.Verdict {
	for i := range limits.Fall {
		v = v.Next(health.Sample{Started: at(40 + i), Ended: at(40 + i), Failure: "Timeout"}, limits)
	}
	return v
}
