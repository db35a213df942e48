// Package status composes the status, its conditions and messages, and the events of an
// ExternalService. It is pure: at rest the same report gives the same bytes.
//
//	acceptance, endpoints, verdicts, decision ──▶ Report ──▶ Compose ──▶ status ──▶ Events
package status
