package engine

import (
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// member is one address watched for one port of a group. There are thousands: of its
// plan it keeps what is looked at between two plans.
type member struct {
	id           MemberID
	fastInterval time.Duration
	thresholds   health.Thresholds // with the member's interval

	group   *group
	port    *port
	tier    *tier
	target  *target // nil: the check asks nothing
	verdict health.Verdict
	witness bool
	// answered: there was evidence against the member before its next probe started, at
	// the latest failure of the run or since.
	answered bool
	// elsewhere: in the run, that evidence came from hosts of other groups.
	elsewhere bool
	// renewed: the check has changed since the latest settled verdict, and the results before
	// that were dropped.
	renewed bool
	// wellAt is the member's place in tier.well; -1: it is not there.
	wellAt int32
}

// follow takes in what a plan says of the member.
func (m *member) follow(planned *Member) {
	if m.tier == nil || m.tier.priority != planned.Tier {
		m.leaveTier()
		m.tier = m.port.tier(planned.Tier)
		m.tier.size++
	}
	m.fastInterval, m.thresholds, m.witness = planned.FastInterval, planned.Thresholds, planned.Witness
	m.thresholds.Interval = planned.Interval
	m.rank()
}

// leaveTier ends the member's part in its tier.
func (m *member) leaveTier() {
	if m.tier == nil {
		return
	}
	m.witness = false
	m.rank()
	m.tier.size--
	m.tier = nil
}

// rank keeps tier.well in step with the member: to be called after every change of
// what well looks at.
func (m *member) rank() {
	if m.tier == nil || m.well() == (m.wellAt >= 0) {
		return
	}
	if m.wellAt < 0 {
		m.wellAt = int32(len(m.tier.well))
		m.tier.well = append(m.tier.well, m)
		return
	}
	last := len(m.tier.well) - 1
	moved := m.tier.well[last]
	m.tier.well[m.wellAt], moved.wellAt = moved, m.wellAt
	m.tier.well[last] = nil
	m.tier.well, m.wellAt = m.tier.well[:last], -1
}

// well reports whether the member could be evidence for others, if it is asked.
func (m *member) well() bool {
	return m.witness && m.target != nil && m.verdict.State == health.Healthy && !m.verdict.Failing()
}

// unsettled reports whether it is time to look more often: the latest results
// contradict the state, or they are failures of a host that is down and too few to prove
// it. Such a host may be kept in until they do: it was taken over, or reached in the
// dark, or an outage had kept it, and it answered once and fails again.
func (m *member) unsettled() bool {
	v := m.verdict
	unproven := v.State == health.Unhealthy && v.Failing() && !v.Proven(m.thresholds)
	return v.Unsettled() || unproven
}

// setVerdict replaces the verdict.
func (m *member) setVerdict(v health.Verdict) {
	if was, is := m.verdict.Failing(), v.Failing(); was && !is {
		m.group.failing--
	} else if is && !was {
		m.group.failing++
	}
	m.verdict = v
	m.renewed = m.renewed && (v.Run.Length == 0 || m.unsettled())
	m.rank()
}

// keepsRun reports whether the results stay when the check changes. Only the first change drops
// those that have settled nothing yet: of a check that changes faster than probes reach a
// threshold, a Secret that rotates for instance, no verdict would ever fall.
func (m *member) keepsRun() bool { return m.renewed && m.unsettled() }

// forgetResults keeps the state and drops what it rests on: results of another
// check, or at another port, say nothing about this one.
func (m *member) forgetResults() {
	v := m.verdict
	m.setVerdict(health.Verdict{State: v.State, Since: v.Since, Reason: v.Reason, Trigger: v.Trigger})
	delete(m.port.waiting, m)
}

// await has the member wait for evidence if its verdict is proven.
func (m *member) await() {
	if m.verdict.Proven(m.thresholds) {
		m.port.waiting[m] = struct{}{}
	} else {
		delete(m.port.waiting, m)
	}
}

// mayAsk reports whether a probe of other could become evidence for the failing
// member. Whoever is being probed since the failure was seen has been asked: should
// he hang, the next failure asks somebody else.
func (m *member) mayAsk(other *member) bool {
	if health.Confirms(other.verdict, m.verdict) {
		return false
	}
	return !other.target.inflight || other.target.started.Before(m.verdict.Run.Seen)
}
