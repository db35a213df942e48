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
	address netip.AddrPort
	check   probes.CheckKey
}

// target is one (IP, port, check) that is probed.
type target struct {
	id      targetID
	check   *probes.Check
	prober  probes.Prober
	hash    uint64
	item    schedule.Item[*target]
	members []*member

	// started is when the latest probe began; zero: none yet.
	started  time.Time
	inflight bool
	// hurry: a probe is wanted at once, but one is running.
	hurry bool
	// repeated: the latest probe was inconclusive through our own lateness and
	// has been repeated; the next one waits its turn.
	repeated bool
}

func newTarget(id targetID, check *probes.Check, prober probes.Prober) *target {
	t := &target{id: id, check: check, prober: prober, hash: id.hash()}
	t.item.Value = t
	return t
}

// hash is stable across restarts, so that a target keeps its phase.
func (id targetID) hash() uint64 {
	h := fnv.New64a()
	address, _ := id.address.MarshalBinary() // cannot fail: AddrPort's encoding has no error case
	_, _ = h.Write(address)
	_, _ = h.Write(id.check[:])
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

// due is when the target is to be probed next, for the member that wants it
// soonest. It is never before now.
func (t *target) due(origin, now time.Time) time.Time {
	var soonest time.Time
	for _, m := range t.members {
		if due := t.dueFor(m, origin, now); soonest.IsZero() || due.Before(soonest) {
			soonest = due
		}
	}
	if soonest.Before(now) {
		return now
	}
	return soonest
}

func (t *target) dueFor(m *member, origin, now time.Time) time.Time {
	grid := schedule.Cadence{Origin: origin, Interval: m.Interval, Hash: t.hash}
	switch {
	case t.started.IsZero():
		return grid.After(now)
	case m.verdict.Unsettled():
		return t.started.Add(m.FastInterval)
	default:
		// Counted from the start of the latest probe, not from now: a probe that
		// took the whole interval is followed by the next at once.
		return grid.After(t.started)
	}
}

// fastInterval is the shortest of the members' fast intervals.
func (t *target) fastInterval() time.Duration {
	var shortest time.Duration
	for _, m := range t.members {
		if shortest == 0 || m.FastInterval < shortest {
			shortest = m.FastInterval
		}
	}
	return shortest
}
