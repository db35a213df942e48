package externalservice

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	eventsv1 "k8s.io/api/events/v1"
)

// slowSink takes a second for each event, and counts how many it has in hand.
type slowSink struct {
	inHand, most, taken atomic.Int32
}

func (s *slowSink) Create(context.Context, *eventsv1.Event) (*eventsv1.Event, error) {
	s.most.Store(max(s.most.Load(), s.inHand.Add(1)))
	<-time.After(time.Second)
	s.inHand.Add(-1)
	s.taken.Add(1)
	return nil, nil
}

func (s *slowSink) Update(ctx context.Context, e *eventsv1.Event) (*eventsv1.Event, error) {
	return s.Create(ctx, e)
}

func (s *slowSink) Patch(ctx context.Context, e *eventsv1.Event, _ []byte) (*eventsv1.Event, error) {
	return s.Create(ctx, e)
}

func TestEventsAreWrittenOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowSink{}
		sink := newOneByOne(slow, &writeGate{})
		var ended sync.WaitGroup
		for range 10 {
			ended.Go(func() { _, _ = sink.Create(t.Context(), nil) })
			ended.Go(func() { _, _ = sink.Update(t.Context(), nil) })
			ended.Go(func() { _, _ = sink.Patch(t.Context(), nil, nil) })
		}
		ended.Wait()
		if slow.most.Load() != 1 || slow.taken.Load() != 30 {
			t.Errorf("%d events were written, %d of them at a time", slow.taken.Load(), slow.most.Load())
		}
	})
}

func TestEventsWaitForTrafficButNotWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var traffic writeGate
		slow := &slowSink{}
		sink := newOneByOne(slow, &traffic)
		for _, c := range []struct{ moves, waits time.Duration }{
			{0, 0}, {maxDelay / 2, maxDelay/2 + quietPeriod}, {time.Minute, maxDelay},
		} {
			if c.moves > 0 {
				time.AfterFunc(c.moves, traffic.Begin())
			}
			began := time.Now()
			if _, err := sink.Create(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(began) - time.Second; waited != c.waits {
				t.Errorf("traffic is moved for %s: the event waited for %s, want %s", c.moves, waited, c.waits)
			}
			<-time.After(time.Hour)
		}
	})
}
