package controlplane

import "fmt"

// AuditLevel is what the audit log has of a write.
type AuditLevel string

// The levels.
const (
	// AuditMetadata is the client, verb, object and time of a request.
	AuditMetadata AuditLevel = "Metadata"
	// AuditRequestResponse has the objects too.
	AuditRequestResponse AuditLevel = "RequestResponse"
)

// policy has one line for each request that was answered, reads included:
// which rights are used is read from the log too. The API server's own
// house-keeping and health checks are left out.
func (l AuditLevel) policy() string {
	return fmt.Sprintf(`apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  nonResourceURLs: ["/*"]
- level: None
  users: ["system:apiserver"]
- level: %s
  verbs: [create, update, patch, delete, deletecollection]
- level: Metadata
`, l)
}
