package engine

import (
	"time"

	"github.com/external-endpoints/operator/probes/schedule"
)

// queues hold the targets at rest. What is asked out of turn has a queue of its own:
// to prove a failure, to find evidence, to repeat what was inconclusive. At the end of
// the backlog of a prober that cannot keep up, no failure would ever be proven. The
// two take turns, so that hosts in doubt cannot use up the regular probes of others.
type queues struct {
	urgent, regular schedule.Queue[*target]
	regularsTurn    bool
}

func (q *queues) schedule(t *target, due time.Time, urgent bool) {
	if urgent != t.urgent {
		q.remove(t)
		t.urgent = urgent
	}
	q.of(t).Schedule(&t.item, due)
}

func (q *queues) remove(t *target) { q.of(t).Remove(&t.item) }

func (q *queues) of(t *target) *schedule.Queue[*target] {
	if t.urgent {
		return &q.urgent
	}
	return &q.regular
}

// popDue removes and returns a target that is due; nil: none is.
func (q *queues) popDue(now time.Time) *target {
	first, second := &q.urgent, &q.regular
	if q.regularsTurn {
		first, second = second, first
	}
	q.regularsTurn = !q.regularsTurn
	item := first.PopDue(now)
	if item == nil {
		item = second.PopDue(now)
	}
	if item == nil {
		return nil
	}
	return item.Value
}

// putBack undoes popDue, for a target whose probe has to wait: its turn is still to come.
func (q *queues) putBack(t *target) {
	q.schedule(t, t.item.Due(), t.urgent)
	q.regularsTurn = !q.regularsTurn
}

// next returns when the earliest target is due; false: none is planned.
func (q *queues) next() (time.Time, bool) {
	urgent, hurries := q.urgent.Next()
	regular, planned := q.regular.Next()
	if hurries && (!planned || urgent.Before(regular)) {
		return urgent, true
	}
	return regular, planned
}
