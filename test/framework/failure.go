package framework

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/test/framework/history"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// What a failover may take, and is waited for.
const (
	// Slack is what a verdict may take to become a slice on a busy machine.
	Slack = 250 * time.Millisecond

	// ReturnBound: the next probe, and one more for the threshold of 2.
	ReturnBound = Interval + FastInterval
)

// Failure is how a host left, as seen from outside.
type Failure struct {
	// Fault is just before the fault was ordered.
	Fault time.Time
	// trigger is when the first failing probe gave its result: the annotation
	// that kube-proxy measures from.
	trigger time.Time
	// Write is when a watch showed the slice without the host.
	Write time.Time
	// Retried is how long the operator repeated probes for which it was late itself.
	Retried time.Duration
}

// Total is what a client waits for.
func (f Failure) Total() time.Duration { return f.Write.Sub(f.Fault) }

// Decided is the part of it that does not depend on when the next probe was due.
func (f Failure) Decided() time.Duration { return f.Write.Sub(f.trigger) }

// Fail has a host fail and waits until only the others get traffic.
func Fail(t *testing.T, recorded *history.Slices, victim *host.Host, fault func(*host.Host) error, others []*host.Host) Failure {
	t.Helper()
	t.Cleanup(func() { victim.Recover() }) // for those after a test that ends here
	f := Failure{Fault: time.Now()}
	if err := fault(victim); err != nil {
		t.Fatal(err)
	}
	f.Write = AwaitReady(t, recorded, waits.Timeout, others...)
	f.trigger = triggerAt(t, recorded, f.Write)
	if f.trigger.Before(f.Fault) || f.trigger.After(f.Write) {
		t.Errorf("trigger time %s is not between fault %s and write %s", f.trigger, f.Fault, f.Write)
	}
	return f
}

// triggerAt reads the trigger time of the change that was seen at a time.
func triggerAt(t *testing.T, recorded *history.Slices, at time.Time) time.Time {
	t.Helper()
	for _, event := range Changes(t, recorded) {
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

// ComeBack has the host recover and waits until all get traffic. It returns how
// long that took.
func ComeBack(t *testing.T, recorded *history.Slices, victim *host.Host, all []*host.Host) time.Duration {
	t.Helper()
	if err := victim.Recover(); err != nil {
		t.Fatal(err)
	}
	recovered := time.Now()
	return AwaitReady(t, recorded, waits.Timeout, all...).Sub(recovered)
}

// Within fails the test, but goes on, when something took longer than its bound.
func Within(t *testing.T, what string, took, bound time.Duration) {
	t.Helper()
	if took > bound {
		t.Errorf("%s took %s, must take at most %s", what, Ms(took), bound)
	}
}

// Ms rounds a duration for messages.
func Ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
