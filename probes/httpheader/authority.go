package httpheader

import (
	"net/netip"
	"strconv"
)

// Authority is what a request names as its server: the Host header of HTTP/1, :authority of
// HTTP/2. Routers choose the server by it, with the port as part of the name, so that by
// default it is what a client sends that connects to the probed port.
type Authority struct {
	// given is sent as it is; empty: the name or the address, and the port.
	given string
	// name stands for the target's address; empty: the address itself.
	name string
	// defaultPort is left out (RFC 9110, 4.2.1 and 4.2.2).
	defaultPort uint16
}

func NewAuthority(given, name string, secure bool) Authority {
	a := Authority{given: bracketed(given), name: name, defaultPort: 80}
	if secure {
		a.defaultPort = 443
	}
	return a
}

// Append appends the authority of a request to target.
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

// appendHost appends addr as an authority has it: IPv6 in brackets (RFC 3986, 3.2.2).
func appendHost(buffer []byte, addr netip.Addr) []byte {
	if !addr.Is6() {
		return addr.AppendTo(buffer)
	}
	buffer = append(buffer, '[')
	buffer = addr.AppendTo(buffer)
	return append(buffer, ']')
}

// bracketed is a host as an authority has it: an IPv6 address without a port in brackets.
func bracketed(host string) string {
	if addr, err := netip.ParseAddr(host); err != nil || !addr.Is6() {
		return host
	}
	return "[" + host + "]"
}

// MaxBytes is how much of status lines and headers is read, interim answers
// included: as much as common servers themselves accept of a request.
const MaxBytes = 16 << 10

// UserAgent names the operator without its version: an upgrade should not change
// what hosts see and what their operators filter by.
const UserAgent = "external-endpoints/1"
