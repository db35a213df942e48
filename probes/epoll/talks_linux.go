package epoll

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/probes"
)

// add takes up a talk on a socket that is being connected.
func (l *loop) add(s *start, socket int, began time.Time) {
	t := l.spareTalk()
	t.start, t.socket, t.began = *s, socket, began
	for len(l.talks) <= socket {
		l.talks = append(l.talks, nil)
	}
	l.talks[socket] = t
	l.running++
	l.begun = append(l.begun, unix.PollFd{Fd: int32(socket), Events: unix.POLLOUT})
	l.deadlines.Schedule(&t.deadline, began.Add(s.Check.Timeout))
}

// end closes a talk and tells its outcome. Of one that was stopped nothing is told,
// whatever it saw: that may be no more than everything being torn down.
func (l *loop) end(t *talk, outcome probes.Outcome) {
	if stopped(t.stop) {
		outcome = probes.Broken(fmt.Errorf("probe stopped: %w", context.Canceled))
	}
	if t.matching != nil {
		t.matching.cancel()
	}
	closeSocket(t.socket)
	l.talks[t.socket] = nil
	l.running--
	l.deadlines.Remove(&t.deadline)
	done, began := t.Done, t.began
	*t = talk{}
	l.idle = append(l.idle, t)
	done(began, outcome)
}

// spareTalk returns a talk to be filled in.
func (l *loop) spareTalk() *talk {
	last := len(l.idle) - 1
	if last < 0 {
		t := &talk{}
		t.deadline.Value = t
		return t
	}
	t := l.idle[last]
	l.idle = l.idle[:last]
	t.deadline.Value = t
	return t
}
