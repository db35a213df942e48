package quiet

import (
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

const (
	// A crashed leader's lease runs out after 6 s, and the other copy looks every
	// second, give or take its jitter: the contract allows 11 s. One that stops
	// gives its lease back.
	crashBound = 11 * time.Second
	stopBound  = 3 * time.Second
)

// asleep is how long a leader sleeps: longer than its lease lasts.
func asleep() time.Duration { return waits.ShortOrFull(10*time.Second, time.Minute) }

// couple is a leader and its stand-by.
func (w *World) couple(t *testing.T) (leader, standby *install.Operator) {
	t.Helper()
	leader = w.Start(t, "leader")
	w.Serve(t, w.Web("first-leader", w.Cluster.Hosts()[0])) // it leads: somebody acts, and it is alone
	return leader, w.Start(t, "standby")
}

func TestStandbyBecomesLeader(t *testing.T) {
	for _, c := range []struct {
		name  string
		end   func(*install.Operator) error
		bound time.Duration
	}{
		{"from a leader that is killed", (*install.Operator).Kill, crashBound},
		{"from a leader that stops", (*install.Operator).Terminate, stopBound},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := idleWorld(t)
			hosts := w.Cluster.Hosts()
			leader, _ := w.couple(t)
			object := w.Web("taken-over", hosts...)
			w.Serve(t, object)
			recorded := w.Record(t, object.Name)
			w.AwaitRest(t)

			ended := time.Now()
			if err := c.end(leader); err != nil {
				t.Fatal(err)
			}
			out := framework.Fail(t, recorded, hosts[0], (*host.Host).Kill, hosts[1:])
			took := out.Write.Sub(ended)
			framework.Within(t, "end of the leader to slice without a host that died since", took, c.bound+framework.Killed.Bound()+framework.Slack)
			if events := framework.Changes(t, recorded); len(events) != 2 {
				t.Errorf("the slice was written %d times for one failure and a change of leader", len(events)-1)
			}
			t.Logf("measured: %s: %d ms from its end to the slice without a host that died since", c.name, took.Milliseconds())
		})
	}
}

func TestLeaderChangeWritesNothing(t *testing.T) {
	w := idleWorld(t)
	leader, standby := w.couple(t)
	object := w.Web("at-rest", w.Cluster.Hosts()...)
	w.Serve(t, object)
	w.AwaitRest(t)

	began := time.Now()
	if err := leader.Terminate(); err != nil {
		t.Fatal(err)
	}
	awaitProbes(t, standby, object)
	w.NoWrites(t, began, "events") // the new leader announces itself
}

func TestStoppedLeaderRevertsNothing(t *testing.T) {
	w := idleWorld(t)
	hosts := w.Cluster.Hosts()
	leader, _ := w.couple(t)
	object := w.Web("contested", hosts...)
	w.Serve(t, object)
	recorded := w.Record(t, object.Name)
	framework.Fail(t, recorded, hosts[1], (*host.Host).Kill, framework.Except(hosts, hosts[1]))
	w.AwaitRest(t)

	if err := leader.Pause(); err != nil {
		t.Fatal(err)
	}
	slept := time.Now()
	// What the sleeper believes of two hosts becomes wrong, in either direction.
	out := framework.Fail(t, recorded, hosts[0], (*host.Host).Kill, hosts[2:])
	framework.ComeBack(t, recorded, hosts[1], hosts[1:])
	w.AwaitRest(t) // the other copy has written all that it had to
	waits.Elapse(t, time.Until(slept.Add(asleep())))

	woken := time.Now()
	if err := leader.Continue(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-leader.Done(): // it has seen that it leads no more
	case <-time.After(waits.Timeout):
		t.Error("the old leader goes on after its lease has passed to the other")
	}
	w.AwaitRest(t)
	w.NoWrites(t, woken, "events") // it announces that it leads no more
	states, err := recorded.States()
	if err != nil {
		t.Fatal(err)
	}
	if want := 4; len(states) != want { // found, one out, another out, the first in
		t.Errorf("the slices had %d states, want %d", len(states), want)
	}
	t.Logf("measured: leader asleep for %s: the other acted after %d ms; 0 writes after it woke up",
		asleep(), out.Write.Sub(slept).Milliseconds())
}
