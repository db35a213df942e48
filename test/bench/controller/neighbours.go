package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// neighbours is whether a change costs more the more objects there are that did not
// change.
func (b *bench) neighbours(ctx context.Context) error {
	few, many := 100, 10_000
	if b.quick {
		many = 1000
	}
	return inWorld(ctx, func(w *world) error { return b.amongNeighbours(ctx, w, few, many) })
}

func (b *bench) amongNeighbours(ctx context.Context, w *world, few, many int) error {
	fmt.Printf("\none object that changes among others that do not\n")
	var cost [2]time.Duration
	published := 0
	for i, objects := range []int{few, many} {
		if err := w.apply(ctx, published, objects, solitary); err != nil {
			return err
		}
		published = objects
		if _, err := w.slices.await(ctx, objects, 10*time.Minute); err != nil {
			return err
		}
		if err := w.awaitQuiet(ctx, 5*time.Second, 10*time.Minute); err != nil {
			return err
		}
		for run := range b.runs {
			c, err := w.changes(ctx, few)
			if err != nil {
				return err
			}
			if run == 0 || c < cost[i] {
				cost[i] = c
			}
		}
		note(fmt.Sprintf("CPU of the operator a change, ms, among %d", objects), float64(cost[i].Microseconds())/1000)
	}
	now, highest := w.memory()
	note(fmt.Sprintf("memory of the operator with %d objects of one host, MiB", many), now)
	note("memory at its highest, MiB", highest)
	b.bound(fmt.Sprintf("a change among %d over one among %d", many, few), float64(cost[1])/float64(cost[0]), 1.25, 1)
	return nil
}

// changes drains and restores the host of some objects, and returns the CPU that each
// change took of the operator, less what it takes when nothing changes.
func (w *world) changes(ctx context.Context, objects int) (time.Duration, error) {
	const span = 8 * time.Second
	idle := w.cpu()
	<-time.After(span)
	idle = w.cpu() - idle
	used, began := w.cpu(), time.Now()
	count := 0
	for _, state := range []v1alpha1.HostState{v1alpha1.HostDrain, v1alpha1.HostActive} {
		for n := range objects {
			<-time.After(time.Until(began.Add(time.Duration(count) * span / time.Duration(2*objects+objects/2))))
			if err := w.setState(ctx, n, state); err != nil {
				return 0, err
			}
			count++
		}
	}
	<-time.After(time.Until(began.Add(span)))
	return (w.cpu() - used - idle) / time.Duration(count), nil
}

// setState has the only host of an object be in another state.
func (w *world) setState(ctx context.Context, n int, state v1alpha1.HostState) error {
	hosts := []v1alpha1.Host{{Address: address(n * hostsEach).String(), State: state}}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"hosts": hosts}})
	if err != nil {
		return err
	}
	object := &v1alpha1.ExternalService{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name(n)}}
	return w.client.Patch(ctx, object, client.RawPatch("application/merge-patch+json", patch))
}
