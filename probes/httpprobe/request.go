package httpprobe

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/httpheader"
)

// request is a request ready to be sent, cut at the one place that depends on
// the target.
type request struct {
	// before ends with "Host: ", after begins with what follows the host.
	before, after string
	authority     httpheader.Authority
}

// newRequest prepares the request of a validated check. Of headers given twice
// in different ways, the user's replaces ours; the user's own are sent as they are.
func newRequest(check *probes.HTTP) request {
	var after strings.Builder
	after.WriteString("\r\n")
	write := func(header probes.Header) { after.WriteString(header.Name + ": " + string(header.Value) + "\r\n") }

	for _, header := range []probes.Header{
		{Name: "User-Agent", Value: httpheader.UserAgent},
		{Name: "Accept", Value: "*/*"},
		// Also said by leaving it out, but some servers compress then.
		{Name: "Accept-Encoding", Value: "identity"},
	} {
		if !slices.ContainsFunc(check.Headers, func(h probes.Header) bool { return strings.EqualFold(h.Name, header.Name) }) {
			write(header)
		}
	}
	for _, header := range check.Headers {
		write(header)
	}
	write(probes.Header{Name: "Connection", Value: "close"})
	after.WriteString("\r\n")

	return request{
		before:    check.Method + " " + check.Path + " HTTP/1.1\r\nHost: ",
		authority: httpheader.NewAuthority(check.Host, check.Name, check.TLS != nil),
		after:     after.String(),
	}
}

// append appends the request to target to buffer.
func (r *request) append(buffer []byte, target netip.AddrPort) []byte {
	buffer = append(buffer, r.before...)
	buffer = r.authority.Append(buffer, target)
	return append(buffer, r.after...)
}
