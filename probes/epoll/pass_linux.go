package epoll

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/probes"
)

// pass listens, judges and starts, in this order. It reports whether there is
// anything left to do.
func (l *loop) pass() (alive bool) {
	if l.running > 0 {
		l.takeMatched() // before deadlines are looked at: they were in time
		l.readAll()
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
	l.serveReady()
	return true
}

// serveReady looks once for hosts that were quicker than the pass, and has the sockets of
// the others watched. Many a connect check of a host nearby is over by then, which
// saves it a system call, and the process a thread that wakes up for it.
func (l *loop) serveReady() {
	if _, err := unix.Poll(l.begun, 0); err != nil {
		for i := range l.begun {
			l.begun[i].Revents = 0 // EINTR: all are watched
		}
	}
	for _, b := range l.begun {
		t := l.conns[b.Fd]
		if b.Revents != 0 {
			t.proceed(l, uint32(b.Revents)) // POLLIN and its like have the values of EPOLLIN and its like
		}
		if l.conns[b.Fd] != t || t.matching != nil {
			continue // it is over, or the host's part of it
		}
		if err := l.poller.watch(t.socket, t.events()); err != nil {
			l.end(t, t.exchange.ConnectFailed(context.Background(), err, t.Target))
		}
	}
	l.begun = l.begun[:0]
}

// readAll goes on with every connection whose socket is ready, and then ends those whose
// time was over before it looked.
func (l *loop) readAll() {
	events, asked, complete := l.poller.ready()
	l.now = asked
	if stall := l.stalls.stall(asked); stall > 0 {
		l.recordStall(stall)
	}
	for i := range events {
		if t := l.conns[events[i].Fd]; t != nil {
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

// recordStall notes in every probe in flight for how long the event loop did not run.
func (l *loop) recordStall(stall time.Duration) {
	for _, t := range l.conns {
		if t != nil {
			t.stall = max(t.stall, stall)
		}
	}
}

// endStopped ends the probes whose context was cancelled.
func (l *loop) endStopped() {
	for _, t := range l.conns {
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
		return l.stalls.deadline
	}
	// A little later: of probes that were started together, the last one is then
	// overdue too.
	return next.Add(time.Millisecond)
}
