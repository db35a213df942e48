package probes

import (
	"net/netip"
	"slices"
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
	authority     authority
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

	return httpRequest{
		before:    check.Method + " " + check.Path + " HTTP/1.1\r\nHost: ",
		authority: newAuthority(check.Host, check.Name, check.TLS != nil),
		after:     after.String(),
	}
}

// append appends the request to target to buffer.
func (r *httpRequest) append(buffer []byte, target netip.AddrPort) []byte {
	buffer = append(buffer, r.before...)
	buffer = r.authority.append(buffer, target)
	return append(buffer, r.after...)
}
