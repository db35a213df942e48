package httpprobe

import (
	"net/http"
	"slices"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/netprobe"
)

// protocol makes requests and judges answers of one HTTP check.
//
// It does not use http.Client: that costs two and a half times the CPU (122 against 45 us a
// probe), follows redirects, decompresses, pools connections and reads proxies from
// the environment, all of which would have to be switched off.
type protocol struct {
	request     request
	expectation expectation
}

// expectation is what an answer must be like.
type expectation struct {
	statuses []probes.StatusRange
	// contains or matches ask something of the body; both empty: the body is not read.
	contains []byte
	matches  *probes.Pattern
	// bodyless: the answer has no body, whatever its headers say (HEAD).
	bodyless bool
}

// New returns the prober of an HTTP or HTTPS check.
func New(check *probes.HTTP, dialer *netprobe.Dialer) (probes.Prober, error) {
	if err := validate(check); err != nil {
		return nil, err
	}
	protocol := &protocol{
		request: newRequest(check),
		expectation: expectation{
			statuses: slices.Clone(check.Statuses),
			contains: []byte(check.Contains),
			bodyless: check.Method == http.MethodHead,
		},
	}
	if check.Matches != "" {
		matches, err := probes.NewPattern("http.expectedBody.matches", check.Matches)
		if err != nil {
			return nil, err
		}
		protocol.expectation.matches = matches
	}
	exchange := netprobe.NewExchange(dialer, protocol.request.append, protocol.response)
	if check.TLS == nil {
		return exchange.Prober(), nil
	}
	// Naming the protocol keeps hosts that would rather speak HTTP/2 from doing so.
	secure, err := netprobe.NewTLSClient("http.tls", *check.TLS, "http/1.1")
	if err != nil {
		return nil, err
	}
	return secure.Prober(dialer, exchange.Run), nil
}

func (h *protocol) response() netprobe.Response { return newResponse(&h.expectation) }

// expectsStatus reports whether a status counts as well.
func (e *expectation) expectsStatus(status int) bool {
	return slices.ContainsFunc(e.statuses, func(r probes.StatusRange) bool { return r.Contains(status) })
}

// expectsBody reports whether the body must be read.
func (e *expectation) expectsBody() bool { return len(e.contains) > 0 || e.matches != nil }
