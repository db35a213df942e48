package probes

import (
	"net/http"
	"slices"
)

// httpProtocol makes requests and judges answers of one HTTP check.
//
// It does not use http.Client: that costs two and a half times the CPU (122 against 45 us a
// probe), follows redirects, decompresses, pools connections and reads proxies from
// the environment, all of which would have to be switched off.
type httpProtocol struct {
	request     httpRequest
	expectation httpExpectation
}

// httpExpectation is what an answer must be like.
type httpExpectation struct {
	statuses []StatusRange
	// contains or matches ask something of the body; both empty: the body is not read.
	contains []byte
	matches  *pattern
	// bodyless: the answer has no body, whatever its headers say (HEAD).
	bodyless bool
}

// newHTTP returns the prober of an HTTP or HTTPS check.
func newHTTP(check *HTTP, dialer *Dialer) (Prober, error) {
	if err := validateHTTP(check); err != nil {
		return nil, err
	}
	protocol := &httpProtocol{
		request: newHTTPRequest(check),
		expectation: httpExpectation{
			statuses: slices.Clone(check.Statuses),
			contains: []byte(check.Contains),
			bodyless: check.Method == http.MethodHead,
		},
	}
	if check.Matches != "" {
		matches, err := newPattern("http.expectedBody.matches", check.Matches)
		if err != nil {
			return nil, err
		}
		protocol.expectation.matches = matches
	}
	exchange := NewExchange(dialer, protocol.request.append, protocol.reply)
	if check.TLS == nil {
		return exchange.Prober(), nil
	}
	// Naming the protocol keeps hosts that would rather speak HTTP/2 from doing so.
	secure, err := newTLSClient("http.tls", *check.TLS, "http/1.1")
	if err != nil {
		return nil, err
	}
	return secure.Prober(dialer, exchange.run), nil
}

func (h *httpProtocol) reply() Response { return newHTTPResponse(&h.expectation) }

// expectsStatus reports whether a status counts as well.
func (e *httpExpectation) expectsStatus(status int) bool {
	return slices.ContainsFunc(e.statuses, func(r StatusRange) bool { return r.contains(status) })
}

// expectsBody reports whether the body must be read.
func (e *httpExpectation) expectsBody() bool { return len(e.contains) > 0 || e.matches != nil }
