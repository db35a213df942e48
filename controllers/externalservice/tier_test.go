package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// tiered is an object whose n-th list of hosts has the priority n.
func tiered(tiers ...[]int) *v1alpha1.ExternalService {
	var hosts []v1alpha1.Host
	for priority, numbers := range tiers {
		for _, h := range hostsNumbered(numbers...) {
			h.Priority = int32(priority)
			hosts = append(hosts, h)
		}
	}
	return object(withHosts(hosts...))
}

// back is a host that came up again n successes ago, at a rise of two.
func back(n int) health.Verdict {
	v := down(0)
	for i := range n {
		v = v.Next(health.Sample{Started: at(10 + i), Ended: at(10 + i)}, limits)
	}
	return v
}

// dark is a host that failed while the prober had no network, which is back.
func dark() health.Verdict { return down(0).Forgotten() }

func TestWhoIsPublishedByTiers(t *testing.T) {
	two := [][]int{{1, 2}, {3, 4}}
	tests := []struct {
		name       string
		tiers      [][]int
		minHealthy string
		verdicts   hosts.Verdicts
		drained    []int
		before     []int
		outage     bool
		want       []int
		wantOutage bool
	}{
		{name: "the second tier stands by", tiers: two,
			verdicts: hosts.Verdicts{id(1): up(9), id(2): up(9), id(3): up(9), id(4): up(9)}, want: []int{1, 2}},
		{name: "one host of the first tier is enough", tiers: two,
			verdicts: hosts.Verdicts{id(1): up(9), id(2): down(0), id(3): up(9), id(4): up(9)}, before: []int{1, 2}, want: []int{1}},
		{name: "the next tier is added in the decision that takes the first tier's last host out", tiers: two,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): up(9), id(4): up(9)}, before: []int{1, 2}, want: []int{3, 4}},
		{name: "what is left of the first tier stays", tiers: two, minHealthy: "2",
			verdicts: hosts.Verdicts{id(1): up(9), id(2): down(0), id(3): up(9), id(4): up(9)}, before: []int{1, 2}, want: []int{1, 3, 4}},
		{name: "a share counts the hosts of each tier", tiers: [][]int{{1, 2, 5, 6}, {3}}, minHealthy: "75%",
			verdicts: hosts.Verdicts{id(1): up(9), id(2): up(9), id(5): down(0), id(6): down(0), id(3): up(9)}, before: []int{1, 2, 5, 6}, want: []int{1, 2, 3}},
		{name: "the next tier is added though the evidence for the removal is still to come", tiers: two,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): up(-1), id(4): up(-1)}, before: []int{1, 2}, want: []int{1, 2, 3, 4}},
		{name: "a tier that is too small is passed over", tiers: [][]int{{1, 2}, {3}, {4, 5}}, minHealthy: "2",
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): up(9), id(4): up(9), id(5): up(9)}, before: []int{1, 2}, want: []int{3, 4, 5}},
		{name: "where no tier is enough the healthy hosts of all are published", tiers: two, minHealthy: "2",
			verdicts: hosts.Verdicts{id(1): up(9), id(2): down(0), id(3): up(9), id(4): down(0)}, before: []int{1, 2}, want: []int{1, 2, 3}, wantOutage: true},
		{name: "a host that came back waits while the next tier carries the traffic", tiers: two,
			verdicts: hosts.Verdicts{id(1): back(5), id(2): down(0), id(3): up(9), id(4): up(9)}, before: []int{3, 4}, want: []int{3, 4}},
		{name: "traffic moves back after three times the healthy threshold", tiers: two,
			verdicts: hosts.Verdicts{id(1): back(6), id(2): down(0), id(3): up(9), id(4): up(9)}, before: []int{3, 4}, want: []int{1}},
		{name: "it moves back when enough hosts have proved themselves", tiers: two, minHealthy: "2",
			verdicts: hosts.Verdicts{id(1): back(6), id(2): back(5), id(3): up(9), id(4): up(9)}, before: []int{3, 4}, want: []int{1, 3, 4}},
		{name: "with the tier all its healthy hosts come back", tiers: two,
			verdicts: hosts.Verdicts{id(1): back(6), id(2): back(2), id(3): up(9), id(4): up(9)}, before: []int{3, 4}, want: []int{1, 2}},
		{name: "a host that never went out stays in", tiers: two, minHealthy: "2",
			verdicts: hosts.Verdicts{id(1): back(2), id(2): down(0), id(3): up(9), id(4): up(9)}, before: []int{1, 3, 4}, want: []int{1, 3, 4}},
		{name: "the hold-down is waived where nothing else is left", tiers: two,
			verdicts: hosts.Verdicts{id(1): back(2), id(2): down(0), id(3): down(5), id(4): down(5)}, before: []int{3, 4}, want: []int{1}},
		{name: "it is not waived while a third tier can do it", tiers: [][]int{{1}, {2}, {3}},
			verdicts: hosts.Verdicts{id(1): back(2), id(2): down(5), id(3): up(20)}, before: []int{2}, want: []int{3}},
		{name: "a standby host stays until the tier before it has proved itself", tiers: two,
			verdicts: hosts.Verdicts{id(1): back(2), id(2): down(0), id(3): down(5), id(4): up(20)}, before: []int{1, 3, 4}, want: []int{1, 4}},
		{name: "also where the hold-down of the tier before it is waived", tiers: two, minHealthy: "2",
			verdicts: hosts.Verdicts{id(1): back(2), id(2): back(2), id(3): up(9), id(4): down(0)}, before: []int{3, 4}, want: []int{1, 2, 3}},
		{name: "a proof that was just broken moves nothing", tiers: two,
			verdicts: hosts.Verdicts{id(1): failing(), id(2): down(0), id(3): up(9), id(4): up(9)}, before: []int{3, 4}, want: []int{3, 4}},
		{name: "a predecessor's word is no proof", tiers: two,
			verdicts: hosts.Verdicts{id(1): leftUp(), id(2): leftUp(), id(3): leftUp(), id(4): leftUp()}, before: []int{3, 4}, want: []int{3, 4}},
		{name: "when the last hosts of a tier are drained the next is added at once", tiers: two, drained: []int{1, 2},
			verdicts: hosts.Verdicts{id(1): up(9), id(2): up(9), id(3): up(9), id(4): up(9)}, before: []int{1, 2}, want: []int{3, 4}},
		{name: "drained hosts of an upper tier do not come back", tiers: two, drained: []int{1},
			verdicts: hosts.Verdicts{id(1): up(9), id(2): down(0), id(3): up(9), id(4): up(9)}, before: []int{3, 4}, want: []int{3, 4}},
		{name: "hosts that were given a later priority go when the first tier has proved itself", tiers: two,
			verdicts: hosts.Verdicts{id(1): up(9), id(2): up(9), id(3): up(9), id(4): up(9)}, before: []int{1, 2, 3, 4}, want: []int{1, 2}},
		{name: "hosts that were given a later priority stay until then", tiers: two,
			verdicts: hosts.Verdicts{id(1): back(5), id(2): back(5), id(3): up(9), id(4): up(9)}, before: []int{1, 3, 4}, want: []int{1, 3, 4}},
		{name: "swapped priorities move the traffic at once, both having proved themselves", tiers: [][]int{{1}, {2}},
			verdicts: hosts.Verdicts{id(1): up(9), id(2): up(9)}, before: []int{2}, want: []int{1}},
		{name: "at the birth of an object the first tier's verdicts are awaited", tiers: two,
			verdicts: hosts.Verdicts{id(3): back(2), id(4): back(2)}, want: nil},
		{name: "also where the first of two is there", tiers: two, minHealthy: "2",
			verdicts: hosts.Verdicts{id(1): up(9), id(3): back(2), id(4): back(2)}, before: []int{1}, want: []int{1}},
		{name: "nobody waits longer than the next tier takes to prove itself", tiers: two,
			verdicts: hosts.Verdicts{id(3): back(6), id(4): back(6)}, want: []int{3, 4}},
		{name: "nobody waits when a host that had traffic is gone", tiers: two,
			verdicts: hosts.Verdicts{id(1): down(0), id(3): back(2), id(4): back(2)}, before: []int{1}, want: []int{3, 4}},
		{name: "all tiers die: those that were published stay", tiers: two,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): down(0), id(4): down(0)}, before: []int{1, 2}, want: []int{1, 2}, wantOutage: true},
		{name: "in an outage a standby host that is well is added", tiers: two, minHealthy: "2",
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): up(9), id(4): down(0)}, before: []int{1, 2}, want: []int{1, 2, 3}, wantOutage: true},
		{name: "a standby host that is heard first after a blackout is not called before the others were asked", tiers: two, outage: true,
			verdicts: hosts.Verdicts{id(1): dark(), id(2): dark(), id(3): back(2), id(4): dark()}, before: []int{1, 2}, want: []int{1, 2}, wantOutage: true},
		{name: "nor is its whole tier", tiers: two, outage: true,
			verdicts: hosts.Verdicts{id(1): dark(), id(2): back(1), id(3): back(2), id(4): back(2)}, before: []int{1, 2}, want: []int{1, 2}},
		{name: "it is when they have failed again", tiers: two, outage: true,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): back(2), id(4): dark()}, before: []int{1, 2}, want: []int{1, 2, 3}, wantOutage: true},
		{name: "or when it has proved the hold-down", tiers: two, outage: true,
			verdicts: hosts.Verdicts{id(1): dark(), id(2): dark(), id(3): back(6), id(4): dark()}, before: []int{1, 2}, want: []int{1, 2, 3}},
		{name: "a standby tier that fails as well, and has not failed often enough yet, is not called", tiers: two,
			verdicts: hosts.Verdicts{id(1): down(0), id(2): down(0), id(3): failing(), id(4): failing()}, before: []int{1, 2}, want: []int{1, 2}},
		{name: "one more than enough ends the outage", tiers: two, outage: true,
			verdicts: hosts.Verdicts{id(1): back(2), id(2): back(2), id(3): down(0), id(4): down(0)}, before: []int{1, 2, 3}, want: []int{1, 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := tiered(tt.tiers...)
			if tt.minHealthy != "" {
				o.Spec.FailurePolicy = policy(tt.minHealthy, v1alpha1.ActionKeepLast)
			}
			for i, h := range o.Spec.Hosts {
				for _, n := range tt.drained {
					if h.Address == address(n).String() {
						o.Spec.Hosts[i].State = v1alpha1.HostDrain
					}
				}
			}
			m := remembering(tt.before...)
			m.Outage["pg"] = tt.outage
			d := failover.Rules{Policy: o.Spec.FailurePolicy}.Decide(endpointsOf(o), tt.verdicts, m.Previous)
			if diff := cmp.Diff(tt.want, publishedOn(d)); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
			if got := d.Outage["pg"]; got != tt.wantOutage {
				t.Errorf("outage is %t, want %t", got, tt.wantOutage)
			}
		})
	}
}

// A host whose ports share a slice is published on both for the sake of one. On the
// other its tier stands by all the same, and does not draw the others of the tier in.
func TestAHostPublishedForAnotherPortsSakeCallsNobody(t *testing.T) {
	web := func(n int) engine.MemberID { return engine.MemberID{Address: address(n), Port: "web"} }
	o := tiered([]int{1}, []int{3, 4})
	o.Spec.Ports = []v1alpha1.Port{pgPort, webPort}
	o.Spec.Hosts[1].Ports = []v1alpha1.HostPort{{Name: "pg", TargetPort: webPort.Port}} // checked at one place
	endpoints, m := endpointsOf(o), newMemory()
	v := hosts.Verdicts{id(1): leftDown(), web(1): leftUp(), id(3): leftUp(), web(3): leftUp(), id(4): leftDown(), web(4): leftUp()}
	want := map[engine.MemberID]bool{id(1): false, web(1): true, id(3): true, web(3): true, id(4): false, web(4): false}
	for range 2 {
		d := decide(endpoints, v, m)
		if diff := cmp.Diff(want, d.Published, compareIDs); diff != "" {
			t.Errorf("published (-want +got):\n%s", diff)
		}
		m.Remember(d)
	}
}
