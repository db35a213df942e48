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
	// tooLargeAt is the generation whose status was too large for the API server.
	tooLargeAt int64
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
	// withdrawn are the Services of objects that have no memory, because nothing is
	// published for them: what was noted of our writes there ends with the object.
	withdrawn map[types.NamespacedName]types.NamespacedName
}

func newMemories() *memories {
	return &memories{byObject: map[types.NamespacedName]*memory{}, withdrawn: map[types.NamespacedName]types.NamespacedName{}}
}

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

// withdraw drops the object's memory. The name of its Service is kept.
func (s *memories) withdraw(name, service types.NamespacedName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byObject, name)
	s.withdrawn[name] = service
}

// forget drops all that is known of the object, and returns its Service; empty: it is unknown.
func (s *memories) forget(name types.NamespacedName) (service types.NamespacedName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	service = s.withdrawn[name]
	if m := s.byObject[name]; m != nil {
		service = m.service
	}
	delete(s.byObject, name)
	delete(s.withdrawn, name)
	return service
}
