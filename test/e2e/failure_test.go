package e2e

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/test/cluster/history"
	"github.com/external-endpoints/operator/test/cluster/host"
)

const (
	// slack is what a verdict may take to become a slice on a busy machine.
	slack = 250 * time.Millisecond
	// giveUp is how long a test waits for what has a bound: late is not never.
	giveUp = 15 * time.Second

	// returnBound: the next probe, and one more for the threshold of 2.
	returnBound = interval + fastInterval
)

// failure is how a host left, as seen from outside.
type failure struct {
	// fault is just before the fault was ordered.
	fault time.Time
	// trigger is when the first failing probe gave its result: the annotation
	// that kube-proxy measures from.
	trigger time.Time
	// write is when a watch showed the slice without the host.
	write time.Time
	// retried is how long the operator repeated probes for which it was late itself.
	retried time.Duration
}

// total is what a client waits for.
func (f failure) total() time.Duration { return f.write.Sub(f.fault) }

// decided is the part of it that does not depend on when the next probe was due.
func (f failure) decided() time.Duration { return f.write.Sub(f.trigger) }

// fail has a host fail and waits until only the others get traffic.
func fail(t *testing.T, recorded *history.Slices, victim *host.Host, fault func(*host.Host) error, others []*host.Host) failure {
	t.Helper()
	t.Cleanup(func() { victim.Recover() }) // for those after a test that ends here
	f := failure{fault: time.Now()}
	if err := fault(victim); err != nil {
		t.Fatal(err)
	}
	f.write = awaitReady(t, recorded, giveUp, others...)
	f.trigger = triggerAt(t, recorded, f.write)
	if f.trigger.Before(f.fault) || f.trigger.After(f.write) {
		t.Errorf("trigger time %s is not between fault %s and write %s", f.trigger, f.fault, f.write)
	}
	return f
}

// triggerAt reads the trigger time of the change that was seen at a time.
func triggerAt(t *testing.T, recorded *history.Slices, at time.Time) time.Time {
	t.Helper()
	for _, event := range changes(t, recorded) {
		if event.At.Equal(at) {
			trigger, err := time.Parse(time.RFC3339Nano, event.Slice.Annotations[corev1.EndpointsLastChangeTriggerTime])
			if err != nil {
				t.Errorf("slice %s without a trigger time: %v", event.Slice.Name, err)
			}
			return trigger
		}
	}
	t.Fatalf("no change at %s", at)
	return time.Time{}
}

// comeBack has the host recover and waits until all get traffic. It returns how
// long that took.
func comeBack(t *testing.T, recorded *history.Slices, victim *host.Host, all []*host.Host) time.Duration {
	t.Helper()
	if err := victim.Recover(); err != nil {
		t.Fatal(err)
	}
	recovered := time.Now()
	return awaitReady(t, recorded, giveUp, all...).Sub(recovered)
}

// within fails the test, but goes on, when something took longer than its bound.
func within(t *testing.T, what string, took, bound time.Duration) {
	t.Helper()
	if took > bound {
		t.Errorf("%s took %s, must take at most %s", what, ms(took), bound)
	}
}
