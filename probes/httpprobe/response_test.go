package httpprobe

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/external-endpoints/operator/probes"
)

// judge feeds an answer in pieces of the given sizes in turn, then closes.
func judge(expectation *expectation, raw []byte, sizes ...int) probes.Outcome {
	answer := newResponse(expectation)
	for i := 0; len(raw) > 0; i++ {
		size := min(len(raw), max(1, sizes[i%len(sizes)]))
		if outcome, done := answer.Write(raw[:size]); done {
			return outcome
		}
		raw = raw[size:]
	}
	return answer.EOF()
}

// FuzzHTTPAnswer holds the parser to three things: it never panics, it does not
// matter where the bytes are cut, and what it finds well net/http can read too,
// with the same status and the same body.
func FuzzHTTPAnswer(f *testing.F) {
	for _, raw := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.0 200\n\nok",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\no\r\n1\r\nk\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
		"SSH-2.0-OpenSSH_9.2\r\n",
		"\n",
		"",
	} {
		f.Add([]byte(raw), uint8(1), uint8(7))
	}
	statuses := []probes.StatusRange{{First: 200, Last: 399}}
	byStatus := &expectation{statuses: statuses}
	byBody := &expectation{statuses: statuses, contains: []byte("ok")}

	f.Fuzz(func(t *testing.T, raw []byte, first, second uint8) {
		for _, expectation := range []*expectation{byStatus, byBody} {
			whole := judge(expectation, raw, max(1, len(raw)))
			if pieces := judge(expectation, raw, int(first), int(second)); pieces != whole {
				t.Errorf("in one piece: %+v, in pieces of %d and %d: %+v", whole, first, second, pieces)
			}
			if whole.Result == probes.Inconclusive {
				t.Errorf("a host's answer is inconclusive: %+v", whole)
			}
		}
		if judge(byBody, raw, max(1, len(raw))).Result == probes.Success {
			if status, body, ok := readAnswer(raw); ok && (!byBody.expectsStatus(status) || !bytes.Contains(body, []byte("ok"))) {
				t.Errorf("found well, but net/http reads status %d and body %q", status, body)
			}
		}
	})
}

// readAnswer reads an answer with net/http; ok is false where that refuses it.
// Being more lenient than net/http is fine: the host's other clients are not Go's.
func readAnswer(raw []byte) (status int, body []byte, ok bool) {
	reader := bufio.NewReader(bytes.NewReader(raw))
	for {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return 0, nil, false
		}
		if response.StatusCode < 200 && response.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		body, err = io.ReadAll(io.LimitReader(response.Body, probes.MaxResponse))
		// In an HTTP/1.0 answer net/http ignores Transfer-Encoding; curl and we do not.
		return response.StatusCode, body, err == nil && response.ProtoAtLeast(1, 1)
	}
}
