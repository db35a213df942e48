package httpprobe

import (
	"bytes"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/httpheader"
	"github.com/external-endpoints/operator/probes/netprobe"
)

// maxChunkLines bounds the bytes of chunk size lines. In the worst case, chunks of one byte, a body
// of [probes.MaxResponse] bytes has 40 KiB of them.
const maxChunkLines = 64 << 10

// section is the state of the parser: the part of the response that follows.
type section uint8

const (
	statusLine section = iota
	headerLines
	chunkSizeLine
	chunkEndLine // the line break after a chunk's data
	bodyBytes    // remaining bytes of the body or of a chunk
	bodyToEnd    // the body ends when the host closes the connection
)

// response is the state machine that parses an HTTP/1 response (RFC 9112). It is as lenient as
// common clients (bare LF, no reason phrase), but strict about the length of the response.
//
//	statusLine ─▶ headerLines ─▶ bodyBytes ─────────────▶ outcome
//	     ▲             │  ├────▶ bodyToEnd ─────────────▶ outcome
//	     └─── 1xx ─────┘  └────▶ chunkSizeLine ─ size 0 ─▶ outcome
//	                               ▲      ▼
//	                     chunkEndLine ◀─ bodyBytes
//
// The outcome is final before the end of the response if later bytes cannot change it.
type response struct {
	expectation *expectation
	next        section
	// line is the received part of an incomplete line.
	line []byte
	// allowance is how many more bytes of lines are accepted.
	allowance int
	head      responseHead
	// remaining is how many bytes of the body or of the chunk are outstanding.
	remaining uint64
	body      netprobe.Search
	// match is set when the body is complete and the check has a pattern.
	match *probes.Match
}

// newResponse returns the parser of one response.
func newResponse(expectation *expectation) *response {
	return &response{
		expectation: expectation,
		allowance:   httpheader.MaxBytes,
		body:        netprobe.Search{Want: expectation.contains},
	}
}

// Write implements [netprobe.Response].
func (r *response) Write(data []byte) (probes.Outcome, bool) {
	for len(data) > 0 {
		var outcome probes.Outcome
		var done bool
		if r.next == bodyBytes || r.next == bodyToEnd {
			data, outcome, done = r.takeBody(data)
		} else {
			data, outcome, done = r.takeLine(data)
		}
		if done {
			return outcome, true
		}
	}
	return probes.Outcome{}, false
}

// EOF implements [netprobe.Response]. Only a body without a length ends with the connection.
func (r *response) EOF() probes.Outcome {
	if r.next == bodyToEnd {
		return r.bodyEnded()
	}
	return probes.Failed(probes.Reset)
}

// Timeout implements [netprobe.Response].
func (r *response) Timeout() probes.Outcome { return probes.Failed(probes.Timeout) }

// takeLine consumes bytes up to the end of a line, and parses the line when it is complete.
func (r *response) takeLine(data []byte) (rest []byte, outcome probes.Outcome, done bool) {
	length := bytes.IndexByte(data, '\n') + 1
	whole := length > 0
	if !whole {
		length = len(data)
	}
	if length > r.allowance {
		return nil, probes.Failed(probes.Protocol), true
	}
	r.allowance -= length
	line, rest := data[:length], data[length:]

	if len(r.line) > 0 || !whole {
		r.line = append(r.line, line...)
		line = r.line
	}
	if r.next == statusLine && !beginsHTTP(line) {
		// Checked before the line is complete: a host of a different protocol may wait for
		// the prober, and would fail with the deadline instead of the reason.
		return nil, probes.Failed(probes.Protocol), true
	}
	if !whole {
		return nil, probes.Outcome{}, false
	}
	r.line = r.line[:0]
	outcome, done = r.parseLine(bytes.TrimSuffix(line[:len(line)-1], []byte("\r")))
	return rest, outcome, done
}

// parseLine parses a complete line without its line break, and advances the state machine.
func (r *response) parseLine(line []byte) (probes.Outcome, bool) {
	valid := true
	switch r.next {
	case statusLine:
		valid = r.head.setStatus(line)
		r.next = headerLines
	case headerLines:
		if len(line) == 0 {
			return r.headEnded()
		}
		valid = r.head.addHeader(line)
	case chunkSizeLine:
		r.remaining, valid = chunkSize(line)
		if valid && r.remaining == 0 {
			return r.bodyEnded(), true
		}
		r.next = bodyBytes
	case chunkEndLine:
		valid = len(line) == 0
		r.next = chunkSizeLine
	case bodyBytes, bodyToEnd: // takeBody consumes these
	}
	if !valid {
		return probes.Failed(probes.Protocol), true
	}
	return probes.Outcome{}, false
}

// headEnded checks the status and derives the length of the body.
func (r *response) headEnded() (probes.Outcome, bool) {
	head := r.head
	if head.interim() {
		r.head, r.next = responseHead{}, statusLine
		return probes.Outcome{}, false
	}
	switch {
	case !r.expectation.expectsStatus(head.status):
		return probes.Failed(probes.UnexpectedStatus), true
	case !r.expectation.expectsBody():
		return probes.Succeeded(), true
	case r.expectation.bodyless, head.bodyless():
		return r.bodyEnded(), true
	case head.misframed:
		return probes.Failed(probes.Protocol), true
	case head.chunked:
		r.next, r.allowance = chunkSizeLine, maxChunkLines
	case head.sized && head.length == 0:
		return r.bodyEnded(), true
	case head.sized:
		r.next, r.remaining = bodyBytes, head.length
	default:
		r.next = bodyToEnd
	}
	return probes.Outcome{}, false
}

// takeBody consumes bytes of the body.
func (r *response) takeBody(data []byte) (rest []byte, outcome probes.Outcome, done bool) {
	piece := data
	if r.next == bodyBytes {
		piece = data[:min(uint64(len(data)), r.remaining)]
		r.remaining -= uint64(len(piece))
	}
	found, full := r.body.Add(piece)
	switch {
	case found && r.expectation.matches == nil:
		return nil, probes.Succeeded(), true
	case full:
		return nil, r.bodyEnded(), true
	case r.next == bodyBytes && r.remaining == 0 && !r.head.chunked:
		return nil, r.bodyEnded(), true
	case r.next == bodyBytes && r.remaining == 0:
		r.next = chunkEndLine
	}
	return data[len(piece):], probes.Outcome{}, false
}

// bodyEnded returns the outcome of a complete body, or of the first [probes.MaxResponse] bytes. The
// match is deferred to this point: a pattern that ends with $ could match a part of the body.
func (r *response) bodyEnded() probes.Outcome {
	if r.expectation.matches != nil {
		r.match = probes.NewMatch(r.expectation.matches, r.body.Seen)
	}
	return probes.Failed(probes.UnexpectedBody)
}

// Match implements [netprobe.Response].
func (r *response) Match() *probes.Match { return r.match }
