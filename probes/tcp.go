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
	script := &Script{dialer: dialer}
	if len(check.Send) > 0 {
		script.request = func([]byte, netip.AddrPort) []byte { return check.Send }
	}
	if len(check.Expect) > 0 {
		script.reply = func() Answer { return &tcpAnswer{search{want: check.Expect}} }
	}
	return &stream{dialer: dialer, script: script}, nil
}

// tcpAnswer looks for the expected bytes.
type tcpAnswer struct{ search }

// Feed implements [Answer].
func (a *tcpAnswer) Feed(data []byte) (Outcome, bool) {
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

// Closed implements [Answer]: a host that hangs up without a word has cut the connection; one that
// said something else first has answered.
func (a *tcpAnswer) Closed() Outcome {
	if len(a.seen) == 0 {
		return Failed(Reset)
	}
	return Failed(UnexpectedReply)
}

// Overdue implements [Answer]: most protocols keep the connection open after an error line. Whoever
// has sent at least as much as was expected has given another answer; saying
// "timeout" would send people to look at the network.
func (a *tcpAnswer) Overdue() Outcome {
	if len(a.seen) < len(a.want) {
		return Failed(Timeout)
	}
	return Failed(UnexpectedReply)
}

// Match implements [Answer]: the bytes are found as they come.
func (a *tcpAnswer) Match() *Match { return nil }
