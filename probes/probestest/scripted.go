package probestest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// Answer is what a scripted host says to one probe.
type Answer struct {
	Outcome probes.Outcome
	// After is how long the host takes. A deadline that comes first ends the probe
	// with [probes.Timeout].
	After time.Duration
}

// Up answers at once that the host is healthy.
func Up() Answer { return Answer{Outcome: probes.Succeeded()} }

// Down answers at once that the host failed.
func Down(reason probes.Reason) Answer { return Answer{Outcome: probes.Failed(reason)} }

// Broken answers at once that the prober could not do its work.
func Broken() Answer { return Answer{Outcome: probes.Broken(errors.New("broken by script"))} }

// Hanging never answers.
func Hanging() Answer { return Answer{After: forever} }

// forever is longer than any test, inside a synctest bubble too.
const forever = 1000 * time.Hour

// Scripted is a [probes.Prober] that answers by script. It is safe for concurrent
// use, and works with the fake clock of a testing/synctest bubble: it waits with
// timers and contexts only.
type Scripted struct {
	mu       sync.Mutex
	fallback Answer
	hosts    map[netip.AddrPort]*scriptedHost
}

// scriptedHost is one host's script and what happened to it.
type scriptedHost struct {
	// answers are given in turn, and the last one from then on; empty: the fallback.
	answers []Answer
	started []time.Time
	running int
	peak    int
}

// NewScripted returns a prober that gives fallback as every answer of hosts
// without a script.
func NewScripted(fallback Answer) *Scripted {
	return &Scripted{fallback: fallback, hosts: map[netip.AddrPort]*scriptedHost{}}
}

// Script makes target give these answers in turn, and the last one from then on. It
// replaces the script before; probes that are running keep their answer. Without
// answers the fallback is back in force.
func (s *Scripted) Script(target netip.AddrPort, answers ...Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lockedHost(target).answers = slices.Clone(answers)
}

// ScriptAll makes every host give this answer, whatever its script was.
func (s *Scripted) ScriptAll(answer Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fallback = answer
	for host := range maps.Values(s.hosts) {
		host.answers = nil
	}
}

// Started returns when each probe of target began, oldest first.
func (s *Scripted) Started(target netip.AddrPort) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lockedHost(target).started)
}

// Calls returns how many probes of target have begun.
func (s *Scripted) Calls(target netip.AddrPort) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lockedHost(target).started)
}

// TotalCalls returns how many probes have begun.
func (s *Scripted) TotalCalls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := 0
	for host := range maps.Values(s.hosts) {
		total += len(host.started)
	}
	return total
}

// Peak returns how many probes of target ran at the same time at most.
func (s *Scripted) Peak(target netip.AddrPort) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lockedHost(target).peak
}

// Running returns how many probes are running now.
func (s *Scripted) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	running := 0
	for host := range maps.Values(s.hosts) {
		running += host.running
	}
	return running
}

// Probe implements [probes.Prober].
func (s *Scripted) Probe(ctx context.Context, target netip.AddrPort) probes.Outcome {
	answer := s.begin(target)
	defer s.end(target)

	// Never a timer that is stopped, or has nothing to wait for: many goroutines that
	// do that in one bubble break the race detector (golang/go#78156).
	if answer.After <= 0 {
		return answer.Outcome
	}
	select {
	case <-ctx.Done():
	case <-time.After(answer.After):
		return answer.Outcome
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return probes.Failed(probes.Timeout)
	}
	return probes.Broken(fmt.Errorf("probe stopped: %w", ctx.Err()))
}

// begin takes down that a probe starts, and returns its answer.
func (s *Scripted) begin(target netip.AddrPort) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	host := s.lockedHost(target)
	host.started = append(host.started, time.Now())
	host.running++
	host.peak = max(host.peak, host.running)

	if len(host.answers) == 0 {
		return s.fallback
	}
	answer := host.answers[0]
	if len(host.answers) > 1 {
		host.answers = host.answers[1:]
	}
	return answer
}

// end takes down that a probe is over.
func (s *Scripted) end(target netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lockedHost(target).running--
}

// lockedHost returns the host's record, a new one at first. s.mu must be held.
func (s *Scripted) lockedHost(target netip.AddrPort) *scriptedHost {
	host, known := s.hosts[target]
	if !known {
		host = &scriptedHost{}
		s.hosts[target] = host
	}
	return host
}
