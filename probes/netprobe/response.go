package netprobe

import (
	"errors"
	"io"
	"net"
	"sync"

	"github.com/external-endpoints/operator/probes"
)

// Response parses the response of a host. It accepts the bytes in pieces of any length and does
// no I/O, so a goroutine and the event loop get the same outcome. A Response is for one probe.
type Response interface {
	// Write parses the next bytes and does not retain data. If done is true, the outcome is
	// final and the caller stops reading.
	Write(data []byte) (outcome probes.Outcome, done bool)
	// EOF returns the outcome after the host has closed the connection.
	EOF() probes.Outcome
	// Timeout returns the outcome after the deadline has expired.
	Timeout() probes.Outcome
	// Match returns the pending match after the last call of Write or EOF. Its outcome replaces
	// the returned one; nil: the returned one is final.
	Match() *probes.Match
}

// readSize is the size of a read buffer: the head of nearly every HTTP response, and a small page.
const readSize = 4 << 10

// buffers are the read buffers of probes in flight. Without the pool, 10,000 probes a second
// cost allocations of 40 MB a second.
var buffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// readResponse reads until the outcome is final.
func readResponse(conn net.Conn, response Response, buffer []byte) probes.Outcome {
	for {
		n, err := conn.Read(buffer)
		// The bytes are parsed before the error that was returned with them.
		if outcome, done := response.Write(buffer[:n]); done {
			return outcome
		}
		if err != nil {
			return ReadFailed(response, err)
		}
	}
}

// ReadFailed returns the outcome of a response whose read ended with an error. [io.EOF] means
// that the host has closed the connection.
func ReadFailed(response Response, err error) probes.Outcome {
	switch {
	case errors.Is(err, io.EOF):
		return response.EOF()
	case isDeadline(err):
		return response.Timeout()
	default:
		return ExchangeFailed(err)
	}
}
