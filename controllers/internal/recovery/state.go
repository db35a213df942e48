package recovery

import (
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// State is the part of the memory that a new leader recovers from the published objects.
type State struct {
	failover.Previous
	hosts.Recovered
	status.Announced
	// Acknowledged is what the API server had when it last took everything.
	Acknowledged desired.Acknowledged
}

// NewState is the state of an object that nothing is published for.
func NewState() State {
	return State{
		Previous: failover.Previous{
			Published:         map[engine.MemberID]bool{},
			PublishedByPolicy: map[engine.MemberID]bool{},
			Outage:            map[string]bool{},
			Targets:           map[engine.MemberID]hosts.Target{},
		},
		Recovered: hosts.Recovered{Verdicts: map[engine.MemberID]health.Verdict{}},
		Announced: status.Announced{
			States: map[engine.MemberID]health.State{},
			Names:  map[string]hosts.NameReport{},
		},
		Acknowledged: desired.Acknowledged{},
	}
}
