package externalservice

import (
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// state is the part of the memory that a new leader recovers from the published objects.
type state struct {
	previous
	recovered
	announced
	// acknowledged is what the API server had when it last took everything.
	acknowledged acknowledged
}

func newState() state {
	return state{
		previous: previous{
			published: map[engine.MemberID]bool{},
			drafted:   map[engine.MemberID]bool{},
			outage:    map[string]bool{},
			aims:      map[engine.MemberID]aim{},
		},
		recovered: recovered{inherited: map[engine.MemberID]health.Verdict{}},
		announced: announced{
			states: map[engine.MemberID]health.State{},
			names:  map[string]nameReport{},
		},
		acknowledged: acknowledged{},
	}
}
