package epoll_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// countLate is an observer that counts the probes that judged nothing because they were late.
type countLate struct {
	ignores

	late atomic.Int32
}

func (c *countLate) Broken(err error) {
	if errors.Is(err, probes.ErrLate) {
		c.late.Add(1)
	}
}

// A host that does not answer is found with every timeout that the API allows. A busy machine
// makes some probes late: the best of several rounds counts.
func TestShortTimeoutsFindHostsThatHang(t *testing.T) {
	const (
		hosts   = 40
		rounds  = 5
		pace    = 100 * time.Millisecond
		judging = 2 * time.Second
		// maxLate of about 800 probes may be late, on a busy machine. With a tolerance of a
		// tenth of the timeout 750 were at 10 ms, and 450 at 20 ms.
		maxLate = 250
	)
	for _, timeout := range []time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond} {
		t.Run(timeout.String(), func(t *testing.T) {
			fewest := int32(1 << 30)
			for range rounds {
				late, unfound := probeSilentHosts(t, hosts, timeout, pace, judging)
				t.Logf("%d probes were late, %d hosts not found", late, unfound)
				if unfound == 0 {
					fewest = min(fewest, late)
				}
				if fewest <= maxLate {
					return
				}
			}
			t.Errorf("in no round all hosts were found with at most %d late probes", maxLate)
		})
	}
}

// probeSilentHosts probes hosts that accept and do not answer. It returns how many probes
// judged nothing, and how many hosts are not unhealthy in the end.
func probeSilentHosts(t *testing.T, hosts int, timeout, pace, judging time.Duration) (late int32, unfound int) {
	t.Helper()
	silent, observer, dialer := probestest.Silent()(t), &countLate{}, probestest.NewDialer()
	e := engine.New(engine.Options{
		Compile:    func(c probes.Check) (probes.Prober, error) { return compile.Prober(c, dialer) },
		Runner:     newLoop(t),
		Observer:   observer,
		Registerer: prometheus.NewRegistry(),
	})
	plan := engine.Plan{Key: engine.Key{Namespace: "shop", Name: "orders"}}
	for n := range hosts {
		check := get()
		check.Timeout = timeout
		check.HTTP.Path = fmt.Sprintf("/%d", n) // a target of its own at the one address
		member := watched(n, silent, &check)
		member.Interval, member.FastInterval = pace, pace
		plan.Members = append(plan.Members, member)
	}
	if err := e.Apply(plan); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), judging)
	defer cancel()
	if err := e.Run(ctx); err != nil {
		t.Fatal(err)
	}
	verdicts := e.Verdicts(plan.Key)
	for _, member := range plan.Members {
		if verdicts[member.ID].State != health.Unhealthy {
			unfound++
		}
	}
	return observer.late.Load(), unfound
}
