package externalservice

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/probes/engine"
)

// queue records when requests are to be looked at.
type queue struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
	began time.Time
	due   []string
}

func (q *queue) AddWithOpts(o priorityqueue.AddOpts, requests ...reconcile.Request) {
	for _, request := range requests {
		q.due = append(q.due, fmt.Sprint(request.Name, " ", time.Since(q.began)+o.After))
	}
}

// elapse lets time pass in a synctest bubble.
func elapse(d time.Duration) { <-time.After(d) }

func TestChangesAreCoalescedAfterTheFirst(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name string
		at   []time.Duration
		want []string
	}{
		{"the first goes at once", []time.Duration{0}, []string{"a 0s"}},
		{"those that follow closely go together", []time.Duration{0, 1 * ms, 12 * ms, 19 * ms}, []string{"a 0s", "a 20ms", "a 20ms", "a 20ms"}},
		{"a row of them goes every 20 ms", []time.Duration{0, 15 * ms, 25 * ms, 39 * ms, 41 * ms}, []string{"a 0s", "a 20ms", "a 40ms", "a 40ms", "a 60ms"}},
		{"after a pause the next goes at once", []time.Duration{0, 20 * ms, 300 * ms}, []string{"a 0s", "a 20ms", "a 300ms"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, q := NewEngineSource(funcr.New(func(string, string) {}, funcr.Options{})), &queue{began: time.Now()}
				if err := w.Start(t.Context(), q); err != nil {
					t.Fatal(err)
				}
				for _, moment := range tt.at {
					elapse(moment - time.Since(q.began))
					w.Changed(engine.Key{Namespace: "shop", Name: "a"})
				}
				if diff := cmp.Diff(tt.want, q.due); diff != "" {
					t.Errorf("requests (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestObjectsAreWokenIndependently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, q := NewEngineSource(funcr.New(func(string, string) {}, funcr.Options{})), &queue{began: time.Now()}
		w.Changed(engine.Key{Name: "dropped"}) // before the controller runs
		if err := w.Start(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		w.Changed(engine.Key{Name: "a"})
		w.Changed(engine.Key{Name: "b"})
		if diff := cmp.Diff([]string{"a 0s", "b 0s"}, q.due); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

func TestWhoMayLoseAHostComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		moves := priorityqueue.New[reconcile.Request]("")
		defer moves.ShutDown()
		w := NewEngineSource(funcr.New(func(string, string) {}, funcr.Options{}))
		if err := w.Start(t.Context(), moves); err != nil {
			t.Fatal(err)
		}
		// Applied by a user, gained a host, lost one, and both within a moment.
		moves.Add(reconcile.Request{NamespacedName: types.NamespacedName{Name: "applied"}})
		w.Changed(engine.Key{Name: "gains"})
		w.Lost(engine.Key{Name: "loses"})
		w.Changed(engine.Key{Name: "both"})
		w.Lost(engine.Key{Name: "both"})
		elapse(coalesce)
		var got []string
		for range 4 {
			request, _ := moves.Get()
			got = append(got, request.Name)
		}
		if diff := cmp.Diff([]string{"loses", "both", "applied", "gains"}, got); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
	})
}

// However many objects of one namespace lose hosts in the same moment, those of others take
// turns with them.
func TestNamespacesThatLoseHostsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		losses := priorityqueue.New[reconcile.Request]("")
		defer losses.ShutDown()
		w := NewEngineSource(funcr.New(func(string, string) {}, funcr.Options{}))
		if err := w.Removals().Start(t.Context(), losses); err != nil {
			t.Fatal(err)
		}
		var got []string
		r := w.taking(reconcile.Func(func(_ context.Context, request reconcile.Request) (reconcile.Result, error) {
			got = append(got, request.String())
			return reconcile.Result{}, nil
		}))
		work := func(count int) {
			for range count {
				request, _ := losses.Get()
				if _, err := r.Reconcile(t.Context(), request); err != nil {
					t.Fatal(err)
				}
				losses.Done(request)
			}
		}
		lose := func(namespace string, first, last int) {
			for n := first; n <= last; n++ {
				w.Lost(engine.Key{Namespace: namespace, Name: fmt.Sprint(n)})
			}
		}
		lose("greedy", 1, 100)
		work(3)
		lose("shop", 1, 2)
		lose("bank", 1, 1)
		lose("greedy", 99, 102) // two of them wait already
		work(102)
		want := []string{
			"greedy/1", "greedy/2", "greedy/3", "shop/1", "bank/1", "greedy/4", "shop/2", "greedy/5", "greedy/6",
		}
		if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		if last := got[len(got)-1]; last != "greedy/102" {
			t.Errorf("the last is %s", last)
		}
		if o := w.lossOrder; o.turn != 0 || len(o.next)+len(o.waiting) > 0 {
			t.Errorf("at rest it holds %+v", o)
		}
	})
}

func TestAQueueWithoutPrioritiesIsRefused(t *testing.T) {
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	defer queue.ShutDown()
	if err := NewEngineSource(funcr.New(func(string, string) {}, funcr.Options{})).Start(t.Context(), queue); err == nil {
		t.Error("no error for a queue without priorities")
	}
}

func TestTheWakerForgetsObjectsThatAreQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewEngineSource(funcr.New(func(string, string) {}, funcr.Options{}))
		for n := range 5000 {
			w.Changed(engine.Key{Name: fmt.Sprint(n)})
			elapse(time.Millisecond)
		}
		if len(w.woken) > 1024 {
			t.Errorf("it remembers %d objects", len(w.woken))
		}
	})
}

func TestABrokenProberIsLoggedOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logged := 0
		w := NewEngineSource(funcr.New(func(string, string) { logged++ }, funcr.Options{}))
		for range 150 {
			w.Broken(errors.New("no descriptors"))
			elapse(time.Second)
		}
		if logged != 3 {
			t.Errorf("logged %d times in 150 s, want 3", logged)
		}
	})
}
