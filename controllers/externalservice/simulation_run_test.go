package externalservice

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// effort is what was simulated, and what it took.
type effort struct {
	virtual                            time.Duration
	faults, probes, reconciles, writes int
}

func (e *effort) add(s *simulation) {
	e.virtual += time.Since(s.began)
	e.faults, e.writes = e.faults+s.faults, e.writes+s.writes
	e.probes, e.reconciles = e.probes+s.outside.asked, e.reconciles+int(s.reconciles.Load())
}

// in is the effort in words, with the time that it took.
func (e *effort) in(wall, cpu time.Duration) string {
	hours := e.virtual.Hours()
	return fmt.Sprintf("%.0f virtual hours in %.1f s and %.1f s of CPU: %.0f a minute, %.0f a minute of CPU; %d faults, %d probes, %d reconciles, %d writes, %.0f faults an hour",
		hours, wall.Seconds(), cpu.Seconds(), hours/wall.Minutes(), hours/cpu.Minutes(), e.faults, e.probes, e.reconciles, e.writes, float64(e.faults)/hours)
}

// cpuTime is what the process has used.
func cpuTime(t testing.TB) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// simulate runs one world, and tells what was broken in it.
func simulate(t *testing.T, seed uint64, total *effort, mu *sync.Mutex) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, seed)
		s.run(*simulationHours)
		if !s.sound() {
			t.Errorf("replay with -simulation.seed=%d:\n%s\nwhat happened before:\n%s", seed,
				strings.Join(s.violations[:min(2, len(s.violations))], "\n"), strings.Join(slices.Concat(s.story[:min(4, len(s.story))], s.story[max(4, len(s.story)-15):]), "\n"))
		}
		mu.Lock()
		defer mu.Unlock()
		total.add(s)
	})
}

// Whatever hosts, network, API server and leaders do, in many days: the engine and
// the Reconciler keep their promises.
func TestTheSimulatedWorldIsServed(t *testing.T) {
	seeds := []uint64{1}
	for range *simulationRuns {
		seeds = append(seeds, rand.Uint64()) // printed with the name of the test
	}
	if *simulationSeed > 0 {
		seeds = []uint64{*simulationSeed}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // a fifth of the CPU otherwise
	began, used := time.Now(), cpuTime(t)
	var mu sync.Mutex
	var total effort
	t.Run("seeds", func(t *testing.T) {
		for _, seed := range seeds {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				simulate(t, seed, &total, &mu)
			})
		}
	})
	t.Logf("%d seeds, %s", len(seeds), total.in(time.Since(began), cpuTime(t)-used))
}
