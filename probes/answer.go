package probes

import (
	"errors"
	"io"
	"net"
	"sync"
)

// answer judges what a host sends, as it comes in and wherever it is cut. It does
// no I/O and knows no clock: whatever reads the bytes, a goroutine or an event
// loop, comes to the same verdict. An answer serves one probe.
type answer interface {
	// feed takes the next bytes, which it does not keep. Once done is true the
	// outcome is final, and nothing more needs to be read.
	feed(data []byte) (outcome Outcome, done bool)
	// closed judges when the host will send no more.
	closed() Outcome
	// overdue judges when the deadline has passed.
	overdue() Outcome
}

// readSize is how much one read takes: the head of nearly every HTTP answer, and
// a small page with it.
const readSize = 4 << 10

// buffers are lent to probes for as long as they talk to their host, so that
// 10,000 probes a second do not make 40 MB of garbage a second.
var buffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// converse writes what write appends to the buffer it is given, and reads until
// the answer is clear.
func converse(conn net.Conn, write func(buffer []byte) []byte, reply answer) Outcome {
	buffer := buffers.Get().(*[readSize]byte)
	defer buffers.Put(buffer)

	if request := write(buffer[:0]); len(request) > 0 {
		if _, err := conn.Write(request); err != nil {
			return exchangeOutcome(err)
		}
	}
	for {
		n, err := conn.Read(buffer[:])
		// What was read counts before the error that came with it.
		if outcome, done := reply.feed(buffer[:n]); done {
			return outcome
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			return reply.closed()
		case isLate(err):
			return reply.overdue()
		default:
			return exchangeOutcome(err)
		}
	}
}
