package probes

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
)

// Answer judges what a host sends, as it comes in and wherever it is cut. It does
// no I/O and knows no clock: whatever reads the bytes, a goroutine or an event
// loop, comes to the same verdict. An Answer serves one probe.
type Answer interface {
	// Feed takes the next bytes, which it does not keep. Once done is true the
	// outcome is final, and nothing more needs to be read.
	Feed(data []byte) (outcome Outcome, done bool)
	// Closed judges when the host will send no more.
	Closed() Outcome
	// Overdue judges when the deadline has passed.
	Overdue() Outcome
	// Match is what the verdict depends on once Feed was done or Closed was called, in place
	// of the outcome; nil: the outcome is the verdict.
	Match() *Match
}

// readSize is how much one read takes: the head of nearly every HTTP answer, and
// a small page with it.
const readSize = 4 << 10

// buffers are lent to probes for as long as they talk to their host, so that
// 10,000 probes a second do not make 40 MB of garbage a second.
var buffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// exchange follows the script on a connection whose deadline is set: it sends the
// request and reads until the answer is clear.
func (s *Script) exchange(ctx context.Context, conn net.Conn, target netip.AddrPort) Outcome {
	buffer := buffers.Get().(*[readSize]byte)
	defer buffers.Put(buffer)

	if request := s.Request(buffer[:0], target); len(request) > 0 {
		if _, err := conn.Write(request); err != nil {
			return ExchangeFailed(err)
		}
	}
	reply := s.Reply()
	if reply == nil {
		return Succeeded()
	}
	outcome := readReply(conn, reply, buffer[:])
	if match := reply.Match(); match != nil {
		return match.Run(ctx)
	}
	return outcome
}

// readReply reads until the host's part is over.
func readReply(conn net.Conn, reply Answer, buffer []byte) Outcome {
	for {
		n, err := conn.Read(buffer)
		// What was read counts before the error that came with it.
		if outcome, done := reply.Feed(buffer[:n]); done {
			return outcome
		}
		if err != nil {
			return ReadFailed(reply, err)
		}
	}
}

// ReadFailed judges an answer whose reading ended with an error. [io.EOF] is that the
// host will send no more.
func ReadFailed(reply Answer, err error) Outcome {
	switch {
	case errors.Is(err, io.EOF):
		return reply.Closed()
	case isLate(err):
		return reply.Overdue()
	default:
		return ExchangeFailed(err)
	}
}
