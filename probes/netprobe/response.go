package netprobe

import (
	"errors"
	"io"
	"net"
	"sync"

	"github.com/external-endpoints/operator/probes"
)

// Response judges what a host sends, as it comes in and wherever it is cut. It does
// no I/O and knows no clock: whatever reads the bytes, a goroutine or an event
// loop, comes to the same verdict. A Response serves one probe.
type Response interface {
	// Write takes the next bytes, which it does not keep. Once done is true the
	// outcome is final, and nothing more needs to be read.
	Write(data []byte) (outcome probes.Outcome, done bool)
	// EOF judges when the host will send no more.
	EOF() probes.Outcome
	// Timeout judges when the deadline has passed.
	Timeout() probes.Outcome
	// Match is what the verdict depends on once Write was done or EOF was called, in place
	// of the outcome; nil: the outcome is the verdict.
	Match() *probes.Match
}

// readSize is how much one read takes: the head of nearly every HTTP answer, and
// a small page with it.
const readSize = 4 << 10

// buffers are lent to probes for as long as they talk to their host, so that
// 10,000 probes a second do not make 40 MB of garbage a second.
var buffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// readResponse reads until the host's part is over.
func readResponse(conn net.Conn, response Response, buffer []byte) probes.Outcome {
	for {
		n, err := conn.Read(buffer)
		// What was read counts before the error that came with it.
		if outcome, done := response.Write(buffer[:n]); done {
			return outcome
		}
		if err != nil {
			return ReadFailed(response, err)
		}
	}
}

// ReadFailed judges an answer whose reading ended with an error. [io.EOF] is that the
// host will send no more.
func ReadFailed(response Response, err error) probes.Outcome {
	switch {
	case errors.Is(err, io.EOF):
		return response.EOF()
	case isLate(err):
		return response.Timeout()
	default:
		return ExchangeFailed(err)
	}
}
