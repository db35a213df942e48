package faults

import (
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// heldBack is how long events are held back.
func heldBack() time.Duration {
	if waits.Full() {
		return 30 * time.Second
	}
	return 4 * time.Second
}

// TestWatchCutAroundEvent cuts every watch before the change, lets none begin
// again until after it, and cuts them once more.
func TestWatchCutAroundEvent(t *testing.T) {
	t.Parallel()
	for i, s := range scenarios() {
		if i%2 == 0 && !waits.Full() {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			_, wanted := s.run(t, nil, undisturbed, install.Options{})
			s.run(t, &wanted, func(_ *testing.T, w *World) func() {
				watches := func(c proxy.Call) bool { return c.Verb == "watch" }
				end := w.Proxy.Use(proxy.Delay(watches, 500*time.Millisecond))
				w.Proxy.CutWatches(watches)
				return func() {
					end()
					w.Proxy.CutWatches(watches)
				}
			}, install.Options{})
		})
	}
}

// TestWatchEventsOfOneKindDelayed has the operator not see what it wrote itself,
// or what others did, for a while in which hosts go and come back.
func TestWatchEventsOfOneKindDelayed(t *testing.T) {
	t.Parallel()
	kinds := map[string]proxy.Match{
		"EndpointSlices":        proxy.Reads("endpointslices"),
		"all that it writes":    func(c proxy.Call) bool { return c.Resource != "externalservices" },
		"everything it watches": func(proxy.Call) bool { return true },
	}
	for name, match := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			hold := proxy.NewHold(match)
			w.Proxy.Use(hold.Fault())
			w.start(t, install.Options{})
			w.Create(t, w.object(t, 3))
			began := time.Now()
			waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(3), began) })
			before, since := w.state(t), len(w.Proxy.Journal(proxy.Writes))

			hold.Shut()
			began = time.Now()
			rounds := 0
			for time.Since(began) < heldBack() {
				rounds++
				w.hostDown(3)
				waits.Eventually(t, waits.Timeout, func() error { return w.served(hostAddresses(2)) })
				w.hostUp(t, 3)
				waits.Eventually(t, waits.Timeout, func() error { return w.served(hostAddresses(3)) })
			}
			hold.Release()
			w.settledAs(t, before)
			w.audit(t, promise{always: hostAddresses(2)})
			count := counted(w.Proxy.Journal(proxy.Writes)[since:])
			t.Logf("%d rounds: %v", rounds, count)
			want := map[string]int{"update endpointslices": 2 * rounds, "update endpoints": 2 * rounds, "update externalservices/status": 2 * rounds}
			for _, over := range most(count, want, 1, 2) {
				t.Error("more writes than changes: " + over)
			}
		})
	}
}
