package externalservice

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/health"
)

// leavingPositions visits every position with every choice of hosts that DNS has
// dropped.
func leavingPositions(visit func(p position, leaving [3]bool)) {
	for mask := range 1 << 3 {
		eachPosition(func(p position) { visit(p, [3]bool{mask&1 != 0, mask&2 != 0, mask&4 != 0}) })
	}
}

func TestDNSTakesNobodyOutUnlessOthersCarryThePort(t *testing.T) {
	leavingPositions(func(p position, leaving [3]bool) {
		endpoints := endpointsOf(object())
		staysWell := 0
		for i := range endpoints {
			endpoints[i].RemovedFromDNS = leaving[i]
			v := situations[p.situation[i]].verdict
			if !leaving[i] && isHealthy(v) && !v.Failing() && v.Run.Length > 0 {
				staysWell++
			}
		}
		d := decide(endpoints, p.verdicts(), p.memory())
		before, after := 0, 0
		for i, s := range p.situation {
			if p.published[i] {
				before++
			}
			in := d.Published[id(i+1)]
			if in {
				after++
			}
			switch verdict := situations[s].verdict; {
			case leaving[i] && staysWell > 0 && in:
				t.Errorf("%s, leaving %v: host %d stays though others carry the port", p, leaving, i+1)
			case leaving[i] && staysWell == 0 && p.published[i] && !in && !verdict.Proven(limits):
				t.Errorf("%s, leaving %v: host %d goes, and nobody carries the port", p, leaving, i+1)
			case !leaving[i] && p.published[i] && !in && !verdict.Proven(limits):
				t.Errorf("%s, leaving %v: host %d goes, which DNS still has", p, leaving, i+1)
			}
		}
		if before > 0 && after == 0 {
			t.Errorf("%s, leaving %v: the port was emptied", p, leaving)
		}
	})
}

// Tiers, percentages and policies: whatever DNS drops, a port that has published
// hosts keeps some.
func TestDNSAloneEmptiesNoPort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := []int{1, 2, 3, 4, 5, 6}
		listed := hostsNumbered(numbers...)
		for i := range listed {
			listed[i].Priority = int32(rapid.IntRange(0, 2).Draw(t, "tier"))
		}
		o := object(withHosts(listed...))
		o.Spec.FailurePolicy = policy(rapid.SampledFrom([]string{"1", "2", "4", "50%", "100%"}).Draw(t, "minHealthy"),
			rapid.SampledFrom([]v1alpha1.FailureAction{v1alpha1.ActionKeepLast, v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone}).Draw(t, "action"))
		endpoints, v, m := endpointsOf(o), hosts.Verdicts{}, newMemory()
		for i, n := range numbers {
			endpoints[i].RemovedFromDNS = rapid.Bool().Draw(t, "leaving")
			v[id(n)] = rapid.SampledFrom([]health.Verdict{up(1), leftUp(), failing(), {}, down(0)}).Draw(t, "verdict")
			// Who is unhealthy is out already: what becomes of the others is DNS's doing.
			m.Published[id(n)] = v[id(n)].State != health.Unhealthy && rapid.Bool().Draw(t, "published")
		}
		r := failover.Rules{Policy: o.Spec.FailurePolicy, Network: health.Network{Alone: true}}
		before, staying := 0, 0
		for _, published := range m.Published {
			if published {
				before++
			}
		}
		d := r.Decide(endpoints, v, m.Previous)
		for _, e := range endpoints {
			if d.Published[e.ID] {
				staying++
			}
		}
		if before > 0 && staying == 0 {
			t.Fatalf("the port was emptied: %v", v)
		}
	})
}
