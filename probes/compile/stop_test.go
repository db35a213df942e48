package compile_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/probestest"
)

func TestCancelledProbeIsInconclusive(t *testing.T) {
	for kind, check := range everyKind() {
		t.Run(kind, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			// The host itself stops the probe, once the probe is on its way.
			var target netip.AddrPort
			switch {
			case check.UDP != nil:
				target = probestest.UDP(func([]byte) []byte { cancel(); return nil })(t)
			case kind == "tcp":
				cancel()
				target = probestest.Silent()(t)
			default:
				target = probestest.Serve(func(conn net.Conn) {
					cancel()
					_, _ = conn.Read(make([]byte, 1))
					<-ctx.Done()
				})(t)
			}
			outcome := compiled(t, check, probestest.NewDialer()).Probe(ctx, target)
			if outcome.Result != probes.Inconclusive || !errors.Is(outcome.Err, context.Canceled) {
				t.Errorf("%+v, want an inconclusive outcome because of the cancellation", outcome)
			}
		})
	}
}

func TestProbeAfterItsDeadlineIsInconclusive(t *testing.T) {
	target := probestest.Closed(t)
	past, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for kind, check := range everyKind() {
		outcome := compiled(t, check, probestest.NewDialer()).Probe(past, target)
		if outcome.Result != probes.Inconclusive || !errors.Is(outcome.Err, context.DeadlineExceeded) {
			t.Errorf("%s: %+v, want an inconclusive outcome because of the deadline", kind, outcome)
		}
	}
}

func TestProberIsSafeForConcurrentUse(t *testing.T) {
	check := get()
	check.HTTP.Matches = "^well [0-9]+$"
	prober := compiled(t, check, probestest.NewDialer())

	var group sync.WaitGroup
	for i := range 40 {
		body, want := fmt.Sprintf("well %d", i), probes.Succeeded()
		if i%2 == 1 {
			body, want = fmt.Sprintf("down %d", i), probes.Failed(probes.UnexpectedBody)
		}
		target := probestest.AnswersInPieces(probestest.Chunked(body))(t)
		group.Go(func() {
			for range 5 {
				if outcome := prober.Probe(t.Context(), target); outcome != want {
					t.Errorf("host %d: %+v, want %+v", i, outcome, want)
				}
			}
		})
	}
	group.Wait()
}
