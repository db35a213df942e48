package probes

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// httpMethods are those that ask for nothing to be changed.
var httpMethods = []string{http.MethodGet, http.MethodHead, http.MethodOptions}

// ownHeaders decide where a message ends or whom it is for: whoever could set them
// could make the host see other requests than we send.
var ownHeaders = []string{"Host", "Content-Length", "Connection", "Transfer-Encoding"}

// validateHTTP returns an error for a check that no request can be made from. The API
// server refuses such checks as well; here it keeps a missing rule there from
// becoming a request with lines of the user's making.
func validateHTTP(h *HTTP) error {
	switch {
	case !slices.Contains(httpMethods, h.Method):
		return invalid("http.method", "GET, HEAD or OPTIONS")
	case !strings.HasPrefix(h.Path, "/"):
		return invalid("http.path", `a path that begins with "/"`)
	case !isVisible(h.Path):
		return invalid("http.path", "of visible ASCII characters, others percent-encoded")
	case !isVisible(h.Host), !isVisible(h.Name):
		return invalid("http.host", "of visible ASCII characters")
	case len(h.Statuses) == 0:
		return invalid("http.expectedStatuses", "given: at least one range")
	case h.Contains != "" && h.Matches != "":
		return invalid("http.expectedBody", "either contains or matches")
	case len(h.Contains) > maxReply:
		return invalid("http.expectedBody.contains", "at most 8192 bytes: no more is read")
	case h.Method == http.MethodHead && (h.Contains != "" || h.Matches != ""):
		return invalid("http.expectedBody", "left out with method HEAD, whose answers have no body")
	}
	for _, statuses := range h.Statuses {
		if err := statuses.validate(); err != nil {
			return invalid("http.expectedStatuses", "statuses from 100 to 599 or rising ranges of them")
		}
	}
	for _, header := range h.Headers {
		owns := func(own string) bool { return strings.EqualFold(own, header.Name) }
		switch {
		case !httpguts.ValidHeaderFieldName(header.Name):
			return invalid("http.headers.name", "an HTTP token")
		case slices.ContainsFunc(ownHeaders, owns):
			return invalid("http.headers.name", "none of "+strings.Join(ownHeaders, ", "))
		case !httpguts.ValidHeaderFieldValue(string(header.Value)):
			return invalid("http.headers.value", "free of line breaks and other control characters")
		}
	}
	return nil
}

// isVisible reports whether text holds nothing but visible ASCII: no space and no
// line break, which would end the part of the request that it stands in.
func isVisible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
