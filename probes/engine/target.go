package engine

import (
	"encoding/binary"
	"hash/fnv"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/schedule"
)

// targetID is what makes two members share a probe.
type targetID struct {
	address  netip.AddrPort
	compiled *compiled
}

// target is one (IP, port, check) that is probed. There are thousands, and they are
// what the engine's memory goes to: fields of a byte stand together at the end.
type target struct {
	id      targetID
	check   *probes.Check
	phase   uint64
	item    schedule.Item[*target]
	members []*member
	site    *site

	// started is when the latest probe began; zero: none yet.
	started time.Time

	// wellAt is the target's place in horizon.well, before and after are its neighbours
	// among the dark, failed is when the failure was seen that made it dark.
	before, after *target
	failed        moment
	wellAt        int32
	// standing is what the target is to the question whether the prober is isolated.
	standing standing
	// latest is what the latest conclusive probe was; Inconclusive: there was none, or it
	// was forgotten.
	latest probes.Result
	// presumed: it answered before the network was dead, or may have, and nothing is
	// known since.
	presumed bool

	urgent   bool // in which queue the item is
	inflight bool
	// hurry: a probe is wanted at once, but one is running.
	hurry bool
	// repeated: the latest probe was inconclusive through our own lateness and
	// has been repeated; the next one waits its turn.
	repeated bool
}

func newTarget(id targetID, phase uint64) *target {
	t := &target{id: id, check: id.compiled.check, phase: phase}
	t.item.Value = t
	return t
}

// hash is stable across restarts: the phase comes from it.
func (id targetID) hash() uint64 {
	h := fnv.New64a()
	address, _ := id.address.MarshalBinary() // cannot fail: AddrPort's encoding has no error case
	_, _ = h.Write(address)
	_, _ = h.Write(id.compiled.key[:])
	// FNV leaves close inputs close in the high bits; one multiplication spreads them.
	return binary.LittleEndian.Uint64(h.Sum(nil)) * 0x9E3779B97F4A7C15 >> 20
}

func (t *target) remove(m *member) {
	for i, other := range t.members {
		if other == m {
			last := len(t.members) - 1
			t.members[i], t.members[last] = t.members[last], nil
			t.members = t.members[:last]
			return
		}
	}
}

// next is when the target, one of so many, is to be probed next, at a slot after passed.
// All its members share one grid, that of the shortest interval.
//
// Slots count from the start of the latest probe, and the one after it may be past:
// a probe that took the whole interval is followed by the next at once.
func (t *target) next(origin, passed time.Time, targets int) time.Time {
	interval, fast := t.paces()
	if fast > 0 {
		return t.started.Add(fast)
	}
	grid := t.grid(origin, interval, targets)
	return later(grid.Follows(t.started), grid.After(passed))
}

// outOfTurn reports whether a probe at due is more than the regular one.
func (t *target) outOfTurn(origin, due time.Time, targets int) bool {
	interval, fast := t.paces()
	return fast > 0 || due.Before(t.grid(origin, interval, targets).Follows(t.started))
}

func (t *target) grid(origin time.Time, interval time.Duration, targets int) schedule.Cadence {
	return schedule.Cadence{Origin: origin, Interval: interval, Slot: schedule.Slot(targets, interval), Phase: t.phase}
}

// paces are the shortest interval of the members, and how soon the next probe
// follows the latest because results contradict a state; zero: none does.
func (t *target) paces() (interval, fast time.Duration) {
	for _, m := range t.members {
		interval = shorter(interval, m.thresholds.Interval)
		if m.unsettled() {
			fast = shorter(fast, m.fastInterval)
		}
	}
	if fast > 0 {
		fast = min(fast, interval)
	}
	return interval, fast
}

// fastInterval is the shortest of the members' fast intervals.
func (t *target) fastInterval() time.Duration {
	var fast time.Duration
	for _, m := range t.members {
		fast = shorter(fast, m.fastInterval)
	}
	return fast
}

// shorter is the shorter of two durations, where zero is none yet.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b < a {
		return b
	}
	return a
}
