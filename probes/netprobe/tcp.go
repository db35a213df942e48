package netprobe

import (
	"net/netip"

	"github.com/external-endpoints/operator/probes"
)

// NewTCP returns the prober of a TCP check.
func NewTCP(check *probes.TCP, dialer *Dialer) (probes.Prober, error) {
	switch {
	case len(check.Send) > probes.MaxResponse:
		return nil, probes.Invalid("tcp.send", "at most 8192 bytes")
	case len(check.Expect) > probes.MaxResponse:
		return nil, probes.Invalid("tcp.expect", "at most 8192 bytes: no more is read")
	}
	exchange := &Exchange{dialer: dialer}
	if len(check.Send) > 0 {
		exchange.request = func([]byte, netip.AddrPort) []byte { return check.Send }
	}
	if len(check.Expect) > 0 {
		exchange.response = func() Response { return &tcpResponse{Search{Want: check.Expect}} }
	}
	return exchange.Prober(), nil
}

// tcpResponse searches the response for the expected bytes.
type tcpResponse struct{ Search }

// Write implements [Response].
func (a *tcpResponse) Write(data []byte) (probes.Outcome, bool) {
	found, full := a.Add(data)
	switch {
	case found:
		return probes.Succeeded(), true
	case full:
		return probes.Failed(probes.UnexpectedReply), true
	default:
		return probes.Outcome{}, false
	}
}

// EOF implements [Response]. A close without a byte is a reset; a close after other bytes is an
// unexpected response.
func (a *tcpResponse) EOF() probes.Outcome {
	if len(a.Seen) == 0 {
		return probes.Failed(probes.Reset)
	}
	return probes.Failed(probes.UnexpectedReply)
}

// Timeout implements [Response]. Most protocols keep the connection open after an error line, so a
// host that sent at least as many bytes as expected has responded. The reason Timeout would
// direct users to the network.
func (a *tcpResponse) Timeout() probes.Outcome {
	if len(a.Seen) < len(a.Want) {
		return probes.Failed(probes.Timeout)
	}
	return probes.Failed(probes.UnexpectedReply)
}

// Match implements [Response]. The search is cheap and runs in Write.
func (a *tcpResponse) Match() *probes.Match { return nil }
