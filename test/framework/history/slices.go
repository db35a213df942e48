package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Slices is the recorded history of a Service's slices.
type Slices struct {
	mu      sync.Mutex
	events  []Event
	states  []State
	current map[string]*discoveryv1.EndpointSlice
	ended   error
	changed chan struct{} // closed at the next change
}

// State is what all slices together said from a time on.
type State struct {
	At    time.Time
	Ready []string // addresses that get traffic, sorted
}

// Record records from now on, until the context ends. The slices that there
// are already come first, as additions.
func Record(ctx context.Context, config *rest.Config, namespace, service string) (*Slices, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client to record slices: %w", err)
	}
	s := &Slices{current: map[string]*discoveryv1.EndpointSlice{}, changed: make(chan struct{})}
	selector := metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + service}
	found, err := client.DiscoveryV1().EndpointSlices(namespace).List(ctx, selector)
	if err != nil {
		return nil, fmt.Errorf("listing slices of %s/%s: %w", namespace, service, err)
	}
	for i := range found.Items {
		s.add(Event{At: time.Now(), Type: watch.Added, Slice: &found.Items[i]})
	}
	selector.ResourceVersion = found.ResourceVersion
	changes, err := client.DiscoveryV1().EndpointSlices(namespace).Watch(ctx, selector)
	if err != nil {
		return nil, fmt.Errorf("watching slices of %s/%s: %w", namespace, service, err)
	}
	go func() {
		for change := range changes.ResultChan() {
			if slice, ok := change.Object.(*discoveryv1.EndpointSlice); ok {
				s.add(Event{At: time.Now(), Type: change.Type, Slice: slice})
			}
		}
		s.end()
	}()
	return s, nil
}

func (s *Slices) add(event Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, event)
	if event.Type == watch.Deleted {
		delete(s.current, event.Slice.Name)
	} else {
		s.current[event.Slice.Name] = event.Slice
	}
	s.states = append(s.states, State{At: event.At, Ready: ready(s.current)})
	s.lockedWake()
}

func (s *Slices) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = errors.New("the watch has ended: what came after is not recorded")
	s.lockedWake()
}

func (s *Slices) lockedWake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Events are the changes so far. The error says that some are missing.
func (s *Slices) Events() ([]Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events), s.ended
}

// States are what the slices together said after each change so far.
func (s *Slices) States() ([]State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.states), s.ended
}

// Await waits until the addresses that get traffic are those wanted, in any
// order, and returns since when they are.
func (s *Slices) Await(ctx context.Context, wanted ...string) (time.Time, error) {
	slices.Sort(wanted)
	for {
		s.mu.Lock()
		var last State
		if n := len(s.states); n > 0 {
			last = s.states[n-1]
		}
		ended, changed := s.ended, s.changed
		s.mu.Unlock()

		if slices.Equal(last.Ready, wanted) && !last.At.IsZero() {
			return last.At, nil
		}
		if ended != nil {
			return time.Time{}, ended
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("waiting for addresses %v, there are %v: %w", wanted, last.Ready, ctx.Err())
		}
	}
}
