package loop

import (
	"time"

	"github.com/external-endpoints/operator/probes"
)

// pass listens, judges and starts, in this order. It reports whether there is
// anything left to do.
func (l *loop) pass() (alive bool) {
	if l.running > 0 {
		l.listen()
	}
	batch, stopping, alive := l.takeInbox()
	if !alive {
		return false // another goroutine may have been started already
	}
	if stopping {
		l.endStopped()
	}
	for i := range batch {
		l.begin(&batch[i])
	}
	return true
}

// listen goes on with every talk whose socket is ready, and then ends those whose
// time was over before it looked.
func (l *loop) listen() {
	events, asked, complete := l.poller.ready()
	l.now = asked
	if absence := l.attention.absence(asked); absence > 0 {
		l.noteAbsence(absence)
	}
	for i := range events {
		if t := l.talks[events[i].Fd]; t != nil {
			t.proceed(l, events[i].Events)
		}
	}
	for complete {
		item := l.deadlines.PopDue(asked)
		if item == nil {
			return
		}
		item.Value.overdue(l)
	}
}

// noteAbsence has every running probe know that nobody attended for so long.
func (l *loop) noteAbsence(absence time.Duration) {
	for _, t := range l.talks {
		if t != nil {
			t.absence = max(t.absence, absence)
		}
	}
}

// endStopped ends the probes whose context was cancelled.
func (l *loop) endStopped() {
	for _, t := range l.talks {
		if t != nil && stopped(t.stop) {
			l.end(t, probes.Outcome{}) // which says that it was stopped
		}
	}
}

func stopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// nextDeadline is when the next probe is overdue.
func (l *loop) nextDeadline() time.Time {
	next, running := l.deadlines.Next()
	if !running {
		return l.attention.promised
	}
	// A little later: of probes that were started together, the last one is then
	// overdue too.
	return next.Add(time.Millisecond)
}
