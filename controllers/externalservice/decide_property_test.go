package externalservice

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// drawnCase is a decision: an object with up to three tiers, what is believed of
// its hosts, and what was decided before.
type drawnCase struct {
	rules     failover.Rules
	object    *v1alpha1.ExternalService
	endpoints []hosts.Endpoint
	verdicts  hosts.Verdicts
	memory    *memory
}

func drawCase(t *rapid.T) drawnCase {
	many := slices.Concat(situations, []situation{
		{"just back", back(2)}, {"just up", recent(30)}, {"back for long", back(6)}, {"up all the time", up(30)}, {"down for long", down(-300)},
	})
	c := drawnCase{object: object(withHosts()), verdicts: hosts.Verdicts{}, memory: newMemory()}
	for n := range rapid.IntRange(1, 7).Draw(t, "hosts") {
		host := hostsNumbered(n + 1)[0]
		host.Priority = rapid.Int32Range(0, 2).Draw(t, "priority")
		if rapid.IntRange(0, 7).Draw(t, "drained") == 7 {
			host.State = v1alpha1.HostDrain
		}
		c.object.Spec.Hosts = append(c.object.Spec.Hosts, host)
		c.verdicts[id(n+1)] = rapid.SampledFrom(many).Draw(t, "verdict").verdict
		c.memory.Published[id(n+1)] = rapid.Bool().Draw(t, "published")
		c.memory.PublishedByPolicy[id(n+1)] = c.memory.Published[id(n+1)] && rapid.IntRange(0, 3).Draw(t, "drafted") == 3
	}
	c.memory.Outage["pg"] = rapid.Bool().Draw(t, "outage")
	c.rules.Policy = policy(rapid.SampledFrom([]string{"1", "1", "2", "3", "50%", "100%"}).Draw(t, "minHealthy"),
		rapid.SampledFrom([]v1alpha1.FailureAction{v1alpha1.ActionKeepLast, v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone}).Draw(t, "action"))
	c.rules.Network = rapid.SampledFrom([]health.Network{
		{Alone: true}, {Isolated: true}, {LastSuccess: at(50)}, {LastSuccess: at(-50)},
	}).Draw(t, "network")
	c.endpoints = endpointsOf(c.object)
	return c
}

// hostsOf calls visit for the Active hosts of a priority; a negative one: of all.
func (c drawnCase) hostsOf(priority int32, visit func(engine.MemberID, health.Verdict)) {
	for _, e := range c.endpoints {
		if e.Active() && (priority < 0 || e.Tier == priority) {
			visit(e.ID, c.verdicts[e.ID])
		}
	}
}

// enough reports whether as many hosts of some tier are such as must be healthy. In an
// outage it must be one more of them, until that many have passed the hold-down.
func (c drawnCase) enough(priority int32, such func(health.Verdict) bool) bool {
	active, count, held := 0, 0, 0
	c.hostsOf(priority, func(_ engine.MemberID, v health.Verdict) {
		active++
		if such(v) {
			count++
		}
		if isHeld(v) {
			held++
		}
	})
	need := c.rules.Policy.EffectiveMinHealthy(active)
	if c.memory.Outage["pg"] && need < active && held < need {
		need++
	}
	return active > 0 && count >= need
}

func (c drawnCase) someTier(such func(health.Verdict) bool) bool {
	return c.enough(0, such) || c.enough(1, such) || c.enough(2, such)
}

// notCalled reports whether hosts of earlier tiers that get traffic do not call the
// host: without a proof that they failed, without a network, or as it fails itself.
func (c drawnCase) notCalled(id engine.MemberID, priority int32) bool {
	candidate, notCalled := c.verdicts[id], false
	for earlier := range priority {
		c.hostsOf(earlier, func(other engine.MemberID, v health.Verdict) {
			doubted := v.State == health.Unhealthy && !v.Proven(limits) && !isHeld(candidate)
			notCalled = notCalled || c.memory.Published[other] && (c.rules.Network.Isolated || candidate.Failing() || doubted)
		})
	}
	return notCalled
}

func isHeld(v health.Verdict) bool { return v.PastHoldDown(limits) }

// mayGoOut says whether a published host may be taken out, in the words of the contract.
func (c drawnCase) mayGoOut(e hosts.Endpoint) bool {
	verdict := c.verdicts[e.ID]
	action, network := c.rules.Policy.EffectiveAction(), c.rules.Network
	confirms := func(other health.Verdict) bool { return health.Confirms(other, verdict) }
	anybody := false
	c.hostsOf(-1, func(_ engine.MemberID, other health.Verdict) { anybody = anybody || confirms(other) })
	short := !c.someTier(isHealthy)
	for priority := range e.Tier {
		if c.enough(priority, isHeld) {
			return true // it stands by for others that have proved themselves
		}
	}
	switch {
	case verdict.State == health.Unhealthy && short && action == v1alpha1.ActionKeepLast && c.memory.PublishedByPolicy[e.ID]:
		return true
	case !verdict.Proven(limits):
		return false
	case c.someTier(confirms):
		return true
	default:
		return short && action == v1alpha1.ActionPublishNone && (anybody || network.Corroborates(verdict))
	}
}

func TestEveryRemovalHasAReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		d := c.rules.Decide(c.endpoints, c.verdicts, c.memory.Previous)
		before, after := false, false
		excused := c.rules.Policy.EffectiveAction() == v1alpha1.ActionPublishNone
		for _, e := range c.endpoints {
			was, is := c.memory.Published[e.ID], d.Published[e.ID]
			if !e.Active() {
				if is {
					t.Fatalf("%s is drained and published", e.ID.Address)
				}
				continue
			}
			before, after, excused = before || was, after || is, excused || c.memory.PublishedByPolicy[e.ID]
			if was && !is && !c.mayGoOut(e) {
				t.Fatalf("%s went out", e.ID.Address)
			}
			if is && !was && c.verdicts[e.ID].State != health.Healthy &&
				(c.rules.Policy.EffectiveAction() != v1alpha1.ActionPublishAll || !d.Outage["pg"] || c.verdicts[e.ID].State == health.Unknown) {
				t.Fatalf("%s went in", e.ID.Address)
			}
		}
		if before && !after && !excused {
			t.Fatal("the port was emptied")
		}
	})
}

// The first tier that is proved carries the traffic with all its healthy hosts,
// whatever was before, and an unproved one does where it is the only one.
func TestHealthyHostsOfTheFirstTierThatDoesArePublished(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		d := c.rules.Decide(c.endpoints, c.verdicts, c.memory.Previous)
		first, doing := int32(-1), 0
		for priority := range int32(3) {
			if c.enough(priority, isHealthy) {
				doing++
				if first < 0 {
					first = priority
				}
			}
		}
		unknown := false
		c.hostsOf(-1, func(_ engine.MemberID, v health.Verdict) { unknown = unknown || v.State == health.Unknown })
		switch {
		case unknown: // an upper tier may be awaited
		case first < 0: // no tier does: the healthy hosts of all are published
			for _, e := range c.endpoints {
				if v := c.verdicts[e.ID]; e.Active() && isHealthy(v) && !d.Published[e.ID] && !c.notCalled(e.ID, e.Tier) {
					t.Fatalf("%s is healthy and not published", e.ID.Address)
				}
			}
		case doing == 1 || c.enough(first, isHeld):
			c.hostsOf(first, func(id engine.MemberID, v health.Verdict) {
				if isHealthy(v) && !d.Published[id] && !c.notCalled(id, first) {
					t.Fatalf("%s is healthy and not published", id.Address)
				}
			})
		}
	})
}

// Deciding again on the same facts comes to rest, without going back on anything.
func TestConstantFactsLeadToRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		wentOut, flips, outage := map[engine.MemberID]bool{}, 0, c.memory.Outage["pg"]
		for range 6 {
			d := c.rules.Decide(c.endpoints, c.verdicts, c.memory.Previous)
			for id, is := range d.Published {
				if is && wentOut[id] {
					t.Fatalf("%s went out and came back", id.Address)
				}
				wentOut[id] = wentOut[id] || c.memory.Published[id] && !is
			}
			if d.Outage["pg"] != outage {
				outage = d.Outage["pg"]
				flips++
			}
			c.memory.Remember(d)
		}
		if flips > 1 {
			t.Fatalf("the outage began or ended %d times", flips)
		}
		before := maps.Clone(c.memory.Published)
		d := c.rules.Decide(c.endpoints, c.verdicts, c.memory.Previous)
		if diff := cmp.Diff(before, d.Published, compareIDs); diff != "" {
			t.Fatalf("it does not come to rest (-before +after):\n%s", diff)
		}
	})
}

// Where every dead host is proven dead and the first tier has proved itself, the
// past does not matter.
func TestThePastDoesNotMatterWhereEverythingIsProven(t *testing.T) {
	settled := []health.Verdict{up(60), up(60), down(0), down(20), back(30)}
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		want := map[engine.MemberID]bool{}
		for _, e := range c.endpoints {
			c.verdicts[e.ID] = rapid.SampledFrom(settled).Draw(t, "settled")
		}
		c.memory.Outage["pg"] = true // the harder case: one host more
		if !c.enough(0, isHeld) {
			t.Skip("not this draw: the first tier is not enough")
		}
		c.memory.Outage["pg"] = rapid.Bool().Draw(t, "outage again")
		for _, e := range c.endpoints {
			if e.Active() && e.Tier == 0 && isHealthy(c.verdicts[e.ID]) {
				want[e.ID] = true
			}
		}
		d := c.rules.Decide(c.endpoints, c.verdicts, c.memory.Previous)
		maps.DeleteFunc(d.Published, func(_ engine.MemberID, is bool) bool { return !is })
		if diff := cmp.Diff(want, d.Published, compareIDs); diff != "" {
			t.Fatalf("published (-want +got):\n%s", diff)
		}
		if d.Outage["pg"] {
			t.Fatal("it is an outage")
		}
	})
}
