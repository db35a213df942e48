package engine

import (
	"iter"
	"time"

	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/schedule"
)

// queues hold the targets at rest. Urgent probes have a queue of their own: those that prove a
// failure, find evidence, or repeat an inconclusive one. In the backlog of a prober that cannot
// keep up, no failure would ever be proven. The two queues take turns, so that failing hosts
// cannot use up the regular probes of others.
//
// While a limit holds probes back, due targets wait in a backlog, which is shared fairly between
// namespaces and objects. In the order of due times alone, one namespace with many targets would
// delay the failover of all others. At rest the backlog is empty and costs nothing.
type queues struct {
	urgent, regular schedule.Queue[*target]
	regularsTurn    bool

	urgentBacklog, regularBacklog backlog
	// tickets are the tickets of members in the backlogs. A throttled target is queued once for each of
	// its members.
	tickets map[*evidence.Member]*ticket
}

type (
	backlog = schedule.Fair[*tenant, *group, *evidence.Member]
	ticket  = schedule.Ticket[*tenant, *group, *evidence.Member]
)

// behind is the lateness of the earliest target from which the order of due times is replaced by the
// fair backlog, when only a lack of CPU throttles probes. It is more than the widest slot.
const behind = 50 * time.Millisecond

func newQueues() queues { return queues{tickets: map[*evidence.Member]*ticket{}} }

func (q *queues) schedule(t *target, due time.Time, urgent bool) {
	if urgent != t.urgent {
		q.remove(t)
		t.urgent = urgent
	}
	q.of(t).Schedule(&t.item, due)
}

func (q *queues) remove(t *target) {
	q.of(t).Remove(&t.item)
	q.release(t)
}

func (q *queues) of(t *target) *schedule.Queue[*target] {
	if t.urgent {
		return &q.urgent
	}
	return &q.regular
}

func (q *queues) backlogOf(t *target) *backlog {
	if t.urgent {
		return &q.urgentBacklog
	}
	return &q.regularBacklog
}

// popDue dequeues a target that is due; nil: none.
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

// next returns the earliest due time; false: the queue is empty.
func (q *queues) next() (time.Time, bool) {
	urgent, hurries := q.urgent.Next()
	regular, planned := q.regular.Next()
	if hurries && (!planned || urgent.Before(regular)) {
		return urgent, true
	}
	return regular, planned
}

// due reports whether a target in the queue, not in the backlog, is due.
func (q *queues) due(now time.Time) bool {
	next, planned := q.next()
	return planned && !next.After(now)
}

// holding reports whether the backlog has any targets.
func (q *queues) holding() bool { return len(q.tickets) > 0 }

// held reports whether the target is in the backlog.
func (q *queues) held(t *target) bool {
	return q.holding() && len(t.Members) > 0 && q.tickets[t.Members[0]] != nil
}

// hold moves a dequeued target into the backlog.
func (q *queues) hold(t *target, now time.Time) {
	for _, m := range t.Members {
		q.holdMember(m, now)
	}
}

func (q *queues) holdMember(m *evidence.Member, since time.Time) {
	q.tickets[m] = q.backlogOf(targetOf(m)).Push(groupOf(m).tenant, groupOf(m), m, since)
}

// holdDue moves all due targets into the backlog. It does not change regularsTurn as popDue would, once
// for each target: the same backlog would be first each time.
func (q *queues) holdDue(now time.Time) {
	for _, from := range []*schedule.Queue[*target]{&q.urgent, &q.regular} {
		for item := from.PopDue(now); item != nil; item = from.PopDue(now) {
			q.hold(item.Value, now)
		}
	}
}

// release removes the target from the backlog.
func (q *queues) release(t *target) {
	if !q.holding() {
		return
	}
	for _, m := range t.Members {
		q.releaseMember(m)
	}
}

func (q *queues) releaseMember(m *evidence.Member) {
	if held := q.tickets[m]; held != nil {
		q.backlogOf(targetOf(m)).Remove(held)
		delete(q.tickets, m)
	}
}

// popHeld dequeues the ticket of the next target in the backlog whose tenant may start a probe; nil:
// none.
func (q *queues) popHeld(mayStart func(t *tenant, urgent bool) bool) *ticket {
	q.regularsTurn = !q.regularsTurn
	for _, regular := range []bool{!q.regularsTurn, q.regularsTurn} {
		from := &q.urgentBacklog
		if regular {
			from = &q.regularBacklog
		}
		if held := from.Pop(func(t *tenant) bool { return mayStart(t, !regular) }); held != nil {
			delete(q.tickets, held.Value)
			q.release(targetOf(held.Value))
			return held
		}
	}
	return nil
}

// promote moves a target of the regular backlog to the urgent one.
func (q *queues) promote(t *target) {
	if t.urgent || !q.held(t) {
		return
	}
	since := q.tickets[t.Members[0]].Since
	q.release(t)
	t.urgent = true
	q.hold(t, since)
}

// oldest yields every group with the time when its oldest probe was queued, once for each backlog.
func (q *queues) oldest() iter.Seq2[*group, time.Time] {
	return func(yield func(*group, time.Time) bool) {
		for _, b := range []*backlog{&q.urgentBacklog, &q.regularBacklog} {
			for g, since := range b.Oldest() {
				if !yield(g, since) {
					return
				}
			}
		}
	}
}
