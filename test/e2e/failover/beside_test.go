package failover

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// chartMemory is what Go may use under the memory limit of the chart, 256 MiB.
const chartMemory = "GOMEMLIMIT=230MiB"

// failureThreshold is how many liveness checks in a row fail until a kubelet restarts a
// container.
const failureThreshold = 3

// guarded is an operator with the memory that the chart gives it, whose liveness is checked as a kubelet
// does.
type guarded struct {
	*install.Operator
	mu sync.Mutex
	// refused are the liveness checks in a row that failed last, and worst the most there were.
	refused, worst int
}

// startGuarded starts such an operator; it is the one of the world.
func (w *World) startGuarded(t *testing.T, name string) *guarded {
	t.Helper()
	g := &guarded{Operator: w.StartOperator(t, install.Options{Name: name, Args: []string{"--leader-elect=false"}, Env: []string{chartMemory}})}
	w.Operator = g.Operator
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { g.checkLiveness(ctx) })
	t.Cleanup(func() {
		cancel()
		ended.Wait()
	})
	return g
}

// checkLiveness asks as often as the manifests say.
func (g *guarded) checkLiveness(ctx context.Context) {
	const period, timeout = 10 * time.Second, time.Second
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		asked, cancel := context.WithTimeout(ctx, timeout)
		err := g.Alive(asked)
		cancel()
		g.mu.Lock()
		if g.refused++; err == nil {
			g.refused = 0
		}
		g.worst = max(g.worst, g.refused)
		g.mu.Unlock()
	}
}

// unharmed fails the test when the operator has ended, would have been restarted, or has
// taken more memory.
func (g *guarded) unharmed(t *testing.T, mostMemory int64) {
	t.Helper()
	if err := g.Ended(); err != nil {
		t.Fatal(err)
	}
	g.mu.Lock()
	worst := g.worst
	g.mu.Unlock()
	if worst >= failureThreshold {
		t.Errorf("%d liveness checks in a row failed: the kubelet would have restarted the operator", worst)
	}
	peak, err := g.PeakMemory()
	if err != nil {
		t.Fatal(err)
	}
	if peak > mostMemory {
		t.Errorf("the operator took %d MiB, at most %d are allowed", peak>>20, mostMemory>>20)
	}
	t.Logf("measured: %d MiB at most (bound %d)", peak>>20, mostMemory>>20)
}

// failOvers has a host of a new object die, several times, and returns the median of how
// long it takes from the first failing probe to the slice. Until that probe it takes up to
// an interval, by chance.
func (w *World) failOvers(t *testing.T, name string) time.Duration {
	t.Helper()
	return w.failOversBy(t, name, waits.ShortOrFull(3, 9), (*host.Host).Kill, func() {})
}

// failOversBy is failOvers by any fault, so many times. Between two of them settle is called.
func (w *World) failOversBy(t *testing.T, name string, times int, fault func(*host.Host) error, settle func()) time.Duration {
	t.Helper()
	hosts := w.Cluster.Hosts()
	var totals, decided []time.Duration
	for i := range times {
		if i > 0 {
			settle()
		}
		victim := hosts[i%len(hosts)]
		object := w.Web(fmt.Sprintf("%s-%d", name, i), hosts...)
		w.Serve(t, object)
		recorded := w.Record(t, object.Name)
		out := framework.Fail(t, recorded, victim, fault, framework.Except(hosts, victim))
		framework.ComeBack(t, recorded, victim, hosts)
		w.Remove(t, object)
		totals, decided = append(totals, out.Total()), append(decided, out.Decided())
	}
	slices.Sort(totals)
	slices.Sort(decided)
	middle, last := len(decided)/2, len(decided)-1
	framework.Within(t, "fault to slice, "+name, totals[middle], framework.Killed.Bound()+framework.Slack)
	t.Logf("measured: %s: from the first failing probe to the slice %d ms, median of %d to %d", name,
		decided[middle].Milliseconds(), decided[0].Milliseconds(), decided[last].Milliseconds())
	return decided[middle]
}
