package probes

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// userAgent names the operator without its version: an upgrade should not change
// what hosts see and what their operators filter by.
const userAgent = "external-endpoints/1"

// httpRequest is a request ready to be sent, cut at the one place that depends on
// the target.
type httpRequest struct {
	// before ends with "Host: ", after begins with what follows the host.
	before, after string
	// host is empty when the target's address stands for it.
	host string
	// defaultPort is left out of a Host header made from the target, as browsers do.
	defaultPort uint16
}

// newHTTPRequest prepares the request of a validated check. Of headers given twice
// in different ways, the user's replaces ours; the user's own are sent as they are.
func newHTTPRequest(check *HTTP) httpRequest {
	var after strings.Builder
	after.WriteString("\r\n")
	write := func(header Header) { after.WriteString(header.Name + ": " + string(header.Value) + "\r\n") }

	for _, header := range []Header{
		{"User-Agent", userAgent},
		{"Accept", "*/*"},
		// Also said by leaving it out, but some servers compress then.
		{"Accept-Encoding", "identity"},
	} {
		if !slices.ContainsFunc(check.Headers, func(h Header) bool { return strings.EqualFold(h.Name, header.Name) }) {
			write(header)
		}
	}
	for _, header := range check.Headers {
		write(header)
	}
	write(Header{"Connection", "close"})
	after.WriteString("\r\n")

	request := httpRequest{
		before:      check.Method + " " + check.Path + " HTTP/1.1\r\nHost: ",
		host:        bracketed(check.Host),
		after:       after.String(),
		defaultPort: 80,
	}
	if check.TLS != nil {
		request.defaultPort = 443
	}
	return request
}

// append appends the request to target to buffer.
func (r *httpRequest) append(buffer []byte, target netip.AddrPort) []byte {
	buffer = append(buffer, r.before...)
	if r.host != "" {
		buffer = append(buffer, r.host...)
	} else {
		buffer = appendAuthority(buffer, target, r.defaultPort)
	}
	return append(buffer, r.after...)
}

// appendAuthority appends target as the authority of a URL has it: IPv6 in
// brackets, the port left out when it is defaultPort.
func appendAuthority(buffer []byte, target netip.AddrPort, defaultPort uint16) []byte {
	addr := target.Addr().Unmap()
	if addr.Is6() {
		buffer = append(buffer, '[')
		buffer = addr.AppendTo(buffer)
		buffer = append(buffer, ']')
	} else {
		buffer = addr.AppendTo(buffer)
	}
	if target.Port() == defaultPort {
		return buffer
	}
	buffer = append(buffer, ':')
	return strconv.AppendUint(buffer, uint64(target.Port()), 10)
}

// bracketed is a host as an authority has it: an IPv6 address in brackets.
func bracketed(host string) string {
	if addr, err := netip.ParseAddr(host); err != nil || !addr.Is6() {
		return host
	}
	return "[" + host + "]"
}
