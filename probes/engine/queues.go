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
	// tickets are the places of members in the backlogs. A target that is held back waits in the
	// name of each of its members.
	tickets map[*evidence.Member]*ticket
}

type (
	backlog = schedule.Fair[*tenant, *group, *evidence.Member]
	ticket  = schedule.Ticket[*tenant, *group, *evidence.Member]
)

// behind is how late the earliest target must be for the order of due times to be given up where
// no limit but the prober's own CPU holds it back. It is more than the widest slot.
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

// next returns when the earliest target is due; false: none is planned.
func (q *queues) next() (time.Time, bool) {
	urgent, hurries := q.urgent.Next()
	regular, planned := q.regular.Next()
	if hurries && (!planned || urgent.Before(regular)) {
		return urgent, true
	}
	return regular, planned
}

// due reports whether a target that is not held back is due, for the given time.
func (q *queues) due(now time.Time) bool {
	next, planned := q.next()
	return planned && !next.After(now)
}

// holding reports whether anything is held back.
func (q *queues) holding() bool { return len(q.tickets) > 0 }

// held reports whether the target is held back.
func (q *queues) held(t *target) bool {
	return q.holding() && len(t.Members) > 0 && q.tickets[t.Members[0]] != nil
}

// hold moves a target into the backlog that was taken out of the queue.
func (q *queues) hold(t *target, now time.Time) {
	for _, m := range t.Members {
		q.holdMember(m, now)
	}
}

func (q *queues) holdMember(m *evidence.Member, since time.Time) {
	q.tickets[m] = q.backlogOf(targetOf(m)).Push(groupOf(m).tenant, groupOf(m), m, since)
}

// holdDue moves everything that is due into the backlog. Whose turn it is stays: popDue would
// change it once for each pick, and then the same backlog goes first each time.
func (q *queues) holdDue(now time.Time) {
	for _, from := range []*schedule.Queue[*target]{&q.urgent, &q.regular} {
		for item := from.PopDue(now); item != nil; item = from.PopDue(now) {
			q.hold(item.Value, now)
		}
	}
}

// release takes the target out of the backlog.
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

// popHeld removes and returns the next target in the backlog whose tenant may start a probe, and
// its place; nil: there is none.
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

// promote makes a target urgent that is held back.
func (q *queues) promote(t *target) {
	if t.urgent || !q.held(t) {
		return
	}
	since := q.tickets[t.Members[0]].Since
	q.release(t)
	t.urgent = true
	q.hold(t, since)
}

// oldest yields of every group since when its oldest probe is held back, once for each backlog.
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
