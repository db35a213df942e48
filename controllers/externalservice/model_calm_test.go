package externalservice

import (
	"fmt"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// wellness is which hosts are well, from now on.
type wellness [modelHosts]bool

// calmState is a state from which on nothing bad happens any more, and probes tell
// the truth. Hosts are not sorted in it: the truth knows them by their place.
type calmState struct {
	modelState
	truth wellness
}

// truths are all that may be true of the hosts.
func (w *modelWorld) truths() []wellness {
	all := []wellness{{}}
	if w.role {
		for i := range w.hosts {
			only := wellness{}
			only[i] = true
			all = append(all, only)
		}
		return all
	}
	for i, kind := range w.hosts {
		for n := range all {
			if !kind.well {
				all = append(all, all[n])
			}
			all[n][i] = true
		}
	}
	return all
}

// calmRound is what happens while every host is asked once and nothing else: a late
// write arrives, somebody elsewhere answers, and the operator looks after each of it.
func (w *modelWorld) calmRound(s calmState) (next calmState, writes int) {
	look := func(after modelState) {
		l := w.look(after)
		s.modelState, writes = l.after.timeless(w), writes+l.sliceWrites+l.statusWrites
	}
	s.dark = false
	if s.late {
		s.modelState = s.arrived()
	}
	look(s.modelState)
	if w.elsewhere {
		look(w.answerElsewhere(s.modelState))
	}
	for i := range w.hosts {
		if s.hosts[i].flight.running {
			look(w.end(s.modelState, i))
		}
		if !s.hosts[i].denied {
			look(w.end(w.start(s.modelState, i, s.truth[i]), i))
		}
	}
	return s, writes
}

// mostRounds is within how many rounds a state has to come to rest: a hold-down of
// three times the threshold, and as many failures and successes as verdicts take.
const mostRounds = 12

// calmDown holds a state to this: when from now on nothing bad happens, the hosts that
// should get the traffic have it before long, and nothing is written any more.
func (m *modelSearch) calmDown(from modelState) {
	for _, truth := range m.w.truths() {
		m.reach(from, calmState{from.timeless(m.w), truth})
	}
}

// reach follows a state until it is at rest, or a state is met that was followed before.
func (m *modelSearch) reach(from modelState, s calmState) {
	var way []calmState
	rounds, known := m.calm[s]
	for ; !known; rounds, known = m.calm[s] {
		next, writes := m.w.calmRound(s)
		if next == s && writes == 0 {
			if wrong := m.w.misled(s); wrong != "" {
				m.fail(from, fmt.Sprintf("rest; well are %v", s.truth), s.modelState, "at rest %s", wrong)
			}
			m.calm[s], rounds = 0, 0
			break
		}
		if way = append(way, s); len(way) > mostRounds {
			m.fail(from, fmt.Sprintf("%d rounds; well are %v", len(way), s.truth), s.modelState, "it does not come to rest")
			return
		}
		s = next
	}
	for n := len(way) - 1; n >= 0; n-- {
		rounds++
		m.calm[way[n]] = rounds
	}
	if m.mostCalm = max(m.mostCalm, rounds); rounds > mostRounds {
		m.fail(from, fmt.Sprintf("%d rounds; well are %v", rounds, s.truth), s.modelState, "it comes to rest late")
	}
}

// misled says what is wrong with who gets traffic at rest; empty: nothing.
func (w *modelWorld) misled(s calmState) string {
	hosts, fine := map[int32]int{}, map[int32]int{}
	for i, kind := range w.hosts {
		if s.hosts[i].drained || s.hosts[i].denied {
			continue
		}
		hosts[kind.tier]++
		if s.truth[i] {
			fine[kind.tier]++
		}
	}
	carrying := int32(-1)
	for tier := range int32(2) {
		need := w.policy().EffectiveMinHealthy(hosts[tier])
		if hosts[tier] > 0 && fine[tier] >= need {
			carrying = tier
			break
		}
	}
	for i, kind := range w.hosts {
		h := s.hosts[i]
		ready, needed := h.slice.ready, carrying < 0 || kind.tier <= carrying
		switch {
		case h.drained || h.denied:
			if ready {
				return fmt.Sprintf("host %d is published against somebody's wish", i+1)
			}
		case s.truth[i] && !ready && needed:
			return fmt.Sprintf("host %d is well and not published", i+1)
		case s.truth[i] && ready && !needed:
			return fmt.Sprintf("host %d stands by and is published", i+1)
		case !s.truth[i] && ready && (s.safety == 0 || carrying >= 0):
			return fmt.Sprintf("host %d is dead and published", i+1)
		case !s.truth[i] && ready && w.action == v1alpha1.ActionPublishNone && w.elsewhere:
			return fmt.Sprintf("host %d is dead and published with PublishNone", i+1)
		case !s.truth[i] && !ready && carrying < 0 && w.action == v1alpha1.ActionPublishAll:
			return fmt.Sprintf("host %d is not published with all", i+1)
		}
	}
	return ""
}
