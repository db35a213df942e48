package audit

import (
	"encoding/json"
	"strings"
	"time"
)

// Event is an answered request, the part of audit.k8s.io/v1 that tests use.
type Event struct {
	Verb     string    `json:"verb"`
	Received time.Time `json:"requestReceivedTimestamp"`
	Answered time.Time `json:"stageTimestamp"`
	// UserAgent is the program, as it calls itself.
	UserAgent string `json:"userAgent"`
	// RequestURI has the parameters of the request.
	RequestURI string `json:"requestURI"`
	User       struct {
		Username string `json:"username"`
	} `json:"user"`
	Object struct {
		APIGroup    string `json:"apiGroup"`
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	Status struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	// Request and Response are the objects of writes, at level
	// RequestResponse.
	Request  json.RawMessage `json:"requestObject"`
	Response json.RawMessage `json:"responseObject"`
}

// Resource is what the request is about, as RBAC writes it: "services" or
// "services/status".
func (e Event) Resource() string {
	if e.Object.Subresource != "" {
		return e.Object.Resource + "/" + e.Object.Subresource
	}
	return e.Object.Resource
}

// IsWrite reports whether the request was to change something; a dry run is not.
func (e Event) IsWrite() bool {
	if strings.Contains(e.RequestURI, "dryRun=All") {
		return false
	}
	switch e.Verb {
	case "create", "update", "patch", "delete", "deletecollection":
		return true
	}
	return false
}
