// Package proxy is between an operator and its API server and does to the
// conversation what networks and API servers do to it on bad days.
//
//	operator ──TLS──▶ Proxy ──▶ faults, in the order of their use ──▶ API server
//	                    └── journal: every write, and what became of it
//
// A [Fault] wraps the way of one request: it passes it on, answers in the API
// server's place, or breaks off. The operator's credentials go through, so that it
// has the same rights as without the proxy.
package proxy
