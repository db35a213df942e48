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

// tcpResponse looks for the expected bytes.
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

// EOF implements [Response]: a host that hangs up without a word has cut the connection; one that
// said something else first has answered.
func (a *tcpResponse) EOF() probes.Outcome {
	if len(a.Seen) == 0 {
		return probes.Failed(probes.Reset)
	}
	return probes.Failed(probes.UnexpectedReply)
}

// Timeout implements [Response]: most protocols keep the connection open after an error line. Whoever
// has sent at least as much as was expected has given another answer; saying
// "timeout" would send people to look at the network.
func (a *tcpResponse) Timeout() probes.Outcome {
	if len(a.Seen) < len(a.Want) {
		return probes.Failed(probes.Timeout)
	}
	return probes.Failed(probes.UnexpectedReply)
}

// Match implements [Response]: the bytes are found as they come.
func (a *tcpResponse) Match() *probes.Match { return nil }
