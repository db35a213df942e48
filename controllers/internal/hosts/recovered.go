package hosts

import (
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/resolve"
)

// Recovered is what a predecessor left behind, until the resolver and the engine have it.
type Recovered struct {
	// Verdicts are the verdicts.
	Verdicts map[engine.MemberID]health.Verdict
	// Records are the records by name; guessed are those that may be another name's.
	Records            map[string][]resolve.Record
	UnconfirmedRecords map[resolve.Record]bool
}
