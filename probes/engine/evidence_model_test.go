package engine_test

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

const (
	hostsInModel = 8
	tiersInModel = 2
	// hostsInGroup of them are in each group, so that two are in both.
	hostsInGroup = 5
)

// patient is a check whose probes may take as long as the test likes.
var patient = &probes.Check{Timeout: time.Hour, TCP: &probes.TCP{}}

// asker is a runner whose probes wait until the test says how they end.
type asker struct {
	mu      sync.Mutex
	waiting []waitingProbe
}

type waitingProbe struct {
	target netip.AddrPort
	began  time.Time
	answer chan probes.Outcome
}

func (a *asker) Start(ctx context.Context, probe engine.Probe) {
	answer := make(chan probes.Outcome)
	a.mu.Lock()
	began := time.Now()
	a.waiting = append(a.waiting, waitingProbe{probe.Target, began, answer})
	a.mu.Unlock()
	go func() {
		select {
		case outcome := <-answer:
			probe.Done(began, outcome)
		case <-ctx.Done():
			probe.Done(began, probes.Broken(ctx.Err()))
		}
	}()
}

// take removes one of the waiting probes; false: there is none.
func (a *asker) take(t *rapid.T) (waitingProbe, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.waiting) == 0 {
		return waitingProbe{}, false
	}
	i := rapid.IntRange(0, len(a.waiting)-1).Draw(t, "probe")
	probe := a.waiting[i]
	a.waiting = slices.Delete(a.waiting, i, i+1)
	return probe, true
}

// belief is all that the removal gate looks at in one member.
type belief struct {
	state health.State
	// fallen: a full threshold of failures; proven: and one of them after others had answered.
	fallen, proven, held bool
	// allowed: the gate lets the member go while no outage is in force, and while one is, which takes
	// a witness more.
	allowed, allowedInOutage bool
	confirmed                [tiersInModel]int // by tier
	// failing: the latest probe failed.
	failing bool
	// abandoned: no tier has enough hosts left that could confirm anything.
	abandoned bool
	// vouched: hosts that others watch have answered since, or there are none.
	vouched, isolated bool
	// seen is when the failing run's first result was known.
	seen time.Time
}

// gateModel is a few groups and what the gate, as a pure function of their
// verdicts, says of them.
type gateModel struct {
	*rig
	asker *asker
	plans map[engine.Key]engine.Plan
	// down are the hosts that fail; a broken probe may come at any time.
	down [hostsInModel]bool
	// vouched are the runs of abandoned hosts that others have vouched for once. Should
	// who did so leave and somebody else do it again, that is no news.
	vouched map[failingRun]bool
	// answered is when the latest successful probe of each host started, since the
	// plans changed.
	answered map[netip.Addr]time.Time
	changed  time.Time
}

type failingRun struct {
	key  engine.Key
	id   engine.MemberID
	seen time.Time
}

func (g *gateModel) beliefs(key engine.Key) map[engine.MemberID]belief {
	p, verdicts, network := g.plans[key], g.Verdicts(key), g.Network(key)
	beliefs := map[engine.MemberID]belief{}
	for _, m := range p.Members {
		v := verdicts[m.ID]
		b := belief{state: v.State, fallen: v.Proven(m.Thresholds), held: v.PastHoldDown(m.Thresholds), failing: v.Failing(), seen: v.Run.Seen}
		b.allowed = gate(p, m.ID.Port, verdicts, 0).Removal(v, m.Thresholds) == evidence.Allowed
		b.allowedInOutage = gate(p, m.ID.Port, verdicts, 1).Removal(v, m.Thresholds) == evidence.Allowed
		b.proven = b.fallen && v.Run.Corroborated
		b.abandoned, b.vouched, b.isolated = abandoned(p, m.ID.Port, verdicts), network.Corroborates(v), network.Isolated
		for _, other := range p.Members {
			if other.ID != m.ID && other.ID.Port == m.ID.Port && other.Witness && health.Confirms(verdicts[other.ID], v) {
				b.confirmed[other.Tier]++
			}
		}
		beliefs[m.ID] = b
	}
	return beliefs
}

// gate is the removal gate of a port, by the plan's quorums and so many witnesses more.
func gate(p engine.Plan, port string, verdicts map[engine.MemberID]health.Verdict, more int) evidence.Gate {
	var g evidence.Gate
	for tier, need := range p.Evidence {
		if !populated(p, tier) {
			continue
		}
		q := &evidence.Quorum{Need: need + more}
		for _, m := range p.Members {
			if m.ID.Port == port && m.Tier == tier && m.Witness {
				q.Add(verdicts[m.ID])
			}
		}
		q.Sort()
		g.Quorums = append(g.Quorums, q)
	}
	return g
}

// abandoned reports whether no tier has the witnesses of its quorum.
func abandoned(p engine.Plan, port string, verdicts map[engine.MemberID]health.Verdict) bool {
	return len(p.Evidence) > 0 && !slices.ContainsFunc(gate(p, port, verdicts, 0).Quorums, (*evidence.Quorum).Complete)
}

// opens reports whether the gate opened between two beliefs: for entering an outage, or for leaving
// one, which takes a host more.
func opens(before, after belief) bool {
	return !before.allowed && after.allowed || !before.allowedInOutage && after.allowedInOutage
}

// populated reports whether a tier has members.
func populated(p engine.Plan, tier int32) bool {
	return slices.ContainsFunc(p.Members, func(m engine.Member) bool { return m.Tier == tier })
}

// rose reports whether the host is confirmed by more than before.
func rose(before, after belief) bool {
	for tier := range after.confirmed {
		if after.confirmed[tier] > before.confirmed[tier] {
			return true
		}
	}
	return false
}

// note returns what is believed, and remembers who was vouched for.
func (g *gateModel) note() map[engine.Key]map[engine.MemberID]belief {
	all := map[engine.Key]map[engine.MemberID]belief{}
	for key := range g.plans {
		all[key] = g.beliefs(key)
		for id, b := range all[key] {
			if b.abandoned && b.vouched && b.proven {
				g.vouched[failingRun{key, id, b.seen}] = true
			}
		}
	}
	return all
}

// answer ends one probe, and holds the engine to having told what changed by it.
func (g *gateModel) answer(t *rapid.T) {
	probe, any := g.asker.take(t)
	if !any {
		return
	}
	before, isolated := g.note(), g.Network(orders).Isolated
	g.forgetTold()
	outcome := g.outcome(t, probe.target)
	probe.answer <- outcome
	synctest.Wait()
	g.checkNetwork(t, probe, outcome, isolated)

	for key, p := range g.plans {
		told := len(g.changes(key, time.Time{}))
		must, may := false, false
		for id, now := range g.beliefs(key) {
			was := before[key][id]
			tiered := populated(p, 0) && populated(p, 1)
			must = must || now.state != was.state || opens(was, now) || tiered && now.held && !was.held
			must = must || now.proven && was.abandoned && now.abandoned && now.vouched && !g.vouched[failingRun{key, id, now.seen}]
			must = must || was.isolated != now.isolated && (was.failing && now.failing)
			may = may || now.fallen && (!was.fallen || now.vouched) || now.proven && (!was.proven || rose(was, now) || now.vouched) || was.isolated != now.isolated
		}
		if must && told == 0 {
			t.Fatalf("%s changed and nobody was told: before %v, now %v", key.Name, before[key], g.beliefs(key))
		}
		if told > 0 && !must && !may || told > 1 {
			t.Fatalf("%s: told %d times of before %v, now %v", key.Name, told, before[key], g.beliefs(key))
		}
	}
}

// checkNetwork holds what is said of the network to what this probe, and those before
// it, can have shown.
func (g *gateModel) checkNetwork(t *rapid.T, probe waitingProbe, outcome probes.Outcome, before bool) {
	host := probe.target.Addr()
	if outcome.Result == probes.Success && probe.began.After(g.changed) && probe.began.After(g.answered[host]) {
		g.answered[host] = probe.began
	}
	after := g.Network(orders).Isolated
	if before && !after && outcome.Result != probes.Success || !before && after && outcome.Result != probes.Failure {
		t.Fatalf("isolated: %t before a probe that ended with %s, %t after it", before, outcome.Result, after)
	}
	for key, p := range g.plans {
		var latest time.Time
		for other, started := range g.answered {
			watched := slices.ContainsFunc(p.Members, func(m engine.Member) bool { return m.Target.Addr() == other })
			if !watched && g.watched(other) && started.After(latest) {
				latest = started
			}
		}
		if got := g.Network(key).LastSuccess; got.Before(latest) || got.After(time.Now()) {
			t.Fatalf("%s: the latest success elsewhere started %s, want %s at least", key.Name, got, latest)
		}
	}
}

// watched reports whether any group watches the host.
func (g *gateModel) watched(host netip.Addr) bool {
	for _, p := range g.plans {
		if slices.ContainsFunc(p.Members, func(m engine.Member) bool { return m.Target.Addr() == host }) {
			return true
		}
	}
	return false
}

// outcome is how a host ends a probe.
func (g *gateModel) outcome(t *rapid.T, target netip.AddrPort) probes.Outcome {
	switch n := target.Addr().As4()[3]; {
	case rapid.IntRange(0, 19).Draw(t, "works") == 0:
		return probes.Broken(context.Canceled)
	case g.down[n]:
		return probes.Failed(probes.Timeout)
	default:
		return probes.Succeeded()
	}
}

// turn has one host fail that was well, or the other way round.
func (g *gateModel) turn(t *rapid.T) {
	n := rapid.IntRange(0, hostsInModel-1).Draw(t, "host")
	g.down[n] = !g.down[n]
}

// wait lets time pass, so that probes are due.
func (g *gateModel) wait(t *rapid.T) {
	pass(time.Duration(rapid.IntRange(0, 1000).Draw(t, "ms")) * time.Millisecond)
}

// change applies another plan; who applies it looks at the verdicts himself.
func (g *gateModel) change(t *rapid.T) {
	key := rapid.SampledFrom([]engine.Key{orders, billing}).Draw(t, "group")
	p := engine.Plan{Key: key, Evidence: map[int32]int{}}
	for tier := range int32(tiersInModel) {
		if rapid.IntRange(0, 9).Draw(t, "no evidence") > 0 {
			p.Evidence[tier] = rapid.IntRange(0, 2).Draw(t, "evidence")
		}
	}
	p.Evidence[7] = 0 // a tier that nobody is in
	single := rapid.Bool().Draw(t, "one tier only")
	first := 0
	if key == billing {
		first = hostsInModel - hostsInGroup
	}
	for n := first; n < first+hostsInGroup; n++ {
		if rapid.IntRange(0, 5).Draw(t, "left out") == 0 {
			continue
		}
		p.Members = append(p.Members, but(member(n), func(m *engine.Member) {
			m.Check = patient
			if rapid.IntRange(0, 9).Draw(t, "other check") == 0 {
				m.Check = otherCheck
			}
			if !single {
				m.Tier = rapid.Int32Range(0, tiersInModel-1).Draw(t, "tier")
			}
			m.Witness = rapid.IntRange(0, 5).Draw(t, "no witness") > 0
			m.Thresholds = health.Thresholds{Rise: rapid.IntRange(1, 2).Draw(t, "rise"), Fall: rapid.IntRange(1, 2).Draw(t, "fall")}
		}))
	}
	g.note()
	if err := g.Apply(p); err != nil {
		t.Fatal(err)
	}
	g.plans[key] = p
	g.answered, g.changed = map[netip.Addr]time.Time{}, time.Now()
	synctest.Wait()
	g.note()
}

// Whenever the gate opens for a member, its group must have been told: the
// operator looks at verdicts only when it is.
func TestWheneverTheGateOpensItIsTold(t *testing.T) {
	synctest.Test(t, func(bubble *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			g := &gateModel{asker: &asker{}, plans: map[engine.Key]engine.Plan{}, vouched: map[failingRun]bool{}}
			g.rig = newRig(bubble, func(o *engine.Options) { o.Runner = g.asker })
			defer g.stop()
			g.change(t)
			steps := slices.Concat(
				slices.Repeat([]func(*rapid.T){g.answer}, 10), slices.Repeat([]func(*rapid.T){g.wait, g.wait, g.turn}, 2), []func(*rapid.T){g.change},
			)
			for range 150 {
				rapid.SampledFrom(steps).Draw(t, "step")(t)
			}
		})
	})
}
