package proxy

import (
	"net/http"
	"slices"
	"strings"
)

// Call is a request as RBAC sees it.
type Call struct {
	Verb string // get, list, watch, create, update, patch, delete
	// Resource is a plural, with the subresource where there is one:
	// "externalservices/status".
	Resource        string
	Namespace, Name string
	// Initial: a watch that begins with all there is, which is how clients list today.
	Initial bool
	// DryRun: the API server stores nothing.
	DryRun bool
}

// String names the request without the object: "update endpointslices".
func (c Call) String() string { return c.Verb + " " + c.Resource }

// IsWrite reports whether the call is to change something; a dry run is not.
func (c Call) IsWrite() bool {
	return !c.DryRun && slices.Contains([]string{"create", "update", "patch", "delete"}, c.Verb)
}

// Lists reports whether the answer is all there is of a kind.
func (c Call) Lists() bool { return c.Verb == "list" || c.Initial }

// Match selects calls.
type Match func(Call) bool

// Reads selects lists and watches of a resource.
func Reads(resource string) Match {
	return func(c Call) bool { return c.Resource == resource && (c.Verb == "list" || c.Verb == "watch") }
}

// Writes selects what changes objects that people look at: leases and events come
// at any time and decide nothing.
func Writes(c Call) bool { return c.IsWrite() && c.Resource != "leases" && c.Resource != "events" }

// callOf reads a request: /api/v1 or /apis/GROUP/VERSION, then
// [namespaces/NAMESPACE/]RESOURCE[/NAME[/SUBRESOURCE]].
func callOf(r *http.Request) Call {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case parts[0] == "api" && len(parts) > 2:
		parts = parts[2:]
	case parts[0] == "apis" && len(parts) > 3:
		parts = parts[3:]
	default:
		return Call{Verb: "discover", Resource: r.URL.Path}
	}
	var c Call
	if parts[0] == "namespaces" && len(parts) > 2 {
		c.Namespace, parts = parts[1], parts[2:]
	}
	c.Resource = parts[0]
	if len(parts) > 1 {
		c.Name = parts[1]
	}
	if len(parts) > 2 {
		c.Resource += "/" + parts[2]
	}
	query := r.URL.Query()
	c.DryRun = query.Get("dryRun") == "All"
	watch := query.Get("watch")
	switch {
	case r.Method == http.MethodGet && (watch == "true" || watch == "1"):
		c.Verb, c.Initial = "watch", query.Get("sendInitialEvents") == "true"
	case r.Method == http.MethodGet && c.Name == "":
		c.Verb = "list"
	default:
		c.Verb = map[string]string{
			http.MethodGet: "get", http.MethodPost: "create", http.MethodPut: "update",
			http.MethodPatch: "patch", http.MethodDelete: "delete",
		}[r.Method]
	}
	return c
}
