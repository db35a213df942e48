// Package hosts turns a spec into endpoints, one for each host and port: it resolves names by
// the answers that it is given, applies the address policy and the limit on hosts, and
// composes the plan of the engine. It is pure.
//
//	spec, DNS answers, address policy ──▶ Layout{Endpoints, Unresolved, Names} ──▶ engine.Plan
package hosts
