package externalservice

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/probes/engine"
)

// A slice waits for what only tells of nobody, however long that takes and however much
// of it there is.
func TestNoSliceWaitsForWhatOnlyTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const objects = 5 * workers
		c := newCrews(t, objects)
		tell, telling, most := make(chan struct{}), 0, 0
		c.take = func(write, _ string) {
			if write == "slice" {
				return
			}
			c.mu.Lock()
			telling++
			most = max(most, telling)
			c.mu.Unlock()
			<-tell
			c.mu.Lock()
			telling--
			c.mu.Unlock()
		}
		for n := range objects {
			c.verdicts.judge(numbered(n), 2, 50)
			c.wake(n)
		}
		synctest.Wait()
		moves := c.written()
		for n := range objects {
			if diff := cmp.Diff([]string{"slice"}, only(moves, numbered(n))); diff != "" {
				t.Errorf("written of object %d while nobody can tell (-want +got):\n%s", n, diff)
			}
		}
		close(tell)
		<-time.After(quietPeriod)
		synctest.Wait()
		tells := c.written()
		for n := range objects {
			if diff := cmp.Diff([]string{"Endpoints", "status"}, only(tells, numbered(n))); diff != "" {
				t.Errorf("written of object %d after that (-want +got):\n%s", n, diff)
			}
		}
		if most > statusWorkers {
			t.Errorf("%d told at the same time, at most %d shall", most, statusWorkers)
		}
	})
}

// However many objects wait for a worker: the last slice of them all comes before the
// first word of any.
func TestWhatMovesTrafficGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const objects, each = 5 * workers, maxDelay / 10
		c := newCrews(t, objects)
		c.take = func(string, string) { <-time.After(each) }
		for n := range objects {
			c.verdicts.judge(numbered(n), 2, 50)
			c.wake(n)
		}
		<-time.After(objects * (quietPeriod + 2*each))
		writes := c.written()
		if len(writes) != 3*objects {
			t.Fatalf("%d writes, want 3 for each of %d objects", len(writes), objects)
		}
		for i, write := range writes {
			if slice := strings.HasPrefix(write, "slice of "); slice != (i < objects) {
				t.Errorf("write %d is %s, want the %d slices first", i, write, objects)
			}
		}
	})
}

// However much there is to move, everything is told within the time that the tellers
// take for each object once, and their patience.
func TestWhatMovesWithoutEndIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const objects, each, span = 20, 10 * time.Millisecond, 4 * time.Second
		c := newCrews(t, objects)
		began := time.Now()
		told, longest := map[string]time.Time{}, time.Duration(0)
		c.take = func(write, name string) {
			<-time.After(each)
			if write != "status" {
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			if last, before := told[name]; before {
				longest = max(longest, time.Since(last))
			} else {
				longest = max(longest, time.Since(began))
			}
			told[name] = time.Now()
		}
		for turn := 0; time.Since(began) < span; turn++ {
			for n := range objects {
				c.verdicts.judge(numbered(n), 1+turn%2, 50+turn)
				c.wake(n)
			}
			<-time.After(each / 2) // five times what the workers get done
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		// Two writes, and two reconciles that may have the object in hand before.
		if bound := objects * (4*each + maxDelay) / statusWorkers; longest > bound || len(told) < objects {
			t.Errorf("%d of %d objects were told of, one after %s; all shall be within %s", len(told), objects, longest, bound)
		}
	})
}

func TestWhatWasNotToldIsToldWithWhatFollows(t *testing.T) {
	c := allUp(t, object())
	for n := 1; n <= 2; n++ {
		v := c.engine.verdicts[engine.Key(orders)]
		v[id(1)], v[id(2)], v[id(3)] = up(60), up(60), up(60)
		for m := 1; m <= n; m++ {
			v[id(m)] = down(50)
		}
		if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
			t.Fatal(err)
		}
	}
	c.wantWrites(c.writes, updateSlice, updateSlice)
	if _, err := c.r.writeQueuedStatus(t.Context(), orders); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.writes[2:], updateEndpoints, updateStatus)
	want := []string{"Warning HostUnhealthy unhealthy: 203.0.113.1:5432 connection refused, 203.0.113.2:5432 connection refused"}
	if diff := cmp.Diff(want, received(c.recorder)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Between the slice and the rest any time may pass: who comes after a process that ended
// then makes up for it.
func TestWhatAProcessDidNotTellItsSuccessorTells(t *testing.T) {
	c := allUp(t, object())
	c.failHost()
	if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.writes, updateSlice)
	c.writes = nil
	c.restart()
	c.wantWrites(c.mustReconcile(), updateEndpoints, updateStatus)
	if diff := cmp.Diff([]string{"203.0.113.1", "203.0.113.3"}, c.serving()); diff != "" {
		t.Errorf("serving (-want +got):\n%s", diff)
	}
	if got := len(read(c, &corev1.Endpoints{}).Subsets[0].Addresses); got != 2 {
		t.Errorf("Endpoints list %d hosts", got)
	}
	c.wantQuiet()
}

// Where Kubernetes mirrors Endpoints, kube-proxy sends traffic to what they say.
func TestEndpointsThatAreMirroredDoNotWait(t *testing.T) {
	endpoints, mirror := byHand("203.0.113.1", "203.0.113.2")
	c := newCluster(t, object(existing), somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}), endpoints, mirror)
	if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.writes, createSlice, updateEndpoints)
}

// recalled is a queue that records when to look at an object again.
type recalled struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
	after []time.Duration
}

func (r *recalled) AddAfter(_ reconcile.Request, after time.Duration) {
	r.after = append(r.after, after)
}

func TestWhatCannotBeToldIsLookedAtAgain(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name string
		err  error
		want []time.Duration
	}{
		{"after ever longer", errors.New("no answer"), []time.Duration{5 * ms, 10 * ms, 20 * ms}},
		{"after a conflict as well", apierrors.NewConflict(anyResource, "x", errors.New("modified")), []time.Duration{5 * ms, 10 * ms, 20 * ms}},
		{"late where the permission is missing", apierrors.NewForbidden(anyResource, "x", errors.New("no such role")), []time.Duration{time.Minute, time.Minute, time.Minute}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, queue := allUp(t, object()), &recalled{}
			c.failHost()
			teller := newStatusReconciler(c.r)
			if err := teller.requeue.Start(t.Context(), queue); err != nil {
				t.Fatal(err)
			}
			look := func() error {
				t.Helper()
				if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
					t.Fatal(err)
				}
				result, err := teller.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders})
				if !result.IsZero() || err != nil && !errors.Is(err, reconcile.TerminalError(nil)) {
					t.Errorf("got %+v, %v: what is known by now would be told again", result, err)
				}
				return err
			}
			c.refuse = refusing(updateStatus, func() error { return tt.err })
			for range 3 {
				_ = look()
			}
			if diff := cmp.Diff(tt.want, queue.after); diff != "" {
				t.Errorf("looked at again after (-want +got):\n%s", diff)
			}
			c.refuse, queue.after = func(string) error { return nil }, nil
			if err := look(); err != nil || len(queue.after) > 0 {
				t.Errorf("then %v, and again after %s", err, queue.after)
			}
			c.refuse = refusing(updateStatus, func() error { return tt.err })
			c.engine.verdicts[engine.Key(orders)][id(2)] = up(90)
			_ = look()
			if diff := cmp.Diff(tt.want[:1], queue.after); diff != "" {
				t.Errorf("the next time after (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOfAnObjectThatIsGoneNothingIsTold(t *testing.T) {
	c := allUp(t, object())
	c.failHost()
	request := reconcile.Request{NamespacedName: orders}
	if _, err := c.r.Reconcile(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if err := c.server.Delete(t.Context(), c.object()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.reconcile(); err != nil {
			t.Fatal(err)
		}
	}
	if d := c.r.statusQueue; len(d.pending)+len(d.mutex.locks) > 0 {
		t.Errorf("%d tidings and %d turns are left", len(d.pending), len(d.mutex.locks))
	}
	if told := received(c.recorder); len(told) > 0 {
		t.Errorf("told %q", told)
	}
}
