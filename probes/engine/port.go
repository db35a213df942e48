package engine

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// port holds the members of one port: they are each other's evidence, tier by tier.
type port struct {
	members []*member
	tiers   []*tier
	// waiting are members whose verdict is proven, but for all we know without enough
	// evidence. A success that confirms one of them is a change worth telling.
	waiting map[*member]struct{}
}

// noEvidence is the need of a tier whose hosts are evidence for nobody.
const noEvidence = -1

// tier holds those members of a port that have the same priority.
type tier struct {
	priority int32
	// need is how many of the tier are evidence enough.
	need int
	size int
	// well are the witnesses that are healthy and not failing: whoever looks for
	// evidence looks at them only, so that a search costs nothing when all are down.
	well []*member
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

// require takes in how much evidence a plan asks of each tier. Nothing asked of any
// of them is nothing needed.
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
		for _, other := range t.well {
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
func (t *tier) able() bool { return t.need != noEvidence && len(t.well) >= t.need }

// confirmed counts the witnesses that confirm a failure, up to most.
func (t *tier) confirmed(failing health.Verdict, most int) int {
	count := 0
	for _, other := range t.well {
		if count == most {
			break
		}
		if health.Confirms(other.verdict, failing) {
			count++
		}
	}
	return count
}
