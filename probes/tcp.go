package probes

import "net/netip"

// newTCP returns the prober of a TCP check.
func newTCP(check *TCP, dialer *Dialer) (Prober, error) {
	switch {
	case len(check.Send) > maxReply:
		return nil, invalid("tcp.send", "at most 8192 bytes")
	case len(check.Expect) > maxReply:
		return nil, invalid("tcp.expect", "at most 8192 bytes: no more is read")
	}
	exchange := &Exchange{dialer: dialer}
	if len(check.Send) > 0 {
		exchange.request = func([]byte, netip.AddrPort) []byte { return check.Send }
	}
	if len(check.Expect) > 0 {
		exchange.response = func() Response { return &tcpResponse{search{want: check.Expect}} }
	}
	return exchange.Prober(), nil
}

// tcpResponse looks for the expected bytes.
type tcpResponse struct{ search }

// Write implements [Response].
func (a *tcpResponse) Write(data []byte) (Outcome, bool) {
	found, full := a.add(data)
	switch {
	case found:
		return Succeeded(), true
	case full:
		return Failed(UnexpectedReply), true
	default:
		return Outcome{}, false
	}
}

// EOF implements [Response]: a host that hangs up without a word has cut the connection; one that
// said something else first has answered.
func (a *tcpResponse) EOF() Outcome {
	if len(a.seen) == 0 {
		return Failed(Reset)
	}
	return Failed(UnexpectedReply)
}

// Timeout implements [Response]: most protocols keep the connection open after an error line. Whoever
// has sent at least as much as was expected has given another answer; saying
// "timeout" would send people to look at the network.
func (a *tcpResponse) Timeout() Outcome {
	if len(a.seen) < len(a.want) {
		return Failed(Timeout)
	}
	return Failed(UnexpectedReply)
}

// Match implements [Response]: the bytes are found as they come.
func (a *tcpResponse) Match() *Match { return nil }
