package externalservice

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/health"
)

// modelSearch visits every state of a world that can be reached, breadth first, so
// that the first path to a violation is a shortest one.
type modelSearch struct {
	w *modelWorld
	// trails says how each state was reached first.
	trails map[modelState]trail
	queue  []modelState
	// depth is how many steps it took to the states of the queue, nextLevel where in the
	// queue those begin that take one more.
	depth, nextLevel int
	// progress is told of every few seconds.
	progress func(format string, args ...any)
	told     time.Time
	// rested are the states that the operator has looked at.
	rested map[modelState]bool
	// calm is in how many rounds a state comes to rest, mostCalm the most of all.
	calm        map[calmState]int
	mostCalm    int
	transitions int
	// violation is the first one, in words.
	violation string
}

// trail leads to a state.
type trail struct {
	from modelState
	step string
}

func newSearch(w modelWorld) *modelSearch {
	w.layouts, w.writings = map[[modelHosts]v1alpha1.HostState]hosts.Layout{}, map[writing]written{}
	w.stored = map[modelLeft]inheritance{}
	return &modelSearch{w: &w, trails: map[modelState]trail{}, rested: map[modelState]bool{}, calm: map[calmState]int{}, told: time.Now(), progress: func(string, ...any) {}}
}

// run visits all states, and returns at the first violation.
func (m *modelSearch) run() {
	first := m.w.look(modelState{}).after
	m.visit(modelState{}, first, "an object is made")
	m.nextLevel = 1
	for at := 0; at < len(m.queue) && m.violation == ""; at++ {
		if at == m.nextLevel {
			m.depth, m.nextLevel = m.depth+1, len(m.queue)
		}
		if at%1024 == 0 && time.Since(m.told) > 5*time.Second {
			m.progress("%s: depth %d, %d states visited, %d known, %d transitions", m.w, m.depth, at, len(m.queue), m.transitions)
			m.told = time.Now()
		}
		s := m.queue[at]
		m.calmDown(s)
		for _, step := range m.w.steps(s) {
			m.take(s, step)
			if m.violation != "" {
				return
			}
		}
	}
}

// take follows one step, and what a crash can make of it.
func (m *modelSearch) take(s modelState, step modelStep) {
	if step.settled {
		m.check(s, step, step.state)
		m.visit(s, step.state, step.name)
		return
	}
	l := m.w.look(step.state)
	m.check(s, step, l.after)
	if !s.outage || l.after.outage {
		m.rest(s, step.name, l.after)
	} // else the end of an outage asks for less evidence, and the next answer is told
	m.visit(s, l.after, step.name)
	for _, crash := range m.w.crashes(step.state, l) {
		crash.name = step.name + "; " + crash.name
		after := crash.state
		if !crash.settled {
			after = m.w.look(after).after
		}
		m.check(s, crash, after)
		m.visit(s, after, crash.name)
	}
}

func (m *modelSearch) visit(from, s modelState, step string) {
	m.transitions++
	s = s.canonical(m.w)
	if _, known := m.trails[s]; known {
		return
	}
	m.trails[s] = trail{from, step}
	m.queue = append(m.queue, s)
}

// fail takes a violation down, with the path that leads to it.
func (m *modelSearch) fail(s modelState, step string, after modelState, format string, args ...any) {
	if m.violation != "" {
		return
	}
	path := []string{fmt.Sprintf("%s\n      %s", step, after.words(m.w))}
	for s != (modelState{}) {
		t := m.trails[s]
		path = append(path, fmt.Sprintf("%s\n      %s", t.step, s.words(m.w)))
		s = t.from
	}
	slices.Reverse(path)
	m.violation = fmt.Sprintf(format, args...) + ":\n    " + strings.Join(path, "\n    ")
}

// check holds the slices before and after a step to what is promised of them.
func (m *modelSearch) check(s modelState, step modelStep, after modelState) {
	looked := step.state // with the verdicts that the operator went by
	none := m.w.action == v1alpha1.ActionPublishNone
	wanted := false // somebody had traffic whom nobody has taken out
	for i, kind := range m.w.hosts {
		was, is, h := s.hosts[i].slice, after.hosts[i].slice, after.hosts[i]
		if s.intruded {
			was.ready = was.ready && s.hosts[i].late.ready // to undo what a former leader wrote is no decision
		}
		if after.intruded {
			is.ready = was.ready // checked when it was decided
		}
		unwanted := h.denied || h.drained
		wanted = wanted || s.hosts[i].slice.ready && !unwanted
		switch {
		case is.ready && unwanted && !step.settled:
			m.fail(s, step.name, after, "host %d is published against somebody's wish", i+1)
		case is.listed && h.denied && !step.settled:
			m.fail(s, step.name, after, "host %d is denied and listed", i+1)
		case h.slice.serving && !h.slice.ready && !h.slice.terminating:
			m.fail(s, step.name, after, "host %d is serving, and neither ready nor terminating", i+1)
		case was.ready && !is.ready && !unwanted && kind.well && !m.standsBy(after, i) && (!none || m.w.elsewhere):
			m.fail(s, step.name, after, "host %d is always well and was taken out", i+1)
		case was.ready && !is.ready && !unwanted && looked.hosts[i].state == health.Healthy && !m.standsBy(after, i):
			m.fail(s, step.name, after, "host %d is healthy and was taken out", i+1)
		case !was.ready && is.ready && looked.hosts[i].state != health.Healthy && !s.intruded &&
			(m.w.action != v1alpha1.ActionPublishAll || looked.hosts[i].state == health.Unknown || !s.outage && !after.outage && looked.safety == 0):
			m.fail(s, step.name, after, "host %d was put in, and is %s", i+1, looked.hosts[i].state)
		}
	}
	if i := m.keptDead(after); i > 0 && !step.settled && !after.intruded {
		m.fail(s, step.name, after, "host %d is proven dead and published beside hosts that have passed the hold-down", i)
	}
	if wanted && after.empty() && !none && !s.intruded && !after.intruded {
		m.fail(s, step.name, after, "the Service was emptied")
	}
}

// keptDead is the number of a host that is published though it is proven dead, and as
// many hosts of a tier as must be healthy have passed the hold-down and confirm it; 0: none.
func (m *modelSearch) keptDead(s modelState) int {
	for i := range m.w.hosts {
		h := s.hosts[i]
		dead := h.verdict()
		if !h.slice.ready || h.drained || h.denied || !dead.Proven(m.w.limits) || !dead.Run.Corroborated {
			continue
		}
		for tier, need := range hosts.EvidenceByTier(m.w.layout(s.intents()).Endpoints, m.w.policy()) {
			held := 0
			for j, kind := range m.w.hosts {
				other := s.hosts[j]
				if kind.tier == tier && !other.drained && !other.denied && other.verdict().PastHoldDown(m.w.limits) && health.Confirms(other.verdict(), dead) {
					held++
				}
			}
			if held >= need {
				return i + 1
			}
		}
	}
	return 0
}

// standsBy reports whether a host is not needed: enough of those of an earlier tier
// get traffic and are healthy.
func (m *modelSearch) standsBy(s modelState, i int) bool {
	for tier := range m.w.hosts[i].tier {
		active, serving := 0, 0
		for j, kind := range m.w.hosts {
			h := s.hosts[j]
			if kind.tier != tier || h.drained || h.denied {
				continue
			}
			active++
			if h.slice.ready && h.state == health.Healthy {
				serving++
			}
		}
		if active > 0 && serving >= m.w.policy().EffectiveMinHealthy(active) {
			return true
		}
	}
	return false
}

// rest holds a state that the operator has looked at to be at rest: it looks again
// and writes nothing, and so does whoever comes after it.
func (m *modelSearch) rest(from modelState, step string, s modelState) {
	known := s.canonical(m.w)
	if m.rested[known] {
		return
	}
	m.rested[known] = true
	if again := m.w.look(s); again.after != s && !s.unsettled() {
		m.fail(from, step, s, "to look again changes something, into %s", again.after.words(m.w))
	}
	if s.isolated {
		return // who comes after it does not know
	}
	next := m.w.look(m.w.restarted(s))
	if next.sliceWrites > 0 && s.unsettled() && !next.after.removes(s) {
		return // of a failure below the threshold it does not know either, and adds the host
	}
	if next.sliceWrites > 0 {
		m.fail(from, step, s, "a restart writes slices, into %s", next.after.words(m.w))
	}
	if next.statusWrites > 0 && !s.pending(m.w) {
		m.fail(from, step, s, "a restart writes the status, into %s", next.after.words(m.w))
	}
}
