// Package desired compares the facts with what a spec and a decision want. It is pure.
//
//	facts ──▶ Accept ──▶ Acceptance
//	facts ──▶ Service ──▶ the wanted Service
//	facts, decision ──▶ Compose ──▶ Endpoints ──▶ ChangesFor ──▶ Changes
package desired
