package faults

import (
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestSliceLostWhileTheWatchWasAwayIsRestored deletes the slice that was written last
// while no event gets through, as a restore of etcd from an older snapshot does: the next
// list lacks it, and no DELETED event ever comes.
func TestSliceLostWhileTheWatchWasAwayIsRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hold := proxy.NewHold(proxy.Reads("endpointslices"))
	w.Proxy.Use(hold.Fault())
	w.start(t, install.Options{})
	w.Create(t, w.object(t, 3))
	began := time.Now()
	waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(3), began) })
	w.hostDown(3)
	began = time.Now()
	waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(2), began) })
	before := w.state(t)

	hold.Shut()
	for _, slice := range w.Slices(t, service) {
		if err := w.Client.Delete(t.Context(), &slice); client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
	}
	w.relist("endpointslices") // the held event ends with its watch
	waits.Elapse(t, 100*time.Millisecond)
	hold.Release()
	waits.Eventually(t, waits.Timeout, func() error { return w.served(hostAddresses(2)) })
	w.settledAs(t, before)
}
