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

// failing are the events of a socket with an error or a closed connection.
const failing = unix.EPOLLERR | unix.EPOLLHUP | unix.EPOLLRDHUP

// conn is one running probe.
type conn struct {
	start
	socket    int
	began     time.Time
	deadline  schedule.Item[*conn]
	connected bool
	// unsent is what the socket's buffer had no room for.
	unsent []byte
	reply  netprobe.Response
	// matching is what the verdict waits for once the host has done its part.
	matching *matching
	// stall is the longest time during the probe in which the event loop did not run.
	stall time.Duration
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

// events are the events that the connection can go on with.
func (t *conn) events() uint32 {
	if t.connected && len(t.unsent) == 0 {
		return unix.EPOLLIN | unix.EPOLLRDHUP // room to write is no event that matters
	}
	return unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLOUT
}

// proceed continues a connection whose socket has an event.
func (t *conn) proceed(l *loop, events uint32) {
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
	if len(t.unsent) > 0 && !t.write(l) {
		return
	}
	if t.reply == nil {
		l.end(t, probes.Succeeded())
	} else if events&(unix.EPOLLIN|failing) != 0 {
		t.read(l, events)
	}
}

// write sends what is unsent. It reports whether the connection can go on now.
func (t *conn) write(l *loop) bool {
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

// read reads until the answer is clear or nothing more has come.
func (t *conn) read(l *loop, events uint32) {
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

// overdue ends a connection whose time is over.
func (t *conn) overdue(l *loop) {
	switch {
	case t.matching != nil, t.stall > probes.Tolerance(t.Check.Timeout):
		l.end(t, probes.Broken(engine.ErrLate))
	case !t.connected:
		l.end(t, t.exchange.ConnectFailed(context.Background(), os.ErrDeadlineExceeded, t.Target))
	case t.reply == nil || len(t.unsent) > 0:
		l.end(t, netprobe.ExchangeFailed(os.ErrDeadlineExceeded))
	default:
		l.end(t, t.reply.Timeout())
	}
}
