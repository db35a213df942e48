package epoll

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/probes"
)

// add takes up a connection on a socket that is being connected.
func (l *loop) add(s *start, socket int, began time.Time) {
	t := l.newConn()
	t.start, t.socket, t.began = *s, socket, began
	for len(l.conns) <= socket {
		l.conns = append(l.conns, nil)
	}
	l.conns[socket] = t
	l.running++
	l.begun = append(l.begun, unix.PollFd{Fd: int32(socket), Events: unix.POLLOUT})
	l.deadlines.Schedule(&t.deadline, began.Add(s.Check.Timeout))
}

// end closes a connection and reports its outcome. A canceled probe reports none, whatever it read:
// its failure may come from the cancellation.
func (l *loop) end(t *conn, outcome probes.Outcome) {
	if stopped(t.stop) {
		outcome = probes.Broken(fmt.Errorf("probe stopped: %w", context.Canceled))
	}
	if t.matching != nil {
		t.matching.cancel()
	}
	closeSocket(t.socket)
	l.conns[t.socket] = nil
	l.running--
	l.deadlines.Remove(&t.deadline)
	done, began := t.Done, t.began
	*t = conn{}
	l.idle = append(l.idle, t)
	done(began, outcome)
}

// newConn returns a connection to be filled in.
func (l *loop) newConn() *conn {
	last := len(l.idle) - 1
	if last < 0 {
		t := &conn{}
		t.deadline.Value = t
		return t
	}
	t := l.idle[last]
	l.idle = l.idle[:last]
	t.deadline.Value = t
	return t
}
