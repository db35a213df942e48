package epoll

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/netprobe"
	"github.com/external-endpoints/operator/probes/schedule"
)

// failing are the events of a socket with an error or an end to tell.
const failing = unix.EPOLLERR | unix.EPOLLHUP | unix.EPOLLRDHUP

// talk is one running probe.
type talk struct {
	start
	socket    int
	began     time.Time
	deadline  schedule.Item[*talk]
	connected bool
	// unsent is what the socket's buffer had no room for.
	unsent []byte
	reply  netprobe.Response
	// matching is what the verdict waits for once the host has done its part.
	matching *matching
	// absence is the longest time during the probe in which nobody attended to it.
	absence time.Duration
}

// begin starts a probe.
func (l *loop) begin(s *start) {
	began := time.Now()
	l.now = began
	if stopped(s.stop) {
		s.Done(began, probes.Broken(fmt.Errorf("probe not begun: %w", context.Canceled)))
		return
	}
	socket, err := l.connect(s.Target, s.exchange)
	if err == nil {
		l.add(s, socket, began)
		return
	}
	closeSocket(socket)
	if errors.Is(err, errDenied) {
		s.Done(began, probes.Failed(probes.AddressDenied))
	} else {
		s.Done(began, s.exchange.ConnectFailed(context.Background(), err, s.Target))
	}
}

// awaits are the events that the talk can go on with.
func (t *talk) awaits() uint32 {
	if t.connected && len(t.unsent) == 0 {
		return unix.EPOLLIN | unix.EPOLLRDHUP // that there is room to write is no news
	}
	return unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLOUT
}

// proceed goes on with a talk whose socket has something to tell.
func (t *talk) proceed(l *loop, events uint32) {
	if t.matching != nil {
		return // whatever follows what was read
	}
	if !t.connected {
		if err := connectError(t.socket, events); err != nil {
			l.end(t, t.exchange.ConnectFailed(context.Background(), err, t.Target))
			return
		}
		t.connected = true
		t.unsent, t.reply = t.exchange.Request(l.buffer[:0], t.Target), t.exchange.Response()
	}
	if len(t.unsent) > 0 && !t.say(l) {
		return
	}
	if t.reply == nil {
		l.end(t, probes.Succeeded())
	} else if events&(unix.EPOLLIN|failing) != 0 {
		t.hear(l, events)
	}
}

// say sends what is unsent. It reports whether the talk can go on now.
func (t *talk) say(l *loop) bool {
	sent, err := unix.Write(t.socket, t.unsent)
	switch {
	case err == nil && sent == len(t.unsent):
		t.unsent = nil
		return true
	case err == nil:
		t.unsent = bytes.Clone(t.unsent[sent:]) // it may be in the buffer of all
	case errors.Is(err, unix.EAGAIN):
		t.unsent = bytes.Clone(t.unsent)
	default:
		l.end(t, netprobe.ExchangeFailed(err))
	}
	return false
}

// hear reads until the answer is clear or nothing more has come.
func (t *talk) hear(l *loop, events uint32) {
	for {
		length, err := unix.Read(t.socket, l.buffer[:])
		switch {
		case errors.Is(err, unix.EAGAIN):
			return
		case err != nil:
			l.conclude(t, netprobe.ReadFailed(t.reply, err))
			return
		case length == 0:
			l.conclude(t, netprobe.ReadFailed(t.reply, io.EOF))
			return
		}
		if outcome, done := t.reply.Write(l.buffer[:length]); done {
			l.conclude(t, outcome)
			return
		}
		// What comes after a short read is reported anew; an end that had come
		// before it is not.
		if length < len(l.buffer) && events&failing == 0 {
			return
		}
	}
}

// overdue ends a talk whose time is over.
func (t *talk) overdue(l *loop) {
	switch {
	case t.matching != nil, t.absence > probes.Tolerance(t.Check.Timeout):
		l.end(t, probes.Broken(engine.ErrLate))
	case !t.connected:
		l.end(t, t.exchange.ConnectFailed(context.Background(), os.ErrDeadlineExceeded, t.Target))
	case t.reply == nil || len(t.unsent) > 0:
		l.end(t, netprobe.ExchangeFailed(os.ErrDeadlineExceeded))
	default:
		l.end(t, t.reply.Timeout())
	}
}
