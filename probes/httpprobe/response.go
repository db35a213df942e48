package httpprobe

import (
	"bytes"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/httpheader"
	"github.com/external-endpoints/operator/probes/netprobe"
)

// maxChunkLines is how much of the body's chunk sizes is read. In the worst case,
// chunks of one byte, maxReply bytes need 40 KiB of them.
const maxChunkLines = 64 << 10

// section is the part of an HTTP answer that comes next.
type section uint8

const (
	statusLine section = iota
	headerLines
	chunkSizeLine
	chunkEndLine // the line break after a chunk's data
	bodyBytes    // with remaining bytes to come, of the body or of a chunk
	bodyToEnd    // the body lasts until the host closes
)

// response judges an HTTP/1 answer: RFC 9112, read leniently where clients do
// (bare LF, no reason phrase) and strictly where it says how long the answer is.
//
//	statusLine ─▶ headerLines ─▶ bodyBytes ─────────────▶ verdict
//	     ▲             │  ├────▶ bodyToEnd ─────────────▶ verdict
//	     └─── 1xx ─────┘  └────▶ chunkSizeLine ─ size 0 ─▶ verdict
//	                               ▲      ▼
//	                     chunkEndLine ◀─ bodyBytes
//
// The verdict falls as soon as nothing that may follow can change it.
type response struct {
	expectation *expectation
	next        section
	// line is the beginning of a line whose end has not come yet.
	line []byte
	// allowance is how many more bytes may come that are not body.
	allowance int
	head      responseHead
	// remaining is how many bytes of the body, or of the chunk, are still to come.
	remaining uint64
	body      netprobe.Search
	// match is set once the body that a pattern is about has been read.
	match *probes.Match
}

func newResponse(expectation *expectation) *response {
	return &response{
		expectation: expectation,
		allowance:   httpheader.MaxBytes,
		body:        netprobe.Search{Want: expectation.contains},
	}
}

// Write implements [netprobe.Response].
func (a *response) Write(data []byte) (probes.Outcome, bool) {
	for len(data) > 0 {
		var outcome probes.Outcome
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
	return probes.Outcome{}, false
}

// EOF implements [netprobe.Response]: only a body without a length may end so.
func (a *response) EOF() probes.Outcome {
	if a.next == bodyToEnd {
		return a.bodyEnded()
	}
	return probes.Failed(probes.Reset)
}

// Timeout implements [netprobe.Response].
func (a *response) Timeout() probes.Outcome { return probes.Failed(probes.Timeout) }

// takeLine takes bytes up to the end of a line, and acts on the line when it is whole.
func (a *response) takeLine(data []byte) (rest []byte, outcome probes.Outcome, done bool) {
	length := bytes.IndexByte(data, '\n') + 1
	whole := length > 0
	if !whole {
		length = len(data)
	}
	if length > a.allowance {
		return nil, probes.Failed(probes.Protocol), true
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
		return nil, probes.Failed(probes.Protocol), true
	}
	if !whole {
		return nil, probes.Outcome{}, false
	}
	a.line = a.line[:0]
	outcome, done = a.actOn(bytes.TrimSuffix(line[:len(line)-1], []byte("\r")))
	return rest, outcome, done
}

// actOn takes a whole line, without its end.
func (a *response) actOn(line []byte) (probes.Outcome, bool) {
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
		return probes.Failed(probes.Protocol), true
	}
	return probes.Outcome{}, false
}

// headEnded judges the head and finds out where the body ends.
func (a *response) headEnded() (probes.Outcome, bool) {
	head := a.head
	if head.interim() {
		a.head, a.next = responseHead{}, statusLine
		return probes.Outcome{}, false
	}
	switch {
	case !a.expectation.expectsStatus(head.status):
		return probes.Failed(probes.UnexpectedStatus), true
	case !a.expectation.expectsBody():
		return probes.Succeeded(), true
	case a.expectation.bodyless, head.bodyless():
		return a.bodyEnded(), true
	case head.misframed:
		return probes.Failed(probes.Protocol), true
	case head.chunked:
		a.next, a.allowance = chunkSizeLine, maxChunkLines
	case head.sized && head.length == 0:
		return a.bodyEnded(), true
	case head.sized:
		a.next, a.remaining = bodyBytes, head.length
	default:
		a.next = bodyToEnd
	}
	return probes.Outcome{}, false
}

// takeBody takes bytes of the body.
func (a *response) takeBody(data []byte) (rest []byte, outcome probes.Outcome, done bool) {
	piece := data
	if a.next == bodyBytes {
		piece = data[:min(uint64(len(data)), a.remaining)]
		a.remaining -= uint64(len(piece))
	}
	found, full := a.body.Add(piece)
	switch {
	case found && a.expectation.matches == nil:
		return nil, probes.Succeeded(), true
	case full:
		return nil, a.bodyEnded(), true
	case a.next == bodyBytes && a.remaining == 0 && !a.head.chunked:
		return nil, a.bodyEnded(), true
	case a.next == bodyBytes && a.remaining == 0:
		a.next = chunkEndLine
	}
	return data[len(piece):], probes.Outcome{}, false
}

// bodyEnded judges a body that is complete, or as much of it as is looked at. A pattern is
// matched only now: one that ends with $ could match too early.
func (a *response) bodyEnded() probes.Outcome {
	if a.expectation.matches != nil {
		a.match = probes.NewMatch(a.expectation.matches, a.body.Seen)
	}
	return probes.Failed(probes.UnexpectedBody)
}

// Match implements [netprobe.Response].
func (a *response) Match() *probes.Match { return a.match }
