package faults

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// watched is how long something must not happen.
const watched = 2500 * time.Millisecond

// listed are the kinds that the operator reads.
var listed = []string{"externalservices", "services", "endpointslices", "endpoints"}

// lie is what an API server may answer when it is asked for all there is.
type lie struct {
	name  string
	fault func(proxy.Match) proxy.Fault
	// told: the client knows that it has not been answered.
	told  bool
	short bool
}

var lies = []lie{
	{"nothing there", func(m proxy.Match) proxy.Fault { return proxy.Shorten(m, 0) }, false, true},
	{"a part of it", func(m proxy.Match) proxy.Fault { return proxy.Shorten(m, 1) }, false, false},
	{"forbidden", func(m proxy.Match) proxy.Fault {
		return proxy.Answer(m, http.StatusForbidden, metav1.StatusReasonForbidden, 0)
	}, true, true},
	{"gone", func(m proxy.Match) proxy.Fault {
		return proxy.Answer(all(m, proxy.Call.Lists), http.StatusGone, metav1.StatusReasonExpired, 0)
	}, true, false},
	{"not found", func(m proxy.Match) proxy.Fault { // what a deleted CRD looks like
		return proxy.Answer(m, http.StatusNotFound, metav1.StatusReasonNotFound, 0)
	}, true, false},
}

func all(matches ...proxy.Match) proxy.Match {
	return func(c proxy.Call) bool {
		for _, match := range matches {
			if !match(c) {
				return false
			}
		}
		return true
	}
}

// TestListEmptyPartialOrRefused has a running operator list again, and another one
// start, while the API server does not tell what there is of one kind.
func TestListEmptyPartialOrRefused(t *testing.T) {
	t.Parallel()
	for _, resource := range listed {
		for _, l := range lies {
			if !l.short && !waits.Full() {
				continue
			}
			t.Run(resource+": "+l.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.start(t, install.Options{})
				w.Create(t, w.object(t, 2))
				began := time.Now()
				waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(2), began) })
				before, since := w.state(t), len(w.Proxy.Journal(proxy.Writes))

				end := w.Proxy.Use(l.fault(proxy.Reads(resource)))
				w.relist(resource)
				waits.Always(t, watched, func() error { return w.changedNothing(since) })
				end()
				w.relist(resource)
				w.settledAs(t, before)

				w.kill(t)
				end = w.Proxy.Use(l.fault(proxy.Reads(resource)))
				w.restart(t)
				waits.Always(t, watched, func() error {
					if l.told && w.Operator.Ready(t.Context()) == nil {
						return errors.New("an operator that has not read what there is says that it is ready")
					}
					return w.changedNothing(since)
				})
				end()
				w.relist(resource)
				waits.Eventually(t, waits.Timeout, func() error { return w.Operator.Ready(t.Context()) })
				w.settledAs(t, before)
				if err := w.changedNothing(since); err != nil {
					t.Error(err)
				}
				w.audit(t, promise{always: hostAddresses(2)})
				t.Logf("attempts: %v", counted(w.Proxy.Journal(proxy.Writes)[since:]))
			})
		}
	}
}

// relist has informers of a resource list again: their watches end, and cannot be
// taken up where they ended.
func (w *World) relist(resource string) {
	var expired atomic.Bool
	w.Proxy.Use(proxy.Answer(func(c proxy.Call) bool {
		return c.Verb == "watch" && !c.Initial && c.Resource == resource && expired.CompareAndSwap(false, true)
	}, http.StatusGone, metav1.StatusReasonExpired, 0))
	w.Proxy.CutWatches(proxy.Reads(resource))
}

// changedNothing returns nil when no write of the data plane was committed, and no
// deletion was so much as tried.
func (w *World) changedNothing(since int) error {
	if committed := w.dataPlane(since); len(committed) > 0 {
		return fmt.Errorf("committed where nothing changed: %v", committed)
	}
	for _, write := range w.Proxy.Journal(proxy.Writes)[since:] {
		if write.Verb == "delete" {
			return fmt.Errorf("tried to %s %s where nothing changed", write.Call, write.Name)
		}
	}
	return nil
}

// wroteNothing returns nil when not even a write of the status was tried.
func (w *World) wroteNothing(since int) error {
	if writes := w.Proxy.Journal(proxy.Writes)[since:]; len(writes) > 0 {
		return fmt.Errorf("written where nothing changed:\n%s", describe(writes))
	}
	return nil
}

// settledAs waits until everything is again, or still, as it was before, and stays.
func (w *World) settledAs(t *testing.T, before []string) {
	t.Helper()
	began := time.Now()
	waits.Eventually(t, waits.Timeout, func() error {
		if diff := cmp.Diff(before, w.state(t)); diff != "" {
			return fmt.Errorf("not as before (-want +got):\n%s", diff)
		}
		return w.rests(began)
	})
}

// TestCRDDeletedAndRestored starts an operator while the API server does not
// serve the kind: it waits, is not ready, and writes nothing.
func TestCRDDeletedAndRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, install.Options{})
	w.Create(t, w.object(t, 2))
	began := time.Now()
	waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(2), began) })
	before, since := w.state(t), len(w.Proxy.Journal(proxy.Writes))

	gone := func(c proxy.Call) bool {
		return strings.HasPrefix(c.Resource, "externalservices") || strings.HasPrefix(c.Resource, "/apis/"+v1alpha1.GroupVersion.Group)
	}
	end := w.Proxy.Use(proxy.Answer(gone, http.StatusNotFound, metav1.StatusReasonNotFound, 0))
	w.relist("externalservices")
	waits.Always(t, watched, func() error { return w.wroteNothing(since) })
	w.kill(t)
	w.restart(t)
	waits.Always(t, watched, func() error {
		if w.Operator.Ready(t.Context()) == nil {
			return errors.New("an operator without its kind says that it is ready")
		}
		return w.wroteNothing(since)
	})
	end()
	waits.Eventually(t, waits.Timeout, func() error { return w.Operator.Ready(t.Context()) })
	w.settledAs(t, before)
	if err := w.wroteNothing(since); err != nil {
		t.Error(err)
	}
	w.audit(t, promise{always: hostAddresses(2)})
}
