package externalservice

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/recovery"
)

// memory is what the operator carries from one reconcile of an object to the next.
type memory struct {
	// service is the Service that the object is about.
	service types.NamespacedName
	recovery.State
	// reverts limits how often changes by other writers are reverted.
	reverts desired.Reverts
	// noEndpoints: the API server had no Endpoints when they were looked for last.
	noEndpoints bool
	// tooLargeAt is the generation whose status was too large for the API server.
	tooLargeAt int64
	// observing: nothing has been decided since the mode became Observe.
	observing bool
}

func newMemory() *memory { return &memory{State: recovery.NewState()} }

// suspend notes that nothing is decided at present. What the slices say when the
// mode changes back is the user's doing: no probe triggered it, however long ago
// a host failed.
func (m *memory) suspend(v hosts.Verdicts) {
	m.observing, m.noEndpoints = true, false
	m.Acknowledged = make(desired.Acknowledged, len(v))
	for id, verdict := range v {
		m.Acknowledged[id] = desired.Acknowledgement{Trigger: verdict.Trigger}
	}
}

// resume ends mode Observe, if the object was in it. Other writers were free to change the
// slices, so the slices are the state, as for a new process, and the previous decision is
// dropped. The verdicts stay, because the engine went on probing, and so does what events
// have reported.
func (m *memory) resume(f facts.Facts) {
	if !m.observing {
		return
	}
	states, inherited, acknowledged, names := m.States, m.Verdicts, m.Acknowledged, m.Names
	*m = memory{service: f.ServiceKey(), State: recovery.FromPublished(f)}
	m.States, m.Verdicts, m.Acknowledged, m.Names = states, inherited, acknowledged, names
}

// begin makes the memory of a process that sees the object for the first time.
func begin(f facts.Facts) *memory {
	return &memory{service: f.ServiceKey(), State: recovery.Recover(f)}
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
