package httpprobe

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/external-endpoints/operator/probes"
)

// methods are the safe HTTP methods, which change nothing on the host.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodOptions}

// ownHeaders define the length and the receiver of a request. A check must not set them: it could
// smuggle a second request to the host.
var ownHeaders = []string{"Host", "Content-Length", "Connection", "Transfer-Encoding"}

// validate returns the error of a check that cannot be encoded as a request. The CEL rules of the
// API reject it first. If a rule is missing, this check prevents header injection.
func validate(h *probes.HTTP) error {
	switch {
	case !slices.Contains(methods, h.Method):
		return probes.Invalid("http.method", "GET, HEAD or OPTIONS")
	case !strings.HasPrefix(h.Path, "/"):
		return probes.Invalid("http.path", `a path that begins with "/"`)
	case !probes.IsVisible(h.Path):
		return probes.Invalid("http.path", "of visible ASCII characters, others percent-encoded")
	case !probes.IsVisible(h.Host), !probes.IsVisible(h.Name):
		return probes.Invalid("http.host", "of visible ASCII characters")
	case len(h.Statuses) == 0:
		return probes.Invalid("http.expectedStatuses", "given: at least one range")
	case h.Contains != "" && h.Matches != "":
		return probes.Invalid("http.expectedBody", "either contains or matches")
	case len(h.Contains) > probes.MaxResponse:
		return probes.Invalid("http.expectedBody.contains", "at most 8192 bytes: no more is read")
	case h.Method == http.MethodHead && (h.Contains != "" || h.Matches != ""):
		return probes.Invalid("http.expectedBody", "left out with method HEAD, whose answers have no body")
	}
	for _, statuses := range h.Statuses {
		if err := statuses.Validate(); err != nil {
			return probes.Invalid("http.expectedStatuses", "statuses from 100 to 599 or rising ranges of them")
		}
	}
	for _, header := range h.Headers {
		owns := func(own string) bool { return strings.EqualFold(own, header.Name) }
		switch {
		case !httpguts.ValidHeaderFieldName(header.Name):
			return probes.Invalid("http.headers.name", "an HTTP token")
		case slices.ContainsFunc(ownHeaders, owns):
			return probes.Invalid("http.headers.name", "none of "+strings.Join(ownHeaders, ", "))
		case !httpguts.ValidHeaderFieldValue(string(header.Value)):
			return probes.Invalid("http.headers.value", "free of line breaks and other control characters")
		}
	}
	return nil
}
