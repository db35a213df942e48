package probes

import "bytes"

// maxHead is how much of status lines and headers is read, interim answers
// included: as much as common servers themselves accept of a request.
const maxHead = 16 << 10

// maxChunkLines is how much of the body's chunk sizes is read. In the worst case,
// chunks of one byte, maxReply bytes need 40 KiB of them.
const maxChunkLines = 64 << 10

// part is the part of an HTTP answer that comes next.
type part uint8

const (
	statusLine part = iota
	headerLines
	chunkSizeLine
	chunkEndLine // the line break after a chunk's data
	bodyBytes    // with remaining bytes to come, of the body or of a chunk
	bodyToEnd    // the body lasts until the host closes
)

// httpResponse judges an HTTP/1 answer: RFC 9112, read leniently where clients do
// (bare LF, no reason phrase) and strictly where it says how long the answer is.
//
//	statusLine ─▶ headerLines ─▶ bodyBytes ─────────────▶ verdict
//	     ▲             │  ├────▶ bodyToEnd ─────────────▶ verdict
//	     └─── 1xx ─────┘  └────▶ chunkSizeLine ─ size 0 ─▶ verdict
//	                               ▲      ▼
//	                     chunkEndLine ◀─ bodyBytes
//
// The verdict falls as soon as nothing that may follow can change it.
type httpResponse struct {
	expectation *httpExpectation
	next        part
	// line is the beginning of a line whose end has not come yet.
	line []byte
	// allowance is how many more bytes may come that are not body.
	allowance int
	head      httpHead
	// remaining is how many bytes of the body, or of the chunk, are still to come.
	remaining uint64
	body      search
	// match is set once the body that a pattern is about has been read.
	match *Match
}

func newHTTPResponse(expectation *httpExpectation) *httpResponse {
	return &httpResponse{
		expectation: expectation,
		allowance:   maxHead,
		body:        search{want: expectation.contains},
	}
}

// Write implements [Response].
func (a *httpResponse) Write(data []byte) (Outcome, bool) {
	for len(data) > 0 {
		var outcome Outcome
		var done bool
		if a.next == bodyBytes || a.next == bodyToEnd {
			data, outcome, done = a.takeBody(data)
		} else {
			data, outcome, done = a.takeLine(data)
		}
		if done {
			return outcome, true
		}
	}
	return Outcome{}, false
}

// EOF implements [Response]: only a body without a length may end so.
func (a *httpResponse) EOF() Outcome {
	if a.next == bodyToEnd {
		return a.bodyEnded()
	}
	return Failed(Reset)
}

// Timeout implements [Response].
func (a *httpResponse) Timeout() Outcome { return Failed(Timeout) }

// takeLine takes bytes up to the end of a line, and acts on the line when it is whole.
func (a *httpResponse) takeLine(data []byte) (rest []byte, outcome Outcome, done bool) {
	length := bytes.IndexByte(data, '\n') + 1
	whole := length > 0
	if !whole {
		length = len(data)
	}
	if length > a.allowance {
		return nil, Failed(Protocol), true
	}
	a.allowance -= length
	line, rest := data[:length], data[length:]

	if len(a.line) > 0 || !whole {
		a.line = append(a.line, line...)
		line = a.line
	}
	if a.next == statusLine && !beginsHTTP(line) {
		// Judged before the line ends: a host that speaks another protocol may be
		// waiting for us, and its failure is not a timeout.
		return nil, Failed(Protocol), true
	}
	if !whole {
		return nil, Outcome{}, false
	}
	a.line = a.line[:0]
	outcome, done = a.actOn(bytes.TrimSuffix(line[:len(line)-1], []byte("\r")))
	return rest, outcome, done
}

// actOn takes a whole line, without its end.
func (a *httpResponse) actOn(line []byte) (Outcome, bool) {
	valid := true
	switch a.next {
	case statusLine:
		valid = a.head.setStatus(line)
		a.next = headerLines
	case headerLines:
		if len(line) == 0 {
			return a.headEnded()
		}
		valid = a.head.addHeader(line)
	case chunkSizeLine:
		a.remaining, valid = chunkSize(line)
		if valid && a.remaining == 0 {
			return a.bodyEnded(), true
		}
		a.next = bodyBytes
	case chunkEndLine:
		valid = len(line) == 0
		a.next = chunkSizeLine
	case bodyBytes, bodyToEnd: // have no lines: see feed
	}
	if !valid {
		return Failed(Protocol), true
	}
	return Outcome{}, false
}

// headEnded judges the head and finds out where the body ends.
func (a *httpResponse) headEnded() (Outcome, bool) {
	head := a.head
	if head.interim() {
		a.head, a.next = httpHead{}, statusLine
		return Outcome{}, false
	}
	switch {
	case !a.expectation.expectsStatus(head.status):
		return Failed(UnexpectedStatus), true
	case !a.expectation.expectsBody():
		return Succeeded(), true
	case a.expectation.bodyless, head.bodyless():
		return a.bodyEnded(), true
	case head.misframed:
		return Failed(Protocol), true
	case head.chunked:
		a.next, a.allowance = chunkSizeLine, maxChunkLines
	case head.sized && head.length == 0:
		return a.bodyEnded(), true
	case head.sized:
		a.next, a.remaining = bodyBytes, head.length
	default:
		a.next = bodyToEnd
	}
	return Outcome{}, false
}

// takeBody takes bytes of the body.
func (a *httpResponse) takeBody(data []byte) (rest []byte, outcome Outcome, done bool) {
	piece := data
	if a.next == bodyBytes {
		piece = data[:min(uint64(len(data)), a.remaining)]
		a.remaining -= uint64(len(piece))
	}
	found, full := a.body.add(piece)
	switch {
	case found && a.expectation.matches == nil:
		return nil, Succeeded(), true
	case full:
		return nil, a.bodyEnded(), true
	case a.next == bodyBytes && a.remaining == 0 && !a.head.chunked:
		return nil, a.bodyEnded(), true
	case a.next == bodyBytes && a.remaining == 0:
		a.next = chunkEndLine
	}
	return data[len(piece):], Outcome{}, false
}

// bodyEnded judges a body that is complete, or as much of it as is looked at. A pattern is
// matched only now: one that ends with $ could match too early.
func (a *httpResponse) bodyEnded() Outcome {
	if a.expectation.matches != nil {
		a.match = NewMatch(a.expectation.matches, a.body.seen)
	}
	return Failed(UnexpectedBody)
}

// Match implements [Response].
func (a *httpResponse) Match() *Match { return a.match }
