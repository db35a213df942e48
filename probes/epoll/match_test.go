package epoll_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/probestest"
)

// slowPattern is a check whose pattern is as slow as any that is admitted, and a body of
// 8 KiB that it is slow for.
func slowPattern() (check probes.Check, body string) {
	check = get()
	check.HTTP.Matches = "x{0,126}y"
	return check, strings.Repeat("x", 8<<10)
}

// startMany starts as many probes at once. done is closed when all have ended as wanted.
func startMany(
	ctx context.Context, t *testing.T, r engine.Runner, probe engine.Probe, count int, wanted func(probes.Outcome) bool,
) (done chan struct{}) {
	t.Helper()
	var group sync.WaitGroup
	group.Add(count)
	probe.Done = func(_ time.Time, outcome probes.Outcome) {
		if !wanted(outcome) {
			t.Errorf("%+v", outcome)
		}
		group.Done()
	}
	for range count {
		r.Start(ctx, probe)
	}
	done = make(chan struct{})
	go func() { group.Wait(); close(done) }()
	return done
}

// Matched in the loop, a pattern stopped every other probe meanwhile. Beside it several
// connect checks of another object must end for every match, and not one at most.
func TestSlowPatternsDelayNoOtherProbe(t *testing.T) {
	const (
		matches = 30
		// perMatch is how many connect checks must end in the time of a match, of some
		// 40 ms. Of those that wait for matches hardly more than one does.
		perMatch = 5
	)
	for name, runner := range runners(t) {
		t.Run(name, func(t *testing.T) {
			slow, body := slowPattern()
			check, prober := compiled(t, slow, probestest.NewDialer())
			unexpected := func(o probes.Outcome) bool { return o == probes.Failed(probes.UnexpectedBody) }
			target := probestest.Answers(probestest.OK(body))(t)
			began := time.Now()
			done := startMany(t.Context(), t, runner, engine.Probe{Target: target, Check: check, Prober: prober}, matches, unexpected)

			silent, connects := probestest.Silent()(t), 0
			var longest time.Duration
			for ended := false; !ended; connects++ {
				from := time.Now()
				if outcome := ask(t, runner, connect, silent); outcome != probes.Succeeded() {
					t.Fatalf("%+v", outcome)
				}
				longest = max(longest, time.Since(from))
				select {
				case <-done:
					ended = true
				default:
				}
			}
			t.Logf("%d connect checks beside %d matches in %s, the longest took %s", connects, matches, time.Since(began), longest)
			if connects < perMatch*matches {
				t.Errorf("only %d connect checks ended beside %d matches, want at least %d", connects, matches, perMatch*matches)
			}
		})
	}
}

// The probe's own deadline ends a match, and then nothing is known of the host: the time
// went by in the prober.
func TestMatchThatExceedsTheDeadlineJudgesNothing(t *testing.T) {
	const queued = 200
	for name, runner := range runners(t) {
		t.Run(name, func(t *testing.T) {
			slow, body := slowPattern()
			target := probestest.Answers(probestest.OK(body))(t)
			check, prober := compiled(t, slow, probestest.NewDialer())
			ctx, cancel := context.WithCancel(t.Context())
			stopped := func(o probes.Outcome) bool {
				return errors.Is(o.Err, context.Canceled) || o == probes.Failed(probes.UnexpectedBody)
			}
			ahead := startMany(ctx, t, runner, engine.Probe{Target: target, Check: check, Prober: prober}, queued, stopped)

			// One that is quicker than those ahead of it may be matched in time.
			slow.Timeout = 200 * time.Millisecond
			for late := false; !late; {
				outcome := ask(t, runner, slow, target)
				late = errors.Is(outcome.Err, engine.ErrLate)
				select {
				case <-ahead:
					t.Fatalf("no match exceeded its deadline behind %d others; the last: %+v", queued, outcome)
				default:
				}
			}
			cancel() // what waits for its turn ends at once
			<-ahead
			slow.Timeout = time.Minute
			if outcome := ask(t, runner, slow, target); outcome != probes.Failed(probes.UnexpectedBody) {
				t.Errorf("afterwards: %+v", outcome)
			}
		})
	}
}
