// Package audit reads the API server's audit log: every request, its client, and
// when it was answered. It is the judge of what the operator costs an API
// server, because it does not depend on what the operator says of itself.
package audit
