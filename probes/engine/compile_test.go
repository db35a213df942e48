package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// inCompileBubble runs a test on an engine that knows no HTTP, and counts what it
// compiled.
func inCompileBubble(t *testing.T, test func(t *testing.T, r *rig, compiled *int)) {
	t.Helper()
	compiled := 0
	change := func(o *engine.Options) {
		compile := o.Compile
		o.Compile = func(c probes.Check) (probes.Prober, error) {
			if c.HTTP != nil {
				return nil, errors.New("path must begin with /")
			}
			compiled++
			return compile(c)
		}
	}
	inBubbleWith(t, change, func(t *testing.T, r *rig) { test(t, r, &compiled) })
}

func TestACheckIsCompiledOnceForAllAndDroppedAfterTheLast(t *testing.T) {
	inCompileBubble(t, func(t *testing.T, r *rig, compiled *int) {
		steps := []struct {
			name string
			do   func()
			want int
		}{
			{"two groups with equal checks", func() { r.apply(t, plan(hosts(1, 9)...)); r.apply(t, shared(asItIs)) }, 1},
			{"applied again", func() { r.apply(t, plan(hosts(1, 9)...)) }, 1},
			{"one of the two is forgotten and comes back", func() { r.Forget(billing); r.apply(t, shared(asItIs)) }, 1},
			{"some hosts get another check", func() { r.apply(t, plan(member(1), but(member(2), withOtherCheck))) }, 2},
			{"and the first one back", func() { r.apply(t, plan(hosts(1, 2)...)) }, 2},
			{"the other check is no longer known", func() { r.apply(t, plan(member(1), but(member(2), withOtherCheck))) }, 3},
			{"all are forgotten and come back", func() { r.Forget(billing); r.Forget(orders); r.apply(t, plan(member(1))) }, 4},
		}
		for _, step := range steps {
			if step.do(); *compiled != step.want {
				t.Fatalf("%s: compiled %d times by now, want %d", step.name, *compiled, step.want)
			}
			pass(interval)
		}
	})
}

func TestACheckThatDoesNotCompileLeavesItsHostsAsTheyAreAndTheOthersWatched(t *testing.T) {
	inCompileBubble(t, func(t *testing.T, r *rig, _ *int) {
		r.apply(t, plan(member(1), member(2)))
		pass(2 * interval)
		before := r.verdict(2)
		bad := but(member(2), func(m *engine.Member) { m.Check = &probes.Check{Timeout: timeout, HTTP: &probes.HTTP{}} })

		for range 2 { // it is told every time, and not only when it is first seen
			err := r.Apply(plan(member(1), bad))
			if err == nil || !strings.Contains(err.Error(), "http check: path must begin with /") {
				t.Errorf("error %v does not name the check and what is wrong with it", err)
			}
		}
		first := r.nextStart(1)
		pass(3*interval - time.Millisecond)

		if got := r.verdict(2); got.State != before.State || got.Since != before.Since || got.Run.Length != 0 {
			t.Errorf("the host whose check is broken is %+v, want it as it was: %+v", got, before)
		}
		if diff := cmp.Diff(every(interval, 3), r.startsSince(1, first)); diff != "" {
			t.Errorf("starts of the other host (-want +got):\n%s", diff)
		}

		r.apply(t, plan(member(1), member(2)))
		pass(2 * interval)
		if got := r.verdict(2); !got.LastSuccess.After(before.LastSuccess) {
			t.Errorf("a mended check is not run: %+v", got)
		}
	})
}

// A bundle of certificates takes long to parse.
func TestNobodyWaitsWhileACheckIsCompiled(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	slow := func(o *engine.Options) {
		compile := o.Compile
		o.Compile = func(c probes.Check) (probes.Prober, error) {
			if c.TLS != nil {
				close(begun)
				<-finish
			}
			return compile(c)
		}
		begun, finish = make(chan struct{}), make(chan struct{})
	}
	inBubbleWith(t, slow, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, 3)...))
		r.settle()
		applied := make(chan error, 1)
		go func() {
			p := plan(but(member(4), func(m *engine.Member) { m.Check = &probes.Check{Timeout: timeout, TLS: &probes.TLS{}} }))
			p.Key = billing
			applied <- r.Apply(p)
		}()
		<-begun
		r.hosts.Script(host(1), refused)
		pass(interval + 3*fastInterval)
		if state := r.verdict(1).State; state != health.Unhealthy {
			t.Errorf("a dead host is %s while a check is compiled", state)
		}
		close(finish)
		if err := <-applied; err != nil {
			t.Error(err)
		}
		pass(2 * interval)
		if r.hosts.Calls(host(4)) == 0 {
			t.Error("the host with the new check is not probed")
		}
	})
}
