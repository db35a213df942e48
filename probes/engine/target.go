package engine

import (
	"encoding/binary"
	"hash/fnv"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/schedule"
)

// paces holds, for each failing member of a shared target, when the probe of its last counted
// failure started. A shared target is probed at the shortest interval of its members. If every
// failure counted for every member, one object could reach the unhealthyThreshold of another after
// a few of its own fast intervals.
//
// It is a map beside the members because few members are in it.
type paces map[*evidence.Member]time.Time

// counts records the start of a probe whose failure the member has counted.
func (p paces) counts(m *evidence.Member, started time.Time) {
	if m.Target().Shared() {
		p[m] = started
	}
}

// forget removes a member that has recovered, or is detached from its target.
func (p paces) forget(m *evidence.Member) {
	if len(p) > 0 {
		delete(p, m)
	}
}

// share records the failing members of a target that is about to be shared.
func (p paces) share(t *target, started time.Time) {
	for _, m := range t.Members {
		if m.Verdict().Failing() {
			p[m] = started
		}
	}
}

// tooSoon reports whether the member must not count a failure of a probe that started then: its own
// fast interval has not passed since the failure before. The first failure of a run always counts.
// So does one past the threshold: it shortens nothing, and evidence may depend on it.
func (p paces) tooSoon(m *evidence.Member, started time.Time) bool {
	counted, found := p[m]
	return found && started.Before(counted.Add(m.FastInterval)) && m.Verdict().Failing() && !m.Verdict().Proven(m.Thresholds)
}

// next is the earliest deadline of a member that could not count the latest probe, which started
// then; false: every member could. Without it a threshold would take longer than without sharing
// when the fast intervals do not divide each other.
func (p paces) next(t *target, latest time.Time) (time.Time, bool) {
	var first time.Time
	found := false
	if len(p) == 0 || !t.Shared() {
		return first, found
	}
	for _, m := range t.Members {
		counted, counts := p[m]
		due := counted.Add(m.FastInterval)
		if counts && m.Unsettled() && due.After(latest) && (!found || due.Before(first)) {
			first, found = due, true
		}
	}
	return first, found
}

// lockedPaced returns next, or an earlier due time that a member of a shared target requires.
func (e *Engine) lockedPaced(t *target, next, now time.Time) time.Time {
	if t.Started.IsZero() {
		return next
	}
	if due, found := e.paces.next(t, t.Started); found {
		return earlier(next, later(now, due))
	}
	return next
}

// targetID is the key of a target: members with the same one share its probes.
type targetID struct {
	address  netip.AddrPort
	compiled *compiled
}

// target is one (IP, port, check) that is probed. There are thousands, and they take most of the
// engine's memory: fields of one byte are together at the end.
type target struct {
	evidence.Target
	id    targetID
	phase uint64
	item  schedule.Item[*target]

	urgent bool // in which queue the item is
	// repeated: the latest probe was late, hence inconclusive, and has been repeated; the next one
	// is a regular one.
	repeated bool
}

func newTarget(id targetID, phase uint64) *target {
	t := &target{id: id, phase: phase}
	t.Owner = t
	t.item.Value = t
	return t
}

// check is the check that a probe of the target runs.
func (t *target) check() *probes.Check { return t.id.compiled.check }

// Timeout implements [evidence.TargetOwner].
func (t *target) Timeout() time.Duration { return t.check().Timeout }

// hash is stable across restarts: the phase comes from it.
func (id targetID) hash() uint64 {
	h := fnv.New64a()
	address, _ := id.address.MarshalBinary() // cannot fail: AddrPort's encoding has no error case
	_, _ = h.Write(address)
	_, _ = h.Write(id.compiled.key[:])
	// FNV leaves close inputs close in the high bits; one multiplication spreads them.
	return binary.LittleEndian.Uint64(h.Sum(nil)) * 0x9E3779B97F4A7C15 >> 20
}

// targetOf returns the target of a member.
func targetOf(m *evidence.Member) *target { return m.Target().Owner.(*target) }

// next is the due time of the next probe, at a slot after passed; targets is the size of the fleet.
// All members share one grid, that of the shortest interval.
//
// Slots count from the start of the latest probe, and the one after it may be past: a probe that
// took the whole interval is followed by the next one immediately.
func (t *target) next(origin, passed time.Time, targets int) time.Time {
	interval, fast := t.paces()
	if fast > 0 {
		return t.Started.Add(fast)
	}
	grid := t.grid(origin, interval, targets)
	return later(grid.Follows(t.Started), grid.After(passed))
}

// outOfTurn reports whether a probe at due is urgent: not the regular one of the interval.
func (t *target) outOfTurn(origin, due time.Time, targets int) bool {
	interval, fast := t.paces()
	return fast > 0 || due.Before(t.grid(origin, interval, targets).Follows(t.Started))
}

func (t *target) grid(origin time.Time, interval time.Duration, targets int) schedule.Cadence {
	return schedule.Cadence{Origin: origin, Interval: interval, Slot: schedule.Slot(targets, interval), Phase: t.phase}
}

// paces returns the shortest interval of the members, and the shortest fast interval of those that
// are unsettled; zero: none is.
func (t *target) paces() (interval, fast time.Duration) {
	for _, m := range t.Members {
		interval = shorter(interval, m.Thresholds.Interval)
		if m.Unsettled() {
			fast = shorter(fast, m.FastInterval)
		}
	}
	if fast > 0 {
		fast = min(fast, interval)
	}
	return interval, fast
}

// shorter returns the shorter of two durations, where zero means none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b < a {
		return b
	}
	return a
}
