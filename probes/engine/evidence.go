package engine

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// lockedSeekEvidence looks for witnesses that a failing member is alone with its
// failure, and has others probed at once where they are missing.
func (e *Engine) lockedSeekEvidence(m *member, s health.Sample) {
	now := s.Ended
	enough, spare := m.port.evidence(m.verdict)
	e.lockedCorroborate(m, enough, s.Started)
	if spare {
		delete(m.port.waiting, m)
	} else {
		m.await()
	}
	if enough {
		return
	}
	for _, t := range m.port.tiers {
		if t.able() {
			e.lockedProbeWitnesses(t, m, now)
		}
	}
	if m.verdict.Proven(m.thresholds) && !m.port.able() {
		e.lockedProbeOtherObjects(m, now)
	}
}

// lockedProbeWitnesses has as many witnesses of the tier probed at once as are missing.
func (e *Engine) lockedProbeWitnesses(t *tier, m *member, now time.Time) {
	missing := t.need - t.confirmed(m.verdict, t.need)
	// Targets at rest first. The answer of a probe in flight would be too old: it has to be
	// probed again.
	for _, inflight := range []bool{false, true} {
		for _, other := range t.up {
			if missing == 0 {
				return
			}
			if m.mayBeWitnessFor(other) && other.target.inflight == inflight {
				e.lockedExpedite(other.target, now)
				missing--
			}
		}
	}
}

// lockedCorroborate notes on a member that has just failed whether others had
// answered before the failed probe started.
func (e *Engine) lockedCorroborate(m *member, enough bool, started time.Time) {
	answered := enough || !m.port.able() && e.fleet.foreignSince(m.group, e.fleet.at(m.verdict.Run.Seen))
	before := m.answered && m.verdict.Run.Length > 1
	if before || answered && (m.port.answeredBefore(m.verdict, started) || e.lockedAnsweredElsewhere(m, started)) {
		m.setVerdict(m.verdict.Corroborate())
	}
	m.answered = answered
	if answered && m.verdict.Proven(m.thresholds) && !m.verdict.Run.Corroborated {
		m.target.probeNow = true // the answer came while the probe was in flight: its next failure counts
	}
	m.elsewhere = answered && !enough || m.elsewhere && m.verdict.Run.Length > 1
}

// lockedMarkSuspect drops the evidence against a member that came from hosts of other groups, and
// requests a probe of it. Those hosts showed that the network was there when no witness of the
// member's own port could. Now that such a witness is back, the member may be back too, without
// having been probed since.
func (e *Engine) lockedMarkSuspect(m *member, now time.Time) {
	m.setVerdict(m.verdict.Uncorroborate())
	m.answered, m.elsewhere = false, false
	e.lockedExpedite(m.target, now)
}

// lockedAnsweredElsewhere reports whether the latest answer of hosts that others
// watch is one to the failing member's run, and from before started.
func (e *Engine) lockedAnsweredElsewhere(m *member, started time.Time) bool {
	latest := e.fleet.time(e.fleet.foreign(m.group))
	return !m.port.able() && !latest.Before(m.verdict.Run.Seen) && !latest.After(started)
}

// lockedConfirm reports whether the latest success is evidence against a failing member, and the
// verdict before was not. A member that has not failed since is probed at once, because it may be
// back; its next failure is what changes the verdict.
func (e *Engine) lockedConfirm(m *member, before health.Verdict, now time.Time) bool {
	if !m.isUp() || m.tier.need == noEvidence {
		return false
	}
	confirmed := false
	for w := range m.port.waiting {
		if health.Confirms(m.verdict, w.verdict) && !health.Confirms(before, w.verdict) {
			switch {
			case w.elsewhere:
				e.lockedMarkSuspect(w, now)
			case w.verdict.Run.Corroborated:
				confirmed = true
				if _, spare := m.port.evidence(w.verdict); spare {
					delete(m.port.waiting, w) // what others say changes nothing
				}
			default:
				e.lockedProbeOnceMore(w, now)
			}
		}
	}
	return confirmed
}

// lockedProbeOnceMore requests a probe of a member that waited for evidence. The present witness
// is recorded: by the end of that probe it may have been probed again, and its earlier answer
// would be lost.
func (e *Engine) lockedProbeOnceMore(m *member, now time.Time) {
	if enough, _ := m.port.evidence(m.verdict); enough && !m.target.inflight {
		m.answered = true
	}
	e.lockedExpedite(m.target, now)
}

// heldSince reports whether the member has just passed the hold-down: its tier may take
// the traffic back, or an outage may end. Elsewhere nothing depends on it, and a
// reconcile for it would be one for each host of a starting process.
func (m *member) heldSince(before health.Verdict) bool {
	return (m.group.tiered || m.group.outage) && m.verdict.PastHoldDown(m.thresholds) && !before.PastHoldDown(m.thresholds)
}

// lockedExpedite has the target probed as soon as its fast interval allows.
func (e *Engine) lockedExpedite(t *target, now time.Time) {
	if t.inflight {
		t.probeNow = true
		return
	}
	if soon := later(now, t.started.Add(t.fastInterval())); soon.Before(t.item.Due()) {
		e.lockedPlan(t, soon)
		return
	}
	e.queue.promote(t) // it is due already: what may lose a host goes first
}

// port holds the members of one port: they are each other's evidence, tier by tier.
type port struct {
	members []*member
	tiers   []*tier
	// waiting are members whose failure is proven, but without enough evidence so far. A success
	// that confirms one of them is a change to report.
	waiting map[*member]struct{}
}

// noEvidence is the need of a tier whose hosts are not used as evidence.
const noEvidence = -1

// tier holds those members of a port that have the same priority.
type tier struct {
	priority int32
	// need is how many of the tier are evidence enough.
	need int
	size int
	// up are the witnesses that are healthy and not failing. A search for evidence visits only
	// them, so that it costs nothing when all are down.
	up []*member
}

// tier returns the port's tier of this priority.
func (p *port) tier(priority int32) *tier {
	for _, t := range p.tiers {
		if t.priority == priority {
			return t
		}
	}
	t := &tier{priority: priority}
	p.tiers = append(p.tiers, t)
	return t
}

// require sets the evidence that a plan requires of each tier. A plan without requirements needs
// none.
func (p *port) require(evidence map[int32]int) {
	p.tiers = slices.DeleteFunc(p.tiers, func(t *tier) bool { return t.size == 0 })
	for _, t := range p.tiers {
		need, asked := evidence[t.priority]
		if !asked && len(evidence) > 0 {
			need = noEvidence
		}
		t.need = need
	}
}

// reconsider has every proven member wait for evidence that has none to spare, where
// it may be another one now that makes it so.
func (p *port) reconsider() {
	for _, m := range p.members {
		m.await()
		if _, waits := p.waiting[m]; !waits {
			continue
		}
		if _, spare := p.evidence(m.verdict); spare {
			delete(p.waiting, m)
		}
	}
}

// await has every proven member wait for evidence again. Those that have enough of
// it stop waiting at the next success that confirms them, or at their next failure.
func (p *port) await() {
	for _, m := range p.members {
		m.await()
	}
}

// evidence reports whether some tier proves that the failing host is alone with its
// failure, and whether one does with a host to spare: that is what it takes to leave
// an outage.
func (p *port) evidence(failing health.Verdict) (enough, spare bool) {
	for _, t := range p.tiers {
		if t.need == noEvidence {
			continue
		}
		confirmed := t.confirmed(failing, t.need+1)
		if confirmed > t.need {
			return true, true
		}
		enough = enough || confirmed == t.need
	}
	return enough, false
}

// answeredBefore reports whether some tier had proved, before started, that the
// failing host is alone with its failure.
func (p *port) answeredBefore(failing health.Verdict, started time.Time) bool {
	return slices.ContainsFunc(p.tiers, func(t *tier) bool {
		if t.need == noEvidence {
			return false
		}
		count := 0
		for _, other := range t.up {
			if count == t.need {
				break
			}
			if !other.verdict.LastSuccess.After(started) && health.Confirms(other.verdict, failing) {
				count++
			}
		}
		return count == t.need
	})
}

// able reports whether any tier could still prove something.
func (p *port) able() bool { return slices.ContainsFunc(p.tiers, (*tier).able) }

// able reports whether the tier has the witnesses that it takes, if they all answer.
func (t *tier) able() bool { return t.need != noEvidence && len(t.up) >= t.need }

// confirmed counts the witnesses that confirm a failure, up to most.
func (t *tier) confirmed(failing health.Verdict, most int) int {
	count := 0
	for _, other := range t.up {
		if count == most {
			break
		}
		if health.Confirms(other.verdict, failing) {
			count++
		}
	}
	return count
}
