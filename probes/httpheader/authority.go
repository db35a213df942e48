package httpheader

import (
	"net/netip"
	"strconv"
)

// Authority is the Host header of HTTP/1 and the :authority of HTTP/2. Proxies route by it, with
// the port as part of the name. The default equals what a client of the probed port sends.
type Authority struct {
	// given is sent unchanged; empty: name or address, and port.
	given string
	// name replaces the address of the target; empty: the address itself.
	name string
	// defaultPort is omitted (RFC 9110, 4.2.1 and 4.2.2).
	defaultPort uint16
}

// NewAuthority returns the authority of a check. A given authority has precedence over name; secure
// selects the default port of HTTPS.
func NewAuthority(given, name string, secure bool) Authority {
	a := Authority{given: bracketed(given), name: name, defaultPort: 80}
	if secure {
		a.defaultPort = 443
	}
	return a
}

// Append appends the authority of a request to target to buffer.
func (a *Authority) Append(buffer []byte, target netip.AddrPort) []byte {
	if a.given != "" {
		return append(buffer, a.given...)
	}
	if a.name != "" {
		buffer = append(buffer, a.name...)
	} else {
		buffer = appendHost(buffer, target.Addr().Unmap())
	}
	if target.Port() == a.defaultPort {
		return buffer
	}
	buffer = append(buffer, ':')
	return strconv.AppendUint(buffer, uint64(target.Port()), 10)
}

// appendHost appends addr, an IPv6 address in brackets (RFC 3986, 3.2.2).
func appendHost(buffer []byte, addr netip.Addr) []byte {
	if !addr.Is6() {
		return addr.AppendTo(buffer)
	}
	buffer = append(buffer, '[')
	buffer = addr.AppendTo(buffer)
	return append(buffer, ']')
}

// bracketed returns host, an IPv6 address without a port in brackets.
func bracketed(host string) string {
	if addr, err := netip.ParseAddr(host); err != nil || !addr.Is6() {
		return host
	}
	return "[" + host + "]"
}
