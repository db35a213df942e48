package httpprobe

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/httpheader"
)

// request is an encoded request, split where the authority of the target is inserted. All probes
// of a check share it, so a probe makes no allocations for its request.
type request struct {
	// before ends with "Host: ", after starts with the end of that line.
	before, after string
	authority     httpheader.Authority
}

// newRequest encodes the request of a validated check. A header of the user replaces the default
// header of the same name. Headers of the user are sent unchanged, duplicates included.
func newRequest(check *probes.HTTP) request {
	var after strings.Builder
	after.WriteString("\r\n")
	write := func(header probes.Header) { after.WriteString(header.Name + ": " + string(header.Value) + "\r\n") }

	for _, header := range []probes.Header{
		{Name: "User-Agent", Value: httpheader.UserAgent},
		{Name: "Accept", Value: "*/*"},
		// The default without the header, but some servers compress then.
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

// append appends the request for target to buffer.
func (r *request) append(buffer []byte, target netip.AddrPort) []byte {
	buffer = append(buffer, r.before...)
	buffer = r.authority.Append(buffer, target)
	return append(buffer, r.after...)
}
