package evidence

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// Port holds the members of one port. They are each other's witnesses, tier by tier.
type Port struct {
	Members []*Member
	tiers   []*Tier
	// awaiting are members with a proven verdict that lack a quorum, or have one without a
	// witness to spare. A success that confirms one of them changes the removals.
	awaiting map[*Member]struct{}
}

// noQuorum is the need of a tier whose members are not evidence.
const noQuorum = -1

// Tier holds the members of a port that have the same priority.
type Tier struct {
	priority int32
	// need is the quorum: how many witnesses must confirm a failure.
	need int
	size int
	// witnesses are healthy and not failing. A search for evidence reads only these, so that
	// it costs nothing when all members are down.
	witnesses []*Member
}

// tier returns the tier of the port with this priority.
func (p *Port) tier(priority int32) *Tier {
	for _, t := range p.tiers {
		if t.priority == priority {
			return t
		}
	}
	t := &Tier{priority: priority}
	p.tiers = append(p.tiers, t)
	return t
}

// require sets the quorum of each tier, by priority. A tier without an entry is no evidence; an
// empty map requires no evidence.
func (p *Port) require(quorums map[int32]int) {
	p.tiers = slices.DeleteFunc(p.tiers, func(t *Tier) bool { return t.size == 0 })
	for _, t := range p.tiers {
		need, required := quorums[t.priority]
		if !required && len(quorums) > 0 {
			need = noQuorum
		}
		t.need = need
	}
}

// reconsider recomputes the awaiting set after a plan: a member with a witness to spare is not
// in it, all others with a proven verdict are.
func (p *Port) reconsider() {
	for _, m := range p.Members {
		m.await()
		if _, awaits := p.awaiting[m]; !awaits {
			continue
		}
		if _, spare := p.quorum(m.verdict); spare {
			delete(p.awaiting, m)
		}
	}
}

// await adds every proven member to the awaiting set again. A member with enough evidence leaves
// the set at the next success that confirms it, or at its next failure.
func (p *Port) await() {
	for _, m := range p.Members {
		m.await()
	}
}

// quorum reports whether some tier confirms the failure, and whether one does so with a witness
// to spare, as the end of an outage requires.
func (p *Port) quorum(failing health.Verdict) (enough, spare bool) {
	for _, t := range p.tiers {
		if t.need == noQuorum {
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

// needsEvidence reports whether some tier has a quorum of at least one witness. A group of which no
// host is Active has none: its failures prove nothing when the hosts become Active again.
func (p *Port) needsEvidence() bool {
	return slices.ContainsFunc(p.tiers, func(t *Tier) bool { return t.need > 0 })
}

// quorumBefore reports whether some tier confirmed the failure by probes that started before
// this time.
func (p *Port) quorumBefore(failing health.Verdict, started time.Time) bool {
	return slices.ContainsFunc(p.tiers, func(t *Tier) bool {
		if t.need <= 0 {
			return false
		}
		count := 0
		for _, other := range t.witnesses {
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

// hasQuorum reports whether some tier still has a quorum of witnesses, if all of them answer.
func (p *Port) hasQuorum() bool { return slices.ContainsFunc(p.tiers, (*Tier).hasQuorum) }

func (t *Tier) hasQuorum() bool { return t.need != noQuorum && len(t.witnesses) >= t.need }

// confirmed counts the witnesses that confirm a failure, up to limit.
func (t *Tier) confirmed(failing health.Verdict, limit int) int {
	count := 0
	for _, other := range t.witnesses {
		if count == limit {
			break
		}
		if health.Confirms(other.verdict, failing) {
			count++
		}
	}
	return count
}
