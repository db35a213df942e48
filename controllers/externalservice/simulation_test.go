package externalservice

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
)

var (
	simulationSeed  = flag.Uint64("simulation.seed", 0, "replay the simulation with this seed only")
	simulationHours = flag.Int("simulation.hours", 10, "virtual hours to simulate with each seed")
	simulationRuns  = flag.Int("simulation.runs", 0, "how many random seeds to simulate beside the fixed one")
)

// simulation is a world with several ExternalServices, outside hosts, a fake API
// server and an operator, in virtual time.
type simulation struct {
	t       testing.TB
	began   time.Time
	random  *rand.Rand // guarded by mu, as is dice
	dice    *rand.Rand // of the API server, who is asked in no certain order
	outside *outside
	server  *simulatedServer
	names   []string

	mu      sync.Mutex
	objects map[string]*simulated
	leader  *process
	former  []*process
	// failing, if not zero: the API server refuses writes, and loses answers.
	failing        int
	unled          bool // nobody leads
	faults, writes int
	// disturbed is when the operator, its network or the API server last had trouble.
	disturbed  time.Time
	violations []string
	reconciles atomic.Int64
	story      []string
}

func newSimulation(t testing.TB, seed uint64) *simulation {
	s := &simulation{
		t: t, began: time.Now(), random: rand.New(rand.NewPCG(seed, 1)), dice: rand.New(rand.NewPCG(seed, 2)), outside: newOutside(seed),
		server: newSimulatedServer(), objects: map[string]*simulated{},
	}
	for n := range 4 {
		s.create(fmt.Sprintf("service-%d", n), 10*n)
	}
	s.names = slices.Sorted(maps.Keys(s.objects))
	leader := s.lead()
	s.mu.Lock()
	s.leader = leader
	s.mu.Unlock()
	s.disturb()
	return s
}

func pick[T any](s *simulation, list ...T) T { return list[s.random.IntN(len(list))] }

// create makes an object with hosts of its own; some hosts are of two objects.
func (s *simulation) create(name string, first int) {
	o := object(withHosts())
	o.Name, o.UID = name, types.UID(name)
	o.CreationTimestamp.Time = time.Now()
	for n := range 2 + s.random.IntN(5) {
		host := hostsNumbered(first + n + 1)[0]
		host.Priority = pick(s, int32(0), 0, 0, 1)
		s.outside.turn(netip.MustParseAddr(host.Address), well)
		o.Spec.Hosts = append(o.Spec.Hosts, host)
	}
	if first > 0 && s.random.IntN(2) == 0 {
		o.Spec.Hosts = append(o.Spec.Hosts, hostsNumbered(first-9)...)
	}
	o.Spec.FailurePolicy = policy(pick(s, "1", "1", "2", "50%"),
		pick(s, v1alpha1.ActionKeepLast, v1alpha1.ActionKeepLast, v1alpha1.ActionPublishAll, v1alpha1.ActionPublishNone))
	hosts := ""
	for _, h := range o.Spec.Hosts {
		hosts += fmt.Sprintf(" %s tier %d", h.Address, h.Priority)
	}
	check := &o.Spec.HealthCheck
	seconds := pick(s, 10, 30, 60, 60)
	if first == 0 {
		seconds = pick(s, 2, 10, 10, 10, 10, 20, 20, 20)
	}
	check.Interval = v1alpha1.Duration(fmt.Sprintf("%ds", seconds))
	check.HealthyThreshold, check.UnhealthyThreshold = int32(1+s.random.IntN(3)), int32(1+s.random.IntN(3))
	s.tale("%s: %s of %s, %d failures, %d successes, every %ds, hosts%s", name, o.Spec.FailurePolicy.Action, o.Spec.FailurePolicy.MinHealthy, check.UnhealthyThreshold, check.HealthyThreshold, seconds, hosts)
	simulated := &simulated{
		key: engine.Key{Namespace: o.Namespace, Name: name}, spec: o.Spec, edited: time.Now(),
		interval: check.EffectiveInterval(), fast: check.EffectiveFastInterval(), timeout: check.EffectiveTimeout(),
	}
	s.objects[name] = simulated
	if err := s.server.Create(context.Background(), o); err != nil {
		s.t.Fatal(err)
	}
}

// disturb notes that something happened that the bounds do not hold for.
func (s *simulation) disturb() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disturbed = time.Now()
	s.lockedPatrolAll()
}

func (s *simulation) tale(format string, args ...any) {
	s.story = append(s.story, fmt.Sprintf("%s ", time.Since(s.began))+fmt.Sprintf(format, args...))
}

// pass lets time pass.
func (s *simulation) pass(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

// rest waits for the end of all faults but dead hosts, and holds what is then reached to what is
// desired, and to stay. Half an hour is thirty times the longest interval, a hold-down
// of the slowest tier three times, and a damped host's debt twice.
func (s *simulation) rest() {
	s.tale("rest")
	s.pass(6 * time.Minute) // what ends by itself has ended
	s.disturb()
	s.pass(30 * time.Minute)
	s.mu.Lock()
	for _, name := range s.names {
		s.atRest(s.objects[name])
	}
	before := s.writes
	s.mu.Unlock()
	s.pass(30 * time.Minute)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writes != before {
		s.violate("%d writes at rest", s.writes-before)
	}
}

// run simulates for that long, four hours of faults and one of rest in turn.
func (s *simulation) run(hours int) {
	s.pass(2 * time.Minute)
	for s.sound() && time.Since(s.began) < time.Duration(hours)*time.Hour {
		for end := time.Now().Add(4 * time.Hour); s.sound() && time.Now().Before(end); {
			s.mu.Lock()
			wait := time.Duration(s.random.Int64N(int64(pick(s, time.Second, time.Minute, 5*time.Minute))))
			s.mu.Unlock()
			s.pass(wait)
			s.happen()
		}
		s.rest()
	}
	s.leader.crash()
	s.leader.ended.Wait()
	for _, p := range s.former {
		p.ended.Wait()
	}
	s.outside.end()
}

// sound reports whether no promise was broken yet.
func (s *simulation) sound() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.violations) == 0
}
