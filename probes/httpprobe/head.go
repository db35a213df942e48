package httpprobe

import (
	"bytes"
	"strconv"
)

// responseHead is what matters of an answer's status line and headers.
type responseHead struct {
	status int
	// chunked: the body comes in chunks. sized: it has length bytes.
	chunked, sized bool
	length         uint64
	// misframed: a header says where the body ends and is not understood. It matters only
	// where the body is read.
	misframed bool
}

// httpPrefix begins every HTTP/1 answer.
const httpPrefix = "HTTP/1."

// beginsHTTP reports whether an HTTP answer may begin with line, which may be short.
func beginsHTTP(line []byte) bool {
	length := min(len(line), len(httpPrefix))
	return string(line[:length]) == httpPrefix[:length]
}

// setStatus reads "HTTP/1.1 200 OK"; the phrase may be missing.
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

// addHeader reads one header line. Only those that say where the body ends matter.
func (h *responseHead) addHeader(line []byte) bool {
	if line[0] == ' ' || line[0] == '\t' {
		return true // the value before it goes on (obs-fold), which a length never does
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

// frame takes each element of a header that says where the body ends.
func (h *responseHead) frame(list []byte, take func(element []byte) bool) {
	for element := range bytes.SplitSeq(list, []byte(",")) {
		if !take(bytes.Trim(element, " \t")) {
			h.misframed = true
		}
	}
}

// setLength reads one Content-Length. Two that differ are how requests are smuggled.
func (h *responseHead) setLength(value []byte) bool {
	length, err := strconv.ParseUint(string(value), 10, 63)
	if err != nil || (h.sized && h.length != length) {
		return false
	}
	h.sized, h.length = true, length
	return true
}

// setCoding reads one transfer coding. "identity" was one in RFC 2616 and means that there is
// none; "gzip, chunked" is valid, but was not requested and is not decoded.
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

// interim reports whether another answer follows. 101 ends HTTP on its connection
// and is therefore an answer like any other.
func (h *responseHead) interim() bool { return h.status < 200 && h.status != 101 }

// bodyless reports whether there is no body whatever the headers say.
func (h *responseHead) bodyless() bool { return h.status < 200 || h.status == 204 || h.status == 304 }

// chunkSize reads the line before a chunk: hexadecimal digits, then perhaps extensions.
func chunkSize(line []byte) (uint64, bool) {
	digits, _, _ := bytes.Cut(line, []byte(";"))
	size, err := strconv.ParseUint(string(bytes.TrimRight(digits, " \t")), 16, 63)
	return size, err == nil
}

// status reads exactly three digits; anything else becomes 0, which no range allows.
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
