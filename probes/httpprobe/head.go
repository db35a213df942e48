package httpprobe

import (
	"bytes"
	"strconv"
)

// responseHead holds the status and the framing headers of a response.
type responseHead struct {
	status int
	// chunked: the body is sent in chunks. sized: the body has length bytes.
	chunked, sized bool
	length         uint64
	// misframed: a framing header is invalid. It fails a probe only if the body is read.
	misframed bool
}

// httpPrefix is the start of every HTTP/1 response.
const httpPrefix = "HTTP/1."

// beginsHTTP reports whether line, possibly incomplete, may start an HTTP response.
func beginsHTTP(line []byte) bool {
	length := min(len(line), len(httpPrefix))
	return string(line[:length]) == httpPrefix[:length]
}

// setStatus parses "HTTP/1.1 200 OK"; the reason phrase is optional.
func (h *responseHead) setStatus(line []byte) bool {
	const digits = len("HTTP/1.1 ")
	end := digits + len("200")
	switch {
	case len(line) < end, !beginsHTTP(line), line[digits-1] != ' ':
		return false
	case line[digits-2] < '0' || line[digits-2] > '9':
		return false
	case len(line) > end && line[end] != ' ':
		return false
	}
	h.status = status(string(line[digits:end]))
	return h.status >= 100
}

// addHeader parses one header line. Headers without framing information are ignored.
func (h *responseHead) addHeader(line []byte) bool {
	if line[0] == ' ' || line[0] == '\t' {
		return true // a continuation line (obs-fold), which no framing header has
	}
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found || len(name) == 0 {
		return false
	}
	switch {
	case bytes.EqualFold(name, []byte("Content-Length")):
		h.frame(value, h.setLength)
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		h.frame(value, h.setCoding)
	}
	return true
}

// frame parses each element of a framing header.
func (h *responseHead) frame(list []byte, take func(element []byte) bool) {
	for element := range bytes.SplitSeq(list, []byte(",")) {
		if !take(bytes.Trim(element, " \t")) {
			h.misframed = true
		}
	}
}

// setLength parses one Content-Length. Two different lengths are invalid: they are a means of
// request smuggling.
func (h *responseHead) setLength(value []byte) bool {
	length, err := strconv.ParseUint(string(value), 10, 63)
	if err != nil || (h.sized && h.length != length) {
		return false
	}
	h.sized, h.length = true, length
	return true
}

// setCoding parses one transfer coding. "identity" of RFC 2616 is the absence of a coding. "gzip,
// chunked" is valid, but the request does not accept it and the parser does not decode it.
func (h *responseHead) setCoding(value []byte) bool {
	switch {
	case bytes.EqualFold(value, []byte("identity")):
		return true
	case bytes.EqualFold(value, []byte("chunked")) && !h.chunked:
		h.chunked = true
		return true
	default:
		return false
	}
}

// interim reports whether another response follows. 101 is final: it ends HTTP on the connection.
func (h *responseHead) interim() bool { return h.status < 200 && h.status != 101 }

// bodyless reports whether a response with this status has no body, in spite of its headers.
func (h *responseHead) bodyless() bool { return h.status < 200 || h.status == 204 || h.status == 304 }

// chunkSize parses the line before a chunk: hexadecimal digits and optional extensions.
func chunkSize(line []byte) (uint64, bool) {
	digits, _, _ := bytes.Cut(line, []byte(";"))
	size, err := strconv.ParseUint(string(bytes.TrimRight(digits, " \t")), 16, 63)
	return size, err == nil
}

// status parses exactly three digits. It returns 0 for any other text, which is in no range.
func status(text string) int {
	if len(text) != len("200") {
		return 0
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return int(number)
}
