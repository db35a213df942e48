package clusterranges

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	networkingv1client "k8s.io/client-go/kubernetes/typed/networking/v1"
	"k8s.io/client-go/rest"
)

// gathering is the time in which changes after a first one are collected: a hundred nodes that
// join together are reported in a few steps. The first change is not delayed.
const gathering = time.Second

// Watcher reads the cluster's own ranges and reports when they change.
type Watcher struct {
	kinds   []*kind
	changed chan struct{}
	known   chan struct{}
	tell    func([]netip.Prefix)
}

// New returns a Watcher that calls tell with all ranges, sorted, when they are first known and
// after every change. tell is called by one goroutine at a time, and must not change the slice.
func New(config *rest.Config, logger logr.Logger, tell func([]netip.Prefix)) (*Watcher, error) {
	config = rest.CopyConfig(config)
	// Nodes are big, and this is a fifth of what reading them as JSON costs.
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	core, coreErr := corev1client.NewForConfig(config)
	networking, networkingErr := networkingv1client.NewForConfig(config)
	if err := errors.Join(coreErr, networkingErr); err != nil {
		return nil, fmt.Errorf("make a client for the cluster's ranges: %w", err)
	}

	w := &Watcher{changed: make(chan struct{}, 1), known: make(chan struct{}), tell: tell}
	nodes, nodesErr := newKind(core.RESTClient(), "nodes", &corev1.Node{}, logger, w.wake)
	serviceCIDRs, serviceErr := newKind(networking.RESTClient(), "servicecidrs", &networkingv1.ServiceCIDR{}, logger, w.wake)
	w.kinds = []*kind{serviceCIDRs, nodes}
	return w, errors.Join(nodesErr, serviceErr)
}

// Known is closed when the ranges at the start have been reported: every kind was listed in
// full, or is known not to be readable.
func (w *Watcher) Known() <-chan struct{} { return w.known }

// Run watches until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	for _, k := range w.kinds {
		running.Go(func() { k.run(ctx, w.wake) })
	}
	for _, k := range w.kinds {
		select {
		case <-k.answered:
		case <-ctx.Done():
			return
		}
	}
	told := w.ranges()
	w.tell(told)
	close(w.known)
	for w.anotherChange(ctx) {
		if now := w.ranges(); !slices.Equal(now, told) {
			told = now
			w.tell(told)
		}
	}
}

// wake has the ranges looked at again.
func (w *Watcher) wake() {
	select {
	case w.changed <- struct{}{}:
	default: // the channel is closed already
	}
}

// anotherChange waits for a change; false: ctx ended.
func (w *Watcher) anotherChange(ctx context.Context) bool {
	pause := time.NewTimer(gathering)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
		return false
	}
	select {
	case <-w.changed:
		return true
	case <-ctx.Done():
		return false
	}
}

// ranges are those of all kinds, sorted.
func (w *Watcher) ranges() []netip.Prefix {
	var all []netip.Prefix
	for _, k := range w.kinds {
		all = append(all, k.prefixes()...)
	}
	return sorted(all)
}
