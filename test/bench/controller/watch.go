package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// published is what EndpointSlices say, as every client of the API server sees it.
type published struct {
	mu sync.Mutex
	// ready says of each host that is listed whether it gets traffic, since when.
	ready map[int]since
	count int
	// changed is closed and replaced when something changes.
	changed chan struct{}
}

// since is what is said of a host, and when it was said first.
type since struct {
	ready bool
	at    time.Time
}

// watchSlices follows the slices of a namespace until the context ends.
func watchSlices(ctx context.Context, client kubernetes.Interface, namespace string) (*published, error) {
	p := &published{ready: map[int]since{}, changed: make(chan struct{})}
	list, err := client.DiscoveryV1().EndpointSlices(namespace).List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return nil, fmt.Errorf("list EndpointSlices: %w", err)
	}
	watching, err := client.DiscoveryV1().EndpointSlices(namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion})
	if err != nil {
		return nil, fmt.Errorf("watch EndpointSlices: %w", err)
	}
	go func() {
		for event := range watching.ResultChan() {
			if slice, ok := event.Object.(*discoveryv1.EndpointSlice); ok {
				p.take(slice, time.Now())
			}
		}
	}()
	return p, nil
}

func (p *published) take(slice *discoveryv1.EndpointSlice, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range slice.Endpoints {
		e := &slice.Endpoints[i]
		a, err := netip.ParseAddr(e.Addresses[0])
		if err != nil || !farmRange.Contains(a) {
			continue
		}
		n, ready := number(a), e.Conditions.Ready != nil && *e.Conditions.Ready
		before, known := p.ready[n]
		if known && before.ready == ready {
			continue
		}
		p.ready[n] = since{ready, now}
		if ready {
			p.count++
		} else if known {
			p.count--
		}
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// said is what is said of a host.
func (p *published) said(n int) since {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ready[n]
}

// await waits until so many hosts get traffic, and returns when it was.
func (p *published) await(ctx context.Context, hosts int, patience time.Duration) (time.Time, error) {
	timeout := time.After(patience)
	for {
		p.mu.Lock()
		count, changed := p.count, p.changed
		p.mu.Unlock()
		if count == hosts {
			return time.Now(), nil
		}
		select {
		case <-changed:
		case <-timeout:
			return time.Time{}, fmt.Errorf("%d of %d hosts are published after %s", count, hosts, patience)
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		}
	}
}

// quantile is when so many percent of the hosts that get traffic got it.
func (p *published) quantile(part int) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	var times []time.Time
	for _, s := range p.ready {
		if s.ready {
			times = append(times, s.at)
		}
	}
	if len(times) == 0 {
		return time.Time{}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times[(len(times)-1)*part/100]
}
