package externalservice

import (
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/resolve"
)

// recovered is what a predecessor left behind, until the resolver and the engine have it.
type recovered struct {
	// inherited are the verdicts.
	inherited map[engine.MemberID]health.Verdict
	// remembered are the records by name; guessed are those that may be another name's.
	remembered map[string][]resolve.Record
	guessed    map[resolve.Record]bool
}
