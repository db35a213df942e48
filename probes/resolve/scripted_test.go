package resolve_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes/resolve"
)

// scripted is a Lookuper that answers by script, on virtual time too.
type scripted struct {
	mu      sync.Mutex
	answers map[lookup]scriptedAnswer
	asked   []askedFor
	running map[lookup]int
	peak    map[lookup]int
	// inflight is how many run, peakOfAll the most that did.
	inflight, peakOfAll int
}

type lookup struct {
	name string
	kind resolve.Kind
}

type askedFor struct {
	lookup
	at time.Time
}

type scriptedAnswer struct {
	found resolve.Found
	after time.Duration
}

func newScripted() *scripted {
	return &scripted{answers: map[lookup]scriptedAnswer{}, running: map[lookup]int{}, peak: map[lookup]int{}}
}

// set makes lookups find this from now on; without it they find no such name.
func (s *scripted) set(name string, kind resolve.Kind, found resolve.Found) {
	s.setSlow(name, kind, found, 0)
}

func (s *scripted) setSlow(name string, kind resolve.Kind, found resolve.Found, after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[lookup{name, kind}] = scriptedAnswer{found, after}
}

// hang makes lookups end with their context.
func (s *scripted) hang(name string, kind resolve.Kind) {
	s.setSlow(name, kind, resolve.Found{Result: resolve.Good}, 1000*time.Hour)
}

func (s *scripted) Lookup(ctx context.Context, name string, kind resolve.Kind) resolve.Found {
	s.mu.Lock()
	key := lookup{name, kind}
	s.asked = append(s.asked, askedFor{key, time.Now()})
	s.running[key]++
	s.peak[key] = max(s.peak[key], s.running[key])
	s.inflight++
	s.peakOfAll = max(s.peakOfAll, s.inflight)
	answer, found := s.answers[key]
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running[key]--
		s.inflight--
	}()
	if !found {
		return resolve.Found{Result: resolve.NXDomain}
	}
	// As in probestest.Scripted, for the race detector's sake.
	if answer.after <= 0 {
		return answer.found
	}
	select {
	case <-ctx.Done():
		return resolve.Found{Result: resolve.Timeout}
	case <-time.After(answer.after):
		return answer.found
	}
}

// times are when a name was asked for a kind of record, counted from a moment on.
func (s *scripted) times(name string, kind resolve.Kind, since time.Time) []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []time.Duration
	for _, asked := range s.asked {
		if asked.lookup == (lookup{name, kind}) && !asked.at.Before(since) {
			list = append(list, asked.at.Sub(since))
		}
	}
	return list
}

// most is how many lookups of the name for a kind of record ran at once.
func (s *scripted) most(name string, kind resolve.Kind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak[lookup{name, kind}]
}

// mostOfAll is how many lookups ran at once.
func (s *scripted) mostOfAll() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peakOfAll
}

// rig is a running resolver whose keys are words.
type rig struct {
	*resolve.Resolver[string]
	dns      *scripted
	registry *prometheus.Registry
	began    time.Time

	mu   sync.Mutex
	told []time.Duration
}

// inBubble runs a test on virtual time.
func inBubble(t *testing.T, test func(*testing.T, *rig)) {
	t.Helper()
	inBubbleOf(t, nil, test)
}

// inBubbleOf is the same with namespaces of keys.
func inBubbleOf(t *testing.T, namespace func(string) string, test func(*testing.T, *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{dns: newScripted(), registry: prometheus.NewRegistry(), began: time.Now()}
		r.Resolver = resolve.New(resolve.Options[string]{
			Lookuper: r.dns, Allow: denying(ip(66)), Registerer: r.registry, Namespace: namespace,
			Changed: func(string) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.told = append(r.told, time.Since(r.began))
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("Run: %v", err)
			}
		}()
		test(t, r)
	})
}

// pass lets virtual time pass, and everything that is due by then happen.
func pass(d time.Duration) {
	if d > 0 { // as in probestest.Scripted
		<-time.After(d)
	}
	synctest.Wait()
}

// changes are when Changed was called, counted from the beginning.
func (r *rig) changes() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]time.Duration(nil), r.told...)
}
