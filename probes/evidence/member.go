package evidence

import (
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// MemberID is the key of a member within its group.
type MemberID struct {
	Address netip.Addr
	// Port is the name of the port. Members of the same port are each other's witnesses.
	Port string
	// Instance is the port number where SRV records return several members with the same
	// address and port name; otherwise 0.
	Instance uint16
}

// Member is one address of one port of a group. A process has thousands: the fields are those
// that are read between two plans.
type Member struct {
	ID           MemberID
	FastInterval time.Duration
	Thresholds   health.Thresholds // with the interval of the member

	group   *Group
	port    *Port
	tier    *Tier
	target  *Target // nil: the check probes nothing
	verdict health.Verdict
	witness bool
	// answered: a quorum had succeeded before the next probe of this member starts. It is set
	// at the latest failure of the run or after it.
	answered bool
	// elsewhere: the quorum of this run was a host of another group.
	elsewhere bool
	// renewed: the check has changed since the verdict was settled last, and the results before
	// the change were dropped.
	renewed bool
	// witnessIndex is the index in Tier.witnesses; -1: not in it.
	witnessIndex int32
}

// NewMember returns a member that belongs to no group yet; see [Group.Join].
func NewMember(id MemberID, initial health.Verdict) *Member {
	return &Member{ID: id, verdict: initial, witnessIndex: -1}
}

// Verdict is the current verdict on the member.
func (m *Member) Verdict() health.Verdict { return m.verdict }

// Group is the group that the member belongs to.
func (m *Member) Group() *Group { return m.group }

// Target is the target that is probed for the member; nil: none.
func (m *Member) Target() *Target { return m.target }

// Settings are the fields of a plan that the rule reads for one member.
type Settings struct {
	// Tier is the priority of the member.
	Tier int32
	// Witness: a success of this member is evidence for others.
	Witness      bool
	FastInterval time.Duration
	Thresholds   health.Thresholds
}

// Configure applies the settings of a new plan.
func (m *Member) Configure(s Settings) {
	if m.tier == nil || m.tier.priority != s.Tier {
		m.leaveTier()
		m.tier = m.port.tier(s.Tier)
		m.tier.size++
	}
	m.FastInterval, m.Thresholds, m.witness = s.FastInterval, s.Thresholds, s.Witness
	m.updateWitness()
}

// leaveTier removes the member from its tier.
func (m *Member) leaveTier() {
	if m.tier == nil {
		return
	}
	m.witness = false
	m.updateWitness()
	m.tier.size--
	m.tier = nil
}

// updateWitness keeps Tier.witnesses in sync with isWitness: it must be called after every
// change of a field that isWitness reads.
func (m *Member) updateWitness() {
	if m.tier == nil || m.isWitness() == (m.witnessIndex >= 0) {
		return
	}
	if m.witnessIndex < 0 {
		m.witnessIndex = int32(len(m.tier.witnesses))
		m.tier.witnesses = append(m.tier.witnesses, m)
		return
	}
	last := len(m.tier.witnesses) - 1
	moved := m.tier.witnesses[last]
	m.tier.witnesses[m.witnessIndex], moved.witnessIndex = moved, m.witnessIndex
	m.tier.witnesses[last] = nil
	m.tier.witnesses, m.witnessIndex = m.tier.witnesses[:last], -1
}

// isWitness reports whether a success of the member would be evidence for others.
func (m *Member) isWitness() bool {
	return m.witness && m.target != nil && m.verdict.State == health.Healthy && !m.verdict.Failing()
}

// Unsettled reports whether the member needs the fast interval: the latest results contradict
// the state, or an Unhealthy member fails and the threshold is not reached. Such a member may be
// published until it is: its state came from a former leader, or from before an isolation.
func (m *Member) Unsettled() bool {
	v := m.verdict
	unproven := v.State == health.Unhealthy && v.Failing() && !v.Proven(m.Thresholds)
	return v.Unsettled() || unproven
}

// SetVerdict replaces the verdict.
func (m *Member) SetVerdict(v health.Verdict) {
	if was, is := m.verdict.Failing(), v.Failing(); was && !is {
		m.group.failing--
	} else if is && !was {
		m.group.failing++
	}
	m.verdict = v
	m.renewed = m.renewed && (v.Run.Length == 0 || m.Unsettled())
	m.updateWitness()
}

// KeepsRun reports whether the results stay valid when the check changes. Only the first change
// drops results that have settled nothing yet. Otherwise a check that changes faster than a
// threshold is reached, for example by a rotated Secret, would never get a verdict.
func (m *Member) KeepsRun() bool { return m.renewed && m.Unsettled() }

// MarkRenewed notes that the check has changed and the results were dropped.
func (m *Member) MarkRenewed(renewed bool) { m.renewed = renewed }

// ForgetResults keeps the state and drops the results: those of another check or port say
// nothing about the current one.
func (m *Member) ForgetResults() {
	v := m.verdict
	m.SetVerdict(health.Verdict{State: v.State, Since: v.Since, Reason: v.Reason, Trigger: v.Trigger})
	delete(m.port.awaiting, m)
}

// await adds the member to the port's awaiting set if its verdict is proven.
func (m *Member) await() {
	if m.verdict.Proven(m.Thresholds) {
		m.port.awaiting[m] = struct{}{}
	} else {
		delete(m.port.awaiting, m)
	}
}

// canUse reports whether a new probe of other could become evidence for the failing member. A
// probe in flight that started after the failure was seen is enough: if it hangs, the next
// failure selects another witness.
func (m *Member) canUse(other *Member) bool {
	if health.Confirms(other.verdict, m.verdict) {
		return false
	}
	return !other.target.InFlight || other.target.Started.Before(m.verdict.Run.Seen)
}

// passedHoldDown reports whether the member has just passed the hold-down: its tier may take the
// traffic back, or an outage may end. In other groups nothing depends on it, and a reconcile
// for each host would follow every start of the process.
func (m *Member) passedHoldDown(before health.Verdict) bool {
	return (m.group.Tiered || m.group.Outage) && m.verdict.PastHoldDown(m.Thresholds) && !before.PastHoldDown(m.Thresholds)
}
