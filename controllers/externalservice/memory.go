package externalservice

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/resolve"
)

// memory is what the operator carries from one reconcile of an object to the next.
type memory struct {
	// service is the Service that the object is about.
	service types.NamespacedName
	// published, drafted, outage and aims are those of the last decision.
	published map[engine.MemberID]bool
	drafted   map[engine.MemberID]bool
	outage    map[string]bool
	aims      map[engine.MemberID]aim
	// doubted are those that the last decision has put in or taken out, though the API
	// server has not taken it, or not answered.
	doubted map[engine.MemberID]bool
	// acknowledged is what the API server had when it last took everything.
	acknowledged map[engine.MemberID]taken
	// states are the verdicts that events have been told about.
	states map[engine.MemberID]health.State
	// pace bounds how often they are.
	pace pace
	// inherited are the verdicts that a predecessor left behind, until the engine has them.
	inherited map[engine.MemberID]health.Verdict
	// reverts tell somebody who edits our objects from a change of ours.
	reverts reverts
	// remembered are records that a predecessor left behind, until the resolver has
	// them; guessed are those that may be another name's.
	remembered map[string][]resolve.Record
	guessed    map[resolve.Record]bool
	// names are what the status told of them last; announced is what events did, no
	// oftener than namesPace allows.
	names     map[string]nameReport
	announced map[string]nameReport
	namesPace pace
	// noEndpoints: the API server had no Endpoints when they were looked for last.
	noEndpoints bool
	// observing: nothing has been decided since the mode became Observe.
	observing bool
}

func newMemory() *memory {
	return &memory{
		published:    map[engine.MemberID]bool{},
		drafted:      map[engine.MemberID]bool{},
		outage:       map[string]bool{},
		aims:         map[engine.MemberID]aim{},
		acknowledged: map[engine.MemberID]taken{},
		states:       map[engine.MemberID]health.State{},
		inherited:    map[engine.MemberID]health.Verdict{},
		names:        map[string]nameReport{},
	}
}

// uses reports whether the endpoint was there in the decision before, or left by a
// predecessor.
func (m *memory) uses(id engine.MemberID) bool {
	_, decided := m.published[id]
	_, aimed := m.aims[id]
	return decided || aimed
}

// memories keeps one memory for each object. A memory is used by one reconcile
// at a time, as the work queue sees to.
type memories struct {
	mu       sync.Mutex
	byObject map[types.NamespacedName]*memory
}

func newMemories() *memories { return &memories{byObject: map[types.NamespacedName]*memory{}} }

// of returns the object's memory; at the first time it is made by begin.
func (s *memories) of(name types.NamespacedName, begin func() *memory) *memory {
	m := s.find(name)
	if m != nil {
		return m
	}
	m = begin()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byObject[name] = m
	return m
}

// find returns the object's memory; nil: there is none.
func (s *memories) find(name types.NamespacedName) *memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byObject[name]
}

// forget drops the object's memory and returns what it was; nil: there was none.
func (s *memories) forget(name types.NamespacedName) *memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.byObject[name]
	delete(s.byObject, name)
	return m
}
