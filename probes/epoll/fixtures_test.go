package epoll_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/epoll"
	"github.com/external-endpoints/operator/probes/netprobe"
	"github.com/external-endpoints/operator/probes/probestest"
)

// refuses is a runner to which nothing may be left.
type refuses struct{}

var errLeft = errors.New("left to the other runner")

func (refuses) Start(_ context.Context, probe engine.Probe) {
	go probe.Done(time.Now(), probes.Broken(errLeft))
}

func newLoop(t testing.TB) engine.Runner {
	t.Helper()
	l, err := epoll.New(refuses{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// run carries one probe out and waits for its outcome.
func run(ctx context.Context, r engine.Runner, check *probes.Check, prober probes.Prober, target netip.AddrPort) probes.Outcome {
	ended := make(chan probes.Outcome, 1)
	r.Start(ctx, engine.Probe{Target: target, Check: check, Prober: prober, Done: func(_ time.Time, outcome probes.Outcome) { ended <- outcome }})
	return <-ended
}

// compiled returns a check and its prober.
func compiled(t testing.TB, check probes.Check, dialer *netprobe.Dialer) (*probes.Check, probes.Prober) {
	t.Helper()
	if check.Timeout == 0 {
		check.Timeout = time.Minute
	}
	prober, err := compile.Prober(check, dialer)
	if err != nil {
		t.Fatal(err)
	}
	return &check, prober
}

// connect is the check that asks for a connection and nothing more.
var connect = probes.Check{TCP: &probes.TCP{}}

// get is a plain HTTP check.
func get() probes.Check {
	return probes.Check{HTTP: &probes.HTTP{Method: "GET", Path: "/", Statuses: []probes.StatusRange{{First: 200, Last: 200}}}}
}

// ask compiles the check and carries it out once.
func ask(t testing.TB, r engine.Runner, check probes.Check, target netip.AddrPort) probes.Outcome {
	t.Helper()
	c, prober := compiled(t, check, probestest.NewDialer())
	return run(t.Context(), r, c, prober, target)
}
