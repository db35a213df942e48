package faults

import (
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
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
	w.create(t, w.object(t, 3))
	began := time.Now()
	eventually(t, settleWithin, func() error { return w.settled(t, hostAddresses(3), began) })
	w.hostDown(3)
	began = time.Now()
	eventually(t, settleWithin, func() error { return w.settled(t, hostAddresses(2), began) })
	before := w.state(t)

	hold.Shut()
	for _, slice := range w.slices(t, service) {
		if err := w.Client.Delete(t.Context(), &slice); client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
	}
	w.relist("endpointslices") // the held event ends with its watch
	time.Sleep(100 * time.Millisecond)
	hold.Release()
	eventually(t, 2*time.Second, func() error { return w.served(hostAddresses(2)) })
	w.settledAs(t, before)
}
