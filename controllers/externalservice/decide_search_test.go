package externalservice

import (
	"fmt"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/recovery"
	"github.com/external-endpoints/operator/probes/health"
)

type situation struct {
	name    string
	verdict health.Verdict
}

// situations are all that a host can be in when the gate looks at it. Hosts that
// are down were seen failing at ten.
var situations = []situation{
	{"unknown", health.Verdict{}},
	{"up", up(1)},
	{"up, not asked since", up(-1)},
	{"just up", recent(1)},
	{"failing", failing()},
	{"left up", leftUp()},
	{"down", down(0)},
	{"left down", leftDown()},
	{"left down, failing", leftDownFailing()},
	{"recovering", recovering()},
}

// position is one case of the search: three hosts on one port.
type position struct {
	situation [3]int
	published [3]bool
	outage    bool
}

// eachPosition visits every combination of verdicts, published hosts and outage.
func eachPosition(visit func(position)) {
	n := len(situations)
	for combination := range n * n * n {
		for mask := range 1 << 4 {
			visit(position{
				situation: [3]int{combination % n, combination / n % n, combination / n / n},
				published: [3]bool{mask&1 != 0, mask&2 != 0, mask&4 != 0},
				outage:    mask&8 != 0,
			})
		}
	}
}

func (p position) String() string {
	text := fmt.Sprintf("outage %t:", p.outage)
	for i, s := range p.situation {
		text += fmt.Sprintf(" (%s, published %t)", situations[s].name, p.published[i])
	}
	return text
}

func (p position) verdicts() hosts.Verdicts {
	v := hosts.Verdicts{}
	for i, s := range p.situation {
		v[id(i+1)] = situations[s].verdict
	}
	return v
}

func (p position) memory() *memory {
	m := newMemory()
	for i, published := range p.published {
		m.Published[id(i+1)] = published
	}
	if p.outage {
		m.Outage["pg"] = true
	}
	return m
}

// count counts the hosts other than except of which the verdict is such.
func (p position) count(except int, such func(health.Verdict) bool) int {
	count := 0
	for i, s := range p.situation {
		if i != except && such(situations[s].verdict) {
			count++
		}
	}
	return count
}

func isHealthy(v health.Verdict) bool { return v.State == health.Healthy }

func TestNothingButADeadHostIsEverTakenOut(t *testing.T) {
	endpoints := endpointsOf(object())
	eachPosition(func(p position) {
		d := decide(endpoints, p.verdicts(), p.memory())
		need := 1
		if p.outage && p.count(-1, isHeld) < need {
			need++ // one more, or the hold-down
		}
		anyBefore, anyAfter := false, false
		for i, s := range p.situation {
			verdict, in := situations[s].verdict, d.Published[id(i+1)]
			anyBefore, anyAfter = anyBefore || p.published[i], anyAfter || in
			fresh := p.count(i, func(other health.Verdict) bool { return health.Confirms(other, verdict) })
			switch dead := verdict.Proven(limits); {
			case isHealthy(verdict) && !in:
				t.Errorf("%s: host %d is healthy and not published", p, i+1)
			case !isHealthy(verdict) && in && !p.published[i]:
				t.Errorf("%s: host %d is not healthy and was put in", p, i+1)
			case p.published[i] && !in && !dead:
				t.Errorf("%s: host %d was taken out without a threshold of our own", p, i+1)
			case p.published[i] && !in && fresh < need:
				t.Errorf("%s: host %d was taken out on the evidence of %d", p, i+1, fresh)
			case p.published[i] && in && dead && fresh >= need:
				t.Errorf("%s: host %d is dead and was kept in", p, i+1)
			}
		}
		if anyBefore && !anyAfter {
			t.Errorf("%s: the port was emptied", p)
		}
	})
}

func TestWhenItIsAnOutage(t *testing.T) {
	endpoints := endpointsOf(object())
	eachPosition(func(p position) {
		d := decide(endpoints, p.verdicts(), p.memory())
		healthy := p.count(-1, isHealthy)
		held := false
		for i, s := range p.situation {
			held = held || p.published[i] && situations[s].verdict.State == health.Unhealthy
		}
		want := held && (healthy == 0 || p.outage && healthy == 1 && p.count(-1, isHeld) == 0)
		if d.Outage["pg"] != want {
			t.Errorf("%s: outage is %t, want %t", p, d.Outage["pg"], want)
		}
	})
}

func TestWhatTheUserTakesOutIsOutWhateverTheHostsSay(t *testing.T) {
	for _, state := range []v1alpha1.HostState{v1alpha1.HostDrain, v1alpha1.HostDisabled} {
		endpoints := endpointsOf(object(withState(0, state)))
		eachPosition(func(p position) {
			if d := decide(endpoints, p.verdicts(), p.memory()); d.Published[id(1)] {
				t.Errorf("%s, %s: host 1 is published", state, p)
			}
		})
	}
}

// Deciding again on the same verdicts puts nobody back that went out.
func TestADecisionLeadsToNoOtherBack(t *testing.T) {
	endpoints := endpointsOf(object())
	eachPosition(func(p position) {
		first := decide(endpoints, p.verdicts(), p.memory())
		second := decide(endpoints, p.verdicts(), &memory{State: recovery.State{Previous: failover.Previous{Published: first.Published, Outage: first.Outage}}})
		for n := 1; n <= 3; n++ {
			if second.Published[id(n)] && !first.Published[id(n)] {
				t.Errorf("%s: host %d went out and came back", p, n)
			}
		}
	})
}
