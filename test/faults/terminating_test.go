package faults

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestTerminatingObjectIsServedUntilItIsGone deletes an object that waits for the finalizer of a
// backup tool: until that is removed its hosts are probed, a dead one goes out and comes back,
// also under a new process, and nothing is created.
func TestTerminatingObjectIsServedUntilItIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, install.Options{})
	o := w.object(t, 3)
	o.Finalizers = []string{"example.com/backup"}
	w.Create(t, o)
	began := time.Now()
	waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(3), began) })

	since := len(w.Proxy.Journal(proxy.Writes))
	if err := w.Client.Delete(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, restarted := range []bool{false, true} {
		if restarted {
			w.kill(t)
			w.restart(t)
		}
		w.hostDown(3)
		died := time.Now()
		waits.Eventually(t, waits.Timeout, func() error { return errors.Join(w.settled(t, hostAddresses(2), died), w.isTerminating(t)) })
		w.hostUp(t, 3)
		returned := time.Now()
		waits.Eventually(t, waits.Timeout, func() error { return errors.Join(w.settled(t, hostAddresses(3), returned), w.isTerminating(t)) })
	}
	for _, write := range w.Proxy.Journal(proxy.Writes)[since:] {
		if write.Verb == "create" {
			t.Errorf("created for an object that is being deleted: %s %s", write.Call, write.Name)
		}
	}
	w.audit(t, promise{always: hostAddresses(2)})

	change(t, w, o, func(o *v1alpha1.ExternalService) { o.Finalizers = nil })
	waits.Eventually(t, waits.Timeout, func() error { return w.isGone(t) })
	removed := time.Now()
	waits.Eventually(t, waits.Timeout, func() error { return w.rests(removed) })
}

// isTerminating returns nil when the object waits for its finalizer.
func (w *World) isTerminating(t *testing.T) error {
	t.Helper()
	o := &v1alpha1.ExternalService{}
	if !w.get(t, service, o) || o.DeletionTimestamp == nil {
		return fmt.Errorf("the object is not being deleted")
	}
	return nil
}
