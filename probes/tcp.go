package probes

import (
	"net"
	"net/netip"
)

// newTCP returns the prober of a TCP check.
func newTCP(check *TCP, dialer *Dialer) (Prober, error) {
	switch {
	case len(check.Send) > maxReply:
		return nil, invalid("tcp.send", "at most 8192 bytes")
	case len(check.Expect) > maxReply:
		return nil, invalid("tcp.expect", "at most 8192 bytes: no more is read")
	case len(check.Send) == 0 && len(check.Expect) == 0:
		return &stream{dialer: dialer}, nil
	}
	return &stream{dialer: dialer, exchange: check.exchange}, nil
}

// exchange sends and expects.
func (t *TCP) exchange(conn net.Conn, _ netip.AddrPort) Outcome {
	if len(t.Expect) == 0 {
		if _, err := conn.Write(t.Send); err != nil {
			return exchangeOutcome(err)
		}
		return Succeeded()
	}
	send := func([]byte) []byte { return t.Send }
	return converse(conn, send, &tcpAnswer{search{want: t.Expect}})
}

// tcpAnswer looks for the expected bytes.
type tcpAnswer struct{ search }

func (a *tcpAnswer) feed(data []byte) (Outcome, bool) {
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

// closed: a host that hangs up without a word has cut the connection; one that
// said something else first has answered.
func (a *tcpAnswer) closed() Outcome {
	if len(a.seen) == 0 {
		return Failed(Reset)
	}
	return Failed(UnexpectedReply)
}

// overdue: most protocols keep the connection open after an error line. Whoever
// has sent at least as much as was expected has given another answer; saying
// "timeout" would send people to look at the network.
func (a *tcpAnswer) overdue() Outcome {
	if len(a.seen) < len(a.want) {
		return Failed(Timeout)
	}
	return Failed(UnexpectedReply)
}
